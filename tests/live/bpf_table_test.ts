import { assert, assertEquals, assertGreater, assertNotEquals, assertThrows } from "@std/assert";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Assembler } from "../../lib/linux/bpf/assembler.ts";
import { type Bpf, openBpf } from "../../lib/linux/bpf/bpf.ts";
import { Snapshot } from "../../lib/linux/bpf/snapshot.ts";
import { TASK, tasksProgram } from "../../lib/linux/bpf/tasks.ts";
import { readerOf } from "../../lib/linux/proc/process.ts";
import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import { hostLibc } from "../support/libc.ts";
import { FIELD_NAMES, type FieldName } from "../../lib/process/fields/mod.ts";
import { openProcess } from "../../lib/process/process.ts";
import { type ProcessRow, tableRow } from "../../lib/process/row.ts";
import { openSampler } from "../../lib/process/sampler.ts";
import { processes } from "../../lib/process/rows.ts";
import { processTable, processTableAsync } from "../../lib/process/table.ts";
import { processTree } from "../../lib/process/tree.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { defaultSystem, openSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";
import { skipBpf as skip } from "../support/bpf.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { libproc } from "../support/cli.ts";
import { compileProgram } from "../support/compile.ts";
import { listedRows } from "../support/listed_rows.ts";
import { startSleeper, startSpeaker, until } from "../support/lines.ts";
import { command, ROOT } from "../support/runtime.ts";
import { AS_NOBODY, inShell, OWN_MOUNTS, runWrapped } from "../support/wrapped.ts";

type Row = ProcessRow<FieldName>;

/** The fields that depend on the time at which they are read. */
const MOVING: ReadonlySet<FieldName> = new Set(["cpuPercent"]);
const FIELDS: readonly FieldName[] = FIELD_NAMES.filter((name) => !MOVING.has(name));

