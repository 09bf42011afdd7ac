import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertNotEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { openAdapter, openLibrary } from "../../ffi/runtime.ts";
import type { Census } from "../../lib/system/table.ts";
import { errnoName } from "../../lib/system/errors.ts";
import { offsetsOf } from "../../lib/layout/offsets.ts";
import { linuxHost } from "../../lib/linux/system.ts";
import { type Libc, libcPaths, openLibc } from "../../lib/linux/sys/libc.ts";
import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import { missingOf } from "../../lib/process/errors.ts";
import { ALL_GROUPS, DEFAULT_GROUPS } from "../../lib/process/groups.ts";
import { type KernelCall, scriptedKernel } from "../../lib/testing/mod.ts";
import {
  ERRNO,
  type Group,
  type Host,
  type Kernel,
  openHost,
  openKernel,
  PROC_FLAG_INEXIT,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKINFO,
  procBsdShortInfo,
  processes,
  type ProcessSnapshot,
  type ProcessTable,
  processTable,
  SystemCallError,
  tableBuffers,
  type TableHead,
  tableRow,
  tableText,
} from "../../mod.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { PID, type Privilege, twoLives } from "../support/two_lives.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const needsRoot = skip || (process.getuid?.() === 0 ? false : "needs root");

let cast: Cast;
before(async () => {
  if (needsRoot === false) cast = await startCast();
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
});

const descriptors = () => readdirSync("/proc/self/fd").length;
const rowsOf = <G extends Group>(table: Pick<ProcessTable<G>, keyof TableHead>) =>
  Array.from({ length: table.count }, (_, row) => tableRow(table, row));

/** What a kernel answers, through either of its two calls. */
function forwarded(below: Kernel): (call: KernelCall, buffer: Uint8Array | null) => number {
  return ({ callnum, pid, flavor, arg, flags, extId }, buffer) =>
    flags === undefined
      ? below.procInfo(callnum, pid, flavor, arg, buffer)
      : below.procInfoExtendedId(callnum, pid, flavor, flags, extId!, arg, buffer);
}

test("processTable() has a row for each process and a column for each value", { skip }, () => {
  const start = performance.now();
  const table = processTable({ groups: ["names", "ids", "cpu"] });
  const end = performance.now();
  assertEquals(table.groups, ["ids", "names", "cpu"]);
  assertEquals(Object.keys(table).sort(), [
    ...["count", "cpuTimeNs", "groups", "name", "parentPid", "pid", "processGroupId", "readAtMs"],
    ...["status", "systemTimeNs", "textBytes", "textEnds", "uniqueId", "userTimeNs"],
  ]);
  const { count, pid, readAtMs, status, parentPid, uniqueId, cpuTimeNs, name } = table;
  assertGreater(count, 2);
  const lengths = [pid, readAtMs, parentPid, uniqueId, cpuTimeNs, name, ...Object.values(status)]
    .map((column) => column.length);
  assertEquals(lengths, lengths.map(() => count));
  assertEquals(Object.keys(status), ["ids", "names", "cpu"]);
  const row = pid.indexOf(process.pid);
  assertEquals(parentPid[row], process.ppid);
  assert(readAtMs.every((at, row) => at >= (readAtMs[row - 1] ?? start) && at <= end));
  assertEquals(processTable().groups, DEFAULT_GROUPS);
  assertEquals(processTable({ pids: [], groups: ["args"] }).count, 0);
});

test("processTable() writes what is no value where there is none", { skip: needsRoot }, () => {
  const table = processTable({ groups: ALL_GROUPS, pids: [cast.pid("zombie")] });
  const { status, ...columns } = table;
  assertEquals([status.names[0], status.cpu[0], status.args[0]], [0, 3, 3]);
  const nothing = {
    userTimeNs: NaN,
    systemTimeNs: NaN,
    cpuTimeNs: NaN,
    residentBytes: NaN,
    virtualBytes: NaN,
    footprintBytes: NaN,
    threadCount: -1,
    readBytes: NaN,
    writtenBytes: NaN,
    executablePath: 0,
    deleted: -1,
    workingDirectory: 0,
    rootDirectory: 0,
    arguments: 0,
    argumentCount: -1,
    title: 0,
    environment: 0,
    environmentCount: -1,
  };
  for (const [name, value] of Object.entries(nothing)) {
    assertEquals(columns[name as keyof typeof nothing][0], value, name);
  }
  const gone = scriptedKernel(-ERRNO.EPERM);
  const denied = processTable({ groups: ALL_GROUPS, pids: [1], kernel: gone });
  assertEquals([denied.count, denied.pid[0], denied.uniqueId[0]], [1, 1, 0n]);
  assertEquals([denied.parentPid[0], denied.userId[0], denied.groupId[0]], [
    ...[-1, 0xffffffff, 0xffffffff],
  ]);
  assertEquals([denied.nice[0], denied.terminalDevice[0], denied.state[0]], [NaN, NaN, 0]);
  const [row] = rowsOf(denied);
  assertEquals(row, Object.fromEntries([["pid", 1], ...ALL_GROUPS.map((g) => [g, "denied"])]));
});

