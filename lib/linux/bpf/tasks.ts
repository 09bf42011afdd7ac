import { wordOffsetsOf } from "../../layout/words.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import { SystemCallError } from "../../system/errors.ts";
import { Assembler, HELPER } from "./assembler.ts";
import type { Bpf, BpfIterator } from "./bpf.ts";
import { lacking } from "./btf.ts";
import { canCast, emitCast } from "./cast.ts";
import { emitKernelName, hasKernelNames, KERNEL_NAME_SIZE } from "./kernel_names.ts";
import { NUMBERS_SIZE, PidNumbers } from "./numbers.ts";
import { processorOffsets } from "./processors.ts";

/**
 * The kinds of records: a process, another thread of a process, or the name of the preceding
 * process.
 */
export const KIND = { task: 0, thread: 1, name: 2 } as const;

/** The record of a process. */
export interface TaskRecord {
  /** The process id. */
  readonly pid: number;
  /** {@linkcode KIND}.task */
  readonly kind: number;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** The kernel's `PF_*` flags. */
  readonly flags: number;
  /** The kernel's `state` and `exit_state`. */
  readonly state: number;
  readonly exit_state: number;
  readonly threads: number;
  readonly static_prio: number;
  readonly policy: number;
  readonly rt_priority: number;
  readonly uid: number;
  readonly gid: number;
  readonly suid: number;
  readonly sgid: number;
  readonly euid: number;
  readonly egid: number;
  /** The device of the controlling terminal, as `stat` has it; 0 without one. */
  readonly tty: number;
  readonly tpgid: number;
  readonly tracer: number;
  /** 1 for a 32-bit program. */
  readonly narrow: number;
  /** 1 if `comm` is the whole name of a kernel thread. */
  readonly whole: number;
  /** The time at which the process started, in ticks since the machine started. */
  readonly start: bigint;
  /** The times that the leader and the ended threads ran, in nanoseconds. */
  readonly ran: bigint;
  readonly ended: bigint;
  /** The processor times that the kernel reported last. */
  readonly user: bigint;
  readonly system: bigint;
  readonly waited: bigint;
  /** The sizes of the address space and of its parts, in pages. */
  readonly total: bigint;
  readonly anonymous: bigint;
  readonly files: bigint;
  readonly shared: bigint;
  readonly swapped: bigint;
  readonly peak: bigint;
  readonly locked: bigint;
  readonly pinned: bigint;
  readonly comm: string;
}

/** The layout of {@linkcode TaskRecord}. */
export const taskRecord: Struct<TaskRecord> = struct("task", { size: 224, align: 8 }, (c) => ({
  pid: c.u32(),
  kind: c.u32(),
  ppid: c.u32(),
  pgrp: c.u32(),
  session: c.u32(),
  flags: c.u32(),
  state: c.u32(),
  exit_state: c.u32(),
  threads: c.u32(),
  static_prio: c.u32(),
  policy: c.u32(),
  rt_priority: c.u32(),
  uid: c.u32(),
  gid: c.u32(),
  suid: c.u32(),
  sgid: c.u32(),
  euid: c.u32(),
  egid: c.u32(),
  tty: c.u32(),
  tpgid: c.u32(),
  tracer: c.u32(),
  narrow: c.u32(),
  whole: c.u32(),
  start: c.u64(),
  ran: c.u64(),
  ended: c.u64(),
  user: c.u64(),
  system: c.u64(),
  waited: c.u64(),
  total: c.u64(),
  anonymous: c.u64(),
  files: c.u64(),
  shared: c.u64(),
  swapped: c.u64(),
  peak: c.u64(),
  locked: c.u64(),
  pinned: c.u64(),
  comm: c.chars(16),
}));

/** The record of a thread other than the leader. */
export interface ThreadRecord {
  /** The process id. */
  readonly pid: number;
  /** {@linkcode KIND}.thread */
  readonly kind: number;
  readonly ran: bigint;
  readonly ended: bigint;
  readonly waited: bigint;
}

