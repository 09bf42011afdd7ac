import { type System, systemOf } from "../../lib/system/system.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  getAllPids,
  getPidsForPgrp,
  getPidsForPpid,
  getPidsForRuid,
  getPidsForTty,
  getPidsForUid,
  listPids,
  ProcInfoError,
  SystemCallError,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { writePids } from "../support/write_pids.ts";

const THREE = [30, 20, 10];
const sizing = (pids: number) => (pids + 20) * 4;

test("listPids() queries the size, then the pids, and returns them in the kernel's order", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(THREE, buffer) : sizing(3));
  assertEquals(listPids(6, 77, { system: systemOf(kernel) }), Int32Array.from(THREE));
  assertEquals(kernel.calls, [
    { callnum: 1, pid: 6, flavor: 77, arg: 0n, size: null },
    { callnum: 1, pid: 6, flavor: 77, arg: 0n, size: 92 },
  ]);
});

test("listPids() calls again with twice the room while the answer fills the buffer", () => {
  const many = Array.from({ length: 1000 }, (_, i) => 2000 - i);
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(many, buffer) : sizing(0));
  assertEquals(listPids(1, 0, { system: systemOf(kernel) }), Int32Array.from(many));
  assertEquals(kernel.calls.map(({ size }) => size), [null, 80, 160, 320, 640, 1280, 2560, 5120]);
});

test("listPids() takes a list that just fits for one that may be cut", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(THREE, buffer) : 12);
  assertEquals(listPids(1, 0, { system: systemOf(kernel) }), Int32Array.from(THREE));
  assertEquals(kernel.calls.map(({ size }) => size), [null, 12, 24]);
});

test("listPids() ends where the kernel gives no size", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(THREE, buffer) : 0);
  assertEquals(listPids(1, 0, { system: systemOf(kernel) }), Int32Array.from(THREE));
});

test("listPids() gives pids in memory of their own length", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(THREE, buffer) : sizing(3));
  assertEquals(listPids(1, 0, { system: systemOf(kernel) }).buffer.byteLength, 12);
});

test("listPids() throws what the kernel answers, in either call", () => {
  for (const failing of [null, 80]) {
    const kernel = scriptedKernel(({ size }) => size === failing ? -1 : sizing(0));
    const error = assertThrows(() => listPids(3, 5, { system: systemOf(kernel) }), ProcInfoError);
    assertEquals([error.code, error.errno, error.callnum, error.pid, error.flavor], [
      "EPERM",
      1,
      1,
      3,
      5,
    ]);
  }
});

test("getPidsFor...() query by their own type and return an array", () => {
  const asked: (readonly [number, number])[] = [];
  const kernel = scriptedKernel(({ pid, flavor }, buffer) => {
    asked.push([pid, flavor]);
    return buffer ? writePids(THREE, buffer) : sizing(3);
  });
  const lists = [
    getAllPids({ system: systemOf(kernel) }),
    getPidsForPgrp(7, { system: systemOf(kernel) }),
    getPidsForTty(0x0300_0001, { system: systemOf(kernel) }),
    getPidsForUid(4294967294, { system: systemOf(kernel) }),
    getPidsForRuid(501, { system: systemOf(kernel) }),
    getPidsForPpid(1, { system: systemOf(kernel) }),
  ];
  for (const list of lists) assertEquals(list, THREE);
  assertEquals(asked.filter((_, i) => i % 2 === 0), [
    [1, 0],
    [2, 7],
    [3, 0x0300_0001],
    [4, -2],
    [5, 501],
    [6, 1],
  ]);
});

test("getPidsForTty() queries the system for the device of a path", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(THREE, buffer) : sizing(3));
  const system: System = {
    ...systemOf(kernel),
    terminal(path) {
      if (path === "/dev/ttys003") return 0x10000003;
      throw new SystemCallError(`find the terminal "${path}"`, "stat", ERRNO.ENOENT);
    },
  };
  assertEquals(getPidsForTty("/dev/ttys003", { system }), THREE);
  assertEquals(kernel.calls[0]?.flavor, 0x10000003);

  const error = assertThrows(
    () => getPidsForTty("/dev/none", { system }),
    SystemCallError,
    `"/dev/none"`,
  );
  assertEquals([error.code, error.syscall], ["ENOENT", "stat"]);
  assertThrows(() => getPidsForTty("/dev/\0x", { system }), RangeError, "tty");
  assertEquals(kernel.calls.length, 2);
});
