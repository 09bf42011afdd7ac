/**
 * Measures repeated reads of the memory and CPU time of one process, in the runtime that runs this
 * program.
 *
 * Replies to requests as answers.ts describes, one line `OPERATION PID MILLISECONDS` each. The
 * result is `PID:RESIDENT:CPU`, in bytes and nanoseconds. one_process.c, npm.mjs and
 * psutil_processes.py do the same.
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
