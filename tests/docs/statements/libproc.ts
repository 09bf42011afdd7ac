/** The proofs of what the comments of lib/libproc state about Linux and macOS. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import process from "node:process";
import * as libproc from "../../../lib/libproc/mod.ts";
import { getAllPids } from "../../../lib/calls/list_pids.ts";
import { getUdata, setUdata } from "../../../lib/calls/udata_info.ts";
import type { System } from "../../../lib/system/system.ts";
import { processes } from "../../../mod.ts";
import { buildProcArgs } from "../../darwin/build_proc_args.ts";
import { type Double, ME, openDouble, OTHER, SELF } from "../../support/double.ts";
import { hostLibrary } from "../../support/libc.ts";
import { startShell, until } from "../../support/lines.ts";
import {
  codeOf,
  numberIn,
  type Proof,
  type Proofs,
  statedCode,
  throwsAsStated,
} from "../../support/statements.ts";
import {
  applied,
  bitsAreSet,
  eachThrows,
  isRoot,
  namesIn,
  since,
  tokenOf,
  unprivileged,
  where,
  withoutExtendedCall,
} from "./shared.ts";

/** The caller's process. */
const self = process.pid;

/** Calls a function for every process; the errors of those that have ended are ignored. */
function ofAll<T>(call: (pid: number) => T): T[] {
  return getAllPids().flatMap((pid) => {
    try {
      return [call(pid)];
    } catch (error) {
      assertEquals((error as libproc.SystemCallError).code, "ESRCH", `process ${pid}`);
      return [];
    }
  });
}

// Arguments.

function pathIsUndefined(): void {
  const paths = ofAll((pid) => libproc.getArguments(pid).executablePath);
  assert(paths.length > 0);
  assertEquals(paths.filter((path) => path !== undefined), []);
}

/** Another process may be of another user, or of the same one with more privilege. */
async function environmentIsWithheld(): Promise<void> {
  const { processes } = await unprivileged();
  const own = processes.at(-1)!, targets = processes.slice(0, -1);
  assert(own.hasEnvironment);
  assert(targets.length > 0);
  assertEquals(targets.filter(({ hasEnvironment }) => hasEnvironment), []);
}

const START = { path: "/bin/program", args: ["program", "argument"], env: ["A=1"] };

const needsRoot: Proof = (sentence) => {
  const { control, add, blob, system } = openDouble(SELF);
  add(200, OTHER);
  add(201, ME);
  for (const pid of [200, 201]) blob("ARGS", pid, 0n, buildProcArgs(START));
  const argumentsOf = (pid: number) => libproc.getArguments(pid, { system }).arguments;
  applied(throwsAsStated(() => argumentsOf(200)), sentence);
  assertEquals(argumentsOf(201), START.args);
  control.double_caller(SELF, 0, 0);
  assertEquals(argumentsOf(200), START.args);
};

async function argumentsAreForEveryUser(sentence: string): Promise<void> {
  const { all, processes } = await unprivileged();
  assertEquals(all.filter((one) => one.arguments !== "OK" && one.arguments !== "ESRCH"), []);
  assert(all.filter((one) => one.arguments === "OK").length >= processes.length);
  const [other] = processes;
  if (!isRoot) return;
  // A runtime may put the whole path of a program before its arguments.
  assertMatch(other!.arguments.join(" "), /^(?:\/.*\/)?sleep 1000$/);
  const [option = ""] = namesIn(sentence, /./);
  assertEquals(where(option).arguments, "EPERM");
}

function kernelHasNoArguments(): void {
  // A container has no kernel threads.
  const threads = processes({ fields: ["kernelThread"] }).filter((row) => row.kernelThread);
  for (const { pid } of threads) assertEquals(libproc.getArguments(pid).arguments, []);
}

// Queries of one process.

function arraysAreEmpty(call: (pid: number) => BigUint64Array): void {
  const arrays = ofAll(call);
  assert(arrays.length > 0);
  assertEquals(arrays.filter((array) => array.length > 0), []);
  assertEquals(call(self), new BigUint64Array());
}

function hasNoInterrupts(sentence: string): void {
  const [name = ""] = namesIn(sentence, /_/);
  const stated = BigInt(numberIn(sentence, /is (\d+)n\b/));
  assertEquals(Object.entries(libproc.procCurrentThreadSchedinfo()), [[name, stated]]);
}

