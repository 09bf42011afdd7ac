import { test } from "node:test";
import { assertEquals, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { FfiError } from "../../ffi/error.ts";
import { nodeAdapter, type NodeLibrary, type NodeSignature } from "../../ffi/node.ts";

type Native = ReturnType<NodeLibrary["getFunction"]>;

const CLOSE = { close: { parameters: ["i32"], result: "i32" } } as const;
const LOCATION = { parameters: [], result: "pointer" } as const;
const GIVE = { give: { parameters: ["buffer"], result: "pointer" } } as const;

/** The address of the fake's errno, and the address that it returns for every view. */
const ERRNO = 0x1000n, VIEW = 0x2000n;

/** Returns an adapter over these functions, which records its calls. */
function fakeNode(functions: Readonly<Record<string, Native>>, failure?: Error) {
  const queried: { path: string; name: string; signature: NodeSignature }[] = [];
  const closed: string[] = [];
  const fake = { queried, closed, errno: 0, copy: new Int32Array(0) as Int32Array };
  class DynamicLibrary implements NodeLibrary {
    readonly path: string;
    constructor(path: string) {
      if (failure) throw failure;
      this.path = path;
    }
    getFunction(name: string, signature: NodeSignature): Native {
      queried.push({ path: this.path, name, signature });
      const found = functions[name];
      if (!found) throw failed(`dlsym failed: ${this.path}: undefined symbol: ${name}`);
      return found;
    }
    close() {
      closed.push(this.path);
    }
  }
  const adapter = nodeAdapter({
    DynamicLibrary,
    getInt32(address) {
      assertEquals(address, ERRNO);
      return fake.errno;
    },
    getRawPointer(view) {
      fake.copy = view;
      return VIEW;
    },
  });
  return Object.assign(fake, { adapter });
}

const withCode = (message: string, code: string) => Object.assign(new Error(message), { code });
const failed = (message: string) => withCode(message, "ERR_FFI_CALL_FAILED");

test("nodeAdapter().open() hands over each prototype in Node's form, with the names of its types", () => {
  const { adapter, queried, closed } = fakeNode({ all: () => 0, none: () => undefined });
  adapter.open("lib.so", {
    all: { parameters: ["i32", "u32", "i64", "u64", "buffer", "pointer"], result: "i64" },
    none: { parameters: [], result: "void" },
  });
  assertEquals(queried, [
    {
      path: "lib.so",
      name: "all",
      signature: { arguments: ["i32", "u32", "i64", "u64", "buffer", "pointer"], return: "i64" },
    },
    { path: "lib.so", name: "none", signature: { arguments: [], return: "void" } },
  ]);
  assertEquals(closed, []);
});

test("nodeAdapter().open() gives Node's own functions where neither errno nor NULL may be returned", () => {
  const wide = () => 0n, none = () => undefined;
  const { adapter } = fakeNode({ wide, none });
  const opened = adapter.open("lib.so", {
    wide: { parameters: ["i64"], result: "u64" },
    none: { parameters: [], result: "void" },
  });
  assertStrictEquals(opened.wide as unknown, wide);
  assertStrictEquals(opened.none as unknown, none);
});

test("nodeAdapter() passes arguments on as they are, and gives null for the address 0", () => {
  const got: unknown[] = [];
  const answers = [0n, 7n];
  const { adapter } = fakeNode({
    give: (...args) => (got.push(args), answers.shift()),
  });
  const { give } = adapter.open("lib.so", GIVE);
  const view = new Uint8Array(3);
  assertEquals([give(view), give(null)] as unknown[], [null, 7n]);
  assertEquals(got, [[view], [null]]);
});

for (const location of ["__errno_location", "__error"]) {
  test(`nodeAdapter() copies errno as a call fails, to where ${location}() reports that it is`, () => {
    let answer = -1;
    const node = fakeNode({ [location]: () => ERRNO, close: () => answer });
    const library = node.adapter.open("lib.so", { ...CLOSE, [location]: LOCATION });
    const give = library[location as "close"] as unknown as () => unknown;
    assertEquals(give(), VIEW);
    node.errno = 9;
    assertEquals(library.close(5), -1);
    assertEquals([...node.copy], [9]);
    // A change of errno before the next call does not change the copy.
    node.errno = 11;
    answer = 0;
    assertEquals(library.close(5), 0);
    assertEquals([...node.copy], [9]);
    answer = -1;
    library.close(5);
    assertEquals([...node.copy], [11]);
  });
}

test("nodeAdapter() copies errno for tables that are bound after the one that has its address", () => {
  const node = fakeNode({ __errno_location: () => ERRNO, close: () => -1 });
  node.adapter.open("lib.so", { __errno_location: LOCATION }).__errno_location();
  node.errno = 22;
  node.adapter.open("lib.so", CLOSE).close(1);
  assertEquals([...node.copy], [22]);
});

test("nodeAdapter() reads no errno before its address was requested", () => {
  const node = fakeNode({ __errno_location: () => 0xbadn, close: () => -1 });
  const library = node.adapter.open("lib.so", { ...CLOSE, __errno_location: LOCATION });
  assertEquals(library.close(1), -1);
});

test("nodeAdapter().mayOpen() is true, as Node prompts no user", () => {
  assertEquals(fakeNode({}, new Error("asked")).adapter.mayOpen("lib.so"), true);
});

test("nodeAdapter().open() throws ERR_PERMISSION_DENIED naming --allow-ffi for ERR_ACCESS_DENIED", () => {
  const cause = withCode("Access to this API has been restricted.", "ERR_ACCESS_DENIED");
  const { adapter } = fakeNode({}, cause);
  const error = assertThrows(() => adapter.open("lib.so", CLOSE), FfiError, "--allow-ffi");
  assertEquals(error.code, "ERR_PERMISSION_DENIED");
  assertStringIncludes(error.message, '"lib.so"');
  assertStrictEquals(error.cause, cause);
});

test("nodeAdapter().open() throws ERR_LIBRARY_NOT_FOUND with the cause and the loader's words", () => {
  const cause = failed("dlopen failed: lib.so: file too short");
  const { adapter } = fakeNode({}, cause);
  const error = assertThrows(() => adapter.open("lib.so", CLOSE), FfiError, '"lib.so"');
  assertEquals(error.code, "ERR_LIBRARY_NOT_FOUND");
  assertStringIncludes(error.message, "file too short");
  assertStrictEquals(error.cause, cause);
});

test("nodeAdapter().open() throws ERR_SYMBOL_NOT_FOUND naming the symbol, and closes the library", () => {
  const { adapter, closed } = fakeNode({ give: () => 0n });
  const error = assertThrows(() => adapter.open("lib.so", { ...GIVE, ...CLOSE }), FfiError);
  assertEquals(error.code, "ERR_SYMBOL_NOT_FOUND");
  assertStringIncludes(error.message, 'Cannot find "close" in "lib.so"');
  assertStringIncludes((error.cause as Error).message, "undefined symbol: close");
  assertEquals(closed, ["lib.so"]);
});

test("nodeAdapter().open() throws ERR_UNSUPPORTED_RUNTIME for any other failure", () => {
  const cause = new TypeError("Unsupported FFI type: i32");
  const opening = assertThrows(() => fakeNode({}, cause).adapter.open("a.so", CLOSE), FfiError);
  const throwing = nodeAdapter({
    DynamicLibrary: class {
      getFunction(): Native {
        throw cause;
      }
      close() {}
    },
    getInt32: () => 0,
    getRawPointer: () => 0n,
  });
  const binding = assertThrows(() => throwing.open("a.so", CLOSE), FfiError);
  assertStringIncludes(binding.message, 'Cannot bind "close" in "a.so"');
  for (const error of [opening, binding]) {
    assertEquals(error.code, "ERR_UNSUPPORTED_RUNTIME");
    assertStringIncludes(error.message, cause.message);
    assertStrictEquals(error.cause, cause);
  }
});
