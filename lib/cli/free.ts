import { setTimeout as sleep } from "node:timers/promises";
import { ProcessError } from "../process/errors.ts";
import type { Exit } from "../process/exit.ts";
import type { ListeningPort } from "../process/ports.ts";
import { openProcess, Process } from "../process/process.ts";
import {
  atMost,
  type Call,
  type Command,
  EXIT,
  json,
  JSON_OPTION,
  text,
  UsageError,
} from "./command.ts";
import { mayProceed } from "./kill.ts";
import {
  isFailure,
  objectsOf,
  type Outcome,
  printFailures,
  printOutcomes,
  type Result,
} from "./outcome.ts";
import { escaped } from "./table.ts";
import { portIn, type PortWord } from "./port_word.ts";
import { findTargets, listenersOn, ROOT, type Target } from "./targets.ts";
import { parseDuration } from "./units.ts";
import { interrupted } from "./wait.ts";

/** `libproc free`: ends the processes that hold a port. */
export const command: Command = {
  usage: "[PROTOCOL]:PORT",
  description:
    `Ends the processes that listen on a port, or are bound to it, and waits until it is free. It sends
SIGTERM, and after a grace period SIGKILL. A process that closes the port and keeps running gets no SIGKILL.
:PORT means this port of all Internet protocols in this network namespace, tcp:PORT and udp:PORT that of one.

Ancestors of this command are never ended. On a terminal, the command prompts for confirmation before it
ends more than one process.`,
  options: {
    grace: {
      type: "string",
      word: "SECONDS",
      help: "wait this long before SIGKILL; 5 by default",
    },
    "dry-run": { type: "boolean", help: "print which processes would be ended, and end none" },
    yes: { type: "boolean", short: "y", help: "end more than one without a prompt" },
    ...JSON_OPTION,
  },
  exits:
    "0 the port is free, 1 another process has taken it, 2 an error, 3 a process that holds it has not " +
    "ended, or may not be ended or seen",
  example: "libproc free :3000",
  async run(call) {
    const { options, output } = call;
    const port = wanted(call);
    const grace = text(options["grace"]);
    const graceMs = grace === undefined ? GRACE_MS : parseDuration("--grace", grace);
    const { sockets, found, leftOut, unfound } = findTargets(call, [wordOf(port)]);
    if (sockets.length === 0) return report(call, port, [], sockets);
    for (const line of leftOut) output.err(`libproc: ${line}`);
    if (options["dry-run"]) {
      for (const line of unfound) output.err(`libproc: ${line}`);
      printOutcomes(call, found.map((target) => ({ target, result: "planned" })), "SIGTERM");
      return found.length > 0 ? EXIT.found : EXIT.partly;
    }
    if (found.length > 1 && !await mayProceed(call, found, "SIGTERM")) {
      output.err("libproc: no signal was sent");
      return EXIT.none;
    }
    const outcomes = await release(call, port, found, graceMs);
    return report(call, port, outcomes, listenersOn(port, call.from));
  },
};

/** The time for processes to end, and the time for them to end after `SIGKILL`. */
const GRACE_MS = 5000, LAST_GRACE_MS = 2000;
/** The time for a process that closed the port to end, before it is reported as still running. */
const LEAVING_MS = 250;
/** The time between two checks: the first and the longest. */
const FIRST_PAUSE_MS = 5, LONGEST_PAUSE_MS = 100;

function wanted(call: Call): PortWord {
  atMost(call, "free", 1);
  const [word] = call.words;
  if (word === undefined) throw new UsageError("Cannot run free without a :PORT");
  const port = portIn(word);
  if (port !== undefined && port.port >= 1 && port.port <= 65535) return port;
  throw new UsageError(
    `Cannot free ${JSON.stringify(word)} as it must be a port such as :3000 or udp:53${
      /^\d+$/.test(word) ? `: did you mean :${word}?` : ""
    }`,
  );
}

function wordOf({ port, protocol }: PortWord): string {
  return `${protocol ?? ""}:${port}`;
}

/** A process that holds the port to be freed. */
interface Holding {
  readonly target: Target;
  readonly process: Process;
  result: Result | undefined;
  exit: Exit | undefined;
}

