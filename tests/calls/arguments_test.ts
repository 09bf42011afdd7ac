import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import * as calls from "../../lib/calls/mod.ts";
import { type System, systemOf, type SystemOptions } from "../../lib/system/system.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";

/** Returns the system of a kernel, with process 1 as the caller. */
const callerOf = (kernel: Kernel): System => ({ ...systemOf(kernel), pid: () => 1 });
const TOKEN = { val: [0, 0, 0, 0, 0, 1, 0, 2] };
const INT32 = [NaN, Infinity, 1.5, -(2 ** 31) - 1, 2 ** 31, 2 ** 53, undefined, null, "1", 1n, {}];
const UINT32 = [NaN, -Infinity, 0.5, -1, 2 ** 32, undefined, null, "1", 1n, []];
const WORD32 = [NaN, 0.5, -(2 ** 31) - 1, 2 ** 32, undefined, null, "1", 1n, {}];
const UINT64 = [NaN, 1.5, -1, 2 ** 53, -1n, 1n << 64n, undefined, null, "1", {}];
const FLAVOR = [NaN, -1, 1000, 1.5, undefined, null, "1", 1n, "toString", "__proto__"];

type Call = (value: never, options: SystemOptions) => unknown;

/** The numeric arguments of the functions: function, argument, refused values, and a call. */
const ARGUMENTS: readonly (readonly [string, string, readonly unknown[], Call])[] = [
  ["pidInfo", "pid", INT32, (x, o) => calls.pidInfo(x, 3, 0n, o)],
  ["pidInfo", "flavor", [...FLAVOR, 0, 16, 35], (x, o) => calls.pidInfo(1, x, 0n, o)],
  ["pidInfo", "arg", UINT64.filter((x) => x !== undefined), (x, o) => calls.pidInfo(1, 3, x, o)],
  ["pidInfoOf", "pid", INT32, (x, o) => calls.pidInfoOf(x, { uniqueId: 1n }, 3, 0n, o)],
  ["pidInfoOf", "flavor", FLAVOR, (x, o) => calls.pidInfoOf(1, { uniqueId: 1n }, x, 0n, o)],
  ["pidInfoOf", "uniqueId", UINT64, (x, o) => calls.pidInfoOf(1, { uniqueId: x }, 3, 0n, o)],
  ["pidInfoOf", "idVersion", WORD32, (x, o) => calls.pidInfoOf(1, { idVersion: x }, 3, 0n, o)],
  ["pidFdInfo", "pid", INT32, (x, o) => calls.pidFdInfo(x, 0, 1, o)],
  ["pidFdInfo", "fd", INT32, (x, o) => calls.pidFdInfo(1, x, 1, o)],
  ["pidFdInfo", "flavor", [...FLAVOR, 0, 11], (x, o) => calls.pidFdInfo(1, 0, x, o)],
  ["pidFileportInfo", "pid", INT32, (x, o) => calls.pidFileportInfo(x, 1, 2, o)],
  ["pidFileportInfo", "port", UINT32, (x, o) => calls.pidFileportInfo(1, x, 2, o)],
  ["pidFileportInfo", "flavor", [...FLAVOR, 1, 4, 7], (x, o) => calls.pidFileportInfo(1, 1, x, o)],
  ["setProcessControl", "control", UINT32, (x, o) => calls.setProcessControl(x, o)],
  ["setThreadName", "name", ["\0", "a\0b"], (x, o) => calls.setThreadName(x, o)],
  ["terminate", "pid", INT32, (x, o) => calls.terminate(x, o)],
  ["trackDirty", "pid", INT32, (x, o) => calls.trackDirty(x, 1, o)],
  ["trackDirty", "flags", UINT32, (x, o) => calls.trackDirty(1, x, o)],
  ["setDirty", "pid", INT32, (x, o) => calls.setDirty(x, true, o)],
  ["getDirty", "pid", INT32, (x, o) => calls.getDirty(x, o)],
  ["clearDirty", "pid", INT32, (x, o) => calls.clearDirty(x, 4, o)],
  ["clearDirty", "flags", UINT32, (x, o) => calls.clearDirty(1, x, o)],
  ["dirtyControl", "flavor", [...FLAVOR, 0, 5], (x, o) => calls.dirtyControl(1, x, 0, o)],
  [
    "dirtyControl",
    "arg",
    UINT32.filter((x) => x !== undefined),
    (x, o) => calls.dirtyControl(1, 1, x, o),
  ],
  ["pidRusage", "pid", INT32, (x, o) => calls.pidRusage(x, 0, o)],
  ["pidRusage", "flavor", [...FLAVOR, 7], (x, o) => calls.pidRusage(1, x, o)],
  ["newestPidRusage", "pid", INT32, (x, o) => calls.newestPidRusage(x, o)],
  ["pidOriginatorInfo", "flavor", [...FLAVOR, 0, 4], (x, o) => calls.pidOriginatorInfo(x, o)],
  ["listCoalitions", "flavor", [...FLAVOR, 0, 3], (x, o) => calls.listCoalitions(x, 0, o)],
  [
    "listCoalitions",
    "type",
    UINT32.filter((x) => x !== undefined),
    (x, o) => calls.listCoalitions(2, x, o),
  ],
  ["canUseFgHw", "pid", INT32, (x, o) => calls.canUseFgHw(x, o)],
  ["pidDynKqueueInfo", "pid", INT32, (x, o) => calls.pidDynKqueueInfo(x, 0, 1n, o)],
  ["pidDynKqueueInfo", "flavor", [...FLAVOR, 2], (x, o) => calls.pidDynKqueueInfo(1, x, 1n, o)],
  ["pidDynKqueueInfo", "id", UINT64, (x, o) => calls.pidDynKqueueInfo(1, 0, x, o)],
  ["setUdata", "value", UINT64, (x, o) => calls.setUdata(x, o)],
  ["terminateRsr", "number", UINT32, (x, o) => calls.terminateRsr(x, o)],
  ["signalAuditToken", "number", INT32, (x, o) => calls.signalAuditToken(TOKEN, x, o)],
  ["delegateSignal", "number", INT32, (x, o) => calls.delegateSignal(TOKEN, TOKEN, x, o)],
];

