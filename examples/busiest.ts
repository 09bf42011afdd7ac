/**
 * The processes that use most of the processors just now: `busiest.ts [SECONDS]`.
 *
 * @module
 */
import process from "node:process";
import { deltas, processTable, tableText } from "../mod.ts";

const seconds = Number(process.argv[2] ?? 0.3);
const before = processTable({ groups: ["ids", "cpu"] });
await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const after = processTable({ groups: ["ids", "cpu", "names"] });
const { cpuPercent } = deltas(before, after);

const rows = [...cpuPercent.keys()].filter((row) => cpuPercent[row]! > 0);
rows.sort((a, b) => cpuPercent[b]! - cpuPercent[a]!);
for (const row of rows.slice(0, 10)) {
  const name = JSON.stringify(tableText(after, after.name[row]!));
  console.log(`${cpuPercent[row]!.toFixed(1).padStart(6)} %`, after.pid[row], name);
}
console.log(`of ${after.count} processes`);
