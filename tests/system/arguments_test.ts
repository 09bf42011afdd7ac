import { Buffer } from "node:buffer";
import { test } from "node:test";
import { assertEquals, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { bytesOf, id, int32, uint32, uint64, word32 } from "../../lib/system/arguments.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import {
  getPidsForPgrp,
  getPidsForPpid,
  getPidsForRuid,
  getPidsForTty,
  getPidsForUid,
  listPids,
  procInfo,
} from "../../lib/calls/mod.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";

const K32 = 2 ** 32;
const MIN = -(2 ** 31);
const MAX = 2 ** 31 - 1;

/** The values that no integer argument accepts, each with its form in a message. */
const NEVER: readonly (readonly [unknown, string])[] = [
  [NaN, "NaN"],
  [0.5, "0.5"],
  [-1.5, "-1.5"],
  [Infinity, "Infinity"],
  [-Infinity, "-Infinity"],
  [2 ** 53, "9007199254740992"],
  ["1", '"1"'],
  ["", '""'],
  [undefined, "undefined"],
  [null, "null"],
  [true, "true"],
  [[1], "1"],
  [{}, "[object Object]"],
];
const BIGINTS: typeof NEVER = [[0n, "0n"], [5n, "5n"], [-1n, "-1n"], [
  2n ** 64n,
  "18446744073709551616n",
]];

interface Check {
  readonly name: string;
  readonly check: (name: string, value: number) => unknown;
  /** The accepted values, and the results. */
  readonly takes: readonly (readonly [unknown, unknown])[];
  /** The refused values in addition to {@linkcode NEVER}, each with its form in a message. */
  readonly refuses: readonly (readonly [unknown, string])[];
}

const same = (...values: number[]) => values.map((value) => [value, value] as const);
const shown = (...values: number[]) => values.map((value) => [value, String(value)] as const);

const CHECKS: readonly Check[] = [
  {
    name: "int32",
    check: int32,
    takes: [...same(0, 1, -1, MIN, MAX), [-0, 0]],
    refuses: shown(MAX + 1, MIN - 1, K32, -K32),
  },
  {
    name: "id",
    check: id,
    takes: [...same(0, 1, MAX), [-0, 0]],
    refuses: shown(-1, MIN, MAX + 1, K32),
  },
  {
    name: "uint32",
    check: uint32,
    takes: [...same(0, 1, MAX + 1, K32 - 1), [-0, 0]],
    refuses: shown(-1, MIN, K32, K32 + 1),
  },
  {
    name: "word32",
    check: word32,
    takes: [...same(0, 1, -1, MIN, MAX), [-0, 0], [MAX + 1, MIN], [K32 - 1, -1]],
    refuses: shown(MIN - 1, K32),
  },
  {
    name: "uint64",
    check: uint64 as Check["check"],
    takes: [[0, 0n], [-0, 0n], [2 ** 53 - 1, 2n ** 53n - 1n], [0n, 0n], [
      2n ** 64n - 1n,
      2n ** 64n - 1n,
    ]],
    refuses: [...shown(-1), [-1n, "-1n"], [2n ** 64n, "18446744073709551616n"]],
  },
];

for (const { name, check, takes, refuses } of CHECKS) {
  test(`${name}() passes on what fits, and -0 as 0`, () => {
    for (const [value, expected] of takes) {
      // Object.is() distinguishes -0 from 0.
      assertEquals(Object.is(check("x", value as number), expected), true, `${value}`);
    }
  });

  test(`${name}() throws a RangeError naming the argument and its value`, () => {
    for (const [value, text] of [...NEVER, ...refuses]) {
      const error = assertThrows(() => check("theName", value as number), RangeError, "theName");
      assertStringIncludes(error.message, `current value is ${text}`);
    }
  });
}

for (const { name, check } of CHECKS.filter(({ name }) => name !== "uint64")) {
  test(`${name}() throws a RangeError for a bigint`, () => {
    for (const [value, text] of BIGINTS) {
      const error = assertThrows(
        () => check("theName", value as unknown as number),
        RangeError,
        "theName",
      );
      assertStringIncludes(error.message, `current value is ${text}`);
    }
  });
}

/** Returns the bytes of a view, and checks that they share its memory. */
function shownBy(view: ArrayBufferView): Uint8Array {
  const bytes = bytesOf("buffer", view);
  assertStrictEquals(bytes.buffer, view.buffer);
  return bytes;
}

const whole = () => Uint8Array.from({ length: 64 }, (_, i) => i).buffer;

