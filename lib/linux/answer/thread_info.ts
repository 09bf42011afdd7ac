import {
  PROC_PIDLISTTHREADIDS,
  PROC_PIDLISTTHREADIDS_SIZE,
  PROC_PIDLISTTHREADS,
  PROC_PIDLISTTHREADS_SIZE,
  PROC_PIDTHREADCOUNTS,
  PROC_PIDTHREADCOUNTS_SIZE,
  PROC_PIDTHREADID64INFO,
  PROC_PIDTHREADID64INFO_SIZE,
  PROC_PIDTHREADINFO,
  PROC_PIDTHREADINFO_SIZE,
  PROC_PIDTHREADPATHINFO,
  PROC_PIDTHREADPATHINFO_SIZE,
  PROC_PIDTHREADSCHEDINFO,
  PROC_PIDTHREADSCHEDINFO_SIZE,
} from "../../abi/pid_info.ts";
import {
  MAXTHREADNAMESIZE,
  procThreadInfo,
  procThreadWithPathInfo,
  TH_STATE_RUNNING,
  TH_STATE_STOPPED,
  TH_STATE_UNINTERRUPTIBLE,
  TH_STATE_WAITING,
} from "../../abi/thread_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf, setU64 } from "../../layout/offsets.ts";
import { wholeEnd } from "../../layout/text.ts";
import { parseStat, STAT } from "../parse/stat.ts";
import { CWD } from "../proc/own_directory.ts";
import { pathLength } from "../proc/link_path.ts";
import { CUT_NAME } from "../proc/name.ts";
import { procFile } from "../proc/proc_fs.ts";
import { readerOf, refused, STATE } from "../proc/process.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { isSameFile, MASK, statxBlock } from "../sys/statx.ts";
import { type Answer, type Flavors, unsupported } from "./answer.ts";
import type { World } from "../proc/world.ts";
import { isDead, livingTask } from "../proc/living.ts";
import {
  BASE_PRIORITY,
  LAST_SHARED_PRIORITY,
  MAX_PRIORITY,
  POLICY_TIMESHARE,
  policyOf,
  realTimePriority,
} from "./task_info.ts";
import { vnodeWriter } from "./vnode_info.ts";

const STAT_FILE = procFile("stat");
const TASK = procFile("task");

const TID_MAX = 0x7fffffffn;
const TID_SIZE = 8;

/** The priority in `/proc/PID/stat` of a thread whose nice value is 0. */
const PRIORITY_DEFAULT = 20;

/**
 * Returns the flavors about threads. Both of XNU's numbers for a thread are the thread id on Linux.
 */
