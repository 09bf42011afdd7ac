import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { isHarmless, query } from "../../lib/doctor/query.ts";
import { type Chapter, examine, type Row } from "../../lib/doctor/examine.ts";
import { formatReport, reportOf } from "../../lib/doctor/report.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type KernelCall, recordKernel, scriptedKernel } from "../../lib/testing/mod.ts";
import { darwinLayout as golden } from "../golden/golden.ts";
import { openFullDouble } from "./full_double.ts";
import { doubleTest as test } from "../support/double.ts";
import { named } from "../support/double_names.ts";

const TIMEBASE = { numer: 125, denom: 3 };
const SYSCTL = named("DOUBLE_CALL_SYSCTL");
const PIDINFO = 2, PIDFDINFO = 3, PIDRUSAGE = 9;

const rowsOf = (chapters: readonly Chapter[]) => chapters.flatMap(({ rows }) => rows);

function rowOf(chapters: readonly Chapter[], name: string): Row {
  const row = rowsOf(chapters).find((row) => row.name === name);
  assert(row, name);
  return row;
}

/** Examines the double through a kernel that may return wrong answers. */
function examineDouble(lie: (kernel: Kernel) => Kernel = (kernel) => kernel) {
  const { kernel, system, facts } = openFullDouble();
  const { kernProc } = system;
  return examine(lie(kernel), { pid: system.pid(), facts, timebase: TIMEBASE, kernProc });
}

/** Returns a wrong answer for an answer. The buffer contains the kernel's output. */
type Lie = (call: KernelCall, result: number, buffer: Uint8Array | null) => number;

/** Returns a kernel that falsifies some answers of another kernel. */
function liar(lie: Lie): (kernel: Kernel) => Kernel {
  return (kernel) =>
    scriptedKernel((call, buffer) => {
      const { callnum, pid, flavor, arg, flags, extId } = call;
      const result = flags === undefined
        ? kernel.procInfo(callnum, pid, flavor, arg, buffer)
        : kernel.procInfoExtendedId(callnum, pid, flavor, flags, extId!, arg, buffer);
      return lie(call, result, buffer);
    });
}

const of = (call: KernelCall, callnum: number, flavor: number) =>
  call.callnum === callnum && call.flavor === flavor && call.flags === undefined;

test("examine() is served everything by the double, and finds nothing wrong", () => {
  const rows = rowsOf(examineDouble());
  assertEquals(rows.filter(({ verdict }) => verdict === "WRONG"), []);
  const refused = rows.filter(({ verdict }) => verdict !== "served").map(({ name }) => name);
  assertEquals(refused, [
    "by another p_uniqueid",
    "by both",
    "PROC_PIDFDATALKINFO",
    "a callnum that does not exist",
    "a flavor that does not exist",
    "PROC_PID_RUSAGE",
    "process -1",
    "a path in a buffer that is too large",
    "process ids in 3 bytes",
    "a descriptor that does not exist",
    "KERN_PROC_SESSION",
    "KERN_PROC_LCID",
  ]);
  const skipped = rows.flatMap(({ checks }) => checks).filter(({ verdict }) =>
    verdict !== "agrees"
  );
  assertEquals(skipped, []);
});

test("examine() has a row for every flavor that there is", () => {
  const rows = rowsOf(examineDouble());
  const asked = (callnum: number) =>
    new Set(rows.filter((row) => row.callnum === callnum).map(({ flavor }) => flavor));
  for (let flavor = 1; flavor <= 34; flavor++) assert(asked(PIDINFO).has(flavor), `${flavor}`);
  for (let flavor = 1; flavor <= 10; flavor++) assert(asked(PIDFDINFO).has(flavor), `${flavor}`);
  for (let flavor = 0; flavor <= 6; flavor++) assert(asked(PIDRUSAGE).has(flavor), `${flavor}`);
});

