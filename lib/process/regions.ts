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
import type { Life } from "./life.ts";
import { type FoundPath, mayBeCut } from "./paths.ts";
import { decodeText } from "./texts.ts";

/** How the pages of a region are shared. */
export type ShareMode =
  /** Between processes, until one of them writes. */
  | "copyOnWrite"
  /** With no other process. */
  | "private"
  /** No pages yet. */
  | "empty"
  /** Between processes, writes included. */
  | "shared"
  /** Shared on request of the processes, including writes. */
  | "trueShared"
  /** With no other process, at several addresses. */
  | "privateAliased"
  /** Between processes, and at several addresses of this one. */
  | "sharedAliased"
  /** With no other process, as large pages. */
  | "largePage";

/** What `fork()` does with a region. */
export type Inheritance =
  /** Parent and child share it. */
  | "share"
  /** The child gets a copy. */
  | "copy"
  /** The child does not get it. */
  | "none";

/** A region of an address space. A member is absent if the region has no such thing, or it is unknown. */
export interface RegionInfo {
  /** The lowest address, as in `"0x7f0c1a2b3000"`. */
  readonly address: string;
  /** The length in bytes. */
  readonly sizeBytes: number;
  /** The access that is allowed: `r` read, `w` write, `x` execute, as in `"r-x"`. */
  readonly protection: string;
  /** The access that may be allowed at most, likewise. */
  readonly maxProtection: string;
  /** What `fork()` does with it. */
  readonly inheritance?: Inheritance;
  /** How its pages are shared. */
  readonly shareMode?: ShareMode;
  /** Its start in its file or object, in bytes; absent if that is not below 2^53. */
  readonly offset?: number;
  /** The size of its pages in memory, in bytes. As all such sizes, absent if the page size is unknown. */
  readonly residentBytes?: number;
  /** The size of its pages in memory that no other process has, in bytes. */
  readonly privateResidentBytes?: number;
  /** The size of its pages in memory that several processes have, in bytes. */
  readonly sharedResidentBytes?: number;
  /** The size of its pages that were swapped out, in bytes. */
  readonly swappedBytes?: number;
  /** The size of its pages that were written to, in bytes. */
  readonly dirtyBytes?: number;
  /** Its purpose as a `VM_MEMORY_*` number of macOS; on Linux 1 is the heap, 30 the stack, 0 the rest. */
  readonly tag: number;
  /** True if the process has locked it in memory. */
  readonly wired: boolean;
  /**
   * The name of a region without a file: on Linux as the kernel has it, as in `[heap]`, `[stack]`, `[vdso]`
   * and `[anon:NAME]`; on macOS `[heap]` and `[stack]`, by the tag. Absent without a name.
   */
  readonly name?: string;
  /** The path of its file, or the last one if it was deleted; absent if the system reports none. */
  readonly path?: string;
  /** True if its file has lost that path since: it was deleted, or another file took its name. */
  readonly deleted?: boolean;
  /** The inode number of its file, as a decimal number. */
  readonly inode?: string;
  /** The device number of the volume of its file. */
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

/** The size of the pages by which the kernel counts for translated programs for Intel. */
const INTEL_PAGE = 4096;

/** Reads the regions of a process, from the lowest address to the highest. */
export function regionsOf(life: Life): RegionInfo[] {
  const { pid, system } = life;
  return life.living("read the regions of", ({ translated }) => {
    const pageBytes = translated ? INTEL_PAGE : optional(() => system.pageBytes());
    // The structs have neither a long path, nor whether a file that has other names has lost this one.
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

/** The names of regions without a file where the system has none, by their tags, which are macOS's. */
const TAGS: Readonly<Record<number, string>> = { 1: "[heap]", 30: "[stack]" };

/** The file of a region. */
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
