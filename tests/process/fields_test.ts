import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  PROC_FLAG_INEXIT,
  PROC_FLAG_LP64,
  PROC_FLAG_ROSETTA,
  PROC_FLAG_SLEADER,
  PROC_FLAG_SYSTEM,
  PROC_FLAG_TRACED,
} from "../../lib/abi/bsd_info.ts";
import {
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKINFO,
  PROC_PIDVNODEPATHINFO,
} from "../../lib/abi/pid_info.ts";
import { RUSAGE_INFO_V4 } from "../../lib/abi/pid_rusage.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { pidRusage } from "../../lib/calls/pid_rusage.ts";
import { deltas } from "../../lib/process/deltas.ts";
import { MISSING } from "../../lib/process/errors.ts";
import {
  DEFAULT_FIELDS,
  FIELD_NAMES,
  type FieldName,
  GROUP_NAMES,
  GROUPS,
  PLACES,
} from "../../lib/process/fields/mod.ts";
import { openProcess, type Process } from "../../lib/process/process.ts";
import { tableRow } from "../../lib/process/row.ts";
import { processes } from "../../lib/process/rows.ts";
import { STATES } from "../../lib/process/state.ts";
import { processTable, tableText, tableTexts } from "../../lib/process/table.ts";
import { POLICIES } from "../../lib/process/fields/scheduling.ts";
import { processTree } from "../../lib/process/tree.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { kernelSystem } from "../support/kernel_system.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const root = process.getuid?.() === 0;

/** Idle processes whose leaders are alive. */
const ROLES = ["plain", "terminal", "stopped", "name", "leader", ...root ? ["users"] : []];

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
});

type Row = Readonly<Record<string, unknown>> & { readonly missing: Record<string, string> };

/** The fields that change even for an idle process, because other processes share its pages. */
const MOVING: readonly string[] = ["cpuPercent", "proportionalBytes", "uniqueBytes"];
const FIELDS = FIELD_NAMES.filter((name) => !MOVING.includes(name));

/** Returns a row without the fields that change. */
function atRest(row: object): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([name]) => !MOVING.includes(name)),
  ) as unknown as Row;
}

/** Returns the fields of a row that have values. */
function valuesOf(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => name !== "missing" && value !== undefined),
  );
}

const allOf = (pid: number) => processes({ fields: FIELD_NAMES, pids: [pid] })[0]! as Row;
const decode = (list: readonly Uint8Array[]) =>
  list.map((bytes) => new TextDecoder().decode(bytes));

test("every field is the same in processes(), processTable(), tableRow() and Process.read()", {
  skip,
}, () => {
  for (const role of ROLES) {
    const pid = cast.pid(role);
    const row = allOf(pid);
    const table = processTable({ fields: FIELD_NAMES, pids: [pid] });
    assertEquals(atRest(tableRow(table, 0)), atRest(row), role);
    assertEquals(atRest(openProcess(pid).read(...FIELD_NAMES)), atRest(row), role);
    assertEquals(atRest(openProcess(pid).read(...GROUP_NAMES, "uniqueId")), atRest(row), role);
    const [slow] = processes({ fields: FIELDS, pids: [pid], system: kernelSystem() });
    for (const [name, value] of Object.entries(valuesOf(slow!))) {
      // Each source determines the start of the machine itself. The structs of the kernel have
      // times in ticks.
      if (name === "startedAt" || name === "cpuTimeNs") continue;
      assertEquals([name, value], [name, row[name]], role);
    }
    // Each field alone, and its place in the table.
    for (const name of FIELDS) {
      const [alone] = processes({ fields: [name], pids: [pid] }) as unknown as Row[];
      assertEquals([alone![name], alone!.missing[name]], [row[name], row.missing[name]], name);
      if (name === "pid") continue;
      const { kind } = PLACES.get(name)!.field;
      const number = table[name][0]!;
      const why = MISSING[table.status[name][0]!];
      assertEquals(why, row.missing[name] as typeof why, name);
      switch (kind) {
        case "number":
          assertEquals(number, row[name] ?? NaN, name);
          break;
        case "flag":
          assertEquals(number, row[name] === undefined ? -1 : Number(row[name]), name);
          break;
        case "identity":
          assertEquals(String(number), row[name], name);
          break;
        case "text":
          assertEquals(tableText(table, Number(number)), row[name] ?? "", name);
          break;
        default:
          assertEquals(tableTexts(table, Number(number)), ((row[name] ?? []) as []).map(String));
      }
    }
  }
});