test("examine() queries every struct with its golden size", () => {
  const chapters = examineDouble();
  const structs: Record<string, string> = {
    PROC_PIDTASKALLINFO: "proc_taskallinfo",
    PROC_PIDTBSDINFO: "proc_bsdinfo",
    PROC_PIDTASKINFO: "proc_taskinfo",
    PROC_PIDTHREADINFO: "proc_threadinfo",
    PROC_PIDREGIONINFO: "proc_regioninfo",
    PROC_PIDREGIONPATHINFO: "proc_regionwithpathinfo",
    PROC_PIDVNODEPATHINFO: "proc_vnodepathinfo",
    PROC_PIDTHREADPATHINFO: "proc_threadwithpathinfo",
    PROC_PIDWORKQUEUEINFO: "proc_workqueueinfo",
    PROC_PIDT_SHORTBSDINFO: "proc_bsdshortinfo",
    PROC_PIDUNIQIDENTIFIERINFO: "proc_uniqidentifierinfo",
    PROC_PIDT_BSDINFOWITHUNIQID: "proc_bsdinfowithuniqid",
    PROC_PIDARCHINFO: "proc_archinfo",
    PROC_PIDCOALITIONINFO: "proc_pidcoalitioninfo",
    PROC_PIDEXITREASONBASICINFO: "proc_exitreasonbasicinfo",
    PROC_PIDREGIONPATH: "proc_regionpath",
    PROC_PIDIPCTABLEINFO: "proc_ipctableinfo",
    PROC_PIDTHREADSCHEDINFO: "proc_threadschedinfo",
    PROC_PIDFDVNODEINFO: "vnode_fdinfo",
    PROC_PIDFDVNODEPATHINFO: "vnode_fdinfowithpath",
    PROC_PIDFDSOCKETINFO: "socket_fdinfo",
    PROC_PIDFDPSEMINFO: "psem_fdinfo",
    PROC_PIDFDPSHMINFO: "pshm_fdinfo",
    PROC_PIDFDPIPEINFO: "pipe_fdinfo",
    PROC_PIDFDKQUEUEINFO: "kqueue_fdinfo",
    PROC_PIDFDCHANNELINFO: "channel_fdinfo",
    PROC_PIDORIGINATOR_PID_UUID: "proc_originatorinfo",
    PROC_PIDDYNKQUEUE_INFO: "kqueue_dyninfo",
    RUSAGE_INFO_V0: "rusage_info_v0",
    RUSAGE_INFO_V1: "rusage_info_v1",
    RUSAGE_INFO_V2: "rusage_info_v2",
    RUSAGE_INFO_V3: "rusage_info_v3",
    RUSAGE_INFO_V4: "rusage_info_v4",
    RUSAGE_INFO_V5: "rusage_info_v5",
    RUSAGE_INFO_V6: "rusage_info_v6",
  };
  for (const [name, struct] of Object.entries(structs)) {
    assertEquals(rowOf(chapters, name).size, golden[struct]?.size, name);
  }
});

test("examine() calls a struct of another size WRONG, whichever way the kernel shows it", () => {
  const shorter = examineDouble(liar((call, result) => {
    return of(call, PIDINFO, 20) && result === 40 ? 32 : result;
  }));
  assertEquals(rowOf(shorter, "PROC_PIDCOALITIONINFO").verdict, "WRONG");
  assertMatch(rowOf(shorter, "PROC_PIDCOALITIONINFO").note, /32.*40/);

  const longer = examineDouble(liar((call, result, buffer) => {
    if (!of(call, PIDINFO, 3) || result < 0) return result;
    return buffer!.length < 144 ? -ERRNO.ENOMEM : 144;
  }));
  assertEquals(
    rowOf(longer, "PROC_PIDTBSDINFO").note,
    "136 bytes are too few for the struct: it returns 144 for a larger buffer",
  );

  const greedy = examineDouble(liar((call, result, buffer) => {
    return of(call, PIDINFO, 19) && buffer?.length === 7 ? 8 : result;
  }));
  assertEquals(rowOf(greedy, "PROC_PIDARCHINFO").verdict, "WRONG");

  const grown = examineDouble(liar((call, result, buffer) => {
    if (of(call, PIDRUSAGE, 6) && result === 0) new Uint8Array(buffer!.buffer)[64 + 464] = 1;
    return result;
  }));
  assertMatch(rowOf(grown, "RUSAGE_INFO_V6").note, /outside of a buffer of 464 bytes/);

  const partial = examineDouble(liar((call, result, buffer) => {
    if (of(call, PIDRUSAGE, 4) && result === 0) {
      buffer!.fill(new Uint8Array(buffer!.buffer)[0]!, 288);
    }
    return result;
  }));
  assertMatch(rowOf(partial, "RUSAGE_INFO_V4").note, /288 bytes of a struct of 296/);
  for (const chapters of [shorter, longer, greedy, grown, partial]) {
    assertEquals(rowsOf(chapters).filter(({ verdict }) => verdict === "WRONG").length, 1);
  }
});

