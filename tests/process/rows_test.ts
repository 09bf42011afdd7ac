import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertLessOrEqual,
  assertMatch,
  assertThrows,
} from "@std/assert";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import { MISSING, type Missing } from "../../lib/process/errors.ts";
import {
  DEFAULT_FIELDS,
  type DefaultField,
  FIELD_NAMES,
  type FieldName,
  type Fields,
  GROUP_NAMES,
  type GroupName,
  GROUPS,
} from "../../lib/process/fields/mod.ts";
import { type ProcessRow, tableRow } from "../../lib/process/row.ts";
import { processes } from "../../lib/process/rows.ts";
import { processTable } from "../../lib/process/table.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { kernelSystem } from "../support/kernel_system.ts";
import { startStage } from "../support/stage.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";
import { xnuSystem } from "../support/xnu_rule.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const needsRoot = skip || (process.getuid?.() === 0 ? false : "needs root");

/** The roles of `cast.c` that are alive. */
const LIVING = [
  ...["plain", "users", "leader", "member", "terminal", "name", "leaderless", "stopped"],
  ...["traced", "tracer"],
];
const ZOMBIES = ["zombie", "zombie-member"];

/** Returns the fields of some groups. */
function fieldsOf(...groups: readonly GroupName[]): FieldName[] {
  return groups.flatMap((name) => Object.keys(GROUPS.get(name)!.fields) as FieldName[]);
}

/** The fields that a zombie has lost. */
const TAKEN = fieldsOf(
  ...["scheduling", "memory", "memoryPercent", "footprint"] as const,
  ...["threads", "io", "descriptors", "executable", "command", "environment"] as const,
  ...["memoryShares", "ioCalls", "runDelay", "faults", "switches"] as const,
  "directories",
);
/** The fields that a zombie still has. */
const LEFT = FIELD_NAMES.filter((name) => !TAKEN.includes(name));
/** The fields that Linux only reports to root and to the user of the process. */
const SECRET = fieldsOf(
  ...["io", "ioCalls", "memoryShares", "executable", "directories", "environment"] as const,
  "descriptors",
);
/** The fields that change even for an idle process, because other processes share its pages. */
const MOVING: readonly FieldName[] = ["cpuPercent", "proportionalBytes", "uniqueBytes"];
/** The groups that only Linux's own table reads. */
const OF_TABLE = [
  "supplementaryGroups",
  "privileges",
  "memoryShares",
  "ioCalls",
  "runDelay",
] as const;

/** A row as a record, for code that uses all fields. */
type AnyRow = Readonly<Record<FieldName, unknown>> & {
  readonly missing: { readonly [N in FieldName]?: Missing };
};

let cast: Cast;
let odd: Cast;
let folder: string;
let startedAfter = 0;
let startedBefore = 0;

