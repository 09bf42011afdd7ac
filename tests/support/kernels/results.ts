/** What came of the doctor and of the tests on a kernel. */
export interface KernelResult {
  /** The kernel's name, as in `6.1`. */
  readonly kernel: string;
  /** What `uname -r` printed; undefined if it did not come that far. */
  readonly release: string | undefined;
  /** How many of the doctor's questions had each verdict; undefined if it printed no report. */
  readonly doctor: Readonly<Record<string, number>> | undefined;
  /** What came of loading each BPF program; undefined if nothing is known of it. */
  readonly bpf: Readonly<Record<string, string>> | undefined;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What did not end as it should, each in a line. */
  readonly complaints: readonly string[];
}

/** What a run of Bun's tests printed. */
export interface TestLog {
  readonly passed: number;
  readonly skipped: number;
  /** The names of the tests that failed, each behind its file. */
  readonly failed: readonly string[];
  /** True if the run came to its summary. */
  readonly whole: boolean;
}

/** Reads what Bun's test runner printed. */
export function readTestLog(text: string): TestLog {
  const count = (what: string) =>
    Number([...text.matchAll(new RegExp(`^\\s*(\\d+) ${what}$`, "gm"))].at(-1)?.[1] ?? 0);
  const failed: string[] = [];
  let file = "";
  // Bun repeats in the end what failed and what was skipped.
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

/** The rows as a table of Markdown, its columns as wide as they must be. */
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

/** The programs that a kernel loads. */
function loadedOf(bpf: KernelResult["bpf"]): string {
  if (bpf === undefined) return "?";
  const loaded = Object.entries(bpf).filter(([, outcome]) => outcome === "loaded");
  return loaded.map(([name]) => name).join(", ") || "none";
}
