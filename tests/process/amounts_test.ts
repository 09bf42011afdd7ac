import { assert, assertEquals, assertGreater } from "@std/assert";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { pidRusage } from "../../lib/calls/pid_rusage.ts";
import { RUSAGE_INFO_V0 } from "../../lib/abi/pid_rusage.ts";
import { processes } from "../../lib/process/rows.ts";
import { processTable } from "../../lib/process/table.ts";
import { type Cast, startCast } from "../support/cast.ts";

const skip = process.platform !== "linux"
  ? "needs Linux"
  : process.getuid?.() !== 0
  ? "needs root, as the cast does"
  : false;

let cast: Cast;
let workers: Cast;
before(async () => {
  if (skip) return;
  cast = await startCast();
  workers = await startCast("workers");
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
  await workers?.[Symbol.asyncDispose]();
});

/** Returns idle processes of every kind that has these values. */
const zoo = () => [
  ...["plain", "users", "leader", "member", "name", "leaderless", "stopped"].map((role) =>
    cast.pid(role)
  ),
  ...["burner", "threads", "parent", "memory", "switcher"].map((role) => workers.pid(role)),
];

/** Returns a living thread of a process: the leader, unless it has ended. */
function livingThread(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  return threads.find((thread) => / [^ZX] /.test(stat(pid, thread).slice(0, 3)))!;
}

/** Returns the fields after the name in the `stat` of a thread. */
function stat(pid: number, thread: number): string {
  const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
  return text.slice(text.lastIndexOf(")") + 1);
}

/** Returns the content of a file of a living thread. */
const file = (pid: number, name: string) =>
  readFileSync(`/proc/${pid}/task/${livingThread(pid)}/${name}`, "latin1");

/** Returns the number in a line of a file. */
function line(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)![1]);
}

/** Reads repeatedly until the values of another reader are the same before and after. */
function steady<T>(look: () => T, ask: () => void): T {
  for (let tries = 0; tries < 1000; tries++) {
    const before = look();
    ask();
    if (JSON.stringify(look()) === JSON.stringify(before)) return before;
  }
  throw new Error("What is compared never stands still");
}

test("resident memory is what statm, status and ps report, in every struct and field", {
  skip,
}, () => {
  const page = Number(execFileSync("getconf", ["PAGESIZE"], { encoding: "utf8" }));
  for (const pid of zoo()) {
    let found: number[] = [];
    const resident = steady(() => Number(file(pid, "statm").split(" ")[1]) * page, () => {
      const [row] = processes({ pids: [pid], fields: ["residentBytes", "memoryPercent"] });
      const table = processTable({ pids: [pid], fields: ["residentBytes"] });
      const { ri_resident_size } = pidRusage(pid, RUSAGE_INFO_V0);
      const total = line(readFileSync("/proc/meminfo", "latin1"), "MemTotal") * 1024;
      assertGreater(row!.memoryPercent!, row!.residentBytes! / total * 100 * 0.99);
      found = [row!.residentBytes!, table.residentBytes[0]!, Number(ri_resident_size)];
    });
    assertEquals(found, [resident, resident, resident], `${pid}`);
    assertEquals(line(file(pid, "status"), "VmRSS") * 1024, resident, `${pid}`);
    // ps only reads the leader.
    if (livingThread(pid) !== pid) continue;
    const rss = execFileSync("ps", ["-o", "rss=", "-p", `${pid}`], { encoding: "utf8" });
    // A ps that reads `stat` prints an estimate on some kernels.
    assertGreater(Number(rss) * 1024, resident * 0.5, `${pid}`);
  }
});

test("the shares of memory are those of smaps_rollup, and none is more than the whole", {
  skip,
}, () => {
  for (const pid of zoo()) {
    let found: unknown;
    const expected = steady(() => {
      const text = file(pid, "smaps_rollup");
      return {
        residentBytes: line(text, "Rss") * 1024,
        proportionalBytes: line(text, "Pss") * 1024,
        uniqueBytes: (line(text, "Private_Clean") + line(text, "Private_Dirty")) * 1024,
        swappedBytes: line(text, "SwapPss") * 1024,
      };
    }, () => {
      const [row] = processes({ pids: [pid], fields: ["residentBytes", "memoryShares"] });
      const { pid: _, missing, ...values } = row!;
      assertEquals(missing, {});
      found = values;
    });
    assertEquals(found, expected, `${pid}`);
    const { uniqueBytes, proportionalBytes, residentBytes } = expected;
    assert(uniqueBytes <= proportionalBytes + 1024 && proportionalBytes <= residentBytes, `${pid}`);
  }
  const [memory] = processes({
    pids: [workers.pid("memory")],
    fields: ["uniqueBytes"],
  });
  assertGreater(memory!.uniqueBytes!, 32 << 20);
});

test("runDelayNs is the waiting of the threads that live, by their schedstat", { skip }, () => {
  for (const pid of zoo()) {
    const living = readdirSync(`/proc/${pid}/task`).filter((thread) =>
      !/^ [ZX] /.test(stat(pid, Number(thread)))
    );
    const waited = living
      .map((id) =>
        Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "latin1").split(" ")[1])
      )
      .reduce((a, b) => a + b);
    const [row] = processes({ pids: [pid], fields: ["runDelay"] });
    assertEquals(row!.runDelayNs, waited, `${pid}`);
  }
});

test("descriptorLimit is the soft limit, for a zombie and after prlimit too", { skip }, () => {
  const limitOf = (pid: number) => processes({ pids: [pid], fields: ["descriptorLimit"] })[0]!;
  for (const pid of [...zoo(), process.pid, cast.pid("zombie")]) {
    const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
    const [, soft] = /^Max open files +(\S+)/m.exec(limits)!;
    const expected = soft === "unlimited" ? undefined : Number(soft);
    assertEquals(limitOf(pid), { pid, descriptorLimit: expected, missing: {} });
  }
  const pid = workers.pid("burner");
  execFileSync("prlimit", ["--nofile=301:402", "--pid", `${pid}`]);
  assertEquals(limitOf(pid).descriptorLimit, 301);
});

test("a kernel thread has no memory, and is reported without", { skip }, () => {
  const kernel = processes({ fields: ["kernelThread"] }).find((row) => row.kernelThread);
  if (kernel === undefined) return; // as in a container
  const [row] = processes({ pids: [kernel.pid], fields: ["memoryShares", "residentBytes"] });
  assertEquals(row, {
    pid: kernel.pid,
    proportionalBytes: 0,
    uniqueBytes: 0,
    swappedBytes: 0,
    residentBytes: 0,
    missing: {},
  });
});
