import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { assertArrayIncludes, assertEquals, assertGreater } from "@std/assert";
import {
  circle,
  codeOf,
  everyRuntimeCanImport,
  importsGoDown,
  importsOf,
  linuxImportsGoDown,
  misnamed,
  NAMESAKES,
  noDependencies,
  noEscapeFromTypes,
  nothingButLibraries,
  noVariadicSymbols,
  oneFileKnowsBothErrnos,
  onlyOpenMeetsRuntimes,
  type Rule,
  RULES,
  runtimesAreNamedInFfi,
} from "./support/architecture.ts";
import { ROOT } from "./support/runtime.ts";

const read = (path: string) => readFileSync(ROOT + path, "utf8");

/** The sources of the package. */
const SOURCES = [
  "mod.ts",
  ...["ffi", "lib"].flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
  ),
].sort();

test("the sources are found", () => {
  assertArrayIncludes(SOURCES, [
    "mod.ts",
    "ffi/runtime.ts",
    "lib/system/open.ts",
    "lib/linux/parse/stat.ts",
  ]);
  assertGreater(SOURCES.length, 20);
});

for (const [name, rule] of Object.entries(RULES)) {
  test(`in every source, ${name}`, () => {
    assertEquals(SOURCES.flatMap((path) => rule(path, read(path))), []);
  });
}

test("the same subject has the same file name in every room", () => {
  const pages = ["docs/abi", "docs/call"].flatMap((folder) =>
    readdirSync(ROOT + folder).map((name) => `${folder}/${name}`)
  );
  const paths = [...SOURCES, ...pages];
  assertEquals(misnamed(paths), []);
  const folders = paths.map((path) => path.slice(0, path.lastIndexOf("/")));
  assertArrayIncludes(folders, NAMESAKES.flatMap(({ room, like }) => [room, ...like]));
});

test("misnamed() finds a file without a namesake, and an exception that is not needed", () => {
  const rooms = [{ room: "lib/b", like: ["lib/a", "lib/c"], but: { mod: "the front door" } }];
  const count = (...paths: string[]) => misnamed([...paths, "lib/b/mod.ts"], rooms).length;
  assertEquals(count("lib/a/x.ts", "lib/b/x.ts", "lib/c/y.md", "lib/b/y.ts"), 0);
  assertEquals(count("lib/a/deep/z.ts", "lib/b/deep/a.ts", "lib/bb/q.ts"), 0);
  assertEquals(count("lib/a/x.ts", "lib/b/y.ts"), 1);
  assertEquals(count("lib/a/deep/z.ts", "lib/b/z.ts"), 1);
  assertEquals(count("lib/a/mod.ts"), 1);
  assertEquals(misnamed(["lib/a/x.ts"], rooms).length, 1);
});

test("no source needs itself before it can run", () => {
  assertEquals(circle(new Map(SOURCES.map((path) => [path, read(path)]))), []);
});

test("circle() finds a way round, but not by types or by what is loaded later", () => {
  const sources = (last: string) =>
    new Map([
      ["lib/a.ts", 'import { b } from "./b.ts";'],
      ["lib/b.ts", 'export * from "./c.ts";'],
      ["lib/c.ts", last],
    ]);
  const round = ["lib/a.ts", "lib/b.ts", "lib/c.ts", "lib/a.ts"];
  assertEquals(circle(sources('import { a } from "./a.ts";')), round);
  assertEquals(circle(sources('import type { a } from "./a.ts";')), []);
  assertEquals(circle(sources('const load = () => import("./a.ts");')), []);
});

test("package.json has no dependencies", () => {
  const config = JSON.parse(read("package.json"));
  const kinds = ["dependencies", "peerDependencies", "optionalDependencies", "bundledDependencies"];
  assertEquals(kinds.filter((kind) => kind in config), []);
});

