import { PROC_PIDT_SHORTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { pidInfo, type PidInfoFlavor, pidInfoOf, type PidInfoReplies } from "../calls/pid_info.ts";
import { ERRNO, ProcInfoError, SystemCallError } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import type { System } from "../system/system.ts";
import type { TableReader } from "../system/table.ts";
import {
  type Missing,
  missingError,
  missingOf,
  NotSupportedError,
  ProcessGoneError,
  toProcessError,
  ZombieError,
} from "./errors.ts";
import type { FieldName, Fields } from "./fields/mod.ts";
import { type ProcessRow, rowMaker } from "./row.ts";
import { SZOMB } from "../abi/kinfo_proc.ts";
import { groupsOf, Store } from "./store.ts";
import { RowReader } from "./table.ts";

/**
 * The maximum number of attempts to read a process. An attempt fails if the process ends, which
 * happens once, or if a descriptor that was kept open belongs to an earlier process.
 */
const LOOKS = 20;

/** The argument with which zombies are also found. */
export const ZOMBIES_TOO = 1n;

/** A process that was read, and its parent at that time. */
export interface Seen {
  /** The process. */
  readonly tracked: TrackedProcess;
  /** The process id of the parent. */
  readonly parentPid: number;
  /** True if `parentPid` may be the pid of the tracer. */
  readonly hasTracerAsParent: boolean;
}

/**
 * A process that is identified by more than its pid, and the queries about it. They never return
 * facts about another process with the same pid.
 */
export class TrackedProcess {
  /** The process id. */
  readonly pid: number;
  /** The identity of the process, `p_uniqueid`, which is unique. */
  readonly uniqueId: bigint;
  /** The system to query. */
  readonly system: System;
  /** True if the kernel is known not to compare identities. */
  #old = false;

  /** Represents a process that was read. */
  constructor(pid: number, uniqueId: bigint, system: System) {
    this.pid = pid;
    this.uniqueId = uniqueId;
    this.system = system;
  }

  /**
   * Reads several fields at once.
   *
   * @param doing The action, as in `"read the memory of"`.
   * @throws {ProcessGoneError} The process has ended and is not a zombie.
   * @throws {AccessDeniedError} This user cannot read any of the fields.
   */
  read<N extends FieldName>(doing: string, fields: readonly N[]): ProcessRow<N> {
    const { reader, store, makeRow } = singleOf(this.system, fields);
    for (let left = LOOKS; left > 0; left--) {
      let answer: number;
      try {
        answer = reader.readOne(this.pid);
      } catch (error) {
        throw toProcessError(error, doing, this.pid);
      }
      if (answer < 0) throw this.#failure(answer, doing);
      if (reader.hasChanged) continue;
      if (store.uniqueId[0] !== this.uniqueId) break;
      const row = makeRow(0) as ProcessRow<N>;
      // The process may have become a zombie, which keeps some facts. Or a thread that executes a
      // program is just getting the pid of the process, and another attempt succeeds.
      const reasons = Object.values(row.missing);
      const isPassing = reader.isDoubtful || (reasons.includes("zombie") && this.#isLiving());
      if (!reasons.includes("gone") && (!isPassing || left === 1)) return row;
    }
    throw new ProcessGoneError(doing, this.pid);
  }

  /**
   * Reads a field that must have a value.
   *
   * @throws {ProcessError} The field has no value; the error has the reason.
   */
  value<N extends FieldName>(doing: string, field: N): NonNullable<Fields[N]> {
    const row: unknown = this.required(doing, field, [field]);
    return (row as Fields)[field] as NonNullable<Fields[N]>;
  }

  /** Reads fields, one of which must have a value. */
  required<N extends FieldName>(
    doing: string,
    field: N,
    fields: readonly N[],
  ): ProcessRow<N> {
    const row = this.read(doing, fields);
    const why = (row.missing as { readonly [F in FieldName]?: Missing })[field];
    if (why !== undefined) throw missingError(why, doing, this.pid);
    if ((row as Readonly<Record<string, unknown>>)[field] === undefined) {
      throw new NotSupportedError(doing, this.pid);
    }
    return row;
  }

  #failure(answer: number, doing: string): Error {
    const missing = missingOf(-answer);
    if (missing !== undefined) return missingError(missing, doing, this.pid);
    return new SystemCallError(`${doing} process ${this.pid}`, "__proc_info", -answer);
  }

  /**
   * Queries a flavor of `pidInfo()`.
   *
   * @throws {ProcInfoError} As for `pidInfo()`; also `ESRCH` if the pid was reused.
   */
  query<F extends PidInfoFlavor>(flavor: F, arg: bigint = 0n): PidInfoReplies[F] {
    const { pid, uniqueId, system } = this;
    if (!this.#old) {
      try {
        return pidInfoOf(pid, { uniqueId }, flavor, arg, { system });
      } catch (error) {
        if (!(error instanceof ProcInfoError && error.errno === ERRNO.ENOSYS)) throw error;
        this.#old = true;
      }
    }
    const reply = pidInfo(pid, flavor, arg, { system });
    // A process cannot get its pid again: a process that exists now also existed at the time of the
    // reply.
    const { p_uniqueid } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, { system });
    if (p_uniqueid === uniqueId) return reply;
    throw new ProcInfoError(ERRNO.ESRCH, PROC_INFO_CALL_PIDINFO, pid, flavor);
  }

  /**
   * Calls a function that makes queries only through `Life.ask()`, and converts its errors to
   * errors of this module.
   *
   * @param doing The action, as in `"read the threads of"`.
   */
  about<T>(doing: string, query: () => T): T {
    for (let left = LOOKS;;) {
      try {
        return query();
      } catch (error) {
        // On Linux, reads fail for a moment when a thread other than the leader executes a program,
        // as it gets the pid of the process.
        if (--left > 0 && missingIn(error) === "gone" && this.#isLiving()) continue;
        throw this.#meant(error, doing);
      }
    }
  }

  /**
   * Calls a function that makes other queries, while the process has the identity and is not a
   * zombie.
   *
   * @param query Makes the queries. It gets the reader of the process, which is valid until the
   * next query.
   */
  living<T>(doing: string, query: (first: TableReader) => T): T {
    return this.#during(doing, query, true);
  }

  /**
   * Calls a function that makes other queries, while the process has the identity. It may be a
   * zombie.
   */
  present<T>(doing: string, query: () => T): T {
    return this.#during(doing, query, false);
  }

  /** Calls a function between two reads that find the same process. */
  #during<T>(doing: string, query: (first: TableReader) => T, alive: boolean): T {
    const { pid, system } = this;
    const { table } = readersOf(system);
    return this.about(doing, () => {
      this.#check(table.read(pid, true, true), table, alive);
      table.hold(true);
      let answer: T;
      try {
        answer = query(table);
      } finally {
        table.release();
      }
      const still = table.compare(alive);
      if (still < 0) this.#refuse(still);
      return answer;
    });
  }

  #check(answer: number, table: TableReader, alive: boolean): void {
    if (answer < 0) this.#refuse(answer);
    const { uniqueId } = this;
    const { uniqueLow, uniqueHigh, status } = table;
    const same = BigInt(uniqueLow) === BigInt.asUintN(32, uniqueId) &&
      BigInt(uniqueHigh) === uniqueId >> 32n;
    if (!same || (alive && status === SZOMB)) this.#refuse(-ERRNO.ESRCH);
  }

  #refuse(answer: number): never {
    throw new ProcInfoError(-answer, PROC_INFO_CALL_PIDINFO, this.pid, PROC_PIDT_SHORTBSDINFO);
  }

  /**
   * Reads the process that has a pid now.
   *
   * @throws {ProcInfoError} The process does not exist (`ESRCH`), or this user cannot see it.
   */
  static at(pid: number, system: System): Seen {
    const { other: table } = readersOf(system);
    const answer = table.read(pid);
    if (answer < 0) {
      throw new ProcInfoError(-answer, PROC_INFO_CALL_PIDINFO, pid, PROC_PIDT_SHORTBSDINFO);
    }
    const { uniqueLow, uniqueHigh, parentPid, hasTracerAsParent } = table;
    const uniqueId = BigInt(uniqueHigh) << 32n | BigInt(uniqueLow);
    return { tracked: new TrackedProcess(pid, uniqueId, system), parentPid, hasTracerAsParent };
  }

  /** Closes the descriptors that are kept open for the process. */
  forget(): void {
    readers.get(this.system)?.kept.forget(this.pid);
  }

  /** Returns the pid of the parent. The process may be a zombie. */
  parentPid(): number {
    const { other: table } = readersOf(this.system);
    this.#check(table.read(this.pid), table, false);
    return table.parentPid;
  }

  /**
   * Returns `"living"` or `"zombie"`, or `"gone"` if the process has ended or its pid was reused.
   */
  vitality(): "living" | "zombie" | "gone" {
    // It may be called during a query that uses the other table.
    const { other: table } = readersOf(this.system);
    try {
      this.#check(table.read(this.pid), table, false);
      return table.status === SZOMB ? "zombie" : "living";
    } catch (error) {
      if (missingIn(error) !== "gone") throw error;
      return "gone";
    }
  }

  #isLiving(): boolean {
    try {
      return this.vitality() === "living";
    } catch {
      return false; // the caller reports the original error
    }
  }

  /** Returns true if the process has released its memory and is not yet a zombie. */
  #isEnding(): boolean {
    const { other: table } = readersOf(this.system);
    return table.read(this.pid, false, true) === 0 && table.compare() < 0;
  }

  /**
   * Converts an error to one about this process. The error may concern another process with the
   * pid.
   */
  #meant(error: unknown, doing: string): unknown {
    if (!(error instanceof SystemCallError)) return error;
    const { pid } = this;
    const isGone = missingIn(error) === "gone";
    let vitality;
    try {
      vitality = this.vitality();
    } catch (unclear) {
      return toProcessError(isGone ? unclear : error, doing, pid);
    }
    if (vitality === "gone") return new ProcessGoneError(doing, pid, error);
    if (isGone && vitality === "zombie") return new ZombieError(doing, pid, error);
    if (isGone && this.#isEnding()) return new ProcessGoneError(doing, pid, error);
    // The process exists, so the requested part is missing, such as the file of a program or a lost
    // name.
    if (isGone || error.errno === ERRNO.ENOENT) return new NotSupportedError(doing, pid, error);
    return toProcessError(error, doing, pid);
  }
}