let system: System;
let cast: Cast;
let names: Cast;
let folder: string;
before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(`${tmpdir()}/libproc-bpf-`);
  system = openSystem({ bpf: true });
  cast = await startCast();
  names = await startCast("names", [folder]);
});
after(async () => {
  if (skip !== false) return;
  system[Symbol.dispose]();
  await cast[Symbol.asyncDispose]();
  await names[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Returns rows of some processes, or of all, by pid. */
function rowsOf(options: { system?: System; pids?: readonly number[] }, fields = FIELDS) {
  return new Map<number, Row>(
    processes({ ...options, fields }).map((row) => [row.pid, row as unknown as Row]),
  );
}

/** Compares idle processes. The rows of `/proc` before and after must be the same. */
async function compareStill(pids: readonly number[]): Promise<void> {
  let tries = 0;
  await until("processes stand still", () => {
    const [before, bpf, after] = [
      processes({ pids, fields: FIELDS }),
      listedRows(system, [...pids].sort((a, b) => a - b), FIELDS),
      processes({ pids, fields: FIELDS }),
    ];
    if (JSON.stringify(before) !== JSON.stringify(after)) return false;
    try {
      assertEquals(bpf, before);
    } catch (error) {
      // The share of memory changes when other processes map or unmap the same pages.
      if (++tries > 50) throw error;
      return false;
    }
    return true;
  });
}

test("every field of processes in every state is that of the plain table", { skip }, async () => {
  const pids = cast.roles.map(cast.pid);
  assertGreater(pids.length, 10);
  await compareStill(pids);
});

test("long names, names of scripts and of threads are those of the plain table", {
  skip,
}, async () => {
  const pids = names.roles.map(names.pid);
  assertGreater(pids.length, 10);
  await compareStill(pids);
  const long = [...rowsOf({ system }, ["name"]).values()].filter(({ name }) => name!.length > 15);
  assertGreater(long.length, 0);
});

test("memory is the same whether the kernel makes pointers of addresses or copies", {
  skip,
}, async () => {
  const libc = hostLibc();
  const world = { fs: procFs(libc), libc };
  using bpf = openBpf(world);
  const pids = cast.roles.map(cast.pid);
  const [pointed, copied] = [true, false].map((casts) => {
    const program = tasksProgram(bpf, readerOf(world), casts);
    const iterator = bpf.open({ name: "libproc_test", target: "bpf_iter_task", program });
    return () => {
      const snapshot = new Snapshot();
      snapshot.read(iterator);
      const memory = pids.map((pid) => {
        const at = snapshot.places[snapshot.pids.indexOf(pid)]!;
        return Array.from(snapshot.words.subarray(at + TASK.total, at + TASK.comm));
      });
      snapshot.drop();
      return memory;
    };
  });
  await until("both agree", () => JSON.stringify(pointed!()) === JSON.stringify(copied!()));
  const resident = pointed!().filter((words) => words[TASK.files - TASK.total]! > 0);
  assertGreater(resident.length, pids.length / 2);
});

test("a program for a kernel without longer names, or without casts, is one that can be loaded", {
  skip,
}, () => {
  const libc = hostLibc();
  const world = { fs: procFs(libc), libc };
  using bpf = openBpf(world);
  const { btf } = bpf;
  const older: Bpf = {
    ...{ world, isInitial: bpf.isInitial, processors: bpf.processors },
    btf: { ...btf, has: (struct, path) => path !== "full_name" && btf.has(struct, path) },
    withProcessorMap: (use, size) => bpf.withProcessorMap(use, size),
    open: (program) => bpf.open(program),
    [Symbol.dispose]() {},
  };
  for (const memory of [true, false]) {
    const program = tasksProgram(older, readerOf(world), false, memory);
    using iterator = bpf.open({ name: "libproc_test", target: "bpf_iter_task", program });
    const snapshot = new Snapshot();
    snapshot.read(iterator);
    assert(snapshot.pids.includes(process.pid));
  }
});

test("the kernel's threads have the names that the plain table has", { skip }, async () => {
  const kernel = (of: Map<number, Row>) => [...of.values()].filter((row) => row.kernelThread);
  const fields: FieldName[] = ["name", "kernelThread", "parentPid", "uniqueId"];
  const first = kernel(rowsOf({ system }, fields));
  assertGreater(first.length, 5);
  // Names of workers change with their work, so each must agree at some time.
  const open = new Set(first.map(({ pid }) => pid));
  await until("all names agree", () => {
    const plain = rowsOf({}, fields);
    const bpf = rowsOf({ system }, fields);
    for (const pid of open) {
      const one = plain.get(pid), other = bpf.get(pid);
      if (one === undefined || JSON.stringify(one) === JSON.stringify(other)) open.delete(pid);
    }
    return open.size === 0;
  });
});

test("what never falls lies between what the plain table has before and after", { skip }, () => {
  const fields: FieldName[] = [
    ...["cpuTimeNs", "userTimeNs", "systemTimeNs", "uniqueId", "startedAt", "parentPid"] as const,
    ...["processGroupId", "sessionId", "userId", "groupId", "realUserId", "savedUserId"] as const,
    ...["realGroupId", "savedGroupId", "nice", "basePriority", "is64Bit", "kernelThread"] as const,
  ];
  const rising: FieldName[] = ["cpuTimeNs", "userTimeNs", "systemTimeNs"];
  const [one, bpf, two] = [rowsOf({}, fields), rowsOf({ system }, fields), rowsOf({}, fields)];
  let compared = 0;
  for (const [pid, before] of one) {
    const row = bpf.get(pid), later = two.get(pid);
    if (later === undefined || later.uniqueId !== before.uniqueId) continue;
    assert(row !== undefined, `${pid} is missing`);
    for (const name of fields) {
      const [low, value, high] = [before[name], row[name], later[name]];
      if (rising.includes(name) && low !== undefined && high !== undefined) {
        assert(low <= value! && value! <= high, `${pid} ${name} ${low} ${value} ${high}`);
      } else if (low === high) assertEquals(value, low, `${pid} ${name}`);
      compared++;
    }
  }
  assertGreater(compared, 100);
});

test("processor times never fall between the two tables, with threads that come and go", {
  skip,
}, async () => {
  const file = `${folder}/spent`;
  await using spender = startSpeaker([compileProgram(["spender.c"], "spender"), file]);
  assertEquals(await spender.next(), "ready");
  const pids = [spender.pid, process.pid];
  const fields = ["userTimeNs", "systemTimeNs", "cpuTimeNs"] as const;
  const last = new Map(pids.map((pid) => [pid, [0, 0, 0]]));
  for (let turn = 0; turn < 600; turn++) {
    const isPlain = turn % 2 === 0;
    for (const row of isPlain ? processes({ pids, fields }) : listedRows(system, pids, fields)) {
      const before = last.get(row.pid)!;
      const now = fields.map((name) => row[name]!);
      for (const [i, name] of fields.entries()) {
        assert(now[i]! >= before[i]!, `${row.pid} ${turn} ${name} ${before[i]} ${now[i]}`);
      }
      assert(now[2]! >= now[0]! + now[1]!, `${now}`);
      last.set(row.pid, now);
    }
  }
  for (const [, , total = 0] of last.values()) assertGreater(total, 0);
});

test("the times of many threads are summed, and the time that they waited", { skip }, async () => {
  await using threads = startSpeaker([compileProgram(["threads.c"], "threads"), folder, "busy"]);
  while (await threads.next() !== "ready");
  const { pid } = threads;
  const fields: FieldName[] = ["threadCount", "cpuTimeNs", "runDelayNs"];
  const read = () => processes({ pids: [pid], fields })[0]!;
  const [one, [bpf], two] = [read(), listedRows(system, [pid], fields), read()];
  assertEquals(bpf!.threadCount, one.threadCount);
  assertGreater(bpf!.threadCount!, 3);
  for (const name of ["cpuTimeNs", "runDelayNs"] as const) {
    const [low, value, high] = [one[name]!, bpf![name]!, two[name]!];
    assert(low <= value && value <= high, `${name} ${low} ${value} ${high}`);
  }
});

test("a list is a snapshot, which no file is read for, until the pass ends", { skip }, async () => {
  await using sleeper = startSleeper();
  const { pid } = sleeper;
  const table = system.table();
  table.begin();
  const count = table.list();
  assert(table.pids.subarray(0, count).includes(pid));
  assert(table.pids.subarray(0, count).includes(process.pid));
  await sleeper.end();
  assertEquals([table.read(pid, true, true), table.parentPid], [0, process.pid]);
  table.hold(false);
  assertEquals([table.readMemory(), table.readTask(), table.readUser()], [0, 0, 0]);
  assertGreater(table.virtualBytes, 0);
  table.release();
  assertEquals(table.compare(), 0);
  // A value that the snapshot lacks is read from the process, which no longer exists.
  assertEquals(table.readArguments(), -ERRNO.ESRCH);
  assertEquals([table.readExecutable(), table.readTransfers()], [-ERRNO.ESRCH, -ERRNO.ESRCH]);
  assertEquals(table.compare(), -ERRNO.ESRCH);
  // The snapshot returns each record once: a second read returns the present state.
  assertEquals([table.read(pid), table.read(process.pid)], [-ERRNO.ESRCH, 0]);
  table.end();
});

test("a table that lists repeatedly leaves out the memory, and reads it when it is queried", {
  skip,
}, async () => {
  const fields: FieldName[] = [
    ...["name", "state", "parentPid", "userId", "cpuTimeNs", "startedAt", "threadCount"] as const,
  ];
  const pids = cast.roles.map(cast.pid);
  using sampler = openSampler({ system, fields });
  for (let i = 0; i < 4; i++) sampler.sample();
  await until("processes stand still", () => {
    const plain = () => JSON.stringify(processes({ pids, fields }));
    const before = plain();
    const sample = sampler.sample();
    const rows = processes({ pids, fields }).map(({ pid }) => sample.pid.indexOf(pid));
    const found = rows.map((row) => row < 0 ? undefined : tableRow(sample, row));
    return before === plain() && before === JSON.stringify(found);
  });

  await using sleeper = startSleeper();
  using table = system.table();
  table.expect(["readTimes"], false);
  const list = () => {
    table.begin();
    return table.list();
  };
  for (let i = 0; i < 4; i++) list();
  const still = cast.pid("plain");
  assertEquals(table.read(still), 0);
  const [{ residentBytes, virtualBytes, footprintBytes }] = processes({
    pids: [still],
    fields: ["residentBytes", "virtualBytes", "footprintBytes"],
  }) as [Row];
  assertEquals([table.readMemory(), table.readFootprint(), table.readFlags()], [0, 0, 0]);
  assertEquals(
    [table.residentBytes, table.virtualBytes, table.footprintBytes],
    [residentBytes, virtualBytes, footprintBytes],
  );
  assertGreater(table.virtualBytes, 0);
  // The snapshot still contains the process, but no memory was read for it.
  list();
  await sleeper.end();
  assertEquals([table.read(sleeper.pid), table.readTimes()], [0, 0]);
  assertEquals(table.readMemory(), -ERRNO.ESRCH);
  table.end();
});

test("a query of the system is a new lookup, and a list ends with its pass", {
  skip,
}, async () => {
  await using sleeper = startSleeper();
  const { pid } = sleeper;
  const table = system.table();
  const other = system.table();
  table.list();
  other.list();
  await sleeper.end();
  assertEquals(table.read(pid, false, true), 0);
  table.hold(true);
  table.release();
  assertEquals(table.compare(), -ERRNO.ESRCH);
  other.end();
  assertEquals(other.read(pid), -ERRNO.ESRCH);
});

test("a value that a snapshot lacks is not queried of a later process with the id", {
  skip,
}, async () => {
  const child: ChildProcess = spawn(compileProgram(["reuse.c"], "reuse"), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  try {
    const pid = Number((await lines.next()).value);
    const table = system.table();
    table.list();
    // The next process must not start within the same tick.
    await sleep(50);
    child.stdin!.write("\n");
    assertEquals((await lines.next()).value, "again");
    assertEquals([table.read(pid, true, true), table.compare()], [0, 0]);
    const low = table.uniqueLow;
    assertEquals([table.readArguments(), table.compare()], [-ERRNO.ESRCH, -ERRNO.ESRCH]);
    table.end();
    assertEquals([table.read(pid, true, true), table.readArguments()], [0, 0]);
    assertNotEquals(table.uniqueLow, low);
  } finally {
    const gone = once(child, "exit");
    child.stdin!.end();
    await gone;
  }
});

test("all that reads processes reads them from such a system", { skip }, async () => {
  const own = (
    rows: readonly { readonly pid: number; readonly parentPid?: number | undefined }[],
  ) => rows.find(({ pid }) => pid === process.pid)?.parentPid;
  assertEquals(own(processes({ system })), process.ppid);
  const table = await processTableAsync({ system, fields: ["ids", "memory"] });
  assertEquals(table.parentPid[table.pid.indexOf(process.pid)], process.ppid);
  using opened = openProcess(cast.pid("plain"), { system });
  assertEquals(opened.name(), "cast");
  assertGreater(processTree({ system }).length, 0);
  // Two tables that are read alternately each have their own snapshot.
  const [one, two] = [system.table(), system.table()];
  const counts = [one.list(), two.list()];
  assert(counts.every((count) => count > 10));
  assertEquals([one.read(process.pid), two.read(cast.pid("users"))], [0, 0]);
  assertEquals([one.parentPid, two.userId], [process.ppid, 2345]);
  one.end();
  two.list();
  assertEquals([one.read(process.pid), two.read(cast.pid("users"))], [0, 0]);
  assertEquals([one.parentPid, two.userId], [process.ppid, 2345]);
  two.end();
});

test("a group of fields that queries the system about a process is marked so", { skip }, () => {
  /** The members of a system that do not query a process. */
  const free: readonly unknown[] = ["kernel", "table", "userName", "memoryBytes", "terminalPath"];
  for (const field of FIELD_NAMES) {
    let asks = /Directory/.test(field);
    let held: boolean | undefined;
    const table = system.table();
    const { hold } = table;
    table.hold = (asksSystem) => hold.call(table, held = asksSystem);
    const watched = new Proxy({ ...system, table: () => table }, {
      get(target, name) {
        if (!free.includes(name)) asks = true;
        return Reflect.get(target, name) as unknown;
      },
    });
    listedRows(watched, [process.pid], [field]);
    assertEquals([field, held ?? false], [field, asks]);
  }
});

test("processTable() in a PID namespace has its ids, and 0 for a parent outside", {
  skip,
}, () => {
  const script = `
    import { openSystem, processTable, processes } from "./mod.ts";
    using system = openSystem({ bpf: true });
    const fields = ["pid", "parentPid", "processGroupId", "sessionId", "uniqueId", "userId", "nice"];
    const still = (rows) => rows.map((row) => ({ ...row, missing: undefined }));
    console.log(JSON.stringify([still(processes({ system, fields })), still(processes({ fields }))]));
  `;
  const inside = inShell('sleep 1000 & "$@"; kill $!');
  const namespace = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
  for (const nested of [[], [...inShell('sleep 1000 & "$@"; kill $!'), ...namespace]]) {
    const [bpf, plain] = runWrapped([...namespace, ...nested, ...inside], script) as [Row[], Row[]];
    assertEquals(bpf, plain);
    assertEquals([bpf[0]!.pid, bpf[0]!.parentPid], [1, 0]);
    assertGreater(bpf.length, 2);
    assert(bpf.length < 10);
  }
});

test("a process is the same one in a namespace of time", {
  skip: skip ||
    spawnSync("unshare", ["--time", "--boottime", "1", "--fork", "true"]).status !== 0 &&
      "needs a kernel and privileges for namespaces of time",
}, () => {
  const pids = ["plain", "zombie", "leaderless"].map(cast.pid);
  const script = `
    import { openSystem, processes } from "./mod.ts";
    using system = openSystem({ bpf: true });
    const rows = processes({ system, fields: ["uniqueId"] });
    console.log(JSON.stringify(rows.filter(({ pid }) => ${JSON.stringify(pids)}.includes(pid))));
  `;
  const plain = [...rowsOf({ pids }, ["uniqueId"]).values()].map(({ uniqueId }) => uniqueId);
  for (const seconds of [1000, 86_400 * 400]) {
    const time = ["unshare", "--time", "--boottime", `${seconds}`, "--fork"];
    const seen = runWrapped(time, script) as Row[];
    assertEquals(seen.map(({ uniqueId }) => uniqueId), plain);
  }
});

/** The output of a script that requests BPF programs in a place where they are refused. */
interface Refused {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly count: number;
}

const REFUSED = `
  import { openSystem, processes } from "./mod.ts";
  using system = openSystem({ bpf: "auto" });
  const count = processes({ system, fields: ["name"] }).length;
  try {
    openSystem({ bpf: true });
    console.log("{}");
  } catch ({ name, code, message }) {
    console.log(JSON.stringify({ name, code, message, count }));
  }
`;

/** The places where programs are refused, with the code and the message of the error. */
const REFUSERS: Readonly<Record<string, readonly [() => readonly string[], string, RegExp]>> = {
  "to another user": [() => AS_NOBODY, "EPERM", /takes CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN/],
  "by a seccomp filter": [
    () => [compileProgram(["refuse.c"], "refuse"), "bpf", "--"],
    "EPERM",
    /neither a seccomp filter nor/,
  ],
  "in a user namespace": [
    () => ["unshare", "--user", "--map-root-user"],
    "ENOTSUP",
    /in a user namespace of its own/,
  ],
  "by a kernel without iterators": [
    () => [compileProgram(["refuse.c"], "refuse"), "5.6", "--"],
    "EINVAL",
    /it is older than Linux 5\.8/,
  ],
  "where /proc is of another PID namespace": [
    () => ["unshare", "--pid", "--fork", ...inShell('"$@"; exit $?')],
    "ENOTSUP",
    /\/proc is of another PID namespace/,
  ],
  "by a kernel that does not describe its types": [
    () => [...OWN_MOUNTS, ...inShell('mount -t tmpfs none /sys/kernel/btf; exec "$@"')],
    "ENOTSUP",
    /there is no \/sys\/kernel\/btf\/vmlinux/,
  ],
  "by a kernel that describes them in another way": [
    () => [
      ...OWN_MOUNTS,
      ...inShell('mount --bind /etc/passwd /sys/kernel/btf/vmlinux; exec "$@"'),
    ],
    "ENOTSUP",
    /lacks a description of its types in the known format/,
  ],
};

for (const [how, [wrapper, code, message]] of Object.entries(REFUSERS)) {
  test(`programs that are refused ${how} are an error, or are not used`, { skip }, () => {
    const refused = runWrapped(wrapper(), REFUSED) as Refused;
    assertEquals([refused.name, refused.code], ["SystemCallError", code]);
    assert(message.test(refused.message), refused.message);
    assertGreater(refused.count, 0);
  });
}

test("the verifier's message about a refused program is the cause of the error", {
  skip,
}, () => {
  const libc = hostLibc();
  using bpf = openBpf({ fs: procFs(libc), libc });
  const open = (a: Assembler) => () =>
    bpf.open({ name: "libproc_test", target: "bpf_iter_task", program: a.program() });
  const wrong = new Assembler().load(8, "r0", "r5", 0).exit();
  const error = assertThrows(open(wrong), SystemCallError, "the kernel's verifier refuses it");
  assert(String(error.cause).includes("R5 !read_ok"), String(error.cause));
  // The verifier first logs the beginning of the program. A log that is too long is truncated.
  const long = new Assembler();
  for (let i = 0; i < 30_000; i++) long.alu("r0", "=", i);
  const { cause } = assertThrows(open(long.load(8, "r0", "r5", 0).exit()), SystemCallError);
  assertGreater(String(cause).length, 100);
  // This kernel lacks the function, too.
  const unknown = new Assembler().call(0x7fff).alu("r0", "=", 0).exit();
  const older = assertThrows(open(unknown), SystemCallError, "the kernel is too old");
  assertEquals(older.code, "ENOTSUP");
  const lacking = () =>
    bpf.open({ name: "x", target: "bpf_iter_nothing", program: new Assembler().exit().program() });
  assertThrows(lacking, SystemCallError, "lacks a function bpf_iter_nothing");
});

/** Returns the ids of the programs that a process has loaded, from its descriptors. */
function programsOf(pid: number | "self"): number[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      if (!/bpf/.test(readlinkSync(`/proc/${pid}/fd/${fd}`))) return [];
      const id = /prog_id:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "latin1"))?.[1];
      return id === undefined ? [] : [Number(id)];
    } catch {
      return [];
    }
  });
}