test("every field is the same from the methods of a Process", { skip }, () => {
  for (const role of ROLES) {
    const pid = cast.pid(role);
    const one = openProcess(pid);
    const before = allOf(pid);
    const part = (row: object) => {
      for (const [name, value] of Object.entries(row)) {
        if (name === "missing") continue;
        assertEquals([name, value], [name, before[name]], role);
      }
    };
    for (const row of [one.info(), one.memory(), one.credentials(), one.priority()]) part(row);
    const { path, deleted } = one.executable();
    part({
      name: one.name(),
      state: one.state(),
      arguments: one.arguments(),
      executablePath: path,
      executableDeleted: deleted,
      workingDirectory: one.workingDirectory().path,
      workingDirectoryDeleted: one.workingDirectory().deleted,
      rootDirectory: one.rootDirectory().path,
      rootDirectoryDeleted: one.rootDirectory().deleted,
      parentPid: one.parent()?.pid,
      threadCount: one.threads().length,
      descriptorCount: one.descriptors().length,
      uniqueId: one.identity().uniqueId,
    });
    const { paths, containerId, containerRuntime } = one.controlGroup();
    part({ containerId, containerRuntime });
    assert(Object.values(paths).includes(before["cgroup"] as string));
    assertEquals(decode(one.argumentBytes()), before["arguments"]);
    assertEquals(decode(one.environmentBytes()), before["environment"]);
    const usage = one.resourceUsage();
    const { userTimeNs, systemTimeNs, cpuTimeNs, footprintBytes, readBytes, writtenBytes } = usage;
    part({ userTimeNs, systemTimeNs, cpuTimeNs, footprintBytes, readBytes, writtenBytes });
    const terminal = one.terminal();
    part({
      terminalDevice: terminal?.device,
      terminalPath: terminal?.path,
      foregroundProcessGroupId: terminal?.foregroundProcessGroupId,
    });
    if (terminal) part({ sessionLeader: terminal.sessionLeader });
    const [node] = processTree({ pid });
    part({ name: node!.name, parentPid: node!.parentPid, uniqueId: node!.uniqueId });
    // No value of the process has changed.
    assertEquals(atRest(allOf(pid)), atRest(before), role);
  }
});

test("every field is the same as in the raw answers that have it", { skip }, () => {
  for (const role of ROLES) {
    const pid = cast.pid(role);
    const row = allOf(pid);
    const { pbsd, p_uniqidentifier } = pidInfo(pid, PROC_PIDT_BSDINFOWITHUNIQID);
    const task = pidInfo(pid, PROC_PIDTASKINFO);
    const short = pidInfo(pid, PROC_PIDT_SHORTBSDINFO);
    const usage = pidRusage(pid, RUSAGE_INFO_V4);
    const { pvi_cdir, pvi_rdir } = pidInfo(pid, PROC_PIDVNODEPATHINFO);
    const flag = (bit: number) => (pbsd.pbi_flags & bit) !== 0;
    const raw: Readonly<Record<string, unknown>> = {
      pid: pbsd.pbi_pid,
      uniqueId: String(p_uniqidentifier.p_uniqueid),
      parentPid: pbsd.pbi_ppid,
      processGroupId: pbsd.pbi_pgid,
      name: pbsd.pbi_name || pbsd.pbi_comm,
      state: STATES[pbsd.pbi_status],
      userId: pbsd.pbi_uid,
      groupId: pbsd.pbi_gid,
      realUserId: pbsd.pbi_ruid,
      savedUserId: pbsd.pbi_svuid,
      realGroupId: pbsd.pbi_rgid,
      savedGroupId: pbsd.pbi_svgid,
      terminalDevice: pbsd.e_tdev === 0xffffffff ? undefined : pbsd.e_tdev,
      foregroundProcessGroupId: pbsd.e_tpgid || undefined,
      sessionLeader: flag(PROC_FLAG_SLEADER),
      kernelThread: flag(PROC_FLAG_SYSTEM),
      is64Bit: flag(PROC_FLAG_LP64),
      translated: flag(PROC_FLAG_ROSETTA),
      traced: flag(PROC_FLAG_TRACED),
      exiting: flag(PROC_FLAG_INEXIT),
      nice: pbsd.pbi_nice,
      residentBytes: Number(task.pti_resident_size),
      virtualBytes: Number(task.pti_virtual_size),
      threadCount: task.pti_threadnum,
      basePriority: task.pti_priority,
      schedulingPolicy: POLICIES[task.pti_policy],
      userTimeNs: Number(task.pti_total_user),
      systemTimeNs: Number(task.pti_total_system),
      cpuTimeNs: Number(usage.ri_cpu_time_qos_default),
      footprintBytes: Number(usage.ri_phys_footprint),
      peakBytes: Number(usage.ri_lifetime_max_phys_footprint),
      wiredBytes: Number(usage.ri_wired_size),
      readBytes: Number(usage.ri_diskio_bytesread),
      writtenBytes: Number(usage.ri_diskio_byteswritten),
      workingDirectory: pvi_cdir.vip_path,
      rootDirectory: pvi_rdir.vip_path || "/",
    };
    for (const [name, value] of Object.entries(raw)) {
      assertEquals([name, value], [name, row[name]], role);
    }
    assertEquals(
      [usage.ri_user_time, usage.ri_system_time],
      [task.pti_total_user, task.pti_total_system],
    );
    assertEquals(
      [short.pbsi_ppid, short.pbsi_pgid, short.pbsi_uid, short.pbsi_gid, short.pbsi_ruid],
      [row["parentPid"], row["processGroupId"], row["userId"], row["groupId"], row["realUserId"]],
    );
    const microseconds = pbsd.pbi_start_tvsec * 1_000_000n + pbsd.pbi_start_tvusec;
    assertLessOrEqual(Math.abs(Number(microseconds) / 1000 - (row["startedAt"] as number)), 1);
  }
});