/** Returns the reason for a missing value; undefined if the error is not such a reason. */
export function missingIn(error: unknown): ReturnType<typeof missingOf> {
  return error instanceof SystemCallError ? missingOf(error.errno) : undefined;
}

/** The objects that read one process repeatedly. */
interface Single {
  readonly reader: RowReader;
  readonly store: Store;
  readonly makeRow: (row: number) => Record<string, unknown>;
}

/**
 * The objects that read the processes of a system. They are replaced when the system is disposed
 * of.
 */
interface Readers {
  readonly kernel: Kernel;
  readonly table: TableReader;
  readonly other: TableReader;
  /** Reads single processes, and keeps files open for repeated reads. */
  readonly kept: TableReader;
  readonly singles: Map<string, Single>;
}

const readers = new WeakMap<System, Readers>();

/**
 * The maximum number of file descriptors to keep open for single processes that are read
 * repeatedly. A process takes 3.
 */
const KEEP = 48;

function readersOf(system: System): Readers {
  const { kernel } = system;
  let known = readers.get(system);
  if (known?.kernel !== kernel) {
    known = {
      kernel,
      table: system.table(),
      other: system.table(),
      kept: system.table({ keep: KEEP }),
      singles: new Map(),
    };
    readers.set(system, known);
  }
  return known;
}

/**
 * Returns a shared reader of a system's processes. The values of a read must be used before any
 * other query.
 */
export function tableOf(system: System): TableReader {
  return readersOf(system).other;
}

function singleOf(system: System, fields: readonly FieldName[]): Single {
  const { singles, kept } = readersOf(system);
  const key = fields.join();
  let single = singles.get(key);
  if (single === undefined) {
    const store = new Store(groupsOf(fields));
    store.begin(1);
    const reader = new RowReader(system, store, { table: kept, single: true });
    singles.set(key, single = { reader, store, makeRow: rowMaker(fields, store) });
  }
  return single;
}
