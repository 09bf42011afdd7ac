import { ProcessError } from "../process/errors.ts";
import { killTree } from "../process/kill_tree.ts";
import { Process } from "../process/process.ts";
import type { SignalName } from "../process/signals.ts";
import { type Call, type Command, EXIT, JSON_OPTION, text, UsageError } from "./command.ts";
import { described, isFailure, type Outcome, printOutcomes } from "./outcome.ts";
import { SIGNAL_OPTION, signalIn } from "./signal.ts";
import { descendantsOf, findTargets, type Target, withDescendants } from "./targets.ts";
import { parseDuration } from "./units.ts";
import { interrupted } from "./wait.ts";

/** `libproc kill`: sends processes a signal. */
export const command: Command = {
  usage: "(PID | NAME | /EXPRESSION/ | [PROTOCOL]:PORT)...",
  description:
    `Sends a signal to processes, and prints which got it, or with --wait or --tree how they ended.

  PID           the process with this id
  NAME          processes of exactly this name: the kernel's, or that of their program, with or without
                its directory
  /EXPRESSION/  processes with a match in their name or command line
  :PORT         processes that listen on this port, or are bound to it, in this network namespace; tcp:PORT
                and udp:PORT for one protocol

The command itself gets no signal, nor do the first process and those of the kernel. Ancestors of the
command get one only if they are named by their ids. A signal never reaches a later process that reuses
the id.

On a terminal, the command prompts for confirmation before it signals more than one process. Elsewhere,
--yes is required unless all of them are named by their ids.

--tree ends each process and all its descendants: it sends the signal, and after a grace period SIGKILL.`,
  options: {
    ...SIGNAL_OPTION,
    tree: { type: "boolean", short: "t", help: "also end all their descendants" },
    grace: {
      type: "string",
      word: "SECONDS",
      help: "with --tree, wait this long before SIGKILL; 2 by default",
    },
    wait: { type: "string", word: "SECONDS", help: "wait at most this long until they have ended" },
    "dry-run": {
      type: "boolean",
      help: "print which processes would get the signal, and send none",
    },
    yes: { type: "boolean", short: "y", help: "signal more than one without a prompt" },
    ...JSON_OPTION,
  },
  exits:
    "0 all got the signal, and with --wait or --tree have ended; 1 an argument matches no process; " +
    "2 an error; 3 some could not be signalled, or have not ended",
  example: "libproc kill nginx --wait 5",
  async run(call) {
    const { words, options, output } = call;
    const { tree: isTree = false, wait, grace } = options;
    if (words.length === 0) {
      throw new UsageError("Cannot run kill without a PID, a NAME or a :PORT");
    }
    if (isTree && wait !== undefined) {
      throw new UsageError(
        "Cannot use --wait with --tree, which always waits: --grace sets the time",
      );
    }
    if (!isTree && grace !== undefined) throw new UsageError("Cannot use --grace without --tree");
    const request: Request = {
      signal: signalIn(call),
      graceMs: grace === undefined ? undefined : parseDuration("--grace", text(grace)!),
      waitMs: wait === undefined ? undefined : parseDuration("--wait", text(wait)!),
    };
    const { found, leftOut, unfound, misses, isDenied } = findTargets(call, words);
    for (const note of [...leftOut, ...unfound]) output.err(`libproc: ${note}`);
    const missed = isDenied ? EXIT.partly : misses ? EXIT.none : EXIT.found;
    if (found.length === 0) return missed || EXIT.none;
    const all = isTree ? withDescendants(found, call.from) : found;
    if (options["dry-run"]) {
      const planned = all.map((target): Outcome => ({ target, result: "planned" }));
      printOutcomes(call, planned, request.signal);
      return missed;
    }
    refuseMany(call, found);
    if (all.length > 1 && !await mayProceed(call, all, request.signal)) {
      output.err("libproc: no signal was sent");
      return EXIT.none;
    }
    const outcomes = await (isTree ? endTrees : signalAll)(call, found, request);
    printOutcomes(call, outcomes, request.signal);
    return outcomes.some(isFailure) ? EXIT.partly : missed;
  },
};

