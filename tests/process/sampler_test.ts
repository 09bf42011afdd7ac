import { assert, assertEquals, assertGreater, assertStrictEquals, assertThrows } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FIELD_NAMES, GROUP_NAMES } from "../../lib/process/fields/mod.ts";
import { ProcessGoneError } from "../../lib/process/errors.ts";
import { openProcess } from "../../lib/process/process.ts";
import { tableRow } from "../../lib/process/row.ts";
import { processes } from "../../lib/process/rows.ts";
import { openSampler } from "../../lib/process/sampler.ts";
import { processTable, type TableHead } from "../../lib/process/table.ts";
import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import { linuxSystem } from "../../lib/linux/system.ts";
import { hostLibc } from "../support/libc.ts";
import { openSystem } from "../../lib/system/open.ts";
import { changedLinux } from "../support/changed_libc.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { startShell, startSleeper, startSpeaker, stateOf, until } from "../support/lines.ts";
import { runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const skip = linux ? false : "needs Linux";
const root = process.getuid?.() === 0;
const skipRoot = skip || (root ? false : "needs root");

let cast: Cast;
before(async () => {
  if (linux) cast = await startCast();
});
after(() => cast?.[Symbol.asyncDispose]());

/** The roles of idle processes. */
const STILL = ["plain", "zombie"];

/** Returns the rows of a sample, by pid. */
function rowsOf(sample: TableHead): Map<number, object> {
  return new Map(Array.from(sample.pid, (pid, row) => [pid, tableRow(sample, row)]));
}

/** Returns the files of processes that this process has open, by descriptor. */
function keptFiles(): Map<number, string> {
  const found = new Map<number, string>();
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      if (/^\/proc\/(\d+(\/|$)|loadavg)/.test(path)) found.set(Number(fd), path);
    } catch {
      // This was the descriptor of the folder, which is closed by now.
    }
  }
  return found;
}

/**
 * Returns the number of newly opened files of processes. Other files may be closed meanwhile,
 * because no object refers to their process any more.
 */
function keptSince(before: ReadonlyMap<number, string>): number {
  return [...keptFiles()].filter(([fd, path]) => before.get(fd) !== path).length;
}

test("a sampler reads what processes() reads, however often", { skip }, () => {
  const pids = STILL.map((role) => cast.pid(role));
  // Fields that change for an idle process are not compared, such as its share of shared memory.
  const fields = GROUP_NAMES.filter((name) => name !== "cpuPercent" && name !== "memoryShares");
  using sampler = openSampler({ fields, pids });
  for (let i = 0; i < 5; i++) {
    const found = rowsOf(sampler.sample());
    for (const row of processes({ fields, pids })) assertEquals(found.get(row.pid), row);
    assertEquals(found.size, pids.length);
  }
});

test("a sampler reads all processes that are there all along", { skip }, () => {
  using sampler = openSampler({ fields: ["ids", "start", "uniqueId"] });
  for (let i = 0; i < 4; i++) {
    const first = processTable({ fields: ["ids", "start", "uniqueId"] });
    const sample = sampler.sample();
    const last = processTable({ fields: ["ids", "start", "uniqueId"] });
    const found = rowsOf(sample);
    const still = new Map(Array.from(last.pid, (pid, row) => [pid, last.uniqueId[row]]));
    for (let row = 0; row < first.count; row++) {
      const pid = first.pid[row]!;
      if (still.get(pid) !== first.uniqueId[row]) continue;
      assertEquals((found.get(pid) as { uniqueId: string }).uniqueId, String(first.uniqueId[row]));
    }
    assertEquals([...sample.pid], [...sample.pid].sort((a, b) => a - b));
  }
});

test("a sampler opens no file as long as the processes are the same", { skip }, () => {
  const real = hostLibc();
  const pids = [cast.pid("plain"), process.pid];
  let opened = 0, fails = false;
  const open = (path: Uint8Array) => (opened++, fails ? -5 : real.open(path));
  const libc = { ...real, open };
  using sampler = openSampler({ pids, system: linuxSystem({ fs: procFs(libc), libc }) });
  // A file is only kept open for a process that was in an earlier sample.
  sampler.sample();
  opened = 0;
  sampler.sample();
  assertGreater(opened, 0);
  fails = true;
  const { pid, residentBytes, userId, status, name } = sampler.sample();
  assertEquals([...pid], [...pids].sort((a, b) => a - b));
  const complete = [residentBytes, userId, name].every((column) =>
    column.every((value) => value >= 0)
  );
  assert(complete);
  assertEquals([...status.residentBytes, ...status.userId, ...status.name], [0, 0, 0, 0, 0, 0]);
});

