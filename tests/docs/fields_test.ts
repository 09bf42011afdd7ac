import { assertEquals } from "@std/assert";
import { readFileSync, statSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { FIELD_NAMES, type FieldName } from "../../lib/process/fields/mod.ts";
import { processes } from "../../lib/process/mod.ts";
import type { System } from "../../lib/system/system.ts";
import { buildProcArgs } from "../darwin/build_proc_args.ts";
import { type Double, doubleTest, openDouble, OTHER, SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";
import { startSpeaker } from "../support/lines.ts";
import { ROOT } from "../support/runtime.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const PAGE = readFileSync(`${ROOT}docs/fields.md`, "utf8");
const COLUMNS = ["macOS, user", "macOS, root", "Linux, user", "Linux, root"] as const;
type Column = typeof COLUMNS[number];

/** The table of the page: the cells of each field, by its columns. */
const told = new Map(
  PAGE.split("\n").filter((line) => /^\| `\w+`/.test(line)).map((line) => {
    const [name = "", ...cells] = line.split("|").slice(1, -1).map((cell) => cell.trim());
    return [name.replaceAll("`", ""), cells];
  }),
);

function column(name: Column): Record<string, string | undefined> {
  const at = COLUMNS.indexOf(name);
  return Object.fromEntries([...told].map(([field, cells]) => [field, cells[at]]));
}

/** The values of a process, in the words of the table. */
function shown(pid: number, system?: System): Record<string, string> {
  const options = system === undefined ? {} : { system };
  const [row] = processes({ pids: [pid], fields: FIELD_NAMES, ...options });
  const missing = row!.missing as { readonly [N in FieldName]?: string };
  return Object.fromEntries(FIELD_NAMES.map((name) => [name, missing[name] ?? "yes"]));
}

/** macOS with another user's process that has everything a process can have. */
function stranger(asRoot: boolean): Double {
  const double = openDouble(SELF);
  const { control, blob, item, option, system } = double;
  option("MEANINGFUL", 1n);
  const { rdev } = statSync("/dev/null");
  control.double_add(200, 1, 200, rdev, OTHER, OTHER, named("DOUBLE_CONTROLT"));
  blob("PATH", 200, 0n, process.execPath);
  blob("CWD", 200, 0n, "/");
  blob("ARGS", 200, 0n, buildProcArgs({ path: "/bin/sh", args: ["sh"], env: ["A=1"] }));
  item(200, "FD", 3n, 1n);
  if (!asRoot) return double;
  control.double_caller(SELF, 0, 0);
  return { ...double, system: { ...system, euid: () => 0, ruid: () => 0 } };
}

test("docs/fields.md has every field once, in its order, with yes or the reason in each column", () => {
  assertEquals([...told.keys()], [...FIELD_NAMES]);
  for (const [name, cells] of told) {
    assertEquals(cells.length, COLUMNS.length, name);
    for (const cell of cells) {
      assertEquals(["yes", "denied", "unsupported"].includes(cell), true, `${name}: ${cell}`);
    }
  }
});

doubleTest("docs/fields.md has what a user of macOS reads of another user's process", () => {
  assertEquals(shown(200, stranger(false).system), column("macOS, user"));
});

doubleTest("docs/fields.md has what root reads on macOS", () => {
  assertEquals(shown(200, stranger(true).system), column("macOS, root"));
});

const skip = process.platform !== "linux"
  ? "needs Linux"
  : process.getuid?.() !== 0
  ? "needs root, to change users"
  : false;

test("docs/fields.md has what the user nobody and root read of another user's process on Linux", {
  skip,
}, async () => {
  await using other = startSpeaker([
    "setpriv",
    ...["--reuid=1718", "--regid=1718", "--clear-groups", "sh", "-c", "echo in; read _"],
  ]);
  assertEquals(await other.next(), "in");
  assertEquals(shown(other.pid), column("Linux, root"));
  const source = `
    import { processes } from "./mod.ts";
    const fields = ${JSON.stringify(FIELD_NAMES)};
    const [row] = processes({ pids: [${other.pid}], fields });
    const shown = fields.map((name) => [name, row.missing[name] ?? "yes"]);
    console.log(JSON.stringify(Object.fromEntries(shown)));
  `;
  assertEquals(runWrapped(AS_NOBODY, source), column("Linux, user"));
});