test("examine() calls a list WRONG whose return is not a number of rows, or not what was written", () => {
  const lists: [string, number, (result: number) => number][] = [
    ["PROC_PIDLISTFDS", 1, (result) => result - 3],
    ["PROC_PIDLISTTHREADIDS", 28, (result) => result / 8],
    ["PROC_PIDLISTUPTRS", 26, (result) => result * 8],
    ["PROC_PIDTHREADCOUNTS", 34, (result) => result - 40],
    ["PROC_PIDPATHINFO", 11, () => 20],
  ];
  for (const [name, flavor, change] of lists) {
    const chapters = examineDouble(
      liar((call, result) =>
        of(call, PIDINFO, flavor) && result >= 0 && call.size !== null ? change(result) : result
      ),
    );
    assertEquals(rowOf(chapters, name).verdict, "WRONG", name);
  }
});

test("examine() calls figures WRONG that another source contradicts", () => {
  const u32 = (at: number, value: number) => (view: DataView) => view.setUint32(at, value, true);
  const u64 = (at: number, value: bigint) => (view: DataView) => view.setBigUint64(at, value, true);
  const lies: [string, number, number, string, (view: DataView) => void][] = [
    ["PROC_PIDTBSDINFO", PIDINFO, 3, "pid", u32(12, 5)],
    ["PROC_PIDTBSDINFO", PIDINFO, 3, "parent", u32(16, 99999)],
    ["PROC_PIDTBSDINFO", PIDINFO, 3, "user", u32(20, 4242)],
    ["PROC_PIDTBSDINFO", PIDINFO, 3, "real user", u32(28, 4242)],
    ["PROC_PIDTBSDINFO", PIDINFO, 3, "name", u32(48, 0x21212121)],
    ["PROC_PIDTBSDINFO", PIDINFO, 3, "start time", u64(120, 1000n)],
    ["PROC_PIDT_SHORTBSDINFO", PIDINFO, 13, "parent", u32(4, 99999)],
    ["PROC_PIDTASKINFO", PIDINFO, 4, "processor time", u64(16, 1n << 50n)],
    ["PROC_PIDTASKINFO", PIDINFO, 4, "resident size", u64(8, 4096n)],
    ["PROC_PIDTASKINFO", PIDINFO, 4, "virtual size", u64(0, 0n)],
    ["PROC_PIDTASKINFO", PIDINFO, 4, "threads", u32(84, 5000)],
    ["PROC_PIDARCHINFO", PIDINFO, 19, "processor", u32(0, 7)],
    ["PROC_PIDVNODEPATHINFO", PIDINFO, 9, "directory", u64(8, 1n)],
    ["PROC_PIDFDPIPEINFO", PIDFDINFO, 6, "kind", u32(16, 1)],
    ["RUSAGE_INFO_V3", PIDRUSAGE, 3, "processor time", u64(16, 1n << 50n)],
    ["RUSAGE_INFO_V0", PIDRUSAGE, 0, "resident size", u64(64, 1n)],
  ];
  for (const [name, callnum, flavor, what, change] of lies) {
    const chapters = examineDouble(liar((call, result, buffer) => {
      if (of(call, callnum, flavor) && result >= 0 && buffer !== null) {
        change(new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength));
      }
      return result;
    }));
    const row = rowOf(chapters, name);
    assertEquals(row.verdict, "WRONG", `${name} ${what}`);
    assertEquals(row.checks.filter(({ verdict }) => verdict === "WRONG").map(({ what }) => what), [
      what,
    ]);
    assertMatch(row.note, new RegExp(`^${what}: the kernel reports .*, but it is .`));
  }
});

test("examine() calls a struct kinfo_proc WRONG that the flavors or another source contradict", () => {
  const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
  const lies: readonly [number, Uint8Array, readonly string[]][] = [
    [0, u32(1000), ["start time", "start by its flavor"]],
    [8, u32(7), ["start by its flavor"]],
    [32, u32(0x4), ["flags by their flavor"]],
    [40, u32(5), ["pid"]],
    [242, Uint8Array.of(250), ["nice value by its flavor"]],
    [243, Uint8Array.of(0x21, 0x21), ["name", "name by its flavor"]],
    [392, u32(4242), ["real user", "users by their flavor"]],
    [396, u32(4242), ["users by their flavor"]],
    [404, u32(4242), ["groups by their flavor"]],
    [420, u32(4242), ["user", "users by their flavor"]],
    [428, u32(4242), ["groups by their flavor"]],
    [560, u32(99999), ["parent", "parent by its flavor"]],
    [564, u32(99999), ["group", "group by its flavor"]],
    [572, u32(7), ["terminal by its flavor"]],
    [576, u32(7), ["terminal by its flavor"]],
    [612, u32(2), ["flags by their flavor"]],
  ];
  for (const [offset, bytes, what] of lies) {
    const { kernel, system, facts, control } = openFullDouble();
    const { kernProc } = system;
    control.double_poke(SYSCTL, system.pid(), 14, 0n, offset, bytes, bytes.length);
    const chapters = examine(kernel, { pid: system.pid(), facts, timebase: TIMEBASE, kernProc });
    const row = rowOf(chapters, "KERN_PROC_PID");
    const wrong = row.checks.filter(({ verdict }) => verdict === "WRONG");
    assertEquals([row.verdict, ...wrong.map(({ what }) => what)], ["WRONG", ...what]);
  }
});

