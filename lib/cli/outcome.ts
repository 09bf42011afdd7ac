/**
 * The outcomes of ending processes, and how they are printed.
 *
 * @module
 */
import type { Exit } from "../process/exit.ts";
import type { EscapeReason } from "../process/kill_tree.ts";
import { type Call, json } from "./command.ts";
import { escaped, shortened } from "./table.ts";
import { LEFT_OUT, ROOT, type Target } from "./targets.ts";
import { inWords } from "./wait.ts";

/** The result for a process. */
export type Result =
  /** It would get the signal. */
  | "planned"
  | "signalled"
  | "ended"
  /** It had already ended. */
  | "gone"
  /** It is still running, but released the port. */
  | "released"
  /** It has not ended in time. */
  | "running"
  /** The command was interrupted before the result was known. */
  | "interrupted"
  | EscapeReason;

/** A process and its result. */
export interface Outcome {
  readonly target: Omit<Target, "isNamed">;
  readonly result: Result;
  readonly exit?: Exit | undefined;
}

const SUCCESSES: readonly Result[] = ["planned", "signalled", "ended", "gone", "released"];

/** Returns true if the signal was refused or the process has not ended. */
export function isFailure({ result }: Outcome): boolean {
  return !SUCCESSES.includes(result);
}

/** Formats a process as one line, truncated to the screen. */
export function described({ pid, user = "?", commandLine }: Outcome["target"], call: Call): string {
  const most = call.output.screen?.width() ?? Infinity;
  return shortened(`${pid} ${escaped(user)} ${escaped(commandLine)}`, most);
}

/** Returns outcomes as objects for JSON. */
export function objectsOf(outcomes: readonly Outcome[]): object[] {
  return outcomes.map(({ target: { pid, uniqueId, name }, result, exit }) => ({
    pid,
    uniqueId,
    name,
    result,
    ...(exit !== undefined && { exit }),
  }));
}

/** Prints outcomes: one line for each, or JSON. A failure always gets a line. */
export function printOutcomes(call: Call, outcomes: readonly Outcome[], signal: string): void {
  const { options, output } = call;
  if (options["json"]) output.out(json(objectsOf(outcomes)));
  else printLines(call, outcomes, signal);
  printFailures(call, outcomes);
}

/** Prints a line for each process that was refused the signal or has not ended. */
export function printFailures({ output }: Call, outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) {
    if (isFailure(outcome)) output.err(`libproc: ${labelOf(outcome)}: ${reasonOf(outcome)}`);
  }
}

function printLines({ output }: Call, outcomes: readonly Outcome[], signal: string): void {
  for (const outcome of outcomes) {
    if (isFailure(outcome)) continue;
    output.out(`${labelOf(outcome)}: ${wordsOf(outcome, signal)}`);
  }
}

function labelOf({ target: { pid, name } }: Outcome): string {
  return `${pid} ${escaped(name)}`;
}

function wordsOf({ result, exit, target: { user, commandLine } }: Outcome, signal: string): string {
  switch (result) {
    case "planned":
      return `would get ${signal} (user ${escaped(user ?? "?")}): ${escaped(commandLine)}`;
    case "signalled":
      return `got ${signal}`;
    case "released":
      return "still runs, but has released the port";
    case "gone":
      return "had already ended";
    default:
      return exit === undefined ? "ended" : inWords(exit);
  }
}

/** Returns the reason why a process has not ended, and a remedy. */
function reasonOf({ result, target: { user } }: Outcome): string {
  switch (result) {
    case "denied":
      return `this user may not signal it${
        user === undefined ? "" : `, as it belongs to ${escaped(user)}`
      }: ${ROOT}`;
    case "unsupported":
      return "this system cannot send it this signal: another signal may work";
    case "alive":
      return "it got SIGKILL and has not ended: it is blocked in the kernel, usually by a device";
    case "running":
      return "it has not ended in time: --signal KILL forces it to end";
    case "caller":
      return "it is this command itself, which gets no signal";
    case "system":
      return `it gets no signal: ${LEFT_OUT.system}`;
    default:
      return "it may not have ended: this command was interrupted";
  }
}
