import {
  assert,
  assertEquals,
  assertGreater,
  assertNotEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { PROC_FLAG_INEXIT, procBsdShortInfo } from "../../lib/abi/bsd_info.ts";
import { PROC_INFO_CALL_PIDRUSAGE } from "../../lib/abi/callnum.ts";
import { PROC_PIDT_SHORTBSDINFO, PROC_PIDTASKINFO } from "../../lib/abi/pid_info.ts";
import { offsetsOf } from "../../lib/layout/offsets.ts";
import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import type { Libc } from "../../lib/linux/sys/libc.ts";
import { hostLibc } from "../support/libc.ts";
import { linuxSystem } from "../../lib/linux/system.ts";
import { linuxTable } from "../../lib/linux/table.ts";
import { missingOf } from "../../lib/process/errors.ts";
import {
  DEFAULT_FIELDS,
  FIELD_NAMES,
  type FieldName,
  PLACES,
} from "../../lib/process/fields/mod.ts";
import { tableRow } from "../../lib/process/row.ts";
import { processes } from "../../lib/process/rows.ts";
import {
  type ProcessTable,
  processTable,
  tableBuffers,
  type TableHead,
  tableText,
  tableTexts,
} from "../../lib/process/table.ts";
import { ERRNO, errnoName, SystemCallError } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { type KernelCall, scriptedKernel } from "../../lib/testing/mod.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { startCrowd } from "../support/crowd.ts";
import { startShell, stateOf, until } from "../support/lines.ts";
import { kernelSystem, type Members } from "../support/kernel_system.ts";
import { openedSince, openFiles } from "../support/open_files.ts";
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

const rowsOf = <F extends FieldName>(
  table: Omit<TableHead, "fields"> & { readonly fields: readonly F[] },
) => Array.from({ length: table.count }, (_, row) => tableRow(table, row));

/** A row as a record, for code that uses all fields. */
type AnyRow = Readonly<Record<FieldName, unknown>> & {
  readonly missing: { readonly [N in FieldName]?: string };
};

/** All fields except those that change even for an idle process. */
const FIELDS = FIELD_NAMES.filter((name) =>
  !["cpuPercent", "proportionalBytes", "uniqueBytes"].includes(name)
);

/** Returns a function that passes a call to one of a kernel's two methods. */
function forwarded(below: Kernel): (call: KernelCall, buffer: Uint8Array | null) => number {
  return ({ callnum, pid, flavor, arg, flags, extId }, buffer) =>
    flags === undefined
      ? below.procInfo(callnum, pid, flavor, arg, buffer)
      : below.procInfoExtendedId(callnum, pid, flavor, flags, extId!, arg, buffer);
}

test("processTable() has a row for each process and a column for each field", { skip }, () => {
  const start = performance.now();
  const table = processTable({ fields: ["name", "ids", "cpuModes", "cpu"] });
  const end = performance.now();
  const fields = ["name", "parentPid", "processGroupId", "userTimeNs", "systemTimeNs", "cpuTimeNs"];
  assertEquals(table.fields as readonly string[], fields);
  assertEquals(Object.keys(table).sort(), [
    ...["count", "cpuTimeNs", "fields", "name", "parentPid", "pid", "processGroupId", "readAtMs"],
    ...["status", "systemTimeNs", "textBytes", "textEnds", "uniqueId", "userTimeNs"],
  ]);
  const { count, pid, readAtMs, status, parentPid, uniqueId, cpuTimeNs, name } = table;
  assertGreater(count, 2);
  const lengths = [pid, readAtMs, parentPid, uniqueId, cpuTimeNs, name, ...Object.values(status)]
    .map((column) => column.length);
  assertEquals(lengths, lengths.map(() => count));
  assertEquals(Object.keys(status), fields);
  // Fields that are read together share a status column.
  assertStrictEquals(status.parentPid, status.processGroupId);
  const row = pid.indexOf(process.pid);
  assertEquals(parentPid[row], process.ppid);
  assert(readAtMs.every((at, row) => at >= (readAtMs[row - 1] ?? start) && at <= end));
  assertEquals(processTable().fields, DEFAULT_FIELDS);
  assertEquals(processTable({ pids: [], fields: ["command"] }).count, 0);
  const head = processTable({ fields: ["uniqueId", "pid"], pids: [process.pid] });
  assertEquals(Object.keys(head.status), ["uniqueId"]);
  const [own] = rowsOf(head);
  assertEquals(own, { pid: process.pid, uniqueId: String(head.uniqueId[0]), missing: {} });
});

test("processTable() has columns of the types that are documented", { skip }, () => {
  const table = processTable({ fields: FIELD_NAMES, pids: [process.pid] });
  const types: Record<string, string[]> = {};
  for (const name of FIELD_NAMES) {
    (types[table[name].constructor.name] ??= []).push(name);
  }
  const { Int32Array: pids, BigUint64Array: ids, Int8Array: flags, ...rest } = types;
  assertEquals([pids, ids], [["pid"], ["uniqueId"]]);
  const own = rowsOf(table)[0]! as AnyRow;
  for (const name of flags!) {
    assert(["boolean", "undefined"].includes(typeof own[name as FieldName]));
  }
  assertEquals(Object.keys(rest).sort(), ["Float64Array", "Uint32Array"]);
  for (const name of rest["Float64Array"]!) {
    assert(["number", "undefined"].includes(typeof own[name as FieldName]), name);
  }
});

test("processTable() writes no value where there is none", { skip: needsRoot }, () => {
  const table = processTable({ fields: FIELD_NAMES, pids: [cast.pid("zombie")] });
  const { status, ...columns } = table;
  assertEquals([status.name[0], status.pageFaults[0], status.arguments[0]], [0, 3, 3]);
  const nothing = {
    pageFaults: NaN,
    majorPageFaults: NaN,
    contextSwitches: NaN,
    runnableTimeNs: NaN,
    cycles: NaN,
    residentBytes: NaN,
    virtualBytes: NaN,
    memoryPercent: NaN,
    footprintBytes: NaN,
    peakBytes: NaN,
    wiredBytes: NaN,
    threadCount: NaN,
    basePriority: NaN,
    schedulingPolicy: 0,
    readBytes: NaN,
    writtenBytes: NaN,
    descriptorCount: NaN,
    executablePath: 0,
    executableDeleted: -1,
    workingDirectory: 0,
    rootDirectory: 0,
    arguments: 0,
    title: 0,
    environment: 0,
  };
  for (const [name, value] of Object.entries(nothing)) {
    assertEquals(columns[name as keyof typeof nothing][0], value, name);
  }
  const system = systemOf(scriptedKernel(-ERRNO.EPERM));
  const denied = processTable({ fields: FIELD_NAMES, pids: [1], system });
  assertEquals([denied.count, denied.pid[0], denied.uniqueId[0]], [1, 1, 0n]);
  assertEquals([denied.parentPid[0], denied.userId[0], denied.groupId[0]], [NaN, NaN, NaN]);
  assertEquals([denied.nice[0], denied.terminalDevice[0], denied.state[0]], [NaN, NaN, 0]);
  assertEquals([denied.is64Bit[0], denied.supplementaryGroupIds[0]], [-1, 0]);
  const [row] = rowsOf(denied);
  const { missing, ...values } = row! as AnyRow;
  const others = FIELD_NAMES.filter((name) => name !== "pid");
  assertEquals(missing, Object.fromEntries(others.map((name) => [name, "denied"])));
  assertEquals(values as Record<string, unknown>, {
    ...Object.fromEntries(others.map((name) => [name, undefined])),
    pid: 1,
  });
});

test("tableText() and tableTexts() return texts of a table and refuse other numbers", {
  skip,
}, () => {
  const table = processTable({ fields: ["command", "environment", "name"], pids: [process.pid] });
  const list = defaultSystem().arguments(process.pid).arguments.map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  assertEquals(tableTexts(table, table.arguments[0]!), list);
  // A list is a text with a NUL after each element.
  assertEquals(tableText(table, table.arguments[0]!), list.map((text) => `${text}\0`).join(""));
  assertEquals([tableText(table, 0), tableTexts(table, 0)], ["", []]);
  const { length } = table.textEnds;
  tableText(table, length - 1);
  for (const text of [length, -1, 1.5, NaN, 0xffffffff]) {
    for (const read of [tableText, tableTexts] as const) {
      const error = assertThrows(() => read(table, text), RangeError);
      assertEquals(
        error.message,
        `Cannot read text as it must be an integer below ${length}: current value is ${text}`,
      );
    }
  }
});

test("processTable() uses the memory of an older table again", { skip }, () => {
  const fields = ["ids", "name", "memory", "command"] as const;
  const first = processTable({ fields });
  const buffers = tableBuffers(first);
  const pids = [process.pid, process.ppid];
  const second = processTable({ fields, pids, reuse: first });
  assertEquals(new Set(tableBuffers(second)), new Set(buffers));
  assertEquals(rowsOf(second).map(({ pid }) => pid), pids.sort((a, b) => a - b));
  // No data of the older table remains: the rows are the same as in a new table.
  const fresh = processTable({ fields, pids });
  for (const [row, { residentBytes: _, ...rest }] of rowsOf(second).entries()) {
    const { residentBytes: __, ...one } = tableRow(fresh, row);
    // The address space of a runtime may grow between two reads.
    assertEquals({ ...rest, virtualBytes: 0 }, { ...one, virtualBytes: 0 });
  }
  assertEquals(second.textEnds.length, fresh.textEnds.length);
});

test("processTable() takes the memory of a table once", { skip }, () => {
  const fields = ["ids", "name"] as const;
  const first = processTable({ fields });
  const second = processTable({ fields, pids: [process.pid], reuse: first });
  const third = processTable({ fields, pids: [process.ppid], reuse: first });
  assertNotStrictEquals(second.pid.buffer, third.pid.buffer);
  assertEquals([second.pid[0], third.pid[0]], [process.pid, process.ppid]);
  // Two tables are reused alternately, because some fields compare each table with the previous
  // one.
  const fourth = processTable({ fields, pids: [process.ppid], reuse: second });
  assertStrictEquals(fourth.pid.buffer, second.pid.buffer);
  assertEquals(third.pid[0], process.ppid);
});

test("processTable() leaves alone what it cannot use again", { skip }, () => {
  const pids = [process.pid];
  const first = processTable({ fields: ["ids", "name"], pids });
  const others: FieldName[][] = [
    ["parentPid"],
    ["parentPid", "residentBytes"],
    ["parentPid", "name", "residentBytes"],
  ];
  for (const fields of others) {
    const other = processTable({ fields, pids: [process.ppid], reuse: first });
    assertEquals(tableBuffers(other).some((one) => tableBuffers(first).includes(one)), false);
  }
  assertEquals([first.pid[0], first.parentPid[0]], [process.pid, process.ppid]);
  // The same groups can be reused in another order, or for other fields of theirs.
  const same = processTable({ fields: ["name", "processGroupId"], pids, reuse: first });
  assertStrictEquals(same.pid.buffer, first.pid.buffer);
  assertEquals(Object.keys(rowsOf(same)[0]!), ["pid", "name", "processGroupId", "missing"]);
  const copy = structuredClone(same);
  const second = processTable({ fields: ["ids", "name"], pids, reuse: copy });
  assertNotStrictEquals(second.pid.buffer, copy.pid.buffer);
});

test("processTable() leaves a table alone of which anything was transferred", { skip }, () => {
  const fields = ["ids", "name", "cpu"] as const;
  const count = tableBuffers(processTable({ fields })).length;
  for (let i = 0; i <= count; i++) {
    const table = processTable({ fields });
    const buffers = tableBuffers(table);
    const transfer = i === count ? buffers : [buffers[i]!];
    structuredClone(table, { transfer });
    const next = processTable({ fields, reuse: table });
    assertEquals(tableBuffers(next).some((one) => buffers.includes(one)), false, `buffer ${i}`);
    const [own] = rowsOf(next).filter(({ pid }) => pid === process.pid);
    assertEquals(own!.parentPid, process.ppid);
    assertGreater(own!.cpuTimeNs!, 0);
  }
});

test("processTable() grows as processes are born while memory is used again", {
  skip: needsRoot,
}, async () => {
  const CHILDREN = 500;
  const fields = ["ids", "name", "user", "command", "directories"] as const;
  let table = processTable({ fields });
  {
    await using parent = await startCrowd(CHILDREN, 1717);
    table = processTable({ fields, reuse: table });
    assertGreater(table.count, CHILDREN);
    const crowd = rowsOf(table).filter(({ parentPid }) => parentPid === parent.pid);
    assertEquals(crowd.length, CHILDREN);
    for (const { name, userId, groupId, arguments: list } of crowd) {
      assertEquals([name, userId, groupId], ["crowd", 1717, 0]);
      assertEquals(list!.slice(1), [`${CHILDREN}`, "1717", "1717"]);
    }
  }
  // The memory keeps its size, and no data of ended processes remains.
  const { buffer } = table.pid;
  const own = processTable({ fields, pids: [process.pid], reuse: table });
  assertStrictEquals(own.pid.buffer, buffer);
  assertEquals(rowsOf(own).map(({ pid }) => pid), [process.pid]);
  assertGreater(own.pid.buffer.byteLength, CHILDREN * 4);
});

test("a table can be transferred to another thread and back", { skip: needsRoot }, async () => {
  const worker = new Worker(new URL("../support/table_worker.ts", import.meta.url));
  try {
    const pids = [process.pid, cast.pid("plain"), cast.pid("zombie"), cast.pid("users")];
    const table = processTable({ fields: FIELD_NAMES, pids });
    const rows = rowsOf(table);
    const buffers = tableBuffers(table);
    assertEquals(new Set(buffers).size, buffers.length);
    const answer = once(worker, "message");
    worker.postMessage(table, buffers);
    // The sender has no data any more.
    assertEquals([table.pid.length, table.textBytes.length, buffers[0]!.byteLength], [0, 0, 0]);
    assertThrows(() => tableRow(table, 0), RangeError);
    const [{ rows: theirs, table: back }] = await answer;
    assertEquals(theirs, rows);
    assertEquals(rowsOf(back as ProcessTable<FieldName>), rows);
  } finally {
    await worker.terminate();
  }
});

/** Errors about a process, and errors without a meaning for processes. */
const ERRORS = [
  ...["ENOENT", "ESRCH", "EPERM", "EACCES", "EBADF", "EOPNOTSUPP", "EIO", "EINVAL"] as const,
  ...["ENOTSUP", "ENOSYS", "EINTR"] as const,
];
/** Errors of the caller. */
const OWN = ["EMFILE", "ENFILE", "ENOMEM"] as const;

/** Fields that may be missing although other fields of their group have values. */
const LESS: readonly FieldName[] = ["peakBytes", "runnableTimeNs", "executableDeleted"];

/**
 * Compares the fields that were read in spite of a failure with the true values of idle processes.
 * Returns the reasons for missing fields.
 */
function checkAgainst(
  truth: readonly AnyRow[],
  found: readonly AnyRow[],
  what: string,
): string[] {
  const missing: string[] = [];
  for (const row of found) {
    const one = truth.find(({ pid }) => pid === row.pid)!;
    for (const name of FIELDS) {
      const why = row.missing[name];
      if (why === undefined) {
        // The oldest version of the resource usage, which replaces a newer one, has no peak. In
        // some cases, only the path of a file is known.
        if (LESS.includes(name) && row[name] === undefined) continue;
        // The command line is the name in brackets if the arguments are unavailable.
        if (name === "commandLine" && row[name] === `[${one.name}]`) continue;
        assertEquals(row[name], one[name], `${what}: ${name}`);
      } else if (why !== one.missing[name]) {
        assertEquals(row[name], undefined, `${what}: ${name}`);
        // A value that a zombie lacks was lost at its end.
        const isLost = why === "zombie" && one.state === "zombie";
        assert(
          isLost || ["denied", "gone", "unsupported"].includes(why),
          `${what}: ${name} is ${why}`,
        );
        missing.push(isLost ? "gone" : why);
      }
    }
  }
  return missing;
}

const readAll = (system: System, pids: readonly number[]) =>
  processes({ fields: FIELDS, pids, system }) as unknown as AnyRow[];

test("processTable() reports what is missing when any call of the kernel fails", {
  skip: needsRoot,
}, () => {
  const pids = ["plain", "zombie", "users"].map((role) => cast.pid(role));
  const truth = readAll(kernelSystem(), pids);
  const counting = scriptedKernel(forwarded(defaultSystem().kernel));
  readAll(kernelSystem(counting), pids);
  const { length } = counting.calls;
  assertGreater(length, 15);
  const open = openFiles();
  for (let nth = 1; nth <= length; nth++) {
    const { callnum } = counting.calls[nth - 1]!;
    for (const name of ERRORS) {
      const kernel = scriptedKernel(forwarded(defaultSystem().kernel));
      kernel.fail(nth, ERRNO[name]);
      const found = readAll(kernelSystem(kernel), pids);
      const missing = checkAgainst(truth, found, `call ${nth} ${name}`);
      if (found.length < truth.length) {
        assertEquals([name, found.length], ["ESRCH", truth.length - 1]);
        continue;
      }
      // An error may only affect the value of its query, and values that depend on it.
      const said = missingOf(ERRNO[name]) ?? "unsupported";
      for (const why of missing) {
        if (said === "gone") assert(why === "gone" || why === "unsupported", why);
        else assertEquals(why, said, `call ${nth} ${name}`);
      }
      // A retry as a zombie, or with an older version, changes no value.
      if (missing.length === 0) {
        const older = callnum === PROC_INFO_CALL_PIDRUSAGE && ["EPERM", "EINVAL"].includes(name);
        assert(older || name === "ESRCH" || name === "ENOSYS", `call ${nth} ${name}`);
      }
    }
    for (const name of OWN) {
      const kernel = scriptedKernel(forwarded(defaultSystem().kernel));
      kernel.fail(nth, ERRNO[name]);
      const error = assertThrows(() => readAll(kernelSystem(kernel), pids), SystemCallError);
      assertEquals(error.code, name);
    }
  }
  assertEquals(openedSince(open), []);
});

test("processTable() takes no short answer of the kernel for a whole one", {
  skip: needsRoot,
}, () => {
  const pids = ["plain", "users"].map((role) => cast.pid(role));
  const truth = readAll(kernelSystem(), pids);
  const answer = forwarded(defaultSystem().kernel);
  const counting = scriptedKernel(answer);
  readAll(kernelSystem(counting), pids);
  let shortened = 0;
  for (let nth = 1; nth <= counting.calls.length; nth++) {
    for (const lost of [1, Infinity]) {
      let count = 0;
      const kernel = scriptedKernel((call, buffer) => {
        const full = answer(call, buffer);
        if (++count !== nth || full <= 0) return full;
        shortened++;
        const length = Math.max(full - lost, 0);
        // The bytes that were not written contain garbage.
        buffer!.fill(0xee, length);
        return length;
      });
      const found = readAll(kernelSystem(kernel), pids);
      const missing = checkAgainst(truth, found, `call ${nth} short of ${lost}`);
      // A query of resource usage returns 0, not the number of bytes.
      if (counting.calls[nth - 1]!.callnum !== PROC_INFO_CALL_PIDRUSAGE) {
        assert(missing.length > 0 && missing.every((why) => why === "unsupported"));
      }
    }
  }
  assertGreater(shortened, 15);
});

/**
 * The members of a system that are queried in addition to the kernel, and the fields that require
 * them.
 */
const BESIDE = {
  timebase: ["userTimeNs", "systemTimeNs", "cpuTimeNs"],
  memoryBytes: ["memoryPercent"],
  userName: ["userName"],
  terminalPath: ["terminalPath"],
  sessionId: ["sessionId"],
  arguments: ["arguments", "title", "commandLine"],
  environment: ["environment"],
  executable: ["executablePath", "executableDeleted"],
  descriptorCount: ["descriptorCount"],
  controlGroups: ["cgroup", "containerId", "containerRuntime"],
  securityLabel: ["securityLabel"],
} as const satisfies Partial<Record<keyof Members, readonly FieldName[]>>;

test("processTable() reports what is missing when any question to the system fails", {
  skip: needsRoot,
}, () => {
  const pid = cast.pid("terminal");
  const truth = readAll(kernelSystem(), [pid]);
  for (const [method, names] of Object.entries(BESIDE)) {
    const failing = (error: Error) => {
      const members: Members = {
        [method]: () => {
          throw error;
        },
      };
      return () => readAll(kernelSystem(undefined, members), [pid]);
    };
    for (const name of [...ERRORS, ...OWN]) {
      const read = failing(new SystemCallError("ask", "test", ERRNO[name]));
      if (OWN.some((one) => one === name)) {
        assertEquals(assertThrows(read, SystemCallError).code, name);
        continue;
      }
      const found = read();
      checkAgainst(truth, found, `${method} ${name}`);
      const said = missingOf(ERRNO[name]) ?? "unsupported";
      for (const field of names) {
        const what = `${method} ${name} ${field}`;
        if (field === "commandLine" && (said === "denied" || said === "unsupported")) {
          const withheld = missingOf(ERRNO[name]) !== undefined;
          assertEquals(found[0]![field], withheld ? `[${truth[0]!.name}]` : undefined, what);
          continue;
        }
        // If a value of an existing process is reported gone, only that value is missing.
        const { apart } = PLACES.get(field)!.group!;
        assertEquals(
          found[0]!.missing[field],
          said === "gone" && apart ? "unsupported" : said,
          what,
        );
      }
    }
    assertThrows(failing(new TypeError("a fault of the system")), TypeError, "fault");
  }
});

test("Linux's table reports the truth or an error when any system call fails", {
  skip: needsRoot,
}, () => {
  const real = hostLibc();
  // Linux's errnos, and the errnos that the caller gets.
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
  const table = linuxTable({ fs: procFs(libc), libc });
  const questions = {
    read: (pid: number) => [table.read(pid), table.status, table.parentPid, table.uniqueLow],
    readBeginning: () => [table.readBeginning(), table.nice, table.sessionLeader],
    readUser: () => [table.readUser(), table.userId, table.groupId],
    readTask: () => [table.readTask(), table.virtualBytes, table.threadCount],
    readTimes: () => [table.readTimes(), table.userTimeNs],
    readName: () => [
      table.readName(),
      new TextDecoder().decode(table.name.subarray(0, table.nameLength)),
    ],
    compare: () => [table.compare()],
  };
  const ask = (pid: number) =>
    Object.values(questions).map((question) => {
      const [answer, ...values] = question(pid);
      return { answer: answer as number, values };
    });
  const open = openFiles();
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
        // If the living thread is reported gone, the reader uses another one.
        if (role === "leaderless" && meanings[0] === ERRNO.ESRCH) continue;
        left = nth;
        errno = Number(number);
        const found = ask(pid);
        left = 0;
        // A failed read has no values, and the reads after it are not made.
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
  assertEquals(table.list(), -ERRNO.EMFILE);
  assertEquals(openedSince(open), []);
});

test("processes() through Linux's own table reports what is missing when any system call fails", {
  skip: needsRoot,
}, () => {
  const real = hostLibc();
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
  const system = linuxSystem({ fs: procFs(libc), libc });
  const pids = ["plain", "zombie", "users"].map((role) => cast.pid(role));
  // Some values are read once and cached.
  readAll(system, pids);
  left = made = 0;
  const truth = readAll(system, pids);
  const calls = made;
  assertGreater(calls, 30);
  const open = openFiles();
  // Linux's errnos, and the reasons for missing fields. A missing file may be a lost value.
  const errors: Readonly<Record<number, readonly string[]>> = {
    ...{ 1: ["denied"], 13: ["denied"], 3: ["gone", "unsupported"], 2: ["gone", "unsupported"] },
    ...{ 5: ["unsupported", "gone"], 22: ["unsupported", "gone"] },
  };
  for (let nth = 1; nth <= calls; nth++) {
    for (const [number, meanings] of Object.entries(errors)) {
      left = nth;
      errno = Number(number);
      const found = readAll(system, pids);
      left = 0;
      const missing = checkAgainst(truth, found, `call ${nth} errno ${number}`);
      for (const why of missing) assert(meanings.includes(why), `call ${nth} ${number}: ${why}`);
    }
    for (const [number, name] of [[24, "EMFILE"], [23, "ENFILE"], [12, "ENOMEM"]] as const) {
      left = nth;
      errno = number;
      try {
        checkAgainst(truth, readAll(system, pids), `call ${nth} ${name}`);
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error;
        assertEquals(error.code, name);
      } finally {
        left = 0;
      }
    }
  }
  assertEquals(readAll(system, pids), truth);
  assertEquals(openedSince(open), []);
});

test("processTable() never mixes two processes that had one id", { skip }, () => {
  const livesOf = (privilege: Privilege) =>
    [Infinity, 0].map((before) => readAll(twoLives(before, privilege, true).system, [PID])[0]!);
  const lives = livesOf("root");
  assertEquals(lives.map(({ name, arguments: list }) => [name, list]), [
    [...["life 1", ["/1"]]],
    [...["life 2", ["/2"]]],
  ]);
  const same = FIELDS.filter((name) => {
    const [one, other] = lives;
    return JSON.stringify(one![name]) === JSON.stringify(other![name]);
  });
  // Fields with only two or three possible values are not distinguished.
  for (const name of same) {
    const value = lives[0]![name];
    const few = typeof value === "boolean" || value === undefined ||
      ["pid", "state"].includes(name);
    assert(few, name);
  }
  assertGreater(FIELDS.length - same.length, 35);
  for (const privilege of ["root", "nobody"] satisfies Privilege[]) {
    const lives = livesOf(privilege);
    for (const compares of [true, false]) {
      const whole = twoLives(Infinity, privilege, compares);
      readAll(whole.system, [PID]);
      const questions = whole.asked();
      assertGreater(questions, 12);
      for (let before = 1; before <= questions + 1; before++) {
        const { system } = twoLives(before, privilege, compares);
        const [found] = readAll(system, [PID]);
        const what = `${privilege}, ${compares ? "compared" : "old"}, before ${before}`;
        assert(found !== undefined, what);
        const life = Number(found.uniqueId);
        // A replacement before the last query causes a new read.
        assertEquals(life, before <= questions ? 2 : 1, what);
        for (const name of FIELDS) {
          const why = found.missing[name];
          if (why === undefined) {
            assertEquals(found[name], lives[life - 1]![name], `${what}: ${name}`);
          } else {assert(
              ["denied", "unsupported"].includes(why),
              `${what}: ${name} is ${why}`,
            );}
          if (why === "unsupported") assertEquals(lives[life - 1]!.missing[name], why, what);
        }
      }
    }
  }
});

test("processTable() queries an older kernel again for the identity that it answered about", {
  skip,
}, () => {
  const asked: string[] = [];
  const answer = forwarded(defaultSystem().kernel);
  const kernel = scriptedKernel((call, buffer) => {
    asked.push(`${call.flavor}${call.flags === undefined ? "" : " compared"}`);
    return call.flags === undefined ? answer(call, buffer) : -ERRNO.ENOSYS;
  });
  const system = systemOf(kernel);
  const [own] = processes({ fields: ["threadCount"], pids: [process.pid], system });
  assertGreater(own!.threadCount!, 0);
  const last = `${PROC_PIDTASKINFO}`;
  assertEquals(asked, ["18", `${last} compared`, last, "17"]);
});

test("processTable() reports as gone what an ending process does not have any more", {
  skip,
}, () => {
  const answer = forwarded(defaultSystem().kernel);
  const flags = offsetsOf(procBsdShortInfo).pbsi_flags;
  const kernel = scriptedKernel((call, buffer) => {
    const length = answer(call, buffer);
    if (call.flavor === PROC_PIDT_SHORTBSDINFO) {
      new DataView(buffer!.buffer).setUint32(flags, PROC_FLAG_INEXIT, true);
    }
    return length;
  });
  const fields = ["parentPid", "arguments", "rootDirectory"] as const;
  const [own] = processes({ fields, pids: [process.pid], system: kernelSystem(kernel) });
  assertEquals(own, {
    pid: process.pid,
    parentPid: process.ppid,
    arguments: undefined,
    rootDirectory: undefined,
    missing: { arguments: "gone", rootDirectory: "gone" },
  });
});

test("Linux's table notices that a process has ended since it was read", {
  skip,
}, async () => {
  // The shell executes a program that does not wait for its child.
  await using shell = startShell("sleep 1000 & echo $!; exec sleep 1000");
  const pid = Number(await shell.next());
  const table = defaultSystem().table();
  assertEquals([table.read(pid), table.compare()], [0, 0]);
  // Before that, the shell would wait for the child.
  const name = () => readFileSync(`/proc/${shell.pid}/comm`, "utf8");
  await until("the shell is no more", () => name() === "sleep\n");
  process.kill(pid, "SIGKILL");
  await until("it is a zombie", () => stateOf(pid) === "Z");
  assertEquals(table.compare(), -ERRNO.ESRCH);
  // A zombie cannot lose other values.
  assertEquals([table.read(pid), table.status, table.compare()], [0, 5, 0]);
});

test("Linux's table notices that another process has the id of one that it read", {
  skip: needsRoot,
}, async () => {
  const child: ChildProcess = spawn(compileProgram(["reuse.c"], "reuse"), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  try {
    const pid = Number((await lines.next()).value);
    const table = defaultSystem().table();
    assertEquals([table.read(pid), table.compare()], [0, 0]);
    const low = table.uniqueLow;
    // The next process must not start within the same tick.
    await sleep(50);
    child.stdin!.write("\n");
    assertEquals((await lines.next()).value, "again");
    assertEquals(table.compare(), -ERRNO.ESRCH);
    assertEquals([table.read(pid), table.compare()], [0, 0]);
    assertNotEquals(table.uniqueLow, low);
  } finally {
    const gone = once(child, "exit");
    child.stdin!.end();
    await gone;
  }
});

test("processTable() reads through the table of the system that it is given", { skip }, () => {
  const options = { fields: ["name", "uniqueId"] as const, pids: [process.pid] };
  let made = 0;
  const system: System = {
    ...defaultSystem(),
    table() {
      made++;
      return defaultSystem().table();
    },
  };
  const own = processes(options);
  assertEquals(processes({ ...options, system }), own);
  assertEquals(made, 1);
  assertEquals(processes({ ...options, system: kernelSystem() }), own);
});