test("cpuPercent is measured from any earlier reading", { skip }, () => {
  // This process is busy. If a reading lacks the time, its value is between those of the readings
  // around it.
  const { pid } = process;
  const fields = ["cpuTimeNs"] as const;
  const only = ["cpuPercent"] as const;
  const beganMs = performance.now();
  const first = processTable({ fields, pids: [pid] });
  const readings = {
    rows: processes({ fields, pids: [pid] }),
    "rows without times": processes({ fields: only, pids: [pid] }),
    table: processTable({ fields, pids: [pid] }),
    "table without times": processTable({ fields: only, pids: [pid] }),
  };
  const last = processTable({ fields, pids: [pid] });
  const endedMs = performance.now();
  for (let i = 0, end = endedMs + 50; performance.now() < end; i++) Math.sqrt(i);
  for (const [what, since] of Object.entries(readings)) {
    const later = processTable({ fields: ["cpuPercent", "cpuTimeNs"], pids: [pid], since });
    const percent = later.cpuPercent[0]!, cpuTimeNs = later.cpuTimeNs[0]!, at = later.readAtMs[0]!;
    const least = (cpuTimeNs - last.cpuTimeNs[0]!) / 1e4 / (at - beganMs);
    const most = (cpuTimeNs - first.cpuTimeNs[0]!) / 1e4 / (at - endedMs);
    assert(
      percent > 0 && percent >= least && percent <= most,
      `${what}: ${least} ${percent} ${most}`,
    );
    const [row] = processes({ fields: only, pids: [pid], since });
    assert(row!.cpuPercent! > 0, what);
  }
  // deltas() computes the same value.
  const since = readings.table;
  const later = processTable({ fields: ["cpuPercent", "cpuTimeNs"], pids: [pid], since });
  assertAlmostEquals(deltas(since, later).cpuPercent[0]!, later.cpuPercent[0]!, 1e-9);
});

test("cpuPercent of a process that the earlier reading lacks is measured over its lifetime", {
  skip,
}, () => {
  const pids = [cast.pid("plain")];
  const [life] = processes({ fields: ["cpuPercent"], pids });
  assert(life!.cpuPercent! > 0);
  for (const since of [processes({ fields: ["cpu"], pids: [1] }), processTable({ pids: [] })]) {
    const [row] = processes({ fields: ["cpuPercent"], pids, since });
    // The lifetime increases, but the processor time does not.
    assert(row!.cpuPercent! > 0 && row!.cpuPercent! <= life!.cpuPercent!);
  }
});

test("processTable() refuses to reuse the table that it compares with", { skip }, () => {
  const pids = [process.pid];
  const table = processTable({ fields: ["cpu", "cpuPercent"], pids });
  const read = () =>
    processTable({ fields: ["cpu", "cpuPercent"], pids, since: table, reuse: table });
  assertThrows(read, TypeError, "Cannot pass reuse as it must not be the table");
  // Two tables are reused alternately.
  const second = processTable({ fields: ["cpu", "cpuPercent"], pids, since: table });
  const third = processTable({ fields: ["cpu", "cpuPercent"], pids, since: second, reuse: table });
  assert(third.cpuPercent[0]! >= 0);
  assertEquals(third.cpuTimeNs.buffer, table.cpuTimeNs.buffer);
});

