import { ProcessError } from "../process/errors.ts";
import { type Exit, waitForExit } from "../process/exit.ts";
import { systemIn } from "../system/open.ts";
import {
  type Call,
  type Command,
  EXIT,
  json,
  JSON_OPTION,
  number,
  statusOf,
  text,
  UsageError,
} from "./command.ts";
import { hostNumber } from "./signal.ts";
import { parseDuration } from "./units.ts";

/** `libproc wait`: waits until processes have ended. */
export const command: Command = {
  usage: "PID...",
  description:
    `Waits until processes have ended, and prints how each ended, as far as the kernel reports it: "exited
CODE", "killed SIGNAL" or "ended". If there are several, each line starts with the id and is printed when
that process ends. They need not be children.`,
  options: {
    timeout: { type: "string", word: "TIME", help: "wait at most this long: 90s, 1m, .5" },
    status: {
      type: "boolean",
      help: "exit with the status of the process, which must be the only one",
    },
    ...JSON_OPTION,
  },
  exits:
    "0 all have ended, 1 there is no such process or one has not ended in time, 2 an error. With " +
    "--status, that of the process instead of 0: its code, or 128 plus the number of the signal",
  example: "libproc wait 4242 --timeout 1m",
  async run(call) {
    const { words, options, output } = call;
    if (words.length === 0) throw new UsageError("Cannot run wait without a process id");
    const pids = words.map((word) => number("PID", word, () => 0));
    const isOne = pids.length === 1;
    if (options["status"] && !isOne) {
      throw new UsageError(`Cannot use --status with ${pids.length} process ids`);
    }
    const limit = timeout(text(options["timeout"]));
    const failed = new AbortController();
    const signals = [output.signal, limit].filter((signal) => signal !== undefined);
    const signal = AbortSignal.any([...signals, failed.signal]);
    let status: number = EXIT.found;
    const waits = pids.map(async (pid) => {
      try {
        const exit = await waitForExit(pid, { ...call.from, signal });
        if (!options["json"]) output.out(isOne ? inWords(exit) : `${pid} ${inWords(exit)}`);
        return exit;
      } catch (error) {
        if (signals.some(({ aborted }) => aborted)) {
          output.err(`libproc: process ${pid} has not ended`);
          status ||= EXIT.none;
        } else if (error instanceof ProcessError) {
          output.err(`libproc: ${error.message}`);
          status ||= statusOf(error);
        } else {
          failed.abort(error);
          throw error;
        }
        return undefined;
      }
    });
    const exits = (await Promise.all(waits)).filter((exit) => exit !== undefined);
    const [first] = exits;
    if (options["json"] && first !== undefined) output.out(json(isOne ? first : exits));
    return options["status"] && first !== undefined ? statusIn(call, first) : status;
  },
};

/** Returns the exit status of a process as a shell reports it. */
function statusIn({ output, from }: Call, { pid, code, signal }: Exit): number {
  if (code !== undefined) return code;
  if (signal !== undefined) return 128 + hostNumber(signal, systemIn(from));
  output.err(`libproc: the kernel does not report to this user how process ${pid} ended`);
  return EXIT.error;
}

/** Returns a signal that is aborted after a duration; undefined if there is no limit. */
export function timeout(word: string | undefined): AbortSignal | undefined {
  return word === undefined ? undefined : AbortSignal.timeout(parseDuration("--timeout", word));
}

/** Describes how a process ended. */
export function inWords({ code, signal, coreDumped }: Exit): string {
  if (signal !== undefined) return `killed ${signal}${coreDumped ? " (core dumped)" : ""}`;
  return code === undefined ? "ended" : `exited ${code}`;
}

/** Returns true if the command is to end because its output requests it. */
export function interrupted({ output }: Call): boolean {
  return output.signal?.aborted === true;
}
