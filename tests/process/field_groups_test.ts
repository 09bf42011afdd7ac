import { assertEquals, assertMatch } from "@std/assert";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { command, ROOT } from "../support/runtime.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** A group with each kind of field, as a contributor would add it. */
const MADE_UP = `import type { FieldGroup } from "./field.ts";

/** Made up. */
export interface MadeUpFields {
  /** A number. */
  readonly madeUpNumber: number;
  /** A flag. */
  readonly madeUpFlag: boolean | undefined;
  /** A text. */
  readonly madeUpText: string;
  /** Texts. */
  readonly madeUpTexts: readonly string[];
  /** Numbers. */
  readonly madeUpNumbers: readonly number[] | undefined;
}

/** Made up. */
export const group: FieldGroup<MadeUpFields> = {
  source: { linux: ["stat"], macos: [] },
  fields: {
    madeUpNumber: { kind: "number", title: "MADE UP", alias: "made-up", unit: "bytes" },
    madeUpFlag: { kind: "flag", title: "MADE FLAG" },
    madeUpText: { kind: "text", title: "MADE TEXT" },
    madeUpTexts: { kind: "texts", title: "MADE TEXTS" },
    madeUpNumbers: { kind: "numbers", title: "MADE NUMBERS" },
  },
  read({ pid, texts }, columns, row) {
    columns.madeUpNumber[row] = pid * 2;
    columns.madeUpFlag[row] = -1;
    columns.madeUpText[row] = texts.constant("made up");
    columns.madeUpTexts[row] = texts.constant("one\\0\\0three\\0");
    columns.madeUpNumbers[row] = texts.constant("1\\0" + "22\\0");
    return 0;
  },
};
`;

/** Invalid groups, and the compiler's error about each. */
const WRONG: Readonly<Record<string, { readonly group: string; readonly error: RegExp }>> = {
  missing: {
    group: `export const group: FieldGroup<{ readonly one: number; readonly two: string }> = {
      source: { linux: [], macos: [] },
      fields: { one: { kind: "number", title: "ONE", unit: "none" } },
      read: () => 0,
    };`,
    error: /Property 'two' is missing/,
  },
  kind: {
    group: `export const group: FieldGroup<{ readonly one: number }> = {
      source: { linux: [], macos: [] },
      fields: { one: { kind: "text", title: "ONE" } },
      read: () => 0,
    };`,
    error: /'"text"' is not assignable to type '"number"'/,
  },
  more: {
    group: `export const group: FieldGroup<{ readonly one: number }> = {
      source: { linux: [], macos: [] },
      fields: { one: { kind: "number", title: "ONE", unit: "none" }, two: { kind: "number", title: "TWO", unit: "none" } },
      read: () => 0,
    };`,
    error: /'two' does not exist/,
  },
  title: {
    group: `export const group: FieldGroup<{ readonly one: number }> = {
      source: { linux: [], macos: [] },
      fields: { one: { kind: "number", unit: "none" } },
      read: () => 0,
    };`,
    error: /Property 'title' is missing/,
  },
  type: {
    group: `export const group: FieldGroup<{ readonly one: Date }> = {
      source: { linux: [], macos: [] },
      fields: { one: { kind: "number", title: "ONE", unit: "none" } },
      read: () => 0,
    };`,
    error: /is not assignable to type 'never'/,
  },
  unit: {
    group: `export const group: FieldGroup<{ readonly one: number }> = {
      source: { linux: [], macos: [] },
      fields: { one: { kind: "number", title: "ONE" } },
      read: () => 0,
    };`,
    error: /Property 'unit' is missing/,
  },
  source: {
    group: `export const group: FieldGroup<{ readonly one: string }> = {
      fields: { one: { kind: "text", title: "ONE" } },
      read: () => 0,
    };`,
    error: /Property 'source' is missing/,
  },
  unread: {
    group: `export const group: FieldGroup<{ readonly one: number }> = {
      source: { linux: [], macos: [] },
      fields: { one: { kind: "number", title: "ONE", unit: "none" } },
    };`,
    error: /Property 'read' is missing/,
  },
  column: {
    group: `export const group: FieldGroup<{ readonly one: number }> = {
      source: { linux: [], macos: [] },
      fields: { one: { kind: "number", title: "ONE", unit: "none" } },
      read(_, columns, row) {
        columns.two[row] = 1;
        return 0;
      },
    };`,
    error: /Property 'two' does not exist/,
  },
};