test("tableText() gives the texts of a table and refuses other numbers", { skip }, () => {
  const table = processTable({ groups: ["args", "environment"], pids: [process.pid] });
  const first = table.arguments[0]!;
  const { arguments: list } = openHost().arguments(process.pid);
  const texts = list.map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(texts.map((_, i) => tableText(table, first + i)), texts);
  assertEquals(tableText(table, 0), "");
  const { length } = table.textEnds;
  tableText(table, length - 1);
  for (const text of [length, -1, 1.5, NaN, 0xffffffff]) {
    const error = assertThrows(() => tableText(table, text), RangeError);
    assertEquals(
      error.message,
      `Cannot read text as it must be an integer below ${length}: current value is ${text}`,
    );
  }
});

test("processTable() uses the memory of an older table again", { skip }, () => {
  const groups = ["ids", "names", "memory", "args"] as const;
  const first = processTable({ groups });
  const buffers = tableBuffers(first);
  const pids = [process.pid, process.ppid];
  const second = processTable({ groups, pids, reuse: first });
  assertEquals(new Set(tableBuffers(second)), new Set(buffers));
  assertEquals(rowsOf(second).map(({ pid }) => pid), pids.sort((a, b) => a - b));
  // Nothing of the older one is left: all is as in a table of its own.
  const fresh = processTable({ groups, pids });
  for (const [row, { ids, names, args }] of rowsOf(second).entries()) {
    const one = tableRow(fresh, row);
    assertEquals({ ids, names, args }, { ids: one.ids, names: one.names, args: one.args });
  }
  assertEquals(second.textEnds.length, fresh.textEnds.length);
});

test("processTable() takes the memory of a table once", { skip }, () => {
  const groups = ["ids", "names"] as const;
  const first = processTable({ groups });
  const second = processTable({ groups, pids: [process.pid], reuse: first });
  const third = processTable({ groups, pids: [process.ppid], reuse: first });
  assertNotStrictEquals(second.pid.buffer, third.pid.buffer);
  assertEquals([second.pid[0], third.pid[0]], [process.pid, process.ppid]);
  // Two take turns, as for whoever compares each with the one before.
  const fourth = processTable({ groups, pids: [process.ppid], reuse: second });
  assertStrictEquals(fourth.pid.buffer, second.pid.buffer);
  assertEquals(third.pid[0], process.ppid);
});

test("processTable() leaves alone what it cannot use again", { skip }, () => {
  const pids = [process.pid];
  const first = processTable({ groups: ["ids", "names"], pids });
  for (const groups of [["ids"], ["ids", "memory"], ["ids", "names", "memory"]] as Group[][]) {
    const other = processTable({ groups, pids: [process.ppid], reuse: first });
    assertEquals(tableBuffers(other).some((one) => tableBuffers(first).includes(one)), false);
  }
  assertEquals([first.pid[0], first.parentPid[0]], [process.pid, process.ppid]);
  // Asked for in another order, they are the same groups.
  const same = processTable({ groups: ["names", "ids"], pids, reuse: first });
  assertStrictEquals(same.pid.buffer, first.pid.buffer);
  const copy = structuredClone(same);
  const second = processTable({ groups: ["ids", "names"], pids, reuse: copy });
  assertNotStrictEquals(second.pid.buffer, copy.pid.buffer);
});

test("processTable() leaves a table alone of which anything was handed over", { skip }, () => {
  const groups = ["ids", "names", "cpu"] as const;
  const count = tableBuffers(processTable({ groups })).length;
  for (let i = 0; i <= count; i++) {
    const table = processTable({ groups });
    const buffers = tableBuffers(table);
    const transfer = i === count ? buffers : [buffers[i]!];
    structuredClone(table, { transfer });
    const next = processTable({ groups, reuse: table });
    assertEquals(tableBuffers(next).some((one) => buffers.includes(one)), false, `buffer ${i}`);
    const [own] = rowsOf(next).filter(({ pid }) => pid === process.pid);
    assert(typeof own!.ids === "object" && typeof own!.cpu === "object");
    assertEquals(own!.ids.parentPid, process.ppid);
    assertGreater(own!.cpu.cpuTimeNs, 0);
  }
});

