import { assert, assertEquals, assertLess } from "@std/assert";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { getPriority } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  pidInfo,
  PROC_ALL_PIDS,
  PROC_FLAG_THCWD,
  PROC_PIDLISTTHREADIDS,
  PROC_PIDLISTTHREADS,
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKALLINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDTHREADCOUNTS,
  PROC_PIDTHREADID64INFO,
  PROC_PIDTHREADINFO,
  PROC_PIDTHREADPATHINFO,
  PROC_PIDTHREADSCHEDINFO,
  TH_STATE_RUNNING,
  TH_STATE_STOPPED,
  TH_STATE_UNINTERRUPTIBLE,
  TH_STATE_WAITING,
} from "../../lib/calls/mod.ts";
import { procListpidspath } from "../../lib/libproc/list_pids_path.ts";
import { whoHas } from "../../lib/process/who_has.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { fileStat } from "../support/file_stat.ts";
import { startSpeaker } from "../support/lines.ts";
import { type Stage, startStage } from "../support/stage.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const skip = !linux
  ? "needs Linux"
  : process.getuid?.() !== 0
  ? "needs root, for real-time threads"
  : false;

const INFO_SIZE = 112;
const PATH_INFO_SIZE = 1288;
const MISSING = 0x3ffffe;
const FLAVORS = [
  PROC_PIDLISTTHREADIDS,
  PROC_PIDTHREADINFO,
  PROC_PIDTHREADPATHINFO,
  PROC_PIDTHREADSCHEDINFO,
];

let stage: Stage;
let cast: Cast;
before(async () => {
  if (skip !== false) return;
  stage = await startStage("threads.c", (folder) => [folder]);
  cast = await startCast();
});
after(async () => {
  await stage?.[Symbol.asyncDispose]();
  await cast?.[Symbol.asyncDispose]();
});

const tid = (role: string) => Number(stage.said(role));
const info = (role: string) => pidInfo(stage.pid, PROC_PIDTHREADID64INFO, tid(role));

/** Returns the result of the call itself. */
function raw(pid: number, flavor: number, size: number | null, arg: bigint | number = 0n): number {
  const buffer = size === null ? null : new Uint8Array(size);
  return defaultSystem().kernel.procInfo(2, pid, flavor, BigInt(arg), buffer);
}

/** Returns the fields of a thread's `stat` after the name, at the indexes of their numbers. */
function stat(pid: number, thread: number): string[] {
  const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
  return ["", "", "", ...text.slice(text.lastIndexOf(")") + 2).trimEnd().split(" ")];
}

// Lists

test(
  "PROC_PIDLISTTHREADS and PROC_PIDLISTTHREADIDS list what /proc lists, the first thread first",
  {
    skip,
  },
  () => {
    const expected = readdirSync(`/proc/${stage.pid}/task`).map(Number).sort((a, b) => a - b);
    assertEquals(expected, stage.names.map(tid).sort((a, b) => a - b));
    for (const flavor of [PROC_PIDLISTTHREADS, PROC_PIDLISTTHREADIDS] as const) {
      const listed = [...pidInfo(stage.pid, flavor)].map(Number);
      assertEquals(listed[0], stage.pid);
      assertEquals(listed.sort((a, b) => a - b), expected);
    }
  },
);

test("PROC_PIDLISTTHREADIDS lists what ps -L lists", { skip }, () => {
  const ps = execFileSync("ps", ["-L", "-o", "lwp=", "-p", `${stage.pid}`], { encoding: "utf8" });
  assertEquals(
    [...pidInfo(stage.pid, PROC_PIDLISTTHREADIDS)].map(Number).sort((a, b) => a - b),
    ps.trim().split(/\s+/).map(Number).sort((a, b) => a - b),
  );
});

test("PROC_PIDLISTTHREADIDS is cut without a word to whole ids, and has no sizing mode", {
  skip,
}, () => {
  const all = pidInfo(stage.pid, PROC_PIDLISTTHREADIDS);
  for (const room of [1, 3, all.length]) {
    const memory = new Uint8Array(new ArrayBuffer(8 * 20 + 8)).fill(0xee);
    const buffer = memory.subarray(8, 8 + room * 8 + 7);
    const written = defaultSystem().kernel.procInfo(
      2,
      stage.pid,
      PROC_PIDLISTTHREADIDS,
      0n,
      buffer,
    );
    assertEquals(written, room * 8);
    assertEquals(new BigUint64Array(memory.slice(8, 8 + written).buffer), all.slice(0, room));
    assert(memory.subarray(0, 8).every((byte) => byte === 0xee));
    assert(memory.subarray(8 + written).every((byte) => byte === 0xee));
  }
  for (const flavor of [PROC_PIDLISTTHREADS, PROC_PIDLISTTHREADIDS]) {
    assertEquals(raw(stage.pid, flavor, null), -ERRNO.ENOMEM);
    assertEquals(raw(stage.pid, flavor, 7), -ERRNO.ENOMEM);
    assertEquals(raw(MISSING, flavor, 7), -ERRNO.ENOMEM);
  }
});

