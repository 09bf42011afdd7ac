import { assert, assertEquals, assertGreater } from "@std/assert";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import { PROC_PIDLISTTHREADIDS, PROC_PIDLISTTHREADS } from "../../lib/abi/pid_info.ts";
import { procEntry } from "../../lib/aix/mod.ts";
import { pidFdInfo, type PidFdInfoFlavor } from "../../lib/calls/pid_fd_info.ts";
import { pidInfo, type PidInfoFlavor } from "../../lib/calls/pid_info.ts";
import { pidRusage, type PidRusageFlavor } from "../../lib/calls/pid_rusage.ts";
import { FIELD_NAMES, GROUPS } from "../../lib/process/fields/mod.ts";
import { listeningPorts } from "../../lib/process/ports.ts";
import { openProcess, Process } from "../../lib/process/process.ts";
import { processes } from "../../lib/process/rows.ts";
import type { ThreadInfo } from "../../lib/process/threads.ts";
import { whoHas } from "../../lib/process/who_has.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { compileProgram } from "../support/compile.ts";
import { isLinuxSince } from "../support/kernel_release.ts";
import { type Speaker, startSpeaker, stateOf, until } from "../support/lines.ts";
import { questionsOf } from "../support/questions_of.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** One of two processes that differ only in the leader, which has ended in one of them. */
interface Twin {
  readonly speaker: Speaker;
  readonly pid: number;
  /** The thread that both processes have. */
  readonly thread: number;
  readonly port: number;
  readonly folder: string;
}

let whole: Twin;
let leaderless: Twin;
const twins = () => [whole, leaderless] as const;

async function startTwin(kind: "whole" | "leaderless"): Promise<Twin> {
  const folder = mkdtempSync(`${tmpdir()}/libproc-twin-`);
  const speaker = startSpeaker([compileProgram(["leaderless.c"], "leaderless"), folder]);
  const [, thread] = (await speaker.ask(kind)).split(" ");
  const [, port] = (await speaker.next()).split(" ");
  assertEquals(await speaker.next(), "ready");
  const { pid } = speaker;
  await until("the first thread is where it stays", () => {
    return stateOf(pid) === (kind === "whole" ? "S" : "Z");
  });
  return { speaker, pid, thread: Number(thread), port: Number(port), folder };
}

before(async () => {
  if (skip) return;
  [whole, leaderless] = await Promise.all([startTwin("whole"), startTwin("leaderless")]);
});
after(async () => {
  for (const twin of twins()) {
    await twin?.speaker[Symbol.asyncDispose]();
    if (twin) rmSync(twin.folder, { recursive: true });
  }
});

/**
 * Members that may differ between any two processes. Both values must be known or both unknown, and
 * both zero or both not zero.
 */
const OF_ONE_LIFE = new Set([
  // Identities and times.
  ...["uniqueId", "p_uniqueid", "p_idversion", "startedAt", "pbi_start_tvsec", "pbi_start_tvusec"],
  ...[
    "ri_proc_start_abstime",
    "pi_start",
    "vst_ino",
    "soi_so",
    "soi_pcb",
    "inode",
    "peerId",
    "endId",
    "peerEndId",
  ],
  ...["vst_atimensec", "vst_mtimensec", "vst_ctimensec", "vst_birthtimensec", "insi_gencnt"],
  ...["unsi_conn_so", "unsi_conn_pcb", "pipe_handle", "pipe_peerhandle", "tcpsi_tp", "address"],
  ...["vst_atime", "vst_mtime", "vst_ctime", "vst_birthtime", "localPort", "insi_lport", "port"],
  // Resource usage.
  ...["cpuTimeNs", "cpuPercent", "runDelayNs", "runnableTimeNs", "contextSwitches"],
  ...["pageFaults", "minorFaults", "voluntarySwitches", "writtenBytes", "inputBytes", "inputCalls"],
  ...["ioBytes", "outputBytes", "outputCalls", "pti_faults", "pti_csw"],
  ...["ri_cpu_time_qos_default", "ri_diskio_byteswritten"],
  ...["ri_logical_writes", "ri_runnable_time", "pi_minflt", "ru_minflt", "ru_oublock", "ru_nvcsw"],
  ...["pi_ioch"],
  // Memory.
  ...["residentBytes", "virtualBytes", "memoryPercent", "proportionalBytes", "uniqueBytes"],
  ...["footprintBytes", "peakBytes", "maxResidentBytes", "residentDataBytes", "dataBytes"],
  ...["pti_virtual_size", "pti_resident_size", "ri_resident_size", "ri_phys_footprint"],
  ...["ri_lifetime_max_phys_footprint", "ri_interval_max_phys_footprint", "pi_size"],
  ...["ru_maxrss", "pi_drss", "pi_dvm", "pi_dsize"],
]);

