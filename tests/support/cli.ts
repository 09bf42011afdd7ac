import process from "node:process";
import { main, type Output } from "../../lib/cli/main.ts";

/** What a command wrote and how it ended. */
export interface Ran {
  /** The exit status. */
  readonly status: number;
  /** What it answered, without the last line's end. */
  readonly out: string;
  /** What it wrote beside. */
  readonly err: string;
}

/** Runs the command with its words; it writes to strings. */
export function libproc(...args: string[]): Promise<Ran> {
  return libprocWith({}, ...args);
}

/** Runs the command likewise, on another system or on a screen. */
export async function libprocWith(
  rest: Omit<Output, "out" | "err">,
  ...args: string[]
): Promise<Ran> {
  const out: string[] = [], err: string[] = [];
  const status = await main(args, {
    ...rest,
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { status, out: out.join("\n"), err: err.join("\n") };
}

/** The line that comes with exit status 3 where a command was refused some of what it prints. */
export const REFUSED: RegExp =
  /^libproc: (?:this user may not read [^\n]+|\d+ sockets? belongs? to [^\n]+|\d+ of \d+ processes are left out[^\n]+|metrics of [^\n]+): (?:root may|it takes more than root has here)$/;

/** What no process has in its name or on its command line, other runs of these tests included. */
export const NO_NAME: string = `no such name ${process.pid} ${Date.now()}`;
