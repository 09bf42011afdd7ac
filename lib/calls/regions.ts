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

/** A flavor of `pidInfo()` about the region at an address, or the next one. */
export type RegionFlavor =
  | typeof PROC_PIDREGIONINFO
  | typeof PROC_PIDREGIONPATHINFO
  | typeof PROC_PIDREGIONPATHINFO2
  | typeof PROC_PIDREGIONPATH;

/** Where a region starts, and its length in bytes. */
type Extent = readonly [start: bigint, size: bigint];

const extentOf = ({ pri_address, pri_size }: ProcRegionInfo): Extent => [pri_address, pri_size];

/** The member of each flavor's answer with the bounds of the region. */
const EXTENTS: { readonly [F in RegionFlavor]: (region: PidInfoReplies[F]) => Extent } = {
  [PROC_PIDREGIONINFO]: extentOf,
  [PROC_PIDREGIONPATHINFO]: ({ prp_prinfo }) => extentOf(prp_prinfo),
  [PROC_PIDREGIONPATHINFO2]: ({ prp_prinfo }) => extentOf(prp_prinfo),
  [PROC_PIDREGIONPATH]: ({ prpo_addr, prpo_regionlength }) => [prpo_addr, prpo_regionlength],
};

const END = 1n << 64n;

/**
 * Walks through the regions of a process's address space, from the lowest address to the highest.
 *
 * `PROC_PIDREGIONINFO` and `PROC_PIDREGIONPATHINFO` return all regions, the others only those that
 * are backed by a file. Each region is one call, so a process that runs on may have changed between
 * two of them.
 *
 * The walk ends where the kernel knows no further region, and also where it answers with one that
 * does not lie further on than the last. A query of the memory of the kernel itself, pid 0, is
 * refused here as the kernel refuses it, because the kernel leaves a crash report as well.
 *
 * @param pid The process.
 * @param flavor The facts about each region.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ESRCH` there is no such process, `EPERM` it is another user's or pid 0,
 * `EINVAL` this system does not know the flavor, `ENOTSUP` this system cannot answer.
 * @throws {ShortAnswerError} The kernel wrote less than the struct.
 * @throws {RangeError} `pid` is not a 32-bit integer, or the flavor is not one of these.
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

/** The region at an address or the next one; undefined where there is none. */
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
    // A flavor that is not known is EINVAL too, but a known one wants a buffer first.
    if (address === 0n) {
      const known = system.kernel.procInfo(PROC_INFO_CALL_PIDINFO, pid, flavor, address, null);
      if (known === -ERRNO.EINVAL) throw error;
    }
    return undefined;
  }
}

/**
 * The id of a file system as one number: the `arg` that `PROC_PIDREGIONPATHINFO3` looks for.
 *
 * Where a file system has an id of 32 bits only, the kernel compares with the first of the two
 * numbers alone.
 *
 * @param fsid The id as `vi_fsid` has it.
 * @throws {RangeError} There are not two numbers, or one is not a 32-bit integer.
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
