/**
 * The options that select processes, without the code that reads processes.
 *
 * @module
 */
import { STATES } from "../process/state.ts";
import { type Call, type Options, UsageError } from "./command.ts";

/** The options that select processes. */
export const SELECT_OPTIONS: Options = {
  user: { type: "string", short: "u", word: "USER", help: "only those of a user: a name or an id" },
  name: {
    type: "string",
    short: "n",
    word: "TEXT",
    help: "only those with TEXT or /EXPRESSION/ in their name or command line",
  },
  "ignore-case": { type: "boolean", short: "i", help: "with --name, ignore case" },
  state: {
    type: "string",
    word: "STATE,...",
    help: `only those in a state: ${STATES.slice(1).join(", ")}`,
  },
  parent: { type: "string", word: "PID", help: "only the children of a process" },
  port: { type: "string", word: "PORT", help: "only those with a socket on this local port" },
  "min-rss": {
    type: "string",
    word: "SIZE",
    help: "only those with at least this much memory, such as 100M",
  },
  "min-cpu": {
    type: "string",
    word: "PERCENT",
    help: "only those that use at least this share of a processor",
  },
  all: { type: "boolean", short: "a", help: "include kernel threads" },
  container: {
    type: "string",
    word: "ID",
    help: "only those of a container: the beginning of its id, or its name",
  },
  cgroup: { type: "string", word: "PATH", help: "only those in a control group, or below it" },
  unit: { type: "string", word: "UNIT", help: "only those of a systemd unit, such as ssh" },
};

/** Parses a pattern: a text, or a regular expression between slashes. */
export function patternIn(option: string, word: string, ignoresCase: boolean): string | RegExp {
  const source = /^\/(.+)\/$/s.exec(word)?.[1];
  if (source === undefined && !ignoresCase) return word;
  try {
    return new RegExp(
      source ?? word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"),
      ignoresCase ? "i" : "",
    );
  } catch {
    throw new UsageError(
      `Cannot use ${option} as it must be a regular expression between slashes: current value is ${
        JSON.stringify(word)
      }`,
    );
  }
}

/** Reports on a terminal how many kernel threads were omitted. */
export function reportLeftOut({ output }: Call, leftOut: number): void {
  if (output.screen === undefined || leftOut === 0) return;
  const [what, them] = leftOut === 1
    ? ["1 kernel thread is", "it"]
    : [`${leftOut} kernel threads are`, "them"];
  output.err(`libproc: ${what} left out: --all lists ${them}`);
}
