import { PROC_PGRP_ONLY } from "../abi/list_pids.ts";
import { PROC_PIDT_SHORTBSDINFO } from "../abi/pid_info.ts";
import { listPids } from "../calls/list_pids.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { bytesOf, checkOptions, flag, id as checkId, int32, object } from "../system/arguments.ts";
import type { System, SystemOptions } from "../system/system.ts";
import { ERRNO, SystemCallError } from "../system/errors.ts";
import { systemAlone } from "../system/open.ts";
import {
  EINVAL_INVALID_COMMAND,
  EINVAL_NULL_DATA,
  EINVAL_NULL_SIZE,
  EPERM_INSUFFICIENT_PRIVS,
  ERANGE_INSUFFICIENT_SIZE,
  ESRCH_INVALID_PID,
  kerrnoName,
  kerrnoToErrno,
} from "./kerrno.ts";
import { type Procentry64, procentry64 } from "./procentry.ts";
import { gather } from "./gather.ts";

/** A command of {@linkcode kgetProcInfo}: checks if an id is that of a process or process group. */
export const VALIDATE_PID = 1;
/** A command of {@linkcode kgetProcInfo}: gets the `struct procentry64` of a process. */
export const GET_PROCENTRY64 = 2;
/** A command of {@linkcode kgetProcInfo}: gets the pids of a process group. */
export const GET_PGRP = 3;
/** A command of {@linkcode kgetProcInfo}: gets the pids of the process group of a process. */
export const GET_PGRP_BY_MEMBER = 4;

/** A `size_t` that is passed by address. */
export interface SizeCell {
  /**
   * As input, the capacity of the data in bytes. As output, the bytes that were used or are needed.
   */
  value: number;
}

const PID_SIZE = 4;

/**
 * Implements AIX's kernel service `kget_proc_info()` on this host, according to its published
 * contract.
 *
 * | command | `id` | `data` |
 * | --- | --- | --- |
 * | {@linkcode VALIDATE_PID} | a process or process group | unused |
 * | {@linkcode GET_PROCENTRY64} | a process | a `struct procentry64`, 4944 bytes |
 * | {@linkcode GET_PGRP} | a process group | 32-bit pids, or null to query the size |
 * | {@linkcode GET_PGRP_BY_MEMBER} | any process of a group | the same |
 *
 * `data` is written only if 0 is returned. Numbers are in the host's byte order. IBM does not
 * publish the numbers of the commands and errors, so the numbers are this module's own.
 *
 * @param cmd The command.
 * @param id The process or process group. A group is valid as long as it has a member.
 * @param data The memory to write the answer to.
 * @param size The number of bytes of `data` that can be used. After the call, the number of bytes
 * that were used or are needed.
 * @param options The system to query; this host by default.
 * @returns 0, or one of `EINVAL_NULL_SIZE`, `EINVAL_NULL_DATA`, `ESRCH_INVALID_PID`,
 * `ERANGE_INSUFFICIENT_SIZE`, `EPERM_INSUFFICIENT_PRIVS`, `EINVAL_INVALID_COMMAND`.
 * @throws {TypeError} An argument is of another type, or the memory of `data` was detached.
 * @throws {RangeError} `id` is not a 32-bit integer, or `size.value` is not a size or is greater
 * than the size of `data`.
 * @throws {SystemCallError} The host returned an error for which the contract does not have a name.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { GET_PGRP_BY_MEMBER, kgetProcInfo } from "@libproc/libproc/aix";
 *
 * const size = { value: 0 };
 * kgetProcInfo(GET_PGRP_BY_MEMBER, process.pid, null, size);
 * const pids = new Int32Array(size.value / 4);
 * console.log(kgetProcInfo(GET_PGRP_BY_MEMBER, process.pid, pids, size), pids);
 * ```
 */
