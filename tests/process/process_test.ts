import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { getPriority, tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { getAllPids } from "../../lib/calls/list_pids.ts";
import { inspect } from "node:util";
import { defaultSystem } from "../../lib/system/open.ts";
import {
  AccessDeniedError,
  ProcessError,
  ProcessGoneError,
  ZombieError,
} from "../../lib/process/errors.ts";
import type { ProcessLimitName } from "../../lib/process/limits.ts";
import { openProcess, Process } from "../../lib/process/process.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { executed, until } from "../support/lines.ts";
import { openedSince, openFiles } from "../support/open_files.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";
import { METHODS, outcome, outcomes } from "./process_methods.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const rootSkip = skip || (process.getuid?.() === 0 ? false : "needs root");

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
});

const of = (role: string) => openProcess(cast.pid(role));

/** Starts a child for one test, and kills it afterwards. */
async function withChild<T>(
  command: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; argv0?: string },
  run: (child: Process, handle: ChildProcess) => T,
): Promise<Awaited<T>> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"], ...options });
  const gone = once(child, "exit");
  try {
    await executed(child);
    return await run(openProcess(child.pid!), child);
  } finally {
    child.kill("SIGKILL");
    await gone;
  }
}

/** Returns a function that returns the next line that a process prints. */
function linesOf(child: ChildProcess): () => Promise<string> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async () => String((await lines.next()).value);
}

const ps = (pid: number, columns: string) =>
  spawnSync("ps", ["-o", columns, "-p", `${pid}`], { encoding: "utf8" }).stdout.trim();

// openProcess()

test("openProcess() throws a RangeError that names the value when it is not a process id", () => {
  for (const wrong of [NaN, 1.5, -1, 2 ** 31, Infinity, "1", undefined, null, 1n, {}]) {
    const error = assertThrows(() => openProcess(wrong as number), RangeError);
    assertStringIncludes(
      error.message,
      "Cannot pass pid as it must be an integer from 0 to 2147483647",
    );
  }
});

test("openProcess() throws ProcessGoneError when no process has the id", () => {
  for (const pid of [2 ** 31 - 1, 2 ** 22 + 1]) {
    const error = assertThrows(() => openProcess(pid), ProcessGoneError);
    assertEquals([error.pid, error.code, error.missing], [pid, "ESRCH", "gone"]);
    assertInstanceOf(error, ProcessError);
  }
});

test("openProcess() does not take a thread for a process", { skip }, () => {
  const [, other] = openProcess(process.pid).threads();
  assertThrows(() => openProcess(other!.id), ProcessGoneError);
});

test("openProcess() opens a zombie, and each of the cast", { skip }, () => {
  for (const role of ["plain", "zombie", "users", "leaderless", "stopped", "traced", "director"]) {
    assertEquals(of(role).pid, cast.pid(role));
  }
});

// identity(), the constructor, toJSON()

test("identity() finds the same process again, and no other", () => {
  const self = openProcess(process.pid);
  const identity = self.identity();
  assertEquals(identity, {
    pid: process.pid,
    uniqueId: self.uniqueId,
    bootId: defaultSystem().bootId(),
  });
  assertEquals(JSON.parse(JSON.stringify(identity)), identity);
  assertEquals(new Process(identity).name(), self.name());
  assertEquals(new Process(identity, { system: defaultSystem() }).name(), self.name());
  const uniqueId = String(BigInt(identity.uniqueId) + 1n);
  assertThrows(() => new Process({ ...identity, uniqueId }).name(), ProcessGoneError);
  assertThrows(() => new Process({ ...identity, bootId: "another" }), ProcessGoneError);
  for (
    const wrong of ["-1", "0x10", "", " 1", "1.5", "18446744073709551616", "123456789012345678901"]
  ) {
    const error = assertThrows(() => new Process({ ...identity, uniqueId: wrong }), RangeError);
    assertStringIncludes(error.message, "Cannot pass uniqueId as it must be");
    assertStringIncludes(error.message, wrong.trim());
  }
  for (const wrong of [1n, 1, undefined, null]) {
    const made = () => new Process({ ...identity, uniqueId: wrong as unknown as string });
    assertThrows(made, TypeError, "Cannot pass uniqueId as it must be a string: it is");
  }
  assertThrows(() => new Process({ ...identity, pid: 0.5 }), RangeError, "pid");
});

test("toJSON() makes JSON from which the same process is found again", { skip }, () => {
  const one = of("name");
  const json = JSON.parse(JSON.stringify(one));
  const { bootId, ...row } = json;
  assertEquals(row, JSON.parse(JSON.stringify(one.info())));
  assertEquals(bootId, defaultSystem().bootId());
  assertEquals([json.name, json.state], [") R 1 1 1 (", "sleeping"]);
  assertEquals(json.parentPid, cast.pid("director"));
  assertEquals(new Process(json).name(), ") R 1 1 1 (");
});

test("console.log() shows the id, the name and the state", { skip }, async () => {
  assertEquals(inspect(of("plain")), `Process ${cast.pid("plain")} (cast, sleeping)`);
  assertEquals(inspect(of("zombie")), `Process ${cast.pid("zombie")} (cast, zombie)`);
  const gone = await withChild(["sleep", "1000"], {}, (child) => child);
  await until("it is gone", () => !gone.isRunning());
  assertEquals(inspect(gone), `Process ${gone.pid} (gone)`);
  const disposed = of("plain");
  disposed[Symbol.dispose]();
  assertEquals(inspect(disposed), `Process ${cast.pid("plain")} (disposed)`);
});