/** The timers of this process, by the 64 bits that they were created with. */
function timers(): { readonly id: bigint; readonly value: bigint; readonly notify: string }[] {
  const text = readFileSync("/proc/self/timers", "latin1");
  const entries = text.matchAll(/^ID: (\d+)\nsignal: -?\d+\/([0-9a-f]+)\nnotify: (\w+)/gm);
  return [...entries].map(([, id = "", value = "", notify = ""]) => ({
    id: BigInt(id),
    value: BigInt(`0x${value}`),
    notify,
  }));
}

function bitsAreInTimer(): void {
  const { timer_gettime } = hostLibrary().bind({
    timer_gettime: { parameters: ["u64", "buffer"], result: "i32" },
  });
  const before = getUdata();
  const { PROC_UDATA_INFO_GET, PROC_UDATA_INFO_SET } = libproc;
  try {
    for (const value of [0xfedc_ba98_7654_3210n, 5n]) {
      libproc.procUdataInfo(self, PROC_UDATA_INFO_SET, value);
      assertEquals(libproc.procUdataInfo(self, PROC_UDATA_INFO_GET), value);
      const [timer, ...others] = timers().filter((timer) => timer.value === value);
      assertEquals([others, timer?.notify], [[], "none"]);
      // `struct itimerspec`: the interval and the time that is left. Both are 0 in an unarmed one.
      const left = new Uint8Array(new ArrayBuffer(32)).fill(0xee);
      assertEquals(timer_gettime(timer!.id, left), 0);
      assertEquals(left, new Uint8Array(32));
    }
  } finally {
    setUdata(before);
  }
}

// Paths.

const pathIsForEveryUser = () => {
  const { add, blob, system } = openDouble(SELF);
  for (const user of [ME, OTHER, 0]) {
    add(200 + user, user);
    blob("PATH", 200 + user, 0n, `/program/of/${user}`);
    assertEquals(libproc.procPidpath(200 + user, { system }), `/program/of/${user}`);
  }
};

async function pathIsWithheld(sentence: string): Promise<void> {
  const paths = (await unprivileged()).processes.map(({ path }) => path);
  assertEquals(paths, [...paths.slice(1).map(() => statedCode(sentence)), "OK"]);
}

/** That an exec changes the version is in proc_setpidversion() of bsd/kern/kern_exec.c. */
const olderTokenThrows: Proof = (sentence) => {
  const { add, get, set, system }: Double = openDouble(SELF);
  add(200, OTHER);
  const older = tokenOf(200, Number(get(200, "IDVERSION")));
  const path = libproc.procPidpathAudittoken(older, { system });
  set(200, "IDVERSION", get(200, "IDVERSION") + 1n);
  applied(throwsAsStated(() => libproc.procPidpathAudittoken(older, { system })), sentence);
  const newer = tokenOf(200, Number(get(200, "IDVERSION")));
  assertEquals(libproc.procPidpathAudittoken(newer, { system }), path);
};

/** The extended call is missing, as before the release whose headers have its flags. */
const needsExtendedCall: Proof = (sentence) => {
  applied(since("PIF_COMPARE_IDVERSION"), sentence);
  const double = openDouble(SELF);
  const token = tokenOf(1, Number(double.get(1, "IDVERSION")));
  const path = (system: System) => libproc.procPidpathAudittoken(token, { system });
  assertEquals(path(double.system), "/sbin/launchd");
  applied(eachThrows(...withoutExtendedCall(double).map((one) => () => path(one))), sentence);
};

async function tokenStaysValid(): Promise<void> {
  const shell = startShell("echo ready; read line; exec sleep 1000");
  let token = tokenOf(shell.pid, 0);
  const path = () => libproc.procPidpathAudittoken(token);
  const name = () => libproc.procName(shell.pid);
  {
    await using _ = shell;
    await shell.next();
    const { p_idversion } = libproc.procPidinfo(shell.pid, libproc.PROC_PIDUNIQIDENTIFIERINFO);
    token = tokenOf(shell.pid, p_idversion);
    const first = path();
    shell.child.stdin!.write("go on\n");
    await until("it has executed a program", () => name() === "sleep");
    assertNotEquals(path(), first);
    assertEquals(path(), libproc.procPidpath(shell.pid));
  }
  assertEquals(codeOf(path), "ESRCH");
}

// The version of libproc, and the unit of time.

function isVersion(sentence: string): void {
  const { major, minor } = libproc.procLibversion();
  // libsyscall/wrappers/libproc/libproc.c has the same from xnu-2422.1.72 to xnu-11417.121.6.
  assertEquals(`${major}.${minor}`, /\d+\.\d+/.exec(sentence)?.[0]);
}

