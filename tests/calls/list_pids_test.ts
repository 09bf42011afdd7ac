import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  getAllPids,
  getPidsForPgrp,
  getPidsForPpid,
  getPidsForRuid,
  getPidsForTty,
  getPidsForUid,
  type Host,
  listPids,
  ProcInfoError,
  SystemCallError,
} from "../../mod.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { writePids } from "../support/write_pids.ts";

const THREE = [30, 20, 10];
const sizing = (pids: number) => (pids + 20) * 4;

test("listPids() asks for the size, then for the pids, and gives them in the kernel's order", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(THREE, buffer) : sizing(3));
  assertEquals(listPids(6, 77, kernel), Int32Array.from(THREE));
  assertEquals(kernel.calls, [
    { callnum: 1, pid: 6, flavor: 77, arg: 0n, size: null },
    { callnum: 1, pid: 6, flavor: 77, arg: 0n, size: 92 },
  ]);
});

test("listPids() asks again with twice the room while the buffer comes back full", () => {
  const many = Array.from({ length: 1000 }, (_, i) => 2000 - i);
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(many, buffer) : sizing(0));
  assertEquals(listPids(1, 0, kernel), Int32Array.from(many));
  assertEquals(kernel.calls.map(({ size }) => size), [null, 80, 160, 320, 640, 1280, 2560, 5120]);
});

test("listPids() takes a list that just fits for one that may be cut", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(THREE, buffer) : 12);
  assertEquals(listPids(1, 0, kernel), Int32Array.from(THREE));
  assertEquals(kernel.calls.map(({ size }) => size), [null, 12, 24]);
});

test("listPids() ends where the kernel gives no size", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(THREE, buffer) : 0);
  assertEquals(listPids(1, 0, kernel), Int32Array.from(THREE));
});

test("listPids() gives pids in memory of their own length", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(THREE, buffer) : sizing(3));
  assertEquals(listPids(1, 0, kernel).buffer.byteLength, 12);
});

test("listPids() throws what the kernel answers, in either call", () => {
  for (const failing of [null, 80]) {
    const kernel = scriptedKernel(({ size }) => size === failing ? -1 : sizing(0));
    const error = assertThrows(() => listPids(3, 5, kernel), ProcInfoError);
    assertEquals([error.code, error.errno, error.callnum, error.pid, error.flavor], [
      "EPERM",
      1,
      1,
      3,
      5,
    ]);
  }
});

test("getPidsFor...() ask with their own type and an array comes back", () => {
  const asked: (readonly [number, number])[] = [];
  const kernel = scriptedKernel(({ pid, flavor }, buffer) => {
    asked.push([pid, flavor]);
    return buffer ? writePids(THREE, buffer) : sizing(3);
  });
  const lists = [
    getAllPids(kernel),
    getPidsForPgrp(7, kernel),
    getPidsForTty(0x0300_0001, kernel),
    getPidsForUid(4294967294, kernel),
    getPidsForRuid(501, kernel),
    getPidsForPpid(1, kernel),
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

test("getPidsForTty() asks the host for the device of a path", () => {
  const kernel = scriptedKernel((_, buffer) => buffer ? writePids(THREE, buffer) : sizing(3));
  const host = { terminal: (path: string) => path === "/dev/ttys003" ? 0x10000003 : -2 } as Host;
  assertEquals(getPidsForTty("/dev/ttys003", kernel, host), THREE);
  assertEquals(kernel.calls[0]?.flavor, 0x10000003);

  const error = assertThrows(
    () => getPidsForTty("/dev/none", kernel, host),
    SystemCallError,
    `"/dev/none"`,
  );
  assertEquals([error.code, error.syscall], ["ENOENT", "stat"]);
  assertThrows(() => getPidsForTty("/dev/\0x", kernel, host), RangeError, "tty");
  assertEquals(kernel.calls.length, 2);
});
