import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./runtime.ts";

/** How many tests passed, failed and were skipped. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The summaries of the test runners: `12 pass`, `12 passed`, or `ℹ pass 12`. */
const PASSED = /(\d+) pass(?:ed)?\b|^ℹ pass (\d+)$/gm;
const FAILED = /(\d+) fail(?:ed)?\b|^ℹ fail (\d+)$/gm;
const SKIPPED = /^ *(\d+) skip\b|\| (\d+) ignored\b|^ℹ skipped (\d+)$/gm;

/** The counts in the summary of a test runner. */
export function countsIn(output: string): Counts {
  return {
    passed: last(output, PASSED),
    failed: last(output, FAILED),
    skipped: last(output, SKIPPED),
  };
}

/** The number in the last match, which is the summary's. */
function last(text: string, pattern: RegExp): number {
  const match = [...text.matchAll(pattern)].at(-1)?.slice(1);
  return Number(match?.find((group) => group !== undefined) ?? 0);
}

/** How many files a part has: enough to be worth a start of the runtime, few enough to be dealt out. */
const PART = 8;

/** How the files of tests are handed to a test runner. */
export interface Dealing {
  /** The files, from the folder of this project. */
  readonly files: readonly string[];
  /** True if each part is one module that imports its files. */
  readonly joined: boolean;
  /** The folder below `.cache/tests` for such modules. */
  readonly room: string;
}

/** Deals files of tests out in parts; returns the files that each part names. */
export function commandsOf({ files, joined, room }: Dealing): string[][] {
  const parts = Math.ceil(files.length / PART);
  return Array.from({ length: parts }, (_, part) => {
    // Dealt out one by one: files that take long stand together in a folder.
    const some = files.filter((_, at) => at % parts === part);
    return joined ? [importerOf(some, join(".cache", "tests", room), part)] : some;
  });
}

/** The path of a module that imports files of tests. */
function importerOf(files: readonly string[], folder: string, part: number): string {
  const path = join(folder, `${part}_test.ts`);
  mkdirSync(join(ROOT, folder), { recursive: true });
  const lines = files.map((file) => `import "../../../${file}";\n`);
  writeFileSync(join(ROOT, path), lines.join(""));
  return path;
}
