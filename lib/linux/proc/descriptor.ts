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

/** The directory of the descriptors of a process. */
export const FD = procFile("fd");
/** The directory of the kernel's data about these descriptors. */
export const FDINFO = procFile("fdinfo");

// Flags of `open()`, which are the same on every architecture.
const O_ACCMODE = 3;
const O_APPEND = 0o2000;
/** The flag of a descriptor that does not block. */
export const O_NONBLOCK = 0o4000;
const O_DSYNC = 0o10000;
/** The flag of a descriptor that sends a signal when it becomes ready. */
export const O_ASYNC = 0o20000;
/** The flag of a descriptor that is closed by `execve()`. */
export const O_CLOEXEC = 0o2000000;
const O_FULL_SYNC = 0o4000000;
/** The flag of a descriptor that refers to a file but permits neither reads nor writes. */
export const O_PATH = 0o10000000;

// The flags of XNU (bsd/sys/fcntl.h).
const XNU_NONBLOCK = 0x4;
const XNU_APPEND = 0x8;
const XNU_ASYNC = 0x40;
const XNU_SYNC = 0x80;
const XNU_DSYNC = 0x400000;

/** The signal number that sends nothing: the call only checks whether a signal could be sent. */
const NO_SIGNAL = 0;

/** A descriptor that was found in a process, and the data for queries about it. */
export interface FoundDescriptor {
  /** The pid of the process. */
  readonly pid: number;
  /** The number of the descriptor. */
  readonly fd: number;
  /** The id under which `/proc` shows the descriptor: the pid, or the id of a living thread. */
  readonly task: number;
  /** The inode in the link of a socket or a pipe; 0 for other descriptors. */
  readonly inode: number;
  /** The target of the link. */
  readonly link: Uint8Array;
  /** The length of the link, in bytes. It is 0 if the link is too long to be read. */
  readonly length: number;
  /** The `struct statx` of the file, after a call of {@linkcode FoundDescriptor.stat}. */
  readonly file: DataView;
  /** The flags of `open()` on Linux that {@linkcode FoundDescriptor.fileInfo} found. */
  readonly flags: number;
  /**
   * Writes the `struct proc_fileinfo` at the start of `to`. Returns 0 or a negated Darwin errno.
   */
  fileInfo(to: DataView): DarwinAnswer;
  /** Reads the `struct statx` of the file. Returns 0 or a negated Darwin errno. */
  stat(): DarwinAnswer;
  /**
   * Returns the error if data of the descriptor no longer exists: `-EBADF`, or `-ESRCH` if the
   * process has ended.
   */
  gone(): DarwinAnswer;
}

/** Reads descriptors of processes, one at a time. */
export interface Descriptors extends FoundDescriptor {
  /**
   * The number of bytes that {@linkcode FoundDescriptor.fileInfo} left in `text` of the file
   * system.
   */
  readonly infoLength: number;
  /**
   * Returns the id under which `/proc` shows the descriptors of a process. It costs almost nothing,
   * and does not detect that the thread group leader or the whole process has ended: `/proc` then
   * shows no descriptors.
   */
  taskOf(pid: number): DarwinAnswer;
  /**
   * Returns the same id at the cost of reading a file; `-ESRCH` if no thread of the process runs.
   */
  livingTaskOf(pid: number): DarwinAnswer;
  /**
   * Returns the type of a link of `length` bytes, a `PROX_FDTYPE_*`. `task` and `fd` identify the
   * link.
   */
  typeOf(link: Uint8Array, length: number, task: number, fd: number): DarwinAnswer;
  /**
   * Reads a descriptor and returns its `PROX_FDTYPE_*`. Returns `-EBADF` if the process does not
   * have the descriptor.
   */
  find(pid: number, fd: number): DarwinAnswer;
  /**
   * Reads a descriptor of a list that was just read. `owner` is the id under which `/proc` shows
   * it, so that the process need not be found again.
   */
  findListed(pid: number, owner: number, fd: number): DarwinAnswer;
  /**
   * Returns 0 if the descriptors of a process may be read, and a negated Darwin errno otherwise.
   */
  mayRead(pid: number): DarwinAnswer;
}

/** Creates {@linkcode Descriptors}. Methods that can fail return negated Darwin errnos. */
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

  /** Parses the link in `target` and returns its type. */
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
        // A denial takes precedence, even if the process has no such descriptor.
        if (fd < 0) return folderOpens(task) || -ERRNO.EBADF;
        length = link();
        if (length === -ERRNO.ESRCH) return -ERRNO.EBADF;
      }
      if (length < 0) {
        // The kernel denies access to the descriptors of a zombie too, although it has none.
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

  /**
   * Returns 0 if the directory of descriptors can be opened, and a negated Darwin errno otherwise.
   */
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

/** The `PROX_FDTYPE_*` of a link, by its {@linkcode FD_LINK}. */
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

/**
 * Converts the flags of an open file to XNU's. The access mode is that of `open()` plus 1: one bit
 * for reading and one for writing.
 */
function xnuFlags(flags: number): number {
  const access = flags & O_PATH ? 0 : (flags & O_ACCMODE) + 1 & O_ACCMODE;
  return access |
    (flags & O_NONBLOCK ? XNU_NONBLOCK : 0) |
    (flags & O_APPEND ? XNU_APPEND : 0) |
    (flags & O_ASYNC ? XNU_ASYNC : 0) |
    // A file with `O_FULL_SYNC` also has the bit of `O_DSYNC`.
    (flags & O_FULL_SYNC ? XNU_SYNC : flags & O_DSYNC ? XNU_DSYNC : 0);
}

/** Returns the descriptor in an argument: its low 32 bits. */
export function fdOf(arg: bigint): number {
  return Number(BigInt.asIntN(32, arg));
}
