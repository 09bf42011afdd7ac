import { fsid, vinfoStat, vnodeInfo, vnodeInfoPath } from "../../abi/vnode_info.ts";
import { type Block, block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { wordOffsetsOf, wordsOf } from "../../layout/words.ts";
import type { Libc } from "../sys/libc.ts";

/** The fields that {@linkcode VnodeWriter} takes: `STATX_BASIC_STATS` and `STATX_BTIME`. */
export const STATX_VNODE = 0xfff;

// struct statx.
const STATX_SIZE = 256;
const STX_BLKSIZE = 4;
const STX_ATTRIBUTES = 8;
const STX_NLINK = 16;
const STX_UID = 20;
const STX_GID = 24;
const STX_MODE = 28;
const STX_INO = 32;
const STX_FILE_SIZE = 40;
const STX_BLOCKS = 48;
const STX_ATIME = 64;
const STX_BTIME = 80;
const STX_CTIME = 96;
const STX_MTIME = 112;
const STX_RDEV_MAJOR = 128;
const STX_RDEV_MINOR = 132;
const STX_DEV_MAJOR = 136;
const STX_DEV_MINOR = 140;
/** Where the nanoseconds stand behind the seconds of a time. */
const TV_NSEC = 8;

const STATX_INO = 0x100;
const STATX_ATTR_COMPRESSED = 0x4;
const STATX_ATTR_IMMUTABLE = 0x10;
const STATX_ATTR_APPEND = 0x20;
const STATX_ATTR_NODUMP = 0x40;
const UF_NODUMP = 0x1;
const UF_COMPRESSED = 0x20;
const SF_IMMUTABLE = 0x20000;
const SF_APPEND = 0x40000;

const NLINK_MAX = 0xffff;

/** What `vi_type` says of each kind of file in `st_mode >> 12`. */
const VTYPES: readonly number[] = [0, 7, 4, 0, 2, 0, 3, 0, 1, 0, 5, 0, 6, 0, 0, 0];

/** Bytes of a path in `vnode_info_path` and `proc_regionpath`, the NUL included. */
export const MAXPATHLEN = 1024;
/** What the kernel puts behind the path of a file that has lost the name. */
const DELETED = new TextEncoder().encode(" (deleted)");
/** More than the kernel takes. */
const PATH_SIZE = 4096 + 1;

/** Which file something is: its device and its inode number, whose halves no double holds together. */
export interface FileId {
  /** The part of the device number that names the driver. */
  readonly major: number;
  /** The part that names the device. */
  readonly minor: number;
  /** The low 32 bits of the inode number. */
  readonly inodeLow: number;
  /** Its high 32 bits. */
  readonly inodeHigh: number;
}

/**
 * Writes what `statx()` and `readlink()` say of a file into the structs of `abi/vnode_info.ts`, in
 * blocks that their callers keep, at offsets that C aligns them to.
 */
export interface VnodeWriter {
  /** Writes the `struct vinfo_stat` at `at`. */
  stat(to: Block, at: number, statx: DataView): void;
  /** Writes the `struct vnode_info` at `at`: `vinfo_stat`, the type and the file system. */
  info(to: Block, at: number, statx: DataView): void;
  /** Writes the `struct vnode_info_path` at `at`. */
  infoPath(to: Block, at: number, statx: DataView, path: Uint8Array, length: number): void;
  /** Makes the `struct vnode_info_path` at `at` all zero. */
  clear(to: Block, at: number): void;
  /**
   * How long a path is without the `" (deleted)"` that the kernel puts behind one that the file has
   * lost. A file that is really named so keeps it.
   *
   * @param statx What the file itself is: its links, device and inode. Null where that is not known,
   * which it would be if the path led to it.
   */
  nameLength(path: Uint8Array, length: number, statx: DataView | null): number;
  /** Writes the `struct vnode_info_path` at `at` of a file of which little is known. */
  idPath(to: Block, at: number, id: FileId, path: Uint8Array, length: number): void;
}

/** Makes a {@linkcode VnodeWriter}. */
export function vnodeWriter(libc: Libc): VnodeWriter {
  const path = new Uint8Array(new ArrayBuffer(PATH_SIZE));
  const named = block(STATX_SIZE);
  const st = wordOffsetsOf(vinfoStat);
  const vi = wordOffsetsOf(vnodeInfo);
  const vip = offsetsOf(vnodeInfoPath);
  const val = vi.vi_fsid + wordOffsetsOf(fsid).val;
  // Callers write into the same one or two blocks again and again.
  let last = named, words = wordsOf(named), other = named, otherWords = words;

  function wordsIn(to: Block): Uint32Array {
    if (to === last) return words;
    const found = to === other ? otherWords : wordsOf(to);
    other = last;
    otherWords = words;
    last = to;
    return words = found;
  }

  /** Writes the `struct vinfo_stat` that starts at a word. */
  function setStat(to: Uint32Array, at: number, from: DataView): void {
    to[at + st.vst_dev] = encodeDevice(
      from.getUint32(STX_DEV_MAJOR, true),
      from.getUint32(STX_DEV_MINOR, true),
    );
    const links = from.getUint32(STX_NLINK, true);
    // vst_nlink is the upper half of the word.
    to[at + st.vst_mode] = from.getUint16(STX_MODE, true) | Math.min(links, NLINK_MAX) << 16;
    copy64(to, at + st.vst_ino, from, STX_INO);
    to[at + st.vst_uid] = from.getUint32(STX_UID, true);
    to[at + st.vst_gid] = from.getUint32(STX_GID, true);
    copy64(to, at + st.vst_atime, from, STX_ATIME);
    to[at + st.vst_atimensec] = from.getUint32(STX_ATIME + TV_NSEC, true);
    copy64(to, at + st.vst_mtime, from, STX_MTIME);
    to[at + st.vst_mtimensec] = from.getUint32(STX_MTIME + TV_NSEC, true);
    copy64(to, at + st.vst_ctime, from, STX_CTIME);
    to[at + st.vst_ctimensec] = from.getUint32(STX_CTIME + TV_NSEC, true);
    copy64(to, at + st.vst_birthtime, from, STX_BTIME);
    to[at + st.vst_birthtimensec] = from.getUint32(STX_BTIME + TV_NSEC, true);
    copy64(to, at + st.vst_size, from, STX_FILE_SIZE);
    copy64(to, at + st.vst_blocks, from, STX_BLOCKS);
    to[at + st.vst_blksize] = from.getUint32(STX_BLKSIZE, true);
    to[at + st.vst_flags] = flagsOf(from.getUint32(STX_ATTRIBUTES, true));
    to[at + st.vst_rdev] = encodeDevice(
      from.getUint32(STX_RDEV_MAJOR, true),
      from.getUint32(STX_RDEV_MINOR, true),
    );
  }

  function info(to: Block, at: number, statx: DataView): void {
    const words = wordsIn(to), word = at >> 2;
    setStat(words, word + vi.vi_stat, statx);
    words[word + vi.vi_type] = VTYPES[statx.getUint16(STX_MODE, true) >> 12]!;
    words[word + val] = words[word + vi.vi_stat + st.vst_dev]!;
  }

  return {
    stat: (to, at, statx) => setStat(wordsIn(to), at >> 2, statx),
    info,
    infoPath(to, at, statx, from, length) {
      info(to, at + vip.vip_vi, statx);
      setPath(to, at + vip.vip_path, from, length);
    },
    idPath(to, at, id, from, length) {
      to.bytes.fill(0, at, at + vip.vip_path);
      const words = wordsIn(to), word = (at + vip.vip_vi) >> 2;
      const device = encodeDevice(id.major, id.minor);
      words[word + vi.vi_stat + st.vst_dev] = device;
      words[word + vi.vi_stat + st.vst_ino] = id.inodeLow;
      words[word + vi.vi_stat + st.vst_ino + 1] = id.inodeHigh;
      words[word + val] = device;
      setPath(to, at + vip.vip_path, from, length);
    },
    clear(to, at) {
      to.bytes.fill(0, at, at + vnodeInfoPath.size);
    },
    nameLength(from, length, statx) {
      const end = length - DELETED.length;
      if (end <= 0 || !endsDeleted(from, end)) return length;
      if (statx === null || statx.getUint32(STX_NLINK, true) === 0) return end;
      if (length >= PATH_SIZE) return end;
      // It has links: under this very name, or under others, of which the kernel says nothing.
      path.set(from.subarray(0, length));
      path[length] = 0;
      const error = libc.statx(path, STATX_INO, named.bytes);
      return error === 0 && isSameFile(named.view, statx) ? length : end;
    },
  };
}

/** Writes a path, cut to the 1024 bytes that it has at `at` with its NUL. */
export function setPath(to: Block, at: number, path: Uint8Array, length: number): void {
  const end = length < MAXPATHLEN ? length : MAXPATHLEN - 1;
  to.bytes.set(path.subarray(0, end), at);
  to.bytes.fill(0, at + end, at + MAXPATHLEN);
}

/** A device number in the 32 bits that `/proc/PID/stat` and `stat()` give it. */
export function encodeDevice(major: number, minor: number): number {
  return ((minor & 0xff) | major << 8 | (minor & ~0xff) << 12) >>> 0;
}

/** Whether two `struct statx` are of one file. */
export function isSameFile(a: DataView, b: DataView): boolean {
  return a.getUint32(STX_INO, true) === b.getUint32(STX_INO, true) &&
    a.getUint32(STX_INO + 4, true) === b.getUint32(STX_INO + 4, true) &&
    a.getUint32(STX_DEV_MAJOR, true) === b.getUint32(STX_DEV_MAJOR, true) &&
    a.getUint32(STX_DEV_MINOR, true) === b.getUint32(STX_DEV_MINOR, true);
}

/** Whether a `struct statx` is of an inode of that number, on whatever device. */
export function hasInode(statx: DataView, id: FileId): boolean {
  return statx.getUint32(STX_INO, true) === id.inodeLow &&
    statx.getUint32(STX_INO + 4, true) === id.inodeHigh;
}

/** Whether a `struct statx` is of a file on that device. */
export function hasDevice(statx: DataView, id: FileId): boolean {
  return statx.getUint32(STX_DEV_MAJOR, true) === id.major &&
    statx.getUint32(STX_DEV_MINOR, true) === id.minor;
}

function endsDeleted(path: Uint8Array, end: number): boolean {
  for (let i = 0; i < DELETED.length; i++) if (path[end + i] !== DELETED[i]) return false;
  return true;
}

function copy64(to: Uint32Array, at: number, from: DataView, start: number): void {
  to[at] = from.getUint32(start, true);
  to[at + 1] = from.getUint32(start + 4, true);
}

function flagsOf(attributes: number): number {
  return (attributes & STATX_ATTR_NODUMP ? UF_NODUMP : 0) |
    (attributes & STATX_ATTR_COMPRESSED ? UF_COMPRESSED : 0) |
    (attributes & STATX_ATTR_IMMUTABLE ? SF_IMMUTABLE : 0) |
    (attributes & STATX_ATTR_APPEND ? SF_APPEND : 0);
}
