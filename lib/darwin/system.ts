import { PROC_FLAG_LP64, type ProcBsdShortInfo, procBsdShortInfo } from "../abi/bsd_info.ts";
import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { CTL_KERN, KERN_PROC, KERN_PROC_PID } from "../abi/kinfo_proc.ts";
import {
  PROC_PIDPATHINFO,
  PROC_PIDPATHINFO_MAXSIZE,
  PROC_PIDT_SHORTBSDINFO,
} from "../abi/pid_info.ts";
import type { ArgumentBytes, MachineFacts, Timebase } from "../system/facts.ts";
import { kernelDescriptors } from "../system/kernel_descriptors.ts";
import { groupsIn, KINFO, readKernProc } from "../system/kern_proc.ts";
import { countDescriptors } from "../system/kernel_table.ts";
import { DARWIN_SIGNAL_NUMBERS } from "../system/signal_number.ts";
import { disposable, type System } from "../system/system.ts";
import { ERRNO, SystemCallError } from "../system/errors.ts";
import { type Block, block, blockOf } from "../layout/block.ts";
import { getU64 } from "../layout/offsets.ts";
import { exitWatcher } from "./exit_watch.ts";
import { darwinKernel } from "./kernel.ts";
import type { UserFinder } from "../posix/users.ts";
import type { LibSystem } from "./libsystem.ts";
import { parseProcArgs, type ProcArgs } from "./proc_args.ts";
import { darwinTable } from "./table.ts";
import { openUsers } from "./users.ts";
import { vnodeOf } from "./vnode.ts";

// struct stat with 64-bit inode numbers (sys/stat.h).
const STAT_SIZE = 144;
const ST_DEV = 0;
const ST_MODE = 4;
const ST_INO = 8;
const ST_RDEV = 24;
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const S_IFSOCK = 0o140000;

// sys/sysctl.h.
const KERN_PROCARGS2 = 49;
/** The maximum size of the buffer of `KERN_PROCARGS2`: `ARG_MAX` and the count of arguments. */
const ARGS_MAX = 1048576 + 4;
/**
 * Room for an answer that grows between the sizing call and the reading call, because of an exec.
 */
const ARGS_SLACK = 256;

const PROC_TRANSLATED = text("sysctl.proc_translated");
const TBFREQUENCY = text("hw.tbfrequency");
const PAGESIZE = text("hw.pagesize");
const MEMSIZE = text("hw.memsize");
const BOOT_TIME = text("kern.boottime");
const LOAD_AVERAGES = text("vm.loadavg");
const PROCESSORS = text("hw.activecpu");
const MEMORY_LEVEL = text("kern.memorystatus_level");
const SWAP_USAGE = text("vm.swapusage");
const BOOT_SESSION = text("kern.bootsessionuuid");
// struct timeval, struct loadavg (sys/resource.h) and struct xsw_usage (sys/sysctl.h).
const TIMEVAL_SIZE = 16;
const TV_USEC = 8;
const LOADAVG_SIZE = 24;
const FSCALE = 16;
const XSW_USAGE_SIZE = 32;
const XSU_USED = 16;
const BOOT_ID_SIZE = 64;
const DEVICE_NAME_SIZE = 256;
const NODEV = 0xffffffff;
/** The pid of the kernel. */
const KERNEL = 0;
const NANOSECONDS = 1_000_000_000;