const needsTool = skip ||
  (spawnSync("bpftool", ["version"]).status !== 0 ? "needs bpftool" : false);
const isLoaded = (id: number) => spawnSync("bpftool", ["prog", "show", "id", `${id}`]).status === 0;

test("nothing stays open or loaded once a system is disposed of", { skip: needsTool }, async () => {
  const before = readdirSync("/proc/self/fd").length;
  const programs = new Set(programsOf("self"));
  const mine: number[] = [];
  for (let i = 0; i < 20; i++) {
    using one = openSystem({ bpf: true });
    const found = programsOf("self").filter((id) => !programs.has(id));
    mine.push(...found);
    assertEquals(found.length, 1);
    if (i === 0) {
      assert(isLoaded(found[0]!));
      const { stdout } = spawnSync("bpftool", ["prog", "show", "id", `${found[0]}`]);
      assert(/tracing {2}name libproc_tasks .*gpl/.test(`${stdout}`), `${stdout}`);
    }
    processTable({ system: one });
    // The runtime may have opened descriptors of its own in the first round.
    if (i > 0) assert(readdirSync("/proc/self/fd").length <= before + 3);
  }
  assert(readdirSync("/proc/self/fd").length <= before + 2);
  await until("the programs are gone", () => !mine.some(isLoaded));
  const used = openSystem({ bpf: true });
  const table = used.table();
  used[Symbol.dispose]();
  assertEquals(table.list(), -ERRNO.EBADF);
  assertEquals(table.read(process.pid), 0);
});

