import { procBsdInfo } from "../../abi/bsd_info.ts";
import {
  PROC_PIDTASKALLINFO,
  PROC_PIDTASKALLINFO_SIZE,
  PROC_PIDTASKINFO,
  PROC_PIDTASKINFO_SIZE,
} from "../../abi/pid_info.ts";
import { procTaskInfo } from "../../abi/task_info.ts";
import { type Block, block } from "../../layout/block.ts";
import { offsetsOf, setU64 } from "../../layout/offsets.ts";
import { SCHEDSTAT } from "../parse/schedstat.ts";
import { STAT } from "../parse/stat.ts";
import { type ProcessReader, readerOf } from "../proc/process.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";
import { bsdWriter } from "./bsd_info.ts";

const INT32_MAX = 0x7fffffff;

// Linux's policies that do not share time, unlike all others.
const SCHED_FIFO = 1;
const SCHED_RR = 2;
const SCHED_DEADLINE = 6;

// Mach's policies.
export const POLICY_TIMESHARE = 1;
const POLICY_RR = 2;
const POLICY_FIFO = 4;

/** Mach's default priority of a thread. */
export const BASE_PRIORITY = 31;
/**
 * The highest of Mach's priorities for time sharing. The real-time priorities follow it, up to 127.
 */
export const LAST_SHARED_PRIORITY = 63;
export const MAX_PRIORITY = 127;

const task = offsetsOf(procTaskInfo);
/** The offset of `proc_taskinfo` in `proc_taskallinfo`. */
const BEHIND_BSD = procBsdInfo.size;

/** Returns the flavors for the Mach part of a process. */
export function taskInfo(world: World): Flavors {
  const reader = readerOf(world);
  const writeBsd = bsdWriter(world);
  const part = block(PROC_PIDTASKINFO_SIZE);
  const all = block(PROC_PIDTASKALLINFO_SIZE);

  return {
    [PROC_PIDTASKINFO]: {
      size: PROC_PIDTASKINFO_SIZE,
      answer(pid, _arg, buffer) {
        let error = reader.read(pid, false);
        if (error === 0) error = write(reader, pid, part, 0);
        if (error < 0) return error;
        buffer.set(part.bytes);
        return PROC_PIDTASKINFO_SIZE;
      },
    },
    [PROC_PIDTASKALLINFO]: {
      size: PROC_PIDTASKALLINFO_SIZE,
      answer(pid, _arg, buffer) {
        let error = reader.read(pid, false);
        if (error === 0) error = write(reader, pid, all, BEHIND_BSD);
        if (error === 0) error = writeBsd(pid, all);
        if (error < 0) return error;
        buffer.set(all.bytes);
        return PROC_PIDTASKALLINFO_SIZE;
      },
    },
  };
}

/**
 * Writes `proc_taskinfo` of the process that was read last. It also reads the other facts that this
 * requires.
 */
function write(reader: ProcessReader, pid: number, { view }: Block, at: number): DarwinAnswer {
  const { stat, schedstat } = reader;
  let error = reader.readSizes(pid);
  if (error < 0) return error;
  reader.readTimes(pid);
  error = reader.readThreads(pid);
  if (error < 0) return error;
  const { user, system, threadsUser, threadsSystem } = reader;
  setU64(view, at + task.pti_virtual_size, reader.virtualBytes);
  setU64(view, at + task.pti_resident_size, reader.residentBytes);
  setU64(view, at + task.pti_total_user, user);
  setU64(view, at + task.pti_total_system, system);
  // The time of each thread is rounded separately, so their sum may be greater.
  setU64(view, at + task.pti_threads_user, Math.min(threadsUser, user));
  setU64(view, at + task.pti_threads_system, Math.min(threadsSystem, system));
  view.setInt32(at + task.pti_policy, policyOf(stat[STAT.policy]!), true);
  view.setInt32(at + task.pti_faults, counted(stat[STAT.minflt]! + stat[STAT.majflt]!), true);
  view.setInt32(at + task.pti_pageins, counted(stat[STAT.majflt]!), true);
  view.setInt32(at + task.pti_csw, counted(schedstat[SCHEDSTAT.switches]!), true);
  view.setInt32(at + task.pti_threadnum, stat[STAT.num_threads]!, true);
  view.setInt32(at + task.pti_numrunning, reader.running, true);
  view.setInt32(at + task.pti_priority, priorityOf(stat), true);
  return 0;
}

/** Limits a count to the maximum of a 32-bit counter, where the counter stops. */
function counted(count: number): number {
  return Math.min(count, INT32_MAX);
}

/** Returns Mach's policy for Linux's policy. */
export function policyOf(number: number): number {
  if (number === SCHED_RR) return POLICY_RR;
  return number === SCHED_FIFO || number === SCHED_DEADLINE ? POLICY_FIFO : POLICY_TIMESHARE;
}

/** Returns Mach's base priority for Linux's nice value or real-time priority. */
export function priorityOf(stat: Float64Array): number {
  const realTime = stat[STAT.rt_priority]!;
  if (stat[STAT.policy] === SCHED_DEADLINE) return MAX_PRIORITY;
  return realTime > 0 ? realTimePriority(realTime) : BASE_PRIORITY - stat[STAT.nice]!;
}

/** Returns Mach's priority for Linux's real-time priority. */
export function realTimePriority(priority: number): number {
  return Math.min(MAX_PRIORITY, LAST_SHARED_PRIORITY + priority);
}
