import { test } from "node:test";
import {
  assertEquals,
  assertMatch,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { bunAdapter, type BunSymbols } from "../../ffi/bun.ts";
import { FfiError } from "../../ffi/error.ts";

const ONE = { close: { parameters: ["i32"], result: "i32" } } as const;

/** Returns an adapter whose runtime throws `error`, which may be any value. */
const failing = (error: unknown) =>
  bunAdapter({
    dlopen() {
      throw error;
    },
  });

const withCode = (error: Error, code: string) => Object.assign(error, { code });

test("bunAdapter().open() translates every C type and returns the runtime's own functions", () => {
  const queried: { path: string; symbols: BunSymbols }[] = [];
  const symbols = { all: () => 0, none: () => 0, give: () => 0, wide: () => 0 };
  const adapter = bunAdapter({
    dlopen(path, symbolsAsked) {
      queried.push({ path, symbols: symbolsAsked });
      return { symbols };
    },
  });
  const opened = adapter.open("lib.so", {
    all: { parameters: ["i32", "u32", "i64", "u64", "buffer", "pointer"], result: "i32" },
    none: { parameters: [], result: "void" },
    give: { parameters: ["buffer"], result: "pointer" },
    wide: { parameters: ["i64"], result: "u64" },
  });
  assertStrictEquals(opened as unknown, symbols);
  assertEquals(queried, [{
    path: "lib.so",
    symbols: {
      all: { args: ["i32", "u32", "i64", "u64", "ptr", "ptr"], returns: "i32" },
      none: { args: [], returns: "void" },
      give: { args: ["ptr"], returns: "ptr" },
      wide: { args: ["i64"], returns: "u64" },
    },
  }]);
});

test("bunAdapter().mayOpen() is true without a query of the runtime, which has no permissions", () => {
  assertEquals(failing(new Error("asked")).mayOpen("lib.so"), true);
});

test("bunAdapter().open() throws ERR_LIBRARY_NOT_FOUND with the cause and the loader's words", () => {
  const cause = withCode(
    new Error('Failed to open library "lib.so": lib.so: cannot open shared object file'),
    "ERR_DLOPEN_FAILED",
  );
  const error = assertThrows(() => failing(cause).open("lib.so", ONE), FfiError, '"lib.so"');
  assertEquals(error.code, "ERR_LIBRARY_NOT_FOUND");
  assertStringIncludes(error.message, "cannot open shared object file");
  assertStrictEquals(error.cause, cause);
});

test("bunAdapter().open() throws ERR_SYMBOL_NOT_FOUND naming the symbol and the library", () => {
  const cause = withCode(
    new TypeError('Symbol "close" not found in "lib.so"'),
    "ERR_INVALID_ARG_TYPE",
  );
  const error = assertThrows(() => failing(cause).open("lib.so", ONE), FfiError);
  assertEquals(error.code, "ERR_SYMBOL_NOT_FOUND");
  assertStringIncludes(error.message, 'Cannot find "close" in "lib.so"');
  assertStrictEquals(error.cause, cause);
});

test("bunAdapter().open() throws ERR_UNSUPPORTED_RUNTIME for any other failure", () => {
  const cause = new TypeError("FFI is not available in this build");
  const error = assertThrows(() => failing(cause).open("lib.so", ONE), FfiError, cause.message);
  assertEquals(error.code, "ERR_UNSUPPORTED_RUNTIME");
  assertMatch(error.message, /^[^\n]*`deno run --allow-ffi`$/);
  assertStrictEquals(error.cause, cause);
});