test("a sampler uses the same memory again", { skip }, () => {
  using sampler = openSampler({ pids: [cast.pid("plain")] });
  for (let i = 0; i < 4; i++) sampler.sample();
  const [first, second, third, fourth] = Array.from({ length: 4 }, () => sampler.sample());
  assertStrictEquals(third, first);
  assertStrictEquals(fourth, second);
  assertStrictEquals(third!.changes.cpuPercent, first!.changes.cpuPercent);
  assert(first !== second);
});

test("a sampler reports rates, and who came and went", { skip }, async () => {
  await using spender = startShell("while read -r _; do :; done");
  using sampler = openSampler({ fields: ["name", "cpuTimeNs", "io", "cpuPercent"] });
  const first = sampler.sample();
  assertEquals(first.changes.startedRows.length, first.count);
  assertEquals([...first.changes.endedRows], []);
  assert(first.changes.cpuPercent.every(Number.isNaN));
  await using sleeper = startSleeper();
  const { pid } = sleeper;
  let sample = sampler.sample();
  assertGreater(rowOf(sample, pid), -1);
  assert([...sample.changes.startedRows].includes(rowOf(sample, pid)));
  sample = sampler.sample();
  assertGreater(sample.changes.previousRow[rowOf(sample, pid)]!, -1);
  const before = sample.cpuTimeNs[rowOf(sample, spender.pid)]!;
  // The shell reads lines until its processor time has increased.
  await until("it has used time", () => {
    spender.child.stdin!.write("\n".repeat(1000));
    sample = sampler.sample();
    return sample.cpuTimeNs[rowOf(sample, spender.pid)]! > before &&
      sample.changes.cpuPercent[rowOf(sample, spender.pid)]! > 0;
  });
  const row = rowOf(sample, spender.pid);
  assertEquals(sample.cpuPercent[row], sample.changes.cpuPercent[row]);
  await sleeper.end();
  const last = sample;
  sample = sampler.sample();
  const gone = [...sample.changes.endedRows].map((old) => last.pid[old]);
  assert(gone.includes(pid), `${gone}`);
  assertEquals(rowOf(sample, pid), -1);
});

function rowOf(sample: { readonly pid: Int32Array }, pid: number): number {
  return sample.pid.indexOf(pid);
}

test("a sampler finds a new process without listing all, where nothing else is started", {
  skip: skipRoot,
}, () => {
  const source = `
    import { spawn } from "node:child_process";
    import { once } from "node:events";
    import process from "node:process";
    import { setTimeout as sleep } from "node:timers/promises";
    import { procFs } from "./lib/linux/proc/proc_fs.ts";
    import { hostLibc } from "./tests/support/libc.ts";
    import { linuxSystem } from "./lib/linux/system.ts";
    import { openSampler } from "./lib/process/sampler.ts";
    const real = hostLibc();
    let lists = 0;
    const libc = { ...real, getdents64: (...args) => (lists++, real.getdents64(...args)) };
    const sampler = openSampler({
      fields: ["ids", "name"],
      system: linuxSystem({ fs: procFs(libc), libc }),
    });
    const listing = () => {
      lists = 0;
      const sample = sampler.sample();
      return [lists, sample];
    };
    const settle = async () => {
      for (let i = 0; i < 1000; i++) {
        await sleep(20);
        if (listing()[0] === 0) return true;
      }
      return false;
    };
    const before = await settle();
    const child = spawn("sleep", ["1000"], { stdio: "ignore" });
    const [all, sample] = listing();
    const seen = sample.pid.includes(child.pid);
    const started = [...sample.changes.startedRows].map((row) => sample.pid[row]).includes(child.pid);
    child.kill("SIGKILL");
    await once(child, "exit");
    const [, after] = listing();
    const still = after.pid.includes(child.pid);
    const again = await settle();
    // So many at once are found in the list of all, which is not read for ever after.
    const many = spawn("sh", ["-c", "i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done"]);
    await once(many, "exit");
    sampler.sample();
    const behind = await settle();
    console.log(JSON.stringify({ before, all, seen, started, still, again, behind }));
    sampler[Symbol.dispose]();
  `;
  const wrapper = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"];
  assertEquals(runWrapped(wrapper, source), {
    before: true,
    all: 0,
    seen: true,
    started: true,
    still: false,
    again: true,
    behind: true,
  });
});

