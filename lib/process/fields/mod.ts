/**
 * The fields of processes. All that does not depend on the meaning of a field is derived here from
 * the declarations of the groups.
 *
 * @module
 */
import { array, shown } from "../../system/arguments.ts";
import * as all from "./all.ts";
import {
  type AnyField as FieldOf,
  BSD,
  type Column,
  type FieldGroup,
  type Source,
} from "./field.ts";

/** The fields of each group. */
export type FieldsOf = {
  readonly [G in keyof typeof all]: NonNullable<(typeof all)[G]["group"]["values"]>;
};

/** The name of a group of fields, which is a shorthand for all of them. */
export type GroupName = keyof FieldsOf;

/** The fields of every row, whichever fields are requested. */
export interface IdentityFields {
  /** The process id. */
  readonly pid: number;
  /**
   * The identity of the process, in decimal digits. No other process has the same one until the
   * machine restarts.
   */
  readonly uniqueId: string;
}

/** All fields of processes, with their types. */
export type Fields =
  & IdentityFields
  & ((FieldsOf[GroupName] extends infer F ? F extends F ? (each: F) => void : never : never) extends
    (all: infer All) => void ? All : never);

/** The name of a field. */
export type FieldName = keyof Fields & string;

/** The fields that a name denotes: one field, or all fields of a group. */
export type Named<N extends FieldName | GroupName> = N extends GroupName
  ? keyof FieldsOf[N] & FieldName
  : N extends FieldName ? N
  : never;

/** The fields that are read if none are requested. */
export type DefaultField =
  | "pid"
  | "parentPid"
  | "name"
  | "state"
  | "userId"
  | "userName"
  | "startedAt"
  | "cpuTimeNs"
  | "residentBytes"
  | "threadCount";

/** The fields that are read if none are requested: those of a typical list of processes. */
export const DEFAULT_FIELDS: readonly DefaultField[] = [
  "pid",
  "parentPid",
  "name",
  "state",
  "userId",
  "userName",
  "startedAt",
  "cpuTimeNs",
  "residentBytes",
  "threadCount",
];

/** A field without its type. */
export type AnyField = FieldOf<"flag" | "number" | "text" | "texts" | "numbers" | "identity">;

/** A group without its types. Its columns are found by their names. */
export type AnyGroup = Omit<FieldGroup<Record<string, unknown>>, "fields" | "read"> & {
  readonly fields: Readonly<Record<string, AnyField>>;
  read(
    look: Parameters<FieldGroup<object>["read"]>[0],
    columns: Readonly<Record<string, Column<unknown>>>,
    row: number,
  ): number;
};

/** The groups by their names. */
export const GROUPS: ReadonlyMap<string, AnyGroup> = new Map(
  Object.entries(all).map(([name, { group }]) => [name, group as unknown as AnyGroup]),
);

/** The fields of every row. */
export const IDENTITY: Readonly<Record<keyof IdentityFields, AnyField>> = {
  pid: { kind: "number", title: "PID", unit: "none" },
  uniqueId: { kind: "identity", title: "ID", alias: "id" },
};

/** The sources of the fields of every row. */
export const IDENTITY_SOURCE: Source = { linux: ["stat"], macos: BSD };

/** A field and the group that it is read with. */
export interface Place {
  /** The field. */
  readonly field: AnyField;
  /** Its group; undefined for a field of every row. */
  readonly group: AnyGroup | undefined;
}

/** The fields by their names: those of every row, then the groups in alphabetical order. */
export const PLACES: ReadonlyMap<string, Place> = new Map([
  ...Object.entries(IDENTITY).map(([name, field]): [string, Place] => [
    name,
    { field, group: undefined },
  ]),
  ...[...GROUPS.values()].flatMap((group) =>
    Object.entries(group.fields).map(([name, field]): [string, Place] => [name, { field, group }])
  ),
]);

/** The names of all fields. */
export const FIELD_NAMES: readonly FieldName[] = [...PLACES.keys()] as FieldName[];

/** The names of all groups. */
export const GROUP_NAMES: readonly GroupName[] = [...GROUPS.keys()] as GroupName[];

/**
 * Returns the fields that a list of names denotes, each once.
 *
 * @throws {TypeError} `names` is not a list.
 * @throws {RangeError} A name is neither that of a field nor that of a group, or a field is named
 * twice, directly or by its group.
 */
export function fieldsNamed(names: readonly string[]): readonly FieldName[] {
  array("fields", names);
  const found = new Map<string, string>();
  for (const name of names) {
    const fields = GROUPS.get(name)?.fields ?? (PLACES.has(name) ? { [name]: undefined } : {});
    const listed = Object.keys(fields);
    if (listed.length === 0) {
      throw new RangeError(
        `Cannot read fields as each must be one of ${
          FIELD_NAMES.join(", ")
        }, or a group of them, ` +
          `one of ${GROUP_NAMES.join(", ")}: current value is ${shown(name)}`,
      );
    }
    for (const field of listed) {
      const other = found.get(field);
      if (other !== undefined) {
        throw new RangeError(
          `Cannot read fields as each must be named once: current value has ${
            JSON.stringify(other)
          } and ${JSON.stringify(name)}`,
        );
      }
      found.set(field, name);
    }
  }
  return [...found.keys()] as FieldName[];
}
