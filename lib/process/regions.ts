import { PROC_PIDREGIONPATHINFO } from "../abi/pid_info.ts";
import {
  type ProcRegionWithPathInfo,
  SM_COW,
  SM_EMPTY,
  SM_LARGE_PAGE,
  SM_PRIVATE,
  SM_PRIVATE_ALIASED,
  SM_SHARED,
  SM_SHARED_ALIASED,
  SM_TRUESHARED,
} from "../abi/region_info.ts";
import { regions } from "../calls/regions.ts";
import { optional } from "../system/errors.ts";
import { known } from "../system/known.ts";
import type { TrackedProcess } from "./tracked_process.ts";
import { type FoundPath, mayBeCut } from "./paths.ts";
import { decodeText } from "./texts.ts";

/** The way in which the pages of a region are shared. */
export type ShareMode =
  /** Shared between processes, until one of them writes. */
  | "copyOnWrite"
  /** Not shared with another process. */
  | "private"
  /** Without pages so far. */
  | "empty"
  /** Shared between processes, including writes. */
  | "shared"
  /** Shared on request of the processes, including writes. */
  | "trueShared"
  /** Not shared with another process, and mapped at several addresses. */
  | "privateAliased"
  /** Shared between processes, and mapped at several addresses of this one. */
  | "sharedAliased"
  /** Not shared with another process, and in large pages. */
  | "largePage";

/** The effect of `fork()` on a region. */
export type Inheritance =
  /** Parent and child share the region. */
  | "share"
  /** The child gets a copy of the region. */
  | "copy"
  /** The child does not get the region. */
  | "none";

/**
 * A region of an address space. A member is absent if the region has no such property, or if it is
 * unknown.
 */
export interface RegionInfo {
  /** The lowest address, as in `"0x7f0c1a2b3000"`. */
  readonly address: string;
  /** The length in bytes. */
  readonly sizeBytes: number;
  /** The permitted access: `r` for read, `w` for write and `x` for execute, as in `"r-x"`. */
  readonly protection: string;
  /** The most access that can be permitted, in the same form. */
  readonly maxProtection: string;
  /** The effect of `fork()` on the region. */
  readonly inheritance?: Inheritance;
  /** The way in which the pages are shared. */
  readonly shareMode?: ShareMode;
  /** The offset of the region in its file or object, in bytes. Absent if it is 2^53 or more. */
  readonly offset?: number;
  /**
   * The size of the pages in memory, in bytes. Absent, as all such sizes, if the page size is
   * unknown.
   */
  readonly residentBytes?: number;
  /** The size of the pages in memory that no other process has, in bytes. */
  readonly privateResidentBytes?: number;
  /** The size of the pages in memory that several processes have, in bytes. */
  readonly sharedResidentBytes?: number;
  /** The size of the pages that were swapped out, in bytes. */
  readonly swappedBytes?: number;
  /** The size of the pages that were written to, in bytes. */
  readonly dirtyBytes?: number;
  /**
   * The purpose of the region, as a `VM_MEMORY_*` number of macOS. On Linux, 1 is the heap, 30 is
   * the stack and 0 is any other region.
   */
  readonly tag: number;
  /** True if the process has locked the region in memory. */
  readonly wired: boolean;
  /**
   * The name of a region without a file. Absent without a name. On Linux, it is the kernel's name,
   * as in `[heap]`, `[stack]`, `[vdso]` and `[anon:NAME]`. On macOS, it is `[heap]` or `[stack]`,
   * by the tag.
   */
  readonly name?: string;
  /**
   * The path of the file, or its last path if it was deleted. Absent if the system reports none.
   */
  readonly path?: string;
  /**
   * True if the file no longer has that path because it was deleted or another file took its name.
   */
  readonly deleted?: boolean;
  /** The inode number of the file, in decimal digits. */
  readonly inode?: string;
  /** The device number of the volume of the file. */
  readonly device?: number;
}

