import { PROC_FP_CLEXEC, procFileInfo } from "../../abi/file_info.ts";
import {
  PROX_FDTYPE_FSEVENTS,
  PROX_FDTYPE_KQUEUE,
  PROX_FDTYPE_PIPE,
  PROX_FDTYPE_PSHM,
  PROX_FDTYPE_SOCKET,
  PROX_FDTYPE_VNODE,
} from "../../abi/fd_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import type { SocketCalls } from "../sys/socket.ts";
import { isRegular, MASK } from "../sys/statx.ts";
import { FD_LINK, parseFdLink, parseLinkInode } from "../parse/fd_link.ts";
import { FD_INFO, parseFdInfo } from "../parse/fdinfo.ts";
import { procFile } from "./proc_fs.ts";
import type { World } from "./world.ts";
import { livingTask } from "./living.ts";
import { refused } from "./process.ts";

/** The folder of a process's descriptors. */
export const FD = procFile("fd");
/** The folder of the kernel's data about them. */
export const FDINFO = procFile("fdinfo");

// Flags of open(), the same on every architecture.
const O_ACCMODE = 3;
const O_APPEND = 0o2000;
/** Does not block. */
export const O_NONBLOCK = 0o4000;
const O_DSYNC = 0o10000;
/** Sends a signal when there is something to do. */
export const O_ASYNC = 0o20000;
/** Is closed on exec. */
export const O_CLOEXEC = 0o2000000;
const O_FULL_SYNC = 0o4000000;
/** Stands for a file, and can neither be read nor written. */
export const O_PATH = 0o10000000;

// XNU's (bsd/sys/fcntl.h).
const XNU_NONBLOCK = 0x4;
const XNU_APPEND = 0x8;
const XNU_ASYNC = 0x40;
const XNU_SYNC = 0x80;
const XNU_DSYNC = 0x400000;

/** A signal that is not sent; the answer is if it could be. */
const NO_SIGNAL = 0;

/** A descriptor of a process that was found, and what its answers are made from. */
export interface FoundDescriptor {
  /** The process. */
  readonly pid: number;
  /** The number of the descriptor. */
  readonly fd: number;
  /** Under which id `/proc` shows it: its process, or a living thread of that. */
  readonly task: number;
  /** The inode in its link, where that is a socket or a pipe. */
  readonly inode: number;
  /** Where it leads. */
  readonly link: Uint8Array;
  /** How many bytes the link has; 0 where it is too long to be read. */
  readonly length: number;
  /** The `struct statx` of its file, once {@linkcode FoundDescriptor.stat} was called. */
  readonly file: DataView;
  /** The flags of `open()`, Linux's, that {@linkcode FoundDescriptor.fileInfo} found. */
  readonly flags: number;
  /** Writes its `struct proc_fileinfo` at the start of `to`; returns 0. */
  fileInfo(to: DataView): DarwinAnswer;
  /** Finds its file; returns 0. */
  stat(): DarwinAnswer;
  /** What it means that something of the descriptor is not there any more: `-EBADF` or `-ESRCH`. */
  gone(): DarwinAnswer;
}

/** Looks at descriptors of processes, one at a time. */
export interface Descriptors extends FoundDescriptor {
  /** How many bytes {@linkcode FoundDescriptor.fileInfo} left in `text` of the file system. */
  readonly infoLength: number;
  /**
   * The id under which `/proc` shows the descriptors of a process. It costs next to nothing, and does
   * not detect that the first thread, or all of the process, has ended: then no descriptor is shown.
   */
  taskOf(pid: number): DarwinAnswer;
  /** The same, at the cost of reading a file; `-ESRCH` if no thread of the process runs. */
  livingTaskOf(pid: number): DarwinAnswer;
  /** What a link of `length` bytes is: a `PROX_FDTYPE_*`. `task` and `fd` identify the link. */
  typeOf(link: Uint8Array, length: number, task: number, fd: number): DarwinAnswer;
  /**
   * Reads a descriptor; returns its `PROX_FDTYPE_*`. `-EBADF` means that the process has no such descriptor.
   */
  find(pid: number, fd: number): DarwinAnswer;
  /**
   * The same of a descriptor in a list that was just read: `owner` is the id under which `/proc` shows it,
   * so that the process is not looked for again.
   */
  findListed(pid: number, owner: number, fd: number): DarwinAnswer;
  /** Returns 0 where the descriptors of a process may be read. */
  mayRead(pid: number): DarwinAnswer;
}

