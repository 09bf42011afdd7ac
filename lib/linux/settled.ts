import { ERRNO, SystemCallError } from "../system/errors.ts";
import { type ProcessReader, readerOf } from "./proc/process.ts";
import type { World } from "./proc/world.ts";

/** The number of attempts to read a process that seems to have ended. */
const LOOKS = 4;

/** Retries queries that report a living process as ended. */
export interface Settler {
  /** Returns `found`, or the result of `again` while that is `-ESRCH` and the process is alive. */
  answer(pid: number, found: number, again: () => number): number;
  /** Returns a member of a system that throws `ESRCH` only if the process has ended. */
  member<A extends unknown[], R>(
    member: (pid: number, ...args: A) => R,
  ): (pid: number, ...args: A) => R;
}

/**
 * Makes a settler for the processes of a world.
 *
 * When a thread other than the leader calls `execve()`, it gets the pid of its process. For a
 * moment, the leader has ended and the files of the new leader are not yet under the pid. Reads
 * fail with `ESRCH`, and a retry succeeds.
 */
export function settler(world: World): Settler {
  let reader: ProcessReader | undefined;

  function isLiving(pid: number): boolean {
    return pid > 0 && !(reader ??= readerOf(world)).isEnding(pid);
  }

  return {
    answer(pid, found, again) {
      for (let left = LOOKS; found === -ERRNO.ESRCH && --left > 0 && isLiving(pid);) {
        found = again();
      }
      return found;
    },
    member: (member) => (pid, ...args) => {
      for (let left = LOOKS;;) {
        try {
          return member(pid, ...args);
        } catch (error) {
          const isGone = error instanceof SystemCallError && error.errno === ERRNO.ESRCH;
          if (!isGone || --left === 0 || !isLiving(pid)) throw error;
        }
      }
    },
  };
}
