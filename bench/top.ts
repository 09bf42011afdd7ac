/**
 * Measures the CPU usage of `libproc top` in the runtime that runs this program. `top.ts FRAMES`
 * prints a line of JSON. `top.ts FRAMES files` does the same without BPF programs. The screen is
 * simulated, so that the usage of a terminal is not included.
 *
 * @module
 */
import process from "node:process";
import { main, type Screen } from "../lib/cli/main.ts";
import { defaultSystem } from "../lib/system/open.ts";

/** The number of warm-up frames, in which files are opened and code is compiled. */
const FIRST = 25;

const frames = Number(process.argv[2]);
let drawn = 0;
let bytes = 0;
let before = process.cpuUsage();
let start = performance.now();

const screen: Screen = {
  width: () => 200,
  height: () => 50,
  colors: true,
  moves: true,
  write(text) {
    bytes += text.length;
    if (++drawn !== FIRST) return;
    bytes = 0;
    before = process.cpuUsage();
    start = performance.now();
  },
  keys: () => {},
  resized: () => {},
  continued: () => {},
  stop: () => {},
};

const args = ["top", "--all", "--interval", "1", "--count", `${FIRST + frames}`];
const byFiles = process.argv[3] === "files";
const status = await main(args, {
  out: console.log,
  err: console.error,
  screen,
  // The command does not load BPF programs for a system that it receives.
  ...(byFiles && { system: defaultSystem() }),
});
if (status !== 0) throw new Error(`Cannot measure top, which ends with ${status}`);
const { user, system } = process.cpuUsage(before);
const percent = (user + system) / 1000 / (performance.now() - start) * 100;
console.log(JSON.stringify({ percent, bytes: bytes / (drawn - FIRST) }));
