/**
 * Plots the memory of a process over time: `footprint_plot.ts [PID [SECONDS]] > plot.svg`.
 *
 * @module
 */
import process from "node:process";
import { openProcess, ProcessGoneError } from "../mod.ts";

const target = openProcess(Number(process.argv[2] ?? process.pid));
const seconds = Number(process.argv[3] ?? 1);
const samples: { readonly at: number; readonly bytes: number }[] = [];
const start = performance.now();

for (let at = 0; at <= seconds * 1000; at = performance.now() - start) {
  try {
    const { footprintBytes, residentBytes } = target.memory();
    samples.push({ at, bytes: footprintBytes ?? residentBytes ?? 0 });
  } catch (error) {
    if (!(error instanceof ProcessGoneError)) throw error;
    break; // The plot ends when the process has ended.
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}

const WIDTH = 640, HEIGHT = 240, MARGIN = 40;
const longest = Math.max(...samples.map(({ at }) => at), 1);
const most = Math.max(...samples.map(({ bytes }) => bytes), 1);
const points = samples.map(({ at, bytes }) => {
  const x = MARGIN + at / longest * (WIDTH - 2 * MARGIN);
  const y = HEIGHT - MARGIN - bytes / most * (HEIGHT - 2 * MARGIN);
  return `${x.toFixed(1)},${y.toFixed(1)}`;
});
const label = `process ${target.pid}: at most ${(most / 2 ** 20).toFixed(1)} MiB`;
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">
  <text x="${MARGIN}" y="24" font-family="sans-serif" font-size="14">${label}</text>
  <path d="M${MARGIN},${MARGIN}V${HEIGHT - MARGIN}H${WIDTH - MARGIN}" fill="none" stroke="gray"/>
  <polyline points="${points.join(" ")}" fill="none" stroke="steelblue" stroke-width="2"/>
</svg>`);