/** Returns the system of macOS. */
export function darwinSystem(library: LibSystem): System {
  const { getpid, getppid, getpgrp, geteuid, getuid } = library.ids();
  const { memmove } = library.call;
  const kernel = darwinKernel(library);
  const location = library.errno;
  const errno = new Int32Array(new ArrayBuffer(4));
  const answer = block(STAT_SIZE);
  const length = block(8);
  const number = block(8);
  let stat: ReturnType<LibSystem["stat"]> | undefined;
  let sysctls: ReturnType<LibSystem["sysctl"]> | undefined;
  let session: ReturnType<LibSystem["session"]> | undefined;
  let threadId: ReturnType<LibSystem["threadId"]> | undefined;
  let deviceName: ReturnType<LibSystem["deviceName"]> | undefined;
  let sendSignal: ReturnType<LibSystem["kill"]> | undefined;
  let users: UserFinder | undefined;
  let watchExit: ReturnType<typeof exitWatcher> | undefined;
  let timebase: Timebase | undefined;

  /** Reads the `struct stat` of a file into `answer`. Returns 0 or a negated errno. */
  function statPath(path: string): number {
    return statFile(text(path));
  }

  function statFile(bytes: Uint8Array): number {
    stat ??= library.stat();
    if (stat(bytes, answer.bytes) >= 0) return 0;
    memmove(errno, location, 4n);
    return -errno[0]!;
  }

  /** Reads the value of a name into `to`. Returns its number of bytes, or a negated errno. */
  function sysctlByName(name: Uint8Array, to: Block): number {
    const { sysctlbyname } = sysctls ??= library.sysctl();
    to.bytes.fill(0);
    length.view.setBigUint64(0, BigInt(to.bytes.byteLength), true);
    if (sysctlbyname(name, to.bytes, length.bytes, null, 0n) < 0) {
      memmove(errno, location, 4n);
      return -errno[0]!;
    }
    return length.view.getUint32(0, true);
  }

  /**
   * Reads the value of a numeric name into `to`. Returns its number of bytes, or a negated errno.
   */
  function sysctl(name: Int32Array, to: Uint8Array | null): number {
    const { sysctl } = sysctls ??= library.sysctl();
    length.view.setBigUint64(0, BigInt(to === null ? 0 : to.byteLength), true);
    // The address of an empty buffer would be NULL, which queries a size.
    const memory = to?.byteLength === 0 ? number.bytes : to;
    if (sysctl(name, name.length, memory, length.bytes, null, 0n) < 0) {
      memmove(errno, location, 4n);
      return -errno[0]!;
    }
    return length.view.getUint32(0, true);
  }

  /**
   * Returns the whole answer of `KERN_PROCARGS2`, or a negated errno. Retries with more room, as a
   * short buffer only gets the end of the answer.
   */
  function procArgs(pid: number): Uint8Array | number {
    const name = Int32Array.of(CTL_KERN, KERN_PROCARGS2, pid);
    const size = sysctl(name, null);
    if (size < 0) return size;
    for (let room = size + ARGS_SLACK;; room *= 2) {
      const blob = new Uint8Array(new ArrayBuffer(Math.min(room, ARGS_MAX)));
      const read = sysctl(name, blob);
      if (read < 0) return read;
      if (read < blob.byteLength || room >= ARGS_MAX) return blob.subarray(0, read);
    }
  }

  /** Returns the path of the program of a process without the NUL, or a negated errno. */
  function programPath(pid: number): Uint8Array | number {
    const { bytes } = block(PROC_PIDPATHINFO_MAXSIZE);
    const error = kernel.procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDPATHINFO, 0n, bytes);
    if (error >= 0) return bytes.slice(0, bytes.indexOf(0));
    // The kernel does not have an executable file.
    return pid === KERNEL && error === -ERRNO.ESRCH ? -ERRNO.ENOENT : error;
  }

  /** Returns the facts about a living process that every user can query, or a negated errno. */
  function shortInfo(pid: number): ProcBsdShortInfo | number {
    const { bytes } = block(procBsdShortInfo.size);
    const written = kernel.procInfo(
      PROC_INFO_CALL_PIDINFO,
      pid,
      PROC_PIDT_SHORTBSDINFO,
      0n,
      bytes,
    );
    return written < 0 ? written : procBsdShortInfo.decode(bytes);
  }

  /** Returns the errno of the cause if `KERN_PROCARGS2` failed with `EINVAL`, as it always does. */
  function reason(error: number, info: ProcBsdShortInfo | number): number {
    if (error !== ERRNO.EINVAL) return error;
    if (typeof info === "number") return info === -ERRNO.ESRCH ? ERRNO.ESRCH : error;
    const euid = geteuid() >>> 0;
    return euid === 0 || euid === info.pbsi_uid ? error : ERRNO.EPERM;
  }

  function kernProc(what: number, value: number, buffer: Uint8Array | null): number {
    return sysctl(Int32Array.of(CTL_KERN, KERN_PROC, what, value), buffer);
  }

  /** Returns the `struct kinfo_proc` of a process, which may be a zombie. */
  function kinfoOf(doing: string, pid: number): Block {
    const bytes = readKernProc(kernProc, KERN_PROC_PID, pid);
    if (typeof bytes !== "number" && bytes.byteLength > 0) return blockOf(bytes);
    const error = typeof bytes === "number" ? -bytes : ERRNO.ESRCH;
    throw new SystemCallError(`read the ${doing} of process ${pid}`, "sysctl", error);
  }

  function readTimebase(): Timebase {
    // On Apple silicon, a program for Intel gets a wrong unit of 1 ns, but the right frequency.
    const translated = sysctlByName(PROC_TRANSLATED, number) > 0 &&
      number.view.getInt32(0, true) === 1;
    const info = block(8);
    if (!translated && library.timebase()(info.bytes) === 0) {
      return { numer: info.view.getUint32(0, true), denom: info.view.getUint32(4, true) };
    }
    const size = sysctlByName(TBFREQUENCY, number);
    if (size < 0) throw new SystemCallError("query the unit of time", "sysctlbyname", -size);
    return reduced(NANOSECONDS, Number(number.view.getBigUint64(0, true)));
  }

  /** Returns the number that the system reports under a name. */
  function numberOf(what: string, name: Uint8Array): number {
    number.bytes.fill(0); // it may have 4 or 8 bytes
    const size = sysctlByName(name, number);
    if (size > 0) return getU64(number.view, 0);
    // A system that lacks the name does not have the number.
    const error = size === -ERRNO.ENOENT ? ERRNO.ENOTSUP : -size;
    throw new SystemCallError(`read the ${what}`, "sysctlbyname", error);
  }

  /** Returns the value of a name; undefined if it is unavailable or has fewer than `size` bytes. */
  function structOf(name: Uint8Array, size: number): DataView | undefined {
    const { bytes, view } = block(size);
    return sysctlByName(name, { bytes, view }) >= size ? view : undefined;
  }

  /** Reads how busy the machine is. Processor times are undefined, as they require Mach calls. */
  function machineFacts(): MachineFacts {
    const load = structOf(LOAD_AVERAGES, LOADAVG_SIZE);
    const started = structOf(BOOT_TIME, TIMEVAL_SIZE);
    const level = structOf(MEMORY_LEVEL, 4)?.getUint32(0, true);
    const total = structOf(MEMSIZE, 8);
    const swap = structOf(SWAP_USAGE, XSW_USAGE_SIZE);
    const average = (i: number) => load!.getUint32(i * 4, true) / getU64(load!, FSCALE);
    const totalBytes = total && getU64(total, 0);
    return {
      loadAverages: load && [average(0), average(1), average(2)],
      uptimeMs: started &&
        Math.round(
          Date.now() - getU64(started, 0) * 1000 - started.getUint32(TV_USEC, true) / 1000,
        ),
      processorCount: structOf(PROCESSORS, 4)?.getUint32(0, true),
      processorTimes: undefined,
      // The level is the share of free memory, in percent.
      memory: totalBytes === undefined || level === undefined || level > 100
        ? undefined
        : { totalBytes, usedBytes: Math.round(totalBytes * (100 - level) / 100) },
      swap: swap && { totalBytes: getU64(swap, 0), usedBytes: getU64(swap, XSU_USED) },
    };
  }

  /** Throws the error for a fact that macOS does not report. */
  function unsupported(pid: number): never {
    throw new SystemCallError(`read this of process ${pid}`, "sysctl", ERRNO.ENOTSUP);
  }

  function startedWith(pid: number): ProcArgs {
    const blob = procArgs(pid);
    const info = shortInfo(pid);
    if (typeof blob === "number") {
      throw new SystemCallError(
        `read the arguments of process ${pid}`,
        "sysctl",
        reason(-blob, info),
      );
    }
    const wide = typeof info === "number" || (info.pbsi_flags & PROC_FLAG_LP64) !== 0;
    return parseProcArgs(blob, wide ? 8 : 4);
  }

  const system: System = {
    kernel,
    kernProc,
    pid: () => getpid(),
    ppid: () => getppid(),
    pgrp: () => getpgrp(),
    euid: () => geteuid() >>> 0,
    ruid: () => getuid() >>> 0,
    threadId() {
      threadId ??= library.threadId();
      const error = threadId(null, number.bytes);
      if (error === 0) return number.view.getBigUint64(0, true);
      throw new SystemCallError("query the id of the calling thread", "pthread_threadid_np", error);
    },
    terminal(path) {
      const doing = `find the terminal "${path}"`;
      const error = statPath(path);
      if (error < 0) throw new SystemCallError(doing, "stat", -error);
      const mode = answer.view.getUint16(ST_MODE, true);
      if ((mode & S_IFMT) !== S_IFCHR) throw new SystemCallError(doing, "isatty", ERRNO.ENOTTY);
      return answer.view.getUint32(ST_RDEV, true);
    },
    fileId(path) {
      const error = statPath(path);
      if (error < 0) throw new SystemCallError(`find the file "${path}"`, "stat", -error);
      return {
        device: answer.view.getUint32(ST_DEV, true),
        inode: answer.view.getBigUint64(ST_INO, true),
        isSocket: (answer.view.getUint16(ST_MODE, true) & S_IFMT) === S_IFSOCK,
      };
    },
    fileSystem(path) {
      const error = statPath(path);
      if (error < 0) throw new SystemCallError(`find the file "${path}"`, "stat", -error);
      const isBlock = (answer.view.getUint16(ST_MODE, true) & S_IFMT) === S_IFBLK;
      const device = answer.view.getUint32(isBlock ? ST_RDEV : ST_DEV, true);
      return { device, mountId: undefined };
    },
    timebase: () => timebase ??= readTimebase(),
    arguments(pid): ArgumentBytes {
      const { executablePath, arguments: list, title } = startedWith(pid);
      return { executablePath, arguments: list, title };
    },
    environment(pid) {
      const { environment } = startedWith(pid);
      if (environment !== undefined) return environment;
      throw new SystemCallError(`read the environment of process ${pid}`, "sysctl", ERRNO.EPERM);
    },
    sessionId(pid) {
      session ??= library.session();
      const id = session(pid);
      if (id >= 0) return id;
      memmove(errno, location, 4n);
      throw new SystemCallError(`read the session of process ${pid}`, "getsid", errno[0]!);
    },
    descriptorCount: (pid) => countDescriptors(kernel, pid),
    pageBytes: () => numberOf("page size", PAGESIZE),
    memoryBytes: () => numberOf("memory size", MEMSIZE),
    machine: machineFacts,
    cpuTimeNs: unsupported,
    highestDescriptor: unsupported,
    limits: unsupported,
    setLimit: unsupported,
    signals(pid) {
      const { view } = kinfoOf("signals", pid);
      return {
        ignored: BigInt(view.getUint32(KINFO.ignored, true)),
        caught: BigInt(view.getUint32(KINFO.caught, true)),
        pending: undefined,
      };
    },
    accounting: () => ({}),
    ioBytes: unsupported,
    controlGroups: unsupported,
    namespace: unsupported,
    namespacePids: unsupported,
    privileges: (pid) => ({
      groups: groupsIn(kinfoOf("groups", pid), 0),
      capabilities: undefined,
      noNewPrivileges: undefined,
      systemCallFilter: undefined,
    }),
    securityLabel: unsupported,
    table: () => darwinTable(system),
    descriptors: () => kernelDescriptors(kernel),
    listeners: () => undefined,
    sockets() {
      throw new SystemCallError("list the sockets of all processes", "sysctlbyname", ERRNO.ENOTSUP);
    },
    socketInterface: unsupported,
    executable(pid) {
      const path = programPath(pid);
      if (typeof path === "number") {
        throw new SystemCallError(`find the program of process ${pid}`, "__proc_info", -path);
      }
      const error = statFile(Uint8Array.of(...path, 0));
      return { path, deleted: error < 0 ? undefined : false };
    },
    file(pid, file) {
      const { path, id } = vnodeOf(kernel, pid, file);
      // The kernel drops the first names of a path that is too long. The path is whole if it leads
      // to the same file.
      if (path.length > 0 && statFile(Uint8Array.of(...path, 0)) === 0) {
        const device = answer.view.getUint32(ST_DEV, true);
        const inode = answer.view.getBigUint64(ST_INO, true);
        if (device === id.device && inode === id.inode) return { path, deleted: false };
      }
      const doing = `find a file of process ${pid}`;
      throw new SystemCallError(doing, "__proc_info", ERRNO.ENAMETOOLONG);
    },
    namedRegions: unsupported,
    descriptorFacts: unsupported,
    terminalPath(device) {
      if (device === NODEV) return undefined;
      deviceName ??= library.deviceName();
      const name = new Uint8Array(new ArrayBuffer(DEVICE_NAME_SIZE));
      if (deviceName(device | 0, S_IFCHR, name, DEVICE_NAME_SIZE) === null) return undefined;
      // For a device without a name, devname_r() returns a text that is not the name of a device.
      const path = `/dev/${textOf(name)}`;
      const error = statPath(path);
      if (error < 0 || (answer.view.getUint16(ST_MODE, true) & S_IFMT) !== S_IFCHR) {
        return undefined;
      }
      return answer.view.getUint32(ST_RDEV, true) === device ? path : undefined;
    },
    bootId() {
      const id = block(BOOT_ID_SIZE);
      const size = sysctlByName(BOOT_SESSION, id);
      if (size < 0) throw new SystemCallError("query the boot id", "sysctlbyname", -size);
      return textOf(id.bytes);
    },
    userName: (userId) => (users ??= openUsers(library)).name(userId),
    userId: (name) => (users ??= openUsers(library)).id(name),
    signalNumbers: () => DARWIN_SIGNAL_NUMBERS,
    kill(pid, signal) {
      sendSignal ??= library.kill();
      // 0 and negative numbers would mean a process group or all processes.
      let error: number = ERRNO.ESRCH;
      if (pid > 0) {
        if (sendSignal(pid, signal) >= 0) return;
        memmove(errno, location, 4n);
        error = errno[0]!;
      }
      throw new SystemCallError(`signal process ${pid}`, "kill", error);
    },
    watchExit: (pid) => (watchExit ??= exitWatcher(library, system))(pid),
    newPids: () => undefined,
    kernelEvents() {
      // EndpointSecurity requires an entitlement that Apple grants to signed programs only.
      throw new SystemCallError("receive events of processes", "system", ERRNO.ENOTSUP);
    },
    [Symbol.dispose]() {},
  };
  return disposable(system);
}

/** Decodes text up to its NUL. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Encodes text with a final NUL. */
function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

/** Reduces a fraction to its lowest terms. */
function reduced(numer: number, denom: number): Timebase {
  let [a, b] = [numer, denom];
  while (b !== 0) [a, b] = [b, a % b];
  return { numer: numer / a, denom: denom / a };
}
