import { readdirSync, readFileSync } from "node:fs";
import { structs } from "../../lib/abi/mod.ts";
import type { Field, Struct } from "../../lib/layout/struct.ts";

const FOLDER = new URL("../../docs/linux/", import.meta.url);

/** The source of a struct's member on Linux, from a row of the tables in docs/linux. */
export interface Source {
  readonly struct: string;
  readonly field: string;
  /** True if the member is always 0, because Linux lacks a counterpart. */
  readonly zero: boolean;
}

/** Reads every row of the tables that begins with the name of a struct. */
export function documentedSources(): Source[] {
  const rows: Source[] = [];
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".md"))) {
    const text = readFileSync(new URL(file, FOLDER), "utf8");
    for (const [, struct = "", fields = "", source = ""] of text.matchAll(ROW)) {
      if (!Object.hasOwn(structs, struct)) continue;
      for (const [, field = ""] of fields.matchAll(/`([\w.]+)`/g)) {
        rows.push({ struct, field, zero: source.startsWith("0:") });
      }
    }
  }
  return rows;
}

const ROW = /^\| *`(\w+)` *\| *(.+?) *\| *(.*?) *\|$/gm;

/** The structs of lib/abi, by their C names. */
export const STRUCTS: ReadonlyMap<string, Struct<object>> = new Map(Object.entries(structs));

/** Adds the members of a decoded struct and of nested ones that are not 0, as `struct.member`. */
export function noteNonZero(type: Struct<object>, value: object, noted: Set<string>): void {
  note(type.name, type.fields, value as Record<string, unknown>, "", noted);
}

function note(
  struct: string,
  fields: readonly Field[],
  value: Record<string, unknown>,
  prefix: string,
  noted: Set<string>,
): void {
  for (const { name, type, fields: inside } of fields) {
    const member = value[name];
    if (member === undefined) continue;
    if (isNonZero(member)) noted.add(`${struct}.${prefix}${name}`);
    if (inside.length > 0) {
      note(struct, inside, member as Record<string, unknown>, `${prefix}${name}.`, noted);
    }
    const nested = STRUCTS.get(type.replace(/^struct /, ""));
    if (nested && !Array.isArray(member)) noteNonZero(nested, member as object, noted);
  }
}

function isNonZero(value: unknown): boolean {
  if (typeof value === "number") return value !== 0;
  if (typeof value === "bigint") return value !== 0n;
  if (typeof value === "string") return value !== "";
  if (Array.isArray(value)) return value.some(isNonZero);
  if (value instanceof Uint8Array) return value.some((byte) => byte !== 0);
  return Object.values(value as object).some(isNonZero);
}
