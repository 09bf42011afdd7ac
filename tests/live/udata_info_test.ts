import { assert, assertArrayIncludes, assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import {
  PROC_INFO_CALL_UDATA_INFO,
  PROC_UDATA_INFO_GET,
  PROC_UDATA_INFO_SET,
} from "../../lib/calls/mod.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { command } from "../support/runtime.ts";
import type { Orders } from "../support/udata_worker.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

const ask = (flavor: number, buffer: Uint8Array | null, pid = process.pid) =>
  defaultSystem().kernel.procInfo(PROC_INFO_CALL_UDATA_INFO, pid, flavor, 0n, buffer);

function set(value: bigint): number {
  // The offset is odd, as that of a caller's buffer may be.
  const bytes = new Uint8Array(16).subarray(5, 13);
  new DataView(bytes.buffer).setBigUint64(5, value, true);
  return ask(PROC_UDATA_INFO_SET, bytes);
}

function get(): bigint {
  const bytes = new Uint8Array(8).fill(0xee);
  assertEquals(ask(PROC_UDATA_INFO_GET, bytes), 0);
  return new DataView(bytes.buffer).getBigUint64(0, true);
}

/** Runs a worker that sets values; returns what it read. */
async function work(orders: Orders): Promise<{ first: bigint; seen: bigint[]; errors: number[] }> {
  const worker = new Worker(new URL("../support/udata_worker.ts", import.meta.url), {
    workerData: orders,
  });
  const [message] = await once(worker, "message");
  await worker.terminate();
  return message;
}

test("UDATA_INFO gives the 64 bits that were set last", { skip }, () => {
  for (
    const value of [1n, 0xffff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0x123456789abcdefn, 0n]
  ) {
    assertEquals(set(value), 0);
    assertEquals(get(), value);
    assertEquals(get(), value);
  }
});

test("UDATA_INFO gives every thread of the process the same value", { skip }, async () => {
  assertEquals(set(77n), 0);
  const { first, seen, errors } = await work({ values: [78n], rounds: 1 });
  assertEquals([first, seen, errors], [77n, [78n], [0]]);
  // The value outlives the thread that set it.
  assertEquals(get(), 78n);
});

test("UDATA_INFO loses no value while threads set it at once", { skip }, async () => {
  assertEquals(set(10n), 0);
  const values = [[11n, 12n], [13n, 14n]];
  const all = values.flat();
  const workers = values.map((values) => work({ values, rounds: 500 }));
  let done = 0;
  for (const worker of workers) worker.then(() => done++, () => done++);
  const seen = new Set<bigint>();
  while (done < workers.length) {
    for (let i = 0; i < 100; i++) seen.add(get());
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertArrayIncludes([10n, ...all], [...seen]);
  for (const { seen, errors } of await Promise.all(workers)) {
    assertEquals(errors, [0]);
    assertArrayIncludes(all, seen);
  }
  assertArrayIncludes(all, [get()]);
  // One timer stores the value, even after it was set repeatedly.
  const timers = readFileSync(`/proc/${process.pid}/timers`, "utf8").match(/^ID:/gm);
  assertEquals(timers?.length, 1);
});

test("UDATA_INFO is 0 in a new process, also in a child of one that set it", { skip }, async () => {
  assertEquals(set(5n), 0);
  const source = `
    import { defaultSystem } from "./lib/system/open.ts";
    import process from "node:process";
    const bytes = new Uint8Array(8).fill(1);
    console.log(defaultSystem().kernel.procInfo(14, process.pid, 1, 0n, bytes), bytes.join());`;
  const [file, ...args] = command("-");
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(source);
  let text = "";
  for await (const chunk of child.stdout) text += chunk;
  assertEquals(text, "0 0,0,0,0,0,0,0,0\n");
  assertEquals(get(), 5n);
});

test("UDATA_INFO leaves no descriptor open", { skip }, () => {
  set(1n);
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (let i = 0; i < 50; i++) set(BigInt(i));
  get();
  assert(open() <= before, `${open()} open, ${before} before`);
});
