/**
 * Reads all processes by BPF programs in a thread of its own, and sends how many there are.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { processTable } from "../../lib/process/table.ts";
import { openSystem } from "../../lib/system/open.ts";

using system = openSystem({ bpf: true });
parentPort!.postMessage(processTable({ system, fields: ["name"] }).count);
