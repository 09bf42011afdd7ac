import { assertEquals } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import * as abi from "../../lib/abi/mod.ts";
import type { Field, Struct } from "../../lib/layout/struct.ts";
import {
  darwinConstants,
  darwinLayout,
  type GoldenField,
  type GoldenStruct,
} from "../golden/golden.ts";

const structs = Object.entries<Struct<object>>({ ...abi.structs });

/** The names of callnums from the predecessor of this module, which are not in the headers. */
const FORERUNNER: readonly string[] = [
  "PROC_CALLNUM_LISTPIDS",
  "PROC_CALLNUM_PIDINFO",
  "PROC_CALLNUM_PIDFDINFO",
  "PROC_CALLNUM_KERNMSGBUF",
  "PROC_CALLNUM_SETCONTROL",
  "PROC_CALLNUM_PIDFILEPORTINFO",
];

function flattened(fields: readonly Field[], outer = ""): GoldenField[] {
  return fields.flatMap(({ name, offset, size, type, count, fields }) => [
    { name: outer + name, offset, size, type, count },
    ...flattened(fields, `${outer}${name}.`),
  ]);
}

function goldenFields({ fields }: GoldenStruct): GoldenField[] {
  return fields.map(({ name, offset, size, type, count }) => ({ name, offset, size, type, count }));
}

test("structs has the 80 structs of the headers and no other", () => {
  assertEquals(Object.keys(darwinLayout).length, 80);
  assertEquals(structs.map(([name]) => name).sort(), Object.keys(darwinLayout).sort());
});

for (const [name, golden] of Object.entries(darwinLayout)) {
  test(`struct ${name} has the members, the places and the extent of the headers`, () => {
    const type: Struct<object> | undefined = structs.find(([key]) => key === name)?.[1];
    assertEquals(
      type &&
        { name: type.name, size: type.size, align: type.align, fields: flattened(type.fields) },
      { name, size: golden.size, align: golden.align, fields: goldenFields(golden) },
    );
  });
}

test("every layout that is exported is one of structs", () => {
  const exported = Object.entries(abi).filter(([, value]) =>
    typeof value === "object" && "decodeBlock" in value
  );
  assertEquals(
    exported.map(([, value]) => (value as Struct<object>).name).sort(),
    structs.map(([name]) => name).sort(),
  );
});

test("the 367 constants have the values of the headers and there is no other", () => {
  const exported = Object.entries(abi).filter(([name, value]) =>
    typeof value === "number" && !FORERUNNER.includes(name)
  );
  const golden = Object.entries(darwinConstants).map(([name, { value }]) => [name, value]);
  assertEquals(golden.length, 367);
  assertEquals(Object.fromEntries(exported), Object.fromEntries(golden));
});

test("the forerunner's names for callnums have the callnums' values", () => {
  const all: Record<string, unknown> = { ...abi };
  for (const name of FORERUNNER) {
    assertEquals(all[name], all[name.replace("PROC_CALLNUM_", "PROC_INFO_CALL_")], name);
  }
});

const folder = new URL("../../lib/abi/", import.meta.url);
const source = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"))
  .join("\n");

test("the comment of a constant ends in the release of macOS that brought it", () => {
  const comments: Record<string, string> = {};
  for (
    const [, comment, name] of source.matchAll(
      /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport const ([A-Z]\w*)(?:: -1)? = /g,
    )
  ) {
    comments[name as string] = (comment as string).replace(/\s*\n \*\s*/g, " ").trim();
  }
  const silent = Object.entries(darwinConstants).filter(([name, { macOS }]) =>
    // The comments of callnums date the calls, which are older than their names.
    macOS && !name.startsWith("PROC_INFO_CALL_") && !comments[name]?.endsWith(` macOS ${macOS}.`)
  );
  assertEquals(silent, []);
});

test("an interface lists its members in the order of the header", () => {
  const members = new Map<string, string[]>();
  const INTERFACE = /export interface (\w+)(?: extends (\w+))? \{\n([^]*?)\n\}/g;
  for (const [, name, parent, body] of source.matchAll(INTERFACE)) {
    const own = [...(body as string).matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, key]) => key);
    members.set(name as string, [...members.get(parent ?? "") ?? [], ...own as string[]]);
  }
  const types = [...source.matchAll(/^ {2}readonly (\w+): Struct<(\w+)>;/gm)];
  assertEquals(types.length, 80);
  for (const [, name, type] of types) {
    const golden = darwinLayout[name as string] as GoldenStruct;
    assertEquals(
      members.get(type as string),
      golden.fields.map((field) => field.name).filter((name) => !name.includes(".")),
      name,
    );
  }
});
