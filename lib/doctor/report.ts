import type { Chapter, Verdict } from "./examine.ts";

/** The process that is examined, and the platform. */
export interface Circumstances {
  /** The version of this module. */
  readonly version: string;
  /** The operating system, as in `process.platform`. */
  readonly system: string;
  /** The kernel release; null if reading it requires a permission. */
  readonly release: string | null;
  /** The processor, as in `process.arch`. */
  readonly arch: string;
  /** The runtime and its version. */
  readonly runtime: string;
  /** The process that was examined. */
  readonly pid: number;
}

/** The whole report. */
export interface Report extends Circumstances {
  /** The number of rows with each verdict. */
  readonly summary: Readonly<Record<Verdict, number>>;
  /** The rows, grouped by callnum. */
  readonly chapters: readonly Chapter[];
}

/** Creates a report. */
export function reportOf(circumstances: Circumstances, chapters: readonly Chapter[]): Report {
  const summary = { served: 0, refused: 0, unknown: 0, WRONG: 0, skipped: 0 };
  for (const { rows } of chapters) for (const { verdict } of rows) summary[verdict]++;
  return { ...circumstances, summary, chapters };
}

/** Formats a report as lines of text. */
export function formatReport(report: Report): string {
  const { version, system, release, arch, runtime, pid, summary, chapters } = report;
  const rows = chapters.flatMap(({ rows }) => rows);
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = [
    `libproc ${version}, ${system}${release === null ? "" : ` ${release}`} ${arch}, ${runtime}`,
    `process ${pid}`,
  ];
  for (const { title, rows } of chapters) {
    lines.push("", title);
    for (const { verdict, name, note } of rows) {
      lines.push(`  ${verdict.padEnd(7)}  ${name.padEnd(width)}  ${note}`.trimEnd());
    }
  }
  const counts = Object.entries(summary).filter(([verdict, n]) => n > 0 || verdict === "WRONG");
  lines.push("", counts.map(([verdict, n]) => `${n} ${verdict}`).join(", "));
  return lines.join("\n");
}
