import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import * as calls from "../../lib/calls/mod.ts";
import type { Host } from "../../lib/system/system.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";

const host = { pid: () => 1 } as Host;
const TOKEN = { val: [0, 0, 0, 0, 0, 1, 0, 2] };
const INT32 = [NaN, Infinity, 1.5, -(2 ** 31) - 1, 2 ** 31, 2 ** 53, undefined, null, "1", 1n, {}];
const UINT32 = [NaN, -Infinity, 0.5, -1, 2 ** 32, undefined, null, "1", 1n, []];
const WORD32 = [NaN, 0.5, -(2 ** 31) - 1, 2 ** 32, undefined, null, "1", 1n, {}];
const UINT64 = [NaN, 1.5, -1, 2 ** 53, -1n, 1n << 64n, undefined, null, "1", {}];
const FLAVOR = [NaN, -1, 1000, 1.5, undefined, null, "1", 1n, "toString", "__proto__"];

type Call = (value: never, kernel: calls.Kernel) => unknown;

/** Each numeric argument of each function: its name, what it does not take, and how it is passed. */
const ARGUMENTS: readonly (readonly [string, string, readonly unknown[], Call])[] = [
  ["pidInfo", "pid", INT32, (x, k) => calls.pidInfo(x, 3, 0n, k)],
  ["pidInfo", "flavor", [...FLAVOR, 0, 16, 35], (x, k) => calls.pidInfo(1, x, 0n, k)],
  ["pidInfo", "arg", UINT64.filter((x) => x !== undefined), (x, k) => calls.pidInfo(1, 3, x, k)],
  ["pidInfoOf", "pid", INT32, (x, k) => calls.pidInfoOf(x, { uniqueId: 1n }, 3, 0n, k)],
  ["pidInfoOf", "flavor", FLAVOR, (x, k) => calls.pidInfoOf(1, { uniqueId: 1n }, x, 0n, k)],
  ["pidInfoOf", "uniqueId", UINT64, (x, k) => calls.pidInfoOf(1, { uniqueId: x }, 3, 0n, k)],
  ["pidInfoOf", "idVersion", WORD32, (x, k) => calls.pidInfoOf(1, { idVersion: x }, 3, 0n, k)],
  ["pidFdInfo", "pid", INT32, (x, k) => calls.pidFdInfo(x, 0, 1, k)],
  ["pidFdInfo", "fd", INT32, (x, k) => calls.pidFdInfo(1, x, 1, k)],
  ["pidFdInfo", "flavor", [...FLAVOR, 0, 11], (x, k) => calls.pidFdInfo(1, 0, x, k)],
  ["pidFileportInfo", "pid", INT32, (x, k) => calls.pidFileportInfo(x, 1, 2, k)],
  ["pidFileportInfo", "port", UINT32, (x, k) => calls.pidFileportInfo(1, x, 2, k)],
  ["pidFileportInfo", "flavor", [...FLAVOR, 1, 4, 7], (x, k) => calls.pidFileportInfo(1, 1, x, k)],
  ["setProcessControl", "control", UINT32, (x, k) => calls.setProcessControl(x, k, host)],
  ["setThreadName", "name", ["\0", "a\0b"], (x, k) => calls.setThreadName(x, k, host)],
  ["terminate", "pid", INT32, (x, k) => calls.terminate(x, k)],
  ["trackDirty", "pid", INT32, (x, k) => calls.trackDirty(x, 1, k)],
  ["trackDirty", "flags", UINT32, (x, k) => calls.trackDirty(1, x, k)],
  ["setDirty", "pid", INT32, (x, k) => calls.setDirty(x, true, k)],
  ["getDirty", "pid", INT32, (x, k) => calls.getDirty(x, k)],
  ["clearDirty", "pid", INT32, (x, k) => calls.clearDirty(x, 4, k)],
  ["clearDirty", "flags", UINT32, (x, k) => calls.clearDirty(1, x, k)],
  ["dirtyControl", "flavor", [...FLAVOR, 0, 5], (x, k) => calls.dirtyControl(1, x, 0, k)],
  [
    "dirtyControl",
    "arg",
    UINT32.filter((x) => x !== undefined),
    (x, k) => calls.dirtyControl(1, 1, x, k),
  ],
  ["pidRusage", "pid", INT32, (x, k) => calls.pidRusage(x, 0, k)],
  ["pidRusage", "flavor", [...FLAVOR, 7], (x, k) => calls.pidRusage(1, x, k)],
  ["newestPidRusage", "pid", INT32, (x, k) => calls.newestPidRusage(x, k)],
  ["pidOriginatorInfo", "flavor", [...FLAVOR, 0, 4], (x, k) => calls.pidOriginatorInfo(x, k)],
  ["listCoalitions", "flavor", [...FLAVOR, 0, 3], (x, k) => calls.listCoalitions(x, 0, k)],
  [
    "listCoalitions",
    "type",
    UINT32.filter((x) => x !== undefined),
    (x, k) => calls.listCoalitions(2, x, k),
  ],
  ["canUseFgHw", "pid", INT32, (x, k) => calls.canUseFgHw(x, k)],
  ["pidDynKqueueInfo", "pid", INT32, (x, k) => calls.pidDynKqueueInfo(x, 0, 1n, k)],
  ["pidDynKqueueInfo", "flavor", [...FLAVOR, 2], (x, k) => calls.pidDynKqueueInfo(1, x, 1n, k)],
  ["pidDynKqueueInfo", "id", UINT64, (x, k) => calls.pidDynKqueueInfo(1, 0, x, k)],
  ["setUdata", "value", UINT64, (x, k) => calls.setUdata(x, k, host)],
  ["terminateRsr", "number", UINT32, (x, k) => calls.terminateRsr(x, k)],
  ["signalAuditToken", "number", INT32, (x, k) => calls.signalAuditToken(TOKEN, x, k)],
  ["delegateSignal", "number", INT32, (x, k) => calls.delegateSignal(TOKEN, TOKEN, x, k)],
];

