import { ERRNO } from "../../system/errors.ts";
import { readerOf } from "../proc/process.ts";
import type { World } from "../proc/world.ts";
import type { DarwinAnswer } from "../sys/errno.ts";

/**
 * Answers a callnum with what the kernel returns.
 *
 * `pid` and `flavor` are what the callnum takes in those places.
 */
export type Call = (
  pid: number,
  flavor: number,
  arg: bigint,
  buffer: Uint8Array | null,
) => DarwinAnswer;

/**
 * Answers one flavor about one process. The buffer has at least the flavor's size; it is null only
 * if the flavor answers a null buffer with a size.
 */
export type Answer = (pid: number, arg: bigint, buffer: Uint8Array) => DarwinAnswer;

/** One flavor of a callnum. */
export interface Flavor {
  /** The least that a buffer must hold; less is `ENOMEM`. */
  readonly size: number;
  /** The most that a buffer may hold, where a flavor has such a limit; more is `EOVERFLOW`. */
  readonly max?: number;
  /** Fills the buffer; returns what XNU returns. */
  readonly answer: Answer;
  /** Answers a null buffer with the size that is needed, where the flavor does. */
  readonly sizing?: (pid: number, arg: bigint) => DarwinAnswer;
}

/** Flavors by their numbers. */
export type Flavors = Readonly<Record<number, Flavor>>;

/**
 * A flavor that XNU has and Linux cannot answer: the error follows XNU's checks.
 *
 * @param toAll Whether XNU answers it about every user's processes, and about zombies.
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

/** Answers a flavor out of a table, with XNU's checks in XNU's order. */
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
