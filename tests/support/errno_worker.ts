import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { allocate, failingCalls } from "./errno_loop.ts";

const calls = failingCalls();
const tally = calls.run(workerData as number, allocate);
calls.end();
if (!parentPort) process.exit(1);
parentPort.postMessage(tally);