const VIEWS: Readonly<Record<string, readonly [() => ArrayBufferView, number, number]>> = {
  "a Uint8Array": [() => new Uint8Array(whole()), 0, 64],
  "a Uint8Array at an offset": [() => new Uint8Array(whole(), 3, 5), 3, 5],
  "a Uint8Array of no length": [() => new Uint8Array(whole(), 64, 0), 64, 0],
  "an empty Uint8Array": [() => new Uint8Array(0), 0, 0],
  "a Uint8ClampedArray": [() => new Uint8ClampedArray(whole(), 3, 5), 3, 5],
  "an Int32Array at an offset": [() => new Int32Array(whole(), 8, 2), 8, 8],
  "a Float64Array": [() => new Float64Array(whole()), 0, 64],
  "a BigUint64Array": [() => new BigUint64Array(whole(), 16, 2), 16, 16],
  "a DataView at an odd offset": [() => new DataView(whole(), 7, 9), 7, 9],
  "a DataView of no length": [() => new DataView(whole(), 9, 0), 9, 0],
  "a view on a SharedArrayBuffer": [() => new Int32Array(new SharedArrayBuffer(16), 4, 2), 4, 8],
  "a DataView on a SharedArrayBuffer": [() => new DataView(new SharedArrayBuffer(16), 5), 5, 11],
};

for (const [name, [make, offset, length]] of Object.entries(VIEWS)) {
  test(`bytesOf() gives exactly the bytes of ${name}`, () => {
    const { byteOffset, byteLength } = shownBy(make());
    assertEquals({ byteOffset, byteLength }, { byteOffset: offset, byteLength: length });
  });
}

test("bytesOf() gives exactly the bytes of a Buffer from the pool", () => {
  const buffer = Buffer.from("in the pool");
  assertEquals(new TextDecoder().decode(shownBy(buffer)), "in the pool");
});

const NO_VIEWS: readonly (readonly [unknown, string])[] = [
  [null, "null"],
  [undefined, "undefined"],
  [5, "5"],
  ["text", '"text"'],
  [[1, 2], "Array"],
  [new ArrayBuffer(8), "ArrayBuffer"],
  [new SharedArrayBuffer(8), "SharedArrayBuffer"],
  [{ buffer: new ArrayBuffer(8), byteOffset: 0, byteLength: 8 }, "Object"],
];

test("bytesOf() throws a TypeError naming the argument and its kind for what is not a view", () => {
  for (const [value, kind] of NO_VIEWS) {
    const run = () => bytesOf("theName", value as ArrayBufferView);
    assertStringIncludes(assertThrows(run, TypeError, "theName").message, kind);
  }
});

type Make = (buffer: ArrayBuffer, offset?: number, length?: number) => ArrayBufferView;
const KINDS: Readonly<Record<string, Make>> = {
  Uint8Array: (...args) => new Uint8Array(...args),
  Int32Array: (...args) => new Int32Array(...args),
  BigUint64Array: (...args) => new BigUint64Array(...args),
  DataView: (...args) => new DataView(...args),
};

const resizable = () => new ArrayBuffer(64, { maxByteLength: 128 });

/** Views without memory. */
const GONE: Readonly<Record<string, (make: Make) => ArrayBufferView>> = {
  "detached": (make) => {
    const buffer = new ArrayBuffer(64);
    const view = make(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    return view;
  },
  "detached, at an offset and of no length": (make) => {
    const buffer = new ArrayBuffer(64);
    const view = make(buffer, 8, 0);
    structuredClone(buffer, { transfer: [buffer] });
    return view;
  },
  "shrunk below its length": (make) => {
    const buffer = resizable();
    const view = make(buffer, 8, 4);
    buffer.resize(10);
    return view;
  },
  "shrunk below the offset of a length-tracking view": (make) => {
    const buffer = resizable();
    const view = make(buffer, 16);
    buffer.resize(8);
    return view;
  },
  "shrunk to nothing": (make) => {
    const buffer = resizable();
    const view = make(buffer, 0, 4);
    buffer.resize(0);
    return view;
  },
};

for (const [state, spoil] of Object.entries(GONE)) {
  for (const [kind, make] of Object.entries(KINDS)) {
    test(`bytesOf() throws a TypeError naming the argument for a ${kind} that is ${state}`, () => {
      const view = spoil(make);
      assertThrows(() => bytesOf("theName", view), TypeError, "theName");
    });
  }
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`bytesOf() gives what a length-tracking ${kind} shows after its buffer shrank and grew`, () => {
    const buffer = resizable();
    const view = make(buffer, 16);
    for (const size of [32, 24, 16, 128]) {
      buffer.resize(size);
      const { byteOffset, byteLength } = shownBy(view);
      assertEquals({ byteOffset, byteLength }, { byteOffset: 16, byteLength: size - 16 });
    }
  });

  test(`bytesOf() gives what a ${kind} of fixed length shows while its buffer still holds it`, () => {
    const buffer = resizable();
    const view = make(buffer, 8, 2);
    buffer.resize(8 + view.byteLength);
    assertEquals(shownBy(view).byteLength, view.byteLength);
    buffer.resize(8);
    buffer.resize(64);
    assertEquals(shownBy(view).byteOffset, 8);
  });
}

