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
import { querying, type Reply, replyOf, silent } from "./reply.ts";

/** The result of {@linkcode pidRusage} for each flavor. */
export interface PidRusageReplies {
  /** The first version. On macOS, available since 10.9. */
  readonly [RUSAGE_INFO_V0]: RusageInfoV0;
  /** Adds the usage of the children. On macOS, available since 10.9. */
  readonly [RUSAGE_INFO_V1]: RusageInfoV1;
  /** Adds the bytes read and written. On macOS, available since 10.9. */
  readonly [RUSAGE_INFO_V2]: RusageInfoV2;
  /** Adds the processor time by quality of service. On macOS, available since 10.10. */
  readonly [RUSAGE_INFO_V3]: RusageInfoV3;
  /** Adds instructions, cycles and energy. On macOS, available since 10.13. */
  readonly [RUSAGE_INFO_V4]: RusageInfoV4;
  /** Adds flags. On macOS, available since 11. */
  readonly [RUSAGE_INFO_V5]: RusageInfoV5;
  /** Adds the usage of performance cores. On macOS, available since 13. */
  readonly [RUSAGE_INFO_V6]: RusageInfoV6;
}

/** A flavor of {@linkcode pidRusage}: a `RUSAGE_INFO_V*` number. */
export type PidRusageFlavor = keyof PidRusageReplies;

/**
 * The reply of each flavor. The compiler requires all flavors.
 *
 * The kernel ignores the size of the buffer and always writes the whole struct of the flavor, so
 * the buffer must have the size of the struct.
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
 * Times are in mach time units. For a zombie, the values are those at its end.
 *
 * On macOS, only root can query processes of other users. On Linux, `RUSAGE_INFO_V0` and
 * `RUSAGE_INFO_V1` can query every process without privilege, unless the mount option `hidepid`
 * hides it. On Linux, later versions throw `EPERM` for a process that the caller may not trace. On
 * Linux, a mach time unit is a nanosecond.
 *
 * @param pid The process.
 * @param flavor The version of the struct: a `RUSAGE_INFO_V*` number.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` if there is no such process, `EPERM` if the caller may not query
 * it, `EINVAL` if the system is older than the flavor, `ENOTSUP` if this system cannot answer.
 * @throws {ShortAnswerError} The kernel returned a number other than 0.
 * @throws {RangeError} `pid` is not a 32-bit integer, or the flavor is unknown.
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
  return read(querying(system.kernel, PROC_INFO_CALL_PIDRUSAGE, pid32, flavor, 0n));
}

/** The resource usage of a process, in the newest version that the system knows. */
export type NewestRusage = {
  readonly [F in PidRusageFlavor]: {
    /** The version: a `RUSAGE_INFO_V*` number. */
    readonly flavor: F;
    /** The resource usage. */
    readonly info: PidRusageReplies[F];
  };
}[PidRusageFlavor];

/**
 * Returns the resource usage of a process, in the newest version that the system knows.
 *
 * Tries the versions from `RUSAGE_INFO_V6` down until the system does not return `EINVAL`. The
 * members of `RUSAGE_INFO_V0` can be read without a check of the version, as all versions have
 * them.
 *
 * @param pid The process.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} As from {@linkcode pidRusage}. `EINVAL` only if the system does not know
 * any version.
 * @throws {ShortAnswerError} The kernel returned a number other than 0.
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
