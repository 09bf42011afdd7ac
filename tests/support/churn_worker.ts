import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { defaultSystem } from "../../lib/system/open.ts";
import { churn, type Span } from "./churn.ts";

const report = churn(defaultSystem().kernel, workerData as Span);
if (!parentPort) process.exit(1);
parentPort.postMessage(report);