export function kgetProcInfo(
  cmd: number,
  id: number,
  data: Uint8Array | Int32Array | null,
  size: SizeCell | null,
  options: SystemOptions = {},
): number {
  const system = systemAlone(options);
  requireNumber("cmd", cmd);
  int32("id", requireNumber("id", id));
  const bytes = data === null ? null : bytesOf("data", data);
  const room = size === null ? 0 : capacity(size, bytes);
  try {
    switch (cmd) {
      case VALIDATE_PID:
        return isValid(id, system) ? 0 : ESRCH_INVALID_PID;
      case GET_PROCENTRY64: {
        if (size === null) return EINVAL_NULL_SIZE;
        if (bytes === null) return EINVAL_NULL_DATA;
        groupOf(id, system); // ESRCH is checked before the size
        if (room < procentry64.size) return ERANGE_INSUFFICIENT_SIZE;
        procentry64.encode(gather(id, system), bytes);
        size.value = procentry64.size;
        return 0;
      }
      case GET_PGRP:
        if (size === null) return EINVAL_NULL_SIZE;
        return group(id, bytes, size, room, system);
      case GET_PGRP_BY_MEMBER:
        if (size === null) return EINVAL_NULL_SIZE;
        return group(groupOf(id, system), bytes, size, room, system);
      default:
        return EINVAL_INVALID_COMMAND;
    }
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    if (error.errno === ERRNO.ESRCH) return ESRCH_INVALID_PID;
    if (error.errno === ERRNO.EPERM || error.errno === ERRNO.EACCES) {
      return EPERM_INSUFFICIENT_PRIVS;
    }
    throw error;
  }
}

/** Thrown by the functions that return values, for an error number of {@linkcode kgetProcInfo}. */
export class KerrnoError extends Error {
  /** `"KerrnoError"`. */
  override readonly name = "KerrnoError";
  /** The name of the error, such as `"ESRCH_INVALID_PID"`. */
  readonly code: string;
  /** The number that `kgetProcInfo()` returned. */
  readonly kerrno: number;
  /** The ordinary errno in this number. */
  readonly errno: number;

  /** Creates the error of a failed call. `doing` is its purpose, as in `"get the group of 42"`. */
  constructor(doing: string, kerrno: number) {
    const code = kerrnoName(kerrno);
    super(`Cannot ${doing}: kget_proc_info failed with ${code}`);
    this.code = code;
    this.kerrno = kerrno;
    this.errno = kerrnoToErrno(kerrno);
  }
}

/**
 * Returns the pids of all members of a process group, even if it grows during the query.
 *
 * @throws {KerrnoError} There is no such group (`ESRCH_INVALID_PID`).
 * @throws {RangeError} `pgid` is not an integer from 0 to 2147483647.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { getProcessGroup, procEntry } from "@libproc/libproc/aix";
 *
 * console.log(getProcessGroup(procEntry(process.pid).pi_pgrp));
 * ```
 */
export function getProcessGroup(pgid: number, options?: SystemOptions): number[] {
  return wholeGroup(GET_PGRP, checkId("pgid", pgid), options);
}

/**
 * Returns the pids of all members of the process group of a process, even if the group grows during
 * the query.
 *
 * @throws {KerrnoError} There is no such process (`ESRCH_INVALID_PID`).
 * @throws {RangeError} `pid` is not an integer from 0 to 2147483647.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { getProcessGroupByMember } from "@libproc/libproc/aix";
 *
 * console.log(getProcessGroupByMember(process.pid).includes(process.pid)); // true
 * ```
 */
export function getProcessGroupByMember(pid: number, options?: SystemOptions): number[] {
  return wholeGroup(GET_PGRP_BY_MEMBER, checkId("pid", pid), options);
}

/**
 * Returns the `struct procentry64` of a process, which is AIX's description of it.
 *
 * @throws {KerrnoError} There is no such process (`ESRCH_INVALID_PID`), or the caller may not query
 * it (`EPERM_INSUFFICIENT_PRIVS`).
 * @throws {RangeError} `pid` is not an integer from 0 to 2147483647.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { procEntry } from "@libproc/libproc/aix";
 *
 * console.log(procEntry(process.pid).pi_ppid === process.ppid); // true
 * ```
 */
