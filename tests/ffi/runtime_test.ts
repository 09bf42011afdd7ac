import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  assertEquals,
  assertGreater,
  assertMatch,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { Adapter, Signatures, Symbols } from "../../ffi/adapter.ts";
import { FfiError, type FfiErrorCode } from "../../ffi/error.ts";
import { hostSystem, isDumb, openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { architectureOf } from "../../lib/linux/sys/architecture.ts";
import { libcPaths } from "../../lib/linux/sys/libc.ts";
import { hostLibrary } from "../support/libc.ts";
import { runSource, runtime } from "../support/runtime.ts";

const GETPID = { getpid: { parameters: [], result: "i32" } } as const;
const NOWHERE = { no_such_function: { parameters: [], result: "i32" } } as const;
/** A file that is not a library. */
const TEXT = fileURLToPath(import.meta.url);
const PATHS = ["a.so", "b.so", "c.so"];

/**
 * Returns an adapter over paths. `outcome` has the error of opening each, or null if that succeeds.
 */
function fakeAdapter(
  { outcome, allowed = PATHS }: {
    outcome: Readonly<Record<string, FfiErrorCode | null>>;
    allowed?: readonly string[];
  },
) {
  const opened: string[] = [];
  const adapter: Adapter = {
    mayOpen: (path) => allowed.includes(path),
    open<const T extends Signatures>(path: string): Symbols<T> {
      opened.push(path);
      const code = outcome[path];
      if (code) throw new FfiError(code, `${path}: ${code}`);
      return { from: () => path } as unknown as Symbols<T>;
    },
  };
  return { opened, library: openLibrary(adapter, PATHS) };
}

/** Returns the path of the library that these symbols come from. */
const pathOf = (symbols: unknown) => (symbols as { from(): string } | null)?.from();

const MISSING = {
  "a.so": "ERR_LIBRARY_NOT_FOUND",
  "b.so": "ERR_LIBRARY_NOT_FOUND",
  "c.so": "ERR_LIBRARY_NOT_FOUND",
} as const;

test("openAdapter() throws ERR_UNSUPPORTED_RUNTIME stating what to run, for a runtime it does not know", () => {
  const error = assertThrows(() => openAdapter({ process: {} }), FfiError);
  assertEquals(error.code, "ERR_UNSUPPORTED_RUNTIME");
  assertMatch(error.message, /`bun`.*`deno run --allow-ffi`/);
});

/** The messages for versions of Node without `node:ffi`. */
const NODES = {
  "18.20.8": /Node 18\.20\.8 has no "node:ffi": .* Node 26\.1 or later, with `bun`/,
  "26.0.0": /Node 26\.0\.0 has no "node:ffi": .* Node 26\.1 or later/,
  "26.1.0": /Node 26\.1\.0 is switched off: run it with `node --experimental-ffi`$/,
  "26.8.2": /Node 26\.8\.2 is switched off: run it with `node --experimental-ffi`$/,
  "26.9.0": /Node 26\.9\.0 is switched off or .* without --no-experimental-ffi/,
  "27.0.0": /Node 27\.0\.0 is switched off or .* without --no-experimental-ffi/,
};

for (const [node, says] of Object.entries(NODES)) {
  test(`openAdapter() throws ERR_UNSUPPORTED_RUNTIME stating what to do, for Node ${node} without node:ffi`, () => {
    const versions = { node };
    for (const process of [{ versions }, { versions, getBuiltinModule: () => undefined }]) {
      const error = assertThrows(() => openAdapter({ process }), FfiError);
      assertEquals(error.code, "ERR_UNSUPPORTED_RUNTIME");
      assertMatch(error.message, says);
      assertMatch(error.message, /^[^\n]+$/);
    }
  });
}

test("openAdapter() throws ERR_UNSUPPORTED_RUNTIME stating what to run, for a Deno without dlopen()", () => {
  const error = assertThrows(() => openAdapter({ Deno: { permissions: {} } }), FfiError);
  assertEquals(error.code, "ERR_UNSUPPORTED_RUNTIME");
  assertMatch(error.message, /^[^\n]*`deno run --allow-ffi` of Deno 2\.2 or later$/);
});

test("openAdapter() takes the runtime that it is handed, Node last", () => {
  const symbols = {};
  const Deno = { dlopen: () => ({ symbols }), permissions: {} };
  const opened: string[] = [];
  class DynamicLibrary {
    constructor(path: string) {
      opened.push(path);
    }
    getFunction() {
      return () => 7;
    }
  }
  const queried: string[] = [];
  const process = {
    getBuiltinModule: (name: string) => (queried.push(name), { DynamicLibrary }),
  };
  assertStrictEquals(openAdapter({ Deno, process }).open("a.so", GETPID) as unknown, symbols);
  assertEquals([queried, opened], [[], []]);
  assertEquals(openAdapter({ process }).open("b.so", GETPID).getpid(), 7);
  assertEquals([queried, opened], [["node:ffi"], ["b.so"]]);
});

test("hostSystem() returns the values of the process", () => {
  const { platform, arch } = hostSystem();
  assertEquals([platform, arch], [process.platform, process.arch]);
});

test("hostSystem() has the C library where the runtime reports the one it was built for", () => {
  const libcOf = (target: string) => hostSystem({ Deno: { build: { target } } }).libc;
  assertEquals(libcOf("x86_64-unknown-linux-gnu"), "glibc");
  assertEquals(libcOf("aarch64-unknown-linux-gnu"), "glibc");
  assertEquals(libcOf("x86_64-alpine-linux-musl"), "musl");
  assertEquals(libcOf("aarch64-unknown-linux-musl"), "musl");
  assertEquals(libcOf("aarch64-apple-darwin"), undefined);
  assertEquals(hostSystem({ Bun: {} }).libc, undefined);
  const says = runtime === "deno" && process.platform === "linux";
  assertEquals(hostSystem().libc !== undefined, says);
});

test("openLibrary() opens nothing before something is bound", () => {
  assertEquals(fakeAdapter({ outcome: {} }).opened, []);
});

test("openLibrary().bind() opens the first path and no other where that works", () => {
  const { opened, library } = fakeAdapter({ outcome: {} });
  assertEquals(pathOf(library.bind(GETPID)), "a.so");
  assertEquals(opened, ["a.so"]);
});

test("openLibrary().bind() tries the next path where there is no library, in order", () => {
  const { opened, library } = fakeAdapter({
    outcome: { "a.so": "ERR_LIBRARY_NOT_FOUND", "b.so": "ERR_LIBRARY_NOT_FOUND" },
  });
  assertEquals(pathOf(library.bind(GETPID)), "c.so");
  assertEquals(opened, PATHS);
});

test("openLibrary().bind() throws the first path's error where no path has a library", () => {
  const { opened, library } = fakeAdapter({ outcome: MISSING });
  const error = assertThrows(() => library.bind(GETPID), FfiError, "a.so");
  assertEquals(error.code, "ERR_LIBRARY_NOT_FOUND");
  assertEquals(opened, PATHS);
});

test("openLibrary().bind() tries only the paths that are allowed, where some are", () => {
  const { opened, library } = fakeAdapter({ outcome: {}, allowed: ["c.so"] });
  assertEquals(pathOf(library.bind(GETPID)), "c.so");
  assertEquals(opened, ["c.so"]);
});

test("openLibrary().bind() puts one question at most, where no path is allowed", () => {
  const { opened, library } = fakeAdapter({ outcome: MISSING, allowed: [] });
  assertThrows(() => library.bind(GETPID), FfiError, "a.so");
  assertEquals(opened, ["a.so"]);
});

for (const code of ["ERR_SYMBOL_NOT_FOUND", "ERR_PERMISSION_DENIED"] as const) {
  test(`openLibrary().bind() throws ${code} at once, whatever other paths there are`, () => {
    const { opened, library } = fakeAdapter({ outcome: { "a.so": code } });
    assertEquals(assertThrows(() => library.bind(GETPID), FfiError).code, code);
    assertEquals(opened, ["a.so"]);
  });
}

test("openLibrary().tryBind() is null for a missing symbol, and the functions where there is none", () => {
  const symbol = fakeAdapter({ outcome: { "a.so": "ERR_SYMBOL_NOT_FOUND" } });
  assertEquals(symbol.library.tryBind(GETPID), null);
  assertEquals(pathOf(fakeAdapter({ outcome: {} }).library.tryBind(GETPID)), "a.so");
});

for (
  const code of [
    "ERR_LIBRARY_NOT_FOUND",
    "ERR_PERMISSION_DENIED",
    "ERR_UNSUPPORTED_RUNTIME",
  ] as const
) {
  test(`openLibrary().tryBind() throws ${code}: only a missing symbol is null`, () => {
    const { library } = fakeAdapter({ outcome: { "a.so": code, "b.so": code, "c.so": code } });
    assertEquals(assertThrows(() => library.tryBind(GETPID), FfiError).code, code);
  });
}

test("openLibrary() of the real adapter binds a function of libc", () => {
  const libc = hostLibrary();
  assertEquals(libc.bind(GETPID).getpid(), process.pid);
});

test("openLibrary() of the real adapter goes on to the next path where there is no library", () => {
  const paths = [
    "/nowhere/libc.so.6",
    TEXT,
    ...libcPaths(architectureOf(process.arch), hostSystem().libc),
  ];
  assertEquals(openLibrary(openAdapter(), paths).bind(GETPID).getpid(), process.pid);
});

test("openLibrary() of the real adapter throws ERR_LIBRARY_NOT_FOUND for a file that is not there", () => {
  const library = openLibrary(openAdapter(), ["/nowhere/libnowhere.so"]);
  const error = assertThrows(() => library.bind(GETPID), FfiError, '"/nowhere/libnowhere.so"');
  assertEquals(error.code, "ERR_LIBRARY_NOT_FOUND");
});

test("openLibrary() of the real adapter throws ERR_LIBRARY_NOT_FOUND for a file that is not a library", () => {
  const library = openLibrary(openAdapter(), [TEXT]);
  const error = assertThrows(() => library.bind(GETPID), FfiError, TEXT);
  assertEquals(error.code, "ERR_LIBRARY_NOT_FOUND");
});

test("openLibrary() of the real adapter throws ERR_SYMBOL_NOT_FOUND for a symbol that libc lacks", () => {
  const libc = hostLibrary();
  const error = assertThrows(
    () => libc.bind({ ...GETPID, ...NOWHERE }),
    FfiError,
    '"no_such_function"',
  );
  assertEquals(error.code, "ERR_SYMBOL_NOT_FOUND");
  assertEquals(libc.tryBind({ ...GETPID, ...NOWHERE }), null);
  assertEquals(libc.tryBind(GETPID)?.getpid(), process.pid);
});

/** Counts the calls of the runtime while mod.ts is imported, and at its first use. */
const COUNTING = `
  let asked = 0;
  const count = (owner, name) => {
    // The first Bun 1.2 has no process.getBuiltinModule(), and createRequire() in its place.
    const real = owner[name] ?? createRequire(import.meta.url);
    owner[name] = (...args) => (asked++, real.apply(owner, args));
  };
  count(process, "getBuiltinModule");
  if ("Deno" in globalThis) {
    for (const name of ["dlopen", "openSync", "readFileSync", "statSync", "readDirSync"]) {
      count(Deno, name);
    }
    count(Deno.permissions, "querySync");
  }
  const { getAllPids } = await import("./mod.ts");
  const importing = asked;
  getAllPids();
  console.log(JSON.stringify({ importing, using: asked - importing }));
`;

test(`importing mod.ts calls nothing of ${runtime}, and the first use does`, () => {
  const source =
    `import { createRequire } from "node:module"; import process from "node:process";${COUNTING}`;
  const { stdout, stderr } = runSource(source, { flags: ["--allow-ffi"] });
  assertMatch(stdout, /^\{/, stderr);
  const { importing, using } = JSON.parse(stdout);
  assertEquals(importing, 0);
  assertGreater(using, 0);
});

/** A program on an unsupported system. */
const ON_WINDOWS = `
  import process from "node:process";
  Object.defineProperty(process, "platform", { value: "win32" });
  const { getAllPids, openSystem } = await import("./mod.ts");
  const { main } = await import("./lib/cli/main.ts");
  const errors = [getAllPids, openSystem].map((use) => {
    try {
      return use();
    } catch ({ name, code, message }) {
      return { name, code, message };
    }
  });
  const lines = [];
  const status = await main(["ps"], { out: console.log, err: (line) => lines.push(line) });
  console.log(JSON.stringify({ errors, status, lines }));
`;

const isFixed = Object.getOwnPropertyDescriptor(process, "platform")?.configurable === false;

test("Windows is ERR_UNSUPPORTED_SYSTEM at the first use, whose error states what to do", {
  skip: isFixed && "needs a runtime that lets process.platform be changed",
}, () => {
  const { stdout, stderr } = runSource(ON_WINDOWS, { flags: ["--allow-ffi"] });
  assertMatch(stdout, /^\{/, stderr);
  const { errors, status, lines } = JSON.parse(stdout);
  const message =
    'Cannot open this system as it is "win32": run the program on macOS or Linux, or in WSL';
  const error = { name: "FfiError", code: "ERR_UNSUPPORTED_SYSTEM", message };
  assertEquals(errors, [error, error]);
  assertEquals([status, lines], [2, [`libproc: ${message}`]]);
});

test("importing mod.ts needs no permission of Deno", () => {
  const source = 'import * as mod from "./mod.ts"; console.log(typeof mod.getAllPids);';
  const { status, stdout, stderr } = runSource(source, { runtime: "deno", flags: ["--deny-ffi"] });
  assertEquals({ status, stdout, stderr }, { status: 0, stdout: "function\n", stderr: "" });
});

test("mod.ts imports no module of any runtime but node:process and node:module", () => {
  // A static import of bun:ffi would prevent every other runtime from loading the module.
  for (const name of ["bun", "deno", "runtime"]) {
    const source = readFileSync(new URL(`../../ffi/${name}.ts`, import.meta.url), "utf8");
    const imported = [...source.matchAll(/^import .* from "([^"]+)";$/gm)].map((match) =>
      match[1]!
    );
    assertEquals(imported.filter((path) => !/^(\.\/|node:(process|module)$)/.test(path)), []);
  }
});

test("isDumb() knows a terminal without a cursor, and requests no permission", () => {
  const before = process.env["TERM"];
  const deno = (state: string) => ({ Deno: { permissions: { querySync: () => ({ state }) } } });
  try {
    process.env["TERM"] = "dumb";
    assertEquals([isDumb({}), isDumb(deno("granted")), isDumb(deno("prompt"))], [
      true,
      true,
      false,
    ]);
    process.env["TERM"] = "xterm";
    assertEquals([isDumb({}), isDumb(deno("granted"))], [false, false]);
  } finally {
    if (before === undefined) delete process.env["TERM"];
    else process.env["TERM"] = before;
  }
});
