import { procBsdInfo, procBsdInfoWithUniqId } from "../abi/bsd_info.ts";
import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { KERN_PROC_ALL, KERN_PROC_PID, kinfoProc } from "../abi/kinfo_proc.ts";
import { PROC_PIDT_BSDINFOWITHUNIQID, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { procUniqIdentifierInfo } from "../abi/unique_id.ts";
import { type Block, block, blockOf } from "../layout/block.ts";
import { offsetsOf } from "../layout/offsets.ts";
import { ERRNO } from "../system/errors.ts";
import { groupsIn, KINFO, readKernProc, writeBsdInfo } from "../system/kern_proc.ts";
import { type BsdSource, kernelTable } from "../system/kernel_table.ts";
import type { System } from "../system/system.ts";
import type { TableReader } from "../system/table.ts";

const { size: SIZE } = kinfoProc;
const bsd = offsetsOf(procBsdInfo);
/** The argument with which zombies are found as well. */
const ZOMBIES = 1n;
/** The number of attempts to read the same process twice in a row under a pid. */
const LOOKS = 4;
/** The maximum number of cached identities. */
const MOST_KNOWN = 4096;

/**
 * Returns a reader that uses `KERN_PROC`, which every user can query for every process. One call
 * reads all processes of a pass. The facts that only the same user and root can read come from the
 * flavors of `__proc_info()`.
 */
export function darwinTable(system: System): TableReader {
  return kernelTable(system, new KinfoSource(system));
}

/** A process, identified by its start time among the processes with its pid. */
interface KnownProcess {
  readonly seconds: bigint;
  readonly microseconds: number;
  /** Its `proc_uniqidentifierinfo`. */
  readonly identity: Uint8Array;
}

/**
 * Reads the BSD part of processes from `struct kinfo_proc`. The struct does not contain the
 * identity, which is cached with the start time of the process. For the caller's own processes, one
 * flavor reports both. For other processes, `PROC_PIDUNIQIDENTIFIERINFO` is queried between two
 * reads that find the same start time under the pid.
 */
class KinfoSource implements BsdSource {
  readonly #system: Pick<System, "kernel" | "kernProc" | "euid">;
  readonly #whole: Block = block(procBsdInfoWithUniqId.size);
  readonly #identity: Block = block(procUniqIdentifierInfo.size);
  readonly #one: Block = block(SIZE);
  readonly #known = new Map<number, KnownProcess>();
  /** The structs of all processes of a pass, and the offset of each process. */
  #all: Block | undefined;
  readonly #places = new Map<number, number>();
  /** The struct of the process that was read last, and its offset. */
  #from: Block = this.#one;
  #at = 0;
  isCut = true;
  isOthers = false;
  /** True if the kernel fills an unknown struct, or refuses the query. */
  #isUnknown = false;

  constructor(system: Pick<System, "kernel" | "kernProc" | "euid">) {
    this.#system = system;
  }

  get groups(): readonly number[] {
    return groupsIn(this.#from, this.#at);
  }

  list(): Int32Array | number {
    this.end();
    const bytes = this.#query(KERN_PROC_ALL, 0);
    if (typeof bytes === "number") return bytes;
    const all = this.#all = blockOf(bytes);
    for (let at = 0; at < bytes.byteLength; at += SIZE) {
      const pid = all.view.getInt32(at + KINFO.pid, true);
      // Living processes come first.
      if (!this.#places.has(pid)) this.#places.set(pid, at);
    }
    for (const pid of this.#known.keys()) if (!this.#places.has(pid)) this.#known.delete(pid);
    return Int32Array.from(this.#places.keys()).sort();
  }

  end(): void {
    this.#all = undefined;
    this.#places.clear();
  }

  read(pid: number, to: Block): number {
    const answer = this.#look(pid);
    if (answer < 0) return answer;
    const known = this.#known.get(pid);
    const euid = this.#system.euid();
    const owner = this.#from.view.getUint32(this.#at + KINFO.user, true);
    this.isOthers = euid !== 0 && euid !== owner;
    this.isCut = true;
    if (known !== undefined && this.#is(known)) return this.#write(known, to);
    if (!this.isOthers && this.#readWhole(pid)) {
      to.bytes.set(this.#whole.bytes);
      this.isCut = false;
      return 0;
    }
    const found = this.#knownOf(pid);
    return typeof found === "number" ? found : this.#write(found, to);
  }

  #write({ identity }: KnownProcess, to: Block): number {
    writeBsdInfo(this.#from, this.#at, to);
    to.bytes.set(identity, procBsdInfo.size);
    return 0;
  }

  /** Returns true if `known` has the start time of the process that was read last. */
  #is({ seconds, microseconds }: KnownProcess): boolean {
    const { view } = this.#from;
    return view.getBigInt64(this.#at + KINFO.seconds, true) === seconds &&
      view.getInt32(this.#at + KINFO.microseconds, true) === microseconds;
  }

  /**
   * Reads the whole BSD part and the identity. Returns false if refused or the process has changed.
   */
  #readWhole(pid: number): boolean {
    const { bytes, view } = this.#whole;
    if (this.#queryInfo(pid, PROC_PIDT_BSDINFOWITHUNIQID, bytes) < 0) return false;
    const known: KnownProcess = {
      seconds: view.getBigInt64(bsd.pbi_start_tvsec, true),
      microseconds: view.getUint32(bsd.pbi_start_tvusec, true),
      identity: bytes.slice(procBsdInfo.size),
    };
    if (!this.#is(known)) return false;
    this.#remember(pid, known);
    return true;
  }

  #remember(pid: number, known: KnownProcess): void {
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(pid, known);
  }

  /** Queries a flavor for a process or zombie. Returns 0 or a negated errno. */
  #queryInfo(pid: number, flavor: number, bytes: Uint8Array): number {
    const { procInfo } = this.#system.kernel;
    const answer = procInfo(PROC_INFO_CALL_PIDINFO, pid, flavor, ZOMBIES, bytes);
    return answer >= 0 && answer < bytes.byteLength ? -ERRNO.EIO : Math.min(answer, 0);
  }

  /**
   * Selects a process: its state when all processes were listed, or its current state outside of a
   * pass. Returns 0 or a negated errno.
   */
  #look(pid: number): number {
    const place = this.#places.get(pid);
    if (this.#all === undefined || place === undefined) return this.#lookAgain(pid);
    this.#from = this.#all;
    this.#at = place;
    return 0;
  }

  #lookAgain(pid: number): number {
    const bytes = this.#query(KERN_PROC_PID, pid);
    if (typeof bytes === "number") return bytes;
    if (bytes.byteLength === 0) return -ERRNO.ESRCH;
    this.#one.bytes.set(bytes.subarray(0, SIZE));
    this.#from = this.#one;
    this.#at = 0;
    return 0;
  }

  #query(what: number, value: number): Uint8Array | number {
    if (this.#isUnknown) return -ERRNO.ENOTSUP;
    const bytes = readKernProc(this.#system.kernProc, what, value);
    // A sandbox may refuse sysctl() but not __proc_info().
    this.#isUnknown = bytes === -ERRNO.ENOTSUP || bytes === -ERRNO.EPERM;
    return this.#isUnknown ? -ERRNO.ENOTSUP : bytes;
  }

  /** Reads the identity of the selected process, or of the process that has the pid now. */
  #knownOf(pid: number): KnownProcess | number {
    for (let left = LOOKS; left > 0; left--) {
      const seconds = this.#from.view.getBigInt64(this.#at + KINFO.seconds, true);
      const microseconds = this.#from.view.getInt32(this.#at + KINFO.microseconds, true);
      const { bytes } = this.#identity;
      const answer = this.#queryInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, bytes) ||
        this.#lookAgain(pid);
      if (answer < 0) return answer;
      const known: KnownProcess = { seconds, microseconds, identity: bytes.slice() };
      if (!this.#is(known)) continue;
      this.#remember(pid, known);
      return known;
    }
    return -ERRNO.ESRCH;
  }
}