test("deno.json publishes no source that the rules do not read", () => {
  const { publish: { include }, exports } = JSON.parse(read("deno.json"));
  assertEquals(
    include.filter((path: string) => !/\.(md|json)$|^LICENSE$|^(mod\.ts|ffi|lib)$/.test(path)),
    [],
  );
  const exported: string[] = Object.values(exports);
  assertEquals(exported.filter((path) => !/^\.\/(mod\.ts$|ffi\/|lib\/)/.test(path)), []);
});

// A sample shows for each rule that it can fail.

const from = (path: string, names = "{ x }") => `import ${names} from "${path}";\n`;

/** Sources that break a rule, and similar sources that do not. */
const SAMPLES: readonly {
  readonly rule: Rule;
  readonly breaks: readonly (readonly [path: string, source: string])[];
  readonly keeps: readonly (readonly [path: string, source: string])[];
}[] = [{
  rule: importsGoDown,
  breaks: [
    ["ffi/bun.ts", from("../lib/system/kernel.ts")],
    ["ffi/adapter.ts", from("../mod.ts", "type { X }")],
    ["lib/layout/block.ts", from("../system/kernel.ts")],
    ["lib/layout/block.ts", from("../abi/callnum.ts", "type { X }")],
    ["lib/abi/bsd_info.ts", from("../system/kernel.ts")],
    ["lib/abi/bsd_info.ts", from("../calls/pid_info.ts")],
    ["lib/system/kernel.ts", from("./open.ts")],
    ["lib/system/system.ts", from("./open.ts", "type { X }")],
    ["lib/system/system.ts", from("../linux/system.ts", "type { X }")],
    ["lib/system/arguments.ts", from("../calls/pid_info.ts")],
    ["lib/posix/users.ts", from("../linux/system.ts", "type { X }")],
    ["lib/posix/users.ts", from("../system/errors.ts")],
    ["lib/calls/pid_info.ts", from("../linux/kernel.ts")],
    ["lib/calls/pid_info.ts", from("../../ffi/runtime.ts")],
    ["lib/calls/pid_info.ts", from("../process/process.ts")],
    ["lib/linux/kernel.ts", from("../darwin/kernel.ts")],
    ["lib/linux/kernel.ts", from("../calls/pid_info.ts")],
    ["lib/linux/kernel.ts", from("../system/open.ts")],
    ["lib/linux/kernel.ts", from("../../ffi/runtime.ts")],
    ["lib/linux/answer/list_pids.ts", from("../../darwin/system.ts", "type { X }")],
    ["lib/darwin/kernel.ts", from("../linux/sys/libc.ts")],
    ["lib/darwin/kernel.ts", from("../system/open.ts")],
    ["lib/darwin/kernel.ts", from("../../ffi/error.ts")],
    ["lib/testing/record_kernel.ts", from("../system/open.ts")],
    ["lib/doctor/examine.ts", from("../system/open.ts")],
    ["lib/system/open.ts", from("../calls/pid_info.ts")],
    ["lib/system/open.ts", from("../../mod.ts")],
    ["lib/process/process.ts", from("../cli/main.ts")],
    ["lib/calls/pid_info.ts", 'export * from "../../mod.ts";'],
    ["lib/calls/pid_info.ts", 'const x = await import("../cli/main.ts");'],
    ["lib/calls/pid_info.ts", 'import "../cli/main.ts";'],
    ["mod.ts", from("./lib/cli/main.ts")],
    ["mod.ts", from("./ffi/runtime.ts")],
    ["lib/new_room/x.ts", ""],
    ["lib/new_file.ts", ""],
    ["lib/calls/pid_info.ts", from("../../tests/support/x.ts")],
  ],
  keeps: [
    ["lib/cli/main.ts", from("../../mod.ts") + from("./pids.ts") + from("../system/open.ts")],
    ["mod.ts", from("./lib/system/open.ts") + from("./ffi/error.ts")],
    ["lib/system/open.ts", from("./system.ts") + from("../linux/system.ts")],
    ["lib/system/system.ts", from("./kernel_table.ts") + from("../abi/bsd_info.ts")],
    ["lib/linux/kernel.ts", from("../../ffi/adapter.ts", "type { X }") + from("./proc/world.ts")],
    ["lib/calls/pid_info.ts", from("../system/open.ts") + from("./reply.ts") + from("../abi/x.ts")],
    [
      "lib/system/arguments.ts",
      '/** import { x } from "@libproc/libproc"; */\n// import "./open.ts";',
    ],
  ],
}, {
  rule: linuxImportsGoDown,
  breaks: [
    ["lib/linux/parse/stat.ts", from("./status.ts")],
    ["lib/linux/parse/stat.ts", from("../sys/errno.ts", "type { X }")],
    ["lib/linux/parse/stat.ts", from("../../system/kernel.ts", "type { X }")],
    ["lib/linux/sys/libc.ts", from("../proc/proc_fs.ts")],
    ["lib/linux/proc/world.ts", from("../answer/bsd_info.ts")],
    ["lib/linux/proc/world.ts", from("../system.ts", "type { X }")],
    ["lib/linux/answer/bsd_info.ts", from("../kernel.ts")],
  ],
  keeps: [
    ["lib/linux/parse/stat.ts", from("./bytes.ts")],
    ["lib/linux/sys/libc.ts", from("../parse/bytes.ts") + from("../../layout/block.ts")],
    ["lib/linux/proc/world.ts", from("../sys/libc.ts") + from("./proc_fs.ts")],
    ["lib/linux/answer/bsd_info.ts", from("../proc/world.ts") + from("../../abi/bsd_info.ts")],
    ["lib/linux/system.ts", from("./answer/bsd_info.ts") + from("./parse/stat.ts")],
  ],
}, {
  rule: oneFileKnowsBothErrnos,
  breaks: [
    ["lib/linux/sys/netlink.ts", from("../../system/errors.ts", "{ ERRNO }")],
    ["lib/linux/sys/users.ts", from("../../system/errors.ts", "type { X }")],
    ["lib/linux/proc/fd_walk.ts", from("../sys/errno.ts", "{ LINUX }")],
    ["lib/linux/answer/udata_info.ts", from("../sys/errno.ts", "{\n  LINUX,\n  toDarwin,\n}")],
    ["lib/linux/listeners.ts", from("./sys/errno.ts", "{ LINUX as RAW }")],
  ],
  keeps: [
    ["lib/linux/sys/errno.ts", from("../../system/errors.ts")],
    ["lib/linux/sys/netlink.ts", from("./errno.ts", "{ LINUX }")],
    ["lib/linux/proc/fd_walk.ts", from("../sys/errno.ts", "{ toDarwin }")],
    ["lib/linux/proc/fd_walk.ts", from("../../system/errors.ts", "{ ERRNO }")],
    ["lib/linux/proc/fd_walk.ts", '// import { LINUX } from "../sys/errno.ts";'],
    ["lib/darwin/kernel.ts", from("../system/errors.ts")],
  ],
}, {
  rule: onlyOpenMeetsRuntimes,
  breaks: [
    ["lib/linux/sys/libc.ts", from("../../../ffi/adapter.ts")],
    ["lib/linux/sys/libc.ts", from("../../../ffi/adapter.ts", "{ type Library, open }")],
    ["lib/linux/sys/libc.ts", from("../../../ffi/adapter.ts", "* as ffi")],
    ["lib/cli/main.ts", from("../../ffi/runtime.ts")],
    ["lib/calls/x.ts", 'export { x } from "../../ffi/bun.ts";'],
    ["lib/calls/x.ts", 'await import("../../ffi/deno.ts");'],
  ],
  keeps: [
    ["lib/system/open.ts", from("../../ffi/runtime.ts")],
    ["lib/linux/sys/libc.ts", from("../../../ffi/adapter.ts", "type { Library }")],
    ["lib/linux/sys/libc.ts", from("../../../ffi/adapter.ts", "{ type Library, type Symbols }")],
    ["lib/cli/command.ts", from("../../ffi/error.ts", "{ FfiError }")],
  ],
}, {
  rule: runtimesAreNamedInFfi,
  breaks: [
    ["lib/system/kernel.ts", "// as Bun does"],
    ["lib/system/kernel.ts", "/** On Deno's side. */"],
    ["lib/system/kernel.ts", '"Deno" in globalThis'],
    ["lib/system/kernel.ts", 'import("bun:ffi")'],
    ["mod.ts", 'export const x = "Bun";'],
    ["lib/system/kernel.ts", "/** Under Node it is slower. */"],
    ["lib/system/kernel.ts", 'throw new Error("Cannot run under Node 20")'],
    ["lib/system/kernel.ts", 'getBuiltinModule("node:ffi")'],
    ["mod.ts", "const x = `Node`;"],
  ],
  keeps: [
    ["ffi/bun.ts", "// Bun and Deno"],
    ["mod.ts", "/** For Bun and Deno. */"],
    ["lib/system/kernel.ts", "Bundle Denominator bunch"],
    ["lib/cli/main.ts", 'import process from "node:process"; // a node of the tree'],
    ["lib/process/tree.ts", "interface Node extends ProcessNode {}\nconst x: NodeJS.Timeout = y;"],
    ["mod.ts", "/** For Node, too. */"],
  ],
}, {
  rule: noVariadicSymbols,
  breaks: [
    ["lib/linux/sys/libc.ts", 'open: { parameters: ["buffer", "i32"], result: "i32" }'],
    ["lib/linux/sys/libc.ts", "{ read: READ, fcntl64: {\n    parameters: [] } }"],
    ["lib/darwin/libsystem.ts", "ioctl: { parameters: [] }"],
    ["lib/linux/sys/libc.ts", '"fcntl": { result: "i32", parameters: [] }'],
    ["lib/linux/sys/libc.ts", "openat: OPENAT,"],
    ["lib/linux/sys/libc.ts", '/** `long` */ syscall: { parameters: ["i64"] }'],
    ["lib/linux/sys/complete.ts", "prctl: { parameters: [] }"],
    ["lib/linux/sys/libc.ts", "prctl: { parameters: [] }"],
    ["lib/linux/sys/libc.ts", "snprintf: { parameters: [] }"],
    ["lib/darwin/libsystem.ts", "open$NOCANCEL: { parameters: [] }"],
    ["lib/darwin/libsystem.ts", "'sem_open': { parameters: [] }"],
  ],
  keeps: [
    ["lib/linux/sys/libc.ts", '__open_2: { parameters: ["buffer", "i32"], result: "i32" }'],
    ["lib/linux/sys/libc.ts", "ioctl: { parameters: [] }"],
    ["lib/linux/sys/complete.ts", "syscall: { parameters: [] }"],
    ["lib/linux/sys/complete.ts", "open: { parameters: [] }"],
    ["lib/linux/sys/libc.ts", "open(path) { return 1; }"],
    ["lib/linux/sys/libc.ts", "// open: { parameters: [] }"],
    ["lib/linux/sys/libc.ts", "interface X { open: boolean; open(path: string): number }"],
    ["lib/linux/sys/libc.ts", "pidfd_open: { parameters: [] }, klogctl: { parameters: [] }"],
  ],
}, {
  rule: everyRuntimeCanImport,
  breaks: [
    ["lib/x.ts", "function f() {\n  using file = open();\n}"],
    ["ffi/x.ts", "await using file: File = open();"],
  ],
  keeps: [
    ["lib/cli/top.ts", "using source = open();"],
    ["lib/x.ts", "// using file = open()"],
    ["lib/x.ts", " * using system = openSystem();".replace(" *", "/*") + "*/"],
    ["lib/x.ts", "const using = 1;"],
  ],
}, {
  rule: noEscapeFromTypes,
  breaks: [
    ["lib/x.ts", "const x: any = 1;"],
    ["lib/x.ts", "f(x as any)"],
    ["ffi/x.ts", "Record<string, any>"],
    ["ffi/x.ts", "(...args: any[]) => any"],
    ["lib/x.ts", "// @ts-ignore it works"],
    ["lib/x.ts", "// @ts-expect-error it works"],
    ["lib/x.ts", "// deno-lint-ignore no-explicit-any"],
  ],
  keeps: [
    ["lib/x.ts", "// any of them"],
    ["lib/x.ts", '"any of them"'],
    ["lib/x.ts", "await Promise.any([]); const many = company;"],
  ],
}, {
  rule: nothingButLibraries,
  breaks: [
    ["lib/linux/proc/proc_fs.ts", from("node:fs")],
    ["lib/linux/proc/proc_fs.ts", from("node:fs/promises")],
    ["lib/linux/proc/proc_fs.ts", 'await import("node:child_process")'],
    ["ffi/bun.ts", from("fs")],
  ],
  keeps: [
    ["lib/cli/main.ts", from("node:fs")],
    ["ffi/runtime.ts", from("node:process")],
  ],
}, {
  rule: noDependencies,
  breaks: [
    ["lib/x.ts", from("@std/assert")],
    ["lib/x.ts", from("npm:left-pad")],
    ["ffi/x.ts", from("jsr:@std/x")],
    ["lib/x.ts", from("https://deno.land/x/y.ts")],
    ["ffi/bun.ts", from("bun:ffi")],
  ],
  keeps: [["lib/x.ts", from("node:util") + from("./kernel.ts")]],
}];

