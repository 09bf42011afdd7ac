import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { getAllPids, pidInfo, PROC_PIDTBSDINFO } from "../../lib/calls/mod.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { disposable, type System, systemOf } from "../../lib/system/system.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { questionsOf } from "../support/questions_of.ts";
import { writePids } from "../support/write_pids.ts";

const LISTPIDS = 1, PIDINFO = 2, PIDLISTFDS = 1, FD_SIZE = 8;

/** The members that a lone kernel answers, or that are known without it. */
const ANSWERED = [
  ...["descriptorCount", "descriptors", "kernProc", "listeners", "newPids", "signalNumbers"],
  "table",
];

test("systemOf() queries the kernel that it was given", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids([3, 2, 1], buffer) : 92);
  const system = systemOf(kernel);
  assertEquals(getAllPids({ system }), [3, 2, 1]);
  assertEquals(kernel.calls.length, 2);
});

test("systemOf() has nothing beside the kernel: every other member is ENOTSUP", () => {
  const kernel = scriptedKernel(() => -ERRNO.EPERM);
  const questions = questionsOf(systemOf(kernel));
  for (const [name, ask] of Object.entries(questions)) {
    if (ANSWERED.includes(name)) continue;
    const error = assertThrows(ask, SystemCallError, undefined, name);
    assertEquals([error.code, error.errno], ["ENOTSUP", 45], name);
  }
  assertEquals(kernel.calls, []);
  assertEquals(ANSWERED.filter((name) => !(name in questions)), []);
});

test("systemOf() answers no sysctl(): a negated ENOTSUP, as all of its answers are", () => {
  assertEquals(questionsOf(systemOf(scriptedKernel(() => 0)))["kernProc"]!(), -45);
});

test("systemOf() has no listener scan, and Darwin's numbers of signals", () => {
  const { listeners, signalNumbers } = systemOf(scriptedKernel(() => 0));
  assertEquals(listeners(), undefined);
  assertEquals(signalNumbers(), Array.from({ length: 31 }, (_, i) => i + 1));
});

test("systemOf().descriptorCount() counts what the kernel lists, however many they are", () => {
  for (const count of [0, 1, 1023, 1024, 1025, 5000]) {
    const kernel = scriptedKernel(({ size }) => Math.min(size!, count * FD_SIZE));
    assertEquals(systemOf(kernel).descriptorCount(7), count);
    for (const { callnum, pid, flavor } of kernel.calls) {
      assertEquals([callnum, pid, flavor], [PIDINFO, 7, PIDLISTFDS]);
    }
  }
  const refused = systemOf(scriptedKernel(() => -ERRNO.EPERM));
  const error = assertThrows(() => refused.descriptorCount(7), SystemCallError);
  assertEquals(error.code, "EPERM");
});

test("systemOf().table() reads through the kernel", () => {
  const kernel = scriptedKernel(({ callnum }, buffer) => {
    if (callnum !== LISTPIDS) return -ERRNO.ESRCH;
    return buffer ? writePids([30, 10, 20], buffer) : 92;
  });
  const table = systemOf(kernel).table();
  assertEquals(table.list(), 3);
  assertEquals([...table.pids], [10, 20, 30]);
  assertEquals(table.read(10), -ERRNO.ESRCH);
});

/** Returns a system whose members all return 0, with the number of its disposals. */
function answering(): { readonly system: System; readonly disposals: () => number } {
  let disposals = 0;
  const zero = () => 0;
  const kernel: Kernel = { procInfo: zero, procInfoExtendedId: zero };
  const names = Object.keys(questionsOf(systemOf(kernel)));
  const members = Object.fromEntries(names.map((name) => [name, zero]));
  const dispose = () => {
    disposals++;
  };
  const system = { ...members, kernel, [Symbol.dispose]: dispose } as unknown as System;
  return { system, disposals: () => disposals };
}

test("every member of a handle that is disposed of throws a TypeError, the kernel's too", () => {
  const { system, disposals } = answering();
  const handle = disposable(system);
  const questions = questionsOf(handle);
  for (const [name, ask] of Object.entries(questions)) assertEquals(ask(), 0, name);
  assertEquals(handle.kernel.procInfo(2, 1, 3, 0n, null), 0);

  handle[Symbol.dispose]();
  const { kernel } = handle;
  const all: Record<string, () => unknown> = {
    ...questions,
    "kernel.procInfo": () => kernel.procInfo(2, 1, 3, 0n, null),
    "kernel.procInfoExtendedId": () => kernel.procInfoExtendedId(2, 1, 3, 1, 1n, 0n, null),
  };
  for (const [name, ask] of Object.entries(all)) {
    assertThrows(ask, TypeError, "a system that was disposed of", name);
  }
  assertThrows(() => getAllPids({ system: handle }), TypeError, "disposed of");
  assertThrows(
    () => pidInfo(1, PROC_PIDTBSDINFO, 0n, { system: handle }),
    TypeError,
    "disposed of",
  );
  assertEquals(disposals(), 1);
});

test("a handle is disposed of once, and what it is a handle of goes on", () => {
  const { system, disposals } = answering();
  const handle = disposable(system);
  handle[Symbol.dispose]();
  handle[Symbol.dispose]();
  assertEquals(disposals(), 1);
  for (const ask of Object.values(questionsOf(system))) assertEquals(ask(), 0);
  const other = disposable(system);
  assertEquals(other.pid(), 0);
});

test("using disposes of a handle at the end of the block", () => {
  const { system, disposals } = answering();
  {
    using handle = disposable(system);
    assertEquals([handle.pid(), disposals()], [0, 0]);
  }
  assertEquals(disposals(), 1);
});
