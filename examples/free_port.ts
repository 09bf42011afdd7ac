/**
 * Frees a port: ends the processes that hold it, with their descendants: `free_port.ts PORT`.
 *
 * @module
 */
import process from "node:process";
import { killTree, whoHas } from "../mod.ts";

const port = Number(process.argv[2]);
const done = new Set<number>();
for (const { pid, missing } of whoHas({ port })) {
  if (pid === undefined) {
    console.log(`port ${port} is held by a process: ${missing.pid ?? "kernel"}`);
  }
  if (pid === undefined || done.has(pid)) continue;
  const { ended, escaped } = await killTree(pid);
  for (const { pid, name, exit } of ended) {
    done.add(pid);
    console.log(`${name} (${pid}) has ended:`, exit.signal ?? exit.code ?? "how is unknown");
  }
  for (const { pid, name, why } of escaped) console.log(`${name} (${pid}) has not ended: ${why}`);
}
