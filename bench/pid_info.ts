/**
 * Measures PIDINFO and PIDRUSAGE in the runtime that runs this program.
 *
 * Replies to requests as answers.ts describes, one line `OPERATION PID MILLISECONDS` each. The
 * result is the part of the last run that does not change all the time. pid_info.c does the same in
 * C, and describes the operations. In addition, `decoded` is `table` with an object for each
 * struct.
 *
 * @module
 */
import { block } from "../lib/layout/block.ts";
import { listPids, openSystem } from "../mod.ts";
import {
  PROC_ALL_PIDS,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_PIDRUSAGE,
  PROC_PIDTASKALLINFO,
  PROC_PIDTASKINFO,
  PROC_PIDTBSDINFO,
  procBsdInfo,
  procTaskAllInfo,
  procTaskInfo,
  RUSAGE_INFO_V6,
  rusageInfoV6,
} from "../lib/abi/mod.ts";
import { answerRequests, hexOf, work } from "./answers.ts";

const { procInfo } = openSystem().kernel;
const bsd = block(procBsdInfo.size);
const task = block(procTaskInfo.size);
const both = block(procTaskAllInfo.size);
const rusage = block(rusageInfoV6.size);
/** The offset of the start time. Each program computes the boot time slightly differently. */
const START = 120;

const askBsd = (pid: number) =>
  procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDTBSDINFO, 0n, bsd.bytes);
const askTask = (pid: number) =>
  procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDTASKINFO, 0n, task.bytes);
const askBoth = (pid: number) =>
  procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDTASKALLINFO, 0n, both.bytes);
const askRusage = (pid: number) =>
  procInfo(PROC_INFO_CALL_PIDRUSAGE, pid, RUSAGE_INFO_V6, 0n, rusage.bytes);

let bsdOfAll = new Uint8Array(0);
let taskOfAll = new Uint8Array(0);
let bothOfAll = new Uint8Array(0);

/** Writes the structs of all processes to memory; returns their pids in ascending order. */
function table(): number[] {
  const pids = listPids(PROC_ALL_PIDS, 0).reverse();
  if (bsdOfAll.length < pids.length * procBsdInfo.size) {
    bsdOfAll = new Uint8Array(pids.length * 2 * procBsdInfo.size);
    taskOfAll = new Uint8Array(pids.length * 2 * procTaskInfo.size);
  }
  const found: number[] = [];
  for (const pid of pids) {
    if (askBsd(pid) < 0 || askTask(pid) < 0) continue;
    bsdOfAll.set(bsd.bytes, found.length * procBsdInfo.size);
    taskOfAll.set(task.bytes, found.length * procTaskInfo.size);
    found.push(pid);
  }
  return found;
}

/** Does the same as {@linkcode table}, with one call for each process. */
function all(): number[] {
  const pids = listPids(PROC_ALL_PIDS, 0).reverse();
  const { size } = procTaskAllInfo;
  if (bothOfAll.length < pids.length * size) bothOfAll = new Uint8Array(pids.length * 2 * size);
  const found: number[] = [];
  for (const pid of pids) {
    if (askBoth(pid) < 0) continue;
    bothOfAll.set(both.bytes, found.length * size);
    found.push(pid);
  }
  return found;
}

/** Does the same as {@linkcode table}, with an object for each struct. */
function decoded(): number[] {
  const found: { pid: number; bsd: object; task: object }[] = [];
  for (const pid of listPids(PROC_ALL_PIDS, 0).reverse()) {
    if (askBsd(pid) < 0 || askTask(pid) < 0) continue;
    found.push({
      pid,
      bsd: procBsdInfo.decodeBlock(bsd, 0),
      task: procTaskInfo.decodeBlock(task, 0),
    });
  }
  return found.map(({ pid }) => pid);
}

/** The operations, and the functions that return the results of some of them. */
const OPERATIONS: Readonly<Record<string, (pid: number) => number | number[]>> = {
  table,
  all,
  decoded,
  bsd: askBsd,
  task: askTask,
  rusage: askRusage,
};
const FOUND: Readonly<Record<string, () => string>> = {
  bsd: () => hexOf(bsd.bytes.subarray(0, START)),
  task: () => hexOf(task.bytes),
  rusage: () => hexOf(rusage.bytes),
};

await answerRequests((operation = "", pid) =>
  work(
    () => OPERATIONS[operation]!(Number(pid)),
    (found) => Array.isArray(found) ? found : found < 0 ? [] : [FOUND[operation]!()],
  )
);