/** Members that may be 0 for one process only. */
const CHANCE = [
  ...["userTimeNs", "childUserTimeNs", "pti_total_user", "pti_threads_user", "pth_user_time"],
  ...["ri_user_time", "ri_child_user_time", "ru_utime"],
  ...["systemTimeNs", "childSystemTimeNs", "involuntarySwitches", "ru_nivcsw", "ru_stime"],
  ...["pti_total_system", "pti_threads_system", "pth_system_time", "ri_system_time"],
  ...["ri_child_system_time", "privateResidentBytes", "sharedResidentBytes", "dirtyBytes"],
  ...["pri_pages_resident", "pri_private_pages_resident", "pri_shared_pages_resident"],
  ...["pri_pages_dirtied", "pri_pages_shared_now_private", "pti_numrunning", "id"],
  ...["majorFaults", "childMajorFaults", "childMinorFaults", "readBytes", "majorPageFaults"],
  ...["pti_pageins", "ri_pageins", "ri_child_pageins", "ri_diskio_bytesread", "pi_majflt"],
  ...["ru_majflt", "ru_inblock", "state", "pbi_status", "pbsi_status", "pth_run_state", "pi_cru"],
];

/**
 * Values that only the socket itself reports, because the tables of the kernel lack them. Before
 * Linux 6.9, a socket cannot be duplicated from a process whose leader has ended.
 */
const OF_THE_SOCKET: ReadonlySet<string> = new Set(
  isLinuxSince(6, 9) ? [] : ["sbi_lowat", "insi_ip_ttl"],
);

/** Returns a value without the parts that identify one of the processes. */
function shape(value: unknown, { pid, thread, folder, port }: Twin, name = ""): unknown {
  const twin = { pid, thread, folder, port } as Twin;
  if (OF_THE_SOCKET.has(name)) return "a value of the socket";
  if (typeof value === "number" || typeof value === "bigint") {
    // This comes first, because an inode may equal the pid of a process by chance.
    if (OF_ONE_LIFE.has(name)) return Number.isNaN(value) ? "unknown" : Math.sign(Number(value));
    if (Number(value) === pid) return "its id";
    if (Number(value) === thread) return "its thread";
    return Number(value) === port ? "its port" : value;
  }
  if (typeof value === "string") {
    if (OF_ONE_LIFE.has(name)) return value === "" ? "" : "some";
    return value.replaceAll(folder, "its folder").replaceAll(String(pid), "its id");
  }
  if (value instanceof Uint8Array) {
    return shape(new TextDecoder("latin1").decode(value), twin, name);
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return [...value as unknown[]].map((each) => shape(each, twin, name));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, shape(each, twin, key)]),
    );
  }
  return typeof value === "function" ? "a function" : value;
}

/** Returns the answer to a query about one of the processes, or its error. */
function answer(twin: Twin, ask: (twin: Twin) => unknown): unknown {
  try {
    return shape(ask(twin), twin);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code } = error as Error & { readonly code?: string };
    return { error: error.name, code };
  }
}

/** Compares the answers to a query about both processes. */
function same(what: string, ask: (twin: Twin) => unknown): void {
  const [one, other] = twins().map((twin) => without(answer(twin, ask), CHANCE));
  assertEquals(withoutChance(other, one), withoutChance(one, other), what);
}

/**
 * Returns a shape without a chance equality: a value that equals the port of its process, although
 * the other process has 1 there.
 */
function withoutChance(value: unknown, twins: unknown): unknown {
  if (value === "its port" && twins === 1) return twins;
  if (typeof value !== "object" || value === null) return value;
  const other = (typeof twins === "object" && twins !== null ? twins : {}) as typeof value;
  const entries = Object.entries(value).map(([key, each]) => [
    key,
    withoutChance(each, other[key as keyof typeof other]),
  ]);
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

function without(value: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => without(each, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !names.includes(name))
      .map(([name, each]) => [name, without(each, names)]),
  );
}

test("every question to the system is answered as of a process with its first thread", {
  skip,
}, () => {
  const others = [
    ...["pid", "ppid", "pgrp", "euid", "ruid", "threadId", "timebase", "bootId", "pageBytes"],
    ...[
      "memoryBytes",
      "machine",
      "userName",
      "userId",
      "terminal",
      "terminalPath",
      "fileId",
      "table",
    ],
    ...["listeners", "sockets", "signalNumbers", "watchExit"],
  ];
  const names = Object.keys(questionsOf(defaultSystem())).filter((name) => !others.includes(name));
  for (const name of names) {
    same(name, ({ pid }) => ({ [name]: questionsOf(defaultSystem(), pid)[name]!() }));
  }
  assertGreater(names.length, 14);
  // The bytes that all threads have read and written, including ended ones.
  const io = readFileSync(`/proc/${leaderless.pid}/io`, "utf8");
  const [, read, written] = /^rchar: (\d+)\nwchar: (\d+)$/m.exec(io)!;
  assertEquals(defaultSystem().ioBytes(leaderless.pid), BigInt(read!) + BigInt(written!));
  // The control group of the ended leader is not that of the process.
  const groups = readFileSync(
    `/proc/${leaderless.pid}/task/${leaderless.thread}/cgroup`,
    "utf8",
  );
  for (const [name, path] of Object.entries(defaultSystem().controlGroups(leaderless.pid))) {
    assert(groups.includes(`:${name}:${path}\n`), name);
  }
});