test("examine() calls sysctl() WRONG whose struct has another size, or that leaves a process out", () => {
  const { kernel, system, facts, option } = openFullDouble();
  const subject = { pid: system.pid(), facts, timebase: TIMEBASE };
  option("KINFO_SIZE", 656n);
  const longer = examine(kernel, { ...subject, kernProc: system.kernProc });
  assertEquals(
    rowOf(longer, "KERN_PROC_PID").note,
    "648 bytes are too few for the struct: it returns 656 for a larger buffer",
  );
  assertEquals(rowOf(longer, "KERN_PROC_ALL").verdict, "WRONG");
  option("KINFO_SIZE", 648n);
  const { kernProc } = system;
  const partial = examine(kernel, {
    ...subject,
    kernProc(what, value, buffer) {
      const written = kernProc(what, value, buffer);
      if (what === 5 && buffer !== null && written > 0) buffer.fill(0, 0, written);
      return what === 1 && value === 0x7fffffff ? -ERRNO.ESRCH : written;
    },
  });
  assertMatch(rowOf(partial, "KERN_PROC_UID").note, /pid: the kernel reports an array without it/);
  assertEquals(rowOf(partial, "KERN_PROC_PID of no process").verdict, "refused");
});

test("examine() calls processor time WRONG that is taken for nanoseconds", () => {
  const { kernel, system, facts, update } = openFullDouble();
  const end = performance.now() + 300;
  while (performance.now() < end);
  update();
  const chapters = examine(kernel, { pid: system.pid(), facts });
  assertEquals(rowOf(chapters, "PROC_PIDTASKINFO").verdict, "WRONG");
  assertEquals(rowOf(chapters, "RUSAGE_INFO_V6").verdict, "WRONG");
});

test("examine() calls a process WRONG that the lists do not have, or that another identity gets", () => {
  const gone = examineDouble(liar((call, result, buffer) => {
    if (call.callnum === 1 && buffer !== null && result > 0) buffer.fill(0, 0, result);
    return result;
  }));
  assertEquals(rowOf(gone, "PROC_ALL_PIDS").verdict, "WRONG");
  assertEquals(rowOf(gone, "PROC_PPID_ONLY").verdict, "WRONG");
  const any = examineDouble(liar((call, result) => call.flags === 2 ? 64 : result));
  assertMatch(rowOf(any, "by another p_uniqueid").note, /64 instead of ESRCH/);
  const other = examineDouble(
    liar((call, result) => call.pid === -1 && call.callnum === PIDINFO ? -ERRNO.EIO : result),
  );
  assertMatch(rowOf(other, "process -1").note, /EIO instead of ESRCH/);
});

test("examine() distinguishes an unknown flavor from a refused one", () => {
  const { kernel, system, facts, control } = openFullDouble();
  control.double_old_kernel(4, 30);
  const chapters = examine(kernel, { pid: system.pid(), facts, timebase: TIMEBASE });
  const unknown = rowsOf(chapters).filter(({ verdict }) => verdict === "unknown");
  assertEquals(unknown.map(({ name }) => name), [
    "PROC_PIDREGIONPATH",
    "PROC_PIDIPCTABLEINFO",
    "PROC_PIDTHREADSCHEDINFO",
    "PROC_PIDTHREADCOUNTS",
    "RUSAGE_INFO_V5",
    "RUSAGE_INFO_V6",
  ]);
  assertEquals(rowsOf(chapters).filter(({ verdict }) => verdict === "WRONG"), []);
});

