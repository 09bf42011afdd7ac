import { ERRNO } from "../../system/errors.ts";
import { readerOf } from "../proc/process.ts";
import type { World } from "../proc/world.ts";
import type { DarwinAnswer } from "../sys/errno.ts";

/**
 * Answers a callnum with the value that the kernel would return.
 *
 * `pid` and `flavor` are the arguments in these positions, whatever they mean for the callnum.
 */
export type Call = (
  pid: number,
  flavor: number,
  arg: bigint,
  buffer: Uint8Array | null,
) => DarwinAnswer;

/** Answers one flavor about one process. The buffer has at least the size of the flavor. */
export type Answer = (pid: number, arg: bigint, buffer: Uint8Array) => DarwinAnswer;

/** One flavor of a callnum. */
export interface Flavor {
  /** The minimum size of a buffer, in bytes. A smaller buffer fails with `ENOMEM`. */
  readonly size: number;
  /**
   * The maximum size of a buffer, in bytes, if the flavor has one. A larger buffer fails with
   * `EOVERFLOW`.
   */
  readonly max?: number;
  /** Fills the buffer. Returns the value that XNU returns. */
  readonly answer: Answer;
  /** Returns the required size if the buffer is null. Undefined if the flavor does not do this. */
  readonly sizing?: (pid: number, arg: bigint) => DarwinAnswer;
}

/** Flavors by their numbers. */
export type Flavors = Readonly<Record<number, Flavor>>;

/**
 * Returns a flavor that XNU has and Linux cannot answer. The error follows XNU's checks.
 *
 * @param toAll True if XNU answers it about every user's processes, and about zombies. Default:
 * false.
 */
export function unsupported(world: World, size: number, toAll = false): Flavor {
  return {
    size,
    answer(pid) {
      const reader = readerOf(world);
      const error = reader.read(pid, toAll) || (toAll ? 0 : reader.sameUser(pid));
      return error < 0 ? error : -ERRNO.ENOTSUP;
    },
  };
}

/** Returns a call that answers the flavors of a table, with XNU's checks in XNU's order. */
export function dispatch(flavors: Flavors): Call {
  return (pid, flavor, arg, buffer) => {
    const found = flavors[flavor];
    if (found === undefined) return -ERRNO.EINVAL;
    if (buffer === null && found.sizing) return pid < 0 ? -ERRNO.ESRCH : found.sizing(pid, arg);
    if (buffer === null || buffer.byteLength < found.size) return -ERRNO.ENOMEM;
    if (found.max !== undefined && buffer.byteLength > found.max) return -ERRNO.EOVERFLOW;
    return pid < 0 ? -ERRNO.ESRCH : found.answer(pid, arg, buffer);
  };
}
