import { assertEquals } from "@std/assert";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { PROC_INFO_CALL_SETCONTROL, PROC_SELFSET_THREADNAME } from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

function setControl(flavor: number, arg: bigint, buffer: Uint8Array | null, pid = process.pid) {
  return defaultSystem().kernel.procInfo(PROC_INFO_CALL_SETCONTROL, pid, flavor, arg, buffer);
}

const setName = (name: string | Uint8Array | null, pid?: number) =>
  setControl(
    PROC_SELFSET_THREADNAME,
    0n,
    typeof name === "string" ? new TextEncoder().encode(name) : name,
    pid,
  );

const THREAD = "/proc/thread-self/comm";
/** Returns the name of the calling thread, with one character for each byte. */
const nameNow = () => readFileSync(THREAD, "latin1").replace(/\n$/, "");

test("SETCONTROL names the calling thread, and Linux keeps 15 bytes", { skip }, () => {
  const before = nameNow();
  try {
    assertEquals(setName("libproc test"), 0);
    assertEquals(nameNow(), "libproc test");
    assertEquals(setName("0123456789abcdefghij"), 0);
    assertEquals(nameNow(), "0123456789abcde");
    assertEquals(setName(new Uint8Array(63).fill(0xff)), 0);
    assertEquals(nameNow(), "\xff".repeat(15));
    assertEquals(setName("cut\0here"), 0);
    assertEquals(nameNow(), "cut");
    assertEquals(setName(new Uint8Array(0)), 0);
    assertEquals(nameNow(), "");
    assertEquals(setName("again"), 0);
    assertEquals(setName(null), 0);
    assertEquals(nameNow(), "");
  } finally {
    setName(before);
  }
});

test("SETCONTROL refuses a name of more than 63 bytes and the threads of others", { skip }, () => {
  const before = nameNow();
  assertEquals(setName(new Uint8Array(64)), -ERRNO.ENAMETOOLONG);
  for (const pid of [0, 1, -1, -3, process.ppid, 0x7fffffff]) {
    assertEquals(setName("stranger", pid), -ERRNO.EINVAL, `${pid}`);
  }
  assertEquals(nameNow(), before);
});

test("SETCONTROL names a worker's own thread", { skip }, async () => {
  const before = nameNow();
  const worker = new Worker(new URL("../support/thread_name_worker.ts", import.meta.url), {
    workerData: "a worker",
  });
  const [message] = await once(worker, "message");
  await worker.terminate();
  assertEquals(message, { answer: 0, name: "a worker\n" });
  assertEquals(nameNow(), before);
});
