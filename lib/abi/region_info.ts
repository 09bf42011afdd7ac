/**
 * Regions of an address space: `PROC_PIDREGIONINFO`, `PROC_PIDREGIONPATHINFO` and its later forms,
 * `PROC_PIDREGIONPATH` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type VnodeInfoPath, vnodeInfoPath } from "./vnode_info.ts";

/**
 * `struct proc_regioninfo`: what `PROC_PIDREGIONINFO` writes about the region that contains an
 * address, or about the next one above it.
 *
 * Counts of pages are in the smaller of the caller's and the target's page sizes, unless the
 * calling thread has set one; always 4096 bytes on Intel.
 */
export interface ProcRegionInfo {
  /** What may be done with it now: 1 read, 2 write, 4 execute. */
  readonly pri_protection: number;
  /** What it may be made to allow: 1 read, 2 write, 4 execute. */
  readonly pri_max_protection: number;
  /** What a fork does with it: 0 shares it, 1 copies it, 2 leaves it out. */
  readonly pri_inheritance: number;
  /** A set of `PROC_REGION_*`. */
  readonly pri_flags: number;
  /** Where in its file or object it starts, in bytes. */
  readonly pri_offset: bigint;
  /** How it is expected to be read: 0 no matter, 1 at random, 2 forwards, 3 backwards. */
  readonly pri_behavior: number;
  /** How many times it was wired by the process. */
  readonly pri_user_wired_count: number;
  /**
   * What it is for, as a `VM_MEMORY_*` number. 0xffffffff in the last region of a process whose
   * footprint is reported as a region.
   */
  readonly pri_user_tag: number;
  /** Resident, in pages. */
  readonly pri_pages_resident: number;
  /** Once shared and private now, in pages. */
  readonly pri_pages_shared_now_private: number;
  /** Swapped out, in pages. */
  readonly pri_pages_swapped_out: number;
  /** Written to, in pages. */
  readonly pri_pages_dirtied: number;
  /** How many references its object has. */
  readonly pri_ref_count: number;
  /** How many objects lie behind its object. */
  readonly pri_shadow_depth: number;
  /** An `SM_*` value. */
  readonly pri_share_mode: number;
  /** Resident and private, in pages. */
  readonly pri_private_pages_resident: number;
  /** Resident and shared, in pages. */
  readonly pri_shared_pages_resident: number;
  /** A number that two regions share when they share an object. */
  readonly pri_obj_id: number;
  /** How deep in submaps it lies. Always 0: submaps are not entered. */
  readonly pri_depth: number;
  /** Where it starts, an address. */
  readonly pri_address: bigint;
  /** Its length in bytes. */
  readonly pri_size: bigint;
}

/** The layout of {@linkcode ProcRegionInfo}. */
export const procRegionInfo: Struct<ProcRegionInfo> = struct(
  "proc_regioninfo",
  { size: 96, align: 8 },
  (c): ProcRegionInfo => ({
    pri_protection: c.u32(),
    pri_max_protection: c.u32(),
    pri_inheritance: c.u32(),
    pri_flags: c.u32(),
    pri_offset: c.u64(),
    pri_behavior: c.u32(),
    pri_user_wired_count: c.u32(),
    pri_user_tag: c.u32(),
    pri_pages_resident: c.u32(),
    pri_pages_shared_now_private: c.u32(),
    pri_pages_swapped_out: c.u32(),
    pri_pages_dirtied: c.u32(),
    pri_ref_count: c.u32(),
    pri_shadow_depth: c.u32(),
    pri_share_mode: c.u32(),
    pri_private_pages_resident: c.u32(),
    pri_shared_pages_resident: c.u32(),
    pri_obj_id: c.u32(),
    pri_depth: c.u32(),
    pri_address: c.u64(),
    pri_size: c.u64(),
  }),
);

/**
 * `struct proc_regionwithpathinfo`: what `PROC_PIDREGIONPATHINFO`, `PROC_PIDREGIONPATHINFO2` and
 * `PROC_PIDREGIONPATHINFO3` write.
 *
 * The last two skip what is not backed by a file and leave page counters, `pri_ref_count`,
 * `pri_share_mode` and `pri_obj_id` 0.
 */
export interface ProcRegionWithPathInfo {
  /** The region. */
  readonly prp_prinfo: ProcRegionInfo;
  /** The file behind it; all zero without one. */
  readonly prp_vip: VnodeInfoPath;
}

/** The layout of {@linkcode ProcRegionWithPathInfo}. */
export const procRegionWithPathInfo: Struct<ProcRegionWithPathInfo> = struct(
  "proc_regionwithpathinfo",
  { size: 1272, align: 8 },
  (c): ProcRegionWithPathInfo => ({
    prp_prinfo: c.struct(procRegionInfo),
    prp_vip: c.struct(vnodeInfoPath),
  }),
);

/**
 * `struct proc_regionpath`: what `PROC_PIDREGIONPATH` writes about the region at an address, or
 * about the next one above it that is backed by a file.
 */
export interface ProcRegionPath {
  /** Where it starts, an address. */
  readonly prpo_addr: bigint;
  /** Its length in bytes. */
  readonly prpo_regionlength: bigint;
  /** The path of the file behind it. */
  readonly prpo_path: string;
}

/** The layout of {@linkcode ProcRegionPath}. */
export const procRegionPath: Struct<ProcRegionPath> = struct(
  "proc_regionpath",
  { size: 1040, align: 8 },
  (c): ProcRegionPath => ({
    prpo_addr: c.u64(),
    prpo_regionlength: c.u64(),
    prpo_path: c.chars(1024),
  }),
);

/** A submap, which is reported whole. macOS 10.4. */
export const PROC_REGION_SUBMAP = 1;
/** Shared with other address spaces. macOS 10.4. */
export const PROC_REGION_SHARED = 2;
/** Shared until one side writes. */
export const SM_COW = 1;
/** Used by this address space alone. */
export const SM_PRIVATE = 2;
/** Nothing behind it yet. */
export const SM_EMPTY = 3;
/** Shared, writes included, by several mappings. */
export const SM_SHARED = 4;
/** Shared on purpose, by processes that requested it. */
export const SM_TRUESHARED = 5;
/** Private, and mapped here more than once. */
export const SM_PRIVATE_ALIASED = 6;
/** Shared, and mapped here more than once. */
export const SM_SHARED_ALIASED = 7;
/** Made of large pages. */
export const SM_LARGE_PAGE = 8;
