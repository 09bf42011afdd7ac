import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { ERRNO } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";

const ask = (kernel: Kernel, ...[callnum, pid, flavor, arg]: number[]) =>
  kernel.procInfo(callnum ?? 2, pid ?? 1, flavor ?? 3, BigInt(arg ?? 0), null);

test("scriptedKernel() answers by the first rule that matches", () => {
  const kernel = scriptedKernel([
    { callnum: 2, pid: 42, flavor: 3, arg: 9, answer: 1 },
    { callnum: 2, pid: 42, flavor: 3, answer: 2 },
    { callnum: 2, pid: 42, answer: 3 },
    { callnum: 2, flavor: 3, answer: 4 },
    { arg: 9n, answer: 5 },
  ]);
  assertEquals(ask(kernel, 2, 42, 3, 9), 1);
  assertEquals(ask(kernel, 2, 42, 3, 8), 2);
  assertEquals(ask(kernel, 2, 42, 4, 9), 3);
  assertEquals(ask(kernel, 2, 43, 3, 9), 4);
  assertEquals(ask(kernel, 3, 43, 3, 9), 5);
});

test("scriptedKernel() answers ESRCH to what no rule matches, or what the test sets", () => {
  assertEquals(ask(scriptedKernel([])), -ERRNO.ESRCH);
  assertEquals(ask(scriptedKernel([], -ERRNO.ENOTSUP)), -ERRNO.ENOTSUP);
  assertEquals(ask(scriptedKernel([{ pid: 2, answer: 0 }], ({ pid }) => pid + 100)), 101);
});

test("scriptedKernel() takes one answer for every call", () => {
  assertEquals(ask(scriptedKernel(7)), 7);
  assertEquals(ask(scriptedKernel(() => 8)), 8);
  assertEquals(ask(scriptedKernel(new Uint8Array(12))), 12);
});

test("scriptedKernel() takes a word as C does, signed or not", () => {
  const kernel = scriptedKernel([{ callnum: 1, flavor: 0xfffffffe, answer: 1 }]);
  assertEquals(ask(kernel, 1, 4, -2), 1);
});

test("scriptedKernel() writes bytes as far as they fit, and nowhere else", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const kernel = scriptedKernel([{ pid: 1, answer: bytes }, { answer: () => bytes, returns: 0 }]);
  for (const [size, expected] of [[0, 0], [3, 3], [4, 4], [6, 4]] as const) {
    const memory = new Uint8Array(16).fill(9);
    assertEquals(kernel.procInfo(2, 1, 3, 0n, memory.subarray(4, 4 + size)), expected);
    const after = new Uint8Array(16).fill(9);
    after.set(bytes.subarray(0, expected), 4);
    assertEquals(memory, after);
  }
  assertEquals(kernel.procInfo(2, 1, 3, 0n, null), 4);
  const buffer = new Uint8Array(4);
  assertEquals(kernel.procInfo(2, 2, 3, 0n, buffer), 0);
  assertEquals(buffer, bytes);
});

test("scriptedKernel() hands a function the call and the buffer", () => {
  const kernel = scriptedKernel((call, buffer) => {
    buffer?.fill(call.pid);
    return call.flavor;
  });
  const buffer = new Uint8Array(2);
  assertEquals(kernel.procInfo(2, 5, 3, 0n, buffer), 3);
  assertEquals(buffer, Uint8Array.of(5, 5));
});

test("scriptedKernel() remembers its calls, and what the extended call compares", () => {
  const kernel = scriptedKernel(0);
  kernel.procInfo(2, 42, 3, 9n, new Uint8Array(5));
  kernel.procInfoExtendedId(2, 42, 3, 2, 77n, 0n, null);
  assertEquals(kernel.calls, [
    { callnum: 2, pid: 42, flavor: 3, arg: 9n, size: 5 },
    { callnum: 2, pid: 42, flavor: 3, arg: 0n, size: null, flags: 2, extId: 77n },
  ]);
});

test("scriptedKernel().fail() fails the nth call that matches, with any errno", () => {
  for (const errno of [ERRNO.EPERM, ERRNO.ENOMEM, 200]) {
    const kernel = scriptedKernel((_, buffer) => buffer === null ? 4 : 0);
    kernel.fail(3, errno, { callnum: 2, flavor: 3 });
    const answers = [[2, 1, 3], [2, 1, 4], [3, 1, 3], [2, 2, 3], [2, 1, 4], [2, 3, 3], [2, 1, 3]]
      .map((call) => ask(kernel, ...call));
    assertEquals(answers, [4, 4, 4, 4, 4, -errno, 4]);
    assertEquals(kernel.calls.length, 7);
  }
});

test("scriptedKernel().fail() counts from now, writes nothing, and may be called several times", () => {
  const kernel = scriptedKernel(Uint8Array.of(1));
  ask(kernel);
  kernel.fail(1, ERRNO.EPERM);
  kernel.fail(2, ERRNO.EIO);
  kernel.fail(2, ERRNO.ESRCH);
  const buffer = new Uint8Array(1);
  assertEquals(kernel.procInfo(2, 1, 3, 0n, buffer), -ERRNO.EPERM);
  assertEquals(kernel.procInfoExtendedId(2, 1, 3, 1, 1n, 0n, buffer), -ERRNO.EIO);
  assertEquals(buffer, Uint8Array.of(0));
  assertEquals(ask(kernel), 1);
  for (const nth of [0, -1, 1.5, NaN]) assertThrows(() => kernel.fail(nth, 1), RangeError, "nth");
  assertThrows(() => kernel.fail(1, 0), RangeError, "errno");
});