/** The unit is a mixed number in the sentence. */
function isUnit(sentence: string): void {
  const [whole, numerator, denominator] = [/(\d+) \d/, /(\d+)\//, /\/(\d+)/]
    .map((part) => BigInt(numberIn(sentence, part))) as [bigint, bigint, bigint];
  const { system } = openDouble(SELF);
  const units = 1_000_000_000n;
  const nanoseconds = units * (whole * denominator + numerator);
  assertEquals(libproc.machTime(units * denominator, { system }), nanoseconds);
}

function isUnitOfIntel(sentence: string): void {
  const [call] = namesIn(sentence, /\(\)$/);
  assertEquals(call, "mach_timebase_info()");
  const reported = numberIn(sentence, /reports (\d+) nanosecond/);
  const native = openDouble(SELF).system;
  const time = 3_000_000_000n;
  const expected = libproc.machTime(time, { system: native });
  const { libSystem, option, system } = openDouble(SELF);
  // As Rosetta has them.
  for (const [name, value] of [["TRANSLATED", 1n], ["NUMER", 1n], ["DENOM", 1n]] as const) {
    option(name, value);
  }
  const unit = new Uint8Array(8);
  libSystem.timebase()(unit);
  assertEquals([...new Uint32Array(unit.buffer)], [reported, 1]);
  assertEquals(libproc.machTime(time, { system }), expected);
  assertNotEquals(expected, time);
}

function isUnchanged(): void {
  for (const time of [0n, 1n, 41n, (1n << 63n) + 1n]) assertEquals(libproc.machTime(time), time);
}

/** The proof of each sentence of lib/libproc. */
export const LIBPROC: Proofs = {
  "lib/libproc/arguments.ts": {
    "On Linux, the path is undefined, as the kernel does not keep it.": pathIsUndefined,
    "On macOS, the environment of programs that are part of the system is withheld.": {
      source: "sysctl_procargsx() of bsd/kern/kern_sysctl.c: cs_restricted()",
    },
    "On Linux, the environment of processes that the caller may not trace is withheld.":
      environmentIsWithheld,
    "On macOS, throws `EPERM` for processes of other users unless the caller is root.": needsRoot,
    "On Linux, every user can read the arguments of every process, unless the mount option `hidepid` hides it.":
      argumentsAreForEveryUser,
    "On Linux, the environment is undefined for processes that the caller may not trace.":
      environmentIsWithheld,
    "On Linux, kernel threads have no arguments.": kernelHasNoArguments,
  },
  "lib/libproc/info.ts": {
    "On Linux, the array is empty.": () => arraysAreEmpty(libproc.procListUptrs),
    "On Linux, the array is empty: no process has dynamic kqueues.": () =>
      arraysAreEmpty(libproc.procListDynkqueueids),
    "On macOS, available since 12.": since("PROC_PIDTHREADSCHEDINFO"),
    "On Linux, `int_time_ns` is 0n: the kernel does not report the time in interrupts of a thread.":
      hasNoInterrupts,
    "On macOS, an `exec()` keeps the bits.": {
      source: "proc_exec_switch_task() of bsd/kern/kern_exec.c copies p_user_data",
    },
    "On Linux, an `exec()` sets the bits to 0n.": bitsAreSet(/bits to (\d+)n\b/),
    "On Linux, the bits are stored in a timer of the process that is never armed.": bitsAreInTimer,
  },
  "lib/libproc/mod.ts": {
    "The functions of macOS's libproc that are based on `__proc_info()`, public and private, except the one for dyld, with their names in camel case: `proc_pid_rusage()` is `procPidRusage()`.":
      {
        file: "tests/libproc/mod_test.ts",
        test: "libproc has every function of libproc.h in camel case, and no other of that kind",
      },
  },
  "lib/libproc/name.ts": {
    "On macOS, no privilege is required.": pathIsForEveryUser,
    "On Linux, throws `EPERM` for a process that the caller may not trace.": pathIsWithheld,
    "On macOS, the version of a process changes when it executes a program, so an older token throws `ESRCH`.":
      olderTokenThrows,
    "On macOS before 11, throws `ENOSYS`.": needsExtendedCall,
    "On Linux, the version of a process stays the same until it ends.": tokenStaysValid,
  },
  "lib/libproc/system.ts": {
    "On macOS, the version is 1.1 in every release.": isVersion,
  },
  "lib/libproc/time.ts": {
    "On macOS with Apple silicon, a unit is 41 2/3 nanoseconds.": isUnit,
    "On macOS with Apple silicon, programs for Intel have the same unit, although `mach_timebase_info()` reports 1 nanosecond to them.":
      isUnitOfIntel,
    "On Linux, a unit is a nanosecond, so the time is returned unchanged.": isUnchanged,
  },
};
