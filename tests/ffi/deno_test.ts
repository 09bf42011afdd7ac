import { test } from "node:test";
import { assertEquals, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Signatures } from "../../ffi/adapter.ts";
import { denoAdapter } from "../../ffi/deno.ts";
import { FfiError } from "../../ffi/error.ts";

const ONE = { close: { parameters: ["i32"], result: "i32" } } as const;

const permissions = { querySync: () => ({ state: "granted" }) };

/** Returns an adapter whose runtime throws `error`. */
const failing = (error: Error) =>
  denoAdapter({
    permissions,
    dlopen() {
      throw error;
    },
  });

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

test("denoAdapter().open() passes prototypes on as they are, and the runtime's own functions back", () => {
  const queried: { path: string; symbols: Signatures }[] = [];
  const symbols = { all: () => 0 };
  const signatures = {
    all: { parameters: ["i32", "u32", "i64", "u64", "buffer", "pointer"], result: "pointer" },
  } as const;
  const adapter = denoAdapter({
    permissions,
    dlopen(path, symbolsAsked) {
      queried.push({ path, symbols: symbolsAsked });
      return { symbols };
    },
  });
  assertStrictEquals(adapter.open("lib.so", signatures) as unknown, symbols);
  assertEquals(queried, [{ path: "lib.so", symbols: signatures }]);
});

test("denoAdapter().mayOpen() is true only for a path whose permission is granted", () => {
  const states: Record<string, string> = { "a.so": "granted", "b.so": "prompt", "c.so": "denied" };
  const queried: unknown[] = [];
  const adapter = denoAdapter({
    permissions: {
      querySync(query) {
        queried.push(query);
        return { state: states[query.path]! };
      },
    },
    dlopen: () => ({ symbols: {} }),
  });
  assertEquals(Object.keys(states).map((path) => adapter.mayOpen(path)), [true, false, false]);
  assertEquals(queried[0], { name: "ffi", path: "a.so" });
});

for (const name of ["NotCapable", "PermissionDenied"]) {
  test(`denoAdapter().open() throws ERR_PERMISSION_DENIED naming --allow-ffi for ${name}`, () => {
    const cause = named(name, 'Requires ffi access to "lib.so", run again with the flag');
    const error = assertThrows(() => failing(cause).open("lib.so", ONE), FfiError, "--allow-ffi");
    assertEquals(error.code, "ERR_PERMISSION_DENIED");
    assertStringIncludes(error.message, '"lib.so"');
    assertStrictEquals(error.cause, cause);
  });
}

test("denoAdapter().open() throws ERR_SYMBOL_NOT_FOUND naming the symbol and the library", () => {
  const cause = new Error("Failed to register symbol close: lib.so: undefined symbol: close");
  const error = assertThrows(() => failing(cause).open("lib.so", ONE), FfiError);
  assertEquals(error.code, "ERR_SYMBOL_NOT_FOUND");
  assertStringIncludes(error.message, 'Cannot find "close" in "lib.so"');
  assertStrictEquals(error.cause, cause);
});

test("denoAdapter().open() throws ERR_LIBRARY_NOT_FOUND with the cause and the loader's words", () => {
  const cause = new Error("Could not open library: Could not open library: lib.so: file too short");
  const error = assertThrows(() => failing(cause).open("lib.so", ONE), FfiError, '"lib.so"');
  assertEquals(error.code, "ERR_LIBRARY_NOT_FOUND");
  assertStringIncludes(error.message, "file too short");
  assertStrictEquals(error.cause, cause);
});
