import { PROC_PIDVNODEPATHINFO, PROC_PIDVNODEPATHINFO_SIZE } from "../../abi/pid_info.ts";
import {
  fsid,
  procVnodePathInfo,
  vinfoStat,
  vnodeInfo,
  vnodeInfoPath,
} from "../../abi/vnode_info.ts";
import { type Block, block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { wordOffsetsOf, wordsOf } from "../../layout/words.ts";
import { ERRNO } from "../../system/errors.ts";
import { SLASH } from "../parse/bytes.ts";
import { lengthKept, pathLength } from "../proc/link_path.ts";
import { livingTask } from "../proc/living.ts";
import { type ProcFile, procFile } from "../proc/proc_fs.ts";
import { refused } from "../proc/process.ts";
import type { World } from "../proc/world.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import {
  deviceItIs,
  deviceOf,
  encodeDevice,
  type FileId,
  linksOf,
  MASK,
  statx as statxStruct,
  statxTimestamp,
} from "../sys/statx.ts";
import type { Flavors } from "./answer.ts";

const CWD = procFile("cwd");
const ROOT = procFile("root");

const STATX_ATTR_COMPRESSED = 0x4;
const STATX_ATTR_IMMUTABLE = 0x10;
const STATX_ATTR_APPEND = 0x20;
const STATX_ATTR_NODUMP = 0x40;
const UF_NODUMP = 0x1;
const UF_COMPRESSED = 0x20;
const SF_IMMUTABLE = 0x20000;
const SF_APPEND = 0x40000;

const NLINK_MAX = 0xffff;
const NO_WORDS = new Uint32Array(0);

/** The `vi_type` of each file type in `st_mode >> 12`. */
const VTYPES: readonly number[] = [0, 7, 4, 0, 2, 0, 3, 0, 1, 0, 5, 0, 6, 0, 0, 0];

/** The size of a path in `vnode_info_path` and `proc_regionpath`, including the NUL, in bytes. */
export const MAXPATHLEN = 1024;

/**
 * Returns the flavor `PROC_PIDVNODEPATHINFO`, which reports the working directory and the root
 * directory.
 */
export function vnodePathInfo(world: World): Flavors {
  const { fs, libc } = world;
  const scratch = block(PROC_PIDVNODEPATHINFO_SIZE);
  const pvi = offsetsOf(procVnodePathInfo);
  const vnode = vnodeWriter();
  const measure = pathLength(libc);
  const living = livingTask(world);

  /** Writes the directory that a link of a process points to. */
  function directory(at: number, pid: number, link: ProcFile): DarwinAnswer {
    const length = fs.link(pid, link);
    // A path that is too long for a link stays empty.
    if (length < 0 && length !== -ERRNO.ENAMETOOLONG) return refused(length);
    if (link === ROOT && length === 1 && fs.target[0] === SLASH) {
      vnode.clear(scratch, at);
      return 0;
    }
    const error = fs.stat(MASK.ALL, pid, link);
    if (error < 0) return refused(error);
    const { view } = fs.statx;
    const end = length < 0 ? 0 : measure(fs.target, length, view);
    vnode.infoPath(scratch, at, view, fs.target, lengthKept(end, length, view));
    return 0;
  }

  return {
    [PROC_PIDVNODEPATHINFO]: {
      size: PROC_PIDVNODEPATHINFO_SIZE,
      answer(pid, _arg, buffer) {
        const task = living(pid);
        if (task < 0) return task;
        const error = directory(pvi.pvi_cdir, task, CWD) || directory(pvi.pvi_rdir, task, ROOT);
        if (error < 0) return error;
        buffer.set(scratch.bytes);
        return PROC_PIDVNODEPATHINFO_SIZE;
      },
    },
  };
}

/**
 * Writes the results of `statx()` and `readlink()` for a file into the structs of
 * `abi/vnode_info.ts`. Callers keep the blocks. The structs must be at offsets that are aligned as
 * in C.
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
   * Writes the `struct vnode_info_path` at `at` for a file of which only the identity and the path
   * are known.
   */
  idPath(to: Block, at: number, id: FileId, path: Uint8Array, length: number): void;
}

/** Makes a {@linkcode VnodeWriter}. */
export function vnodeWriter(): VnodeWriter {
  const stx = offsetsOf(statxStruct);
  const { tv_nsec } = offsetsOf(statxTimestamp);
  const st = wordOffsetsOf(vinfoStat);
  const vi = wordOffsetsOf(vnodeInfo);
  const vip = offsetsOf(vnodeInfoPath);
  const val = vi.vi_fsid + wordOffsetsOf(fsid).val;
  // Callers write into the same one or two blocks repeatedly.
  let last: Block | undefined, words: Uint32Array = NO_WORDS;
  let other: Block | undefined, otherWords = words;

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
    to[at + st.vst_dev] = deviceOf(from);
    const links = linksOf(from);
    // vst_nlink is the upper half of the word.
    to[at + st.vst_mode] = from.getUint16(stx.stx_mode, true) | Math.min(links, NLINK_MAX) << 16;
    copy64(to, at + st.vst_ino, from, stx.stx_ino);
    to[at + st.vst_uid] = from.getUint32(stx.stx_uid, true);
    to[at + st.vst_gid] = from.getUint32(stx.stx_gid, true);
    copy64(to, at + st.vst_atime, from, stx.stx_atime);
    to[at + st.vst_atimensec] = from.getUint32(stx.stx_atime + tv_nsec, true);
    copy64(to, at + st.vst_mtime, from, stx.stx_mtime);
    to[at + st.vst_mtimensec] = from.getUint32(stx.stx_mtime + tv_nsec, true);
    copy64(to, at + st.vst_ctime, from, stx.stx_ctime);
    to[at + st.vst_ctimensec] = from.getUint32(stx.stx_ctime + tv_nsec, true);
    copy64(to, at + st.vst_birthtime, from, stx.stx_btime);
    to[at + st.vst_birthtimensec] = from.getUint32(stx.stx_btime + tv_nsec, true);
    copy64(to, at + st.vst_size, from, stx.stx_size);
    copy64(to, at + st.vst_blocks, from, stx.stx_blocks);
    to[at + st.vst_blksize] = from.getUint32(stx.stx_blksize, true);
    to[at + st.vst_flags] = flagsOf(from.getUint32(stx.stx_attributes, true));
    to[at + st.vst_rdev] = deviceItIs(from);
  }

  function info(to: Block, at: number, statx: DataView): void {
    const words = wordsIn(to), word = at >> 2;
    setStat(words, word + vi.vi_stat, statx);
    words[word + vi.vi_type] = VTYPES[statx.getUint16(stx.stx_mode, true) >> 12]!;
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
  };
}

/**
 * Writes a path and its NUL into the 1024 bytes at `at`. If the path does not fit, its last names
 * are written, as far as they fit, as XNU does.
 */
export function setPath(to: Block, at: number, path: Uint8Array, length: number): void {
  let start = 0;
  if (length >= MAXPATHLEN) {
    start = path.indexOf(SLASH, length - MAXPATHLEN + 1);
    if (start < 0 || start >= length) start = length;
  }
  to.bytes.set(path.subarray(start, length), at);
  to.bytes.fill(0, at + length - start, at + MAXPATHLEN);
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
