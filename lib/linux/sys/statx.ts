import { type Block, block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";

/** `struct statx_timestamp` (linux/stat.h). */
export interface StatxTimestamp {
  readonly tv_sec: bigint;
  readonly tv_nsec: number;
}

/** The layout of {@linkcode StatxTimestamp}. */
export const statxTimestamp: Struct<StatxTimestamp> = struct(
  "statx_timestamp",
  { size: 16, align: 8 },
  (c) => ({ tv_sec: c.i64(), tv_nsec: c.u32() }),
);

/**
 * `struct statx` (linux/stat.h), up to the last member that is read. `stx_mask` shows which fields
 * the kernel has filled.
 */
export interface Statx {
  readonly stx_mask: number;
  readonly stx_blksize: number;
  readonly stx_attributes: bigint;
  readonly stx_nlink: number;
  readonly stx_uid: number;
  readonly stx_gid: number;
  readonly stx_mode: number;
  readonly stx_ino: bigint;
  readonly stx_size: bigint;
  readonly stx_blocks: bigint;
  readonly stx_attributes_mask: bigint;
  readonly stx_atime: StatxTimestamp;
  readonly stx_btime: StatxTimestamp;
  readonly stx_ctime: StatxTimestamp;
  readonly stx_mtime: StatxTimestamp;
  readonly stx_rdev_major: number;
  readonly stx_rdev_minor: number;
  readonly stx_dev_major: number;
  readonly stx_dev_minor: number;
  readonly stx_mnt_id: bigint;
}

/** The layout of {@linkcode Statx}. */
export const statx: Struct<Statx> = struct("statx", { size: 256, align: 8 }, (c) => ({
  stx_mask: c.u32(),
  stx_blksize: c.u32(),
  stx_attributes: c.u64(),
  stx_nlink: c.u32(),
  stx_uid: c.u32(),
  stx_gid: c.u32(),
  stx_mode: c.u16(),
  stx_ino: c.u64(),
  stx_size: c.u64(),
  stx_blocks: c.u64(),
  stx_attributes_mask: c.u64(),
  stx_atime: c.struct(statxTimestamp),
  stx_btime: c.struct(statxTimestamp),
  stx_ctime: c.struct(statxTimestamp),
  stx_mtime: c.struct(statxTimestamp),
  stx_rdev_major: c.u32(),
  stx_rdev_minor: c.u32(),
  stx_dev_major: c.u32(),
  stx_dev_minor: c.u32(),
  stx_mnt_id: c.u64(),
}));

const {
  stx_nlink,
  stx_uid,
  stx_gid,
  stx_mode,
  stx_ino,
  stx_size,
  stx_rdev_major,
  stx_rdev_minor,
  stx_dev_major,
  stx_dev_minor,
  stx_mask,
  stx_mnt_id,
} = offsetsOf(statx);

/** The bits of a mask of `statx()`. The names are those of linux/stat.h without `STATX_`. */
export const MASK = {
  NONE: 0,
  TYPE: 0x1,
  NLINK: 0x4,
  UID: 0x8,
  GID: 0x10,
  INO: 0x100,
  SIZE: 0x200,
  /** `STATX_BASIC_STATS` and `STATX_BTIME`. */
  ALL: 0xfff,
  /** The id of the mount, which the kernel reports since 5.8. */
  MNT_ID: 0x1000,
} as const;

const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;
const S_IFDIR = 0o040000;
const S_IFBLK = 0o060000;
const S_IFSOCK = 0o140000;
const S_IFREG = 0o100000;
const TWO_32 = 2 ** 32;

/** Creates a block for a {@linkcode Statx}. */
export function statxBlock(): Block {
  return block(statx.size);
}

/** Returns the number of links of a file. */
export function linksOf(file: DataView): number {
  return file.getUint32(stx_nlink, true);
}

/** Returns the id of the user that owns a file. */
export function userOf(file: DataView): number {
  return file.getUint32(stx_uid, true);
}

/** Returns the id of the group that owns a file. */
export function groupOf(file: DataView): number {
  return file.getUint32(stx_gid, true);
}

/** Returns the size of a file, in bytes. It must be below 2^53. */
export function sizeOf(file: DataView): number {
  return file.getUint32(stx_size, true) + file.getUint32(stx_size + 4, true) * TWO_32;
}

/** Returns the inode number of a file. */
export function inodeOf(file: DataView): bigint {
  return file.getBigUint64(stx_ino, true);
}

/** Returns the inode number of a file of a process file system, which has at most 32 bits. */
export function inodeNumberOf(file: DataView): number {
  return file.getUint32(stx_ino, true) + file.getUint32(stx_ino + 4, true) * TWO_32;
}

/** Returns the id of the mount that a file is on; undefined if the kernel has not reported it. */
export function mountOf(file: DataView): number | undefined {
  return file.getUint32(stx_mask, true) & MASK.MNT_ID
    ? file.getUint32(stx_mnt_id, true)
    : undefined;
}

/** True for a block device. */
export function isBlockDevice(file: DataView): boolean {
  return (file.getUint16(stx_mode, true) & S_IFMT) === S_IFBLK;
}

/** True for a character device. */
export function isCharacterDevice(file: DataView): boolean {
  return (file.getUint16(stx_mode, true) & S_IFMT) === S_IFCHR;
}

/** True for a regular file. */
export function isRegular(file: DataView): boolean {
  return (file.getUint16(stx_mode, true) & S_IFMT) === S_IFREG;
}

/** True for a directory. */
export function isFolder(file: DataView): boolean {
  return (file.getUint16(stx_mode, true) & S_IFMT) === S_IFDIR;
}

/** True for the file to which a UNIX-domain socket is bound. */
export function isSocket(file: DataView): boolean {
  return (file.getUint16(stx_mode, true) & S_IFMT) === S_IFSOCK;
}

/** Encodes a device number in 32 bits, as `/proc/PID/stat` and `stat()` report it. */
export function encodeDevice(major: number, minor: number): number {
  return ((minor & 0xff) | major << 8 | (minor & ~0xff) << 12) >>> 0;
}

/** Converts that number to the kernel's own encoding, which has 20 bits for the minor number. */
export function kernelDevice(device: number): number {
  return ((device >>> 8 & 0xfff) << 20 | device & 0xff | device >>> 12 & 0xfff00) >>> 0;
}

/** Returns the number of the device that a file is on. */
export function deviceOf(file: DataView): number {
  return encodeDevice(file.getUint32(stx_dev_major, true), file.getUint32(stx_dev_minor, true));
}

/** Returns the number of the device that a file represents. */
export function deviceItIs(file: DataView): number {
  return encodeDevice(file.getUint32(stx_rdev_major, true), file.getUint32(stx_rdev_minor, true));
}

/**
 * The identity of a file: its device and its inode number. The inode number has two halves, because
 * a double cannot hold it.
 */
export interface FileId {
  /** The major device number, which identifies the driver. */
  readonly major: number;
  /** The minor device number, which identifies the device. */
  readonly minor: number;
  /** The low 32 bits of the inode number. */
  readonly inodeLow: number;
  /** The high 32 bits of the inode number. */
  readonly inodeHigh: number;
}

/** True if two `struct statx` describe the same file. */
export function isSameFile(a: DataView, b: DataView): boolean {
  return a.getUint32(stx_ino, true) === b.getUint32(stx_ino, true) &&
    a.getUint32(stx_ino + 4, true) === b.getUint32(stx_ino + 4, true) &&
    a.getUint32(stx_dev_major, true) === b.getUint32(stx_dev_major, true) &&
    a.getUint32(stx_dev_minor, true) === b.getUint32(stx_dev_minor, true);
}

/** True if a `struct statx` has the given inode number, on any device. */
export function hasInode(file: DataView, id: FileId): boolean {
  return file.getUint32(stx_ino, true) === id.inodeLow &&
    file.getUint32(stx_ino + 4, true) === id.inodeHigh;
}

/** True if a `struct statx` describes a file on the given device. */
export function hasDevice(file: DataView, id: FileId): boolean {
  return file.getUint32(stx_dev_major, true) === id.major &&
    file.getUint32(stx_dev_minor, true) === id.minor;
}