test("a sampler leaves half of the free descriptors to the program", { skip: skipRoot }, () => {
  const source = `
    import { spawn } from "node:child_process";
    import { openSync, closeSync, readdirSync, readlinkSync } from "node:fs";
    import { once } from "node:events";
    import { openSampler } from "./lib/process/sampler.ts";
    import { processes } from "./lib/process/rows.ts";
    const crowd = spawn(CROWD, ["100", "0", "0"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(crowd.stdout, "data");
    const kept = () => readdirSync("/proc/self/fd").filter((fd) => {
      try { return /^\\/proc\\/\\d/.test(readlinkSync("/proc/self/fd/" + fd)); } catch { return false; }
    }).length;
    const before = kept();
    const sampler = openSampler({ fields: ["pid", "userId", "residentBytes", "parentPid"] });
    const results = [];
    const check = () => {
      const sample = sampler.sample();
      const rows = [...sample.pid.keys()].filter((row) => sample.parentPid[row] === crowd.pid);
      const known = (row) => sample.status.residentBytes[row] === 0 && sample.userId[row] === 0;
      results.push([rows.length, rows.filter(known).length]);
    };
    for (let i = 0; i < 4; i++) check();
    const most = kept() - before;
    const files = [];
    for (let i = 0; i < most; i++) files.push(openSync("/dev/null"));
    // It counts the free descriptors again after some time, in which the runtime must not need any.
    for (const end = performance.now() + 30; performance.now() < end;);
    for (let i = 0; i < 3; i++) check();
    const less = kept() - before;
    for (const fd of files) closeSync(fd);
    sampler[Symbol.dispose]();
    const after = kept();
    console.log(JSON.stringify({ results, most, less, before, after }));
    crowd.stdin.end();
    await once(crowd, "exit");
  `;
  const crowd = JSON.stringify(compileProgram(["crowd.c"], "crowd"));
  const found = runWrapped(
    ["prlimit", "--nofile=64:64"],
    `import process from "node:process"; const CROWD = ${crowd};${source}`,
  ) as Record<"most" | "less" | "before" | "after", number> & { results: number[][] };
  assertEquals(found.results, found.results.map(() => [100, 100]));
  assertGreater(found.most, 2);
  assert(found.most < 32, `${found.most} of 64 are kept`);
  assert(found.less < found.most, `${found.less} after ${found.most}`);
  assertEquals(found.after, found.before);
});

test("a sampler keeps no more descriptors than it may, and none after it", { skip }, () => {
  const before = keptFiles();
  const pids = [cast.pid("plain"), process.pid, process.ppid];
  for (const keepOpen of [0, 1, 2, 4, 1000]) {
    const sampler = openSampler({ keepOpen, pids });
    for (let i = 0; i < 4; i++) assertEquals(sampler.sample().count, pids.length);
    const kept = keptSince(before);
    assert(kept <= keepOpen, `${kept} of ${keepOpen}`);
    if (keepOpen > 0) assertGreater(kept, 0);
    sampler[Symbol.dispose]();
    assertEquals(keptSince(before), 0);
    assertThrows(() => sampler.sample(), TypeError, "disposed");
    sampler[Symbol.dispose]();
  }
});

test("what a sampler keeps is closed with its system, and with a process that has ended", {
  skip,
}, async () => {
  const before = keptFiles();
  await using sleeper = startSleeper();
  const of = (pid: number) =>
    [...keptFiles().values()].filter((path) => path.startsWith(`/proc/${pid}/`));
  const system = openSystem();
  const sampler = openSampler({ pids: [sleeper.pid, process.pid], system });
  for (let i = 0; i < 3; i++) sampler.sample();
  assertGreater(of(sleeper.pid).length, 0);
  await sleeper.end();
  sampler.sample();
  assertEquals([of(sleeper.pid).length, of(process.pid).length > 0], [0, true]);
  system[Symbol.dispose]();
  assertEquals(keptSince(before), 0);
  assertThrows(() => sampler.sample(), TypeError, "disposed");
  sampler[Symbol.dispose]();
});

