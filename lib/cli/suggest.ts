/**
 * Suggestions for unknown words.
 *
 * @module
 */
import { UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { nearest } from "./nearest.ts";

/** The commands here by the names of similar programs. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  fuser: "who PATH",
  htop: "top",
  killall: "kill NAME",
  lsof: "fds PID",
  netstat: "sockets",
  pgrep: "pids --name NAME",
  pidof: "pids --name NAME",
  pkill: "kill NAME",
  pmap: "regions PID",
  prlimit: "limits PID",
  pstree: "tree",
  pwdx: "info PID",
  ss: "sockets",
  strace: "call",
  ulimit: "limits PID",
  vmstat: "top --once",
  w: "ps",
};

/** Several letters that ps(1) takes, with or without a hyphen. */
const LETTERS = /^-?[aAcefFgHjlLmNrSTuvwxXyZ]{2,}$/;

/** Returns the error for an unknown command. */
export function unknownCommand(name: string): UsageError {
  const elsewhere = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
  const near = elsewhere ?? nearest(name, Object.keys(COMMANDS));
  const hint = near === undefined ? "try libproc help" : `did you mean "libproc ${near}"?`;
  return new UsageError(`Cannot run ${JSON.stringify(name)} as there is no such command: ${hint}`);
}

/**
 * Returns the error for `libproc ps aux` and similar commands; undefined for any other. Letters
 * that are all options of `libproc ps` are accepted after a hyphen.
 *
 * @param args The arguments after `ps`.
 * @param letters The letters of the options of `libproc ps`.
 */
export function likePs(
  args: readonly string[],
  letters: readonly string[],
): UsageError | undefined {
  const [first = ""] = args;
  const isKnown = first.startsWith("-") &&
    [...first.slice(1)].every((one) => letters.includes(one));
  if (!LETTERS.test(first) || isKnown) return undefined;
  return new UsageError(
    `Cannot use ${JSON.stringify(first)} as it does not take the options of ps(1): "libproc ps" ` +
      `lists all processes, and "libproc ps --all" also kernel threads`,
  );
}