test("a process whose first thread has ended has the others only", { skip }, () => {
  const pid = cast.pid("leaderless");
  const living = readdirSync(`/proc/${pid}/task`).map(Number).filter((thread) => thread !== pid);
  assertEquals(living.length, 1);
  assertEquals([...pidInfo(pid, PROC_PIDLISTTHREADIDS)].map(Number), living);
  assertEquals(raw(pid, PROC_PIDTHREADID64INFO, INFO_SIZE, pid), -ERRNO.ESRCH);
  assertEquals(raw(pid, PROC_PIDTHREADPATHINFO, PATH_INFO_SIZE, living[0]), PATH_INFO_SIZE);
  const { pt, pvip } = pidInfo(pid, PROC_PIDTHREADPATHINFO, living[0]!);
  assertEquals([pt.pth_run_state, pvip.vip_path], [TH_STATE_WAITING, ""]);
});

test("a zombie has no threads, and neither has a thread", { skip }, () => {
  for (const pid of [cast.pid("zombie"), tid("plain"), MISSING, 0, -1]) {
    assertEquals(raw(pid, PROC_PIDLISTTHREADIDS, 800), -ERRNO.ESRCH, `${pid}`);
    assertEquals(raw(pid, PROC_PIDLISTTHREADS, 800), -ERRNO.ESRCH, `${pid}`);
    for (const thread of [pid, tid("plain"), stage.pid]) {
      if (thread < 0) continue;
      assertEquals(raw(pid, PROC_PIDTHREADID64INFO, INFO_SIZE, thread), -ERRNO.ESRCH, `${pid}`);
      assertEquals(raw(pid, PROC_PIDTHREADPATHINFO, PATH_INFO_SIZE, thread), -ERRNO.ESRCH);
      assertEquals(raw(pid, PROC_PIDTHREADSCHEDINFO, 8, thread), -ERRNO.ESRCH, `${pid}`);
    }
  }
});

test("a kernel thread is a process of one thread", { skip }, () => {
  const kthreadd = 2;
  assertEquals([...pidInfo(kthreadd, PROC_PIDLISTTHREADIDS)], [2n]);
  assertEquals(pidInfo(kthreadd, PROC_PIDTHREADINFO, 2).pth_name, "kthreadd");
});

// One thread

test(
  "PROC_PIDTHREADINFO and PROC_PIDTHREADID64INFO are the same, and only of the process's threads",
  {
    skip,
  },
  () => {
    const nice = tid("nice");
    assertEquals(pidInfo(stage.pid, PROC_PIDTHREADINFO, nice), info("nice"));
    for (const flavor of [PROC_PIDTHREADINFO, PROC_PIDTHREADID64INFO]) {
      for (
        const thread of [0n, process.pid, cast.pid("plain"), MISSING, 2n ** 32n, 2n ** 64n - 1n]
      ) {
        assertEquals(raw(stage.pid, flavor, INFO_SIZE, thread), -ERRNO.ESRCH, `${thread}`);
      }
      // The low 32 bits are the id of a thread, but all 64 bits count.
      assertEquals(raw(stage.pid, flavor, INFO_SIZE, 2n ** 32n + BigInt(nice)), -ERRNO.ESRCH);
      assertEquals(raw(stage.pid, flavor, INFO_SIZE, nice), INFO_SIZE);
      assertEquals(raw(stage.pid, flavor, INFO_SIZE + 9, nice), INFO_SIZE);
      assertEquals(raw(stage.pid, flavor, INFO_SIZE - 1, nice), -ERRNO.ENOMEM);
      assertEquals(raw(stage.pid, flavor, null, nice), -ERRNO.ENOMEM);
    }
  },
);

test("pth_name is the name as it is, and that of one thread only", { skip }, () => {
  assertEquals(info("first").pth_name, "threads");
  assertEquals(info("parentheses").pth_name, ") R 1 1 1 (");
  assertEquals(info("newline").pth_name, "a\nb\ufffd\\");
  assertEquals(info("plain").pth_name, "threads");
  const bytes = new Uint8Array(INFO_SIZE);
  defaultSystem().kernel.procInfo(2, stage.pid, PROC_PIDTHREADINFO, BigInt(tid("newline")), bytes);
  const name = [...bytes.subarray(48)];
  assertEquals(name, [97, 10, 98, 0xff, 92, ...new Array(64 - 5).fill(0)]);
});

