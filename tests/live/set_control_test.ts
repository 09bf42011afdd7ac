import { assertEquals } from "@std/assert";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import {
  PROC_INFO_CALL_SETCONTROL,
  PROC_SELFSET_DELAYIDLESLEEP,
  PROC_SELFSET_PCONTROL,
  PROC_SELFSET_THREADNAME,
  PROC_SELFSET_VMRSRCOWNER,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const root = process.getuid?.() === 0;

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
/** The name of the calling thread, as bytes. */
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

test("SETCONTROL checks as XNU does before it says that Linux lacks the rest", { skip }, () => {
  assertEquals(setControl(PROC_SELFSET_PCONTROL, 4n, null), -ERRNO.EINVAL);
  assertEquals(setControl(PROC_SELFSET_PCONTROL, 3n, null), -ERRNO.ENOTSUP);
  // XNU takes the low 32 bits.
  assertEquals(setControl(PROC_SELFSET_PCONTROL, (1n << 32n) + 3n, null), -ERRNO.ENOTSUP);
  assertEquals(setControl(PROC_SELFSET_DELAYIDLESLEEP, 1n, null), -ERRNO.ENOTSUP);
  assertEquals(setControl(99, 0n, null), -ERRNO.ENOTSUP);
  assertEquals(setControl(99, 0n, null, 1), -ERRNO.EINVAL);
});

test("SETCONTROL lets root alone own the memory that it maps for others", {
  skip: skip || !root && "needs root, to change users",
}, () => {
  assertEquals(setControl(PROC_SELFSET_VMRSRCOWNER, 0n, null), -ERRNO.ENOTSUP);
  const answer = runWrapped(
    AS_NOBODY,
    `import { defaultSystem } from "./lib/system/open.ts";
     import process from "node:process";
     console.log(defaultSystem().kernel.procInfo(5, process.pid, 3, 0n, null));`,
  );
  assertEquals(answer, -ERRNO.EPERM);
});