test("a sampler takes no process for another that has its id", { skip: skipRoot }, async () => {
  const child: ChildProcess = spawn(compileProgram(["reuse.c"], "reuse"), {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  try {
    const pid = Number((await lines.next()).value);
    const fields = ["uniqueId", "residentBytes", "cpuTimeNs", "userId"] as const;
    using sampler = openSampler({ fields, pids: [pid] });
    using one = openProcess(pid);
    const read = () => one.read("residentBytes", "cpuTimeNs", "uniqueId");
    for (let i = 0; i < 4; i++) sampler.sample(), read();
    const first = rowsOf(sampler.sample()).get(pid) as { uniqueId: string };
    assertEquals(read().uniqueId, first.uniqueId);
    // The next process must not start within the same tick.
    await sleep(50);
    child.stdin!.write("\n");
    assertEquals((await lines.next()).value, "again");
    const sample = sampler.sample();
    const { uniqueId, missing } = rowsOf(sample).get(pid) as { uniqueId: string; missing: object };
    assert(uniqueId !== first.uniqueId);
    assertEquals(missing, {});
    assertEquals([...sample.changes.previousRow], [-1]);
    assertEquals([[...sample.changes.startedRows], [...sample.changes.endedRows]], [[0], [0]]);
    assertThrows(read, ProcessGoneError);
    using other = openProcess(pid);
    for (let i = 0; i < 4; i++) {
      assertEquals(other.read("residentBytes", "uniqueId").uniqueId, uniqueId);
    }
  } finally {
    const gone = once(child, "exit");
    child.stdin!.end();
    await gone;
  }
});

test("a process that is read repeatedly keeps files open until it is disposed of", {
  skip,
}, () => {
  const changed = changedLinux();
  const pid = cast.pid("plain");
  const before = keptFiles();
  const ofIt = () =>
    [...keptFiles()].filter(([fd, path]) =>
      path.startsWith(`/proc/${pid}`) && before.get(fd) !== path
    );
  const one = openProcess(pid, { system: changed.system });
  const other = openProcess(pid, { system: changed.system });
  const truth = one.read("residentBytes", "virtualBytes", "cpuTimeNs", "userId", "name", "state");
  assertEquals(ofIt(), []);
  for (let i = 0; i < 3; i++) {
    assertEquals(
      one.read("residentBytes", "virtualBytes", "cpuTimeNs", "userId", "name", "state"),
      truth,
    );
  }
  assertGreater(ofIt().length, 0);
  // No file is opened for values that were read before. The descriptors of this process are counted
  // now and then, which opens a folder.
  changed.asked.length = 0;
  const { residentBytes, cpuTimeNs } = one.read("residentBytes", "cpuTimeNs");
  assertEquals([residentBytes, cpuTimeNs], [truth.residentBytes, truth.cpuTimeNs]);
  assertEquals(changed.asked.filter((call) => call.includes(`/proc/${pid}`)), []);
  one[Symbol.dispose]();
  assertEquals(ofIt(), []);
  assertEquals(other.read("residentBytes").residentBytes, residentBytes);
  other[Symbol.dispose]();
  assertEquals(ofIt(), []);
});

test("a Process that stays open reads the present value of each field", {
  skip,
}, async () => {
  await using shell = startShell("read _; exec sleep 1000");
  const fields = FIELD_NAMES.filter((name) => name !== "cpuPercent");
  using one = openProcess(shell.pid);
  await until("it waits for a line", () => stateOf(shell.pid) === "S");
  for (let i = 0; i < 4; i++) for (const field of fields) one.read(field);
  // Another process is read in between.
  using other = openProcess(process.pid);
  for (let i = 0; i < 4; i++) other.read("name", "state");
  shell.child.stdin!.write("\n");
  const name = () => readFileSync(`/proc/${shell.pid}/comm`, "utf8");
  await until("it is another program", () => name() === "sleep\n" && stateOf(shell.pid) === "S");
  const moving = new Set(["proportionalBytes", "uniqueBytes", "swappedBytes"]);
  for (const field of fields) {
    if (moving.has(field)) continue;
    other.read("name", "state");
    const found = one.read(field);
    assertEquals(found, processes({ pids: [shell.pid], fields: [field] })[0], field);
  }
});

test("processes keep 48 descriptors at most, however many are read", { skip }, () => {
  const before = keptFiles();
  using system = openSystem();
  const all = [...processTable({ fields: [] }).pid].slice(0, 40);
  const opened = all.flatMap((pid) => {
    try {
      return [openProcess(pid, { system })];
    } catch {
      return [];
    }
  });
  for (let i = 0; i < 4; i++) {
    for (const one of opened) {
      try {
        one.read("residentBytes", "userId", "cpuTimeNs");
      } catch (error) {
        assert(error instanceof ProcessGoneError, `${error}`);
      }
    }
  }
  const kept = keptSince(before);
  assert(kept > 0 && kept <= 48, `${kept}`);
  for (const one of opened) one[Symbol.dispose]();
  assertEquals(keptSince(before), 0);
});

test("a sampler goes on when the program has closed its descriptors", { skip }, () => {
  const pids = [cast.pid("plain")];
  const before = new Set(keptFiles().keys());
  const sampler = openSampler({ pids });
  const truth = () => processes({ pids });
  for (let i = 0; i < 3; i++) sampler.sample();
  const kept = [...keptFiles().keys()].filter((fd) => !before.has(fd));
  assertGreater(kept.length, 1);
  // Deno only closes descriptors that it has opened.
  const { close } = hostLibc();
  for (const fd of kept) close(fd);
  // From here on, the descriptors refer to other files.
  const files = kept.map(() => openSync("/proc/self/stat", "r"));
  for (let i = 0; i < 4; i++) assertEquals([...rowsOf(sampler.sample()).values()], truth());
  sampler[Symbol.dispose]();
  for (const fd of files) {
    assert(readFileSync(fd, "utf8").startsWith(`${process.pid} `));
    closeSync(fd);
  }
  assertEquals([...keptFiles().keys()].filter((fd) => !before.has(fd)), []);
});

test("a sampler sees a process change its user, become a zombie, and be waited for", {
  skip: skipRoot,
}, async () => {
  await using other = startSpeaker([
    "python3",
    "-uc",
    "import os; print('in'); input(); os.setresuid(1717, 1717, 1717); print('changed'); input()",
  ]);
  assertEquals(await other.next(), "in");
  await using parent = startShell("sleep 1000 & echo $!; exec sleep 1000");
  const child = Number(await parent.next());
  await until(
    "the shell is no more",
    () => readFileSync(`/proc/${parent.pid}/comm`, "utf8") === "sleep\n",
  );
  using sampler = openSampler({
    fields: ["userId", "state", "residentBytes"],
    pids: [other.pid, child],
  });
  const row = (pid: number) => rowsOf(sampler.sample()).get(pid) as Record<string, unknown>;
  for (let i = 0; i < 4; i++) assertEquals(row(other.pid)["userId"], 0);
  assertEquals(await other.ask(""), "changed");
  assertEquals(row(other.pid)["userId"], 1717);
  await until("it sleeps", () => stateOf(child) === "S");
  assertEquals(row(child)["state"], "sleeping");
  process.kill(child, "SIGKILL");
  await until("it is a zombie", () => stateOf(child) === "Z");
  assertEquals(row(child), {
    pid: child,
    userId: 0,
    state: "zombie",
    residentBytes: undefined,
    missing: { residentBytes: "zombie" },
  });
});

test("the conditions of a sampler choose among processes each time", { skip }, () => {
  const pid = cast.pid("plain");
  const parent = openProcess(pid).parent()!.pid;
  using sampler = openSampler({ fields: ["parentPid"], parent });
  using others = openSampler({ fields: ["parentPid"], parent, exceptPids: [pid] });
  for (let i = 0; i < 3; i++) {
    const sample = sampler.sample();
    assert([...sample.parentPid].every((each) => each === parent));
    assertEquals([sample.pid.includes(pid), others.sample().pid.includes(pid)], [true, false]);
  }
});

test("openSampler() refuses what it cannot do", { skip }, () => {
  for (const keepOpen of [-1, 1.5, NaN, Infinity, 2 ** 31]) {
    assertThrows(() => openSampler({ keepOpen }), RangeError, `keepOpen`);
    assertThrows(() => openSampler({ keepOpen }), RangeError, `${keepOpen}`);
  }
  assertThrows(() => openSampler({ pids: [-1] }), RangeError, "pids[0]");
  assertThrows(() => openSampler({ exceptPids: [1.5] }), RangeError, "exceptPids[0]");
  assertThrows(() => openSampler({ fields: ["none" as "name"] }), RangeError, "none");
  assertThrows(() => openSampler({ keep: 1 } as object), TypeError, "keep");
});

/** Fields that do not change while a process does not run. */
const STAYING = ["name", "state", "userName", "cpuTimeNs", "threadCount", "startedAt"] as const;

test("a sampler reads a process that does not run in one of 32 samples, and reports it in each", {
  skip,
}, () => {
  const pid = cast.pid("plain");
  const changed = changedLinux();
  const { system } = changed;
  using sampler = openSampler({ system, fields: STAYING, pids: [pid], keepOpen: 0 });
  const expected = processes({ pids: [pid], fields: STAYING })[0];
  sampler.sample();
  const reads = Array.from({ length: 64 }, () => {
    changed.asked.length = 0;
    const sample = sampler.sample();
    assertEquals(tableRow(sample, 0), expected);
    const { cpuPercent, previousRow } = sample.changes;
    assertEquals([...cpuPercent, ...previousRow], [0, 0]);
    return changed.asked.filter((call) => call === `open /proc/${pid}/stat`).length;
  });
  assertEquals(reads.filter((count) => count > 0).length, 2, reads.join(" "));
});

test("a sampler reports what a process has done since it rested", { skip }, async () => {
  await using shell = startShell("echo ready; read line; echo $$; exec sleep 1000");
  const { pid } = shell;
  assertEquals(await shell.next(), "ready");
  await until("it waits", () => stateOf(pid) === "S");
  using sampler = openSampler({ fields: STAYING, pids: [pid] });
  const row = () => tableRow(sampler.sample(), 0);
  const rest = () => {
    for (let i = 0; i < 4; i++) row();
    return row();
  };
  assertEquals([rest().name, rest().state], ["sh", "sleeping"]);
  process.kill(pid, "SIGSTOP");
  await until("it is stopped", () => stateOf(pid) === "T");
  assertEquals([row().state, rest().state], ["stopped", "stopped"]);
  process.kill(pid, "SIGCONT");
  await until("it waits again", () => stateOf(pid) === "S");
  assertEquals([row().state, rest().state], ["sleeping", "sleeping"]);
  await shell.ask("");
  await until("it sleeps", () => readFileSync(`/proc/${pid}/comm`, "utf8") === "sleep\n");
  await until("it waits at last", () => stateOf(pid) === "S");
  assertEquals([row().name, rest().name], ["sleep", "sleep"]);
});

test("a sampler reports the new parent of a process that rests", { skip }, async () => {
  await using parent = startShell("sleep 1000 & echo $!; read line");
  const child = Number(await parent.next());
  try {
    await until("it sleeps", () => readFileSync(`/proc/${child}/comm`, "utf8") === "sleep\n");
    await until("it waits", () => stateOf(child) === "S");
    const fields = ["parentPid", "cpuTimeNs"] as const;
    const changed = changedLinux();
    using sampler = openSampler({ system: changed.system, fields, keepOpen: 0 });
    const row = () => {
      const sample = sampler.sample();
      return tableRow(sample, sample.pid.indexOf(child));
    };
    await until("it is not read", () => {
      changed.asked.length = 0;
      assertEquals(row().parentPid, parent.pid);
      return !changed.asked.includes(`open /proc/${child}/stat`);
    });
    process.kill(parent.pid, "SIGKILL");
    const own = () => processes({ pids: [child], fields })[0]!;
    await until("it has another parent", () => own().parentPid !== parent.pid);
    assertEquals(row(), own());
  } finally {
    process.kill(child, "SIGKILL");
  }
});