/** A program that uses the invented fields with the types derived from their declaration. */
const USE = `import {
  FIELD_NAMES, type FieldName, GROUP_NAMES, openProcess, processes, processTable, tableRow,
} from "./lib/process/mod.ts";
import process from "node:process";

const pids = [process.pid];
const [row] = processes({ fields: ["madeUp", "name"], pids });
const number: number | undefined = row!.madeUpNumber;
const numbers: readonly number[] | undefined = row!.madeUpNumbers;
const table = processTable({ fields: ["madeUpNumber", "madeUpFlag", "madeUpText"], pids });
const columns: [Float64Array, Int8Array, Uint32Array] = [
  table.madeUpNumber, table.madeUpFlag, table.madeUpText,
];
const some: FieldName[] = ["madeUpTexts"];
console.log(JSON.stringify({
  pid: process.pid,
  row,
  number,
  numbers,
  columns: columns.map(([value]) => value),
  table: tableRow(table, 0),
  read: openProcess(process.pid).read("madeUpText", ...some),
  names: FIELD_NAMES.filter((name) => name.startsWith("madeUp")),
  groups: GROUP_NAMES.filter((name) => name === "madeUp"),
}));
`;

/** Returns the contents of the files in a folder, by relative path. */
function contents(folder: string): Map<string, string> {
  return new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

test("a group of fields is one file and one line, and the compiler demands what is missing", {
  skip,
  timeout: 300_000,
}, () => {
  const folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-made-up-`));
  try {
    for (const name of ["lib", "ffi"]) {
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const before = contents(join(folder, "lib"));
    const fields = join(folder, "lib/process/fields");
    writeFileSync(join(fields, "made_up.ts"), MADE_UP);
    appendFileSync(join(fields, "all.ts"), 'export * as madeUp from "./made_up.ts";\n');

    const after = contents(join(folder, "lib"));
    const changed = [...after.keys()].filter((name) => before.get(name) !== after.get(name));
    assertEquals(changed, ["process/fields/all.ts", "process/fields/made_up.ts"]);
    assertEquals(before.has("process/fields/made_up.ts"), false);
    const lines = (files: Map<string, string>) =>
      files.get("process/fields/all.ts")!.split("\n").length;
    assertEquals(lines(after), lines(before) + 1);

    writeFileSync(join(folder, "use.ts"), USE);
    const wrong = Object.entries(WRONG);
    for (const [name, { group }] of wrong) {
      const source = `import type { FieldGroup } from "./lib/process/fields/field.ts";\n${group}\n`;
      writeFileSync(join(folder, `wrong_${name}.ts`), source);
    }
    const base = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8"));
    const files = ["use.ts", ...wrong.map(([name]) => `wrong_${name}.ts`)];
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: base.compilerOptions, files }),
    );
    const { stdout } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], {
      cwd: folder,
      encoding: "utf8",
    });
    const errors = stdout.split(/\n(?=\S)/).filter((line) => line.includes("error TS"));
    const right = errors.filter((error) => !error.startsWith("wrong_"));
    assertEquals(right, []);
    for (const [name, { error }] of wrong) {
      const own = errors.filter((line) => line.startsWith(`wrong_${name}.ts`)).join("\n");
      assertMatch(own, error, name);
    }

    const [file, ...args] = command(join(folder, "use.ts"), { flags: ["-A", "--no-check"] });
    const run = spawnSync(file, args, { cwd: folder, encoding: "utf8" });
    const { pid, row, ...found } = JSON.parse(run.stdout || `"${run.stderr}"`);
    assertEquals({ ...row, name: "" }, {
      pid,
      madeUpNumber: pid * 2,
      madeUpText: "made up",
      madeUpTexts: ["one", "", "three"],
      madeUpNumbers: [1, 22],
      name: "",
      missing: {},
    });
    assertEquals(found, {
      number: pid * 2,
      numbers: [1, 22],
      columns: [pid * 2, -1, 1],
      table: { pid, madeUpNumber: pid * 2, madeUpText: "made up", missing: {} },
      read: { pid, madeUpText: "made up", madeUpTexts: ["one", "", "three"], missing: {} },
      names: ["madeUpNumber", "madeUpFlag", "madeUpText", "madeUpTexts", "madeUpNumbers"],
      groups: ["madeUp"],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