test("read() reads the requested fields and groups", { skip }, () => {
  const plain = of("plain");
  const row = plain.read("name", "memory", "terminalDevice", "uniqueId");
  assertEquals(Object.keys(row), [
    ...["pid", "name", "residentBytes", "virtualBytes", "terminalDevice", "uniqueId", "missing"],
  ]);
  assertEquals([row.pid, row.name, row.uniqueId], [plain.pid, "cast", plain.uniqueId]);
  assertEquals(row.missing, {});
  assertEquals(plain.read() as unknown, { pid: plain.pid, missing: {} });
  const zombie = of("zombie").read("name", "memory", "commandLine");
  assertEquals(zombie, {
    pid: cast.pid("zombie"),
    name: "cast",
    residentBytes: undefined,
    virtualBytes: undefined,
    commandLine: "[cast]",
    missing: { residentBytes: "zombie", virtualBytes: "zombie" },
  });
  const read = plain.read.bind(plain) as (...names: unknown[]) => unknown;
  for (const wrong of [["nope"], ["memory", "residentBytes"], ["name", "name"], [undefined], [5]]) {
    assertThrows(() => read(...wrong), RangeError, "Cannot read fields as each must be");
  }
});

// The cast

test("info() reports what a process is", { skip }, () => {
  const { startedAt, terminalDevice: _, ...info } = of("users").info();
  assertAlmostEquals(startedAt!, Date.now(), 600_000);
  assertEquals(info, {
    pid: cast.pid("users"),
    uniqueId: of("users").uniqueId,
    parentPid: cast.pid("director"),
    processGroupId: of("director").info().processGroupId,
    sessionId: of("director").info().sessionId,
    name: "cast",
    state: "sleeping",
    userId: 2345,
    groupId: 5432,
    realUserId: 1234,
    realGroupId: 4321,
    sessionLeader: false,
    nice: getPriority(),
    is64Bit: true,
    translated: false,
    traced: false,
    kernelThread: false,
    exiting: false,
    missing: {},
  });
  assert(of("traced").info().traced);
  assertEquals(of("leader").info().processGroupId, cast.pid("leader"));
  assertEquals(of("member").info().processGroupId, cast.pid("leader"));
});

test("state() and isRunning() report what a process is doing", { skip }, () => {
  const states = {
    plain: "sleeping",
    leaderless: "sleeping",
    stopped: "stopped",
    zombie: "zombie",
  };
  for (const [role, state] of Object.entries(states)) {
    assertEquals([role, of(role).state() as string], [role, state]);
    assertEquals([role, of(role).info().state as string], [role, state]);
    assertEquals([role, of(role).isRunning()], [role, state !== "zombie"]);
  }
});

test("a zombie reports what is left of it, and throws ZombieError for the rest", { skip }, () => {
  const zombie = of("zombie");
  assertEquals(zombie.name(), "cast");
  assertEquals(zombie.parent()?.pid, cast.pid("director"));
  assertEquals(zombie.credentials().userId, process.getuid?.());
  assertEquals(zombie.info().state, "zombie");
  assertEquals(zombie.children(), []);
  const usage = zombie.resourceUsage();
  assertGreater(usage.cpuTimeNs!, 0);
  assertEquals([usage.childUserTimeNs, usage.pageFaults], [0, undefined]);
  assertEquals([usage.missing.pageFaults, usage.missing.readBytes], ["zombie", "zombie"]);
  assertEquals(zombie.priority(), {
    pid: zombie.pid,
    nice: getPriority(),
    basePriority: undefined,
    schedulingPolicy: undefined,
    missing: { basePriority: "zombie", schedulingPolicy: "zombie" },
  });
  const lost = new Set(
    Object.entries(outcomes(zombie)).filter(([, what]) => what !== "value").map(([name, what]) =>
      `${name}: ${what}`
    ),
  );
  assertEquals(
    lost,
    new Set(
      [
        "executable",
        "arguments",
        "argumentBytes",
        "environment",
        "environmentBytes",
        "workingDirectory",
        "rootDirectory",
        "threads",
        "regions",
        "descriptors",
        "files",
        "sockets",
        "memory",
        ...(outcome(() => zombie.namespaces()) === "value" ? [] : ["namespaces"]),
      ].map((name) => `${name}: ZombieError`),
    ),
  );
  assertThrows(() => zombie.signal("SIGTERM"), ZombieError);
});

test("a process whose first thread has ended answers through another", { skip }, () => {
  const leaderless = of("leaderless");
  const { pid } = leaderless;
  const [thread, ...others] = leaderless.threads();
  assertEquals(others, []);
  assert(thread!.id !== pid);
  assertEquals(readdirSync(`/proc/${pid}/task`).map(Number).sort((a, b) => a - b), [
    pid,
    thread!.id,
  ]);
  assertEquals(leaderless.executable().path, of("plain").executable().path);
  assertEquals(leaderless.arguments(), of("plain").arguments());
  assertEquals(leaderless.environment(), of("plain").environment());
  assertEquals(leaderless.workingDirectory(), of("plain").workingDirectory());
  assertGreater(leaderless.memory().residentBytes!, 0);
  assert(leaderless.regions().some(({ path }) => path === leaderless.executable().path));
  assertEquals(
    leaderless.descriptors().map(({ fd }) => fd),
    readdirSync(`/proc/${pid}/task/${thread!.id}/fd`).map(Number).sort((a, b) => a - b),
  );
});

