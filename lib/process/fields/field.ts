/**
 * How fields of processes are declared: a file for each group of fields that are read together and
 * are missing together.
 *
 * @module
 */
import type { System } from "../../system/system.ts";
import type { TableFact, TableReader } from "../../system/table.ts";
import type { Texts } from "../texts.ts";

/** What a field's values are, as far as columns are concerned. */
export type Kind<V> = V extends boolean ? "flag"
  : V extends number ? "number"
  : V extends string ? "text"
  : V extends readonly string[] ? "texts"
  : V extends readonly number[] ? "numbers"
  : never;

/** The unit of a number, which decides how the command shows it. */
export type Unit =
  | "bytes"
  | "nanoseconds"
  /** Milliseconds since 1970. */
  | "time"
  | "percent"
  /** A number without a unit: an id, a count. */
  | "none";

/**
 * What Linux reports fields in: a file of `/proc/<pid>` by its name, the folder itself as `"."`, or a
 * function.
 */
export type LinuxSource =
  | "."
  | "attr/current"
  | "cgroup"
  | "cmdline"
  | "cwd"
  | "environ"
  | "exe"
  | "fd"
  | "io"
  | "limits"
  | "mem"
  | "root"
  | "schedstat"
  | "smaps_rollup"
  | "stat"
  | "statm"
  | "status"
  | "clock_gettime()"
  | "getpwuid_r()";

/** What macOS reports fields in: a flavor of `__proc_info()`, a name of `sysctl()`, or a function. */
export type MacosSource =
  | "KERN_PROC"
  | "KERN_PROCARGS2"
  | "PROC_PIDLISTFDS"
  | "PROC_PIDPATHINFO"
  | "PROC_PIDTASKINFO"
  | "PROC_PIDT_BSDINFOWITHUNIQID"
  | "PROC_PIDVNODEPATHINFO"
  /** `PROC_INFO_CALL_PIDRUSAGE` with the newest version. */
  | "RUSAGE_INFO"
  | "devname_r()"
  | "getpwuid_r()"
  | "getsid()"
  | "stat()";

/** The BSD part of a process, which macOS reports in two structs: the second of the caller's own alone. */
export const BSD: readonly MacosSource[] = ["KERN_PROC", "PROC_PIDT_BSDINFOWITHUNIQID"];

/** Where fields come from; an empty list for a system that does not have them. */
export interface Source {
  /** What Linux reports them in. */
  readonly linux: readonly LinuxSource[];
  /** What macOS reports them in. */
  readonly macos: readonly MacosSource[];
}

/** A field: what its column holds and how the command shows it. Its documentation is at its type. */
export type Field<V> =
  & AnyField<Kind<V>>
  & ([V] extends [number] ? { readonly unit: Unit } : { readonly unit?: never });

/** What every field has. */
export interface AnyField<K> {
  /** What its values are. */
  readonly kind: K;
  /** The header of its column. */
  readonly title: string;
  /** A short name that the command takes as well. */
  readonly alias?: string;
  /** The unit of a number, which must be declared. */
  readonly unit?: Unit;
  /** The field that the command shows if this one has no value. */
  readonly otherwise?: string;
  /** True for variables that may hold secrets, as in `TOKEN=...`: the command masks their values. */
  readonly secret?: boolean;
}

/** A column: numbers are NaN, flags -1 and texts 0 where there is no value. */
export type Column<V> = V extends boolean ? Int8Array<ArrayBuffer>
  : V extends number ? Float64Array<ArrayBuffer>
  : Uint32Array<ArrayBuffer>;

/** The columns of some fields. */
export type ColumnsOf<F> = { readonly [N in keyof F]-?: Column<NonNullable<F[N]>> };

/** What a group reads from: the process that the table reader stands on. */
export interface Look {
  /** The process. */
  readonly pid: number;
  /** The reader, which stands on it. */
  readonly table: TableReader;
  /** The system. */
  readonly system: System;
  /** Where texts go. */
  readonly texts: Texts;
  /** The processor time of an earlier reading of the same process; undefined without one. */
  earlier(): Earlier | undefined;
  /** When the row was read, by the clock of `performance.now()`. */
  readonly readAtMs: number;
}

/** An earlier reading of a process. */
export interface Earlier {
  /** Its processor time then, in nanoseconds. */
  readonly cpuTimeNs: number;
  /** When that was, by the clock of `performance.now()`. */
  readonly readAtMs: number;
}

/**
 * A group of fields that are read together, at one cost, and are missing together.
 *
 * @typeParam F The fields with their types; undefined among them if a process may have none.
 */
export interface FieldGroup<F extends object> {
  /** What the systems report them in. */
  readonly source: Source;
  /** Never there: it carries the type of the fields. */
  readonly values?: F;
  /** The fields, in the order in which they are listed. */
  readonly fields: { readonly [N in keyof F]-?: Field<NonNullable<F[N]>> };
  /**
   * True if it makes queries of its own, which another process could answer that has come to have the
   * id: the reader compares afterwards. Default: false.
   */
  readonly apart?: boolean;
  /**
   * True if it queries the system or its kernel about the process, and not only the reader of the table.
   * Default: false.
   */
  readonly asksSystem?: boolean;
  /**
   * True if it is read for zombies, too, when it is read apart: they still have it, or the reader reports that
   * they have lost it. Default: false.
   */
  readonly ofZombies?: boolean;
  /**
   * The methods of the table reader that it calls, if it makes no other query: a reader may read what they
   * need in advance. A group without `apart` that calls none but the first look is one, too.
   */
  readonly asks?: readonly TableFact[];
  /**
   * True if the values of a process stay as they are while none of its threads runs, so that a sampler need
   * not read them again; see `Resting`. Default: false.
   */
  readonly stays?: boolean;
  /** True if it reads the arguments. Default: false. */
  readonly readsArguments?: boolean;
  /** Fields of other groups without which it cannot be computed later. */
  readonly keeps?: readonly string[];
  /**
   * Reads the fields of a process into the columns.
   *
   * @returns 0, or a negated Darwin errno that reports why there are none.
   */
  read(look: Look, columns: ColumnsOf<F>, row: number): number;
}