/** The parameters of the command. */
interface Request {
  readonly signal: SignalName;
  readonly graceMs: number | undefined;
  /** The time to wait for the processes to end; undefined to not wait. */
  readonly waitMs: number | undefined;
}

/**
 * Returns true if processes may be signalled: the user confirms it, or there is no terminal for a
 * prompt.
 */
export async function mayProceed(
  call: Call,
  targets: readonly Target[],
  signal: SignalName,
): Promise<boolean> {
  const { options, output } = call;
  if (options["yes"] || output.confirm === undefined) return true;
  for (const target of targets) output.err(described(target, call));
  return await output.confirm(`Send ${signal} to these ${targets.length} processes? [y/N] `);
}

/** Throws if several processes are to be signalled and not all were named by their pids. */
function refuseMany({ options, output }: Call, found: readonly Target[]): void {
  if (found.length < 2 || options["yes"] || output.confirm !== undefined) return;
  if (found.every(({ isNamed }) => isNamed)) return;
  const pids = found.map(({ pid }) => pid).join(" ");
  throw new UsageError(`Cannot signal the ${found.length} processes ${pids} without --yes`);
}

/** Sends processes a signal, and waits for their end if requested. */
async function signalAll(
  call: Call,
  targets: readonly Target[],
  { signal, waitMs }: Request,
): Promise<Outcome[]> {
  const timeout = waitMs === undefined ? undefined : AbortSignal.timeout(waitMs);
  return await Promise.all(targets.map(async (target): Promise<Outcome> => {
    using process = new Process(target, call.from);
    const signals = [timeout, call.output.signal].filter((one) => one !== undefined);
    try {
      // A wait that starts before the signal reports how the process ends. Its rejection is handled
      // below.
      const waiting = timeout && process.wait({ signal: AbortSignal.any(signals) });
      waiting?.catch(() => {});
      process.signal(signal);
      if (waiting === undefined) return { target, result: "signalled" };
      return { target, result: "ended", exit: await waiting };
    } catch (error) {
      if (error instanceof ProcessError) {
        const { missing } = error;
        const isRefused = missing === "denied" || missing === "unsupported";
        return { target, result: isRefused ? missing : "gone" };
      }
      if (interrupted(call)) return { target, result: "interrupted" };
      if (timeout?.aborted) return { target, result: signal === "SIGKILL" ? "alive" : "running" };
      throw error;
    }
  }));
}

/** Ends processes and all their descendants. */
async function endTrees(
  call: Call,
  targets: readonly Target[],
  { signal, graceMs }: Request,
): Promise<Outcome[]> {
  const { from, output } = call;
  const below = new Set(targets.flatMap((target) => descendantsOf(target, from)));
  const roots = targets.filter(({ pid }) => !below.has(pid));
  const users = new Map(withDescendants(roots, from).map((target) => [target.uniqueId, target]));
  const reports = roots.map(async (target): Promise<Outcome[]> => {
    try {
      const { ended, escaped } = await killTree(target, {
        ...from,
        with: signal,
        ...(graceMs !== undefined && { graceMs }),
        ...(output.signal !== undefined && { signal: output.signal }),
      });
      const known = (one: { pid: number; uniqueId: string; name: string }) =>
        users.get(one.uniqueId) ?? { ...one, user: undefined, commandLine: one.name };
      return [
        ...ended.map((one): Outcome => ({ target: known(one), result: "ended", exit: one.exit })),
        ...escaped.map((one): Outcome => ({ target: known(one), result: one.why })),
      ];
    } catch (error) {
      if (interrupted(call)) return [{ target, result: "interrupted" }];
      if (error instanceof ProcessError && error.missing === "gone") {
        return [{ target, result: "gone" }];
      }
      throw error;
    }
  });
  return (await Promise.all(reports)).flat();
}
