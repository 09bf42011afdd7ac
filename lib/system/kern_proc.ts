import {
  PROC_FLAG_CONTROLT,
  PROC_FLAG_CTTY,
  PROC_FLAG_DELAYIDLESLEEP,
  PROC_FLAG_EXEC,
  PROC_FLAG_INEXIT,
  PROC_FLAG_LP64,
  PROC_FLAG_PPWAIT,
  PROC_FLAG_PSUGID,
  PROC_FLAG_ROSETTA,
  PROC_FLAG_SLEADER,
  PROC_FLAG_SYSTEM,
  PROC_FLAG_THCWD,
  PROC_FLAG_TRACED,
  procBsdInfo,
} from "../abi/bsd_info.ts";
import {
  eproc,
  EPROC_CTTY,
  EPROC_SLEADER,
  externProc,
  KERN_PROC_PID,
  kinfoProc,
  P_CONTROLT,
  P_DELAYIDLESLEEP,
  P_EXEC,
  P_LP64,
  P_PPWAIT,
  P_SUGID,
  P_SYSTEM,
  P_THCWD,
  P_TRACED,
  P_TRANSLATED,
  P_WEXIT,
  pcred,
  timeval,
  ucred,
} from "../abi/kinfo_proc.ts";
import type { Block } from "../layout/block.ts";
import { offsetsOf } from "../layout/offsets.ts";
import { ERRNO } from "./errors.ts";
import type { System } from "./system.ts";

const { size: SIZE } = kinfoProc;
/** The most structs that are read: more than any system has processes. */
const MOST = 1 << 20;
/** The sizes of `p_comm` and of `pbi_comm`, each with a NUL. */
export const NAME_SIZE = 17;
const COMM_SIZE = 16;
/** The largest number of groups, including the effective one. */
export const MOST_GROUPS = 16;
/** The buffer grows by at least an eighth if it was too small. */
const EIGHTH = 8;

/**
 * Reads all structs that `KERN_PROC` returns. Retries with a larger buffer while processes start.
 *
 * @returns The structs, or a negated errno: `-ENOTSUP` if the kernel's structs have another size.
 */
export function readKernProc(
  kernProc: System["kernProc"],
  what: number,
  value: number,
): Uint8Array | number {
  let room = SIZE;
  if (what !== KERN_PROC_PID) {
    const size = kernProc(what, value, null);
    if (size < 0) return size;
    if (size % SIZE !== 0) return -ERRNO.ENOTSUP;
    room = Math.max(size, SIZE);
  }
  while (room <= MOST * SIZE) {
    const bytes = new Uint8Array(new ArrayBuffer(room));
    const written = kernProc(what, value, bytes);
    if (written !== -ERRNO.ENOMEM) return written < 0 ? written : whole(bytes, written);
    // A single struct that does not fit is a longer one.
    if (what === KERN_PROC_PID) return -ERRNO.ENOTSUP;
    room += Math.max(Math.floor(room / SIZE / EIGHTH), 1) * SIZE;
  }
  return -ERRNO.ENOMEM;
}

function whole(bytes: Uint8Array, written: number): Uint8Array | number {
  if (written > bytes.byteLength) return -ERRNO.EIO;
  return written % SIZE === 0 ? bytes.subarray(0, written) : -ERRNO.ENOTSUP;
}

const { kp_proc, kp_eproc } = offsetsOf(kinfoProc);
const proc = offsetsOf(externProc, kp_proc);
const more = offsetsOf(eproc, kp_eproc);
const time = offsetsOf(timeval, proc.p_starttime);
const real = offsetsOf(pcred, more.e_pcred);
const effective = offsetsOf(ucred, more.e_ucred);
const bsd = offsetsOf(procBsdInfo);

/** The offsets of the members of `struct kinfo_proc` that are read. */
export const KINFO = {
  /** The process id. */
  pid: proc.p_pid,
  /** The start time: seconds since 1970, in 64 bits. */
  seconds: time.tv_sec,
  /** The microseconds of the start time. */
  microseconds: time.tv_usec,
  /** The state. */
  state: proc.p_stat,
  /** The ignored signals. */
  ignored: proc.p_sigignore,
  /** The caught signals. */
  caught: proc.p_sigcatch,
  /** The name, in 17 bytes including a NUL. */
  name: proc.p_comm,
  /** The effective user id. */
  user: effective.cr_uid,
  /** The wait status of a zombie. */
  waitStatus: proc.p_xstat,
} as const;

