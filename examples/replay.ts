/**
 * Prints what `record.ts` recorded, on any machine: `replay.ts PID < recording.jsonl`. The queries
 * must be the recorded ones.
 *
 * @module
 */
import process from "node:process";
import { processes, systemOf } from "../mod.ts";
import { replayKernel } from "../lib/testing/mod.ts";

let recording = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) recording += chunk;

const system = systemOf(replayKernel(recording));
const fields = ["ids", "name", "user", "start"] as const;
for (const row of processes({ pids: [Number(process.argv[2])], fields, system })) {
  console.log(JSON.stringify(row));
}
