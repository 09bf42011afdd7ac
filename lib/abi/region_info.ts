/**
 * The regions of an address space: `PROC_PIDREGIONINFO`, `PROC_PIDREGIONPATHINFO` and its later
 * forms, and `PROC_PIDREGIONPATH` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type VnodeInfoPath, vnodeInfoPath } from "./vnode_info.ts";

/**
 * `struct proc_regioninfo`: the answer to `PROC_PIDREGIONINFO`. It describes the region that
 * contains an address, or else the next region above it.
 *
 * Pages have the smaller of the page sizes of the caller and the queried process, unless the
 * calling thread has set a page size. On Intel, a page always has 4096 bytes.
 */
export interface ProcRegionInfo {
  /** The current protection: 1 read, 2 write, 4 execute. */
  readonly pri_protection: number;
  /** The protection that can be set at most: 1 read, 2 write, 4 execute. */
  readonly pri_max_protection: number;
  /** The effect of a fork: 0 shares the region, 1 copies it, 2 omits it. */
  readonly pri_inheritance: number;
  /** A set of `PROC_REGION_*`. */
  readonly pri_flags: number;
  /** The offset of the region in its file or object, in bytes. */
  readonly pri_offset: bigint;
  /** The expected order of reads: 0 default, 1 random, 2 forward, 3 backward. */
  readonly pri_behavior: number;
  /** The number of times that the process has wired the region. */
  readonly pri_user_wired_count: number;
  /**
   * The purpose of the region, as a `VM_MEMORY_*` number. 0xffffffff for the last region of a
   * process whose footprint is reported as a region.
   */
  readonly pri_user_tag: number;
  /** The number of resident pages. */
  readonly pri_pages_resident: number;
  /** The number of pages that were shared and are now private. */
  readonly pri_pages_shared_now_private: number;
  /** The number of pages that are swapped out. */
  readonly pri_pages_swapped_out: number;
  /** The number of pages that were written to. */
  readonly pri_pages_dirtied: number;
  /** The number of references to the object of the region. */
  readonly pri_ref_count: number;
  /** The number of objects behind the object of the region. */
  readonly pri_shadow_depth: number;
  /** The way in which the region is shared: an `SM_*` value. */
  readonly pri_share_mode: number;
  /** The number of resident private pages. */
  readonly pri_private_pages_resident: number;
  /** The number of resident shared pages. */
  readonly pri_shared_pages_resident: number;
  /** The identity of the object. Two regions that share an object have the same number. */
  readonly pri_obj_id: number;
  /** The depth of the region in submaps. Always 0: submaps are not entered. */
  readonly pri_depth: number;
  /** The start address of the region. */
  readonly pri_address: bigint;
  /** The size of the region, in bytes. */
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
 * `struct proc_regionwithpathinfo`: the answer to `PROC_PIDREGIONPATHINFO`,
 * `PROC_PIDREGIONPATHINFO2` and `PROC_PIDREGIONPATHINFO3`.
 *
 * The last two flavors skip regions without a file. They leave the page counts, `pri_ref_count`,
 * `pri_share_mode` and `pri_obj_id` 0.
 */
export interface ProcRegionWithPathInfo {
  /** The region. */
  readonly prp_prinfo: ProcRegionInfo;
  /** The file of the region; all zero without one. */
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
 * `struct proc_regionpath`: the answer to `PROC_PIDREGIONPATH`. It describes the region with a file
 * that contains an address, or else the next such region above it.
 */
export interface ProcRegionPath {
  /** The start address of the region. */
  readonly prpo_addr: bigint;
  /** The size of the region, in bytes. */
  readonly prpo_regionlength: bigint;
  /** The path of the file of the region. */
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

/** A submap, which is reported as a whole. macOS 10.4. */
export const PROC_REGION_SUBMAP = 1;
/** Shared with other address spaces. macOS 10.4. */
export const PROC_REGION_SHARED = 2;
/** Copy-on-write: shared until one side writes. */
export const SM_COW = 1;
/** Private: only this address space uses it. */
export const SM_PRIVATE = 2;
/** Empty: it has no object yet. */
export const SM_EMPTY = 3;
/** Shared by several mappings, including writes. */
export const SM_SHARED = 4;
/** Shared at the request of the processes. */
export const SM_TRUESHARED = 5;
/** Private, and mapped more than once in this address space. */
export const SM_PRIVATE_ALIASED = 6;
/** Shared, and mapped more than once in this address space. */
export const SM_SHARED_ALIASED = 7;
/** Made of large pages. */
export const SM_LARGE_PAGE = 8;