/** The values that are refused in place of a number. */
const WRONG = NEVER.map(([value]) => value as number);
const DETACHED = GONE["detached"]!;
const SHRUNK = GONE["shrunk below its length"]!;

/** Fails unless `run` throws without a call of the kernel. */
function assertNeverAsked(
  type: typeof RangeError | typeof TypeError,
  run: (kernel: ReturnType<typeof scriptedKernel>) => unknown,
  what: string,
): void {
  const kernel = scriptedKernel(() => 0);
  assertThrows(() => run(kernel), type, "Cannot pass", what);
  assertEquals(kernel.calls, [], what);
}

const NUMBERS = ["callnum", "pid", "flavor"] as const;
for (const [position, name] of NUMBERS.entries()) {
  test(`procInfo() calls no kernel with a ${name} that is not an integer of its type`, () => {
    for (const value of [...WRONG, K32, MIN - 1]) {
      const args: [number, number, number] = [1, 1, 1];
      args[position] = value;
      assertNeverAsked(
        RangeError,
        (kernel) => procInfo(...args, 0n, null, undefined, { system: systemOf(kernel) }),
        `${name} ${String(value)}`,
      );
    }
  });

  test(`procInfo() queries the kernel with 0 for a ${name} of -0, which a call of C could not take`, () => {
    const kernel = scriptedKernel(() => 0);
    const args: [number, number, number] = [1, 1, 1];
    args[position] = -0;
    procInfo(...args, 0n, null, undefined, { system: systemOf(kernel) });
    assertEquals(Object.is(kernel.calls[0]![name], 0), true);
  });
}

test("procInfo() calls no kernel with an arg that is not a uint64_t", () => {
  for (const value of [...WRONG, -1, -1n, 2n ** 64n]) {
    assertNeverAsked(
      RangeError,
      (kernel) => procInfo(1, 1, 1, value, null, undefined, { system: systemOf(kernel) }),
      `arg ${String(value)}`,
    );
  }
});

test("procInfo() calls no kernel with a buffersize that is not an integer or beyond the buffer", () => {
  for (const value of WRONG.filter((value) => value !== undefined)) {
    assertNeverAsked(
      RangeError,
      (kernel) => procInfo(1, 1, 1, 0n, new Uint8Array(8), value, { system: systemOf(kernel) }),
      `buffersize ${String(value)}`,
    );
  }
  const rooms: [ArrayBufferView | null, number][] = [
    [new Uint8Array(8), 9],
    [new Uint8Array(8), -1],
    [new Int32Array(2), 9],
    [new DataView(new ArrayBuffer(64), 60), 5],
    [new Uint8Array(0), 1],
    [null, 1],
  ];
  for (const [buffer, size] of rooms) {
    assertNeverAsked(
      RangeError,
      (kernel) => procInfo(1, 1, 1, 0n, buffer, size, { system: systemOf(kernel) }),
      `${buffer?.byteLength} ${size}`,
    );
  }
});

test("procInfo() calls no kernel with what is not a view, or with one whose memory is gone", () => {
  const views = NO_VIEWS.filter(([value]) => value !== null).map(([value]) => value);
  for (const make of Object.values(KINDS)) views.push(DETACHED(make), SHRUNK(make));
  for (const view of views) {
    assertNeverAsked(
      TypeError,
      (kernel) =>
        procInfo(1, 1, 1, 0n, view as ArrayBufferView, undefined, { system: systemOf(kernel) }),
      Object.prototype.toString.call(view),
    );
  }
});

test("procInfo() hands the kernel exactly the bytes that the view shows, or buffersize of them", () => {
  const kernel = scriptedKernel((_, buffer) => {
    buffer?.fill(0xff);
    return 0;
  });
  const memory = new Uint8Array(32);
  procInfo(1, 1, 1, 0n, new Int32Array(memory.buffer, 8, 3), undefined, {
    system: systemOf(kernel),
  });
  assertEquals(
    [...memory.keys()].filter((i) => memory[i]),
    Array.from({ length: 12 }, (_, i) => 8 + i),
  );
  memory.fill(0);
  procInfo(1, 1, 1, 0n, new DataView(memory.buffer, 5, 9), 2, { system: systemOf(kernel) });
  assertEquals([...memory.keys()].filter((i) => memory[i]), [5, 6]);
  procInfo(1, 1, 1, 0n, memory, 0, { system: systemOf(kernel) });
  procInfo(1, 1, 1, 0n, null, 0, { system: systemOf(kernel) });
  assertEquals(kernel.calls.map(({ size }) => size), [12, 2, 0, null]);
});

