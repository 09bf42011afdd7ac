/** The results of the doctor and of the tests on a kernel. */
export interface KernelResult {
  /** The name of the kernel, such as `6.1`. */
  readonly kernel: string;
  /** The output of `uname -r`; undefined if the kernel did not get that far. */
  readonly release: string | undefined;
  /** The number of the doctor's checks, by verdict; undefined if it did not print a report. */
  readonly doctor: Readonly<Record<string, number>> | undefined;
  /** The result of loading each BPF program, by its name; undefined if it is unknown. */
  readonly bpf: Readonly<Record<string, string>> | undefined;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** The steps that failed, one line each. */
  readonly complaints: readonly string[];
}

/** The output of Bun's test runner. */
export interface TestLog {
  readonly passed: number;
  readonly skipped: number;
  /** The failed tests, each as its file and its name. */
  readonly failed: readonly string[];
  /** True if the output contains a summary. */
  readonly whole: boolean;
}

/** Parses the output of Bun's test runner. */
export function readTestLog(text: string): TestLog {
  const count = (what: string) =>
    Number([...text.matchAll(new RegExp(`^\\s*(\\d+) ${what}$`, "gm"))].at(-1)?.[1] ?? 0);
  const failed: string[] = [];
  let file = "";
  // Bun repeats failed and skipped tests at the end.
  const [once = ""] = text.split(/^\d+ tests? (?:skipped|failed):$/m, 1);
  for (const line of once.split("\n")) {
    file = /^(\S+_test\.ts):$/.exec(line)?.[1] ?? file;
    const name = /^\(fail\) (.*?)(?: \[[\d.]+m?s\])?$/.exec(line)?.[1];
    if (name !== undefined) failed.push(`${file}: ${name}`);
  }
  return {
    passed: count("pass"),
    skipped: count("skip"),
    failed,
    whole: /^Ran \d+ tests? across \d+ files?\./m.test(text),
  };
}

/** Formats results as a Markdown table with aligned columns. */
export function tableOf(results: readonly KernelResult[]): string {
  const head = [
    ...["kernel", "release", "doctor: served", "refused", "WRONG", "BPF programs"],
    ...["tests: passed", "failed", "skipped"],
  ];
  const rows = results.map(({ kernel, release, doctor, bpf, passed, failed, skipped }) => [
    kernel,
    release ?? "did not start",
    ...["served", "refused", "WRONG"].map((verdict) => `${doctor?.[verdict] ?? "?"}`),
    loadedOf(bpf),
    ...[passed, failed, skipped].map(String),
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** Returns the names of the BPF programs that a kernel has loaded. */
function loadedOf(bpf: KernelResult["bpf"]): string {
  if (bpf === undefined) return "?";
  const loaded = Object.entries(bpf).filter(([, outcome]) => outcome === "loaded");
  return loaded.map(([name]) => name).join(", ") || "none";
}