/** Pairs of a flag of `p_flag` and the same flag of `pbi_flags`. */
export const PROC_FLAGS: readonly (readonly [number, number])[] = [
  [P_CONTROLT, PROC_FLAG_CONTROLT],
  [P_LP64, PROC_FLAG_LP64],
  [P_PPWAIT, PROC_FLAG_PPWAIT],
  [P_SUGID, PROC_FLAG_PSUGID],
  [P_SYSTEM, PROC_FLAG_SYSTEM],
  [P_TRACED, PROC_FLAG_TRACED],
  [P_WEXIT, PROC_FLAG_INEXIT],
  [P_EXEC, PROC_FLAG_EXEC],
  [P_TRANSLATED, PROC_FLAG_ROSETTA],
  [P_DELAYIDLESLEEP, PROC_FLAG_DELAYIDLESLEEP],
  [P_THCWD, PROC_FLAG_THCWD],
];

/** Pairs of a flag of `e_flag` and the same flag of `pbi_flags`. */
export const EPROC_FLAGS: readonly (readonly [number, number])[] = [
  [EPROC_CTTY, PROC_FLAG_CTTY],
  [EPROC_SLEADER, PROC_FLAG_SLEADER],
];

function translated(flags: number, pairs: readonly (readonly [number, number])[]): number {
  let all = 0;
  for (const [from, to] of pairs) if (flags & from) all |= to;
  return all;
}

/**
 * Writes a `struct proc_bsdinfo` with the values of a `struct kinfo_proc`, as far as that has them.
 * The capacity of the descriptor table is 0, and `pbi_name` is `p_comm`.
 *
 * @param from The memory with the struct.
 * @param at The offset at which the struct starts.
 * @param to The memory to write to, from its start.
 */
export function writeBsdInfo({ bytes, view }: Block, at: number, to: Block): void {
  const u32 = (offset: number) => view.getUint32(at + offset, true);
  const set = (offset: number, value: number) => to.view.setUint32(offset, value, true);
  to.bytes.fill(0, 0, procBsdInfo.size);
  set(
    bsd.pbi_flags,
    translated(u32(proc.p_flag), PROC_FLAGS) | translated(u32(more.e_flag), EPROC_FLAGS),
  );
  set(bsd.pbi_status, bytes[at + proc.p_stat]!);
  set(bsd.pbi_xstatus, view.getUint16(at + proc.p_xstat, true));
  set(bsd.pbi_pid, u32(proc.p_pid));
  set(bsd.pbi_ppid, u32(more.e_ppid));
  set(bsd.pbi_uid, u32(effective.cr_uid));
  set(bsd.pbi_gid, u32(effective.cr_groups));
  set(bsd.pbi_ruid, u32(real.p_ruid));
  set(bsd.pbi_rgid, u32(real.p_rgid));
  set(bsd.pbi_svuid, u32(real.p_svuid));
  set(bsd.pbi_svgid, u32(real.p_svgid));
  const name = bytes.subarray(at + proc.p_comm, at + proc.p_comm + NAME_SIZE - 1);
  to.bytes.set(name.subarray(0, COMM_SIZE - 1), bsd.pbi_comm);
  to.bytes.set(name, bsd.pbi_name);
  set(bsd.pbi_pgid, u32(more.e_pgid));
  set(bsd.pbi_pjobc, view.getInt16(at + more.e_jobc, true));
  set(bsd.e_tdev, u32(more.e_tdev));
  set(bsd.e_tpgid, u32(more.e_tpgid));
  to.view.setInt32(bsd.pbi_nice, view.getInt8(at + proc.p_nice), true);
  set(bsd.pbi_start_tvsec, u32(time.tv_sec));
  set(bsd.pbi_start_tvsec + 4, u32(time.tv_sec + 4));
  set(bsd.pbi_start_tvusec, u32(time.tv_usec));
}

/** Returns the supplementary groups in a `struct kinfo_proc`. */
export function groupsIn({ view }: Block, at: number): number[] {
  const count = Math.min(view.getInt16(at + effective.cr_ngroups, true), MOST_GROUPS);
  const groups: number[] = [];
  // The first one is the effective group.
  for (let i = 1; i < count; i++) {
    groups.push(view.getUint32(at + effective.cr_groups + i * 4, true));
  }
  return groups;
}
