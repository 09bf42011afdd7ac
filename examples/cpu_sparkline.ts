/**
 * Draws the processor time of a process, by default its own: `cpu_sparkline.ts [PID [COUNT]]`.
 *
 * @module
 */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { openProcess } from "../mod.ts";

const BARS = "▁▂▃▄▅▆▇█";

const [pid = process.pid, count = 20] = process.argv.slice(2).map(Number);
const target = openProcess(pid);
for (let i = 0; i <= count; i++) {
  const percent = target.cpuPercent(); // of one processor, since the previous call
  if (percent !== undefined) {
    process.stdout.write(BARS[Math.min(Math.floor(percent / 12.5), 7)] ?? "");
  }
  await setTimeout(50);
}
console.log("", target.name());