export function procEntry(pid: number, options?: SystemOptions): Procentry64 {
  const bytes = new Uint8Array(procentry64.size);
  const kerrno = kgetProcInfo(
    GET_PROCENTRY64,
    checkId("pid", pid),
    bytes,
    { value: bytes.byteLength },
    options,
  );
  if (kerrno !== 0) throw new KerrnoError(`describe process ${pid}`, kerrno);
  return procentry64.decode(bytes);
}

/**
 * Decodes a `struct procentry64` from {@linkcode kgetProcInfo}, or from AIX, where it is
 * big-endian.
 *
 * @throws {RangeError} `bytes` has fewer than 4944 bytes.
 *
 * @example
 * ```ts
 * import { decodeProcentry64 } from "@libproc/libproc/aix";
 *
 * const record = new Uint8Array(4944);
 * record[3] = 42;
 * console.log(decodeProcentry64(record, { littleEndian: false }).pi_pid); // 42
 * ```
 */
export function decodeProcentry64(
  bytes: Uint8Array,
  options: { readonly littleEndian?: boolean } = {},
): Procentry64 {
  const { littleEndian = true } = checkOptions(options, ["littleEndian"]);
  flag("littleEndian", littleEndian);
  return procentry64.decode(bytesOf("bytes", bytes), 0, littleEndian ? "little" : "big");
}

function requireNumber(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw new TypeError(`Cannot pass ${name} as it must be a number: it is ${typeof value}`);
}

function capacity(size: SizeCell, bytes: Uint8Array | null): number {
  const value = requireNumber("size.value", object("size", size).value);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`Cannot pass size as it must be a number of bytes: it is ${value}`);
  }
  if (bytes !== null && value > bytes.byteLength) {
    throw new RangeError(
      `Cannot pass size as it must not be more than the ${bytes.byteLength} bytes of data: ` +
        `it is ${value}`,
    );
  }
  return value;
}

function isValid(id: number, system: System): boolean {
  if (id <= 0) return false;
  try {
    groupOf(id, system);
    return true;
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    if (error.errno === ERRNO.EPERM) return true; // a process exists
    if (error.errno !== ERRNO.ESRCH) throw error;
    return listPids(PROC_PGRP_ONLY, id, { system }).length > 0;
  }
}

/** Returns the process group of a process or zombie. Throws `ESRCH` if there is no such process. */
function groupOf(pid: number, system: System): number {
  return pidInfo(pid, PROC_PIDT_SHORTBSDINFO, 1, { system }).pbsi_pgid;
}

/**
 * Writes the pids of a group to `bytes`, and their size to `size`. Returns 0 or an error number.
 */
function group(
  pgid: number,
  bytes: Uint8Array | null,
  size: SizeCell,
  room: number,
  system: System,
): number {
  const pids = pgid > 0 ? listPids(PROC_PGRP_ONLY, pgid, { system }) : [];
  if (pids.length === 0) return ESRCH_INVALID_PID;
  const needed = pids.length * PID_SIZE;
  size.value = needed;
  if (bytes === null) return 0;
  if (room < needed) return ERANGE_INSUFFICIENT_SIZE;
  const view = new DataView(bytes.buffer, bytes.byteOffset, needed);
  pids.forEach((pid, i) => view.setInt32(i * PID_SIZE, pid, true));
  return 0;
}

/**
 * Retries until the group fits, as the contract requires: it may grow after its size was returned.
 */
function wholeGroup(cmd: number, id: number, options?: SystemOptions): number[] {
  const size = { value: 0 };
  let pids: Int32Array | null = null;
  for (;;) {
    const kerrno = kgetProcInfo(cmd, id, pids, size, options);
    if (kerrno === 0 && pids !== null) return Array.from(pids.subarray(0, size.value / PID_SIZE));
    if (kerrno !== 0 && kerrno !== ERANGE_INSUFFICIENT_SIZE) {
      throw new KerrnoError(`get the process group of ${id}`, kerrno);
    }
    pids = new Int32Array(size.value / PID_SIZE);
  }
}
