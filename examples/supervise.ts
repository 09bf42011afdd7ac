/**
 * Waits for a process that another program started. Starts a command each time that the process, or
 * the command, has failed: `supervise.ts PID COMMAND [ARGUMENT...]`.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { openProcess } from "../mod.ts";

const STARTS = 3;

const [pid, file = "true", ...args] = process.argv.slice(2);
let target = openProcess(Number(pid));
for (let starts = 0; starts <= STARTS; starts++) {
  const name = target.name();
  const { code, signal } = await target.wait();
  // Not every kernel reports how a process ended that is not a child of the caller.
  console.log(`${name} has ended:`, signal ?? code ?? "how is unknown");
  if (code === 0 || starts === STARTS) break;
  target = openProcess(spawn(file, args, { stdio: "inherit" }).pid ?? 0);
}