test("examine() finds nothing wrong where every question is refused", () => {
  for (const errno of [ERRNO.EPERM, ERRNO.ENOTSUP, ERRNO.ENOSYS]) {
    const rows = rowsOf(examine(scriptedKernel(-errno), { pid: 42 }));
    assertEquals(rows.filter(({ verdict }) => verdict !== "refused"), []);
  }
});

test("examine() takes every errno for a refusal, and no kernel brings it down", () => {
  for (let errno = 1; errno < 110; errno++) {
    const rows = rowsOf(examine(scriptedKernel(-errno), { pid: 42 }));
    for (const { verdict, note } of rows) assert(verdict !== "served", note);
  }
  for (const answer of [0, 1, 7, 8, 64, 4096, 0x7fffffff]) {
    const rows = rowsOf(
      examine(scriptedKernel(({ size }) => size === null ? 64 : answer), { pid: 42 }),
    );
    assert(rows.some(({ verdict }) => verdict === "WRONG"));
  }
  const endless = scriptedKernel(({ size }) => size === null ? 0x7fffffff : -ERRNO.EFAULT);
  assert(rowsOf(examine(endless, { pid: 42 })).every(({ verdict }) => verdict !== "served"));
});

test("examine() makes no call that changes anything, whichever process is examined", () => {
  const REGIONS = [7, 8, 22, 23, 31];
  const SIGNALS = [5, 7, 15, 16, 17, 18, 19, 20];
  const { kernel, system, facts } = openFullDouble();
  for (const pid of [system.pid(), 0, 1]) {
    const recorder = recordKernel(kernel);
    const chapters = examine(recorder, { pid, facts: pid === system.pid() ? facts : {} });
    for (const { call } of recorder.records) {
      assert(!SIGNALS.includes(call.callnum), `${call.callnum}`);
      assert(call.callnum !== 8 || call.flavor === 3);
      assert(call.callnum !== 14 || call.flavor === 1);
      assert(call.callnum !== PIDINFO || call.pid !== 0 || !REGIONS.includes(call.flavor));
    }
    const skipped = rowsOf(chapters).filter(({ verdict }) => verdict === "skipped");
    assertEquals(skipped.map(({ flavor }) => flavor), pid === 0 ? [7, 8, 22, 23, 31] : []);
  }
});

test("ask() refuses a call that is not harmless", () => {
  const kernel = scriptedKernel(0);
  for (
    const [callnum, flavor] of [[5, 1], [7, 0], [8, 1], [8, 2], [8, 4], [14, 2], [15, 0], [20, 0]]
  ) {
    const question = { callnum: callnum!, pid: 1, flavor: flavor!, arg: 0n };
    assert(!isHarmless(question));
    assertThrows(() => query(kernel, question, 8), Error, "harmless");
  }
  assertEquals(kernel.calls.length, 0);
});

test("examine() finds nothing wrong with this host's kernel", () => {
  const system = defaultSystem();
  for (const pid of [system.pid(), system.ppid()]) {
    const rows = rowsOf(examine(system.kernel, { pid, timebase: system.timebase() }));
    assertEquals(rows.filter(({ verdict }) => verdict === "WRONG"), []);
  }
});

test("formatReport() has a line for every row, and the sum", () => {
  const circumstances = {
    version: "1.2.3",
    system: "darwin",
    release: "24.4.0",
    arch: "arm64",
    runtime: "runtime/1",
    pid: 42,
  };
  const report = reportOf(circumstances, examineDouble());
  const lines = formatReport(report).split("\n");
  assertEquals(lines[0], "libproc 1.2.3, darwin 24.4.0 arm64, runtime/1");
  assertEquals(lines[1], "process 42");
  assertEquals(lines.at(-1), `${report.summary.served} served, 12 refused, 0 WRONG`);
  for (const { name } of rowsOf(report.chapters)) {
    assert(lines.some((line) => line.includes(` ${name} `)), name);
  }
  assert(lines.every((line) => line === line.trimEnd()));
});

test("ask() accepts a list that has changed in between", () => {
  const question = { callnum: 1, pid: 1, flavor: 0, arg: 0n };
  for (const [stable, extent] of [[4, 12], [1000, null]] as const) {
    let times = 0;
    const kernel = scriptedKernel((_, buffer) => {
      const length = 4 * Math.max(3, stable - times++);
      buffer!.fill(0, 0, length);
      return length;
    });
    const outcome = query(kernel, question, 8000);
    assertEquals([outcome.extent, outcome.overran], [extent, false]);
    if (extent !== null) assertEquals(outcome.result, extent);
  }
});
