import { openProcess } from "../../process/process.ts";
import type { ThreadInfo } from "../../process/threads.ts";
import type { SystemOptions } from "../../system/system.ts";
import type { Fields } from "../table.ts";

/** A thread, with what it used since the look before. */
export type ThreadRow = ThreadInfo & {
  /** In percent of one processor; undefined at the first look. */
  readonly cpuPercent: number | undefined;
};

/** The fields of a thread, in the order in which they are shown. */
export const THREAD_FIELDS: Fields<ThreadRow> = {
  id: { title: "THREAD", value: ({ id }) => id, unit: "none" },
  cpu: { title: "CPU%", value: ({ cpuPercent }) => cpuPercent, unit: "percent" },
  state: { title: "STATE", value: ({ state }) => state },
  time: { title: "TIME", value: ({ cpuTimeNs }) => cpuTimeNs, unit: "nanoseconds" },
  priority: { title: "PRIORITY", value: ({ priority }) => priority, unit: "none" },
  name: { title: "NAME", value: ({ name }) => name },
};

const NS_PER_MS = 1e6;

/** Reads the threads of a process again and again. */
export class ThreadLooks {
  #before: ReadonlyMap<number, number> = new Map();
  #at = NaN;

  /** The threads of the process that has an id now, those first that used most. */
  read(pid: number, from: SystemOptions): ThreadRow[] {
    const threads = openProcess(pid, from).threads();
    const now = performance.now();
    const elapsed = now - this.#at;
    const rows = threads.map((thread): ThreadRow => {
      const before = this.#before.get(thread.id);
      const used = before === undefined ? NaN : thread.cpuTimeNs - before;
      const percent = 100 * Math.max(0, used) / (elapsed * NS_PER_MS);
      return { ...thread, cpuPercent: Number.isFinite(percent) ? percent : undefined };
    });
    this.#before = new Map(
      rows.map(({ id, cpuTimeNs }) => [id, cpuTimeNs]),
    );
    this.#at = now;
    const share = ({ cpuPercent = -1 }: ThreadRow) => cpuPercent;
    return rows.sort((a, b) => share(b) - share(a) || b.cpuTimeNs - a.cpuTimeNs || a.id - b.id);
  }
}
