/**
 * Watches the processes that a build starts: `watch_build.ts COMMAND [ARGUMENT...]`.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { watch } from "../mod.ts";

const [file = "sh", ...args] = process.argv.length > 2
  ? process.argv.slice(2)
  : ["sh", "-c", "sleep 0.3; sh -c 'sleep 2; exit 3'; sleep 0.5"];

const below = new Set<number>();
const living = new Set<number>();
const build = spawn(file, args, { stdio: ["ignore", "ignore", "inherit"] });
const done = new AbortController();
// Processes that the build leaves behind may never end.
build.once("exit", () => setTimeout(() => done.abort(), 2000).unref());
below.add(build.pid ?? 0);

try {
  const events = watch({
    intervalMs: 20,
    initial: true,
    signal: done.signal,
    // Accepts all descendants of the build.
    filter({ pid, parentPid }) {
      if (below.has(parentPid)) below.add(pid);
      return below.has(pid);
    },
  });
  for await (const { type, pid, name, exit } of events) {
    console.log(type, pid, name ?? "?", exit?.signal ?? exit?.code ?? "");
    if (type === "start") living.add(pid);
    if (type === "exit") living.delete(pid);
    if (living.size === 0) break;
  }
} catch (error) {
  if (!done.signal.aborted) throw error;
}
console.log(`${below.size} processes were seen`);
