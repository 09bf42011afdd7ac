import { assert, assertEquals, assertGreater, assertMatch, assertThrows } from "@std/assert";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { LABELS, parseComment } from "../../docs/generator/comments.ts";
import { type Contract, SUBJECTS } from "../../docs/generator/contract.ts";
import { anchors, relative, slug, table } from "../../docs/generator/markdown.ts";
import { makePages } from "../../docs/generator/pages.ts";
import * as abi from "../../lib/abi/mod.ts";
import { DIRTY_CONTROL_REPLIES } from "../../lib/calls/dirty_control.ts";
import { LIST_COALITIONS_REPLIES } from "../../lib/calls/list_coalitions.ts";
import { PID_DYN_KQUEUE_INFO_REPLIES } from "../../lib/calls/pid_dyn_kqueue_info.ts";
import { PID_FD_INFO_REPLIES } from "../../lib/calls/pid_fd_info.ts";
import { PID_FILEPORT_INFO_REPLIES } from "../../lib/calls/pid_fileport_info.ts";
import { PID_INFO_REPLIES } from "../../lib/calls/pid_info.ts";
import { PID_ORIGINATOR_INFO_REPLIES } from "../../lib/calls/pid_originator_info.ts";
import { PID_RUSAGE_REPLIES } from "../../lib/calls/pid_rusage.ts";
import { SET_CONTROL_REPLIES } from "../../lib/calls/set_control.ts";
import { UDATA_INFO_REPLIES } from "../../lib/calls/udata_info.ts";
import { darwinConstants, darwinLayout } from "../golden/golden.ts";
import { executable, ROOT } from "../support/runtime.ts";

const read = (path: string) => readFileSync(`${ROOT}docs/${path}`, "utf8");
const pagesOf = (folder: string) =>
  readdirSync(`${ROOT}docs/${folder}`).map((name) => `${folder}/${name}`).sort();
const values: Readonly<Record<string, unknown>> = { ...abi };

