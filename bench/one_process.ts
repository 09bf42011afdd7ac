/**
 * Measures repeated reads of the memory and processor time of one process, in the
 * runtime that this program runs in.
 *
 * Answers requests as answers.ts describes, `OPERATION PID MILLISECONDS` a line, with `PID:RESIDENT:CPU`, in
 * bytes and nanoseconds. one_process.c, npm.mjs and psutil_processes.py do the same.
 *
 * @module
 */
import { openProcess, type Process } from "../mod.ts";
import { answerRequests, work } from "./answers.ts";

const opened = new Map<number, Process>();

await answerRequests((_, id) => {
  const pid = Number(id);
  const process = opened.get(pid) ?? openProcess(pid);
  opened.set(pid, process);
  return work(
    () => process.read("residentBytes", "cpuTimeNs"),
    ({ residentBytes, cpuTimeNs }) => [`${pid}:${residentBytes}:${cpuTimeNs}`],
  );
});