test("a process at rest has used no processor time since an earlier reading", { skip }, () => {
  const pids = [cast.pid("plain")];
  const first = processes({ fields: ["cpuTimeNs"], pids });
  const [row] = processes({ fields: ["cpuPercent"], pids, since: first });
  assertEquals(row!.cpuPercent, 0);
  const [life] = processes({ fields: ["cpuPercent"], pids });
  assert(life!.cpuPercent! > 0);
});

test("no name is both a group's and a field's, unless it is the group's only field", () => {
  for (const name of GROUP_NAMES) {
    const fields = Object.keys(GROUPS.get(name)!.fields);
    assertNotEquals(fields.length, 0, name);
    if (PLACES.has(name)) assertEquals(fields, [name]);
  }
  const all = [...GROUPS.values()].flatMap(({ fields }) => Object.keys(fields));
  assertEquals(new Set(all).size, all.length);
  assertEquals(FIELD_NAMES, ["pid", "uniqueId", ...all] as FieldName[]);
  for (const name of [...FIELD_NAMES, ...GROUP_NAMES]) assertMatch(name, /^[a-z][A-Za-z0-9]*$/);
  for (const name of DEFAULT_FIELDS) assert(PLACES.has(name), name);
  for (const { keeps = [] } of GROUPS.values()) {
    for (const name of keeps) assert(PLACES.has(name), name);
  }
});

test("every field has a title and an alias of its own", () => {
  const titles = new Set<string>();
  const words = new Set<string>(FIELD_NAMES);
  for (const [name, { field }] of PLACES) {
    const { title, alias, kind, unit, otherwise } = field;
    assertMatch(title, /^[A-Z0-9][A-Z0-9 %()]*$/, name);
    assert(!titles.has(title), `${title} twice`);
    titles.add(title);
    if (alias !== undefined) {
      // An alias may be the name of its own field.
      assert(!words.has(alias) || alias === name, `${alias} twice`);
      words.add(alias);
    }
    if (unit !== undefined) assertEquals(kind, "number", name);
    if (otherwise !== undefined) assert(PLACES.has(otherwise), name);
  }
});

test("every result survives JSON.stringify()", { skip }, () => {
  const pid = cast.pid("terminal");
  const one = openProcess(pid);
  const results: Readonly<Record<string, unknown>> = {
    processes: processes({ fields: FIELD_NAMES, pids: [pid, cast.pid("zombie")] }),
    tableRow: tableRow(processTable({ fields: FIELD_NAMES, pids: [pid] }), 0),
    processTree: processTree({ pid: cast.pid("director") }),
    identity: one.identity(),
    ...Object.fromEntries(
      METHODS_OF_JSON.map((name) => [name, (one[name] as () => unknown)()]),
    ),
    read: one.read(...FIELD_NAMES),
  };
  for (const [name, result] of Object.entries(results)) {
    const back = JSON.parse(JSON.stringify(result));
    assertEquals(back, JSON.parse(JSON.stringify(withoutUndefined(result))), name);
    assertEquals(back, withoutUndefined(result), name);
  }
  for (const list of [one.ancestors(), one.children(), [one.parent()]]) {
    for (const found of JSON.parse(JSON.stringify(list))) {
      assertEquals(Object.keys(found).includes("uniqueId"), true);
    }
  }
});

const METHODS_OF_JSON = [
  ...["info", "memory", "credentials", "priority", "arguments", "environment", "executable"],
  ...["name", "state", "workingDirectory", "rootDirectory", "threads", "regions", "descriptors"],
  ...["files", "sockets", "resourceUsage", "limits", "controlGroup", "namespaces", "terminal"],
  "toJSON",
] as readonly (keyof Process)[];

/** Returns a value without undefined members, as in JSON. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined).map((
      [name, member],
    ) => [name, withoutUndefined(member)]),
  );
}

test("userName is looked up again after the caller had too many open files", { skip }, () => {
  let asked = 0;
  let errno: number = ERRNO.EMFILE;
  const system = kernelSystem(undefined, {
    userName(userId) {
      asked++;
      if (errno !== 0) throw new SystemCallError("find a user", "getpwuid_r", errno);
      return `user ${userId}`;
    },
  });
  const read = () => processes({ fields: ["userName"], pids: [cast.pid("plain")], system })[0]!;
  assertThrows(read, SystemCallError, "EMFILE");
  errno = 0;
  assertMatch(read().userName!, /^user \d+$/);
  // Names are cached, and so are failures to find one.
  read();
  assertEquals(asked, 2);
});
