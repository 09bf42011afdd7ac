import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import process from "node:process";
import { after, before, test } from "node:test";
import { openProcess, Process } from "../../lib/process/process.ts";
import type { FieldName } from "../../lib/process/fields/mod.ts";
import { processes } from "../../lib/process/rows.ts";
import { type ProcessNode, processTree } from "../../lib/process/tree.ts";
import { changedLinux } from "../support/changed_libc.ts";
import type { System } from "../../lib/system/system.ts";
import { compileProgram } from "../support/compile.ts";
import { type Speaker, startSpeaker } from "../support/lines.ts";
import { METHODS } from "./process_methods.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const MANY = 100;

let few: Speaker, many: Speaker, parent: Speaker;

before(async () => {
  if (skip) return;
  const program = compileProgram(["crew.c"], "crew");
  few = startSpeaker([program, "1"]);
  many = startSpeaker([program, `${MANY}`]);
  parent = startSpeaker([program, "1", "20"]);
  for (const speaker of [few, many, parent]) assertEquals(await speaker.next(), "ready");
});

after(async () => {
  for (const speaker of [few, many, parent]) await speaker?.[Symbol.asyncDispose]();
});

const OWN_DESCRIPTORS = new RegExp(`/proc/(?:self|${process.pid})/fd$`);

/**
 * Returns the system calls of a query about a process. The same query was made about another
 * process before, so values of the system itself are cached.
 */
function askedBy(pid: number, run: (system: System, pid: number) => unknown): string[] {
  const host = changedLinux();
  run(host.system, process.pid);
  host.asked.length = 0;
  run(host.system, pid);
  // The number of free descriptors is counted from time to time.
  const asked = host.asked.filter((each) => !OWN_DESCRIPTORS.test(each));
  return asked.map((asked) => asked.replace(`/proc/${pid}`, "").replace(`/${pid}`, "/own"));
}

/**
 * The files that the methods read for a process with one thread. Each file is read once. Some calls
 * only verify the identity.
 */
const ASKED: Readonly<Record<string, readonly string[]>> = {
  info: ["open /status", "open /stat"],
  state: ["open /stat"],
  name: ["open /stat"],
  cpuPercent: ["open /stat"],
  memory: ["open /status", "open /stat"],
  resourceUsage: ["open /status", "open /io", "open /stat"],
  priority: ["open /stat"],
  terminal: ["open /stat"],
  credentials: ["statx /", "open /stat", "open /status", "open /attr/current", "statx /"],
  limits: ["statx /", "open /stat", "open /limits", "statx /"],
  controlGroup: ["statx /", "open /stat", "open /cgroup", "statx /"],
  executable: ["statx /", "open /stat", "readlink /exe", "statx /exe", "statx /"],
  environment: ["statx /", "open /stat", "open /environ", "statx /"],
  children: [
    ...["statx /", "open /stat", "statx /task", "open /task/own/children", "statx /"],
  ],
  descendants: [
    ...["statx /", "open /stat", "statx /task", "open /task/own/children", "statx /"],
  ],
};

/** Returns the system calls of a method of a process. */
function askedByMethod(pid: number, name: string): string[] {
  return askedBy(pid, (system, pid) => METHODS[name]!(new Process(openProcess(pid), { system })));
}

const isOpened = (asked: string) => asked.startsWith("open ");

test("the methods of Process open each file once, and none that they do not need", {
  skip,
}, () => {
  for (const [name, asked] of Object.entries(ASKED)) {
    assertEquals([name, ...askedByMethod(few.pid, name)], [name, ...asked]);
  }
  for (const name of Object.keys(METHODS)) {
    const tries = name === "regions" ? 5 : 1;
    let opened: string[] = [];
    // If the memory map changes between the reads of two files, they are read again.
    for (let left = tries; left > 0; left--) {
      opened = askedByMethod(few.pid, name).filter(isOpened);
      if (new Set(opened).size === opened.length) break;
    }
    assertEquals([name, ...new Set(opened)], [name, ...opened]);
  }
});

test("what is read repeatedly stays open", { skip }, () => {
  for (const name of ["info", "memory", "resourceUsage", "cpuPercent", "state", "priority"]) {
    const { system, asked } = changedLinux();
    using one = new Process(openProcess(few.pid), { system });
    const opened = Array.from({ length: 4 }, () => {
      asked.length = 0;
      METHODS[name]!(one);
      return new Set(asked.filter((each) => each.startsWith(`open /proc/${few.pid}/`))).size;
    });
    assertEquals([name, opened[0], opened[3]], [name, opened[1], 0]);
  }
});

