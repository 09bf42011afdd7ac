/**
 * Files: `PROC_PIDVNODEPATHINFO`, `PROC_PIDFDVNODEINFO` and `PROC_PIDFDVNODEPATHINFO`
 * (bsd/sys/proc_info.h).
 *
 * A path that the kernel could not build is empty, without an error.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";

/** `struct vinfo_stat`: a `struct stat` that has the same size for every process. */
export interface VinfoStat {
  /** The device of the file. Other calls report it as a signed number: compare after `>>> 0`. */
  readonly vst_dev: number;
  /** The kind and the permissions, as in `st_mode`. */
  readonly vst_mode: number;
  /** The number of names of the file. */
  readonly vst_nlink: number;
  /** The inode number. */
  readonly vst_ino: bigint;
  /** The user id of the owner. */
  readonly vst_uid: number;
  /** The group id. */
  readonly vst_gid: number;
  /** The time of the last read: seconds since 1970. */
  readonly vst_atime: bigint;
  /** The nanoseconds of `vst_atime`. */
  readonly vst_atimensec: bigint;
  /** The time of the last write: seconds since 1970. */
  readonly vst_mtime: bigint;
  /** The nanoseconds of `vst_mtime`. */
  readonly vst_mtimensec: bigint;
  /** The time of the last change of the inode: seconds since 1970. */
  readonly vst_ctime: bigint;
  /** The nanoseconds of `vst_ctime`. */
  readonly vst_ctimensec: bigint;
  /** The time of the creation: seconds since 1970. */
  readonly vst_birthtime: bigint;
  /** The nanoseconds of `vst_birthtime`. */
  readonly vst_birthtimensec: bigint;
  /**
   * The size of the file, in bytes. For a semaphore, the use count. For a kqueue, the number of
   * pending events.
   */
  readonly vst_size: bigint;
  /** The space on the disk, in blocks of 512 bytes. */
  readonly vst_blocks: bigint;
  /** The best size for reads and writes, in bytes. For a kqueue, the size of its kind of event. */
  readonly vst_blksize: number;
  /** The flags of `chflags()`. */
  readonly vst_flags: number;
  /** The generation number of the inode. */
  readonly vst_gen: number;
  /** The device number, if the file is a device. */
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

/** `fsid_t`: the id of a mounted file system. */
export interface Fsid {
  /** Two numbers. The first is usually the device. */
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
  /** The attributes. */
  readonly vi_stat: VinfoStat;
  /**
   * The kind of the vnode: 0 for no kind, 1 for a file, 2 for a directory, 3 for a block device, 4
   * for a character device, 5 for a symbolic link, 6 for a socket, 7 for a FIFO.
   */
  readonly vi_type: number;
  /** Reserved: always 0. */
  readonly vi_pad: number;
  /** The file system of the file. */
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
  /** The path of the file; empty if the kernel could not build one. */
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

/** `struct vnode_fdinfo`: the answer to `PROC_PIDFDVNODEINFO`. */
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
 * `struct vnode_fdinfowithpath`: the answer to `PROC_PIDFDVNODEPATHINFO` and
 * `PROC_PIDFILEPORTVNODEPATHINFO`.
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

/** `struct proc_vnodepathinfo`: the answer to `PROC_PIDVNODEPATHINFO`. */
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
