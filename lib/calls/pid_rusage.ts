import { PROC_INFO_CALL_PIDRUSAGE } from "../abi/callnum.ts";
import {
  RUSAGE_INFO_V0,
  RUSAGE_INFO_V1,
  RUSAGE_INFO_V2,
  RUSAGE_INFO_V3,
  RUSAGE_INFO_V4,
  RUSAGE_INFO_V5,
  RUSAGE_INFO_V6,
} from "../abi/pid_rusage.ts";
import {
  type RusageInfoV0,
  rusageInfoV0,
  type RusageInfoV1,
  rusageInfoV1,
  type RusageInfoV2,
  rusageInfoV2,
  type RusageInfoV3,
  rusageInfoV3,
  type RusageInfoV4,
  rusageInfoV4,
  type RusageInfoV5,
  rusageInfoV5,
  type RusageInfoV6,
  rusageInfoV6,
} from "../abi/rusage_info.ts";
import { int32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { ERRNO, ProcInfoError } from "../system/errors.ts";
import { systemAlone } from "../system/open.ts";
import { asking, type Reply, replyOf, silent } from "./reply.ts";

/** What {@linkcode pidRusage} gives for each flavor. */
export interface PidRusageReplies {
  /** macOS 10.9. */
  readonly [RUSAGE_INFO_V0]: RusageInfoV0;
  /** macOS 10.9: with what its children used. */
  readonly [RUSAGE_INFO_V1]: RusageInfoV1;
  /** macOS 10.9: with what it read and wrote. */
  readonly [RUSAGE_INFO_V2]: RusageInfoV2;
  /** macOS 10.10: with its time by quality of service. */
  readonly [RUSAGE_INFO_V3]: RusageInfoV3;
  /** macOS 10.13: with instructions, cycles and energy. */
  readonly [RUSAGE_INFO_V4]: RusageInfoV4;
  /** macOS 11. */
  readonly [RUSAGE_INFO_V5]: RusageInfoV5;
  /** macOS 13: with what it used of the fast cores. */
  readonly [RUSAGE_INFO_V6]: RusageInfoV6;
}

/** A flavor of {@linkcode pidRusage}: a `RUSAGE_INFO_V*` number. */
export type PidRusageFlavor = keyof PidRusageReplies;

/**
 * How each flavor is called; the compiler requires every one.
 *
 * The kernel writes the whole struct of the flavor whatever the size of the buffer, so the buffer is
 * the struct's size, always.
 */
export const PID_RUSAGE_REPLIES: { readonly [F in PidRusageFlavor]: Reply<PidRusageReplies[F]> } = {
  [RUSAGE_INFO_V0]: silent(rusageInfoV0),
  [RUSAGE_INFO_V1]: silent(rusageInfoV1),
  [RUSAGE_INFO_V2]: silent(rusageInfoV2),
  [RUSAGE_INFO_V3]: silent(rusageInfoV3),
  [RUSAGE_INFO_V4]: silent(rusageInfoV4),
  [RUSAGE_INFO_V5]: silent(rusageInfoV5),
  [RUSAGE_INFO_V6]: silent(rusageInfoV6),
};

/**
 * Returns the resource usage of a process: `proc_pid_rusage()`.
 *
 * Times are in mach time units. A zombie answers too, with how things stood when it ended. Only one's
 * own user's processes answer without privilege.
 *
 * @param pid The process.
 * @param flavor Which version of the answer: a `RUSAGE_INFO_V*` number.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` there is no such process, `EPERM` it is another user's, `EINVAL` the
 * system is older than the flavor, `ENOTSUP` this system cannot answer.
 * @throws {ShortAnswerError} The kernel returned something else than 0.
 * @throws {RangeError} `pid` is not a 32-bit integer, or the flavor is not known here.
 *
 * @example
 * ```ts
 * import { pidRusage, ProcInfoError, RUSAGE_INFO_V4 } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   console.log(pidRusage(process.pid, RUSAGE_INFO_V4).ri_phys_footprint, "bytes");
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function pidRusage<F extends PidRusageFlavor>(
  pid: number,
  flavor: F,
  options: SystemOptions = {},
): PidRusageReplies[F] {
  const system = systemAlone(options);
  const { read } = replyOf(PID_RUSAGE_REPLIES, flavor);
  const pid32 = int32("pid", pid);
  return read(asking(system.kernel, PROC_INFO_CALL_PIDRUSAGE, pid32, flavor, 0n));
}

/** What a process has used, in the newest version that the system knows. */
export type NewestRusage = {
  readonly [F in PidRusageFlavor]: {
    /** The version. */
    readonly flavor: F;
    /** The answer. */
    readonly info: PidRusageReplies[F];
  };
}[PidRusageFlavor];

/**
 * Returns the resource usage of a process, in the newest version that the system knows.
 *
 * It steps down from `RUSAGE_INFO_V6` while the system returns `EINVAL`, and returns the version
 * that answered. Members that all versions have need no check.
 *
 * @param pid The process.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} As from {@linkcode pidRusage}; `EINVAL` only if no version is known.
 * @throws {ShortAnswerError} The kernel returned something else than 0.
 * @throws {RangeError} `pid` is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { newestPidRusage, ProcInfoError, RUSAGE_INFO_V6 } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   const { flavor, info } = newestPidRusage(process.pid);
 *   console.log(info.ri_user_time);
 *   if (flavor === RUSAGE_INFO_V6) console.log(info.ri_energy_nj);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function newestPidRusage(
  pid: number,
  options: SystemOptions = {},
): NewestRusage {
  const system = systemAlone(options);
  for (const flavor of NEWEST_FIRST) {
    try {
      return { flavor, info: pidRusage(pid, flavor, { system }) } as NewestRusage;
    } catch (error) {
      if (!(error instanceof ProcInfoError && error.errno === ERRNO.EINVAL)) throw error;
    }
  }
  return { flavor: RUSAGE_INFO_V0, info: pidRusage(pid, RUSAGE_INFO_V0, { system }) };
}

const NEWEST_FIRST = [
  RUSAGE_INFO_V6,
  RUSAGE_INFO_V5,
  RUSAGE_INFO_V4,
  RUSAGE_INFO_V3,
  RUSAGE_INFO_V2,
  RUSAGE_INFO_V1,
] as const;
