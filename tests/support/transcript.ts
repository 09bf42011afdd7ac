import { readdirSync, readFileSync } from "node:fs";
import type { Screen } from "../../lib/cli/main.ts";
import type { System } from "../../lib/system/system.ts";
import { libprocWith } from "./cli.ts";
import { ROOT } from "./runtime.ts";

/**
 * The transcripts of `tests/golden/cli`: command lines, each with what it printed. A file is made of
 * blocks with an empty line between:
 *
 * - `$ libproc ...`, the words as a shell takes them, as far as single quotes go. `COLUMNS=40` before
 *   it is a screen of that width.
 * - What it printed. A line that is not part of the answer starts with `! `.
 * - `[0]`, the exit status.
 */
const FOLDER = `${ROOT}tests/golden/cli/`;

/** The names of the transcripts. */
export const TRANSCRIPTS: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => name.slice(0, -".txt".length))
  .sort();

/** True if a transcript is about processes that come and go, which no recording has. */
export function isPlayed(name: string): boolean {
  return ["watch", "wait", "kill"].includes(name);
}

/** Where a transcript is. */
export function transcriptPath(name: string): string {
  return `${FOLDER}${name}.txt`;
}

/** The text of a transcript. */
export function readTranscript(name: string): string {
  return readFileSync(transcriptPath(name), "utf8");
}

/** The command lines of a transcript. */
export function commandLines(transcript: string): string[] {
  return transcript.split("\n")
    .filter((line) => /^\$ (?:COLUMNS=\d+ )?libproc\b/.test(line))
    .map((line) => line.slice(2));
}

/** The words of a command line that are behind the name of the command. */
function wordsOf(line: string): string[] {
  const words: readonly string[] = line.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
  return words.map((word) => word.replaceAll("'", "")).slice(words.indexOf("libproc") + 1);
}

function screenOf(width: number): Screen {
  return {
    width: () => width,
    height: () => 24,
    colors: false,
    write: () => {},
    keys: () => {},
    resized: () => {},
    continued: () => {},
    stop: () => {},
    moves: true,
  };
}

/** The line in which the doctor names the system on which it runs. */
const EXAMINER = /^libproc \d.*$/m;

/** Runs a command line, and writes what it did as a transcript has it. */
export async function transcribe(line: string, system: System): Promise<string> {
  const width = /^COLUMNS=(\d+) /.exec(line)?.[1];
  const { status, out, err } = await libprocWith({
    system,
    ...(width === undefined ? {} : { screen: screenOf(Number(width)) }),
  }, ...wordsOf(line));
  const lines = [
    `$ ${line}`,
    ...(out === "" ? [] : [out.replace(EXAMINER, "libproc ...")]),
    ...(err === "" ? [] : err.split("\n").map((beside) => `! ${beside}`)),
    `[${status}]`,
  ];
  return `${lines.join("\n")}\n`;
}
