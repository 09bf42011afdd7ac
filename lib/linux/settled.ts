import { ERRNO, SystemCallError } from "../system/errors.ts";
import { type ProcessReader, readerOf } from "./proc/process.ts";
import type { World } from "./proc/world.ts";

/** How often a process that seems to have ended is looked at. */
const LOOKS = 4;

/** Repeats questions about a process whose answer is that it has ended, although it has not. */
export interface Settler {
  /** Passes on an answer about a process; while that is `-ESRCH` about a living one, `again` is called. */
  answer(pid: number, found: number, again: () => number): number;
  /** Makes a member of a system that throws `ESRCH` only if the process has ended. */
  member<A extends unknown[], R>(
    member: (pid: number, ...args: A) => R,
  ): (pid: number, ...args: A) => R;
}

/**
 * A thread that executes a program takes over the id of its process: for a moment the first thread has
 * ended already, and the files of the other are no longer under its old id. Whatever is read of such a
 * process may be missing, and is there when it is read again.
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
