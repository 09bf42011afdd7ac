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
 * Lists the pids of the processes that match a filter: `proc_listpids()`.
 *
 * The array is empty if no process matches, and also if the kernel does not know the type.
 *
 * On macOS, living processes come first, the newest first, followed by zombies. On macOS, pid 0,
 * which is the kernel, is listed as well. On Linux, pids are in descending order. On Linux, zombies
 * come last if the filter is by process group, terminal or parent. On Linux, pid 0 does not exist.
 *
 * @param type The filter: a `PROC_*_ONLY` number, or {@linkcode PROC_ALL_PIDS}.
 * @param typeinfo The value that the filter compares with: an id or a device number.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} The kernel refused the call.
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
  const query = (buffer: Uint8Array | null) =>
    ret(
      system.kernel.procInfo(PROC_INFO_CALL_LISTPIDS, type32, typeinfo32, 0n, buffer),
      PROC_INFO_CALL_LISTPIDS,
      type,
      typeinfo,
    );
  for (let room = Math.max(query(null) >> 2, 1);; room *= 2) {
    const pids = new Int32Array(new ArrayBuffer(room * 4));
    const bytes = new Uint8Array(pids.buffer);
    const count = fitting(query(bytes), bytes) >> 2;
    // If the buffer is full, pids may be missing: processes may have started since the sizing call.
    if (count < room) return pids.slice(0, count);
  }
}

/**
 * Lists the pids of all processes: `proc_listallpids()`.
 *
 * @throws {ProcInfoError} The kernel refused the call.
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
 * Lists the pids of the processes whose effective user id is `uid`.
 *
 * @throws {ProcInfoError} The kernel refused the call.
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
 * Lists the pids of the processes whose real user id is `uid`: the processes that this user
 * started, whichever user they act as.
 *
 * @throws {ProcInfoError} The kernel refused the call.
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
 * Lists the pids of the children of a process: `proc_listchildpids()`.
 *
 * A traced child is listed under its real parent.
 *
 * On macOS, a traced child is listed under its tracer as well, which replaces the parent while it
 * traces. On Linux, tracing does not change the parent.
 *
 * @throws {ProcInfoError} The kernel refused the call.
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
 * Lists the pids of the members of a process group: `proc_listpgrppids()`.
 *
 * @throws {ProcInfoError} The kernel refused the call.
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
 * Lists the pids of the processes whose controlling terminal is `tty`.
 *
 * @param tty The path of a terminal, such as `/dev/pts/3` or `/dev/ttys003`, or its device number
 * as `stat()` returns it (`rdev`).
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} The kernel refused the call.
 * @throws {SystemCallError} There is no file at the path (`ENOENT`), or it is not a terminal
 * (`ENOTTY`).
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