test("nothing stays loaded once a program was killed", { skip: needsTool }, async () => {
  const script = `${folder}/killed.ts`;
  writeFileSync(
    script,
    `import { openSystem, processTable } from ${JSON.stringify(`${ROOT}mod.ts`)};
    const system = openSystem({ bpf: true });
    processTable({ system });
    console.log("ready");
    setInterval(() => processTable({ system }), 1);`,
  );
  await using child = startSpeaker(command(script, { flags: ["-A", "--no-check"] }));
  assertEquals(await child.next(), "ready");
  const programs = programsOf(child.pid);
  assertEquals([programs.length, programs.every(isLoaded)], [1, true]);
  const gone = once(child.child, "exit");
  child.child.kill("SIGKILL");
  await gone;
  await until("the program is gone", () => !programs.some(isLoaded));
});

test("a thread of its own reads all processes, too", { skip }, async () => {
  const worker = new Worker(new URL("../support/bpf_worker.ts", import.meta.url));
  try {
    const [count] = await once(worker, "message");
    assertGreater(count as number, 10);
  } finally {
    await worker.terminate();
  }
});

test("ps --bpf and top --bpf print the same as without, or report why not", { skip }, async () => {
  const pid = cast.pid("users");
  const args = ["--json", "--fields", "pid,ppid,user,ruid,rss,name,args"];
  const own = ({ out }: { readonly out: string }) =>
    (JSON.parse(out) as { readonly pid: number }[]).find((row) => row.pid === pid);
  const bpf = await libproc("ps", "--bpf", ...args);
  assertEquals([bpf.status, bpf.err], [0, ""]);
  assertEquals(own(bpf), own(await libproc("ps", ...args)));
  const top = await libproc("top", "--bpf", "--once", "--json", "--interval", "0.05");
  assertEquals([top.status, own(top) !== undefined], [0, true]);
  const root = await libproc("ps", "--bpf", "--proc-root", "/proc");
  assertEquals([root.status, root.out], [2, ""]);
  assert(/of this machine, not of procRoot/.test(root.err), root.err);
});

test("openSystem() checks bpf, and refuses it for another process file system", () => {
  for (const bpf of [1, null, "yes", ""]) {
    assertThrows(
      () => openSystem({ bpf: bpf as never }),
      TypeError,
      'Cannot pass bpf as it must be true, false or "auto"',
    );
  }
  if (process.platform !== "linux") {
    assertThrows(() => openSystem({ bpf: true }), SystemCallError, "macOS has no BPF");
    return;
  }
  const error = assertThrows(() => openSystem({ bpf: true, procRoot: "/proc" }), SystemCallError);
  assertEquals(error.code, "ENOTSUP");
  for (const bpf of ["auto", false] as const) {
    using other = openSystem({ bpf, procRoot: "/proc" });
    assertEquals(other.pid(), defaultSystem().pid());
  }
});