test("every field is that of a process with its first thread", { skip }, () => {
  for (const name of FIELD_NAMES) {
    same(name, ({ pid }) => processes({ pids: [pid], fields: [name] }));
    const [row] = processes({ pids: [leaderless.pid], fields: [name] });
    const lacks = ["title", "terminal", "containerId"].some((part) => name.startsWith(part));
    const isOfMacOS = name in GROUPS.get("counters")!.fields;
    if (!lacks && !isOfMacOS) assertEquals(row!.missing, {}, name);
  }
});

test("every method of Process answers as of a process with its first thread", { skip }, () => {
  const acting = [
    "constructor",
    "signal",
    "stop",
    "resume",
    "terminate",
    "kill",
    "wait",
    "setLimit",
  ];
  const names = Object.getOwnPropertyNames(Process.prototype).filter((name) => {
    return !acting.includes(name);
  });
  for (const name of names) {
    same(name, ({ pid }) => {
      const one = openProcess(pid) as unknown as Record<string, unknown>;
      const method = one[name];
      const found = typeof method === "function" ? method.call(one) : method;
      // The only difference is that the leader of one process has ended.
      return name === "threads" ? found.filter(({ id }: ThreadInfo) => id !== pid) : found;
    });
  }
  assertGreater(names.length, 20);
});

test("every flavor is answered as of a process with its first thread", { skip }, () => {
  for (let flavor = 1; flavor <= 40; flavor++) {
    for (const arg of [0n, 1n]) {
      same(`PIDINFO ${flavor} ${arg}`, ({ pid }) => {
        const found = pidInfo(pid, flavor as PidInfoFlavor, arg);
        // The only difference is that the leader of one process has ended.
        const lists = flavor === PROC_PIDLISTTHREADS || flavor === PROC_PIDLISTTHREADIDS;
        return lists ? [...found as BigUint64Array].filter((id) => id !== BigInt(pid)) : found;
      });
    }
    if (flavor === PROC_PIDLISTTHREADS || flavor === PROC_PIDLISTTHREADIDS) continue;
    same(`PIDINFO ${flavor} of a thread`, ({ pid, thread }) => {
      return pidInfo(pid, flavor as PidInfoFlavor, BigInt(thread));
    });
  }
  for (let flavor = 0; flavor <= 6; flavor++) {
    same(`PIDRUSAGE ${flavor}`, ({ pid }) => pidRusage(pid, flavor as PidRusageFlavor));
  }
  const fds = openProcess(whole.pid).descriptors().map(({ fd }) => fd);
  assert(fds.includes(300));
  for (const fd of fds) {
    for (let flavor = 1; flavor <= 10; flavor++) {
      same(`PIDFDINFO ${fd} ${flavor}`, ({ pid }) => pidFdInfo(pid, fd, flavor as PidFdInfoFlavor));
    }
  }
});

test("procEntry() describes it as a process with its first thread", { skip }, () => {
  same("procEntry", ({ pid }) => procEntry(pid));
  const { pi_maxofile, pi_cmask, pi_tsize, pi_dsize, pi_size, pi_ru } = procEntry(leaderless.pid);
  assertEquals([pi_maxofile, pi_cmask], [300, 0o27]);
  const hwm = /^VmHWM:\s*(\d+) kB$/m.exec(
    readFileSync(`/proc/${leaderless.pid}/task/${leaderless.thread}/status`, "utf8"),
  );
  assertEquals(pi_ru.ru_maxrss, BigInt(hwm![1]!));
  for (const size of [pi_tsize, pi_dsize, pi_size]) assertGreater(size, 0n);
});

test("it is found by what it holds", { skip }, () => {
  same("ports", ({ pid }) => listeningPorts({ pids: [pid] }).sort((a, b) => a.fd! - b.fd!));
  same("port", ({ pid, port }) => whoHas({ port }).filter((holder) => holder.pid === pid));
  for (const name of ["file", "socket"]) {
    same(name, ({ pid, folder }) => {
      return whoHas({ path: `${folder}/${name}` }).filter((holder) => holder.pid === pid);
    });
  }
  assertEquals(whoHas({ path: `${leaderless.folder}/file` }).map(({ pid }) => pid), [
    leaderless.pid,
  ]);
  same("rows", ({ pid, folder }) => [
    ...processes({ fields: ["name"] }).filter((row) => row.pid === pid),
    ...processes({ fields: ["workingDirectory"] }).filter((row) => row.workingDirectory === folder),
  ]);
});
