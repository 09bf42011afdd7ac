/**
 * Measures which share of a processor `libproc top` takes, in the runtime that this program runs in:
 * `top.ts FRAMES` prints a line of JSON; `top.ts FRAMES files` likewise without BPF programs. The screen is a fake one, so that no terminal's share is in it.
 *
 * @module
 */
import process from "node:process";
import { main, type Screen } from "../lib/cli/main.ts";
import { defaultSystem } from "../lib/system/open.ts";

/** The frames before anything is measured: files are opened, and code is compiled. */
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
  // A system that was opened before is read as it is.
  ...(byFiles && { system: defaultSystem() }),
});
if (status !== 0) throw new Error(`Cannot measure top, which ends with ${status}`);
const { user, system } = process.cpuUsage(before);
const percent = (user + system) / 1000 / (performance.now() - start) * 100;
console.log(JSON.stringify({ percent, bytes: bytes / (drawn - FIRST) }));
