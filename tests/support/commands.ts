import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./runtime.ts";

/** The number of tests by result. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Matches the summaries of the test runners: `12 pass`, `12 passed`, or `ℹ pass 12`. */
const PASSED = /(\d+) pass(?:ed)?\b|^ℹ pass (\d+)$/gm;
const FAILED = /(\d+) fail(?:ed)?\b|^ℹ fail (\d+)$/gm;
const SKIPPED = /^ *(\d+) skip\b|\| (\d+) ignored\b|^ℹ skipped (\d+)$/gm;

/** Reads the counts from the summary of a test runner. */
export function countsIn(output: string): Counts {
  return {
    passed: last(output, PASSED),
    failed: last(output, FAILED),
    skipped: last(output, SKIPPED),
  };
}

/** Returns the number in the last match, which is in the summary; 0 if there is none. */
function last(text: string, pattern: RegExp): number {
  const match = [...text.matchAll(pattern)].at(-1)?.slice(1);
  return Number(match?.find((group) => group !== undefined) ?? 0);
}

/** The number of files in a part: enough to justify a process, few enough for several parts. */
const PART = 8;

/** The way in which test files are passed to a test runner. */
export interface Dealing {
  /** The paths of the files, relative to the folder of this project. */
  readonly files: readonly string[];
  /** True if each part is one module that imports its files. */
  readonly joined: boolean;
  /** The folder for these modules, relative to `.cache/tests`. */
  readonly room: string;
}

/** Divides test files into parts. Returns the paths to pass to the test runner, by part. */
export function commandsOf({ files, joined, room }: Dealing): string[][] {
  const parts = Math.ceil(files.length / PART);
  return Array.from({ length: parts }, (_, part) => {
    // Neighbors go to different parts, because slow files are often in the same folder.
    const some = files.filter((_, at) => at % parts === part);
    return joined ? [importerOf(some, join(".cache", "tests", room), part)] : some;
  });
}

/** Writes a module that imports test files, and returns its path. */
function importerOf(files: readonly string[], folder: string, part: number): string {
  const path = join(folder, `${part}_test.ts`);
  mkdirSync(join(ROOT, folder), { recursive: true });
  const lines = files.map((file) => `import "../../../${file}";\n`);
  writeFileSync(join(ROOT, path), lines.join(""));
  return path;
}