/** Runs the generator of a copy of the project. */
function generate(root: string, ...args: string[]) {
  const { status, stdout, stderr, error } = spawnSync(
    executable("deno"),
    [
      "run",
      "--allow-all",
      "--no-lock",
      "--no-check",
      "--quiet",
      `${root}docs/generate.ts`,
      ...args,
    ],
    { cwd: root, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  if (error) throw error;
  return { status, lines: stdout.split("\n").filter(Boolean), stderr };
}

test("docs/call and docs/abi agree with the code", { timeout: 300_000 }, () => {
  const { status, lines, stderr } = generate(ROOT, "--check");
  assertEquals(lines, [], "run `deno run -A docs/generate.ts`");
  assertEquals(status, 0, stderr);
});

test(
  "generate.ts --check names the pages that are stale, missing and left over, and generate.ts makes them",
  {
    timeout: 300_000,
  },
  () => {
    const root = `${mkdtempSync(`${tmpdir()}/libproc-stale-`)}/`;
    try {
      for (const part of ["docs", "lib", "ffi", "mod.ts"]) {
        cpSync(ROOT + part, root + part, { recursive: true });
      }
      // It contains no imports of the tests.
      writeFileSync(`${root}deno.json`, JSON.stringify({ fmt: { lineWidth: 100 }, version: "0" }));
      const source = `${root}lib/abi/thread_counts.ts`;
      const text = readFileSync(source, "utf8");
      writeFileSync(source, text.replace("/** Cycles.", "/** Turns."));
      rmSync(`${root}docs/call/terminate.md`);
      writeFileSync(`${root}docs/abi/forgotten.md`, "# Forgotten\n");
      const { status, lines } = generate(root, "--check");
      assertEquals(status, 1);
      assertEquals(lines, [
        "docs/abi/forgotten.md differs from the code",
        "docs/abi/thread_counts.md differs from the code",
        "docs/call/terminate.md differs from the code",
      ]);

      assertEquals(generate(root).status, 0);
      assertMatch(readFileSync(`${root}docs/abi/thread_counts.md`, "utf8"), /\| Turns\./);
      assert(!existsSync(`${root}docs/abi/forgotten.md`));

      const pages = () => ["call", "abi"].map((folder) => readdirSync(`${root}docs/${folder}`));
      const before = pages();
      for (const folder of ["call", "abi"]) rmSync(`${root}docs/${folder}`, { recursive: true });
      assertEquals(generate(root).status, 0);
      assertEquals(pages(), before);
    } finally {
      rmSync(root, { recursive: true });
    }
  },
);

/** Returns the part of a page from a heading to the next heading of any level. */
function section(path: string, heading: string): string {
  const page = read(path);
  const start = page.search(new RegExp(`^#+ ${heading.replaceAll(/[.*]/g, "\\$&")}$`, "m"));
  assert(start >= 0, `${path} has no heading "${heading}"`);
  const rest = page.slice(start);
  const body = rest.indexOf("\n");
  const end = rest.slice(body).search(/^#+ /m);
  return end < 0 ? rest : rest.slice(0, body + end);
}

/** Returns the cells of every row of the tables in a text. */
function rows(text: string): string[][] {
  return text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| --"))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
}

const bare = (cell: string) => cell.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "");

const CALLNUMS = Object.entries(values).filter(([name]) => name.startsWith("PROC_INFO_CALL_")) as [
  string,
  number,
][];

/** The tables of flavors in lib/calls, by page. */
const FLAVORS: Readonly<Record<string, Readonly<Record<number, { returns: string }>> | null>> = {
  "call/pid_info.md": PID_INFO_REPLIES,
  "call/pid_fd_info.md": PID_FD_INFO_REPLIES,
  "call/set_control.md": SET_CONTROL_REPLIES,
  "call/pid_fileport_info.md": PID_FILEPORT_INFO_REPLIES,
  "call/dirty_control.md": DIRTY_CONTROL_REPLIES,
  "call/pid_rusage.md": PID_RUSAGE_REPLIES,
  "call/pid_originator_info.md": PID_ORIGINATOR_INFO_REPLIES,
  "call/list_coalitions.md": LIST_COALITIONS_REPLIES,
  "call/pid_dyn_kqueue_info.md": PID_DYN_KQUEUE_INFO_REPLIES,
  "call/udata_info.md": UDATA_INFO_REPLIES,
  // The types of LISTPIDS have no table.
  "call/list_pids.md": null,
};

test("every callnum has its page, with its number, its arguments, its permission and the functions that call it", () => {
  const numbers = CALLNUMS.map(([, number]) => number).sort((a, b) => a - b);
  assertEquals(numbers, Array.from({ length: 20 }, (_, i) => i + 1));
  const told: string[] = [];
  for (const { file, callnums } of SUBJECTS) {
    for (const short of callnums) {
      const name = `PROC_INFO_CALL_${short}`;
      const text = section(`call/${file}.md`, `\`${name}\``);
      told.push(name);
      const cells = new Map(rows(text).map(([key = "", value = ""]) => [bare(key), bare(value)]));
      assertEquals(
        cells.get("callnum"),
        `${values[name]} (0x${(values[name] as number).toString(16)})`,
      );
      for (const key of ["pid", "flavor", "arg", "buffer", "returns", "permission"]) {
        assertGreater(cells.get(key)?.length ?? 0, 0, `${name}: ${key}`);
      }
      assertMatch(text, /^- \*\*Checks\*\*: ./m, name);
      assertMatch(text, /^On Linux: .*\(\.\.\/linux\//m, name);
      assertMatch(text, /`\w+\(.*\)` +\| [A-Z]/, `${name} is called by no function`);
    }
  }
  assertEquals(told.sort(), CALLNUMS.map(([name]) => name).sort());
  const index = read("call/README.md");
  for (const name of told) assert(index.includes(`[\`${name}\`]`), name);
});

test("every flavor has its section, with its number, its result, its permission and the answer of Linux", () => {
  const index = read("call/README.md");
  for (const [path, replies] of Object.entries(FLAVORS)) {
    const names = [...read(path).matchAll(/^## `(\w+)`$/gm)].map(([, name = ""]) => name);
    const told = new Map(names.map((name) => [values[name] as number, name]));
    assertEquals(told.size, names.length, `${path} has a number twice`);
    if (replies !== null) {
      const missing = Object.keys(replies).filter((flavor) => !told.has(Number(flavor)));
      assertEquals(missing, [], `${path} lacks flavors`);
    }
    for (const [number, name] of told) {
      const text = section(path, `\`${name}\``);
      assertMatch(text, new RegExp(`^- \\*\\*Number\\*\\*: ${number}[.,]`, "m"), name);
      assertMatch(text, /^- \*\*Permission\*\*: ./m, name);
      assertMatch(text, /^- \*\*Linux\*\*: \[(served|partly|E[A-Z]+)\]\(\.\.\/linux\//m, name);
      assert(index.includes(`[\`${name}\`]`), `call/README.md lacks ${name}`);
      // The headers declare it, but no kernel answers it.
      if (name === "PROC_PID_RUSAGE") continue;
      assertMatch(text, /^- \*\*Called by\*\*: `\w+\(/m, name);
      if (replies !== null) assertMatch(text, /^- \*\*Returns\*\*: ./m, name);
    }
  }
  const lists = [...read("call/list_pids.md").matchAll(/^## `(\w+)`$/gm)].map(([, name]) => name);
  assertEquals(
    lists,
    Object.keys(values).filter((name) => /^PROC_(ALL_PIDS|[A-Z]+_ONLY)$/.test(name))
      .sort((a, b) => (values[a] as number) - (values[b] as number)),
  );
});

test("every member of every struct is documented with its place, its size and a meaning", () => {
  const pages = pagesOf("abi").filter((path) => path !== "abi/README.md");
  const home = new Map(
    pages.flatMap((path) =>
      [...read(path).matchAll(/^## `struct (\w+)`$/gm)].map(([, name = ""]) =>
        [name, path] as const
      )
    ),
  );
  assertEquals([...home.keys()].sort(), Object.keys(darwinLayout).sort());
  for (const [name, { size, fields }] of Object.entries(darwinLayout)) {
    const text = section(home.get(name)!, `\`struct ${name}\``);
    assert(text.includes(`- **Size**: ${size} bytes`), name);
    const told = rows(text).slice(1);
    assertEquals(
      told.map(([offset, size, member]) => [Number(offset), Number(size), bare(member!)]),
      fields.map(({ offset, size, name }) => [offset, size, name]),
      name,
    );
    for (const [, , member, type, meaning] of told) {
      assertGreater(type!.length, 0, `${name}.${member}`);
      assertGreater(meaning!.length, 0, `${name}.${member} has no meaning`);
    }
  }
});

test("every constant is documented with its value and a meaning", () => {
  const told = new Map<string, string[]>();
  for (const path of pagesOf("abi")) {
    if (path === "abi/README.md" || !read(path).includes("\n## Constants\n")) continue;
    for (const [name = "", ...cells] of rows(section(path, "Constants")).slice(1)) {
      assert(!told.has(bare(name)), `${name} is there twice`);
      told.set(bare(name), cells);
    }
  }
  for (const [name, { value }] of Object.entries(darwinConstants)) {
    assertEquals(told.get(name)?.[0]?.replace(/ \(.*/, ""), String(value), name);
  }
  assertEquals(
    [...told.keys()].sort(),
    Object.keys(values).filter((name) => typeof values[name] === "number").sort(),
  );
  for (const [name, [, meaning]] of told) assertGreater(meaning!.length, 0, name);
});

test("the numbers of structs and constants in docs are those of the headers", () => {
  const structs = Object.keys(darwinLayout).length, constants = Object.keys(darwinConstants).length;
  for (const path of ["README.md", "verification.md"]) {
    for (const [, count, what] of read(path).matchAll(/(\d+)\s+(structs|constants)/g)) {
      assertEquals(Number(count), what === "structs" ? structs : constants, path);
    }
  }
});

test("parseComment() takes a comment apart, and refuses a note that is about nothing known", () => {
  const comment =
    "A file:\n`x`.\n\n- Errors: `EBADF`\n  closed.\n- Beware: it: bites.\n\nmacOS 10.4.";
  assertEquals(parseComment(comment, "x"), {
    text: "A file: `x`.",
    notes: [["Errors", "`EBADF` closed."], ["Beware", "it: bites."]],
    since: "10.4",
  });
  assertEquals(parseComment("32 until macOS 10.11 came. macOS 10.10.", "x"), {
    text: "32 until macOS 10.11 came.",
    notes: [],
    since: "10.10",
  });
  const error = assertThrows(() => parseComment("- Eror: x.", "lib/abi/x.ts: X"), TypeError);
  assertMatch(error.message, /lib\/abi\/x\.ts: X.*"Eror: x\."/);
  assert(LABELS.includes("Permission"));
});

test("slug(), anchors() and relative() make links as GitHub resolves them", () => {
  assertEquals(slug("`struct proc_bsdinfo`"), "struct-proc_bsdinfo");
  assertEquals(slug("What's [new](x.md), in 10.4?"), "whats-new-in-104");
  assertEquals([...anchors("# A\n\n## B b\n\n```\n# C\n```\n\n## B b\n")], ["a", "b-b", "b-b-1"]);
  assertEquals(relative("call/a.md", "abi/b.md#c"), "../abi/b.md#c");
  assertEquals(relative("call/a.md", "call/b.md"), "b.md");
  assertEquals(relative("call/a.md", "call/a.md#c"), "#c");
  assertEquals(table(["a"], [["b|c"], ["d\\|e"]]), "| a |\n| --- |\n| b\\|c |\n| d\\|e |");
});

test("makePages() links the names that have a place, from wherever they are", () => {
  const comment = (text: string) => ({ text, notes: [], since: "10.5" });
  const contract: Contract = {
    subjects: [{
      file: "list_pids",
      callnums: ["LISTPIDS"],
      calls: [{
        name: "PROC_INFO_CALL_LISTPIDS",
        number: 1,
        comment: {
          ...comment("Like `fsid` and {@linkcode AN_ODD_ONE}, unlike `strlen`."),
          notes: [["`pid`", "a `AN_*` | `B`."], ["Beware", "it is fake."]],
        },
        linux: { status: "served", note: "see `fsid`", place: "linux/calls.md#calls" },
        flavors: [],
        callers: [],
      }],
    }],
    headers: [{
      file: "odd",
      comment: comment("Odd."),
      structs: [{
        name: "fsid",
        layout: abi.fsid,
        layoutName: "fsid",
        type: "Fsid",
        comment: comment("`struct fsid`: an id."),
        linux: undefined,
      }],
      constants: [{ name: "AN_ODD_ONE", value: 11, comment: comment("Odd, like `fsid`.") }],
    }],
    comment: comment("All of it."),
    membersOf: () => new Map(),
    libprocNames: () => [],
    isCall: () => true,
  };
  const pages = makePages(contract);
  assertEquals([...pages.keys()].sort(), [
    "abi/README.md",
    "abi/odd.md",
    "call/README.md",
    "call/list_pids.md",
  ]);
  const call = pages.get("call/list_pids.md")!;
  for (
    const text of [
      "Like [`fsid`](../abi/odd.md#struct-fsid) and [`AN_ODD_ONE`](../abi/odd.md#constants), unlike " +
      "`strlen`. Since macOS 10.5.",
      "| `pid` | a [`AN_*`](../abi/odd.md#constants) \\| `B` |",
      "- **Beware**: it is fake.",
      "[served](../linux/calls.md#calls): see [`fsid`](../abi/odd.md#struct-fsid).",
    ]
  ) assert(call.includes(text), `${text}\n${call}`);
  const header = pages.get("abi/odd.md")!;
  for (
    const text of [
      "`struct fsid`: an id.",
      "| 0 | 8 | `val` | `int32_t[2]` |",
      "| `AN_ODD_ONE` | 11 (0xb) | Odd, like [`fsid`](#struct-fsid). | 10.5 |",
    ]
  ) assert(header.includes(text), `${text}\n${header}`);
});
