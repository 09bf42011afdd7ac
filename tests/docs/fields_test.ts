import { assertEquals, assertGreater } from "@std/assert";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  type AnyGroup,
  FIELD_NAMES,
  type FieldName,
  GROUPS,
  IDENTITY,
  IDENTITY_SOURCE,
  PLACES,
} from "../../lib/process/fields/mod.ts";
import type { Source } from "../../lib/process/fields/field.ts";
import { processes } from "../../lib/process/mod.ts";
import type { System } from "../../lib/system/system.ts";
import { buildProcArgs } from "../darwin/build_proc_args.ts";
import { type Double, doubleTest, openDouble, OTHER, SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";
import {
  darwinCalls,
  darwinSources,
  linuxCalls,
  linuxSources,
  type Use,
} from "../support/costs.ts";
import { startSpeaker } from "../support/lines.ts";
import { formatted, sentenceOf, tableOf } from "../support/page.ts";
import { Sleepers } from "../support/sleepers.ts";
import { ROOT } from "../support/runtime.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const PATH = `${ROOT}docs/fields.md`;
const PAGE = readFileSync(PATH, "utf8");
/** The headings at which the generated part of the page starts and ends. */
const GENERATED = "## Fields\n", WHO = "## Who may read which field\n";
const COLUMNS = ["macOS, user", "macOS, root", "Linux, user", "Linux, root"] as const;
type Column = typeof COLUMNS[number];

/** The cells of the last table of the page, by field. */
const who = new Map(
  PAGE.slice(PAGE.indexOf(WHO)).split("\n").filter((line) => /^\| `\w+`/.test(line)).map((line) => {
    const [name = "", ...cells] = line.split("|").slice(1, -1).map((cell) => cell.trim());
    return [name.replaceAll("`", ""), cells];
  }),
);

function column(name: Column): Record<string, string | undefined> {
  const at = COLUMNS.indexOf(name);
  return Object.fromEntries([...who].map(([field, cells]) => [field, cells[at]]));
}

/** Returns for each field "yes", or the reason why it is missing, in the words of the table. */
function shown(pid: number, system?: System): Record<string, string> {
  const options = system === undefined ? {} : { system };
  const [row] = processes({ pids: [pid], fields: FIELD_NAMES, ...options });
  const missing = row!.missing as { readonly [N in FieldName]?: string };
  return Object.fromEntries(FIELD_NAMES.map((name) => [name, missing[name] ?? "yes"]));
}

/** Opens macOS with another user's process that has every property. */
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
  assertEquals([...who.keys()], [...FIELD_NAMES]);
  for (const [name, cells] of who) {
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

const needsLinux = process.platform === "linux" ? false : "needs Linux";
const sleepers = new Sleepers();

before(async () => {
  if (!needsLinux) await sleepers.start(0, 0);
});

after(() => sleepers[Symbol.dispose]());

/** Returns a function that reads a field or a group of one process. */
function reading(name: string): Use {
  return (system, pid) => processes({ system, pids: [pid], fields: [name as FieldName] });
}

/** The types of the fields, by kind. */
const TYPES = {
  number: "number",
  identity: "string",
  text: "string",
  texts: "string[]",
  numbers: "number[]",
  flag: "boolean",
} as const;

const UNITS = {
  bytes: "bytes",
  nanoseconds: "nanoseconds",
  time: "milliseconds since 1970",
  percent: "percent",
  none: "",
} as const;

/**
 * Returns the first sentence of the comment of each field, and true if the field may be undefined.
 */
function documented(): Map<string, { readonly summary: string; readonly optional: boolean }> {
  const names = [...GROUPS.keys()].map((name) =>
    new RegExp(`as ${name} from "\\./(\\w+)\\.ts"`).exec(ALL)![1]!
  );
  return new Map(
    ["mod", ...names].flatMap((file) => {
      const source = readFileSync(`${FOLDER}${file}.ts`, "utf8");
      const members = source.matchAll(
        /\/\*\*((?:(?!\*\/)[^])*)\*\/\n {2}readonly (\w+): ([^;]+);/g,
      );
      return [...members].map(([, comment = "", name = "", type = ""]) =>
        [name, {
          summary: sentenceOf(comment.replaceAll(/^ *\* ?/gm, "").trim()),
          optional: /\bundefined\b/.test(type),
        }] as const
      );
    }),
  );
}

const FOLDER = `${ROOT}lib/process/fields/`;
const ALL = readFileSync(`${FOLDER}all.ts`, "utf8");

function fieldTable(): string {
  const comments = documented();
  return tableOf(
    ["field", "what it is", "type", "unit", "group"],
    [...PLACES].map(([name, { field, group }]) => {
      const { summary, optional } = comments.get(name)!;
      const [groupName = ""] = [...GROUPS].find(([, one]) => one === group) ?? [];
      const type = TYPES[field.kind];
      return [
        `\`${name}\``,
        summary,
        optional ? `${type} or undefined` : type,
        UNITS[field.unit ?? "none"],
        groupName === "" ? "in every row" : `\`${groupName}\``,
      ];
    }),
  );
}

/** The groups with their sources. The identity is read with each of them. */
const SOURCES: readonly (readonly [name: string, Source, group: AnyGroup | undefined])[] = [
  ["pid", IDENTITY_SOURCE, undefined],
  ...[...GROUPS].map(([name, group]) => [name, group.source, group] as const),
];

function groupTable(): string {
  return tableOf(
    ["group", "source on Linux", "source on macOS", "calls on Linux", "calls on macOS"],
    SOURCES.map(([name, { linux, macos }]) => {
      const list = (sources: readonly string[]) =>
        sources.length === 0 ? "unsupported" : sources.map((one) => `\`${one}\``).join(", ");
      const calls = (sources: readonly string[], count: () => number) =>
        sources.length === 0 ? "" : `${count()}`;
      return [
        name === "pid" ? "the identity alone" : `\`${name}\``,
        list(linux),
        list(macos),
        calls(linux, () => linuxCalls(reading(name), sleepers.pid(0), sleepers.pid(1))),
        calls(macos, () => darwinCalls(reading(name))),
      ];
    }),
  );
}

test("docs/fields.md has what is declared of each field, and the calls that are counted here", {
  skip: needsLinux,
}, () => {
  const [start, end] = [PAGE.indexOf(GENERATED), PAGE.indexOf(WHO)];
  assertGreater(start, 0);
  assertGreater(end, start);
  const page = formatted(`${PAGE.slice(0, start)}${GENERATED}
${fieldTable()}

## Sources and calls

A file on Linux is one of \`/proc/<pid>\`, and \`.\` is that folder itself. On macOS, \`KERN_PROC\` and
\`KERN_PROCARGS2\` are names of \`sysctl()\`, \`RUSAGE_INFO\` stands for the newest version of
\`proc_pid_rusage()\`, and \`PROC_...\` are flavors of \`__proc_info()\`. \`PROC_PIDT_BSDINFOWITHUNIQID\` is
queried about the caller's own processes alone.

The calls are those of the C library that a group takes by itself, for a process of one thread, the
second that is read. Each is a system call. They include the identity, and where another process
could have come to have the pid, the comparison after the reading. Groups that are read together
share those, and what comes from one source. \`runDelay\` and \`switches\` read a file for each thread on
Linux. The figures for macOS are counted with a C library in place of the system's, for a
process of the caller; no Mac was available.

${groupTable()}

${PAGE.slice(end)}`);
  if (process.env["LIBPROC_UPDATE_GOLDEN"]) writeFileSync(PATH, page);
  assertEquals(readFileSync(PATH, "utf8"), page);
});

/** The flavors that compare the identity on macOS after a group that is read separately. */
const COMPARED = ["PROC_PIDT_SHORTBSDINFO", "PROC_PIDUNIQIDENTIFIERINFO"];

test("each group declares the files that it reads on Linux", { skip: needsLinux }, () => {
  const pid = sleepers.pid(0);
  for (const [name, { linux }, group] of SOURCES) {
    if (linux.length === 0) continue;
    const read = linuxSources(reading(name), pid).filter((one) => !(group?.apart && one === "."));
    assertEquals(read, [...new Set([...linux, ...IDENTITY_SOURCE.linux])].sort(), name);
  }
});

doubleTest("each group declares what it queries on macOS", () => {
  for (const [name, { macos }, group] of SOURCES) {
    if (macos.length === 0) continue;
    const compared = group?.apart ? COMPARED : [];
    const expected = new Set([...macos, ...IDENTITY_SOURCE.macos, ...compared]);
    assertEquals(darwinSources(reading(name)), [...expected].sort(), name);
  }
});

test("a group declares no source for a system that does not have it", () => {
  for (const [name, { field: _, group }] of PLACES) {
    if (name in IDENTITY) continue;
    const [macos, , linux] = who.get(name)!;
    assertEquals(
      [group!.source.macos.length === 0, group!.source.linux.length === 0],
      [macos === "unsupported", linux === "unsupported"],
      name,
    );
  }
});