for (const [name, argument, values, call] of ARGUMENTS) {
  test(`${name}() refuses a bad ${argument} by name and value, and nothing reaches the kernel`, () => {
    const kernel = scriptedKernel(() => 0);
    for (const value of values) {
      const error = assertThrows(
        () => call(value as never, { system: callerOf(kernel) }),
        RangeError,
        argument,
      );
      if (argument !== "name") {
        assert(error.message.includes(String(value)), `${error.message} lacks ${String(value)}`);
      }
    }
    assertEquals(kernel.calls, []);
  });
}

const HOLES = [1, 2, 3, 4, 5, 6, 7, 8];
delete HOLES[3];
const BAD_TOKENS: readonly (readonly [string, readonly number[]])[] = [
  ["there are 0", []],
  ["there are 7", [1, 2, 3, 4, 5, 6, 7]],
  ["there are 9", [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ["val[3]", HOLES],
  ["val[0]", [-1, 0, 0, 0, 0, 0, 0, 0]],
  ["val[7]", [0, 0, 0, 0, 0, 0, 0, 2 ** 32]],
  ["val[5]", [0, 0, 0, 0, 0, 1.5, 0, 0]],
];

test("an audit token that is not 8 numbers of 32 bits is refused, and nothing reaches the kernel", () => {
  const kernel = scriptedKernel(() => 0);
  const system = callerOf(kernel);
  for (const [what, val] of BAD_TOKENS) {
    for (
      const [name, call] of [
        ["token", () => calls.signalAuditToken({ val }, 9, { system })],
        ["token", () => calls.terminateAuditToken({ val }, { system })],
        ["instigator", () => calls.delegateSignal({ val }, TOKEN, 9, { system })],
        ["target", () => calls.delegateSignal(TOKEN, { val }, 9, { system })],
        ["instigator", () => calls.delegateTerminate({ val }, TOKEN, { system })],
        ["target", () => calls.delegateTerminate(TOKEN, { val }, { system })],
      ] as const
    ) {
      const error = assertThrows(call, RangeError, name);
      assert(error.message.includes(what));
    }
  }
  assertEquals(kernel.calls, []);
});

test("setDyldImages() refuses what is not memory, and nothing reaches the kernel", () => {
  const kernel = scriptedKernel(() => 0);
  const system = callerOf(kernel);
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  for (const images of [null, 1, new ArrayBuffer(8), detached]) {
    assertThrows(() => calls.setDyldImages(images as never, { system }), TypeError, "images");
  }
  assertThrows(() => calls.setDyldImages(new Uint8Array(0), { system }), RangeError, "images");
  assertEquals(kernel.calls, []);
});

test("-0 reaches the kernel as 0", () => {
  const kernel = scriptedKernel(() => -1);
  const system = callerOf(kernel);
  const minus: readonly (() => unknown)[] = [
    () => calls.pidInfo(-0, 3, -0, { system }),
    () => calls.pidFdInfo(-0, -0, 1, { system }),
    () => calls.pidFileportInfo(-0, -0, 2, { system }),
    () => calls.terminate(-0, { system }),
    () => calls.trackDirty(-0, -0, { system }),
    () => calls.pidRusage(-0, -0 as 0, { system }),
    () => calls.canUseFgHw(-0, { system }),
    () => calls.pidDynKqueueInfo(-0, -0 as 0, -0, { system }),
    () => calls.listCoalitions(1, -0, { system }),
    () => calls.signalAuditToken(TOKEN, -0, { system }),
    () => calls.delegateSignal(TOKEN, TOKEN, -0, { system }),
    () => calls.terminateRsr(-0, { system }),
  ];
  for (const call of minus) assertThrows(call, calls.ProcInfoError);
  assertEquals(kernel.calls.length, minus.length);
  for (const { pid, flavor } of kernel.calls) assert(!Object.is(pid, -0) && !Object.is(flavor, -0));
});

test("arguments at the ends of their ranges reach the kernel whole", () => {
  const kernel = scriptedKernel(() => -1);
  const system = callerOf(kernel);
  const ends: readonly (readonly [() => unknown, number, number, bigint])[] = [
    [
      () => calls.pidInfo(-(2 ** 31), 3, (1n << 64n) - 1n, { system }),
      -(2 ** 31),
      3,
      (1n << 64n) - 1n,
    ],
    [
      () => calls.pidInfo(2 ** 31 - 1, 3, 2 ** 53 - 1, { system }),
      2 ** 31 - 1,
      3,
      (1n << 53n) - 1n,
    ],
    [() => calls.pidFdInfo(1, -(2 ** 31), 1, { system }), 1, 1, 0xffff_ffff_8000_0000n],
    [() => calls.pidFdInfo(1, 2 ** 31 - 1, 1, { system }), 1, 1, 0x7fff_ffffn],
    [() => calls.pidFileportInfo(1, 2 ** 32 - 1, 2, { system }), 1, 2, 0xffff_ffffn],
    [() => calls.listCoalitions(2, 2 ** 32 - 1, { system }), 2, -1, 0n],
    [() => calls.trackDirty(1, 2 ** 32 - 1, { system }), 1, 1, 0xffff_ffffn],
    [() => calls.terminateRsr(2 ** 32 - 1, { system }), 0, 0, 0xffff_ffffn],
    [() => calls.setProcessControl(2 ** 32 - 1, { system }), 1, 1, 0xffff_ffffn],
    [() => calls.pidDynKqueueInfo(1, 0, (1n << 64n) - 1n, { system }), 1, 0, (1n << 64n) - 1n],
  ];
  for (const [call, pid, flavor, arg] of ends) {
    assertThrows(call, calls.ProcInfoError);
    const last = kernel.calls.at(-1)!;
    assertEquals([last.pid, last.flavor, last.arg], [pid, flavor, arg]);
  }
});
