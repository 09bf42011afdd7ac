/**
 * Records the answers of this machine's kernel about a process, for `replay.ts` on any machine:
 * `record.ts [PID] > recording.jsonl`.
 *
 * @module
 */
import process from "node:process";
import { openSystem, processes, systemOf } from "../mod.ts";
import { recordKernel } from "../lib/testing/mod.ts";

const pid = Number(process.argv[2] ?? process.pid);
const kernel = recordKernel(openSystem().kernel);
const fields = ["ids", "name", "user", "start"] as const;
processes({ pids: [pid], fields, system: systemOf(kernel) });
process.stdout.write(kernel.toJsonLines());
