import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import {
  PROC_PIDREGIONINFO,
  PROC_PIDREGIONPATH,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO2,
} from "../abi/pid_info.ts";
import type { ProcRegionInfo } from "../abi/region_info.ts";
import type { Fsid } from "../abi/vnode_info.ts";
import { array, int32, object, word32 } from "../system/arguments.ts";
import type { System, SystemOptions } from "../system/system.ts";
import { ERRNO, ProcInfoError } from "../system/errors.ts";
import { ret } from "../system/kernel.ts";
import { systemAlone } from "../system/open.ts";
import { pidInfo, type PidInfoReplies } from "./pid_info.ts";
import { replyOf } from "./reply.ts";

/** A flavor of `pidInfo()` that reports the region at an address, or the next one. */
export type RegionFlavor =
  | typeof PROC_PIDREGIONINFO
  | typeof PROC_PIDREGIONPATHINFO
  | typeof PROC_PIDREGIONPATHINFO2
  | typeof PROC_PIDREGIONPATH;

/** The start of a region, and its length in bytes. */
type Extent = readonly [start: bigint, size: bigint];

const extentOf = ({ pri_address, pri_size }: ProcRegionInfo): Extent => [pri_address, pri_size];

/** The bounds of the region in the answer of each flavor. */
const EXTENTS: { readonly [F in RegionFlavor]: (region: PidInfoReplies[F]) => Extent } = {
  [PROC_PIDREGIONINFO]: extentOf,
  [PROC_PIDREGIONPATHINFO]: ({ prp_prinfo }) => extentOf(prp_prinfo),
  [PROC_PIDREGIONPATHINFO2]: ({ prp_prinfo }) => extentOf(prp_prinfo),
  [PROC_PIDREGIONPATH]: ({ prpo_addr, prpo_regionlength }) => [prpo_addr, prpo_regionlength],
};

const END = 1n << 64n;

/**
 * Iterates over the regions of the address space of a process, in ascending order of address.
 *
 * `PROC_PIDREGIONINFO` and `PROC_PIDREGIONPATHINFO` return all regions, the other flavors only
 * file-backed ones. Each region is read by a separate call, so a running process may change between
 * two regions.
 *
 * The iteration ends if the kernel reports no further region, or a region that does not end after
 * the previous one.
 *
 * A query of pid 0, which is the kernel, throws `EPERM` without a call. On macOS 14 and later, a
 * call about the regions of pid 0 leaves a crash report, at most one every 10 minutes.
 *
 * @param pid The process.
 * @param flavor The flavor, which determines the struct that is read for each region.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` if there is no such process, `EPERM` for pid 0 or if the caller
 * may not query the process, `EINVAL` if this system does not know the flavor, `ENOTSUP` if this
 * system cannot answer.
 * @throws {ShortAnswerError} The kernel wrote only a part of the struct.
 * @throws {RangeError} `pid` is not a 32-bit integer, or the flavor is not a `RegionFlavor`.
 *
 * @example
 * ```ts
 * import { PROC_PIDREGIONPATH, ProcInfoError, regions } from "@libproc/libproc/calls";
 * import process from "node:process";
 *
 * try {
 *   for (const { prpo_addr, prpo_path } of regions(process.pid, PROC_PIDREGIONPATH)) {
 *     console.log(prpo_addr.toString(16), prpo_path);
 *   }
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function regions<F extends RegionFlavor>(
  pid: number,
  flavor: F,
  options: SystemOptions = {},
): Generator<PidInfoReplies[F], void, undefined> {
  const system = systemAlone(options);
  const extent = replyOf(EXTENTS, flavor);
  return walk(int32("pid", pid), flavor, extent, system);
}

function* walk<F extends RegionFlavor>(
  pid: number,
  flavor: F,
  extent: (region: PidInfoReplies[F]) => Extent,
  system: System,
): Generator<PidInfoReplies[F], void, undefined> {
  if (pid === 0) ret(-ERRNO.EPERM, PROC_INFO_CALL_PIDINFO, pid, flavor);
  for (let address = 0n; address < END;) {
    const region = regionAt(pid, flavor, address, system);
    if (region === undefined) return;
    const [start, size] = extent(region);
    if (start + size <= address) return;
    yield region;
    address = start + size;
  }
}

/** Returns the region at an address or the next one; undefined if there is none. */
function regionAt<F extends RegionFlavor>(
  pid: number,
  flavor: F,
  address: bigint,
  system: System,
): PidInfoReplies[F] | undefined {
  try {
    return pidInfo(pid, flavor, address, { system });
  } catch (error) {
    if (!(error instanceof ProcInfoError && error.errno === ERRNO.EINVAL)) throw error;
    // An unknown flavor is EINVAL as well. Without a buffer, a known flavor is not EINVAL.
    if (address === 0n) {
      const known = system.kernel.procInfo(PROC_INFO_CALL_PIDINFO, pid, flavor, address, null);
      if (known === -ERRNO.EINVAL) throw error;
    }
    return undefined;
  }
}

/**
 * Returns the id of a file system as one number, which is the `arg` of `PROC_PIDREGIONPATHINFO3`.
 *
 * If a file system only has an id of 32 bits, the kernel compares `arg` with the first of the two
 * numbers alone.
 *
 * @param fsid The id, as in `vi_fsid`.
 * @throws {RangeError} `fsid` does not contain two numbers, or one is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { fileSystemId } from "@libproc/libproc/calls";
 *
 * console.log(fileSystemId({ val: [16777234, 26] })); // 111685926930n
 * ```
 */
export function fileSystemId(fsid: Fsid): bigint {
  const val = array("fsid.val", object("fsid", fsid).val);
  if (val.length !== 2) {
    throw new RangeError(`Cannot pass fsid as it must have 2 numbers: there are ${val.length}`);
  }
  const low = word32("fsid.val[0]", val[0]!);
  const high = word32("fsid.val[1]", val[1]!);
  return BigInt(low >>> 0) | BigInt(high >>> 0) << 32n;
}