test("processTable() grows as processes are born while memory is used again", {
  skip: needsRoot,
}, async () => {
  const CHILDREN = 500;
  const groups = ["ids", "names", "user", "args", "cwd"] as const;
  let table = processTable({ groups });
  const child: ChildProcess = spawn(
    compileProgram(["crowd.c"], "crowd"),
    [`${CHILDREN}`, "1717", "1717"],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  try {
    const [line] = await once(createInterface({ input: child.stdout! }), "line");
    assertMatch(line, /^ready /);
    table = processTable({ groups, reuse: table });
    assertGreater(table.count, CHILDREN);
    const crowd = rowsOf(table).filter(({ ids }) =>
      typeof ids === "object" && ids.parentPid === child.pid
    );
    assertEquals(crowd.length, CHILDREN);
    for (const { names, user, args } of crowd) {
      assertEquals([names, user], [{ name: "crowd" }, { userId: 1717, groupId: 0 }]);
      assertEquals(typeof args === "object" && args.arguments.slice(1), [
        ...[`${CHILDREN}`, "1717", "1717"],
      ]);
    }
  } finally {
    const gone = once(child, "exit");
    child.stdin!.end();
    await gone;
  }
  // The memory stays as large, and nothing of those who are gone is left in it.
  const { buffer } = table.pid;
  const own = processTable({ groups, pids: [process.pid], reuse: table });
  assertStrictEquals(own.pid.buffer, buffer);
  assertEquals(rowsOf(own).map(({ pid }) => pid), [process.pid]);
  assertGreater(own.pid.buffer.byteLength, CHILDREN * 4);
});

test("a table can be handed to another thread and back", { skip: needsRoot }, async () => {
  const worker = new Worker(new URL("../support/table_worker.ts", import.meta.url));
  try {
    const pids = [process.pid, cast.pid("plain"), cast.pid("zombie"), cast.pid("users")];
    const table = processTable({ groups: ALL_GROUPS, pids });
    const rows = rowsOf(table);
    const buffers = tableBuffers(table);
    assertEquals(new Set(buffers).size, buffers.length);
    const answer = once(worker, "message");
    worker.postMessage(table, buffers);
    // On this side nothing is left of it.
    assertEquals([table.pid.length, table.textBytes.length, buffers[0]!.byteLength], [0, 0, 0]);
    assertThrows(() => tableRow(table, 0), RangeError);
    const [{ rows: theirs, table: back }] = await answer;
    assertEquals(theirs, rows);
    assertEquals(rowsOf(back as ProcessTable<Group>), rows);
  } finally {
    await worker.terminate();
  }
});

/** Errors that say something about a process, or nothing at all. */
const ERRORS = [
  ...["ENOENT", "ESRCH", "EPERM", "EACCES", "EBADF", "EOPNOTSUPP", "EIO", "EINVAL"] as const,
  ...["ENOTSUP", "ENOSYS", "EINTR"] as const,
];
/** Errors of the one who asks. */
const OWN = ["EMFILE", "ENFILE", "ENOMEM"] as const;

/**
 * Compares what was read of processes that stand still, in spite of a failure, with the truth; returns
 * what is missing.
 */
function checkAgainst(
  truth: readonly ProcessSnapshot<Group>[],
  found: readonly ProcessSnapshot<Group>[],
  what: string,
): string[] {
  const missing: string[] = [];
  for (const snapshot of found) {
    const one = truth.find(({ pid }) => pid === snapshot.pid)!;
    for (const group of ALL_GROUPS) {
      const told = snapshot[group];
      if (typeof told !== "string") assertEquals(told, one[group], `${what}: ${group}`);
      else if (told !== one[group]) {
        assert(["denied", "gone", "unsupported"].includes(told), `${what}: ${group} is ${told}`);
        missing.push(`${told}`);
      }
    }
  }
  return missing;
}

test("processTable() says what is missing when any call of the kernel fails", {
  skip: needsRoot,
}, () => {
  const pids = ["plain", "zombie", "users"].map((role) => cast.pid(role));
  const options = { groups: ALL_GROUPS, pids, host: openHost() };
  const truth = processes({ ...options, kernel: openKernel() });
  const counting = scriptedKernel(forwarded(openKernel()));
  processes({ ...options, kernel: counting });
  const { length } = counting.calls;
  assertGreater(length, 15);
  const open = descriptors();
  for (let nth = 1; nth <= length; nth++) {
    for (const name of ERRORS) {
      const kernel = scriptedKernel(forwarded(openKernel()));
      kernel.fail(nth, ERRNO[name]);
      const found = processes({ ...options, kernel });
      const missing = checkAgainst(truth, found, `call ${nth} ${name}`);
      if (found.length < truth.length) {
        assertEquals([name, found.length], ["ESRCH", truth.length - 1]);
        continue;
      }
      // Nothing else may come out of an error than what it says, but for what is asked in its place.
      const said = missingOf(ERRNO[name]) ?? "unsupported";
      for (const why of missing) {
        if (said === "gone") assert(why === "gone" || why === "unsupported", why);
        else assertEquals(why, said, `call ${nth} ${name}`);
      }
      // A zombie's own answer, and what an older kernel says, change nothing.
      if (missing.length === 0) {
        assert(name === "ESRCH" || name === "ENOSYS", `call ${nth} ${name}`);
      }
    }
    for (const name of OWN) {
      const kernel = scriptedKernel(forwarded(openKernel()));
      kernel.fail(nth, ERRNO[name]);
      const error = assertThrows(() => processes({ ...options, kernel }), SystemCallError);
      assertEquals(error.code, name);
    }
  }
  assertEquals(descriptors(), open);
});

test("processTable() takes no short answer of the kernel for a whole one", {
  skip: needsRoot,
}, () => {
  const pids = ["plain", "users"].map((role) => cast.pid(role));
  const options = { groups: ALL_GROUPS, pids, host: openHost() };
  const truth = processes({ ...options, kernel: openKernel() });
  const answer = forwarded(openKernel());
  const counting = scriptedKernel(answer);
  processes({ ...options, kernel: counting });
  let shortened = 0;
  for (let nth = 1; nth <= counting.calls.length; nth++) {
    for (const lost of [1, Infinity]) {
      let count = 0;
      const kernel = scriptedKernel((call, buffer) => {
        const full = answer(call, buffer);
        if (++count !== nth || full <= 0) return full;
        shortened++;
        const length = Math.max(full - lost, 0);
        // What was not written is what was there before.
        buffer!.fill(0xee, length);
        return length;
      });
      const found = processes({ ...options, kernel });
      const missing = checkAgainst(truth, found, `call ${nth} short of ${lost}`);
      // Resource usage is answered with 0, whatever was written.
      if (counting.calls[nth - 1]!.callnum !== 9) {
        assert(missing.length > 0 && missing.every((why) => why === "unsupported"));
      }
    }
  }
  assertGreater(shortened, 20);
});

test("processTable() says what is missing when any question to the host fails", {
  skip: needsRoot,
}, () => {
  const pids = [cast.pid("plain")];
  const kernel = openKernel();
  const truth = processes({ groups: ALL_GROUPS, pids, kernel, host: openHost() });
  const asked = {
    timebase: ["cpu"],
    arguments: ["args", "environment"],
    executable: ["executable"],
  } as const;
  for (const [method, groups] of Object.entries(asked)) {
    for (const name of [...ERRORS, ...OWN]) {
      const host: Host = {
        ...openHost(),
        [method]: () => {
          throw new SystemCallError("ask", "test", ERRNO[name]);
        },
      };
      const read = () => processes({ groups: ALL_GROUPS, pids, kernel, host });
      if (OWN.some((one) => one === name)) {
        assertEquals(assertThrows(read, SystemCallError).code, name);
        continue;
      }
      const found = read();
      checkAgainst(truth, found, `${method} ${name}`);
      const said = missingOf(ERRNO[name]) ?? "unsupported";
      for (const group of groups) {
        // What is said to be gone of a process that is there is what was asked for.
        const expected = said === "gone" && group !== "cpu" ? "unsupported" : said;
        assertEquals(found[0]![group as Group], expected, `${method} ${name} ${group}`);
      }
    }
    const host: Host = {
      ...openHost(),
      [method]: () => {
        throw new TypeError("a fault in the host");
      },
    };
    assertThrows(() => processes({ groups: ALL_GROUPS, pids, kernel, host }), TypeError, "fault");
  }
});

test("the census of a host tells the truth or an error when any system call fails", {
  skip: needsRoot,
}, () => {
  const real = openLibc(openLibrary(openAdapter(), libcPaths(process.arch)));
  // Linux's numbers, and what they are to whoever asks.
  const errors = {
    ...{ 2: [3], 3: [3], 1: [1], 13: [1, 13], 9: [9], 95: [45], 5: [5], 22: [22] },
    ...{ 24: [24], 23: [23], 12: [12] },
  };
  let left = 0;
  let errno = 0;
  let made = 0;
  const failing = <A extends unknown[]>(call: (...args: A) => number) => (...args: A): number => {
    made++;
    return --left === 0 ? -errno : call(...args);
  };
  const libc: Libc = {
    ...real,
    open: failing(real.open),
    read: failing(real.read),
    readlink: failing(real.readlink),
    statx: failing(real.statx),
    getdents64: failing(real.getdents64),
  };
  const census = linuxHost(procFs(libc), libc).census!();
  const questions = {
    read: (pid: number) => [census.read(pid), census.status, census.parentPid, census.uniqueLow],
    readBeginning: () => [census.readBeginning(), census.nice, census.sessionLeader],
    readUser: () => [census.readUser(), census.userId, census.groupId],
    readTask: () => [census.readTask(), census.virtualBytes, census.threadCount],
    readTimes: () => [census.readTimes(), census.userTimeNs],
    readName: () => [
      census.readName(),
      new TextDecoder().decode(census.name.subarray(0, census.nameLength)),
    ],
    compare: () => [census.compare()],
  };
  const ask = (pid: number) =>
    Object.values(questions).map((question) => {
      const [answer, ...values] = question(pid);
      return { answer: answer as number, values };
    });
  const open = descriptors();
  for (const role of ["plain", "zombie", "users", "leaderless"]) {
    const pid = cast.pid(role);
    left = 0;
    made = 0;
    const truth = ask(pid);
    assertEquals(truth[0]!.answer, 0);
    const calls = made;
    assertGreater(calls, 4);
    for (let nth = 1; nth <= calls; nth++) {
      for (const [number, meanings] of Object.entries(errors)) {
        // A thread that is said to have gone is not the one that lives on.
        if (role === "leaderless" && meanings[0] === ERRNO.ESRCH) continue;
        left = nth;
        errno = Number(number);
        const found = ask(pid);
        left = 0;
        // What could not be read is not told; the questions behind it are not asked then.
        const first = found.findIndex(({ answer }, i) => answer !== truth[i]!.answer);
        for (const [i, { answer, values }] of found.entries()) {
          if (first === 0) break;
          if (answer === 0) assertEquals(values, truth[i]!.values, `${role} call ${nth}`);
        }
        if (first < 0) continue;
        const { answer } = found[first]!;
        const expected = [...meanings, ERRNO.ESRCH];
        assert(expected.includes(-answer), `${role} call ${nth}: ${errnoName(-answer)}`);
      }
    }
    assertEquals(ask(pid), truth);
  }
  left = 1;
  errno = 24;
  assertEquals(census.list(), -ERRNO.EMFILE);
  assertEquals(descriptors(), open);
});

test("processTable() never mixes two processes that had one id", { skip }, () => {
  const groups = ALL_GROUPS;
  const lives = [1, 2].map((life) => {
    const { kernel, host } = twoLives(life === 1 ? Infinity : 0, "root", true);
    return processes({ groups, pids: [PID], kernel, host })[0]!;
  });
  assertEquals(lives.map(({ names, args }) => [names, args]), [
    [{ name: "life 1" }, { arguments: ["/1"] }],
    [{ name: "life 2" }, { arguments: ["/2"] }],
  ]);
  for (const group of groups) {
    if (group === "state") continue;
    assertNotEquals(lives[0]![group], lives[1]![group], group);
  }
  for (const privilege of ["root", "nobody"] satisfies Privilege[]) {
    for (const compares of [true, false]) {
      const whole = twoLives(Infinity, privilege, compares);
      processes({ groups, pids: [PID], ...whole });
      const questions = whole.asked();
      assertGreater(questions, 8);
      let replaced = 0;
      for (let before = 1; before <= questions + 1; before++) {
        const { kernel, host } = twoLives(before, privilege, compares);
        const [found] = processes({ groups, pids: [PID], kernel, host });
        const what = `${privilege}, ${compares ? "compared" : "old"}, before ${before}`;
        // Between the first questions, it is not clear who is meant.
        if (found === undefined) {
          assertEquals(privilege, "nobody");
          assert(before === 3 || before === 4, what);
          continue;
        }
        const { ids } = found;
        assert(typeof ids === "object");
        const life = Number(ids.uniqueId);
        if (life === 1 && before <= questions) replaced++;
        for (const group of groups) {
          const told = found[group];
          if (typeof told !== "string") assertEquals(told, lives[life - 1]![group], what);
          else assert(["gone", "denied"].includes(told), `${what}: ${group} is ${told}`);
        }
        // The groups that were asked for apart are all gone if one of them may be another's.
        if (life === 1 && before <= questions) assertEquals(found.args, "gone", what);
      }
      assertGreater(replaced, 3);
    }
  }
});

test("processTable() asks an older kernel again whom it answered about", { skip }, () => {
  const asked: string[] = [];
  const answer = forwarded(openKernel());
  const kernel = scriptedKernel((call, buffer) => {
    asked.push(`${call.flavor}${call.flags === undefined ? "" : " compared"}`);
    return call.flags === undefined ? answer(call, buffer) : -ERRNO.ENOSYS;
  });
  const [own] = processes({ groups: ["threads"], pids: [process.pid], kernel });
  assert(typeof own!.threads === "object" && own!.threads.threadCount > 0);
  const last = `${PROC_PIDTASKINFO}`;
  assertEquals(asked, ["18", `${last} compared`, last, "17"]);
});

test("processTable() says gone of what a process that is ending does not have any more", {
  skip,
}, () => {
  const answer = forwarded(openKernel());
  const flags = offsetsOf(procBsdShortInfo).pbsi_flags;
  const kernel = scriptedKernel((call, buffer) => {
    const length = answer(call, buffer);
    if (call.flavor === PROC_PIDT_SHORTBSDINFO) {
      new DataView(buffer!.buffer).setUint32(flags, PROC_FLAG_INEXIT, true);
    }
    return length;
  });
  const options = { groups: ["ids", "args", "cwd"] as const, pids: [process.pid] };
  const [own] = processes({ ...options, kernel, host: openHost() });
  assert(typeof own!.ids === "object");
  assertEquals([own!.ids.parentPid, own!.args, own!.cwd], [process.ppid, "gone", "gone"]);
});

test("the census of a host notices that a process has ended since it was read", {
  skip,
}, async () => {
  // It becomes a program that does not wait for its child.
  const child: ChildProcess = spawn("sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = await once(createInterface({ input: child.stdout! }), "line");
    const pid = Number(line);
    const census = openHost().census!();
    assertEquals([census.read(pid), census.compare()], [0, 0]);
    // Until then it is a shell, which would wait for it.
    const name = () => readFileSync(`/proc/${child.pid}/comm`, "utf8");
    while (name() !== "sleep\n") await sleep(2);
    process.kill(pid, "SIGKILL");
    const state = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]![0];
    while (state() !== "Z") await sleep(2);
    assertEquals(census.compare(), -ERRNO.ESRCH);
    // Of what is a zombie already, nothing else can go.
    assertEquals([census.read(pid), census.status, census.compare()], [0, 5, 0]);
  } finally {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
});

test("the census of a host notices that another process has the id of one that it read", {
  skip: needsRoot,
}, async () => {
  const child: ChildProcess = spawn(compileProgram(["reuse.c"], "reuse"), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  try {
    const pid = Number((await lines.next()).value);
    const census = openHost().census!();
    assertEquals([census.read(pid), census.compare()], [0, 0]);
    const low = census.uniqueLow;
    // The next one must not start within the same tick.
    await sleep(50);
    child.stdin!.write("\n");
    assertEquals((await lines.next()).value, "again");
    assertEquals(census.compare(), -ERRNO.ESRCH);
    assertEquals([census.read(pid), census.compare()], [0, 0]);
    assertNotEquals(census.uniqueLow, low);
  } finally {
    const gone = once(child, "exit");
    child.stdin!.end();
    await gone;
  }
});

test("processTable() takes the host's census only where nobody was handed in", { skip }, () => {
  const none = (): Census => {
    throw new Error("the census was asked");
  };
  const host = { ...openHost(), census: none };
  const options = { groups: ["names"] as const, pids: [process.pid] };
  const own = processes(options);
  assertEquals(processes({ ...options, host }), own);
  assertEquals(processes({ ...options, host, kernel: openKernel() }), own);
});