export function threadInfo(world: World): Flavors {
  const { fs, libc } = world;
  const scratch = block(PROC_PIDTHREADPATHINFO_SIZE);
  const fields = new Float64Array(STAT.policy + 1);
  const shared = statxBlock();
  const pth = offsetsOf(procThreadInfo);
  const { pt, pvip } = offsetsOf(procThreadWithPathInfo);
  const vnode = vnodeWriter();
  const measure = pathLength(libc);
  const living = livingTask(world);
  const reader = readerOf(world);
  let tids = new Uint32Array(256);

  /**
   * Reads the fields of a living thread, and leaves its line in `fs.text`. Returns the length of
   * the line, or a negated errno.
   */
  function readThread(pid: number, tid: number): DarwinAnswer {
    // `/proc` opens the folder under the id of each thread, but the pid is the id of the leader.
    const error = tid === pid ? 0 : reader.find(pid);
    if (error < 0) return error;
    const length = fs.read(pid, TASK, tid, STAT_FILE);
    if (length < 0) return refused(length);
    if (!parseStat(fs.text, length, STAT.policy, fields)) return -ERRNO.ESRCH;
    if (tid === pid && fields[STAT.exit_signal] === -1) return -ERRNO.ESRCH;
    return isDead(fields[STAT.state]!) ? -ERRNO.ESRCH : length;
  }

  /**
   * Copies the name, which may have any bytes, including newlines and parentheses. A partial
   * character at its end is omitted.
   */
  function copyName(): void {
    const { text } = fs;
    const to = scratch.bytes;
    let at = pt + pth.pth_name;
    const end = at + MAXTHREADNAMESIZE;
    const start = fields[STAT.name]!;
    const stop = Math.min(fields[STAT.name_end]!, start + MAXTHREADNAMESIZE - 1);
    const last = stop - start < CUT_NAME ? stop : wholeEnd(text, start, stop);
    for (let from = start; from < last; from++) to[at++] = text[from]!;
    to.fill(0, at, end);
  }

  /**
   * Writes the `struct proc_threadinfo`, with which both structs start. Returns the thread id, or a
   * negated errno.
   */
  function thread(pid: number, arg: bigint): DarwinAnswer {
    if (arg === 0n || arg > TID_MAX) return -ERRNO.ESRCH;
    const tid = Number(arg);
    const length = readThread(pid, tid);
    if (length < 0) return length;
    copyName();
    const { view } = scratch;
    setU64(view, pt + pth.pth_user_time, fields[STAT.utime]! * reader.tick);
    setU64(view, pt + pth.pth_system_time, fields[STAT.stime]! * reader.tick);
    const policy = policyOf(fields[STAT.policy]!);
    const realTime = policy !== POLICY_TIMESHARE;
    view.setInt32(pt + pth.pth_policy, policy, true);
    view.setInt32(pt + pth.pth_run_state, stateOf(fields[STAT.state]!), true);
    view.setInt32(pt + pth.pth_curpri, scheduled(fields[STAT.priority]!), true);
    const base = realTime
      ? realTimePriority(fields[STAT.rt_priority]!)
      : BASE_PRIORITY - fields[STAT.nice]!;
    view.setInt32(pt + pth.pth_priority, base, true);
    view.setInt32(pt + pth.pth_maxpriority, realTime ? MAX_PRIORITY : LAST_SHARED_PRIORITY, true);
    return tid;
  }

  /** Writes the working directory of a thread that does not share the one of the process. */
  function ownDirectory(pid: number, tid: number): DarwinAnswer {
    vnode.clear(scratch, pvip);
    const task = living(pid);
    if (task < 0) return task;
    if (task === tid) return 0;
    let error = fs.stat(MASK.ALL, task, CWD);
    if (error < 0) return refused(error);
    shared.bytes.set(fs.statx.bytes);
    error = fs.stat(MASK.ALL, pid, TASK, tid, CWD);
    if (error < 0) return refused(error);
    const { view } = fs.statx;
    if (isSameFile(view, shared.view)) return 0;
    const length = fs.link(pid, TASK, tid, CWD);
    if (length < 0 && length !== -ERRNO.ENAMETOOLONG) return refused(length);
    const name = length < 0 ? 0 : measure(fs.target, length, view);
    vnode.infoPath(scratch, pvip, view, fs.target, name);
    return 0;
  }

  /** Returns true for the calling thread. */
  function isCaller(pid: number, tid: bigint): boolean {
    return fs.local && pid === fs.self && tid === BigInt(reader.clock.thread());
  }

  const info: Answer = (pid, arg, buffer) => {
    const tid = thread(pid, arg);
    if (tid < 0) return tid;
    buffer.set(scratch.bytes.subarray(pt, pt + PROC_PIDTHREADINFO_SIZE));
    return PROC_PIDTHREADINFO_SIZE;
  };

  const list: Answer = (pid, _arg, buffer) => {
    const task = living(pid);
    if (task < 0) return task;
    const count = fs.entries(pid, TASK);
    if (count < 0) return refused(count);
    if (tids.length < count * 2) tids = new Uint32Array(count * 4);
    let listed = 0;
    for (let i = 0; i < count; i++) {
      // A leader that has ended stays in the list until the other threads have ended.
      if (fs.pids[i] === pid && task !== pid) continue;
      tids[listed * 2] = fs.pids[i]!;
      listed++;
    }
    const written = Math.min(listed, Math.floor(buffer.byteLength / TID_SIZE)) * TID_SIZE;
    buffer.set(new Uint8Array(tids.buffer, 0, written));
    return written;
  };

  return {
    [PROC_PIDLISTTHREADS]: { size: PROC_PIDLISTTHREADS_SIZE, answer: list },
    [PROC_PIDLISTTHREADIDS]: { size: PROC_PIDLISTTHREADIDS_SIZE, answer: list },
    [PROC_PIDTHREADINFO]: { size: PROC_PIDTHREADINFO_SIZE, answer: info },
    [PROC_PIDTHREADID64INFO]: { size: PROC_PIDTHREADID64INFO_SIZE, answer: info },
    [PROC_PIDTHREADPATHINFO]: {
      size: PROC_PIDTHREADPATHINFO_SIZE,
      answer(pid, arg, buffer) {
        const tid = thread(pid, arg);
        if (tid < 0) return tid;
        const error = ownDirectory(pid, tid);
        if (error < 0) return error;
        buffer.set(scratch.bytes);
        return PROC_PIDTHREADPATHINFO_SIZE;
      },
    },
    [PROC_PIDTHREADSCHEDINFO]: {
      size: PROC_PIDTHREADSCHEDINFO_SIZE,
      answer(pid, arg, buffer) {
        if (!isCaller(pid, arg)) {
          const error = Math.min(living(pid), 0) || reader.sameUser(pid);
          return error < 0 ? error : -ERRNO.EINVAL;
        }
        // XNU's release kernels also write zeros, as they do not count this.
        buffer.fill(0, 0, PROC_PIDTHREADSCHEDINFO_SIZE);
        return PROC_PIDTHREADSCHEDINFO_SIZE;
      },
    },
    // Without processor counters, XNU also refuses this, although it knows the times.
    [PROC_PIDTHREADCOUNTS]: unsupported(world, PROC_PIDTHREADCOUNTS_SIZE),
  };
}

function stateOf(letter: number): number {
  if (letter === STATE.running) return TH_STATE_RUNNING;
  if (letter === STATE.stopped || letter === STATE.tracing) return TH_STATE_STOPPED;
  return letter === STATE.uninterruptible ? TH_STATE_UNINTERRUPTIBLE : TH_STATE_WAITING;
}

/** Returns XNU's priority for a priority in `/proc/PID/stat`. */
function scheduled(priority: number): number {
  if (priority < 0) return realTimePriority(-1 - priority);
  return BASE_PRIORITY - (priority - PRIORITY_DEFAULT);
}
