/**
 * The declarations of the fields of processes. Each file of this directory declares a group of
 * fields that are read together and are missing together.
 *
 * @module
 */
import type { System } from "../../system/system.ts";
import type { TableFact, TableReader } from "../../system/table.ts";
import type { Texts } from "../texts.ts";

/** The kind of a field's values, which decides the type of its column. */
export type Kind<V> = V extends boolean ? "flag"
  : V extends number ? "number"
  : V extends string ? "text"
  : V extends readonly string[] ? "texts"
  : V extends readonly number[] ? "numbers"
  : never;

/** The unit of a number, which decides how the command displays it. */
export type Unit =
  | "bytes"
  | "nanoseconds"
  /** Milliseconds since 1970. */
  | "time"
  | "percent"
  /** A number without a unit, such as an id or a count. */
  | "none";

/**
 * A source of fields on Linux: the name of a file in `/proc/<pid>`, `"."` for that directory
 * itself, or a function.
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

/**
 * A source of fields on macOS: a flavor of `__proc_info()`, a name of `sysctl()`, or a function.
 */
export type MacosSource =
  | "KERN_PROC"
  | "KERN_PROCARGS2"
  | "PROC_PIDLISTFDS"
  | "PROC_PIDPATHINFO"
  | "PROC_PIDTASKINFO"
  | "PROC_PIDT_BSDINFOWITHUNIQID"
  | "PROC_PIDVNODEPATHINFO"
  /** The newest version of `PROC_INFO_CALL_PIDRUSAGE`. */
  | "RUSAGE_INFO"
  | "devname_r()"
  | "getpwuid_r()"
  | "getsid()"
  | "stat()";

/**
 * The sources of the BSD part of a process. On macOS, only root can read
 * `PROC_PIDT_BSDINFOWITHUNIQID` for processes of other users.
 */
export const BSD: readonly MacosSource[] = ["KERN_PROC", "PROC_PIDT_BSDINFOWITHUNIQID"];

/** The sources of a field. A list is empty if the system does not have the field. */
export interface Source {
  /** The sources on Linux. */
  readonly linux: readonly LinuxSource[];
  /** The sources on macOS. */
  readonly macos: readonly MacosSource[];
}

/**
 * A field: the kind of its values, and how the command displays them. The comment of the member
 * documents the field.
 */
export type Field<V> =
  & AnyField<Kind<V>>
  & ([V] extends [number] ? { readonly unit: Unit } : { readonly unit?: never });

/** The members of every field. */
export interface AnyField<K> {
  /** The kind of its values. */
  readonly kind: K;
  /** The header of its column. */
  readonly title: string;
  /** A short name that the command also accepts. */
  readonly alias?: string;
  /** The unit, which is required for a number. */
  readonly unit?: Unit;
  /** The field that the command displays if this one has no value. */
  readonly otherwise?: string;
  /**
   * True for variables that can contain secrets, as in `TOKEN=...`. The command masks their values.
   */
  readonly secret?: boolean;
}

/** A column. A missing value is NaN for a number, -1 for a flag and 0 for a text. */
export type Column<V> = V extends boolean ? Int8Array<ArrayBuffer>
  : V extends number ? Float64Array<ArrayBuffer>
  : Uint32Array<ArrayBuffer>;

/** The columns of some fields. */
export type ColumnsOf<F> = { readonly [N in keyof F]-?: Column<NonNullable<F[N]>> };

/** The input of a group: the current process of the table reader. */
export interface Look {
  /** The process id. */
  readonly pid: number;
  /** The reader, whose current process it is. */
  readonly table: TableReader;
  /** The system. */
  readonly system: System;
  /** The texts of the table, to which the group adds. */
  readonly texts: Texts;
  /**
   * Returns the processor time of an earlier reading of the same process; undefined without one.
   */
  earlier(): Earlier | undefined;
  /** The time at which the row was read, in milliseconds by the clock of `performance.now()`. */
  readonly readAtMs: number;
}

/** An earlier reading of a process. */
export interface Earlier {
  /** The processor time at that reading, in nanoseconds. */
  readonly cpuTimeNs: number;
  /** The time of that reading, in milliseconds by the clock of `performance.now()`. */
  readonly readAtMs: number;
}

/**
 * A group of fields. Reading one of them costs as much as reading all, and they are missing
 * together.
 *
 * @typeParam F The fields with their types. A type includes undefined if a process may lack the
 * field.
 */
export interface FieldGroup<F extends object> {
  /** The sources of the fields. */
  readonly source: Source;
  /** Never present: it carries the type of the fields. */
  readonly values?: F;
  /** The fields, in the order in which they are listed. */
  readonly fields: { readonly [N in keyof F]-?: Field<NonNullable<F[N]>> };
  /**
   * True if the group makes queries of its own, which a process that has reused the pid could
   * answer. The reader compares the identity afterwards. Default: false.
   */
  readonly apart?: boolean;
  /**
   * True if the group queries the system or its kernel about the process, in addition to the table
   * reader. Default: false.
   */
  readonly needsSystem?: boolean;
  /**
   * True if a group that is read apart is also read for zombies. Zombies still have its values, or
   * the reader reports that they have lost them. Default: false.
   */
  readonly ofZombies?: boolean;
  /**
   * The methods of the table reader that the group calls, if it makes no other query. A reader can
   * read their values in advance. A group without `apart` can omit it if the first read of a
   * process is enough.
   */
  readonly facts?: readonly TableFact[];
  /**
   * True if the values of a process do not change while none of its threads runs. A sampler need
   * not read them again; see `Resting`. Default: false.
   */
  readonly stays?: boolean;
  /** True if the group reads the arguments. Default: false. */
  readonly readsArguments?: boolean;
  /** The fields of other groups that a later reading needs to compute this group. */
  readonly keeps?: readonly string[];
  /**
   * Reads the fields of a process into the columns.
   *
   * @returns 0, or a negated Darwin errno that states why there are no values.
   */
  read(look: Look, columns: ColumnsOf<F>, row: number): number;
}