before(async () => {
  if (needsRoot !== false) return;
  // The path must not contain symbolic links.
  folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-oddities-`));
  startedAfter = Date.now();
  [cast, odd] = await Promise.all([startCast(), startCast("oddities", [folder])]);
  startedBefore = Date.now();
});

after(async () => {
  await cast?.[Symbol.asyncDispose]();
  await odd?.[Symbol.asyncDispose]();
  // Some paths in the folder are longer than the runtimes accept.
  if (folder) execFileSync("rm", ["-rf", folder]);
});

/** Returns the rows of some processes, by pid. */
function read<const F extends FieldName | GroupName>(
  pids: readonly number[],
  fields: readonly F[],
  system: System = defaultSystem(),
): Map<number, ProcessRow<F>> {
  return new Map(processes({ system, pids, fields }).map((row) => [row.pid, row]));
}

/** Reads all fields of one process. */
function readAll(pid: number, system?: System): AnyRow {
  return read([pid], FIELD_NAMES, system).get(pid)! as AnyRow;
}

/** Reads fields of one process. None of them may be missing. */
function values<const F extends FieldName | GroupName>(pid: number, ...fields: readonly F[]) {
  const [row] = processes({ fields, pids: [pid] });
  assert(row, `process ${pid} is not there`);
  const { pid: _, missing, ...found } = row;
  assertEquals(missing, {}, `of ${pid}`);
  return found;
}

/** Returns the words that `ps` prints about some processes, by pid. */
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

/** Returns the rest of a line in a file of `/proc` that starts with a name. */
function line(pid: number, file: string, name: string): string {
  const text = readFileSync(`/proc/${pid}/${file}`, "latin1");
  return text.split("\n").find((line) => line.startsWith(`${name}:`))!.slice(name.length + 1)
    .trim();
}

test("processes() agrees with ps about ids, users, priority, memory and threads", {
  skip: needsRoot,
}, () => {
  const roles = [...LIVING, ...ZOMBIES].map((role) => cast.pid(role));
  const pids = [...roles, ...["nice", "threads", "memory"].map((role) => odd.pid(role))];
  const columns = ["ppid", "pgid", "euid", "egid", "ruid", "rgid", "svuid", "svgid", "ni", "nlwp"];
  const said = ps([...columns, "vsz", "rss", "tpgid", "sid"], pids);
  const found = read(pids, FIELD_NAMES);
  assertEquals(found.size, pids.length);
  for (const [pid, words] of said) {
    const [ppid, pgid, euid, egid, ruid, rgid, svuid, svgid, ni, nlwp, vsz, rss, tpgid, sid] = words
      .map(Number);
    const row = found.get(pid)!;
    assertEquals([row.parentPid, row.processGroupId, row.sessionId], [ppid, pgid, sid]);
    assertEquals(row.foregroundProcessGroupId ?? -1, tpgid);
    assertEquals([row.userId, row.groupId], [euid, egid]);
    assertEquals([row.realUserId, row.savedUserId], [ruid, svuid]);
    assertEquals([row.realGroupId, row.savedGroupId], [rgid, svgid]);
    assertEquals(row.nice, ni);
    if (ZOMBIES.some((role) => cast.pid(role) === pid)) continue;
    assertEquals(row.threadCount, nlwp);
    // The leader of the leaderless process has no memory any more, and ps only reads the leader.
    if (pid === cast.pid("leaderless")) continue;
    assertEquals(row.virtualBytes, vsz! * 1024);
    assertAlmostEquals(row.residentBytes!, rss! * 1024, 1 << 20);
  }
  assertEquals(values(cast.pid("users"), "credentials", "user"), {
    realUserId: 1234,
    userId: 2345,
    savedUserId: 3456,
    realGroupId: 4321,
    groupId: 5432,
    savedGroupId: 6543,
  });
  assertEquals(values(odd.pid("nice"), "nice"), { nice: 7 });
  assertEquals(values(odd.pid("threads"), "threads"), { threadCount: 5 });
  assertGreater(values(odd.pid("memory"), "memory").residentBytes!, 16 << 20);
});

test("processes() reports what each process of the cast is doing", { skip: needsRoot }, () => {
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
  const state = (role: string) => values(cast.pid(role), "state").state;
  for (const role of roles) {
    const [stat = ""] = said.get(cast.pid(role))!;
    assertEquals(state(role) as string, letters[stat[0]!], role);
  }
  assertEquals(["stopped", "zombie", "leaderless"].map(state), ["stopped", "zombie", "sleeping"]);
});

test("processes() reports when processes began and what they used", { skip: needsRoot }, () => {
  const pid = cast.pid("plain");
  const { startedAt } = values(pid, "start");
  // The kernel reports the start in ticks.
  assertGreater(startedAt!, startedAfter - 1000);
  assertGreater(startedBefore + 1000, startedAt!);
  const { userTimeNs, systemTimeNs, cpuTimeNs } = values(pid, "cpu", "cpuModes");
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ");
  assertEquals([userTimeNs, systemTimeNs], [Number(stat[11]) * 1e7, Number(stat[12]) * 1e7]);
  const [time] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
  assertEquals(cpuTimeNs, Number(time));
  const { footprintBytes, peakBytes, wiredBytes } = values(odd.pid("memory"), "footprint");
  const [anonymous = 0, swapped = 0, peak = 0] = ["RssAnon", "VmSwap", "VmHWM"].map((name) =>
    parseInt(line(odd.pid("memory"), "status", name))
  );
  assertEquals(footprintBytes, (anonymous + swapped) * 1024);
  assertEquals([peakBytes, wiredBytes], [peak * 1024, 0]);
  assertGreater(footprintBytes!, 16 << 20);
  const written = odd.pid("written");
  assertEquals(values(written, "io"), {
    readBytes: Number(line(written, "io", "read_bytes")),
    writtenBytes: Number(line(written, "io", "write_bytes")),
  });
  assertEquals(values(written, "ioCalls"), {
    inputBytes: Number(line(written, "io", "rchar")),
    outputBytes: Number(line(written, "io", "wchar")),
    inputCalls: Number(line(written, "io", "syscr")),
    outputCalls: Number(line(written, "io", "syscw")),
  });
});

test("processes() measures the processor's share over the lifetime of a process", {
  skip: needsRoot,
}, () => {
  const pid = cast.pid("plain");
  const before = Date.now();
  const { cpuPercent, cpuTimeNs, startedAt } = values(pid, "cpuPercent", "cpuTimeNs", "start");
  const since = (now: number) => cpuTimeNs! / Math.max(now - startedAt!, 10) * (100 / 1e6);
  const most = since(before), least = since(Date.now());
  assert(cpuPercent! <= most && cpuPercent! >= least, `${least} ${cpuPercent} ${most}`);
  const { memoryPercent, residentBytes } = values(pid, "memoryPercent", "residentBytes");
  assertEquals(memoryPercent, residentBytes! / defaultSystem().memoryBytes() * 100);
});

test("processes() reports terminals", { skip: needsRoot }, () => {
  const pid = cast.pid("terminal");
  const path = cast.said("terminal");
  assertEquals(values(pid, "terminal", "terminalPath"), {
    terminalDevice: defaultSystem().terminal(path),
    foregroundProcessGroupId: pid,
    sessionLeader: true,
    terminalPath: path,
  });
  // A process without a terminal has no foreground process group, and no value is 0 in its place.
  const [, , tty] = ps(["pgid", "ppid", "tty"], [cast.pid("plain")]).get(cast.pid("plain"))!;
  const plain = values(cast.pid("plain"), "terminal", "terminalPath");
  assertEquals(plain.terminalDevice === undefined, tty === "?");
  assertEquals(plain.terminalPath === undefined, tty === "?");
  assertEquals(plain.sessionLeader, false);
});

test("processes() reports names as they are", { skip: needsRoot }, () => {
  const named = (role: string) => values(odd.pid(role), "name").name;
  assertEquals(named("newline"), "a\nb) R 1 (");
  assertEquals(named("escape"), "\x1b[31mred\x07");
  assertEquals(named("brackets"), ")))(((");
  assertEquals(named("nameless"), "");
  assertEquals(named("bytes"), "\ufffd\ufffd\ufffd");
  assertEquals(values(cast.pid("name"), "name").name, ") R 1 1 1 (");
  // The kernel only keeps 15 bytes.
  assertEquals(named("long"), "a name of more than fifteen bytes");
  // The text after the name in the same file is not mistaken for the fields.
  assertEquals(values(odd.pid("newline"), "ids").parentPid, odd.pid("director"));
  assertEquals(values(odd.pid("brackets"), "state").state, "sleeping");
});

test("processes() reports what processes were started with", { skip: needsRoot }, () => {
  const args = (role: string) => values(odd.pid(role), "command");
  // Linux adds an empty name if a program is started without arguments.
  assertEquals(args("no-arguments"), { arguments: [""], title: undefined });
  assertEquals(args("empty-argument"), { arguments: [""], title: undefined });
  assertEquals(args("arguments"), {
    arguments: ["my prog", "", "x\ny", "\ufffd", ""],
    title: undefined,
  });
  assertEquals(args("titled"), { arguments: ["a title"], title: "a title" });
  assertEquals(args("nice").title, undefined);
  const lines = (role: string) => values(odd.pid(role), "commandLine").commandLine;
  assertEquals(lines("arguments"), "my prog  x\ny \ufffd ");
  assertEquals(lines("titled"), "a title");
  const { name } = values(odd.pid("no-arguments"), "name");
  assertEquals(lines("no-arguments"), `[${name}]`);
  const environment = ["STAND=1", "SECRET=two\nlines", "EMPTY=", "SECRET=again"];
  for (const role of ["no-arguments", "empty-argument", "arguments", "titled"]) {
    assertEquals(values(odd.pid(role), "environment"), { environment }, role);
  }
  assertEquals(values(cast.pid("leaderless"), "command"), values(cast.pid("plain"), "command"));
  const { environment: own } = values(process.pid, "environment");
  assertEquals(own!.includes(`PATH=${process.env.PATH}`), true);
});

test("processes() reports the file of a program, and whether it was deleted", {
  skip: needsRoot,
}, () => {
  const executable = (role: string) => values(odd.pid(role), "executable");
  assertEquals(executable("long"), {
    executablePath: `${folder}/a name of more than fifteen bytes`,
    executableDeleted: false,
  });
  assertEquals(executable("deleted"), {
    executablePath: `${folder}/deleted`,
    executableDeleted: true,
  });
  assertEquals(executable("named-deleted"), {
    executablePath: `${folder}/x (deleted)`,
    executableDeleted: false,
  });
  const executablePath = readlinkSync(`/proc/${cast.pid("plain")}/exe`);
  for (const role of LIVING) {
    const expected = { executablePath, executableDeleted: false };
    assertEquals(values(cast.pid(role), "executable"), expected, role);
  }
});

test("processes() reports where processes are, at any length, and what was removed", {
  skip: needsRoot,
}, () => {
  const cwd = (role: string) => values(odd.pid(role), "directories");
  const at = (workingDirectory: string, rootDirectory = "/", workingDirectoryDeleted = false) => ({
    workingDirectory,
    workingDirectoryDeleted,
    rootDirectory,
    rootDirectoryDeleted: false,
  });
  assertEquals(cwd("here"), at(`${folder}/w\n `));
  assertEquals(cwd("jailed"), at(`${folder}/jail`, `${folder}/jail`));
  const deep = readlinkSync(`/proc/${odd.pid("deep")}/cwd`);
  assertGreater(deep.length, 1023);
  assertEquals(cwd("deep"), at(deep));
  assertEquals(cwd("nowhere"), at(`${folder}/gone`, "/", true));
  const plain = values(cast.pid("plain"), "directories");
  assertEquals(values(cast.pid("leaderless"), "directories"), plain);
});

test("processes() reports zombie where a zombie has nothing any more", { skip: needsRoot }, () => {
  for (const system of [defaultSystem(), kernelSystem()]) {
    for (const role of ZOMBIES) {
      const row = readAll(cast.pid(role), system);
      for (const name of TAKEN) {
        assertEquals([name, row[name], row.missing[name]], [name, undefined, "zombie"]);
      }
      for (const name of LEFT) {
        // Only Linux's own table reads privileges.
        const isRead = system === defaultSystem() ||
          !fieldsOf("supplementaryGroups", "privileges").includes(name);
        const own = readAll(process.pid, system).missing[name];
        if (isRead) assertEquals([name, row.missing[name]], [name, own]);
      }
      assertEquals([row.name, row.commandLine, row.state], ["cast", "[cast]", "zombie"]);
      assertEquals(row.parentPid, cast.pid("director"));
      assertGreater(row.startedAt as number, startedAfter - 1000);
    }
  }
});

test("processes() reports of kernel threads what they have", { skip: needsRoot }, () => {
  const name = execFileSync("ps", ["-o", "comm=", "-p", "2"], { encoding: "utf8" }).trim();
  // There are no kernel threads in a pid namespace of its own.
  if (name !== "kthreadd") return;
  const row = readAll(2);
  assertEquals([row.pid, row.name, row.parentPid, row.kernelThread], [2, name, 0, true]);
  assertEquals([row.residentBytes, row.virtualBytes], [0, 0]);
  assertEquals([row.executablePath, row.missing.executablePath], [undefined, "unsupported"]);
  assertEquals([row.arguments, row.environment, row.commandLine], [[], [], `[${name}]`]);
});

test("processes() reports the same through the kernel alone as through Linux's own table", {
  skip: needsRoot,
}, () => {
  const cities = [...LIVING, ...ZOMBIES, "director"].map((role) => cast.pid(role));
  const oddities = ["newline", "nameless", "bytes", "no-arguments", "titled", "long", "deleted"];
  const more = ["named-deleted", "threads", "memory", "here", "nowhere", "deep", "jailed", "nice"];
  const pids = [...cities, ...[...oddities, ...more].map((role) => odd.pid(role))];
  const fast = read(pids, FIELD_NAMES) as Map<number, AnyRow>;
  const slow = read(pids, FIELD_NAMES, kernelSystem()) as Map<number, AnyRow>;
  assertEquals([...fast.keys()], [...pids].sort((a, b) => a - b));
  for (const [pid, one] of fast) {
    const other = slow.get(pid)!;
    for (const name of FIELD_NAMES) {
      if (name === "startedAt" || name === "cpuTimeNs" || MOVING.includes(name)) continue;
      if (fieldsOf(...OF_TABLE).includes(name)) {
        const lost = one.state === "zombie" && !LEFT.includes(name);
        assertEquals(other.missing[name], lost ? "zombie" : "unsupported");
        continue;
      }
      const what = `${name} of ${pid}`;
      assertEquals([one[name], one.missing[name]], [other[name], other.missing[name]], what);
    }
    // Each source determines the start of the machine itself.
    assertAlmostEquals(one.startedAt as number, other.startedAt as number, 50);
  }
});

test("processes() follows XNU's rule of what is reported about other users' processes", {
  skip: needsRoot,
}, () => {
  const others = [...LIVING, "zombie"].map((role) => cast.pid(role));
  const system = xnuSystem(defaultSystem(), (pid) => others.includes(pid));
  const open = fieldsOf(
    ...["ids", "session", "name", "user", "userName", "credentials", "executable"] as const,
    ...["kernelThread", "flags", "container", "securityLabel", "descriptorLimit"] as const,
    ...["start", "terminal", "terminalPath", "priority", "supplementaryGroups"] as const,
  ).concat("pid", "uniqueId");
  const unsupported = fieldsOf("privileges", "memoryShares", "ioCalls", "runDelay");
  const known = read(others, FIELD_NAMES) as Map<number, AnyRow>;
  const found = read(others, FIELD_NAMES, system) as Map<number, AnyRow>;
  assertEquals([...found.keys()], [...known.keys()]);
  const check = (pid: number, name: FieldName, why: Missing | "known") => {
    const row = found.get(pid)!, truth = known.get(pid)!;
    const expected = why === "known" ? [truth[name], truth.missing[name]] : [undefined, why];
    assertEquals([row[name], row.missing[name]], expected, `${name} of ${pid}`);
  };
  for (const role of LIVING) {
    const pid = cast.pid(role);
    for (const name of FIELD_NAMES) {
      if (unsupported.includes(name)) check(pid, name, "unsupported");
      else if (name === "commandLine") {
        assertEquals(found.get(pid)![name], `[${known.get(pid)!.name}]`);
      } // A stopped process is recognized. Only the threads show whether another process runs.
      else if (open.includes(name) || (name === "state" && role === "stopped")) {
        check(pid, name, "known");
      } else check(pid, name, "denied");
    }
  }
  const zombie = cast.pid("zombie");
  for (const name of FIELD_NAMES) {
    const denied = fieldsOf("cpu", "cpuPercent", "cpuModes", "childTimes", "counters")
      .includes(name);
    if (fieldsOf("privileges").includes(name)) {
      check(zombie, name, "unsupported");
    } else check(zombie, name, denied ? "denied" : LEFT.includes(name) ? "known" : "zombie");
  }
  // The threads of the caller's own processes are known, and none of them runs.
  assertEquals(readAll(odd.pid("nice"), system).state, "sleeping");
});

test("processes() knows no state that the kernel's number does not stand for", { skip }, () => {
  const below = defaultSystem().kernel;
  for (const status of [0, 6, 0xffffffff]) {
    const kernel = scriptedKernel(({ callnum, pid, flavor, arg, flags, extId }, buffer) => {
      const answer = flags === undefined
        ? below.procInfo(callnum, pid, flavor, arg, buffer)
        : below.procInfoExtendedId(callnum, pid, flavor, flags, extId!, arg, buffer);
      if (flavor === 18) new DataView(buffer!.buffer).setUint32(4, status, true);
      return answer;
    });
    const system = kernelSystem(kernel);
    const rows = processes({ fields: ["state"], pids: [process.pid], system });
    const { pid } = process;
    assertEquals(rows, [{ pid, state: undefined, missing: { state: "unsupported" } }]);
  }
});

test("processes() of a lone kernel leaves out what only the system reports", { skip }, () => {
  const beside = fieldsOf(
    ...["session", "userName", "cpu", "cpuModes", "cpuPercent", "memoryPercent"] as const,
    ...["executable", "command", "environment", "container", "privileges"] as const,
    ...["securityLabel", "memoryShares", "ioCalls", "runDelay", "descriptorLimit"] as const,
    ...["counters", "childTimes", "switches", "supplementaryGroups"] as const,
  );
  const row = readAll(process.pid, systemOf(defaultSystem().kernel));
  for (const name of FIELD_NAMES) {
    const path = name === "terminalPath" && row.terminalDevice !== undefined;
    const expected = beside.includes(name) || path ? "unsupported" : undefined;
    // Times cannot be converted if their unit is unknown.
    assertEquals([name, row.missing[name]], [name, expected]);
    if (expected) assertEquals(row[name], undefined);
  }
  assertEquals(row.commandLine, `[${row.name}]`);
  assertGreaterOrEqual(row.threadCount as number, 1);
});

test("processes() reads arguments and environments only where they are requested", {
  skip,
}, () => {
  const asked: string[] = [];
  const below = defaultSystem();
  const system = kernelSystem(undefined, {
    arguments(pid) {
      asked.push(`arguments ${pid}`);
      return below.arguments(pid);
    },
    environment(pid) {
      asked.push(`environment ${pid}`);
      return below.environment(pid);
    },
    executable(pid) {
      asked.push(`executable ${pid}`);
      return below.executable(pid);
    },
  });
  const { pid } = process;
  const options = { system, pids: [pid] };
  const secrets = fieldsOf("command", "commandLine", "environment", "executable");
  processes(options);
  processes({ ...options, fields: FIELD_NAMES.filter((name) => !secrets.includes(name)) });
  assertEquals(asked, []);
  // Arguments, title and command line take one query.
  processes({ ...options, fields: ["arguments", "commandLine", "title"], name: "" });
  assertEquals(asked.splice(0), [`arguments ${pid}`]);
  processes({ ...options, fields: ["environment", "executablePath"] });
  assertEquals(asked.splice(0).sort(), [`environment ${pid}`, `executable ${pid}`]);
  // A requested value does not appear in the row of another query.
  const [row] = processes({ ...options, fields: ["arguments"] });
  assertEquals(Object.keys(row!), ["pid", "arguments", "missing"]);
});

test("processes() never hands out an environment beside the arguments", { skip: needsRoot }, () => {
  const pids = [odd.pid("arguments"), odd.pid("titled"), odd.pid("no-arguments")];
  const fields = ["command", "name", "executable", "directories"] as const;
  const table = processTable({ fields, pids });
  const text = new TextDecoder().decode(table.textBytes);
  assertEquals(/SECRET|STAND/.test(text), false, text);
});

test("processes() reports to another user nothing that only root may read", {
  skip: needsRoot,
}, () => {
  const pids = [cast.pid("plain"), cast.pid("zombie"), 1];
  const found = runWrapped(
    AS_NOBODY,
    `import process from "node:process";
    import { FIELD_NAMES, processes } from "./lib/process/mod.ts";
    const rows = processes({
      fields: FIELD_NAMES,
      pids: [...${JSON.stringify(pids)}, process.pid],
    });
    console.log(JSON.stringify(rows));`,
  ) as AnyRow[];
  assertEquals(found.length, 4);
  const [plain, zombie, init] = pids.map((pid) => found.find((one) => one.pid === pid)!);
  for (const name of FIELD_NAMES) {
    for (const one of [plain!, init!]) {
      const root = readAll(one.pid as number);
      const expected = SECRET.includes(name) ? "denied" : root.missing[name];
      assertEquals([one.pid, name, one.missing[name]], [one.pid, name, expected]);
      if (expected) assertEquals(one[name], undefined);
    }
    const expected = readAll(cast.pid("zombie")).missing[name];
    assertEquals([name, zombie!.missing[name]], [name, expected]);
  }
  assertEquals(plain!.arguments, values(cast.pid("plain"), "command").arguments);
  assertEquals(plain!.name, values(cast.pid("plain"), "name").name);
  const own = found.find(({ pid }) => !pids.includes(pid as number))!;
  assertEquals(own.missing, readAll(process.pid).missing);
});

test("processes() lists all there are, each once and in ascending order", { skip }, () => {
  const listed = processes({ fields: ["ids"] });
  const pids = listed.map(({ pid }) => pid);
  assertEquals(pids, [...new Set(pids)].sort((a, b) => a - b));
  assert(pids.includes(process.pid) && pids.includes(process.ppid));
  const own = listed.find(({ pid }) => pid === process.pid)!;
  assertEquals(own.parentPid, process.ppid);
  const lone = systemOf(defaultSystem().kernel);
  assertEquals(processes({ fields: ["ids"], system: lone }).at(0)?.pid, pids[0]);
});

test("processes() reads the requested processes, each once", { skip }, () => {
  const { pid, ppid } = process;
  const some = processes({ fields: [], pids: [pid, 2 ** 31 - 1, ppid, pid, 0] });
  const missing = {};
  assertEquals(some, [{ pid: Math.min(pid, ppid), missing }, {
    pid: Math.max(pid, ppid),
    missing,
  }]);
  assertEquals(processes({ pids: [] }), []);
  const [own] = processes({ fields: ["cpuModes", "cpu", "parentPid"], pids: [pid] });
  const keys = ["pid", "userTimeNs", "systemTimeNs", "cpuTimeNs", "parentPid", "missing"];
  assertEquals(Object.keys(own!), keys);
  assertEquals(Object.keys(processes({ pids: [pid] })[0]!), [...DEFAULT_FIELDS, "missing"]);
});

test("processes() stays right while processes come and go", {
  skip: needsRoot,
  timeout: 300_000,
}, async () => {
  await using _storm = await startStage("storm.c", () => []);
  const seen = new Set<number>();
  const lives = new Map<string, number>();
  let before = 0;
  for (let round = 0; round < 8; round++) {
    const system = round % 2 ? kernelSystem() : defaultSystem();
    const fields: readonly FieldName[] = round % 3 === 0
      ? [...DEFAULT_FIELDS, "uniqueId"]
      : FIELD_NAMES;
    let last = -1;
    for (const row of processes({ fields, system }) as AnyRow[]) {
      const { pid, uniqueId, startedAt, state, userId, missing } = row;
      assertGreater(pid as number, last);
      last = pid as number;
      seen.add(last);
      assertMatch(uniqueId as string, /^[1-9]\d*$/);
      assertGreater(startedAt as number, 0);
      // A process has only one start.
      const began = lives.get(uniqueId as string) ?? startedAt as number;
      assertAlmostEquals(began, startedAt as number, 50);
      lives.set(uniqueId as string, startedAt as number);
      assert(missing.state === "gone" || typeof state === "string");
      assert(missing.userId === "gone" || userId as number >= 0);
      checkPlausible(row);
    }
    assert(seen.has(process.pid));
    const open = readdirSync("/proc/self/fd").length;
    if (round === 2) before = open;
  }
  assertGreater(before + 10, readdirSync("/proc/self/fd").length);
  assertGreater(seen.size, 50);
});

/** Checks for values that no process can have. */
function checkPlausible(row: AnyRow): void {
  const { pid, missing } = row;
  for (const [name, why] of Object.entries(missing)) {
    assert(MISSING.includes(why), `${name} of ${pid} is ${why}`);
    assertEquals(row[name as FieldName], undefined, `${name} of ${pid}`);
  }
  const { userTimeNs, systemTimeNs, cpuTimeNs } = row;
  if (cpuTimeNs !== undefined && userTimeNs !== undefined) {
    const parts = userTimeNs as number + (systemTimeNs as number);
    assertLessOrEqual(parts, cpuTimeNs as number);
  }
  if (row.residentBytes !== undefined) assertGreaterOrEqual(row.residentBytes as number, 0);
  if (row.threadCount !== undefined) assertGreaterOrEqual(row.threadCount as number, 1);
  if (row.executablePath !== undefined) assertMatch(row.executablePath as string, /^\//);
  if (row.rootDirectory !== undefined) assertMatch(row.rootDirectory as string, /^\//);
  if (row.state === "zombie") assertEquals(row.arguments, undefined);
  if (row.arguments !== undefined && row.kernelThread === false) {
    const list = row.arguments as readonly string[];
    assertGreater(list.length, 0, `process ${pid} has no arguments`);
  }
}

test("processes() does not report an empty list of arguments in the middle of an exec", {
  skip,
}, async () => {
  const child = spawn(compileProgram(["restless.c"], "restless"), { stdio: "ignore" });
  try {
    let read = 0;
    const end = performance.now() + 20_000;
    for (let round = 0; round < 400 || read === 0 && performance.now() < end; round++) {
      const [row] = processes({
        fields: ["arguments", "commandLine"],
        pids: [child.pid!],
        system: round % 2 ? kernelSystem() : defaultSystem(),
      });
      if (row!.arguments === undefined) {
        assert(["gone", "starting"].includes(row!.missing.arguments!), row!.missing.arguments);
        continue;
      }
      read++;
      assertGreater(row!.arguments.length, 0);
      assertMatch(row!.commandLine!, /\w/);
    }
    assertGreater(read, 0);
  } finally {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
});

test("processes() throws where the processes cannot be listed", { skip }, () => {
  for (const errno of [ERRNO.EPERM, ERRNO.EMFILE, ERRNO.EINVAL]) {
    const system = systemOf(scriptedKernel(-errno));
    const error = assertThrows(() => processes({ system }), SystemCallError);
    assertEquals(error.errno, errno);
  }
});

test("tableRow() refuses a row that is not there", { skip }, () => {
  const table = processTable({ fields: ["name"], pids: [process.pid] });
  assertEquals(tableRow(table, 0).pid, process.pid);
  for (const row of [1, -1, 0.5, NaN, "0" as unknown as number]) {
    const error = assertThrows(() => tableRow(table, row));
    assertInstanceOf(error, RangeError);
    assertEquals(
      error.message,
      `Cannot read row as it must be an integer below 1: current value is ${
        typeof row === "string" ? `"${row}"` : row
      }`,
    );
  }
  structuredClone(table, { transfer: [table.pid.buffer] });
  assertThrows(() => tableRow(table, 0), RangeError, "below 0");
});

/** True if two types are identical. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

test("processes() has a type with the requested fields", { skip }, () => {
  const some = processes({ fields: ["ids", "arguments", "title"], pids: [process.pid] });
  type Some = typeof some[number];
  const keys: Same<
    keyof Some,
    "pid" | "missing" | "parentPid" | "processGroupId" | "arguments" | "title"
  > = true;
  const text: Same<Some["title"], Fields["title"]> = true;
  const list: Same<Some["arguments"], readonly string[] | undefined> = true;
  const why: Same<
    Some["missing"],
    { readonly [N in Exclude<keyof Some, "pid" | "missing">]?: Missing }
  > = true;
  const every = processes({ pids: [process.pid] });
  const defaults: Same<keyof typeof every[number], "missing" | DefaultField> = true;
  const table = processTable({ fields: ["memory"], pids: [process.pid] });
  const columns: Same<
    keyof typeof table,
    | ("count" | "fields" | "pid" | "uniqueId" | "readAtMs" | "status" | "textBytes" | "textEnds")
    | ("residentBytes" | "virtualBytes")
  > = true;
  const status: Same<keyof typeof table.status, "residentBytes" | "virtualBytes"> = true;
  const two = processTable({ fields: ["name", "io", "executableDeleted"], pids: [process.pid] });
  const both: Same<
    Exclude<keyof typeof two, keyof typeof table>,
    "name" | "readBytes" | "writtenBytes" | "executableDeleted"
  > = true;
  const kinds: Same<
    [typeof two["name"], typeof two["readBytes"], typeof two["executableDeleted"]],
    [Uint32Array<ArrayBuffer>, Float64Array<ArrayBuffer>, Int8Array<ArrayBuffer>]
  > = true;
  const row: Same<
    ReturnType<typeof tableRow<"residentBytes">>,
    ProcessRow<"residentBytes">
  > = true;
  const checked = [keys, text, list, why, defaults, columns, status, both, kinds, row];
  assertEquals(checked, Array(10).fill(true));
  // @ts-expect-error: it was not requested
  assertEquals(some[0]!.residentBytes, undefined);
  // @ts-expect-error: there is no such field
  assertThrows(() => processes({ fields: ["nope"] }), RangeError);
  assertEquals(Object.keys(table).sort(), [
    ...["count", "fields", "pid", "readAtMs", "residentBytes", "status", "textBytes", "textEnds"],
    ...["uniqueId", "virtualBytes"],
  ]);
  assertEquals(GROUP_NAMES as readonly string[], [...GROUPS.keys()]);
});