/** The layout of {@linkcode ThreadRecord}. */
export const threadRecord: Struct<ThreadRecord> = struct("thread", { size: 32, align: 8 }, (c) => ({
  pid: c.u32(),
  kind: c.u32(),
  ran: c.u64(),
  ended: c.u64(),
  waited: c.u64(),
}));

/** The record that follows the one of a kernel thread whose name is longer than `comm`. */
export interface NameRecord {
  /** The process id. */
  readonly pid: number;
  /** {@linkcode KIND}.name */
  readonly kind: number;
  /** The sign between `comm` and the text, `+` or `-`; 0 if the text is the name. */
  readonly sign: number;
  readonly text: string;
}

/** The layout of {@linkcode NameRecord}. */
export const nameRecord: Struct<NameRecord> = struct("name", { size: 80, align: 8 }, (c) => ({
  pid: c.u32(),
  kind: c.u32(),
  sign: c.u32(),
  text: c.chars(KERNEL_NAME_SIZE),
}));

/** The offsets of the members of a {@linkcode TaskRecord}, in words. */
export const TASK = wordOffsetsOf(taskRecord);
/** The offsets of the members of a {@linkcode ThreadRecord}, in words. */
export const THREAD = wordOffsetsOf(threadRecord);
/** The offsets of the members of a {@linkcode NameRecord}, in words. */
export const NAME = wordOffsetsOf(nameRecord);

const record = offsetsOf(taskRecord);
const short = offsetsOf(threadRecord);
const name = offsetsOf(nameRecord);

// The offsets in the frame of the program.
const RECORD = -taskRecord.size;
const NUMBERS = RECORD - NUMBERS_SIZE;
const COUNTERS = NUMBERS - 16;
const SUMS = COUNTERS - 32;
const FULL_NAME = SUMS - nameRecord.size;

const PIDTYPE = { pgid: 2, sid: 3 } as const;
const POINTER = 8;
/** The flag of kernel threads. */
const PF_KTHREAD = 0x200000;
const EXIT_SIGNAL_OF_THREADS = 0;
/** The number of counters of an address space: files, anonymous, swapped, shared. */
const COUNTER_COUNT = 4;

/**
 * Loads the program that writes a record for each process.
 *
 * @param memory True if the program reads the address spaces. Without them, it takes two thirds of
 * the time.
 */
export function openTasks(bpf: Bpf, clock: TaskClock, memory = true): BpfIterator {
  const open = (program: Uint8Array<ArrayBuffer>) =>
    bpf.open({
      name: memory ? "libproc_tasks" : "libproc_times",
      target: "bpf_iter_task",
      program,
    });
  if (canCast(bpf.btf)) {
    try {
      return open(tasksProgram(bpf, clock, true, memory));
    } catch (error) {
      // A program that the kernel interprets cannot call such functions.
      if (!(error instanceof SystemCallError)) throw error;
    }
  }
  return open(tasksProgram(bpf, clock, false, memory));
}

/** The conversion of the start of a process to ticks. */
export interface TaskClock {
  /** The length of a tick, in nanoseconds. */
  readonly tick: number;
  /** The number of nanoseconds that are added to the start before the conversion. */
  readonly offset: number;
  /** The number of ticks that are subtracted after the conversion. */
  readonly shift: number;
}

/**
 * Returns the program that writes a record for each process.
 *
 * @param casts True if the program casts addresses of untyped memory to pointers, which takes less
 * time than a call for each; see {@linkcode canCast}.
 * @param memory True if the program reads the address spaces. Otherwise `narrow` is 0, as well as
 * all members from `total` to `pinned`.
 */
