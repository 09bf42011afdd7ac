/**
 * Ends a process and its descendants as soon as they use too much memory together:
 * `memory_watchdog.ts PID MEBIBYTES`.
 *
 * @module
 */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { killTree, openProcess, processes } from "../mod.ts";

const [pid = 0, limit = 1024] = process.argv.slice(2).map(Number);
const root = openProcess(pid);
for (let used = 0; used <= limit; await setTimeout(100)) {
  const tree = [root, ...root.children({ recursive: true })];
  const pids = tree.map(({ pid }) => pid);
  used = 0;
  for (const { footprintBytes = 0 } of processes({ pids, fields: ["footprintBytes"] })) {
    used += footprintBytes / 2 ** 20;
  }
  console.log(`${tree.length} processes use ${used.toFixed(1)} MiB`);
}
const { ended } = await killTree(pid);
console.log(`${ended.length} processes have ended`);
