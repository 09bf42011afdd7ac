import {
  PROX_FDTYPE_KQUEUE,
  PROX_FDTYPE_PIPE,
  PROX_FDTYPE_PSHM,
  PROX_FDTYPE_SOCKET,
  PROX_FDTYPE_VNODE,
} from "../../abi/fd_info.ts";
import { keventExtInfo, keventQos, kqueueFdInfo, kqueueInfo } from "../../abi/kqueue_info.ts";
import {
  PROC_PIDFDATALKINFO,
  PROC_PIDFDATALKINFO_SIZE,
  PROC_PIDFDCHANNELINFO,
  PROC_PIDFDCHANNELINFO_SIZE,
  PROC_PIDFDKQUEUE_EXTINFO,
  PROC_PIDFDKQUEUE_EXTINFO_SIZE,
  PROC_PIDFDKQUEUE_KNOTES_MAX,
  PROC_PIDFDKQUEUEINFO,
  PROC_PIDFDKQUEUEINFO_SIZE,
  PROC_PIDFDPIPEINFO,
  PROC_PIDFDPIPEINFO_SIZE,
  PROC_PIDFDPSEMINFO,
  PROC_PIDFDPSEMINFO_SIZE,
  PROC_PIDFDPSHMINFO,
  PROC_PIDFDPSHMINFO_SIZE,
  PROC_PIDFDSOCKETINFO,
  PROC_PIDFDVNODEINFO,
  PROC_PIDFDVNODEINFO_SIZE,
  PROC_PIDFDVNODEPATHINFO,
  PROC_PIDFDVNODEPATHINFO_SIZE,
} from "../../abi/pid_fd_info.ts";
import {
  PROC_PIDFILEPORTPIPEINFO,
  PROC_PIDFILEPORTPIPEINFO_SIZE,
  PROC_PIDFILEPORTPSHMINFO,
  PROC_PIDFILEPORTPSHMINFO_SIZE,
  PROC_PIDFILEPORTSOCKETINFO,
  PROC_PIDFILEPORTSOCKETINFO_SIZE,
  PROC_PIDFILEPORTVNODEPATHINFO,
  PROC_PIDFILEPORTVNODEPATHINFO_SIZE,
} from "../../abi/pid_fileport_info.ts";
import { pipeFdInfo, pipeInfo } from "../../abi/pipe_info.ts";
import { pshmFdInfo, pshmInfo } from "../../abi/pshm_info.ts";
import { vinfoStat, vnodeFdInfo, vnodeFdInfoWithPath } from "../../abi/vnode_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { type Block, block } from "../../layout/block.ts";
import { offsetsOf, setU64 } from "../../layout/offsets.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { openSocketCalls } from "../sys/socket.ts";
import { SHM_NAME } from "../parse/fd_link.ts";
import { parseTarget, TARGET } from "../parse/fdinfo.ts";
import { type Call, dispatch, type Flavor, type Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";
import { type Descriptors, descriptorsOf, fdOf, type FoundDescriptor } from "../proc/descriptor.ts";
import { lengthKept, pathLength } from "../proc/link_path.ts";
import { socketAnswer } from "./socket_info.ts";
import { MAXPATHLEN, type VnodeWriter, vnodeWriter } from "./vnode_info.ts";

/** The descriptor that denotes the kqueue of a process's thread pool. */
const WORKQUEUE = -1;

const S_IFIFO = 0o010000;
const O_WRONLY = 1;

// XNU's events (bsd/sys/event.h).
const EVFILT_READ = -1;
const EVFILT_WRITE = -2;
const EVFILT_EXCEPT = -15;
const EV_DISABLE = 0x8;
const EV_CLEAR = 0x20;
const EV_DISPATCH = 0x80;

// Linux's events (sys/epoll.h).
const EPOLLIN = 0x1;
const EPOLLOUT = 0x4;
const EPOLLRDHUP = 0x2000;
const EPOLLONESHOT = 0x40000000;
const EPOLLET = 0x80000000;
/** The flags that a one-shot descriptor keeps after it has fired: the modes, without the events. */
const EPOLL_PRIVATE = 0xf0000000;

/** The tools that write answers about descriptors. */
interface Tools {
  readonly found: FoundDescriptor;
  readonly vnode: VnodeWriter;
  readonly measure: ReturnType<typeof pathLength>;
}

/** Writes a struct about the descriptor that was found last. */
export interface FdAnswer {
  /** The struct. */
  readonly block: Block;
  /** Writes the struct. Returns 0 or a negated errno. */
  write(): DarwinAnswer;
}

/** Answers `PROC_INFO_CALL_PIDFDINFO`. */
export function pidFdInfo(world: World): Call {
  // This is created on first use, as it takes memory that most programs do not need.
  let call: Call | undefined;
  return (pid, flavor, arg, buffer) => {
    call ??= dispatch(flavorsOf(world));
    return call(pid, flavor, arg, buffer);
  };
}

function flavorsOf(world: World): Flavors {
  const calls = openSocketCalls(world.libc.more);
  const descriptors = descriptorsOf(world, calls);
  const tools = toolsOf(world, descriptors);
  const flavor = (type: number, answer: FdAnswer, error = -ERRNO.EBADF) =>
    flavorOf(descriptors, (is) => is === type, answer, error);
  // On Linux, shared memory is also a file with a path.
  const file = (answer: FdAnswer) =>
    flavorOf(
      descriptors,
      (found) => found === PROX_FDTYPE_VNODE || found === PROX_FDTYPE_PSHM,
      answer,
    );
  return {
    [PROC_PIDFDVNODEINFO]: file(vnodeAnswer(tools)),
    [PROC_PIDFDVNODEPATHINFO]: file(vnodePathAnswer(tools)),
    [PROC_PIDFDSOCKETINFO]: flavor(
      PROX_FDTYPE_SOCKET,
      socketAnswer(world, calls, descriptors),
      -ERRNO.ENOTSOCK,
    ),
    [PROC_PIDFDPSHMINFO]: flavor(PROX_FDTYPE_PSHM, pshmAnswer(tools)),
    [PROC_PIDFDPIPEINFO]: flavor(PROX_FDTYPE_PIPE, pipeAnswer(tools)),
    ...kqueueInfoOf(world, descriptors),
    // Linux does not have these types, so an existing descriptor has another type.
    [PROC_PIDFDPSEMINFO]: none(descriptors, PROC_PIDFDPSEMINFO_SIZE),
    [PROC_PIDFDCHANNELINFO]: none(descriptors, PROC_PIDFDCHANNELINFO_SIZE),
    // XNU no longer has these.
    [PROC_PIDFDATALKINFO]: invalid(descriptors, PROC_PIDFDATALKINFO_SIZE),
  };
}

function toolsOf({ libc }: World, found: FoundDescriptor): Tools {
  return { found, vnode: vnodeWriter(), measure: pathLength(libc) };
}

/** The writers of answers about files, pipes, epolls and shared memory. */
export interface FdAnswers {
  readonly vnode: FdAnswer;
  readonly pipe: FdAnswer;
  readonly kqueue: FdAnswer;
  readonly pshm: FdAnswer;
}

/**
 * Returns writers of the structs that report most about a descriptor that was found. They omit the
 * `vinfo_stat` of pipes and epolls.
 */
export function fdAnswers(world: World, found: FoundDescriptor): FdAnswers {
  const tools = toolsOf(world, found);
  const kqueue = block(PROC_PIDFDKQUEUEINFO_SIZE);
  return {
    vnode: vnodePathAnswer(tools),
    pipe: pipeAnswer(tools, false),
    kqueue: { block: kqueue, write: () => found.fileInfo(kqueue.view) },
    pshm: pshmAnswer(tools),
  };
}

/**
 * Returns the writer for descriptors of a type. Undefined for sockets, and for types that have no
 * struct here.
 */
export function fdAnswerFor(answers: FdAnswers, type: number): FdAnswer | undefined {
  switch (type) {
    case PROX_FDTYPE_VNODE:
      return answers.vnode;
    case PROX_FDTYPE_PIPE:
      return answers.pipe;
    case PROX_FDTYPE_KQUEUE:
      return answers.kqueue;
    case PROX_FDTYPE_PSHM:
      return answers.pshm;
    default:
      return undefined;
  }
}

/** Returns a flavor for descriptors of some types. It fails with `error` for all others. */
function flavorOf(
  descriptors: Descriptors,
  isMeant: (type: number) => boolean,
  { block, write }: FdAnswer,
  error: DarwinAnswer = -ERRNO.EBADF,
): Flavor {
  const size = block.bytes.byteLength;
  return {
    size,
    answer(pid, arg, buffer) {
      const type = descriptors.find(pid, fdOf(arg));
      if (type < 0) return type;
      if (!isMeant(type)) return error;
      const written = write();
      if (written < 0) return written;
      buffer.set(block.bytes);
      return size;
    },
  };
}

/** Answers `PROC_INFO_CALL_PIDFILEPORTINFO` with an error, as Linux does not have Mach ports. */
export function pidFileportInfo(world: World): Call {
  const descriptors = descriptorsOf(world, openSocketCalls(world.libc.more));
  return dispatch({
    [PROC_PIDFILEPORTVNODEPATHINFO]: invalid(descriptors, PROC_PIDFILEPORTVNODEPATHINFO_SIZE),
    [PROC_PIDFILEPORTSOCKETINFO]: invalid(descriptors, PROC_PIDFILEPORTSOCKETINFO_SIZE),
    [PROC_PIDFILEPORTPSHMINFO]: invalid(descriptors, PROC_PIDFILEPORTPSHMINFO_SIZE),
    [PROC_PIDFILEPORTPIPEINFO]: invalid(descriptors, PROC_PIDFILEPORTPIPEINFO_SIZE),
  });
}

/** Returns a flavor for a type of descriptor that processes of Linux do not have. */
function none(descriptors: Descriptors, size: number): Flavor {
  return {
    size,
    answer(pid, arg) {
      const type = descriptors.find(pid, fdOf(arg));
      return type < 0 ? type : -ERRNO.EBADF;
    },
  };
}

/** Returns a flavor that fails with `EINVAL` for any query, after it has checked the permission. */
function invalid(descriptors: Descriptors, size: number): Flavor {
  return { size, answer: (pid) => descriptors.mayRead(pid) || -ERRNO.EINVAL };
}

/**
 * Returns the writer for a file, a folder, a device, or a descriptor that has no type of its own.
 */
function vnodeAnswer({ found, vnode }: Tools): FdAnswer {
  const scratch = block(PROC_PIDFDVNODEINFO_SIZE);
  const { pvi } = offsetsOf(vnodeFdInfo);
  return {
    block: scratch,
    write() {
      const error = found.fileInfo(scratch.view) || found.stat();
      if (error < 0) return error;
      vnode.info(scratch, pvi, found.file);
      return 0;
    },
  };
}

/** Returns the same writer, with the path. */
function vnodePathAnswer({ found, vnode, measure }: Tools): FdAnswer {
  const scratch = block(PROC_PIDFDVNODEPATHINFO_SIZE);
  const { pvip } = offsetsOf(vnodeFdInfoWithPath);
  return {
    block: scratch,
    write() {
      const error = found.fileInfo(scratch.view) || found.stat();
      if (error < 0) return error;
      const { file, link, length } = found;
      const end = measure(link, length, file);
      vnode.infoPath(scratch, pvip, file, link, lengthKept(end, length, file));
      return 0;
    },
  };
}

/**
 * Returns the writer for POSIX shared memory: a file in `/dev/shm`, where `shm_open()` opens it.
 */
function pshmAnswer({ found, vnode, measure }: Tools): FdAnswer {
  const scratch = block(PROC_PIDFDPSHMINFO_SIZE);
  const { pshminfo } = offsetsOf(pshmFdInfo);
  const pshm = offsetsOf(pshmInfo, pshminfo);
  return {
    block: scratch,
    write() {
      const error = found.fileInfo(scratch.view) || found.stat();
      if (error < 0) return error;
      vnode.stat(scratch, pshm.pshm_stat, found.file);
      const length = measure(found.link, found.length, found.file);
      // The name that programs use begins with the slash before it here.
      const name = found.link.subarray(SHM_NAME - 1, Math.min(length, SHM_NAME + MAXPATHLEN - 2));
      scratch.bytes.fill(0, pshm.pshm_name);
      scratch.bytes.set(name, pshm.pshm_name);
      return 0;
    },
  };
}

/**
 * The number that is added to the inode number of a pipe in the handle of its write end. A number
 * holds the sum exactly.
 */
const WRITER = 2 ** 52;

/** Returns the writer for a pipe without a name. */
function pipeAnswer({ found, vnode }: Tools, isWhole = true): FdAnswer {
  const scratch = block(PROC_PIDFDPIPEINFO_SIZE);
  const { view } = scratch;
  const { pipeinfo } = offsetsOf(pipeFdInfo);
  const pipe = offsetsOf(pipeInfo, pipeinfo);
  return {
    block: scratch,
    write() {
      const { inode } = found;
      const error = found.fileInfo(view) || (isWhole ? found.stat() : 0);
      if (error < 0) return error;
      if (isWhole) vnode.stat(scratch, pipe.pipe_stat, found.file);
      // Both ends have the same inode number, which is the handle of the read end. So the lower of
      // the two handles is the number that other programs show for a pipe.
      const writes = (found.flags & O_WRONLY) !== 0;
      setU64(view, pipe.pipe_handle, writes ? WRITER + inode : inode);
      setU64(view, pipe.pipe_peerhandle, writes ? inode : WRITER + inode);
      return 0;
    },
  };
}

/** Returns the flavors for epoll descriptors, which are Linux's equivalent of kqueues. */
function kqueueInfoOf({ fs }: World, descriptors: Descriptors): Flavors {
  const scratch = block(PROC_PIDFDKQUEUEINFO_SIZE);
  const row = block(PROC_PIDFDKQUEUE_EXTINFO_SIZE);
  const target = new Uint32Array(4);
  const mode = offsetsOf(kqueueFdInfo).kqueueinfo + offsetsOf(kqueueInfo).kq_stat +
    offsetsOf(vinfoStat).vst_mode;
  const ext = offsetsOf(keventExtInfo);
  const kev = offsetsOf(keventQos, ext.kqext_kev);

  /**
   * Finds an epoll descriptor and reads the list of the descriptors that it watches. Returns the
   * length of the list or a negated errno, and 0 for the kqueue of a thread pool, which Linux does
   * not have.
   */
  function epoll(pid: number, fd: number): DarwinAnswer {
    if (fd === WORKQUEUE) return descriptors.mayRead(pid);
    const type = descriptors.find(pid, fd);
    if (type < 0) return type;
    if (type !== PROX_FDTYPE_KQUEUE) return -ERRNO.EBADF;
    return descriptors.fileInfo(scratch.view) || descriptors.infoLength;
  }

  function setRow(filter: number): void {
    const { view } = row;
    const events = target[TARGET.events]!;
    view.setUint32(kev.ident, target[TARGET.fd]!, true);
    view.setInt16(kev.filter, filter, true);
    // A one-shot descriptor that has fired has no events until they are requested again.
    const off = (events & ~EPOLL_PRIVATE) === 0;
    view.setUint16(
      kev.flags,
      (events & EPOLLET ? EV_CLEAR : 0) | (events & EPOLLONESHOT ? EV_DISPATCH : 0) |
        (off ? EV_DISABLE : 0),
      true,
    );
    view.setUint32(kev.udata, target[TARGET.data_low]!, true);
    view.setUint32(kev.udata + 4, target[TARGET.data_high]!, true);
    view.setUint32(ext.kqext_sfflags, events, true);
  }

  /** Writes a row at the index `count` if it fits. Returns the new number of rows. */
  function put(filter: number, count: number, buffer: Uint8Array | null): number {
    const at = count * PROC_PIDFDKQUEUE_EXTINFO_SIZE;
    if (buffer === null || at + PROC_PIDFDKQUEUE_EXTINFO_SIZE > buffer.byteLength) return count + 1;
    setRow(filter);
    buffer.set(row.bytes, at);
    return count + 1;
  }

  /**
   * Writes rows for the descriptors that an epoll descriptor watches, as far as they fit. Returns
   * the number of all rows, at most `PROC_PIDFDKQUEUE_KNOTES_MAX`.
   */
  function watched(length: number, buffer: Uint8Array | null): number {
    let count = 0;
    for (let at = 0; (at = parseTarget(fs.text, length, at, target)) >= 0;) {
      const events = target[TARGET.events]!;
      const reads = (events & (EPOLLIN | EPOLLRDHUP)) !== 0;
      const writes = (events & EPOLLOUT) !== 0;
      // A kqueue has a separate event for each direction.
      if (reads) count = put(EVFILT_READ, count, buffer);
      if (writes) count = put(EVFILT_WRITE, count, buffer);
      if (!reads && !writes) count = put(EVFILT_EXCEPT, count, buffer);
    }
    return Math.min(count, PROC_PIDFDKQUEUE_KNOTES_MAX);
  }

  function knotes(pid: number, arg: bigint, buffer: Uint8Array | null): DarwinAnswer {
    const length = epoll(pid, fdOf(arg));
    return length <= 0 ? length : watched(length, buffer);
  }

  return {
    [PROC_PIDFDKQUEUEINFO]: {
      size: PROC_PIDFDKQUEUEINFO_SIZE,
      answer(pid, arg, buffer) {
        const length = epoll(pid, fdOf(arg));
        if (length <= 0) return length;
        scratch.view.setUint16(mode, S_IFIFO, true);
        buffer.set(scratch.bytes);
        return PROC_PIDFDKQUEUEINFO_SIZE;
      },
    },
    [PROC_PIDFDKQUEUE_EXTINFO]: {
      size: PROC_PIDFDKQUEUE_EXTINFO_SIZE,
      answer: knotes,
      sizing: (pid, arg) => knotes(pid, arg, null),
    },
  };
}
