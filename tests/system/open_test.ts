import { assert, assertEquals, assertNotStrictEquals, assertThrows } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import {
  getAllPids,
  pidInfo,
  pidRusage,
  PROC_PIDTASKINFO,
  PROC_PIDTBSDINFO,
  RUSAGE_INFO_V0,
} from "../../lib/calls/mod.ts";
import { kernelTable } from "../../lib/system/kernel_table.ts";
import { defaultSystem, openSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";
import { questionsOf } from "../support/questions_of.ts";

const supported = process.platform === "linux" || process.platform === "darwin";
const skip = supported ? false : "needs Linux or macOS";

test(
  "openSystem() makes a handle of its own each time, and the default system is one",
  { skip },
  () => {
    assertNotStrictEquals(openSystem(), openSystem());
    assert(defaultSystem() === defaultSystem());
    assertNotStrictEquals(openSystem(), defaultSystem());
  },
);

test("openSystem() takes only a path for a procRoot", { skip }, () => {
  assertThrows(() => openSystem({ procRoot: "/proc\0" }), RangeError, "procRoot");
  assertThrows(() => openSystem({ procRoot: 1 as unknown as string }), TypeError, "procRoot");
});

test("a system that was disposed of answers nothing, and all others go on", { skip }, () => {
  const usual = defaultSystem(), other = openSystem();
  const expected = [usual.pid(), usual.ppid(), usual.bootId()];
  const closed = openSystem();
  const { kernel } = closed;
  {
    using system = closed;
    assertEquals([system.pid(), system.ppid(), system.bootId()], expected);
    assert(getAllPids({ system }).includes(usual.pid()));
  }
  for (const [name, ask] of Object.entries(questionsOf(closed))) {
    assertThrows(ask, TypeError, "a system that was disposed of", name);
  }
  assertNotStrictEquals(closed.kernel, kernel);
  assertThrows(() => closed.kernel.procInfo(1, 1, 0, 0n, null), TypeError, "disposed of");
  assertThrows(
    () => closed.kernel.procInfoExtendedId(2, 1, 3, 1, 1n, 0n, null),
    TypeError,
    "disposed of",
  );
  assertThrows(() => getAllPids({ system: closed }), TypeError, "disposed of");
  assertThrows(
    () => pidInfo(usual.pid(), PROC_PIDTBSDINFO, 0n, { system: closed }),
    TypeError,
    "disposed of",
  );
  for (const system of [usual, other, openSystem()]) {
    assertEquals([system.pid(), system.ppid(), system.bootId()], expected);
    assert(getAllPids({ system }).includes(usual.pid()));
  }
  assert(getAllPids().includes(usual.pid()));
  closed[Symbol.dispose]();
  other[Symbol.dispose]();
  assertEquals(defaultSystem().pid(), expected[0]);
});

/** Processor times in user mode and in the kernel, in nanoseconds. */
type Times = readonly [user: number, system: number];

/** Returns the ways to read the processor times of a process. */
function timesOf(system: System): readonly ((pid: number) => Times)[] {
  const { numer, denom } = system.timebase();
  const nanoseconds = (units: bigint) => Math.floor(Number(units) * numer / denom);
  const tables = [system.table(), kernelTable(system)];
  return [
    (pid) => {
      const { pti_total_user, pti_total_system } = pidInfo(pid, PROC_PIDTASKINFO, 0n, { system });
      return [nanoseconds(pti_total_user), nanoseconds(pti_total_system)];
    },
    (pid) => {
      const { ri_user_time, ri_system_time } = pidRusage(pid, RUSAGE_INFO_V0, { system });
      return [nanoseconds(ri_user_time), nanoseconds(ri_system_time)];
    },
    ...tables.map((table) => (pid: number): Times => {
      assertEquals([table.read(pid), table.readTimes()], [0, 0]);
      return [table.userTimeNs, table.systemTimeNs];
    }),
  ];
}

test("two systems of this host are one world: processor times that both read never fall", {
  skip,
}, () => {
  const systems = [openSystem(), openSystem(), defaultSystem()];
  const pid = systems[0]!.pid();
  // This process uses processor time for its queries. In turn, each way follows each other way of
  // each system.
  const ways = systems.map(timesOf);
  let before: Times = [0, 0], risen = 0;
  // The two parts increase by whole ticks.
  for (let round = 0; round < 600 || risen < 10; round++) {
    for (const [i, timesOfOne] of ways.entries()) {
      const way = (round * (i + 1) + i) % timesOfOne.length;
      const now = timesOfOne[way]!(pid);
      for (const part of [0, 1] as const) {
        assert(now[part] >= before[part], `${i}, ${way}: ${before} before, ${now} now`);
      }
      if (now[0] > before[0] || now[1] > before[1]) risen++;
      before = now;
    }
  }
});
