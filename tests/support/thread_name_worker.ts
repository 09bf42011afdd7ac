import { readFileSync } from "node:fs";
import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { PROC_INFO_CALL_SETCONTROL, PROC_SELFSET_THREADNAME } from "../../lib/calls/mod.ts";
import { defaultSystem } from "../../lib/system/open.ts";

// Sets the name of its thread, and prints the name that the thread has afterward.
const answer = defaultSystem().kernel.procInfo(
  PROC_INFO_CALL_SETCONTROL,
  process.pid,
  PROC_SELFSET_THREADNAME,
  0n,
  new TextEncoder().encode(workerData as string),
);
if (!parentPort) process.exit(1);
parentPort.postMessage({ answer, name: readFileSync("/proc/thread-self/comm", "utf8") });
