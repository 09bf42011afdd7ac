import process from "node:process";
import { main, type Output } from "../../lib/cli/main.ts";
import { AS_NOBODY, runWrapped } from "./wrapped.ts";

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

/** Runs command lines as a user without privilege. */
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

/** The line that comes with exit status 3 where a command was refused some of what it prints. */
export const REFUSED: RegExp =
  /^libproc: (?:this user may not read [^\n]+|\d+ sockets? belongs? to [^\n]+|\d+ of \d+ processes are left out[^\n]+|metrics of [^\n]+): (?:root may|it takes more than root has here)$/;

/** What no process has in its name or on its command line, other runs of these tests included. */
export const NO_NAME: string = `no such name ${process.pid} ${Date.now()}`;