for (const [name, argument, values, call] of ARGUMENTS) {
  test(`${name}() refuses a bad ${argument} by name and value, and nothing reaches the kernel`, () => {
    const kernel = scriptedKernel(() => 0);
    for (const value of values) {
      const error = assertThrows(() => call(value as never, kernel), RangeError, argument);
      if (argument !== "name") {
        assert(error.message.includes(String(value)), `${error.message} says not ${String(value)}`);
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
  for (const [what, val] of BAD_TOKENS) {
    for (
      const [name, call] of [
        ["token", () => calls.signalAuditToken({ val }, 9, kernel)],
        ["token", () => calls.terminateAuditToken({ val }, kernel)],
        ["instigator", () => calls.delegateSignal({ val }, TOKEN, 9, kernel)],
        ["target", () => calls.delegateSignal(TOKEN, { val }, 9, kernel)],
        ["instigator", () => calls.delegateTerminate({ val }, TOKEN, kernel)],
        ["target", () => calls.delegateTerminate(TOKEN, { val }, kernel)],
      ] as const
    ) {
      const error = assertThrows(call, RangeError, name);
      assert(error.message.includes(what));
    }
  }
  assertEquals(kernel.calls, []);
});

test("setDyldImages() refuses what is no memory, and nothing reaches the kernel", () => {
  const kernel = scriptedKernel(() => 0);
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  for (const images of [null, 1, new ArrayBuffer(8), detached]) {
    assertThrows(() => calls.setDyldImages(images as never, kernel, host), TypeError, "images");
  }
  assertThrows(() => calls.setDyldImages(new Uint8Array(0), kernel, host), RangeError, "images");
  assertEquals(kernel.calls, []);
});

test("-0 reaches the kernel as 0", () => {
  const kernel = scriptedKernel(() => -1);
  const minus: readonly (() => unknown)[] = [
    () => calls.pidInfo(-0, 3, -0, kernel),
    () => calls.pidFdInfo(-0, -0, 1, kernel),
    () => calls.pidFileportInfo(-0, -0, 2, kernel),
    () => calls.terminate(-0, kernel),
    () => calls.trackDirty(-0, -0, kernel),
    () => calls.pidRusage(-0, -0 as 0, kernel),
    () => calls.canUseFgHw(-0, kernel),
    () => calls.pidDynKqueueInfo(-0, -0 as 0, -0, kernel),
    () => calls.listCoalitions(1, -0, kernel),
    () => calls.signalAuditToken(TOKEN, -0, kernel),
    () => calls.delegateSignal(TOKEN, TOKEN, -0, kernel),
    () => calls.terminateRsr(-0, kernel),
  ];
  for (const call of minus) assertThrows(call, calls.ProcInfoError);
  assertEquals(kernel.calls.length, minus.length);
  for (const { pid, flavor } of kernel.calls) assert(!Object.is(pid, -0) && !Object.is(flavor, -0));
});

test("arguments at the ends of their ranges reach the kernel whole", () => {
  const kernel = scriptedKernel(() => -1);
  const ends: readonly (readonly [() => unknown, number, number, bigint])[] = [
    [() => calls.pidInfo(-(2 ** 31), 3, (1n << 64n) - 1n, kernel), -(2 ** 31), 3, (1n << 64n) - 1n],
    [() => calls.pidInfo(2 ** 31 - 1, 3, 2 ** 53 - 1, kernel), 2 ** 31 - 1, 3, (1n << 53n) - 1n],
    [() => calls.pidFdInfo(1, -(2 ** 31), 1, kernel), 1, 1, 0xffff_ffff_8000_0000n],
    [() => calls.pidFdInfo(1, 2 ** 31 - 1, 1, kernel), 1, 1, 0x7fff_ffffn],
    [() => calls.pidFileportInfo(1, 2 ** 32 - 1, 2, kernel), 1, 2, 0xffff_ffffn],
    [() => calls.listCoalitions(2, 2 ** 32 - 1, kernel), 2, -1, 0n],
    [() => calls.trackDirty(1, 2 ** 32 - 1, kernel), 1, 1, 0xffff_ffffn],
    [() => calls.terminateRsr(2 ** 32 - 1, kernel), 0, 0, 0xffff_ffffn],
    [() => calls.setProcessControl(2 ** 32 - 1, kernel, host), 1, 1, 0xffff_ffffn],
    [() => calls.pidDynKqueueInfo(1, 0, (1n << 64n) - 1n, kernel), 1, 0, (1n << 64n) - 1n],
  ];
  for (const [call, pid, flavor, arg] of ends) {
    assertThrows(call, calls.ProcInfoError);
    const last = kernel.calls.at(-1)!;
    assertEquals([last.pid, last.flavor, last.arg], [pid, flavor, arg]);
  }
});