export function tasksProgram(
  bpf: Bpf,
  { tick, offset, shift }: TaskClock,
  casts: boolean,
  memory = true,
): Uint8Array<ArrayBuffer> {
  const { btf } = bpf;
  const a = new Assembler();
  const numbers = new PidNumbers(a, bpf, NUMBERS, casts);
  const at = (struct: string, path: string) => btf.member(struct, path).offset;
  const task = (path: string) => at("task_struct", path);
  const signal = (path: string) => at("signal_struct", path);
  const mm = (path: string) => at("mm_struct", path);

  /** Copies a member of the struct in a register into the record. */
  function copy(from: "r7" | "r8" | "r9" | "r1", struct: string, path: string, to: number): void {
    const { offset, size } = btf.member(struct, path);
    const width = size === 8 ? 8 : 4;
    a.load(width, "r2", from, offset);
    a.store(8 - to % 8 === 8 && isWide(to) ? 8 : 4, "r10", RECORD + to, "r2");
  }
  const isWide = (to: number) => to >= record.start && to < record.comm;

  // r6: the sequence, r7: the task, r8: its signal_struct, r9: its address space.
  a.load(8, "r7", "r1", at("bpf_iter__task", "task"));
  a.jumpIf("r7", "==", 0, "end");
  a.load(8, "r6", "r1", at("bpf_iter__task", "meta"));
  a.load(8, "r6", "r6", at("bpf_iter_meta", "seq"));
  numbers.begin();
  a.load(8, "r8", "r7", task("signal"));

  // A task that has been waited for has no facts left.
  a.load(8, "r1", "r7", task("thread_pid"));
  a.jumpIf("r1", "==", 0, "end");
  a.load(4, "r2", "r7", task("exit_signal"));
  a.jumpIf32("r2", "s<", EXIT_SIGNAL_OF_THREADS, "thread");
  numbers.storeThread("r7", RECORD + record.pid);
  a.store(4, "r10", RECORD + record.kind, KIND.task);
  a.load(8, "r1", "r7", task("real_parent"));
  numbers.storeProcess("r1", RECORD + record.ppid);
  a.load(8, "r1", "r8", signal("pids") + PIDTYPE.pgid * POINTER);
  numbers.store(RECORD + record.pgrp);
  a.load(8, "r1", "r8", signal("pids") + PIDTYPE.sid * POINTER);
  numbers.store(RECORD + record.session);
  copy("r7", "task_struct", "flags", record.flags);
  copy("r7", "task_struct", btf.has("task_struct", "__state") ? "__state" : "state", record.state);
  copy("r7", "task_struct", "exit_state", record.exit_state);
  copy("r8", "signal_struct", "nr_threads", record.threads);
  copy("r7", "task_struct", "static_prio", record.static_prio);
  copy("r7", "task_struct", "policy", record.policy);
  copy("r7", "task_struct", "rt_priority", record.rt_priority);

  a.load(8, "r1", "r7", task("real_cred"));
  for (const id of ["uid", "gid", "suid", "sgid", "euid", "egid"] as const) {
    copy("r1", "cred", id, record[id]);
  }

  a.store(8, "r10", RECORD + record.tty, 0);
  a.load(8, "r1", "r8", signal("tty"));
  a.jumpIf("r1", "==", 0, "no terminal");
  a.load(8, "r2", "r1", at("tty_struct", "driver"));
  a.load(4, "r3", "r2", at("tty_driver", "minor_start"));
  a.load(4, "r4", "r2", at("tty_driver", "major"));
  a.load(4, "r5", "r1", at("tty_struct", "index"));
  a.alu32("r3", "+=", "r5");
  // As new_encode_dev() does.
  a.alu32("r2", "=", "r3").alu32("r2", "&=", 0xff);
  a.alu32("r4", "<<=", 8).alu32("r2", "|=", "r4");
  a.alu32("r3", ">>=", 8).alu32("r3", "<<=", 20).alu32("r2", "|=", "r3");
  a.store(4, "r10", RECORD + record.tty, "r2");
  const group = btf.has("tty_struct", "ctrl.pgrp") ? "ctrl.pgrp" : "pgrp";
  a.load(8, "r1", "r1", at("tty_struct", group));
  numbers.store(RECORD + record.tpgid);
  a.label("no terminal");

  for (const to of [record.tracer, record.whole]) a.store(8, "r10", RECORD + to, 0);
  a.load(4, "r1", "r7", task("ptrace"));
  a.jumpIf32("r1", "==", 0, "not traced");
  a.load(8, "r1", "r7", task("parent"));
  numbers.storeThread("r1", RECORD + record.tracer);
  a.label("not traced");

  a.load(
    8,
    "r1",
    "r7",
    task(btf.has("task_struct", "start_boottime") ? "start_boottime" : "real_start_time"),
  );
  if (offset !== 0) a.constant("r2", BigInt(offset)).alu("r1", "+=", "r2");
  a.alu("r1", "/=", tick);
  if (shift !== 0) a.constant("r2", BigInt(shift)).alu("r1", "-=", "r2");
  a.store(8, "r10", RECORD + record.start, "r1");
  copy("r7", "task_struct", "se.sum_exec_runtime", record.ran);
  copy("r8", "signal_struct", "sum_sched_runtime", record.ended);
  copy("r8", "signal_struct", "prev_cputime.utime", record.user);
  copy("r8", "signal_struct", "prev_cputime.stime", record.system);
  copy("r7", "task_struct", "sched_info.run_delay", record.waited);

  for (let to: number = record.total; to < record.comm; to += 8) a.store(8, "r10", RECORD + to, 0);
  if (memory) emitMemory();

  for (const part of [0, 8]) {
    a.load(8, "r1", "r7", task("comm") + part);
    a.store(8, "r10", RECORD + record.comm + part, "r1");
  }
  // The verifier refuses unreachable code, so each kernel gets only the code that applies to it.
  const hasNames = hasKernelNames(btf);
  if (hasNames) {
    a.load(4, "r1", "r7", task("flags"));
    a.jumpIf32("r1", "&", PF_KTHREAD, "kernel");
  }
  a.label("named");
  write(RECORD, taskRecord.size);
  a.jump("end");

  if (hasNames) {
    a.label("kernel");
    emitKernelName(a, bpf, {
      scratch: COUNTERS,
      whole: RECORD + record.whole,
      sign: FULL_NAME + name.sign,
      text: FULL_NAME + name.text,
    }, "full name");
    a.jump("named");
    a.label("full name");
    write(RECORD, taskRecord.size);
    a.load(4, "r1", "r10", RECORD + record.pid);
    a.store(4, "r10", FULL_NAME + name.pid, "r1");
    a.store(4, "r10", FULL_NAME + name.kind, KIND.name);
    write(FULL_NAME, nameRecord.size);
    a.jump("end");
  }

  a.label("thread");
  numbers.storeProcess("r7", RECORD + short.pid);
  a.store(4, "r10", RECORD + short.kind, KIND.thread);
  for (
    const [from, struct, path, to] of [
      ["r7", "task_struct", "se.sum_exec_runtime", short.ran],
      ["r8", "signal_struct", "sum_sched_runtime", short.ended],
      ["r7", "task_struct", "sched_info.run_delay", short.waited],
    ] as const
  ) {
    a.load(8, "r1", from, at(struct, path));
    a.store(8, "r10", RECORD + to, "r1");
  }
  write(RECORD, threadRecord.size);

  a.label("end");
  a.alu("r0", "=", 0);
  a.exit();
  return a.program();

  /** Emits the code that stores the sizes of the address space. */
  function emitMemory(): void {
    a.load(4, "r1", "r7", task("flags"));
    a.jumpIf32("r1", "&", PF_KTHREAD, "no memory");
    a.load(8, "r9", "r7", task("mm"));
    a.jumpIf("r9", "==", 0, "no memory");
    copy("r9", "mm_struct", "total_vm", record.total);
    copy("r9", "mm_struct", "hiwater_rss", record.peak);
    copy("r9", "mm_struct", "locked_vm", record.locked);
    copy("r9", "mm_struct", "pinned_vm", record.pinned);
    a.load(8, "r1", "r9", mm("start_stack"));
    // During an exec, the start of the stack is not known yet.
    a.jumpIf("r1", "==", 0, "wide");
    a.alu("r1", ">>=", 32);
    a.jumpIf("r1", "!=", 0, "wide");
    a.store(4, "r10", RECORD + record.narrow, 1);
    a.label("wide");
    emitCounters(a, bpf, casts);
    a.label("no memory");
  }

  function write(from: number, size: number): void {
    a.alu("r1", "=", "r6");
    a.alu("r2", "=", "r10").alu("r2", "+=", from);
    a.alu("r3", "=", size);
    a.call(HELPER.seqWrite);
  }
}