/** Makes {@linkcode Descriptors}. Answers that can fail are negated Darwin errnos. */
export function descriptorsOf(world: World, calls: SocketCalls): Descriptors {
  const { fs, libc } = world;
  const writeInfo = fileInfoWriter();
  const living = livingTask(world);
  const fields = new Uint32Array(3);
  let pid = 0, fd = 0, task = 0, inode = 0, length = 0, type = 0, flags = 0, infoLength = 0;

  function taskOf(id: number): DarwinAnswer {
    if (fs.local) {
      const answer = calls.tgkill(id, id, NO_SIGNAL);
      const error = answer < 0 ? toDarwin(answer) : 0;
      if (error === -ERRNO.ESRCH) return error;
      if (error !== -ERRNO.ENOSYS) return id;
    }
    return living(id);
  }

  function gone(): DarwinAnswer {
    const alive = living(pid);
    return alive < 0 ? alive : -ERRNO.EBADF;
  }

  function typeOf(link: Uint8Array, bytes: number, owner: number, number: number): number {
    const found = LINK_TYPES[parseFdLink(link, bytes)]!;
    if (found !== PROX_FDTYPE_PSHM) return found;
    const error = fs.stat(MASK.TYPE, owner, FD, number);
    return error === 0 && isRegular(fs.statx.view) ? found : PROX_FDTYPE_VNODE;
  }

  function link(): DarwinAnswer {
    const bytes = fs.link(task, FD, fd);
    return bytes === -ERRNO.ENAMETOOLONG ? 0 : bytes;
  }

  /** Takes the link in `target`; returns the type. */
  function found(): DarwinAnswer {
    type = typeOf(fs.target, length, task, fd);
    inode = type === PROX_FDTYPE_SOCKET || type === PROX_FDTYPE_PIPE
      ? parseLinkInode(fs.target, length)
      : 0;
    return type;
  }

  return {
    get link() {
      return fs.target;
    },
    get file() {
      return fs.statx.view;
    },
    get task() {
      return task;
    },
    get pid() {
      return pid;
    },
    get fd() {
      return fd;
    },
    get inode() {
      return inode;
    },
    get length() {
      return length;
    },
    get flags() {
      return flags;
    },
    get infoLength() {
      return infoLength;
    },
    taskOf,
    livingTaskOf: living,
    typeOf,
    gone,

    find(id, number) {
      pid = id;
      fd = number;
      task = taskOf(id);
      if (task < 0) return task;
      length = fd < 0 ? -ERRNO.ESRCH : link();
      if (length === -ERRNO.ESRCH) {
        task = living(pid);
        if (task < 0) return task;
        // A refusal comes first, also where there is nothing to refuse.
        if (fd < 0) return folderOpens(task) || -ERRNO.EBADF;
        length = link();
        if (length === -ERRNO.ESRCH) return -ERRNO.EBADF;
      }
      if (length < 0) {
        // A zombie's are refused too, where there are none.
        const alive = living(pid);
        return alive < 0 ? alive : refused(length);
      }
      return found();
    },

    findListed(id, owner, number) {
      pid = id;
      fd = number;
      task = owner;
      length = link();
      if (length >= 0) return found();
      return length === -ERRNO.ESRCH ? gone() : refused(length);
    },

    fileInfo(to) {
      const bytes = fs.read(task, FDINFO, fd);
      if (bytes < 0) return bytes === -ERRNO.ESRCH ? gone() : refused(bytes);
      if (!parseFdInfo(fs.text, bytes, fields)) return gone();
      flags = fields[FD_INFO.flags]!;
      infoLength = bytes;
      writeInfo(to, type, flags, fields[FD_INFO.pos_low]!, fields[FD_INFO.pos_high]!);
      return 0;
    },

    stat() {
      const error = fs.stat(MASK.ALL, task, FD, fd);
      return error === -ERRNO.ESRCH ? gone() : refused(error);
    },

    mayRead(id) {
      const owner = living(id);
      return owner < 0 ? owner : folderOpens(owner);
    },
  };

  /** Returns 0 where the folder of descriptors opens. */
  function folderOpens(owner: number): DarwinAnswer {
    const folder = fs.open(owner, FD);
    if (folder < 0) return refused(folder);
    libc.close(folder);
    return 0;
  }
}

/** Makes a function that writes a `struct proc_fileinfo` at the start of a view. */
export function fileInfoWriter(): (
  to: DataView,
  type: number,
  flags: number,
  offsetLow: number,
  offsetHigh: number,
) => void {
  const pfi = offsetsOf(procFileInfo);
  return (to, type, flags, offsetLow, offsetHigh) => {
    to.setUint32(pfi.fi_openflags, xnuFlags(flags), true);
    to.setUint32(pfi.fi_status, flags & O_CLOEXEC ? PROC_FP_CLEXEC : 0, true);
    to.setUint32(pfi.fi_offset, offsetLow, true);
    to.setUint32(pfi.fi_offset + 4, offsetHigh, true);
    to.setInt32(pfi.fi_type, type, true);
  };
}

/** The types of links, by {@linkcode FD_LINK}. */
export const LINK_TYPES: readonly number[] = Object.values(FD_LINK).map((link) =>
  ({
    [FD_LINK.file]: PROX_FDTYPE_VNODE,
    [FD_LINK.socket]: PROX_FDTYPE_SOCKET,
    [FD_LINK.pipe]: PROX_FDTYPE_PIPE,
    [FD_LINK.epoll]: PROX_FDTYPE_KQUEUE,
    [FD_LINK.notify]: PROX_FDTYPE_FSEVENTS,
    [FD_LINK.shm]: PROX_FDTYPE_PSHM,
  })[link]
);

/** XNU's form of the flags of an open file: those of `open()` plus one, which gives two bits. */
function xnuFlags(flags: number): number {
  const access = flags & O_PATH ? 0 : (flags & O_ACCMODE) + 1 & O_ACCMODE;
  return access |
    (flags & O_NONBLOCK ? XNU_NONBLOCK : 0) |
    (flags & O_APPEND ? XNU_APPEND : 0) |
    (flags & O_ASYNC ? XNU_ASYNC : 0) |
    // The one holds the bit of the other.
    (flags & O_FULL_SYNC ? XNU_SYNC : flags & O_DSYNC ? XNU_DSYNC : 0);
}

/** The descriptor that an argument names: its low 32 bits. */
export function fdOf(arg: bigint): number {
  return Number(BigInt.asIntN(32, arg));
}
