/**
 * Reads all processes with BPF programs in a worker thread, and posts their number.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { processTable } from "../../lib/process/table.ts";
import { openSystem } from "../../lib/system/open.ts";

using system = openSystem({ bpf: true });
parentPort!.postMessage(processTable({ system, fields: ["name"] }).count);