test("terminal() finds the terminal of a session", { skip }, () => {
  const path = cast.said("terminal");
  const pid = cast.pid("terminal");
  assertEquals(of("terminal").terminal(), {
    device: statSync(path).rdev,
    path,
    foregroundProcessGroupId: pid,
    foreground: true,
    sessionLeader: true,
  });
});

test(
  "terminal() is undefined of a process without one",
  { skip },
  () =>
    withChild(["setsid", "sleep", "1000"], {}, async (child) => {
      await executed(child, "sleep");
      assertEquals(child.terminal(), undefined);
      assertEquals(child.info().sessionLeader, true);
    }),
);

test("parent() and children() agree, zombies among them", { skip }, () => {
  const director = of("director");
  const children = director.children();
  const roles = ["plain", "zombie", "users", "leader", "member", "zombie-member", "terminal"];
  for (const role of [...roles, "name", "leaderless", "stopped", "traced", "tracer"]) {
    const child = children.find(({ pid }) => pid === cast.pid(role));
    assert(child !== undefined, role);
    assertEquals(child.uniqueId, of(role).uniqueId);
    assertEquals(child.parent()?.uniqueId, director.uniqueId);
  }
  assertEquals(
    new Set(children.filter((child) => child.state() === "zombie").map(({ pid }) => pid)),
    new Set([cast.pid("zombie"), cast.pid("zombie-member")]),
  );
  assertEquals(director.parent()?.pid, process.pid);
});

test("children() finds the children of children on request", { skip }, () => {
  const self = openProcess(process.pid);
  const found = self.children({ recursive: true });
  const place = (pid: number) => found.findIndex((process) => process.pid === pid);
  const director = place(cast.pid("director"));
  assertGreaterOrEqual(director, 0);
  for (const role of ["plain", "zombie", "leaderless", "traced"]) {
    assertGreater(place(cast.pid(role)), director);
    assertEquals(found[place(cast.pid(role))]!.uniqueId, of(role).uniqueId);
    assert(!self.children().some(({ pid }) => pid === cast.pid(role)), role);
  }
  assertEquals(new Set(found.map(({ pid }) => pid)).size, found.length);
  assertEquals(place(process.pid), -1);
});

test("parent() of the first process is undefined", { skip }, () => {
  assertEquals(openProcess(1).parent(), undefined);
  assertEquals(openProcess(process.pid).parent()?.pid, process.ppid);
});

test("ancestors() finds the parents up to the first process, the nearest first", { skip }, () => {
  assertEquals(openProcess(1).ancestors(), []);
  for (const role of ["plain", "zombie", "leaderless"]) {
    const found = of(role).ancestors();
    const expected: Process[] = [];
    for (let at = of(role).parent(); at !== undefined; at = at.parent()) expected.push(at);
    assertEquals(found.map(({ uniqueId }) => uniqueId), expected.map(({ uniqueId }) => uniqueId));
    assertEquals(found.slice(0, 2).map(({ pid }) => pid), [cast.pid("director"), process.pid]);
    assertEquals(found.at(-1)!.parent(), undefined);
  }
});

// Program, arguments and environment

