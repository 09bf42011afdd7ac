/**
 * Tells what `record.ts` recorded, on whatever machine: `replay.ts PID < recording.jsonl`. The question
 * must be the one that was recorded.
 *
 * @module
 */
import process from "node:process";
import { processes } from "../mod.ts";
import { replayKernel } from "../lib/testing/mod.ts";

let recording = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) recording += chunk;

const kernel = replayKernel(recording);
const pids = [Number(process.argv[2])];
for (
  const { pid, names, user, start } of processes({
    pids,
    groups: ["ids", "names", "user", "start"],
    kernel,
  })
) {
  console.log(JSON.stringify({ pid, names, user, start }));
}
