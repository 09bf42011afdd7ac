import { ProcessGoneError, ZombieError } from "../process/errors.ts";
import { openProcess, type Process } from "../process/process.ts";
import type { ThreadInfo } from "../process/threads.ts";
import { type Command, EXIT, onePid, ROOT_OPTION, text, UsageError } from "./command.ts";
import { countOf, intervalOf, pause } from "./repeat.ts";
import { type Fields, LIST_OPTIONS, printRows } from "./table.ts";

/** A thread, and its share of a processor since the previous list. */
export interface ThreadRow extends ThreadInfo {
  /** The share in percent of one processor; absent for a thread that the previous list lacks. */
  readonly cpuPercent?: number;
}

/** The fields of a thread. */
export const THREAD_FIELDS: Fields<ThreadRow> = {
  id: { title: "ID", value: ({ id }) => id, unit: "none" },
  state: { title: "STATE", value: ({ state }) => state },
  cpu: { title: "%CPU", value: ({ cpuPercent }) => cpuPercent, unit: "percent" },
  user: { title: "USER", value: ({ userTimeNs }) => userTimeNs, unit: "nanoseconds" },
  system: { title: "SYSTEM", value: ({ systemTimeNs }) => systemTimeNs, unit: "nanoseconds" },
  time: { title: "TIME", value: ({ cpuTimeNs }) => cpuTimeNs, unit: "nanoseconds" },
  priority: { title: "PRIORITY", value: ({ priority }) => priority, unit: "none" },
  policy: { title: "POLICY", value: ({ policy }) => policy },
  name: { title: "NAME", value: ({ name }) => name },
};

const SHOWN = ["id", "state", "time", "priority", "name"];
/** The default fields of lists of threads that are printed repeatedly. */
export const WATCHED_FIELDS: readonly string[] = ["id", "state", "cpu", "time", "priority", "name"];
/** The longest time over which the first share is measured, in milliseconds. */
const FIRST = 200;

/** `libproc threads`: lists the threads of a process. */
export const command: Command = {
  usage: "PID",
  description:
    `Lists the threads of a process. With --watch, repeats the list until it is interrupted or the process has
ended. The field cpu is the share of one processor since the previous list; in the first list, over a short
time.

Fields: ${Object.keys(THREAD_FIELDS).join(", ")}. Times are nanoseconds in JSON.`,
  options: {
    watch: {
      type: "string",
      word: "[SECONDS]",
      help: "repeat the list at this interval; 1 by default",
    },
    count: { type: "string", word: "N", help: "with --watch, end after N lists" },
    ...LIST_OPTIONS,
    ...ROOT_OPTION,
  },
  fields: Object.keys(THREAD_FIELDS),
  example: "libproc threads 1 --sort -time",
  async run(call) {
    const process = openProcess(onePid(call, "threads"), call.from);
    const { options, output } = call;
    const word = text(options["watch"]);
    if (word === undefined) {
      if (options["count"] !== undefined) {
        throw new UsageError("Cannot use --count without --watch");
      }
      return printRows(call, process.threads(), THREAD_FIELDS, SHOWN);
    }
    const interval = intervalOf("--watch", word === "" ? "1" : word);
    const count = countOf(call) ?? Infinity;
    const measure = threadMeter();
    measure(process.threads());
    let status: number = EXIT.none;
    for (let printed = 0; printed < count; printed++) {
      if (!await pause(printed === 0 ? Math.min(interval, FIRST) : interval, output.signal)) break;
      const threads = threadsLeft(process);
      if (threads === undefined) break;
      if (printed > 0 && !options["json"] && !options["jsonl"]) output.out("");
      status = printRows(call, measure(threads), THREAD_FIELDS, WATCHED_FIELDS);
    }
    return status;
  },
};

/** Returns the threads of a process; undefined if it has ended. */
function threadsLeft(process: Process): ThreadInfo[] | undefined {
  try {
    return process.threads();
  } catch (error) {
    if (error instanceof ProcessGoneError || error instanceof ZombieError) return undefined;
    throw error;
  }
}

/** Creates a function that adds to each thread its share of a processor since the previous call. */
export function threadMeter(): (threads: readonly ThreadInfo[]) => ThreadRow[] {
  let before = new Map<number, number>(), then = 0;
  return (threads) => {
    const now = performance.now();
    const elapsedNs = (now - then) * 1e6;
    const rows = threads.map((thread): ThreadRow => {
      const used = before.get(thread.id);
      if (used === undefined) return thread;
      return { ...thread, cpuPercent: Math.max(0, thread.cpuTimeNs - used) / elapsedNs * 100 };
    });
    before = new Map(threads.map(({ id, cpuTimeNs }) => [id, cpuTimeNs]));
    then = now;
    return rows;
  };
}