test("listPids() calls no kernel with a type or typeinfo that is not a 32-bit integer", () => {
  for (const value of [...WRONG, K32, MIN - 1]) {
    assertNeverAsked(
      RangeError,
      (kernel) => listPids(value, 0, { system: systemOf(kernel) }),
      `type ${String(value)}`,
    );
    assertNeverAsked(
      RangeError,
      (kernel) => listPids(1, value, { system: systemOf(kernel) }),
      `typeinfo ${String(value)}`,
    );
  }
  assertNeverAsked(
    RangeError,
    (kernel) => listPids(-1, 0, { system: systemOf(kernel) }),
    "type -1",
  );
});

/** Returns a system that has only a kernel. */
const kernelAlone = (kernel: Kernel): System =>
  new Proxy({ kernel } as System, {
    get(_, name) {
      if (name === "kernel") return kernel;
      return () => {
        throw new Error(`The system was queried for ${String(name)}`);
      };
    },
  });

const BIGINT = 1n as unknown as number;
const WITH_BIGINT: Readonly<Record<string, (kernel: Kernel) => unknown>> = {
  "procInfo() callnum": (kernel) =>
    procInfo(BIGINT, 1, 1, 0n, null, undefined, { system: systemOf(kernel) }),
  "procInfo() pid": (kernel) =>
    procInfo(1, BIGINT, 1, 0n, null, undefined, { system: systemOf(kernel) }),
  "procInfo() flavor": (kernel) =>
    procInfo(1, 1, BIGINT, 0n, null, undefined, { system: systemOf(kernel) }),
  "procInfo() buffersize": (kernel) =>
    procInfo(1, 1, 1, 0n, new Uint8Array(8), BIGINT, { system: systemOf(kernel) }),
  "listPids() type": (kernel) => listPids(BIGINT, 0, { system: systemOf(kernel) }),
  "listPids() typeinfo": (kernel) => listPids(1, BIGINT, { system: systemOf(kernel) }),
  "getPidsForUid() uid": (kernel) => getPidsForUid(BIGINT, { system: systemOf(kernel) }),
  "getPidsForRuid() uid": (kernel) => getPidsForRuid(BIGINT, { system: systemOf(kernel) }),
  "getPidsForPpid() ppid": (kernel) => getPidsForPpid(BIGINT, { system: systemOf(kernel) }),
  "getPidsForPgrp() pgid": (kernel) => getPidsForPgrp(BIGINT, { system: systemOf(kernel) }),
  "getPidsForTty() tty": (kernel) => getPidsForTty(BIGINT, { system: kernelAlone(kernel) }),
};

test("a bigint in place of a number is a RangeError that shows it, and calls no kernel", () => {
  for (const [where, run] of Object.entries(WITH_BIGINT)) {
    const kernel = scriptedKernel(() => 0);
    const error = assertThrows(() => run(kernel), RangeError, where.split(" ")[1], where);
    assertStringIncludes(error.message, "current value is 1n");
    assertEquals(kernel.calls, [], where);
  }
});

test("listPids() queries the kernel with 0 for -0", () => {
  const kernel = scriptedKernel(() => 0);
  listPids(-0, -0, { system: systemOf(kernel) });
  const { pid, flavor } = kernel.calls[0]!;
  assertEquals([Object.is(pid, 0), Object.is(flavor, 0)], [true, true]);
});

const GETTERS = { getPidsForUid, getPidsForRuid, getPidsForPpid, getPidsForPgrp };
for (const [name, get] of Object.entries(GETTERS)) {
  test(`${name}() calls no kernel with an id that is not an integer of its type`, () => {
    for (const value of [...WRONG, -1, MIN, K32]) {
      assertNeverAsked(
        RangeError,
        (kernel) => get(value, { system: systemOf(kernel) }),
        String(value),
      );
    }
  });
}

test("getPidsForTty() calls neither the kernel nor the system with what is not a device number or path", () => {
  const wrong = WRONG.filter((value) => typeof value !== "string");
  for (const value of [...wrong, MIN - 1, K32, "/dev/\0null"]) {
    assertNeverAsked(
      RangeError,
      (kernel) => getPidsForTty(value, { system: kernelAlone(kernel) }),
      String(value),
    );
  }
});