const INHERITANCE: readonly (Inheritance | undefined)[] = ["share", "copy", "none"];

const SHARE_MODES: Readonly<Record<number, ShareMode>> = {
  [SM_COW]: "copyOnWrite",
  [SM_PRIVATE]: "private",
  [SM_EMPTY]: "empty",
  [SM_SHARED]: "shared",
  [SM_TRUESHARED]: "trueShared",
  [SM_PRIVATE_ALIASED]: "privateAliased",
  [SM_SHARED_ALIASED]: "sharedAliased",
  [SM_LARGE_PAGE]: "largePage",
};

/** The page size by which the kernel counts the pages of translated programs for Intel. */
const INTEL_PAGE = 4096;

/** Reads the regions of a process, from the lowest address to the highest. */
export function regionsOf(tracked: TrackedProcess): RegionInfo[] {
  const { pid, system } = tracked;
  return tracked.living("read the regions of", ({ translated }) => {
    const pageBytes = translated ? INTEL_PAGE : optional(() => system.pageBytes());
    // The structs lack long paths, and do not show whether a file with other names has lost this
    // one.
    const named = new Map(
      optional(() => system.namedRegions(pid))?.map((region) => [region.address, region]),
    );
    return Array.from(
      regions(pid, PROC_PIDREGIONPATHINFO, { system }),
      (found) => {
        const { file, name } = named.get(found.prp_prinfo.pri_address) ?? {};
        return region(
          found,
          pageBytes,
          file ?? fileOf(found),
          name ?? TAGS[found.prp_prinfo.pri_user_tag],
        );
      },
    );
  });
}

/** The names of regions without a file, by their tags, for systems that report no names. */
const TAGS: Readonly<Record<number, string>> = { 1: "[heap]", 30: "[stack]" };

/** Returns the file of a region. */
function fileOf(
  { prp_vip: { vip_vi: { vi_stat }, vip_path } }: ProcRegionWithPathInfo,
): FoundPath {
  const path = vip_path === "" ? undefined : encoder.encode(vip_path);
  if (vi_stat.vst_ino === 0n) return { path, deleted: undefined };
  return { path: path && mayBeCut(path) ? undefined : path, deleted: vi_stat.vst_nlink === 0 };
}

const encoder = new TextEncoder();

function region(
  { prp_prinfo: info, prp_vip: { vip_vi, vip_path } }: ProcRegionWithPathInfo,
  pageBytes: number | undefined,
  { path, deleted }: FoundPath,
  name: string | undefined,
): RegionInfo {
  const bytes = (pages: number) => pageBytes === undefined ? undefined : pages * pageBytes;
  const { vst_ino, vst_dev } = vip_vi.vi_stat;
  const hasFile = vst_ino !== 0n || vip_path !== "";
  return known<RegionInfo>({
    address: `0x${info.pri_address.toString(16)}`,
    sizeBytes: Number(info.pri_size),
    protection: protection(info.pri_protection),
    maxProtection: protection(info.pri_max_protection),
    inheritance: INHERITANCE[info.pri_inheritance],
    shareMode: SHARE_MODES[info.pri_share_mode],
    offset: info.pri_offset <= Number.MAX_SAFE_INTEGER ? Number(info.pri_offset) : undefined,
    residentBytes: bytes(info.pri_pages_resident),
    privateResidentBytes: bytes(info.pri_private_pages_resident),
    sharedResidentBytes: bytes(info.pri_shared_pages_resident),
    swappedBytes: bytes(info.pri_pages_swapped_out),
    dirtyBytes: bytes(info.pri_pages_dirtied),
    tag: info.pri_user_tag,
    wired: info.pri_user_wired_count > 0,
    name: hasFile ? undefined : name,
    path: path && decodeText(path),
    deleted,
    inode: hasFile ? `${vst_ino}` : undefined,
    device: hasFile ? vst_dev : undefined,
  });
}

function protection(bits: number): string {
  return `${bits & 1 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 4 ? "x" : "-"}`;
}