/** Ends processes until none of them holds the port. */
async function release(
  call: Call,
  port: PortWord,
  targets: readonly Target[],
  graceMs: number,
): Promise<Outcome[]> {
  const done = new AbortController();
  const holdings = targets.map((target): Holding => {
    return { target, process: new Process(target, call.from), result: undefined, exit: undefined };
  });
  // A wait that starts before the signal reports how the process ends.
  const waits = holdings.map(async (holding) => {
    try {
      holding.exit = await holding.process.wait({ signal: done.signal });
      holding.result = "ended";
    } catch (error) {
      if (!done.signal.aborted && !(error instanceof ProcessError)) throw error;
    }
  });
  const ended = Promise.all(waits);
  ended.catch(() => {});
  const left = () => holdings.filter(({ result }) => result === undefined);
  const holders = () => {
    const some = left();
    if (some.length === 0) return [];
    const sockets = listenersOn(port, call.from, some.map(({ target }) => target.pid));
    const pids = new Set(sockets.flatMap(({ holders }) => holders.map(({ pid }) => pid)));
    return some.filter(({ target }) => pids.has(target.pid));
  };
  try {
    const isHeld = () => holders().length > 0;
    for (const holding of holdings) send(holding, "SIGTERM");
    if (!await waitWhile(call, isHeld, graceMs) && !interrupted(call)) {
      // A process that has closed the port since is left alone, even if others still hold it.
      for (const holding of holders()) send(holding, "SIGKILL");
      await waitWhile(call, isHeld, LAST_GRACE_MS);
    }
    await waitWhile(call, () => left().length > 0, LEAVING_MS);
    await waitWhile(call, () => left().some(isExiting), LAST_GRACE_MS);
  } finally {
    done.abort();
    await ended;
    for (const { process } of holdings) process[Symbol.dispose]();
  }
  const alive = holders();
  return holdings.map((holding) => {
    const rest = alive.includes(holding) ? "alive" : "released";
    const { target, result = interrupted(call) ? "interrupted" : rest, exit } = holding;
    return { target, result, exit };
  });
}

/** Returns true if a process is exiting, which closes all its descriptors. */
function isExiting({ process }: Holding): boolean {
  try {
    return process.read("exiting").exiting === true;
  } catch (error) {
    if (error instanceof ProcessError) return true; // it has ended, and its wait is about to report it
    throw error;
  }
}

function send(holding: Holding, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    holding.process.signal(signal);
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error;
    const { missing } = error;
    if (missing === "denied" || missing === "unsupported") holding.result = missing;
    // The wait is about to report how it has ended, unless it is gone entirely.
    else if (missing === "gone") holding.result = "gone";
  }
}

/** Waits while a condition holds, up to a maximum. Returns true if it no longer holds. */
async function waitWhile(call: Call, holds: () => boolean, mostMs: number): Promise<boolean> {
  const until = performance.now() + mostMs;
  for (let pauseMs = FIRST_PAUSE_MS; holds(); pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (interrupted(call) || performance.now() >= until) return false;
    await sleep(pauseMs);
  }
  return true;
}

/** Prints the results for the processes and whether the port is free. Returns the exit status. */
function report(
  call: Call,
  port: PortWord,
  outcomes: readonly Outcome[],
  sockets: readonly ListeningPort[],
): number {
  const { options, output } = call;
  const name = `port ${wordOf(port).replace(/^:/, "")}`;
  const isFree = sockets.length === 0;
  if (options["json"]) {
    output.out(json({ port: port.port, free: isFree, processes: objectsOf(outcomes) }));
    printFailures(call, outcomes);
  } else {
    printOutcomes(call, outcomes, "SIGTERM");
    if (isFree) output.out(`${name} is free`);
  }
  if (isFree) return EXIT.found;
  const known = new Set(outcomes.map(({ target: { pid } }) => pid));
  const lines = new Set(sockets.flatMap((socket) => holderLines(call, socket, known)));
  for (const line of lines) output.err(`libproc: ${name} is not free: ${line}`);
  const isRefused = outcomes.some(isFailure) || sockets.some(({ missing }) => missing.pid);
  return isRefused || outcomes.length === 0 ? EXIT.partly : EXIT.none;
}

/** Describes the holders of a port that should be free, except the known ones. */
function holderLines(
  { from }: Call,
  { holders, missing, protocol }: ListeningPort,
  known: ReadonlySet<number>,
): string[] {
  if (holders.length === 0) {
    return missing.pid === undefined
      ? [`the kernel itself holds it, for ${protocol}`]
      : [`it is held by another user's process, which this user may not see: ${ROOT}`];
  }
  return holders.filter(({ pid }) => !known.has(pid)).map(({ pid }) => {
    try {
      const process = openProcess(pid, from), parent = process.parent();
      const who = `it is held by ${pid} ${escaped(process.name())}`;
      return parent === undefined || parent.pid === 1
        ? who
        : `${who}, a child of ${parent.pid} ${escaped(parent.name())}`;
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      return `it was held by ${pid}, which has ended`;
    }
  });
}
