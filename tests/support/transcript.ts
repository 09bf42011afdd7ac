import { readdirSync, readFileSync } from "node:fs";
import type { Screen } from "../../lib/cli/main.ts";
import type { System } from "../../lib/system/system.ts";
import { libprocWith } from "./cli.ts";
import { ROOT } from "./runtime.ts";

/**
 * The folder of the transcripts: command lines, each with its output. A file consists of blocks,
 * separated by empty lines:
 *
 * - `$ libproc ...`, a command line in which single quotes have the same meaning as in a shell.
 *   `COLUMNS=40` before it sets the width of the screen.
 * - The output. A line of the standard error starts with `! `.
 * - `[0]`, the exit status.
 */
const FOLDER = `${ROOT}tests/golden/cli/`;

/** The names of the transcripts. */
export const TRANSCRIPTS: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => name.slice(0, -".txt".length))
  .sort();

/** Returns true for a transcript about processes that start or end, which cannot be recorded. */
export function isPlayed(name: string): boolean {
  return ["watch", "wait", "kill"].includes(name);
}

/** Returns the path of a transcript. */
export function transcriptPath(name: string): string {
  return `${FOLDER}${name}.txt`;
}

/** Reads a transcript. */
export function readTranscript(name: string): string {
  return readFileSync(transcriptPath(name), "utf8");
}

/** Returns the command lines of a transcript. */
export function commandLines(transcript: string): string[] {
  return transcript.split("\n")
    .filter((line) => /^\$ (?:COLUMNS=\d+ )?libproc\b/.test(line))
    .map((line) => line.slice(2));
}

/** Returns the words of a command line after the name of the command. */
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

/** Matches the line in which the doctor names the system on which it runs. */
const EXAMINER = /^libproc \d.*$/m;

/** Runs a command line, and returns its block of a transcript. */
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
