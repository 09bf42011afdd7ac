/**
 * Ends a process and its descendants: `kill_tree_safely.ts [PID]`. Without a PID, it starts a shell
 * with children, one of which ignores `SIGTERM`, and ends those.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { killTree } from "../mod.ts";

const SHELL = "sleep 60 & (trap '' TERM; while :; do sleep 1; done) & echo ready; wait";

let pid = Number(process.argv[2] ?? 0);
if (pid === 0) {
  const child = spawn("sh", ["-c", SHELL], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.stdout.destroy();
  pid = child.pid ?? 0;
}

const { ended, escaped } = await killTree(pid, { with: "SIGTERM", graceMs: 300 });
for (const { name, exit } of ended) console.log(name, exit.signal ?? exit.code ?? "ended");
for (const { pid, name, why } of escaped) console.log(pid, name, "escaped:", why);
