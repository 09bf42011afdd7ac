import { PROC_FLAG_ROSETTA } from "../abi/bsd_info.ts";
import { PROC_PIDREGIONPATHINFO, PROC_PIDT_SHORTBSDINFO } from "../abi/pid_info.ts";
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
import { known } from "./known.ts";
import type { Life } from "./life.ts";
import { wholePath } from "./paths.ts";

/** Who has what is in a region of memory. */
export type ShareMode =
  /** Several, until one of them writes. */
  | "copyOnWrite"
  /** This process alone. */
  | "private"
  /** Nobody: there is nothing in it yet. */
  | "empty"
  /** Several, writes included. */
  | "shared"
  /** Several processes that asked for it, writes included. */
  | "trueShared"
  /** This process alone, at several addresses. */
  | "privateAliased"
  /** Several, and this process at several addresses. */
  | "sharedAliased"
  /** This process, in large pages. */
  | "largePage";

/** What a fork does with a region of memory. */
export type Inheritance =
  /** Parent and child share it. */
  | "share"
  /** The child gets a copy. */
  | "copy"
  /** The child does not get it. */
  | "none";

/** A region of an address space. */
export interface RegionInfo {
  /** Where it starts. */
  readonly address: bigint;
  /** Its length in bytes. */
  readonly sizeBytes: number;
  /** What may be done with it: `r` read, `w` write, `x` execute, as in `"r-x"`. */
  readonly protection: string;
  /** What it may be made to allow, likewise. */
  readonly maxProtection: string;
  /** What a fork does with it; left out where the system says nothing sensible. */
  readonly inheritance?: Inheritance;
  /** Who has what is in it; left out where the system says nothing sensible. */
  readonly shareMode?: ShareMode;
  /** Where in its file or object it starts, in bytes. */
  readonly offset: bigint;
  /**
   * How much of it is in memory, in bytes. It is left out, as all counts of bytes are, where nobody says
   * how large a page is.
   */
  readonly residentBytes?: number;
  /** How much of it is in memory for this process alone, in bytes. */
  readonly privateResidentBytes?: number;
  /** How much of it is in memory for several, in bytes. */
  readonly sharedResidentBytes?: number;
  /** How much of it was swapped out, in bytes. */
  readonly swappedBytes?: number;
  /** How much of it was written to, in bytes. */
  readonly dirtyBytes?: number;
  /** What it is for, as a `VM_MEMORY_*` number of macOS; on Linux 1 the heap, 30 the stack, else 0. */
  readonly tag: number;
  /** Whether the process has it locked in memory. */
  readonly wired: boolean;
  /** The path of its file; left out without one, and where it is longer than 1022 bytes. */
  readonly path?: string;
  /** The inode of its file; left out without one. */
  readonly inode?: bigint;
  /** The device number of the volume of its file; left out without one. */
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

/** The pages of programs for Intel, by which the kernel counts, whatever the machine's are. */
const INTEL_PAGE = 4096;

/** Reads the regions of a process, from the lowest address to the highest. */
export function regionsOf(life: Life): RegionInfo[] {
  const { pid, source: { kernel } } = life;
  return life.living("read the regions of", () => {
    const pageBytes = pageBytesOf(life);
    return Array.from(
      regions(pid, PROC_PIDREGIONPATHINFO, kernel),
      (found) => region(found, pageBytes),
    );
  });
}

function pageBytesOf(life: Life): number | undefined {
  const { pbsi_flags } = life.ask(PROC_PIDT_SHORTBSDINFO);
  return pbsi_flags & PROC_FLAG_ROSETTA ? INTEL_PAGE : life.source.host.details(life.pid).pageBytes;
}

function region(
  { prp_prinfo: info, prp_vip: { vip_vi, vip_path } }: ProcRegionWithPathInfo,
  pageBytes: number | undefined,
): RegionInfo {
  const bytes = (pages: number) => pageBytes === undefined ? undefined : pages * pageBytes;
  const { vst_ino, vst_dev } = vip_vi.vi_stat;
  const hasFile = vst_ino !== 0n || vip_path !== "";
  return known<RegionInfo>({
    address: info.pri_address,
    sizeBytes: Number(info.pri_size),
    protection: protection(info.pri_protection),
    maxProtection: protection(info.pri_max_protection),
    inheritance: INHERITANCE[info.pri_inheritance],
    shareMode: SHARE_MODES[info.pri_share_mode],
    offset: info.pri_offset,
    residentBytes: bytes(info.pri_pages_resident),
    privateResidentBytes: bytes(info.pri_private_pages_resident),
    sharedResidentBytes: bytes(info.pri_shared_pages_resident),
    swappedBytes: bytes(info.pri_pages_swapped_out),
    dirtyBytes: bytes(info.pri_pages_dirtied),
    tag: info.pri_user_tag,
    wired: info.pri_user_wired_count > 0,
    path: wholePath(vip_path),
    inode: hasFile ? vst_ino : undefined,
    device: hasFile ? vst_dev : undefined,
  });
}

function protection(bits: number): string {
  return `${bits & 1 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 4 ? "x" : "-"}`;
}
