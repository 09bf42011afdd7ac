/**
 * Files: `PROC_PIDVNODEPATHINFO`, `PROC_PIDFDVNODEINFO` and `PROC_PIDFDVNODEPATHINFO`
 * (bsd/sys/proc_info.h).
 *
 * A path is empty, without an error, when the kernel could not build it.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";

/** `struct vinfo_stat`: a `struct stat` whose size is the same for every process. */
export interface VinfoStat {
  /** The device that it lies on. Signed where other calls give it: compare after `>>> 0`. */
  readonly vst_dev: number;
  /** Kind and permissions, as `st_mode`. */
  readonly vst_mode: number;
  /** How many names it has. */
  readonly vst_nlink: number;
  /** The inode number. */
  readonly vst_ino: bigint;
  /** The user id of its owner. */
  readonly vst_uid: number;
  /** The group id. */
  readonly vst_gid: number;
  /** When it was last read: seconds since 1970. */
  readonly vst_atime: bigint;
  /** The nanoseconds that belong to `vst_atime`. */
  readonly vst_atimensec: bigint;
  /** When it was last written: seconds since 1970. */
  readonly vst_mtime: bigint;
  /** The nanoseconds that belong to `vst_mtime`. */
  readonly vst_mtimensec: bigint;
  /** When it was last changed in its inode: seconds since 1970. */
  readonly vst_ctime: bigint;
  /** The nanoseconds that belong to `vst_ctime`. */
  readonly vst_ctimensec: bigint;
  /** When it was made: seconds since 1970. */
  readonly vst_birthtime: bigint;
  /** The nanoseconds that belong to `vst_birthtime`. */
  readonly vst_birthtimensec: bigint;
  /**
   * Its length in bytes. In a semaphore the use count, in a kqueue the number of pending events.
   */
  readonly vst_size: bigint;
  /** What it takes on the disk, in blocks of 512 bytes. */
  readonly vst_blocks: bigint;
  /** The best size for reads and writes, in bytes. In a kqueue the size of its kind of event. */
  readonly vst_blksize: number;
  /** The flags of `chflags()`. */
  readonly vst_flags: number;
  /** The generation of the inode number. */
  readonly vst_gen: number;
  /** The device number, when it is a device. */
  readonly vst_rdev: number;
  /** Reserved: always 0. */
  readonly vst_qspare: readonly bigint[];
}

/** The layout of {@linkcode VinfoStat}. */
export const vinfoStat: Struct<VinfoStat> = struct(
  "vinfo_stat",
  { size: 136, align: 8 },
  (c): VinfoStat => ({
    vst_dev: c.u32(),
    vst_mode: c.u16(),
    vst_nlink: c.u16(),
    vst_ino: c.u64(),
    vst_uid: c.u32(),
    vst_gid: c.u32(),
    vst_atime: c.i64(),
    vst_atimensec: c.i64(),
    vst_mtime: c.i64(),
    vst_mtimensec: c.i64(),
    vst_ctime: c.i64(),
    vst_ctimensec: c.i64(),
    vst_birthtime: c.i64(),
    vst_birthtimensec: c.i64(),
    vst_size: c.i64(),
    vst_blocks: c.i64(),
    vst_blksize: c.i32(),
    vst_flags: c.u32(),
    vst_gen: c.u32(),
    vst_rdev: c.u32(),
    vst_qspare: c.array(2, (c) => c.i64()),
  }),
);

/** `fsid_t`: the identity of a mounted file system. */
export interface Fsid {
  /** Two numbers, the first of which is usually the device. */
  readonly val: readonly number[];
}

/** The layout of {@linkcode Fsid}. */
export const fsid: Struct<Fsid> = struct(
  "fsid",
  { size: 8, align: 4 },
  (c): Fsid => ({
    val: c.array(2, (c) => c.i32()),
  }),
);

/** `struct vnode_info`: a file without its path. */
export interface VnodeInfo {
  /** Its attributes. */
  readonly vi_stat: VinfoStat;
  /**
   * The kind of vnode: 0 none, 1 file, 2 directory, 3 block device, 4 character device, 5 symbolic
   * link, 6 socket, 7 FIFO.
   */
  readonly vi_type: number;
  /** Reserved: always 0. */
  readonly vi_pad: number;
  /** The file system that it lies on. */
  readonly vi_fsid: Fsid;
}

/** The layout of {@linkcode VnodeInfo}. */
export const vnodeInfo: Struct<VnodeInfo> = struct(
  "vnode_info",
  { size: 152, align: 8 },
  (c): VnodeInfo => ({
    vi_stat: c.struct(vinfoStat),
    vi_type: c.i32(),
    vi_pad: c.i32(),
    vi_fsid: c.struct(fsid),
  }),
);

/** `struct vnode_info_path`: a file and its path. */
export interface VnodeInfoPath {
  /** The file. */
  readonly vip_vi: VnodeInfo;
  /** Its path; empty when the kernel could not build one. */
  readonly vip_path: string;
}

/** The layout of {@linkcode VnodeInfoPath}. */
export const vnodeInfoPath: Struct<VnodeInfoPath> = struct(
  "vnode_info_path",
  { size: 1176, align: 8 },
  (c): VnodeInfoPath => ({
    vip_vi: c.struct(vnodeInfo),
    vip_path: c.chars(1024),
  }),
);

/** `struct vnode_fdinfo`: what `PROC_PIDFDVNODEINFO` writes. */
export interface VnodeFdInfo {
  /** The open file. */
  readonly pfi: ProcFileInfo;
  /** The file itself. */
  readonly pvi: VnodeInfo;
}

/** The layout of {@linkcode VnodeFdInfo}. */
export const vnodeFdInfo: Struct<VnodeFdInfo> = struct(
  "vnode_fdinfo",
  { size: 176, align: 8 },
  (c): VnodeFdInfo => ({
    pfi: c.struct(procFileInfo),
    pvi: c.struct(vnodeInfo),
  }),
);

/**
 * `struct vnode_fdinfowithpath`: what `PROC_PIDFDVNODEPATHINFO` and `PROC_PIDFILEPORTVNODEPATHINFO`
 * write.
 */
export interface VnodeFdInfoWithPath {
  /** The open file. */
  readonly pfi: ProcFileInfo;
  /** The file itself and its path. */
  readonly pvip: VnodeInfoPath;
}

/** The layout of {@linkcode VnodeFdInfoWithPath}. */
export const vnodeFdInfoWithPath: Struct<VnodeFdInfoWithPath> = struct(
  "vnode_fdinfowithpath",
  { size: 1200, align: 8 },
  (c): VnodeFdInfoWithPath => ({
    pfi: c.struct(procFileInfo),
    pvip: c.struct(vnodeInfoPath),
  }),
);

/** `struct proc_vnodepathinfo`: what `PROC_PIDVNODEPATHINFO` writes. */
export interface ProcVnodePathInfo {
  /** The working directory. */
  readonly pvi_cdir: VnodeInfoPath;
  /** The root directory; all zero unless the process called `chroot()`. */
  readonly pvi_rdir: VnodeInfoPath;
}

/** The layout of {@linkcode ProcVnodePathInfo}. */
export const procVnodePathInfo: Struct<ProcVnodePathInfo> = struct(
  "proc_vnodepathinfo",
  { size: 2352, align: 8 },
  (c): ProcVnodePathInfo => ({
    pvi_cdir: c.struct(vnodeInfoPath),
    pvi_rdir: c.struct(vnodeInfoPath),
  }),
);