test(
  "executable() does not confuse a deleted file with one that is called so",
  { skip },
  async () => {
    const folder = mkdtempSync(`${tmpdir()}/libproc-process-`);
    const sleepFile = realpathSync("/bin/sleep");
    try {
      for (const [name, isDeleted] of [["gone", true], ["sleep (deleted)", false]] as const) {
        const path = `${folder}/${name}`;
        copyFileSync(sleepFile, path);
        await withChild([path, "1000"], {}, (child) => {
          if (isDeleted) rmSync(path);
          const found = child.executable();
          assertEquals(found, { path, deleted: isDeleted });
        });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test("arguments() returns them all, or the title in their place", { skip }, async () => {
  await withChild([compileProgram(["titles.c"], "titles")], {}, async (_, handle) => {
    const pids = new Map<string, number>();
    const line = linesOf(handle);
    for (let role = ""; role !== "all";) {
      const [name = "", pid] = (await line()).split(" ");
      pids.set(role = name, Number(pid));
    }
    const of = (role: string) => openProcess(pids.get(role)!);
    assertEquals(of("plain").arguments(), ["an actor", "plain", "", "two words"]);
    assertEquals(of("empty").arguments(), ["", "empty", "", ""]);
    assertEquals(of("empty").argumentBytes().map(({ length }) => length), [0, 5, 0, 0]);
    assertEquals(of("plain").read("title").title, undefined);
    assertEquals(of("short").arguments(), ["title: short"]);
    assertEquals(of("short").read("title").title, "title: short");
    assertEquals(openProcess(pids.get("plain")!).environment(), {
      SECRET: "0123456789abcdef",
      EMPTY: "",
    });
  });
});

test("environment() has the first of two, and none without a name", { skip }, async () => {
  // Only C can pass such an environment to a program.
  const script = [
    "import ctypes, os",
    "c = ctypes.CDLL(None)",
    "A = ctypes.c_char_p * 3",
    "E = ctypes.c_char_p * 7",
    'e = E(b"A=1", b"A=2", b"noname", b"=x", b"__proto__=p", b"B=\\xff=", None)',
    'c.execve(b"/bin/sleep", A(b"sleep", b"1000", None), e)',
  ].join("\n");
  await withChild(["python3", "-c", script], {}, async (child) => {
    await executed(child, "sleep");
    const environment = child.environment();
    assertEquals(Object.entries(environment), [["A", "1"], ["__proto__", "p"], ["B", "\ufffd="]]);
    const bytes = child.environmentBytes();
    assertEquals(bytes.length, 6);
    assertEquals(Array.from(bytes[5]!), [0x42, 0x3d, 0xff, 0x3d]);
  });
});

test(
  "workingDirectory() is where a process is, by the directory's new name too",
  { skip },
  async () => {
    const folder = mkdtempSync(`${realpathSync(tmpdir())}/libproc-process-`);
    try {
      mkdirSync(`${folder}/one`);
      await withChild(["sleep", "1000"], { cwd: `${folder}/one` }, (child) => {
        assertEquals(child.workingDirectory(), { path: `${folder}/one`, deleted: false });
        renameSync(`${folder}/one`, `${folder}/two`);
        assertEquals(child.workingDirectory(), { path: `${folder}/two`, deleted: false });
        assertEquals(child.rootDirectory(), { path: "/", deleted: false });
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test("rootDirectory() is that of a process that is shut in", { skip: rootSkip }, async () => {
  const folder = mkdtempSync(`${realpathSync(tmpdir())}/libproc-process-`);
  try {
    const script = `import os, time; os.chroot(${JSON.stringify(folder)}); os.chdir("/"); ` +
      `print("in", flush=True); time.sleep(1000)`;
    await withChild(["python3", "-c", script], {}, async (child, handle) => {
      assertEquals(await linesOf(handle)(), "in");
      assertEquals(child.rootDirectory(), { path: folder, deleted: false });
      assertEquals(child.workingDirectory(), { path: folder, deleted: false });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// Resource usage

test(
  "threads() reports each thread's name, state, times and priority",
  { skip: rootSkip },
  async () => {
    const folder = mkdtempSync(`${tmpdir()}/libproc-process-`);
    // The program kills its whole process group.
    const command = ["setsid", compileProgram(["threads.c"], "threads"), folder, "busy"];
    const child = spawn(command[0]!, command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
    const gone = once(child, "exit");
    try {
      const roles = new Map<string, number>();
      const line = linesOf(child);
      for (let said = await line(); said !== "ready"; said = await line()) {
        const [role = "", id = ""] = said.split(" ");
        roles.set(role, Number(id));
      }
      const pid = roles.get("first")!;
      const threads = new Map(openProcess(pid).threads().map((thread) => [thread.id, thread]));
      const of = (role: string) => threads.get(roles.get(role)!)!;
      assertEquals(threads.size, roles.size);
      assertEquals(of("parentheses").name, ") R 1 1 1 (");
      assertEquals(of("plain").name, "threads");
      assertEquals(of("plain").state, "waiting");
      assertEquals(of("running").state, "running");
      assertEquals(of("uninterruptible").state, "uninterruptible");
      assertEquals([of("nice").priority, of("nice").basePriority], [24, 24]);
      assertEquals([of("plain").policy, of("plain").basePriority], [
        "timeshare",
        31 - getPriority(),
      ]);
      assertEquals([of("fifo").policy, of("fifo").basePriority], ["fifo", 73]);
      assertEquals([of("round-robin").policy, of("round-robin").basePriority], ["roundRobin", 127]);
      assertGreaterOrEqual(of("user").userTimeNs, 150e6);
      assertGreaterOrEqual(of("kernel").systemTimeNs, 150e6);
      assertGreaterOrEqual(of("kernel").cpuTimeNs, 300e6 - 1e6);
      const { userTimeNs, systemTimeNs, cpuTimeNs } = of("kernel");
      assertGreaterOrEqual(cpuTimeNs, userTimeNs + systemTimeNs);
      assertLess(cpuTimeNs, userTimeNs + systemTimeNs + 2e7);
      assertEquals(of("plain").idle, false);
    } finally {
      child.stdin!.end();
      await gone;
      rmSync(folder, { recursive: true });
    }
  },
);

test("regions() agrees with the kernel's map", { skip }, () => {
  const plain = of("plain");
  const map = readFileSync(`/proc/${plain.pid}/maps`, "latin1").trim().split("\n");
  const expected = map.filter((line) => !line.endsWith("[vsyscall]")).map((line) => {
    const [, start = "", end = "", protection = "", offset = "", inode = "", path = ""] =
      /^(\w+)-(\w+) (\S+) (\w+) \S+ (\d+)\s*(.*)$/.exec(line)!;
    return {
      address: `0x${BigInt(`0x${start}`).toString(16)}`,
      sizeBytes: Number(BigInt(`0x${end}`) - BigInt(`0x${start}`)),
      protection: protection.slice(0, 3),
      offset: Number(`0x${offset}`) as number | undefined,
      inode: inode === "0" ? undefined : inode,
      path: path.startsWith("/") ? path : undefined,
    };
  });
  const found = plain.regions().filter(({ address }) => BigInt(address) < 1n << 63n);
  assertEquals(
    found.map(({ address, sizeBytes, protection, offset, inode, path }) => ({
      address,
      sizeBytes,
      protection,
      offset,
      inode,
      path,
    })),
    expected,
  );
  const executable = plain.executable().path;
  const text = found.find(({ path, protection }) => path === executable && protection === "r-x")!;
  assertEquals([text.shareMode, text.inheritance, text.wired], ["copyOnWrite", "copy", false]);
  assertEquals(text.inode, `${statSync(executable, { bigint: true }).ino}`);
  assertEquals(text.device, statSync(executable).dev);
  assertGreater(text.residentBytes!, 0);
  assertLessOrEqual(text.residentBytes!, text.sizeBytes);
  const resident = found.reduce((sum, { residentBytes = 0 }) => sum + residentBytes, 0);
  // The kernel's total may lag behind.
  assertAlmostEquals(plain.memory().residentBytes!, resident, 1 << 20);
});

test("memory() agrees with /proc, and counts what a process takes", { skip }, async () => {
  const size = 64 << 20;
  const script =
    `b = bytearray(b"x" * ${size}); import signal; print("there", flush=True); signal.pause()`;
  await withChild(["python3", "-c", script], {}, async (child, handle) => {
    await linesOf(handle)();
    const memory = child.memory();
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    const kib = (name: string) =>
      Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)![1]) * 1024;
    assertEquals(memory.missing, {});
    assertGreater(memory.residentBytes!, size);
    assertAlmostEquals(memory.residentBytes!, kib("VmRSS"), 1 << 20);
    assertEquals(memory.virtualBytes, kib("VmSize"));
    assertGreater(memory.footprintBytes!, size);
    assertAlmostEquals(memory.footprintBytes!, kib("RssAnon") + kib("VmSwap"), 1 << 20);
    assertGreaterOrEqual(memory.peakBytes!, memory.residentBytes! - (1 << 20));
    assertEquals(memory.wiredBytes, 0);
    assertEquals(ps(child.pid, "vsz="), `${memory.virtualBytes! / 1024}`);
  });
});

test("resourceUsage() counts processor time, faults, and bytes", { skip }, async () => {
  // It says how long it has run by its own clock, and waits.
  const script = [
    "import os, signal, time",
    "while time.process_time() < 0.3: pass",
    "f = open('/dev/shm/libproc-usage', 'wb'); f.close(); os.unlink('/dev/shm/libproc-usage')",
    "print(time.process_time_ns(), flush=True)",
    "signal.pause()",
  ].join("\n");
  await withChild(["python3", "-c", script], {}, async (child, handle) => {
    const said = Number(await linesOf(handle)());
    // print() and pause() take a little more.
    await until("it is sleeping", () => child.state() === "sleeping");
    const usage = child.resourceUsage();
    const { cpuTimeNs, userTimeNs, systemTimeNs, missing } = usage;
    assertGreaterOrEqual(cpuTimeNs!, said);
    assertLess(cpuTimeNs!, said + 100e6);
    assertGreaterOrEqual(cpuTimeNs!, userTimeNs! + systemTimeNs!);
    assertLess(cpuTimeNs!, userTimeNs! + systemTimeNs! + 2e7);
    assertGreater(usage.pageFaults!, 0);
    assertEquals(typeof usage.readBytes, "number");
    assertEquals(typeof usage.childUserTimeNs, "number");
    const unsupported = ["interruptWakeups", "packageWakeups", "instructions", "cycles"] as const;
    assertEquals(
      missing,
      Object.fromEntries(
        [...unsupported, "energyNanojoules"].map((name) => [name, "unsupported"]),
      ),
    );
    const { contextSwitches, runnableTimeNs } = child.read("switches");
    assertGreaterOrEqual(contextSwitches!, 1);
    assertGreaterOrEqual(runnableTimeNs!, cpuTimeNs!);
  });
});

test(
  "cpuPercent() measures from one call to the next, each object on its own",
  { skip },
  async () => {
    await withChild(["sh", "-c", "while :; do :; done"], {}, async (child) => {
      const other = openProcess(child.pid);
      assertEquals(child.cpuPercent(), undefined);
      await sleep(100);
      // The other object's first look is no second look of the first.
      assertEquals(other.cpuPercent(), undefined);
      await sleep(400);
      const percent = child.cpuPercent()!;
      assertEquals(child.state(), "running");
      assertGreater(percent, 0);
      // One thread has one processor at most, whatever the clocks add.
      assertLess(percent, 130);
      for (let i = 0; i < 1000; i++) {
        const soon = child.cpuPercent();
        assert(soon === undefined || (Number.isFinite(soon) && soon >= 0), `${soon}`);
      }
    });
  },
);

test("limits() agrees with the shell that set them", { skip }, async () => {
  const script = "ulimit -n 123; ulimit -Sc 5; ulimit -Hc 7; ulimit -t 1000; exec sleep 1000";
  await withChild(["bash", "-c", script], {}, async (child) => {
    await executed(child, "sleep");
    const limits = child.limits();
    assertEquals(limits.openFiles, { soft: 123, hard: 123 });
    assertEquals(limits.coreBytes, { soft: 5 * 1024, hard: 7 * 1024 });
    assertEquals(limits.cpuSeconds, { soft: 1000, hard: 1000 });
    assertEquals(limits.fileBytes, { soft: undefined, hard: undefined });
    assertEquals(Object.keys(limits).length, process.platform === "linux" ? 16 : 9);
  });
});

test("setLimit() sets what the kernel then has, and nothing else", { skip }, async () => {
  await withChild(
    ["bash", "-c", "ulimit -n 200; ulimit -c 0; exec sleep 1000"],
    {},
    async (child) => {
      await executed(child, "sleep");
      const before = child.limits();
      const kernel = (name: string) =>
        readFileSync(`/proc/${child.pid}/limits`, "utf8").split("\n").find((line) =>
          line.startsWith(name)
        )!.split(/ {2,}/).slice(1, 3);
      child.setLimit("openFiles", { soft: 100, hard: 150 });
      assertEquals(kernel("Max open files"), ["100", "150"]);
      child.setLimit("fileBytes", { soft: 2 ** 40 + 1, hard: undefined });
      assertEquals(kernel("Max file size"), [`${2 ** 40 + 1}`, "unlimited"]);
      child.setLimit("fileBytes", { soft: undefined, hard: undefined });
      assertEquals(kernel("Max file size"), ["unlimited", "unlimited"]);
      assertEquals(child.limits(), { ...before, openFiles: { soft: 100, hard: 150 } });
      const wrong: [name: unknown, limit: unknown, message: RegExp][] = [
        ["nofile", { soft: 1, hard: 1 }, /^Cannot pass name as it must be one of .*"nofile"$/],
        [
          "openFiles",
          { soft: 151, hard: 150 },
          /^Cannot pass limit\.soft .* 150: current value is 151$/,
        ],
        [
          "openFiles",
          { soft: undefined, hard: 150 },
          /^Cannot pass limit\.soft .* 150: .* undefined$/,
        ],
        ["openFiles", { soft: -1, hard: 150 }, /^Cannot pass limit\.soft .*: current value is -1$/],
        [
          "openFiles",
          { soft: 1, hard: 1.5 },
          /^Cannot pass limit\.hard .*: current value is 1\.5$/,
        ],
        [
          "openFiles",
          { soft: 1 },
          /^Cannot pass limit as it must have hard, which may be undefined$/,
        ],
        ["openFiles", null, /^Cannot pass limit as it must be an object: it is null$/],
      ];
      for (const [name, limit, message] of wrong) {
        assertMatch(
          assertThrows(
            () => child.setLimit(name as "openFiles", limit as { soft: 1; hard: 1 }),
            Error,
          )
            .message,
          message,
        );
      }
      assertEquals(kernel("Max open files"), ["100", "150"]);
    },
  );
});

test("setLimit() sets each limit that limits() reads, and no other", { skip }, async () => {
  await withChild(["sleep", "1000"], {}, async (child) => {
    await executed(child, "sleep");
    const limits = { ...child.limits() };
    const names = Object.keys(limits) as ProcessLimitName[];
    assertEquals(names.length, 16);
    for (const [i, name] of names.entries()) {
      const { hard } = limits[name]!;
      // So much that the child still finds all it needs, whatever it does.
      const limit = { soft: Math.min(2 ** 40 + i, Math.max((hard ?? Infinity) - i, 0)), hard };
      child.setLimit(name, limit);
      limits[name] = limit;
      assertEquals(child.limits(), limits, name);
    }
  });
});

test("setLimit() is refused where it takes privileges, and to what has ended", {
  skip: rootSkip,
}, async () => {
  await withChild(["sleep", "1000"], {}, async (child) => {
    await executed(child, "sleep");
    const refused = runWrapped(
      AS_NOBODY,
      `import { openProcess } from "./mod.ts";
const own = openProcess(process.pid), other = openProcess(${child.pid});
const outcome = (set) => { try { set(); return "set"; } catch ({ name, message }) { return [name, message]; } };
const { hard } = own.limits().openFiles;
console.log(JSON.stringify([
  outcome(() => own.setLimit("openFiles", { soft: 64, hard })),
  outcome(() => own.setLimit("openFiles", { soft: 64, hard: hard + 1 })),
  outcome(() => other.setLimit("coreBytes", { soft: 0, hard: 0 })),
  own.limits().openFiles.soft,
]));`,
    ) as unknown[];
    const [lowered, raised, foreign, soft] = refused;
    assertEquals([lowered, soft], ["set", 64]);
    assertMatch(
      `${raised}`,
      /^AccessDeniedError,Cannot set the limits of process \d+: permission denied$/,
    );
    assertEquals(foreign, [
      "AccessDeniedError",
      `Cannot set the limits of process ${child.pid}: permission denied`,
    ]);
  });
  const gone = new Process({ pid: process.pid, uniqueId: "1" });
  assertThrows(() => gone.setLimit("coreBytes", { soft: 0, hard: 0 }), ProcessGoneError);
});

test("credentials() reports users, groups and capabilities", { skip: rootSkip }, async () => {
  const users = of("users").credentials();
  assertEquals([users.realUserId, users.userId, users.savedUserId], [1234, 2345, 3456]);
  assertEquals([users.realGroupId, users.groupId, users.savedGroupId], [4321, 5432, 6543]);
  assertEquals([users.userName, users.missing], [undefined, {}]);
  const own = openProcess(process.pid).credentials();
  assertEquals([own.userName, own.effectiveCapabilities![0]], ["root", "CAP_CHOWN"]);
  const command = [
    ...["setpriv", "--reuid=65534", "--regid=65534", "--groups=7,8", "--no-new-privs"],
    ...["--inh-caps=-all,+kill", "--bounding-set=-all,+kill,+checkpoint_restore"],
    ...["sleep", "1000"],
  ];
  await withChild(command, {}, async (child) => {
    await executed(child, "sleep");
    const row = child.credentials();
    assertEquals(row.supplementaryGroupIds, [7, 8]);
    assertEquals([row.userName, row.noNewPrivileges], ["nobody", true]);
    assertEquals(row.systemCallFilter, "none");
    assertEquals([row.effectiveCapabilities, row.permittedCapabilities], [[], []]);
    assertEquals([row.inheritableCapabilities, row.ambientCapabilities], [["CAP_KILL"], []]);
    assertEquals(row.boundingCapabilities, ["CAP_KILL", "CAP_CHECKPOINT_RESTORE"]);
  });
});

test(
  "namespaces() reports the inodes of namespaces, and the ids in them",
  { skip: rootSkip },
  () =>
    withChild(
      ["unshare", "--fork", "--kill-child", "--pid", "--net", "sleep", "1000"],
      {},
      async (child) => {
        await until("the child has executed its program", () =>
          child.children()[0]?.name() === "sleep");
        const [inner] = child.children();
        const { inodes, pids } = inner!.namespaces();
        const own = openProcess(process.pid).namespaces();
        const inode = (pid: number, kind: string) =>
          Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/${kind}`))![1]!);
        for (const kind of ["pid", "net"] as const) {
          assertEquals(inodes[kind], inode(inner!.pid, kind));
          assert(inodes[kind] !== own.inodes[kind], kind);
        }
        assertEquals(inodes.user, own.inodes.user);
        assertEquals(pids, [inner!.pid, 1]);
        assertEquals(own.pids, [process.pid]);
      },
    ),
);

test(
  "priority() reports the nice value and the scheduling",
  { skip },
  () =>
    withChild(["nice", "-n", "7", "sleep", "1000"], {}, async (child) => {
      await executed(child, "sleep");
      assertEquals(child.priority(), {
        pid: child.pid,
        nice: getPriority() + 7,
        basePriority: 24 - getPriority(),
        schedulingPolicy: "timeshare",
        missing: {},
      });
      assertEquals(ps(child.pid, "ni="), `${getPriority() + 7}`);
    }),
);

test("info() agrees with ps", { skip }, () => {
  for (const role of ["plain", "users", "member", "terminal", "name", "stopped", "zombie"]) {
    const info = of(role).info();
    const [ppid, pgid, uid, gid, ruid, state = ""] = ps(info.pid, "ppid=,pgid=,uid=,gid=,ruid=,s=")
      .split(/\s+/);
    assertEquals(
      [info.parentPid, info.processGroupId, info.userId, info.groupId, info.realUserId],
      [ppid, pgid, uid, gid, ruid].map(Number),
    );
    const letters: Record<string, string> = { S: "sleeping", T: "stopped", Z: "zombie" };
    assertEquals(info.state as string, letters[state]);
    const seconds = Number(ps(info.pid, "etimes="));
    assertAlmostEquals(info.startedAt!, Date.now() - seconds * 1000, 3000);
  }
});

// Signals and the end

test(
  "stop(), resume() and terminate() steer a process, and wait() reports its end",
  { skip },
  () =>
    withChild(["sleep", "1000"], {}, async (child) => {
      child.stop();
      await until("it is stopped", () => child.state() === "stopped");
      child.resume();
      await until("it is sleeping", () => child.state() === "sleeping");
      const end = child.wait();
      child.terminate();
      const { pid } = await end;
      assertEquals(pid, child.pid);
      await until("it is gone", () => outcome(() => child.state()) === "ProcessGoneError");
      assertEquals(child.isRunning(), false);
    }),
);

test(
  "kill() ends a process that ignores everything else",
  { skip },
  () =>
    withChild(["sh", "-c", "trap '' TERM; echo; read _"], {}, async (child, handle) => {
      await linesOf(handle)();
      child.terminate();
      assert(child.isRunning());
      const end = child.wait();
      child.kill();
      const { pid } = await end;
      assertEquals(pid, child.pid);
      await until("it has ended", () => !child.isRunning());
    }),
);

test("signal() refuses what is not a signal", { skip }, () => {
  for (const wrong of ["SIGNOPE", 0, 65, -9, 1.5]) {
    assertThrows(() => of("plain").signal(wrong as number), RangeError, "signal");
  }
  for (const wrong of [undefined, null, {}]) {
    assertThrows(() => of("plain").signal(wrong as unknown as number), TypeError, "signal");
  }
  assert(of("plain").isRunning());
});

test("every method of a process that has ended throws ProcessGoneError", { skip }, async () => {
  const child = await withChild(["sleep", "1000"], {}, (child) => child);
  await until("it is gone", () => outcome(() => child.state()) === "ProcessGoneError");
  for (const [name, what] of Object.entries(outcomes(child))) {
    assertEquals([name, what], [name, "ProcessGoneError"]);
  }
  assertThrows(() => child.signal("SIGTERM"), ProcessGoneError);
  await assertRejects(() => child.wait(), ProcessGoneError);
  assertEquals(child.isRunning(), false);
  assertThrows(() => child.kill(), ProcessGoneError);
  const identity = child.identity();
  const { missing, ...rest } = child.toJSON();
  assertEquals(rest as unknown, identity);
  assertEquals([missing.state, missing.name, new Set(Object.values(missing))], [
    ...["gone", "gone", new Set(["gone"])],
  ]);
  assertEquals("uniqueId" in missing, false);
});

test("no method answers for another process that reuses the id", {
  skip: rootSkip,
}, async () => {
  await withChild([compileProgram(["reuse.c"], "reuse")], {}, async (_, handle) => {
    const line = linesOf(handle);
    const first = openProcess(Number(await line()));
    // The next process must not start within the same tick.
    await sleep(50);
    handle.stdin!.write("\n");
    assertEquals(await line(), "again");
    const second = openProcess(first.pid);
    assert(second.uniqueId !== first.uniqueId);
    assert(second.isRunning());
    for (const [name, what] of Object.entries(outcomes(first))) {
      assertEquals([name, what], [name, "ProcessGoneError"]);
    }
    assertEquals(first.isRunning(), false);
    assertThrows(() => first.signal("SIGKILL"), ProcessGoneError);
    await assertRejects(() => first.wait(), ProcessGoneError);
    assertThrows(() => new Process(first.identity()).name(), ProcessGoneError);
    assert(second.isRunning());
    handle.stdin!.end();
    await once(handle, "exit");
  });
});

test("a disposed Process throws TypeErrors and ends its waits", { skip }, async () => {
  const waits: Promise<unknown>[] = [];
  const plain = of("plain");
  {
    using same = plain;
    waits.push(same.wait(), same.wait({ signal: new AbortController().signal, ref: false }));
  }
  for (const wait of waits) {
    await assertRejects(() => wait, TypeError, `process ${plain.pid} as it was disposed of`);
  }
  await assertRejects(() => plain.wait(), TypeError, "disposed");
  for (const ask of Object.values(METHODS)) assertThrows(() => ask(plain), TypeError, "disposed");
  for (const ask of [() => plain.identity(), () => plain.isRunning(), () => plain.stop()]) {
    assertThrows(ask, TypeError, "disposed");
  }
  plain[Symbol.dispose]();
  assertEquals([plain.pid, of("plain").isRunning()], [cast.pid("plain"), true]);
});

test("wait() ends with its signal, and leaves no descriptor open", { skip }, async () => {
  const plain = of("plain");
  await assertRejects(() => plain.wait({ signal: AbortSignal.timeout(1) }));
  const before = openFiles();
  for (let i = 0; i < 20; i++) {
    const stop = new AbortController();
    const wait = plain.wait({ signal: stop.signal });
    stop.abort(new RangeError("enough"));
    await assertRejects(() => wait, RangeError, "enough");
  }
  assertEquals(openedSince(before), []);
});

// All processes

test(
  "every method answers, or throws an error of this module, about every process",
  { skip },
  () => {
    const usual = new Set([
      ...["value", "ProcessGoneError", "ZombieError", "AccessDeniedError"],
      "ProcessStartingError",
    ]);
    const wrong: string[] = [];
    let kernelThreads = 0;
    const all = getAllPids();
    for (const pid of [...all.slice(0, 12), ...all.slice(-12)]) {
      let found;
      let one;
      try {
        one = openProcess(pid);
        found = outcomes(one);
      } catch (error) {
        assertInstanceOf(error, ProcessGoneError);
        continue;
      }
      const isKernel = outcome(() => one.info()) === "value" && one.info().kernelThread;
      if (isKernel) {
        kernelThreads++;
        assertEquals([found["executable"], one.regions()], ["NotSupportedError", []]);
        assertEquals([one.arguments(), one.argumentBytes()], [[], []]);
      }
      for (const [name, what] of Object.entries(found)) {
        // A kernel thread has no executable file and no arguments.
        if (!usual.has(what) && !isKernel) wrong.push(`${pid} ${name}: ${what}`);
      }
    }
    assertEquals(wrong, []);
    // If kernel threads are visible, process 2 is one. It is among the last of the list.
    assertEquals(
      kernelThreads > 0,
      outcome(() => assert(openProcess(2).info().kernelThread)) === "value",
    );
  },
);

// Other users

test("another user's process reports what Linux reports to every user", { skip: rootSkip }, () => {
  const found = runWrapped(
    AS_NOBODY,
    `import { openProcess } from "./lib/process/process.ts";
    import { outcomes } from "./tests/process/process_methods.ts";
    const one = openProcess(${cast.pid("plain")});
    console.log(JSON.stringify({ ...outcomes(one), named: one.name() }));`,
  ) as Record<string, string>;
  const refused = Object.keys(found).filter((name) => found[name] === "AccessDeniedError");
  assertEquals(
    new Set(refused),
    new Set([
      "executable",
      "environment",
      "environmentBytes",
      "workingDirectory",
      "rootDirectory",
      "regions",
      "descriptors",
      "files",
      "sockets",
      "namespaces",
    ]),
  );
  const { named, ...rest } = found;
  assertEquals(named, "cast");
  assertEquals(
    new Set(Object.values(rest)),
    new Set(["AccessDeniedError", "value"]),
  );
});

test("another user may not signal a process", { skip: rootSkip }, () => {
  const found = runWrapped(
    AS_NOBODY,
    `import { openProcess } from "./lib/process/process.ts";
    import { outcome } from "./tests/process/process_methods.ts";
    const one = openProcess(${cast.pid("plain")});
    console.log(JSON.stringify(outcome(() => one.terminate())));`,
  );
  assertEquals(found, AccessDeniedError.name);
  assert(of("plain").isRunning());
});
