/**
 * A small htop: shows the busiest processes every second: `mini_htop.ts [ROUNDS]`.
 *
 * @module
 */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { openSampler, tableRow } from "../mod.ts";

const fields = ["userName", "cpuPercent", "residentBytes", "commandLine"] as const;
using sampler = openSampler({ fields });
for (let rounds = Number(process.argv[2] ?? Infinity); rounds > 0; rounds--) {
  const sample = sampler.sample();
  const rows = Array.from(sample.pid, (_, row) => tableRow(sample, row));
  rows.sort((a, b) => (b.cpuPercent ?? 0) - (a.cpuPercent ?? 0));
  if (process.stdout.isTTY) console.clear();
  for (const { pid, userName = "?", cpuPercent, residentBytes, commandLine } of rows.slice(0, 20)) {
    const cpu = cpuPercent?.toFixed(1) ?? "?";
    const size = residentBytes === undefined ? "?" : (residentBytes / 2 ** 20).toFixed(0);
    const cells = [String(pid).padStart(7), userName.padEnd(10), cpu.padStart(5), size.padStart(6)];
    console.log(...cells, JSON.stringify(commandLine));
  }
  await setTimeout(1000);
}