/**
 * Emits the code that sums the counters of the address space in `r9`. Each counter is a number and,
 * since Linux 6.2, a further part for each processor. The code overwrites `r0` to `r5` and `r9`.
 */
function emitCounters(a: Assembler, bpf: Bpf, casts: boolean): void {
  const { btf } = bpf;
  const places = [record.files, record.anonymous, record.swapped, record.shared];
  const stat = btf.member("mm_struct", "rss_stat");
  if (btf.typeName(stat.type) === "mm_rss_stat") {
    const counts = stat.offset + btf.member("mm_rss_stat", "count").offset;
    // The verifier of Linux 5.10 does not follow a pointer into an array whose elements have a
    // named type.
    a.alu("r3", "=", "r9").alu("r3", "+=", counts);
    a.alu("r2", "=", COUNTER_COUNT * 8);
    a.alu("r1", "=", "r10").alu("r1", "+=", SUMS);
    a.call(HELPER.probeReadKernel);
    emitSums();
    return;
  }
  if (stat.count !== COUNTER_COUNT) throw lacking("counters of memory in a known form");
  const size = btf.size("percpu_counter");
  const count = stat.offset + btf.member("percpu_counter", "count").offset;
  const counters = stat.offset + btf.member("percpu_counter", "counters").offset;
  for (let i = 0; i < COUNTER_COUNT; i++) {
    a.load(8, "r1", "r9", count + i * size);
    a.store(8, "r10", SUMS + i * 8, "r1");
  }
  // The parts of all four counters are adjacent, once for each processor.
  a.load(8, "r9", "r9", counters);
  for (const offset of processorOffsets(bpf)) {
    a.constant("r3", offset).alu("r3", "+=", "r9");
    if (casts) {
      // The type is a struct without pointers that has as many bytes as the parts.
      a.alu("r1", "=", "r3");
      emitCast(a, btf, "timespec64");
    } else {
      a.alu("r2", "=", COUNTER_COUNT * 4);
      a.alu("r1", "=", "r10").alu("r1", "+=", COUNTERS);
      a.call(HELPER.probeReadKernel);
    }
    for (let i = 0; i < COUNTER_COUNT; i++) {
      if (casts) a.load(4, "r1", "r0", i * 4);
      else a.load(4, "r1", "r10", COUNTERS + i * 4);
      a.alu("r1", "<<=", 32).alu("r1", "s>>=", 32);
      a.load(8, "r2", "r10", SUMS + i * 8);
      a.alu("r2", "+=", "r1");
      a.store(8, "r10", SUMS + i * 8, "r2");
    }
  }
  emitSums();

  /** Emits the code that stores the sums in the record. */
  function emitSums(): void {
    places.forEach((place, i) => {
      a.load(8, "r1", "r10", SUMS + i * 8);
      emitPositive(a, place);
    });
  }
}

/** Emits the code that stores `r1` in the record, or 0 if it is negative. */
function emitPositive(a: Assembler, place: number): void {
  const positive = a.unique("positive");
  a.jumpIf("r1", "s>=", 0, positive).alu("r1", "=", 0).label(positive);
  a.store(8, "r10", RECORD + place, "r1");
}
