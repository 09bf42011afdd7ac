import process from "node:process";
import { main, type Output } from "../../lib/cli/main.ts";
import { AS_NOBODY, runWrapped } from "./wrapped.ts";

/** The output and the exit status of a command. */
export interface Ran {
  /** The exit status. */
  readonly status: number;
  /** The standard output, without the newline at the end. */
  readonly out: string;
  /** The standard error, without the newline at the end. */
  readonly err: string;
}

/** Runs the command with some arguments, and captures its output. */
export function libproc(...args: string[]): Promise<Ran> {
  return libprocWith({}, ...args);
}

/** Runs the command like {@linkcode libproc}, on another system or for a screen. */
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

/** Runs command lines as an unprivileged user. */
export function runAsNobody(lines: readonly (readonly string[])[]): Ran[] {
  return runWrapped(
    AS_NOBODY,
    `import { main } from "./lib/cli/main.ts";
const ran = [];
for (const line of ${JSON.stringify(lines)}) {
  const out = [], err = [];
  const status = await main(line, { out: (text) => out.push(text), err: (text) => err.push(text) });
  ran.push({ status, out: out.join("\\n"), err: err.join("\\n") });
}
console.log(JSON.stringify(ran));`,
  ) as Ran[];
}

/** Matches the message that a command prints with exit status 3 if part of its data is denied. */
export const REFUSED: RegExp =
  /^libproc: (?:this user may not read [^\n]+|\d+ sockets? belongs? to [^\n]+|\d+ of \d+ processes are left out[^\n]+|metrics of [^\n]+): (?:root may|root lacks the privilege here)$/;

/** A text that is in no name or command line of a process, not even of another test run. */
export const NO_NAME: string = `no such name ${process.pid} ${Date.now()}`;