for (const { rule, breaks, keeps } of SAMPLES) {
  const name = Object.entries(RULES).find(([, one]) => one === rule)?.[0];

  test(`the rule that ${name} is broken by each sample that breaks it`, () => {
    for (const [path, source] of breaks) {
      assertEquals(rule(path, source).length > 0, true, path + source);
    }
  });

  test(`the rule that ${name} lets pass what only looks like breaking it`, () => {
    for (const [path, source] of keeps) assertEquals(rule(path, source), []);
  });
}

test("every rule has samples", () => {
  assertEquals(SAMPLES.map(({ rule }) => rule), Object.values(RULES));
});

test("importsOf() finds every form of import, and none in comments", () => {
  const source = `
    import a from "./a.ts";
    import type { B } from '../b.ts';
    import {
      type C,
      c,
    } from "node:c";
    import { type D } from "./d/d.ts";
    export * from "./e.ts";
    export type { F } from "./f.ts";
    import "./g.ts";
    import config from "./h.json" with { type: "json" };
    const i = await import("./i.ts");
    /* import "./no.ts"; */ // import "./no.ts";
    const text = "// not a comment"; import j from "./j.ts";
  `;
  assertEquals(importsOf("lib/x/y.ts", source).map((one) => [one.from, one.typesOnly]), [
    ["lib/x/a.ts", false],
    ["lib/b.ts", true],
    ["node:c", false],
    ["lib/x/d/d.ts", true],
    ["lib/x/e.ts", false],
    ["lib/x/f.ts", true],
    ["lib/x/h.json", false],
    ["lib/x/j.ts", false],
    ["lib/x/g.ts", false],
    ["lib/x/i.ts", false],
  ]);
});

test("codeOf() keeps strings and drops comments, or drops both", () => {
  const source = 'const a = "/* x */"; // y\n/* "z" */ const b = `//${a}`;';
  assertEquals(codeOf(source), 'const a = "/* x */";  \n  const b = `//${a}`;');
  assertEquals(codeOf(source, false), 'const a = "";  \n  const b = "";');
});
