/**
 * Records what this machine's kernel says of a process, for `replay.ts` on another:
 * `record.ts [PID] > recording.jsonl`.
 *
 * @module
 */
import process from "node:process";
import { openKernel, pidInfo, PROC_PIDTBSDINFO, processes } from "../mod.ts";
import { recordKernel } from "../lib/testing/mod.ts";

const pid = Number(process.argv[2] ?? process.pid);
const kernel = recordKernel(openKernel());
processes({ pids: [pid], groups: ["ids", "names", "user", "start"], kernel });
pidInfo(pid, PROC_PIDTBSDINFO, 0n, kernel);
process.stdout.write(kernel.toJsonLines());
