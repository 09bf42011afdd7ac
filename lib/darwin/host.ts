import { PROC_FLAG_LP64, type ProcBsdShortInfo, procBsdShortInfo } from "../abi/bsd_info.ts";
import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { PROC_PIDT_SHORTBSDINFO } from "../abi/pid_info.ts";
import type { ArgumentBytes, Host, Timebase } from "../host.ts";
import { ERRNO, SystemCallError } from "../kernel.ts";
import { type Block, block } from "../layout/block.ts";
import { getU64 } from "../layout/offsets.ts";
import { darwinKernel } from "./kernel.ts";
import type { LibSystem } from "./libsystem.ts";
import { parseProcArgs } from "./proc_args.ts";

// struct stat with 64-bit inode numbers (sys/stat.h).
const STAT_SIZE = 144;
const ST_DEV = 0;
const ST_MODE = 4;
const ST_INO = 8;
const ST_RDEV = 24;
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;

// sys/sysctl.h.
const CTL_KERN = 1;
const KERN_PROCARGS2 = 49;
/** The most that `KERN_PROCARGS2` may be given: `ARG_MAX` and the count of arguments. */
const ARGS_MAX = 1048576 + 4;
/** Room for what an exec adds between the call that sizes and the call that reads. */
const ARGS_SLACK = 256;

const PROC_TRANSLATED = text("sysctl.proc_translated");
const TBFREQUENCY = text("hw.tbfrequency");
const PAGESIZE = text("hw.pagesize");
const MEMSIZE = text("hw.memsize");
const NANOSECONDS = 1_000_000_000;

/** What macOS says of itself. */
export function darwinHost(library: LibSystem): Host {
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
  let timebase: Timebase | undefined;

  /** Leaves `struct stat` in `answer`; answers 0 or a negated errno. */
  function statPath(path: string): number {
    stat ??= library.stat();
    const bytes = text(path);
    if (stat(bytes, answer.bytes) >= 0) return 0;
    memmove(errno, location, 4n);
    return -errno[0]!;
  }

  /** Leaves the answer to a name in `to`; answers how many bytes it has, or a negated errno. */
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

  /** Leaves the answer to a number in `to`; answers how many bytes it has, or a negated errno. */
  function sysctl(name: Int32Array, to: Uint8Array | null): number {
    const { sysctl } = sysctls ??= library.sysctl();
    length.view.setBigUint64(0, BigInt(to === null ? 0 : to.byteLength), true);
    if (sysctl(name, name.length, to, length.bytes, null, 0n) < 0) {
      memmove(errno, location, 4n);
      return -errno[0]!;
    }
    return length.view.getUint32(0, true);
  }

  /** The answer of `KERN_PROCARGS2`, whole, or a negated errno: a short buffer gets only its end. */
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

  /** What any user may know of a living process, or a negated errno. */
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

  /** What stands behind a failure of `KERN_PROCARGS2`, which says `EINVAL` to everything. */
  function reason(error: number, info: ProcBsdShortInfo | number): number {
    if (error !== ERRNO.EINVAL) return error;
    if (typeof info === "number") return info === -ERRNO.ESRCH ? ERRNO.ESRCH : error;
    const euid = geteuid() >>> 0;
    return euid === 0 || euid === info.pbsi_uid ? error : ERRNO.EPERM;
  }

  function readTimebase(): Timebase {
    // A program for Intel on Apple silicon is told that a unit of time is 1 ns, which it is not:
    // only the frequency of the clock is the true one there.
    const translated = sysctlByName(PROC_TRANSLATED, number) > 0 &&
      number.view.getInt32(0, true) === 1;
    const info = block(8);
    if (!translated && library.timebase()(info.bytes) === 0) {
      return { numer: info.view.getUint32(0, true), denom: info.view.getUint32(4, true) };
    }
    const size = sysctlByName(TBFREQUENCY, number);
    if (size < 0) throw new SystemCallError("tell the unit of time", "sysctlbyname", -size);
    return reduced(NANOSECONDS, Number(number.view.getBigUint64(0, true)));
  }

  /** A number that the system tells under a name. */
  function numberOf(name: Uint8Array): number | undefined {
    number.bytes.fill(0); // it may be of 4 bytes or of 8
    return sysctlByName(name, number) > 0 ? getU64(number.view, 0) : undefined;
  }

  return {
    pid: () => getpid(),
    ppid: () => getppid(),
    pgrp: () => getpgrp(),
    euid: () => geteuid() >>> 0,
    ruid: () => getuid() >>> 0,
    threadId() {
      threadId ??= library.threadId();
      const error = threadId(null, number.bytes);
      if (error === 0) return number.view.getBigUint64(0, true);
      throw new SystemCallError("tell the calling thread", "pthread_threadid_np", error);
    },
    terminal(path) {
      const error = statPath(path);
      if (error < 0) return error;
      const mode = answer.view.getUint16(ST_MODE, true);
      if ((mode & S_IFMT) !== S_IFCHR) return -ERRNO.ENOTTY;
      return answer.view.getUint32(ST_RDEV, true);
    },
    fileId(path) {
      const error = statPath(path);
      if (error < 0) throw new SystemCallError(`find the file "${path}"`, "stat", -error);
      return {
        device: answer.view.getUint32(ST_DEV, true),
        inode: answer.view.getBigUint64(ST_INO, true),
      };
    },
    timebase: () => timebase ??= readTimebase(),
    arguments(pid): ArgumentBytes {
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
    },
    details(pid) {
      session ??= library.session();
      const sessionId = session(pid);
      const pageBytes = numberOf(PAGESIZE);
      const memoryBytes = numberOf(MEMSIZE);
      return {
        ...(sessionId >= 0 ? { sessionId } : {}),
        ...(pageBytes === undefined ? {} : { pageBytes }),
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
      };
    },
  };
}

/** Text as C takes it. */
function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

/** A fraction in its lowest terms. */
function reduced(numer: number, denom: number): Timebase {
  let [a, b] = [numer, denom];
  while (b !== 0) [a, b] = [b, a % b];
  return { numer: numer / a, denom: denom / a };
}
