/**
 * Waits for a process that is no child of this one: `wait_for_foreign.ts [PID]`. Without a PID it lets
 * a shell start one and end.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { openProcess, waitForExit } from "../mod.ts";

let pid = Number(process.argv[2] ?? 0);
if (pid === 0) {
  const shell = spawn("sh", ["-c", "(sleep 0.5; exit 7) >/dev/null & echo $!"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(shell.stdout, "data");
  pid = Number(String(line));
}

console.log("waiting for", openProcess(pid).name());
const { code, signal } = await waitForExit(pid, { signal: AbortSignal.timeout(60_000) });
// Not every kernel tells how a process ended that is nobody's child here.
console.log("it has ended:", signal ?? code ?? "how is not known");
