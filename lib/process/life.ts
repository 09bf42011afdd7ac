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
 * How many times a process is read: it may end meanwhile, which it does once, and what was kept open may be
 * of an earlier one.
 */
const LOOKS = 20;

/** The argument with which zombies are found, too. */
export const ZOMBIES_TOO = 1n;

/** A process that was seen, and its parent at that moment. */
export interface Seen {
  /** The process. */
  readonly life: Life;
  /** The process id of the parent. */
  readonly parentPid: number;
  /** True if that may be the id of its tracer. */
  readonly hasTracerAsParent: boolean;
}

/**
 * One process, identified by more than its id, and the way to query it: what another process under the
 * same id would answer is never returned.
 */
export class Life {
  /** The process id. */
  readonly pid: number;
  /** Its `p_uniqueid`, which no other process has. */
  readonly uniqueId: bigint;
  /** The system that is queried. */
  readonly system: System;
  /** True if the kernel is known not to compare identities itself. */
  #old = false;

  /** Stands for a process that was seen. */
  constructor(pid: number, uniqueId: bigint, system: System) {
    this.pid = pid;
    this.uniqueId = uniqueId;
    this.system = system;
  }

  /**
   * Reads fields, all in one look.
   *
   * @param doing What is done, as in `"read the memory of"`.
   * @throws {ProcessGoneError} It has ended, and nothing is left of it.
   * @throws {AccessDeniedError} Nothing of it may be read.
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
      // It may be a zombie by now, of which some is left; or a thread that executes is taking over its id.
      const reasons = Object.values(row.missing);
      const isPassing = reader.isDoubtful || (reasons.includes("zombie") && this.#isLiving());
      if (!reasons.includes("gone") && (!isPassing || left === 1)) return row;
    }
    throw new ProcessGoneError(doing, this.pid);
  }

  /**
   * Reads a field that must have a value.
   *
   * @throws {ProcessError} It has none; the error has the reason.
   */
  value<N extends FieldName>(doing: string, field: N): NonNullable<Fields[N]> {
    const row: unknown = this.required(doing, field, [field]);
    return (row as Fields)[field] as NonNullable<Fields[N]>;
  }

  /** Reads fields of which one must have a value. */
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
   * Queries the kernel for a flavor of `pidInfo()`.
   *
   * @throws {ProcInfoError} As from there; `ESRCH` also if another process has the id by now.
   */
  ask<F extends PidInfoFlavor>(flavor: F, arg: bigint = 0n): PidInfoReplies[F] {
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
    // A process cannot get its id again: one that exists now existed when it answered.
    const { p_uniqueid } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, { system });
    if (p_uniqueid === uniqueId) return reply;
    throw new ProcInfoError(ERRNO.ESRCH, PROC_INFO_CALL_PIDINFO, pid, flavor);
  }

  /**
   * Does something that only makes queries through `Life.ask()`, with the errors of this module.
   *
   * @param doing What is done, as in `"read the threads of"`.
   */
  about<T>(doing: string, ask: () => T): T {
    for (let left = LOOKS;;) {
      try {
        return ask();
      } catch (error) {
        // On Linux the files of a process may move in the midst: a thread that executes takes over its id.
        if (--left > 0 && missingIn(error) === "gone" && this.#isLiving()) continue;
        throw this.#meant(error, doing);
      }
    }
  }

  /**
   * Queries in any other way while the process has the identity and runs.
   *
   * @param query Makes the queries. It gets the reader of the process, until the next query.
   */
  living<T>(doing: string, ask: (first: TableReader) => T): T {
    return this.#during(doing, ask, true);
  }

  /** Queries in any other way while the process has the identity, or is its zombie. */
  present<T>(doing: string, ask: () => T): T {
    return this.#during(doing, ask, false);
  }

  /** Queries between two reads that find the same process. */
  #during<T>(doing: string, ask: (first: TableReader) => T, alive: boolean): T {
    const { pid, system } = this;
    const { table } = readersOf(system);
    return this.about(doing, () => {
      this.#check(table.read(pid, true, true), table, alive);
      table.hold(true);
      let answer: T;
      try {
        answer = ask(table);
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
   * Looks at the process that has an id now.
   *
   * @throws {ProcInfoError} There is none (`ESRCH`), or it may not be seen.
   */
  static at(pid: number, system: System): Seen {
    const { other: table } = readersOf(system);
    const answer = table.read(pid);
    if (answer < 0) {
      throw new ProcInfoError(-answer, PROC_INFO_CALL_PIDINFO, pid, PROC_PIDT_SHORTBSDINFO);
    }
    const { uniqueLow, uniqueHigh, parentPid, hasTracerAsParent } = table;
    const uniqueId = BigInt(uniqueHigh) << 32n | BigInt(uniqueLow);
    return { life: new Life(pid, uniqueId, system), parentPid, hasTracerAsParent };
  }

  /** Closes what is kept open for it. */
  forget(): void {
    readers.get(this.system)?.kept.forget(this.pid);
  }

  /** The process id of its parent, also of a zombie. */
  parentPid(): number {
    const { other: table } = readersOf(this.system);
    this.#check(table.read(this.pid), table, false);
    return table.parentPid;
  }

  /** True if it runs, is a zombie, or is neither. */
  vitality(): "living" | "zombie" | "gone" {
    // It may be wanted in the middle of what stands on another table.
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
      return false; // what it may be is found out where the error is read
    }
  }

  /** True if it has lost its memory already, and is not yet a zombie. */
  #isEnding(): boolean {
    const { other: table } = readersOf(this.system);
    return table.read(this.pid, false, true) === 0 && table.compare() < 0;
  }

  /** The meaning of an error for the process: it may be that of another one with its id. */
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
    // It exists, so the requested part is missing: a program without a file, a lost name.
    if (isGone || error.errno === ERRNO.ENOENT) return new NotSupportedError(doing, pid, error);
    return toProcessError(error, doing, pid);
  }
}

/** The word for a missing value; undefined if the error is another. */
export function missingIn(error: unknown): ReturnType<typeof missingOf> {
  return error instanceof SystemCallError ? missingOf(error.errno) : undefined;
}

/** What one process is read with, again and again. */
interface Single {
  readonly reader: RowReader;
  readonly store: Store;
  readonly makeRow: (row: number) => Record<string, unknown>;
}

/** What a system's processes are read with; another kernel is in its place once it is disposed of. */
interface Readers {
  readonly kernel: Kernel;
  readonly table: TableReader;
  readonly other: TableReader;
  /** What single processes are read with, which keeps open what is read again. */
  readonly kept: TableReader;
  readonly singles: Map<string, Single>;
}

const readers = new WeakMap<System, Readers>();

/** How many file descriptors may be kept open for single processes that are read again: 3 for each. */
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

/** A reader of a system's processes, which no one stands on: what is read of one must be taken at once. */
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
