import { PROC_INFO_CALL_LISTPIDS } from "../abi/callnum.ts";
import {
  PROC_ALL_PIDS,
  PROC_PGRP_ONLY,
  PROC_PPID_ONLY,
  PROC_RUID_ONLY,
  PROC_TTY_ONLY,
  PROC_UID_ONLY,
} from "../abi/list_pids.ts";
import { id, path as checkPath, uint32, word32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { ret } from "../system/kernel.ts";
import { systemAlone } from "../system/open.ts";
import { fitting } from "./reply.ts";

/**
 * Lists the ids of the processes that match a filter: `proc_listpids()`.
 *
 * Living processes come first, the newest first, then zombies. On macOS pid 0, the kernel itself, is
 * among them; Linux has none. A filter that matches nothing gives an empty array, and so does a type
 * that the kernel does not know.
 *
 * On Linux the order is by descending id, and zombies stand last only where the filter reads their
 * state anyway: by group, terminal and parent.
 *
 * @param type The filter: a `PROC_*_ONLY` number, or {@linkcode PROC_ALL_PIDS}.
 * @param typeinfo What the filter compares with: an id, or a device number.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} The kernel refused.
 * @throws {RangeError} An argument is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { listPids, PROC_ALL_PIDS } from "@libproc/libproc/calls";
 *
 * console.log(listPids(PROC_ALL_PIDS, 0).length);
 * ```
 */
export function listPids(
  type: number,
  typeinfo: number,
  options: SystemOptions = {},
): Int32Array {
  const system = systemAlone(options);
  const type32 = uint32("type", type);
  const typeinfo32 = word32("typeinfo", typeinfo);
  const ask = (buffer: Uint8Array | null) =>
    ret(
      system.kernel.procInfo(PROC_INFO_CALL_LISTPIDS, type32, typeinfo32, 0n, buffer),
      PROC_INFO_CALL_LISTPIDS,
      type,
      typeinfo,
    );
  for (let room = Math.max(ask(null) >> 2, 1);; room *= 2) {
    const pids = new Int32Array(new ArrayBuffer(room * 4));
    const bytes = new Uint8Array(pids.buffer);
    const count = fitting(ask(bytes), bytes) >> 2;
    // A full buffer may have lost some: processes started since the size was queried.
    if (count < room) return pids.slice(0, count);
  }
}

/**
 * Lists the ids of all processes: `proc_listallpids()`.
 *
 * @throws {ProcInfoError} The kernel refused.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { getAllPids } from "@libproc/libproc";
 *
 * console.log(getAllPids().includes(process.pid)); // true
 * ```
 */
export function getAllPids(options?: SystemOptions): number[] {
  return Array.from(listPids(PROC_ALL_PIDS, 0, options));
}

/**
 * Lists the ids of the processes whose effective user is `uid`.
 *
 * @throws {ProcInfoError} The kernel refused.
 * @throws {RangeError} `uid` is not an integer from 0 to 4294967295.
 *
 * @example
 * ```ts
 * import { getPidsForUid } from "@libproc/libproc";
 *
 * console.log(getPidsForUid(0).length);
 * ```
 */
export function getPidsForUid(uid: number, options?: SystemOptions): number[] {
  return Array.from(listPids(PROC_UID_ONLY, uint32("uid", uid), options));
}

/**
 * Lists the ids of the processes whose real user is `uid`: the one that started them, whatever user
 * they act as.
 *
 * @throws {ProcInfoError} The kernel refused.
 * @throws {RangeError} `uid` is not an integer from 0 to 4294967295.
 *
 * @example
 * ```ts
 * import { getPidsForRuid } from "@libproc/libproc";
 *
 * console.log(getPidsForRuid(0).length);
 * ```
 */
export function getPidsForRuid(uid: number, options?: SystemOptions): number[] {
  return Array.from(listPids(PROC_RUID_ONLY, uint32("uid", uid), options));
}

/**
 * Lists the ids of the children of a process: `proc_listchildpids()`.
 *
 * A child that is being traced is listed under its real parent. On macOS, where the tracer takes the
 * parent's place, it is listed under both; on Linux tracing changes no parent.
 *
 * @throws {ProcInfoError} The kernel refused.
 * @throws {RangeError} `ppid` is not an integer from 0 to 2147483647.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { getPidsForPpid } from "@libproc/libproc";
 *
 * console.log(getPidsForPpid(process.ppid).includes(process.pid)); // true
 * ```
 */
export function getPidsForPpid(ppid: number, options?: SystemOptions): number[] {
  return Array.from(listPids(PROC_PPID_ONLY, id("ppid", ppid), options));
}

/**
 * Lists the ids of the members of a process group: `proc_listpgrppids()`.
 *
 * @throws {ProcInfoError} The kernel refused.
 * @throws {RangeError} `pgid` is not an integer from 0 to 2147483647.
 *
 * @example
 * ```ts
 * import { getPidsForPgrp } from "@libproc/libproc";
 *
 * console.log(getPidsForPgrp(1));
 * ```
 */
export function getPidsForPgrp(pgid: number, options?: SystemOptions): number[] {
  return Array.from(listPids(PROC_PGRP_ONLY, id("pgid", pgid), options));
}

/**
 * Lists the ids of the processes whose controlling terminal is `tty`.
 *
 * @param tty The path of a terminal, such as `/dev/pts/3` or `/dev/ttys003`, or its device number as
 * `stat()` gives it (`rdev`).
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} The kernel refused.
 * @throws {SystemCallError} There is nothing at the path (`ENOENT`), or not a terminal (`ENOTTY`).
 * @throws {RangeError} The device number is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { getPidsForTty, SystemCallError } from "@libproc/libproc";
 *
 * try {
 *   console.log(getPidsForTty("/dev/pts/0"));
 * } catch (error) {
 *   if (!(error instanceof SystemCallError)) throw error;
 *   console.log(error.message); // no such terminal just now
 * }
 * ```
 */
export function getPidsForTty(
  tty: number | string,
  options: SystemOptions = {},
): number[] {
  const system = systemAlone(options);
  const device = typeof tty === "string"
    ? system.terminal(checkPath("tty", tty))
    : word32("tty", tty);
  return Array.from(listPids(PROC_TTY_ONLY, device, { system }));
}
