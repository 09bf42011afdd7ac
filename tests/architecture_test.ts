import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { assertArrayIncludes, assertEquals, assertGreater } from "@std/assert";
import {
  codeOf,
  importsGoDown,
  importsOf,
  noDependencies,
  noEscapeFromTypes,
  nothingButLibraries,
  noVariadicSymbols,
  onlyOpenMeetsRuntimes,
  type Rule,
  RULES,
  runtimesAreNamedInFfi,
} from "./support/architecture.ts";
import { ROOT } from "./support/runtime.ts";

const read = (path: string) => readFileSync(ROOT + path, "utf8");

/** What the package is made of. */
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
    "lib/open.ts",
    "lib/linux/parse/stat.ts",
  ]);
  assertGreater(SOURCES.length, 20);
});

for (const [name, rule] of Object.entries(RULES)) {
  test(`in every source, ${name}`, () => {
    assertEquals(SOURCES.flatMap((path) => rule(path, read(path))), []);
  });
}

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

// Each rule can fail.

const from = (path: string, names = "{ x }") => `import ${names} from "${path}";\n`;

/** Sources that break a rule, and sources that keep it though they look alike. */
const SAMPLES: readonly {
  readonly rule: Rule;
  readonly breaks: readonly (readonly [path: string, source: string])[];
  readonly keeps: readonly (readonly [path: string, source: string])[];
}[] = [{
  rule: importsGoDown,
  breaks: [
    ["ffi/bun.ts", from("../lib/system/kernel.ts")],
    ["ffi/adapter.ts", from("../mod.ts", "type { X }")],
    ["lib/layout/block.ts", from("../kernel.ts")],
    ["lib/layout/block.ts", from("../abi/callnum.ts", "type { X }")],
    ["lib/abi/bsd_info.ts", from("../kernel.ts")],
    ["lib/abi/bsd_info.ts", from("../calls/pid_info.ts")],
    ["lib/kernel.ts", from("./open.ts")],
    ["lib/kernel.ts", from("./check.ts")],
    ["lib/check.ts", from("./kernel.ts")],
    ["lib/host.ts", from("./linux/host.ts", "type { X }")],
    ["lib/calls/pid_info.ts", from("../linux/kernel.ts")],
    ["lib/calls/pid_info.ts", from("../../ffi/runtime.ts")],
    ["lib/calls/pid_info.ts", from("../process/process.ts")],
    ["lib/linux/kernel.ts", from("../darwin/kernel.ts")],
    ["lib/linux/kernel.ts", from("../calls/pid_info.ts")],
    ["lib/linux/kernel.ts", from("../open.ts")],
    ["lib/linux/kernel.ts", from("../../ffi/runtime.ts")],
    ["lib/linux/answer/list_pids.ts", from("../../darwin/host.ts", "type { X }")],
    ["lib/darwin/kernel.ts", from("../linux/libc.ts")],
    ["lib/darwin/kernel.ts", from("../../ffi/error.ts")],
    ["lib/linux/parse/stat.ts", from("./status.ts")],
    ["lib/linux/parse/stat.ts", from("../../kernel.ts", "type { X }")],
    ["lib/open.ts", from("./calls/pid_info.ts")],
    ["lib/open.ts", from("../mod.ts")],
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
    ["lib/cli/main.ts", from("../../mod.ts") + from("./pids.ts") + from("../open.ts")],
    ["lib/linux/kernel.ts", from("../../ffi/adapter.ts", "type { X }") + from("./proc_fs.ts")],
    ["lib/calls/pid_info.ts", from("../open.ts") + from("./reply.ts") + from("../abi/x.ts")],
    ["lib/check.ts", '/** import { x } from "@libproc/libproc"; */\n// import "./open.ts";'],
  ],
}, {
  rule: onlyOpenMeetsRuntimes,
  breaks: [
    ["lib/linux/libc.ts", from("../../ffi/adapter.ts")],
    ["lib/linux/libc.ts", from("../../ffi/adapter.ts", "{ type Library, open }")],
    ["lib/linux/libc.ts", from("../../ffi/adapter.ts", "* as ffi")],
    ["lib/cli/main.ts", from("../../ffi/runtime.ts")],
    ["lib/calls/x.ts", 'export { x } from "../../ffi/bun.ts";'],
    ["lib/calls/x.ts", 'await import("../../ffi/deno.ts");'],
  ],
  keeps: [
    ["lib/open.ts", from("../ffi/runtime.ts")],
    ["lib/linux/libc.ts", from("../../ffi/adapter.ts", "type { Library }")],
    ["lib/linux/libc.ts", from("../../ffi/adapter.ts", "{ type Library, type Symbols }")],
    ["lib/cli/command.ts", from("../../ffi/error.ts", "{ FfiError }")],
  ],
}, {
  rule: runtimesAreNamedInFfi,
  breaks: [
    ["lib/kernel.ts", "// as Bun does"],
    ["lib/kernel.ts", "/** On Deno's side. */"],
    ["lib/kernel.ts", '"Deno" in globalThis'],
    ["lib/kernel.ts", 'import("bun:ffi")'],
    ["mod.ts", 'export const x = "Bun";'],
    ["lib/kernel.ts", "/** Under Node it is slower. */"],
    ["lib/kernel.ts", 'throw new Error("Cannot run under Node 20")'],
    ["lib/kernel.ts", 'getBuiltinModule("node:ffi")'],
    ["mod.ts", "const x = `Node`;"],
  ],
  keeps: [
    ["ffi/bun.ts", "// Bun and Deno"],
    ["mod.ts", "/** For Bun and Deno. */"],
    ["lib/kernel.ts", "Bundle Denominator bunch"],
    ["lib/cli/main.ts", 'import process from "node:process"; // a node of the tree'],
    ["lib/process/tree.ts", "interface Node extends ProcessNode {}\nconst x: NodeJS.Timeout = y;"],
    ["mod.ts", "/** For Node, too. */"],
  ],
}, {
  rule: noVariadicSymbols,
  breaks: [
    ["lib/linux/libc.ts", 'open: { parameters: ["buffer", "i32"], result: "i32" }'],
    ["lib/linux/libc.ts", "{ read: READ, fcntl64: {\n    parameters: [] } }"],
    ["lib/darwin/libsystem.ts", "ioctl: { parameters: [] }"],
    ["lib/linux/libc.ts", '"fcntl": { result: "i32", parameters: [] }'],
    ["lib/linux/libc.ts", "openat: OPENAT,"],
    ["lib/linux/libc.ts", '/** `long` */ syscall: { parameters: ["i64"] }'],
    ["lib/linux/libc.ts", "prctl: { parameters: [] }"],
    ["lib/linux/libc.ts", "snprintf: { parameters: [] }"],
    ["lib/darwin/libsystem.ts", "open$NOCANCEL: { parameters: [] }"],
    ["lib/darwin/libsystem.ts", "'sem_open': { parameters: [] }"],
  ],
  keeps: [
    ["lib/linux/libc.ts", '__open_2: { parameters: ["buffer", "i32"], result: "i32" }'],
    ["lib/linux/libc.ts", "ioctl: { parameters: [] }"],
    ["lib/linux/libc.ts", "open(path) { return 1; }"],
    ["lib/linux/libc.ts", "// open: { parameters: [] }"],
    ["lib/linux/libc.ts", "interface X { open: boolean; open(path: string): number }"],
    ["lib/linux/libc.ts", "pidfd_open: { parameters: [] }, klogctl: { parameters: [] }"],
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
    ["lib/linux/proc_fs.ts", from("node:fs")],
    ["lib/linux/proc_fs.ts", from("node:fs/promises")],
    ["lib/linux/proc_fs.ts", 'await import("node:child_process")'],
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