test("openProcess() reads one file, and parent() that of each of the two", { skip }, () => {
  const open = (system: System, pid: number) => openProcess(pid, { system });
  assertEquals(askedBy(few.pid, open), ["open /stat"]);
  const identity = openProcess(few.pid).identity();
  assertEquals(askedBy(few.pid, (system) => new Process(identity, { system })), []);
  assertEquals(askedByMethod(few.pid, "parent"), [
    ...["open /stat", `open /proc/${process.pid}/stat`],
  ]);
});

test("what Process reads of many threads is what it reads of one", { skip }, () => {
  for (const [name, asked] of Object.entries(ASKED)) {
    if (name === "children" || name === "descendants") continue;
    assertEquals([name, ...askedByMethod(many.pid, name)], [name, ...asked]);
  }
  const regions = askedByMethod(many.pid, "regions");
  assertEquals(regions.filter(isOpened), [
    ...["open /stat", "open /maps", "open /smaps", "open /statm"],
  ]);
  assertEquals(regions.filter((asked) => asked.includes("/task")), []);
});

test("the values of each thread cost two files a thread, and are read only on request", {
  skip,
}, () => {
  const ways: readonly ((one: Process) => unknown)[] = [
    (one) => one.threads(),
    (one) => one.read("switches"),
  ];
  for (const way of ways) {
    const asked = askedBy(
      many.pid,
      (system, pid) => way(new Process(openProcess(pid), { system })),
    );
    const ofThreads = asked.filter((each) => /^open \/task\/.+\/(?:sched)?stat$/.test(each)).length;
    const own = asked.filter((each) => each === "open /schedstat").length;
    assertEquals(ofThreads + own, 2 * MANY);
    assertEquals(asked.filter((each) => each === "open /task").length, 1);
    assertLessOrEqual(asked.length, 2 * MANY + 6);
  }
});

test("children() reads the children alone, and processTree() the tree", { skip }, () => {
  const children = openProcess(parent.pid).children().map(({ pid }) => pid);
  assertEquals(children.length, 20);
  const stats = children.map((pid) => `open /proc/${pid}/stat`);
  const asked = askedByMethod(parent.pid, "children");
  assertEquals(asked.filter((each) => each.endsWith("/stat")), ["open /stat", ...stats]);
  assert(!asked.includes("open /proc"));
  for (
    const asked of [
      askedByMethod(parent.pid, "descendants"),
      askedBy(parent.pid, (system, pid) => processTree({ pid, system })),
    ]
  ) {
    assert(!asked.includes("open /proc"));
    // The stat file and the list of children of each, and the files of the parent once more.
    assertLessOrEqual(asked.filter(isOpened).length, 2 * 21 + 2);
  }
  const [root] = processTree({ pid: parent.pid });
  assertEquals((root as ProcessNode).children.map(({ pid }) => pid), children);
});

test("processTree() of all processes reads one file of each", { skip }, () => {
  const [root] = processTree({ pid: parent.pid });
  const family = [root!, ...root!.children].map(({ pid }) => pid);
  const asked = askedBy(0, (system) => processTree({ system }));
  // Other processes may start and end meanwhile.
  const own = asked.filter((each) => family.includes(Number(/\/(\d+)/.exec(each)?.[1])));
  assertEquals(own.toSorted(), family.map((pid) => `open /proc/${pid}/stat`).toSorted());
});

test("processes() reads each file once", { skip }, () => {
  const asked = (fields?: readonly FieldName[]) =>
    askedBy(
      few.pid,
      (system, pid) => processes({ ...(fields && { fields }), pids: [pid], system }),
    );
  assertEquals(asked(), ["statx /", "open /stat", "open /statm", "statx /"]);
  assertEquals(asked(["parentPid", "name", "cpuTimeNs", "threadCount", "pageFaults"]), [
    "open /stat",
  ]);
  assertEquals(asked(["residentBytes", "footprintBytes", "realUserId", "userId"]), [
    ...["statx /", "open /stat", "open /status", "statx /"],
  ]);
});
