import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertMatch,
  assertThrows,
} from "@std/assert";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  ERRNO,
  type Group,
  type Host,
  openHost,
  openKernel,
  processes,
  type ProcessSnapshot,
  processTable,
  SystemCallError,
  tableRow,
} from "../../mod.ts";
import { ALL_GROUPS, DEFAULT_GROUPS, type Groups } from "../../lib/process/groups.ts";
import type { Missing } from "../../lib/process/errors.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { startStage } from "../support/stage.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";
import { xnuHost, xnuRule } from "../support/xnu_rule.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const needsRoot = skip || (process.getuid?.() === 0 ? false : "needs root");

/** The roles of `cast.c` that live. */
const LIVING = [
  ...["plain", "users", "leader", "member", "terminal", "name", "leaderless", "stopped"],
  ...["traced", "tracer"],
];
const ZOMBIES = ["zombie", "zombie-member"];
/** What is left of a zombie. */
const LEFT: readonly Group[] = [
  ...["ids", "names", "state", "start", "user", "credentials", "terminal", "priority"] as const,
];
const TAKEN = ALL_GROUPS.filter((group) => !LEFT.includes(group));

let cast: Cast;
let odd: Cast;
let folder: string;
let startedAfter = 0;
let startedBefore = 0;

before(async () => {
  if (needsRoot !== false) return;
  // A link among the parents would show as where it leads.
  folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-oddities-`));
  startedAfter = Date.now();
  [cast, odd] = await Promise.all([startCast(), startCast("oddities", [folder])]);
  startedBefore = Date.now();
});

after(async () => {
  await cast?.[Symbol.asyncDispose]();
  await odd?.[Symbol.asyncDispose]();
  // Paths in it are longer than the runtimes take.
  if (folder) execFileSync("rm", ["-rf", folder]);
});

/** What is read of some processes, by their ids. */
function read<G extends Group>(
  pids: readonly number[],
  groups: readonly G[],
  source: Parameters<typeof processes>[0] = {},
): Map<number, ProcessSnapshot<G>> {
  const { kernel, host } = source;
  const options = { ...(kernel && { kernel }), ...(host && { host }), pids, groups };
  return new Map(processes(options).map((snapshot) => [snapshot.pid, snapshot]));
}

/** A group of one process, which must have a value. */
function value<G extends Group>(pid: number, group: G): Groups[G] {
  const [snapshot] = processes({ groups: [group], pids: [pid] });
  assert(snapshot, `process ${pid} is not there`);
  assert(typeof snapshot[group] !== "string", `${group} of ${pid} is ${snapshot[group]}`);
  return snapshot[group] as Groups[G];
}

/** The words of `ps` about some processes, by their ids. */
function ps(columns: readonly string[], pids: readonly number[]): Map<number, string[]> {
  const format = ["pid", ...columns].map((column) => `${column}=`).join(",");
  const text = execFileSync("ps", ["-ww", "-o", format, "-p", pids.join(",")], {
    encoding: "utf8",
  });
  return new Map(
    text.trimEnd().split("\n").map((line) => {
      const [pid, ...words] = line.trim().split(/\s+/);
      return [Number(pid), words];
    }),
  );
}

/** A line of a file in `/proc` that starts with a name, without it. */
function line(pid: number, file: string, name: string): string {
  const text = readFileSync(`/proc/${pid}/${file}`, "latin1");
  return text.split("\n").find((line) => line.startsWith(`${name}:`))!.slice(name.length + 1)
    .trim();
}

test("processes() says what ps says of ids, users, priority, memory and threads", {
  skip: needsRoot,
}, () => {
  const roles = [...LIVING, ...ZOMBIES].map((role) => cast.pid(role));
  const pids = [...roles, ...["nice", "threads", "memory"].map((role) => odd.pid(role))];
  const columns = ["ppid", "pgid", "euid", "egid", "ruid", "rgid", "svuid", "svgid", "ni", "nlwp"];
  const said = ps([...columns, "vsz", "rss", "tpgid"], pids);
  const found = read(pids, ALL_GROUPS);
  assertEquals(found.size, pids.length);
  for (const [pid, words] of said) {
    const [ppid, pgid, euid, egid, ruid, rgid, svuid, svgid, ni, nlwp, vsz, rss, tpgid] = words
      .map(Number);
    const { ids, user, credentials, priority, threads, memory, terminal } = found.get(pid)!;
    assert(typeof ids === "object" && typeof terminal === "object");
    assertEquals([ids.parentPid, ids.processGroupId], [ppid, pgid]);
    assertEquals(terminal.foregroundProcessGroupId ?? -1, tpgid);
    assertEquals(user, { userId: euid!, groupId: egid! });
    assertEquals(credentials, {
      realUserId: ruid!,
      effectiveUserId: euid!,
      savedUserId: svuid!,
      realGroupId: rgid!,
      effectiveGroupId: egid!,
      savedGroupId: svgid!,
    });
    assertEquals(priority, { nice: ni! });
    if (ZOMBIES.some((role) => cast.pid(role) === pid)) continue;
    assertEquals(threads, { threadCount: nlwp! });
    assert(typeof memory === "object");
    // The first thread of one has no memory any more, and ps asks no other.
    if (pid === cast.pid("leaderless")) continue;
    assertEquals(memory.virtualBytes, vsz! * 1024);
    assertAlmostEquals(memory.residentBytes, rss! * 1024, 1 << 20);
  }
  assertEquals(value(cast.pid("users"), "credentials"), {
    realUserId: 1234,
    effectiveUserId: 2345,
    savedUserId: 3456,
    realGroupId: 4321,
    effectiveGroupId: 5432,
    savedGroupId: 6543,
  });
  assertEquals(value(odd.pid("nice"), "priority"), { nice: 7 });
  assertEquals(value(odd.pid("threads"), "threads"), { threadCount: 5 });
  assertGreater(value(odd.pid("memory"), "memory").residentBytes, 16 << 20);
});

test("processes() says what each process of the cast is doing", { skip: needsRoot }, () => {
  const letters: Readonly<Record<string, string>> = {
    R: "running",
    S: "sleeping",
    D: "sleeping",
    T: "stopped",
    t: "stopped",
    Z: "zombie",
  };
  const roles = [...LIVING, ...ZOMBIES].filter((role) => role !== "leaderless");
  const said = ps(["stat"], roles.map((role) => cast.pid(role)));
  for (const role of roles) {
    const [stat = ""] = said.get(cast.pid(role))!;
    assertEquals(value(cast.pid(role), "state"), { state: letters[stat[0]!] }, role);
  }
  assertEquals(value(cast.pid("stopped"), "state"), { state: "stopped" });
  assertEquals(value(cast.pid("zombie"), "state"), { state: "zombie" });
  assertEquals(value(cast.pid("leaderless"), "state"), { state: "sleeping" });
});

test("processes() says when processes began and what they used", { skip: needsRoot }, () => {
  const pid = cast.pid("plain");
  const { startedAt } = value(pid, "start");
  // The kernel counts in ticks.
  assertGreater(startedAt, startedAfter - 1000);
  assertGreater(startedBefore + 1000, startedAt);
  const { userTimeNs, systemTimeNs, cpuTimeNs } = value(pid, "cpu");
  assertEquals(userTimeNs + systemTimeNs, cpuTimeNs);
  const [time] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
  assertEquals(cpuTimeNs, Number(time));
  const { footprintBytes } = value(odd.pid("memory"), "footprint");
  const [anonymous = 0, swapped = 0] = ["RssAnon", "VmSwap"].map((name) =>
    parseInt(line(odd.pid("memory"), "status", name))
  );
  assertEquals(footprintBytes, (anonymous + swapped) * 1024);
  assertGreater(footprintBytes, 16 << 20);
  const written = odd.pid("written");
  assertEquals(value(written, "io"), {
    readBytes: Number(line(written, "io", "read_bytes")),
    writtenBytes: Number(line(written, "io", "write_bytes")),
  });
});

test("processes() says who has which terminal", { skip: needsRoot }, () => {
  const pid = cast.pid("terminal");
  assertEquals(value(pid, "terminal"), {
    terminalDevice: openHost().terminal(cast.said("terminal")),
    foregroundProcessGroupId: pid,
    sessionLeader: true,
  });
  // Not in foreground of any, as it has none: nothing is 0 in its place.
  const [, , tty] = ps(["pgid", "ppid", "tty"], [cast.pid("plain")]).get(cast.pid("plain"))!;
  const plain = value(cast.pid("plain"), "terminal");
  assertEquals(plain.terminalDevice === undefined, tty === "?");
  assertEquals(plain.sessionLeader, false);
});

test("processes() says names as they are", { skip: needsRoot }, () => {
  const named = (role: string) => value(odd.pid(role), "names").name;
  assertEquals(named("newline"), "a\nb) R 1 (");
  assertEquals(named("escape"), "\x1b[31mred\x07");
  assertEquals(named("brackets"), ")))(((");
  assertEquals(named("nameless"), "");
  assertEquals(named("bytes"), "\ufffd\ufffd\ufffd");
  assertEquals(value(cast.pid("name"), "names").name, ") R 1 1 1 (");
  // The kernel keeps 15 bytes, macOS 31.
  assertEquals(named("long"), "a name of more than fifteen byt");
  // What stands behind a name in the same file is not read in its place.
  assertEquals(value(odd.pid("newline"), "ids").parentPid, odd.pid("director"));
  assertEquals(value(odd.pid("brackets"), "state").state, "sleeping");
});

test("processes() says what processes were started with", { skip: needsRoot }, () => {
  const args = (role: string) => value(odd.pid(role), "args");
  // Linux gives a program that was started without a name an empty one.
  assertEquals(args("no-arguments"), { arguments: [""] });
  assertEquals(args("empty-argument"), { arguments: [""] });
  assertEquals(args("arguments"), { arguments: ["my prog", "", "x\ny", "\ufffd", ""] });
  assertEquals(args("titled"), { arguments: ["a title"], title: "a title" });
  assertEquals(args("nice").title, undefined);
  const environment = ["STAND=1", "SECRET=two\nlines", "EMPTY=", "SECRET=again"];
  for (const role of ["no-arguments", "empty-argument", "arguments", "titled"]) {
    assertEquals(value(odd.pid(role), "environment"), { environment }, role);
  }
  assertEquals(value(cast.pid("leaderless"), "args"), value(cast.pid("plain"), "args"));
  const { environment: own } = value(process.pid, "environment");
  assertEquals(own.includes(`PATH=${process.env.PATH}`), true);
});

test("processes() says where a program's file is, and whether it still is", {
  skip: needsRoot,
}, () => {
  const executable = (role: string) => value(odd.pid(role), "executable");
  assertEquals(executable("long"), {
    executablePath: `${folder}/a name of more than fifteen bytes`,
    deleted: false,
  });
  assertEquals(executable("deleted"), { executablePath: `${folder}/deleted`, deleted: true });
  assertEquals(executable("named-deleted"), {
    executablePath: `${folder}/x (deleted)`,
    deleted: false,
  });
  const executablePath = readlinkSync(`/proc/${cast.pid("plain")}/exe`);
  for (const role of LIVING) {
    assertEquals(value(cast.pid(role), "executable"), { executablePath, deleted: false }, role);
  }
});

test("processes() says where processes are, and nothing where that has no path", {
  skip: needsRoot,
}, () => {
  const cwd = (role: string) => value(odd.pid(role), "cwd");
  assertEquals(cwd("here"), { workingDirectory: `${folder}/w\n `, rootDirectory: "/" });
  assertEquals(cwd("jailed"), {
    workingDirectory: `${folder}/jail`,
    rootDirectory: `${folder}/jail`,
  });
  // 1024 bytes are all that there is room for.
  assertEquals(cwd("deep"), { rootDirectory: "/" });
  const { workingDirectory = `${folder}/gone` } = cwd("nowhere");
  assertEquals(workingDirectory, `${folder}/gone`);
  assertEquals(value(cast.pid("leaderless"), "cwd"), value(cast.pid("plain"), "cwd"));
});

test("processes() says zombie where a zombie has nothing any more", { skip: needsRoot }, () => {
  for (const source of [{}, { kernel: openKernel(), host: openHost() }]) {
    for (const role of ZOMBIES) {
      const snapshot = read([cast.pid(role)], ALL_GROUPS, source).get(cast.pid(role))!;
      for (const group of TAKEN) assertEquals(snapshot[group], "zombie", group);
      for (const group of LEFT) assertEquals(typeof snapshot[group], "object", group);
      assertEquals(snapshot.names, { name: "cast" });
      assertEquals(snapshot.state, { state: "zombie" });
      assert(typeof snapshot.ids === "object" && typeof snapshot.start === "object");
      assertEquals(snapshot.ids.parentPid, cast.pid("director"));
      assertGreater(snapshot.start.startedAt, startedAfter - 1000);
    }
  }
});

test("processes() tells of kernel threads what they have", { skip: needsRoot }, () => {
  const name = execFileSync("ps", ["-o", "comm=", "-p", "2"], { encoding: "utf8" }).trim();
  // In a process namespace of its own there are none.
  if (name !== "kthreadd") return;
  const { pid, ids, names, memory, executable, args, environment } = read([2], ALL_GROUPS).get(2)!;
  assertEquals([pid, names, memory], [2, { name }, { residentBytes: 0, virtualBytes: 0 }]);
  assertEquals(typeof ids === "object" && ids.parentPid, 0);
  assertEquals(executable, "unsupported");
  assertEquals(args, { arguments: [] });
  assertEquals(environment, { environment: [] });
});

test("processes() tells the same through the kernel alone as through the host", {
  skip: needsRoot,
}, () => {
  const cities = [...LIVING, ...ZOMBIES, "director"].map((role) => cast.pid(role));
  const oddities = ["newline", "nameless", "bytes", "no-arguments", "titled", "long", "deleted"];
  const more = ["named-deleted", "threads", "memory", "here", "nowhere", "deep", "jailed", "nice"];
  const pids = [...cities, ...[...oddities, ...more].map((role) => odd.pid(role))];
  const fast = read(pids, ALL_GROUPS);
  const slow = read(pids, ALL_GROUPS, { kernel: openKernel(), host: openHost() });
  assertEquals([...fast.keys()], [...pids].sort((a, b) => a - b));
  for (const [pid, one] of fast) {
    const other = slow.get(pid)!;
    for (const group of ALL_GROUPS) {
      if (group === "start") continue;
      assertEquals(one[group], other[group], `${group} of ${pid}`);
    }
    assert(typeof one.start === "object" && typeof other.start === "object");
    // Each finds out for itself when the machine started.
    assertAlmostEquals(one.start.startedAt, other.start.startedAt, 50);
  }
});

test("processes() follows XNU's rule of what is told of other users' processes", {
  skip: needsRoot,
}, () => {
  const others = [...LIVING, "zombie"].map((role) => cast.pid(role));
  const isOther = (pid: number) => others.includes(pid);
  const kernel = xnuRule(openKernel(), isOther);
  const host = xnuHost(openHost(), isOther);
  const open: Group[] = ["ids", "names", "user", "credentials", "executable"];
  const known = read(others, ALL_GROUPS);
  const told = read(others, ALL_GROUPS, { kernel, host });
  assertEquals([...told.keys()], [...known.keys()]);
  for (const role of LIVING) {
    const pid = cast.pid(role);
    for (const group of ALL_GROUPS) {
      // A stopped process is known as one; who runs, its threads would have to tell.
      const isOpen = open.includes(group) || (group === "state" && role === "stopped");
      const expected = isOpen ? known.get(pid)![group] : "denied";
      assertEquals(told.get(pid)![group], expected, `${group} of ${role}`);
    }
  }
  const zombie = told.get(cast.pid("zombie"))!;
  for (const group of ALL_GROUPS) {
    const denied = ["start", "terminal", "priority"].includes(group);
    const left = [...open, "state"].includes(group) && group !== "executable";
    const expected = denied ? "denied" : left ? known.get(zombie.pid)![group] : "zombie";
    assertEquals(zombie[group], expected, group);
  }
  // Of the caller's own the threads are known: none of them runs.
  const own = odd.pid("nice");
  assertEquals(read([own], ["state"], { kernel, host }).get(own)!.state, { state: "sleeping" });
});

test("processes() knows no state that the kernel's number does not stand for", { skip }, () => {
  const below = openKernel();
  for (const status of [0, 6, 0xffffffff]) {
    const kernel = scriptedKernel(({ callnum, pid, flavor, arg, flags, extId }, buffer) => {
      const answer = flags === undefined
        ? below.procInfo(callnum, pid, flavor, arg, buffer)
        : below.procInfoExtendedId(callnum, pid, flavor, flags, extId!, arg, buffer);
      if (flavor === 18) new DataView(buffer!.buffer).setUint32(4, status, true);
      return answer;
    });
    const [snapshot] = processes({ groups: ["state"], pids: [process.pid], kernel });
    assertEquals(snapshot, { pid: process.pid, state: "unsupported" });
  }
});

test("processes() of a kernel without a host leaves out what only a host says", { skip }, () => {
  const [snapshot] = processes({
    groups: ["names", "cpu", "args", "executable", "environment", "threads"],
    pids: [process.pid],
    kernel: openKernel(),
  });
  const { cpu, args, executable, environment, threads } = snapshot!;
  // Without the length of its unit, time is only a number.
  assertEquals([cpu, args, executable, environment], Array(4).fill("unsupported"));
  assert(typeof threads === "object");
  assertGreaterOrEqual(threads.threadCount, 1);
});

test("processes() reads arguments and environments only where they are asked for", {
  skip,
}, () => {
  const asked: string[] = [];
  const host: Host = {
    ...openHost(),
    arguments(pid) {
      asked.push(`arguments ${pid}`);
      return openHost().arguments(pid);
    },
    executable(pid) {
      asked.push(`executable ${pid}`);
      return openHost().executable(pid);
    },
  };
  const rest = ALL_GROUPS.filter((group) => !["args", "environment", "executable"].includes(group));
  const options = { kernel: openKernel(), host, pids: [process.pid] };
  processes(options);
  processes({ ...options, groups: rest });
  assertEquals(asked, []);
  processes({ ...options, groups: ["args"] });
  assertEquals(asked, [`arguments ${process.pid}`]);
  // And what is asked for is not in what is answered for another group.
  const [snapshot] = processes({ ...options, groups: ["args"] });
  assertEquals(Object.keys(snapshot!), ["pid", "args"]);
});

test("processes() never hands out an environment beside the arguments", { skip: needsRoot }, () => {
  const pids = [odd.pid("arguments"), odd.pid("titled"), odd.pid("no-arguments")];
  const table = processTable({ groups: ["args", "names", "executable", "cwd"], pids });
  const text = new TextDecoder().decode(table.textBytes);
  assertEquals(/SECRET|STAND/.test(text), false, text);
});

test("processes() tells nobody what only root is told", { skip: needsRoot }, () => {
  const pids = [cast.pid("plain"), cast.pid("zombie"), 1];
  const found = runWrapped(
    AS_NOBODY,
    `import process from "node:process";
    import { processes } from "./mod.ts";
    const groups = ${JSON.stringify(ALL_GROUPS)};
    const told = processes({ groups, pids: [...${JSON.stringify(pids)}, process.pid] });
    console.log(JSON.stringify(told, (_, value) =>
      typeof value === "bigint" ? String(value) : value));`,
  ) as (Record<Group, unknown> & { pid: number })[];
  assertEquals(found.length, 4);
  const [root, zombie, init] = pids.map((pid) => found.find((one) => one.pid === pid)!);
  const secret: Group[] = ["io", "executable", "cwd", "environment"];
  for (const group of ALL_GROUPS) {
    const expected = secret.includes(group) ? "denied" : "object";
    for (const one of [root!, init!]) {
      const told = one[group];
      assertEquals(typeof told === "string" ? told : typeof told, expected, group);
    }
    const left = LEFT.includes(group) ? "object" : "zombie";
    const told = zombie![group];
    assertEquals(typeof told === "string" ? told : typeof told, left, group);
  }
  assertEquals(root!.args, value(cast.pid("plain"), "args"));
  assertEquals(root!.names, value(cast.pid("plain"), "names"));
  const own = found.find((one) => !pids.includes(one.pid))!;
  assertEquals(ALL_GROUPS.map((group) => typeof own[group]), ALL_GROUPS.map(() => "object"));
});

test("processes() lists all there are, each once and in ascending order", { skip }, () => {
  const listed = processes({ groups: ["ids"] });
  const pids = listed.map(({ pid }) => pid);
  assertEquals(pids, [...new Set(pids)].sort((a, b) => a - b));
  assert(pids.includes(process.pid) && pids.includes(process.ppid));
  const own = listed.find(({ pid }) => pid === process.pid)!;
  assert(typeof own.ids === "object");
  assertEquals(own.ids.parentPid, process.ppid);
  assertEquals(processes({ groups: ["ids"], kernel: openKernel() }).at(0)?.pid, pids[0]);
});

test("processes() reads those that are asked for, each once", { skip }, () => {
  const { pid, ppid } = process;
  const some = processes({ groups: [], pids: [pid, 2 ** 31 - 1, ppid, pid, 0] });
  assertEquals(some, [{ pid: Math.min(pid, ppid) }, { pid: Math.max(pid, ppid) }]);
  assertEquals(processes({ pids: [] }), []);
  const [own] = processes({ groups: ["cpu", "ids", "cpu"], pids: [pid] });
  assertEquals(Object.keys(own!).sort(), ["cpu", "ids", "pid"]);
  assertEquals(Object.keys(processes({ pids: [pid] })[0]!), ["pid", ...DEFAULT_GROUPS]);
});

test("processes() keeps its head while processes come and go", {
  skip: needsRoot,
  timeout: 300_000,
}, async () => {
  await using _storm = await startStage("storm.c", () => []);
  const seen = new Set<number>();
  const lives = new Map<bigint, number>();
  let before = 0;
  for (let round = 0; round < 8; round++) {
    const source = round % 2 ? { kernel: openKernel(), host: openHost() } : {};
    const groups = round % 3 === 0 ? DEFAULT_GROUPS : ALL_GROUPS;
    const listed = processes({ groups, ...source });
    let last = -1;
    for (const snapshot of listed) {
      const { pid, ids, state, start, user } = snapshot;
      assertGreater(pid, last);
      last = pid;
      seen.add(pid);
      assert(typeof ids === "object" && typeof start === "object");
      assertGreater(ids.uniqueId, 0n);
      assertGreater(start.startedAt, 0);
      // One life never has two beginnings.
      const began = lives.get(ids.uniqueId) ?? start.startedAt;
      assertAlmostEquals(began, start.startedAt, 50);
      lives.set(ids.uniqueId, start.startedAt);
      assert(typeof state === "string" ? state === "gone" : state.state !== undefined);
      assert(typeof user === "string" ? user === "gone" : user.userId >= 0);
      checkPlausible(snapshot as ProcessSnapshot<Group>);
    }
    assert(seen.has(process.pid));
    const open = readdirSync("/proc/self/fd").length;
    if (round === 2) before = open;
  }
  assertGreater(before + 10, readdirSync("/proc/self/fd").length);
  assertGreater(seen.size, 50);
});

/** Looks for what cannot be true of any process. */
function checkPlausible(snapshot: ProcessSnapshot<Group>): void {
  const { pid, ids, cpu, memory, threads, args, executable, cwd, state } = snapshot;
  const missing: readonly Missing[] = ["denied", "gone", "zombie", "unsupported"];
  for (const group of ALL_GROUPS) {
    const told = snapshot[group];
    if (typeof told === "string") assert(missing.includes(told), `${group} of ${pid} is ${told}`);
  }
  if (typeof cpu === "object") assertEquals(cpu.userTimeNs + cpu.systemTimeNs, cpu.cpuTimeNs);
  if (typeof memory === "object") assertGreaterOrEqual(memory.residentBytes, 0);
  if (typeof threads === "object") assertGreaterOrEqual(threads.threadCount, 1);
  if (typeof executable === "object") assertMatch(executable.executablePath, /^\//);
  if (typeof cwd === "object") assertMatch(cwd.rootDirectory ?? "/", /^\//);
  const isZombie = typeof state === "object" && state.state === "zombie";
  if (isZombie) assertEquals(typeof args === "object", false);
  const isKernel = pid === 2 || (typeof ids === "object" && ids.parentPid === 2);
  if (typeof args === "object" && !isKernel) {
    assertGreater(args.arguments.length, 0, `process ${pid} has no arguments`);
  }
}

test("processes() does not say that there are no arguments in the midst of exec()", {
  skip,
}, async () => {
  const child = spawn(compileProgram(["restless.c"], "restless"), { stdio: "ignore" });
  try {
    let told = 0;
    const end = performance.now() + 20_000;
    for (let round = 0; round < 4000 || told === 0 && performance.now() < end; round++) {
      const source = round % 2 ? { kernel: openKernel(), host: openHost() } : {};
      const [snapshot] = processes({ groups: ["args"], pids: [child.pid!], ...source });
      const { args } = snapshot!;
      if (typeof args !== "object") continue;
      told++;
      assertGreater(args.arguments.length, 0);
    }
    assertGreater(told, 0);
  } finally {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
});

test("processes() refuses what is no group and no process id", { skip }, () => {
  const wrong = (groups: unknown[]) =>
    assertThrows(() => processes({ groups: groups as Group[] }), RangeError);
  assertMatch(wrong(["nope"]).message, /^Cannot read groups as .*: current value is "nope"$/);
  assertMatch(wrong(["ids", "toString"]).message, /current value is "toString"$/);
  assertMatch(wrong([undefined]).message, /current value is undefined$/);
  assertMatch(wrong([1n]).message, /current value is 1$/);
  assertMatch(wrong([""]).message, /current value is ""$/);
  for (const pid of [-1, 1.5, "1", NaN, Infinity, 2 ** 31, null, undefined, 1n, -0.5, {}]) {
    const error = assertThrows(() => processes({ pids: [1, pid as number] }), RangeError);
    assertMatch(error.message, /^Cannot pass pids as it must be an integer from 0 to 2147483647: /);
  }
});

test("processes() throws where the processes cannot be listed", { skip }, () => {
  for (const errno of [ERRNO.EPERM, ERRNO.EMFILE, ERRNO.EINVAL]) {
    const kernel = scriptedKernel(-errno);
    const error = assertThrows(() => processes({ kernel }), SystemCallError);
    assertEquals(error.errno, errno);
  }
});

test("tableRow() refuses a row that is not there", { skip }, () => {
  const table = processTable({ groups: ["names"], pids: [process.pid] });
  assertEquals(tableRow(table, 0).pid, process.pid);
  for (const row of [1, -1, 0.5, NaN, "0" as unknown as number]) {
    const error = assertThrows(() => tableRow(table, row));
    assertInstanceOf(error, RangeError);
    assertEquals(
      error.message,
      `Cannot read row as it must be an integer below 1: current value is ${row}`,
    );
  }
  structuredClone(table, { transfer: [table.pid.buffer] });
  assertThrows(() => tableRow(table, 0), RangeError, "below 0");
});

/** Whether two types are one. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

test("processes() has a type that says which groups there are", { skip }, () => {
  const some = processes({ groups: ["ids", "args"], pids: [process.pid] });
  const keys: Same<keyof typeof some[number], "pid" | "ids" | "args"> = true;
  const ids: Same<typeof some[number]["ids"], Groups["ids"] | Missing> = true;
  const every = processes({ pids: [process.pid] });
  const defaults: Same<keyof typeof every[number], "pid" | typeof DEFAULT_GROUPS[number]> = true;
  const table = processTable({ groups: ["memory"], pids: [process.pid] });
  const columns: Same<
    keyof typeof table,
    | ("count" | "groups" | "pid" | "readAtMs" | "status" | "textBytes" | "textEnds")
    | ("residentBytes" | "virtualBytes")
  > = true;
  const status: Same<keyof typeof table.status, "memory"> = true;
  const two = processTable({ groups: ["names", "io"], pids: [process.pid] });
  const both: Same<
    Exclude<keyof typeof two, keyof typeof table>,
    "name" | "readBytes" | "writtenBytes"
  > = true;
  const row: Same<ReturnType<typeof tableRow<"memory">>, ProcessSnapshot<"memory">> = true;
  assertEquals([keys, ids, defaults, columns, status, both, row], Array(7).fill(true));
  // @ts-expect-error: it was not asked for
  assertEquals(some[0]!.memory, undefined);
  // @ts-expect-error: there is no such group
  assertThrows(() => processes({ groups: ["nope"] }), RangeError);
  assertEquals(Object.keys(table).sort(), [
    ...["count", "groups", "pid", "readAtMs", "residentBytes", "status", "textBytes", "textEnds"],
    "virtualBytes",
  ]);
});
