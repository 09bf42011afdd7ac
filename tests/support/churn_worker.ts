import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { defaultSystem } from "../../lib/system/open.ts";
import { churn } from "./churn.ts";

// It gets the number of milliseconds for which it queries.
const report = churn(defaultSystem().kernel, performance.now() + (workerData as number));
if (!parentPort) process.exit(1);
parentPort.postMessage(report);