test("pth_policy and the priorities are XNU's words for Linux's", { skip }, () => {
  const of = (role: string) => {
    const { pth_policy, pth_curpri, pth_priority, pth_maxpriority } = info(role);
    return [pth_policy, pth_curpri, pth_priority, pth_maxpriority];
  };
  const usual = 31 - getPriority();
  assertEquals(of("plain"), [1, usual, usual, 63]);
  assertEquals(of("nice"), [1, 24, 24, 63]);
  assertEquals(of("idle"), [1, usual, usual, 63]);
  assertEquals(of("fifo"), [4, 73, 73, 127]);
  assertEquals(of("round-robin"), [2, 127, 127, 127]);
});

/** Starts a process with running threads; returns a function that reads one of them. */
async function startRunning() {
  const runner = startSpeaker([compileProgram(["runner.c"], "runner")]);
  await runner.next();
  const { pid } = runner;
  const thread = readdirSync(`/proc/${pid}/task`).map(Number).find((tid) => tid !== pid)!;
  return {
    info: () => pidInfo(pid, PROC_PIDTHREADID64INFO, thread),
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
}

test("pth_run_state is that of the thread", { skip }, async () => {
  await using running = await startRunning();
  const states = ["plain", "uninterruptible"].map((role) => info(role).pth_run_state);
  assertEquals(states, [TH_STATE_WAITING, TH_STATE_UNINTERRUPTIBLE]);
  assertEquals(running.info().pth_run_state, TH_STATE_RUNNING);
  const stopped = cast.pid("stopped");
  assertEquals(pidInfo(stopped, PROC_PIDTHREADINFO, stopped).pth_run_state, TH_STATE_STOPPED);
});

test("the times are the thread's own, in the ticks that the kernel divides them into", {
  skip,
}, () => {
  const TICK = 10_000_000;
  for (const role of ["user", "kernel", "plain"]) {
    const { pth_user_time, pth_system_time } = info(role);
    const [user, system] = [Number(pth_user_time), Number(pth_system_time)];
    const fields = stat(stage.pid, tid(role));
    assertEquals([user, system], [Number(fields[14]) * TICK, Number(fields[15]) * TICK], role);
    const [ran = ""] = readFileSync(`/proc/${stage.pid}/task/${tid(role)}/schedstat`, "latin1")
      .split(" ");
    assertEquals(defaultSystem().cpuTimeNs(stage.pid, tid(role)), Number(ran), role);
    assert(user + system <= Number(ran), role);
    assertLess(Number(ran) - user - system, 2 * TICK, role);
  }
  assert(info("user").pth_user_time >= 250_000_000n, "300 ms were spent in user mode");
  assert(info("kernel").pth_system_time >= 150_000_000n, "300 ms were spent, mostly in the kernel");
  const { pth_user_time, pth_system_time } = info("plain");
  assert(pth_user_time + pth_system_time < 100_000_000n, "one thread alone is counted");
});

test("the time of a running thread grows, and none of its parts ever falls", { skip }, async () => {
  await using running = await startRunning();
  const first = running.info();
  let last = first;
  for (let i = 0; i < 3000 || last.pth_user_time === first.pth_user_time; i++) {
    const now = running.info();
    assert(now.pth_user_time >= last.pth_user_time, `user, ${i}`);
    assert(now.pth_system_time >= last.pth_system_time, `system, ${i}`);
    last = now;
  }
});

test("what Linux does not have of a thread is 0", { skip }, () => {
  for (const role of stage.names) {
    const { pth_cpu_usage, pth_flags, pth_sleep_time } = info(role);
    assertEquals([pth_cpu_usage, pth_flags, pth_sleep_time], [0, 0, 0]);
  }
});

// Folders

test("PROC_PIDTHREADPATHINFO has the folder of a thread that has one of its own", { skip }, () => {
  const own = pidInfo(stage.pid, PROC_PIDTHREADPATHINFO, tid("own-folder"));
  const { vip_path, vip_vi } = own.pvip;
  assertEquals(vip_path, realpathSync(stage.folder));
  assertEquals(vip_vi.vi_stat, fileStat(stage.folder));
  assertEquals([vip_vi.vi_type, vip_vi.vi_fsid.val], [2, [vip_vi.vi_stat.vst_dev | 0, 0]]);
  assertEquals(own.pt.pth_name, "threads");
  assertEquals(own.pt.pth_run_state, TH_STATE_WAITING);
});

test("PROC_PIDTHREADPATHINFO is zero for a thread in the folder of its process", { skip }, () => {
  // No part of the previous answer, which has a folder, remains.
  pidInfo(stage.pid, PROC_PIDTHREADPATHINFO, tid("own-folder"));
  for (const role of ["first", "plain", "same-folder"]) {
    const bytes = new Uint8Array(PATH_INFO_SIZE).fill(0xee);
    const thread = BigInt(tid(role));
    assertEquals(
      defaultSystem().kernel.procInfo(2, stage.pid, PROC_PIDTHREADPATHINFO, thread, bytes),
      PATH_INFO_SIZE,
    );
    assert(bytes.subarray(INFO_SIZE).every((byte) => byte === 0), role);
    assertEquals(new DataView(bytes.buffer).getInt32(40, true), 31 - getPriority(), role);
  }
  assertEquals(raw(stage.pid, PROC_PIDTHREADPATHINFO, PATH_INFO_SIZE - 1), -ERRNO.ENOMEM);
});

test(
  "a process whose thread has a folder of its own reports it, and is found by it",
  { skip },
  () => {
    const flags = (pid: number) => [
      pidInfo(pid, PROC_PIDT_SHORTBSDINFO).pbsi_flags & PROC_FLAG_THCWD,
      pidInfo(pid, PROC_PIDTBSDINFO).pbi_flags & PROC_FLAG_THCWD,
      pidInfo(pid, PROC_PIDT_BSDINFOWITHUNIQID).pbsd.pbi_flags & PROC_FLAG_THCWD,
      pidInfo(pid, PROC_PIDTASKALLINFO).pbsd.pbi_flags & PROC_FLAG_THCWD,
    ];
    assertEquals(flags(stage.pid), new Array(4).fill(PROC_FLAG_THCWD));
    for (const pid of [process.pid, cast.pid("plain"), cast.pid("leaderless")]) {
      assertEquals(flags(pid), [0, 0, 0, 0], `${pid}`);
    }
    assert(procListpidspath(PROC_ALL_PIDS, 0, stage.folder).includes(stage.pid));
    const found = whoHas({ path: stage.folder }).filter(({ pid }) => pid === stage.pid);
    assertEquals(found.map((holder) => holder.as), [["cwd"]]);
  },
);

// The caller

test("PROC_PIDTHREADSCHEDINFO is of the calling thread only", { skip }, () => {
  const self = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  // The runtime may run its tests on another thread than the main thread.
  const caller = [...pidInfo(process.pid, PROC_PIDLISTTHREADIDS)].filter((thread) =>
    raw(process.pid, PROC_PIDTHREADSCHEDINFO, 8, thread) === 8
  );
  assertEquals(caller, [BigInt(self)]);
  assertEquals(pidInfo(process.pid, PROC_PIDTHREADSCHEDINFO, self).int_time_ns, 0n);
  const flavor = PROC_PIDTHREADSCHEDINFO;
  assertEquals(raw(process.pid, flavor, 8, MISSING), -ERRNO.EINVAL);
  assertEquals(raw(stage.pid, flavor, 8, stage.pid), -ERRNO.EINVAL);
  assertEquals(raw(stage.pid, flavor, 8, self), -ERRNO.EINVAL);
  assertEquals(raw(process.pid, flavor, 7, self), -ERRNO.ENOMEM);
});

test("PROC_PIDTHREADCOUNTS is not answered: the counters of the processor are out of reach", {
  skip,
}, () => {
  assertEquals(raw(stage.pid, PROC_PIDTHREADCOUNTS, 48, stage.pid), -ERRNO.ENOTSUP);
  assertEquals(raw(stage.pid, PROC_PIDTHREADCOUNTS, 7, stage.pid), -ERRNO.ENOMEM);
});

// Other users

test(
  "without privilege the threads of others are answered, but for their folders",
  { skip },
  () => {
    const answers = runWrapped(
      AS_NOBODY,
      `import { defaultSystem } from "./lib/system/open.ts";
    const ask = (flavor, size, arg) =>
      defaultSystem().kernel.procInfo(2, ${stage.pid}, flavor, BigInt(arg), new Uint8Array(size));
    console.log(JSON.stringify([
      ask(${PROC_PIDLISTTHREADIDS}, 800, 0),
      ask(${PROC_PIDTHREADINFO}, ${INFO_SIZE}, ${tid("nice")}),
      ask(${PROC_PIDTHREADPATHINFO}, ${PATH_INFO_SIZE}, ${tid("own-folder")}),
      ask(${PROC_PIDTHREADSCHEDINFO}, 8, ${tid("plain")}),
    ]));`,
    );
    const all = stage.names.length * 8;
    assertEquals(answers, [all, INFO_SIZE, -ERRNO.EPERM, -ERRNO.EPERM]);
  },
);

test("no descriptor is left open", { skip }, () => {
  const open = () => readdirSync("/proc/self/fd").length;
  const askAll = () => {
    for (const pid of [stage.pid, cast.pid("zombie"), cast.pid("leaderless"), MISSING]) {
      for (const thread of [pid, tid("own-folder"), MISSING]) {
        for (const flavor of FLAVORS) raw(pid, flavor, 2048, thread);
      }
    }
  };
  askAll();
  const before = open();
  for (let i = 0; i < 20; i++) askAll();
  assert(open() <= before, `${open()} open, ${before} before`);
});
