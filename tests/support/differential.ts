import { spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { openProcess, type Process } from "../../lib/process/process.ts";
import { processes } from "../../lib/process/rows.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { startCast } from "./cast.ts";

/** A value for which this module and another source differ. */
export interface Difference {
  /** The other source, such as `ps`. */
  readonly source: string;
  /** The role of the process and the name of the value. */
  readonly where: string;
  /** The value of this module. */
  readonly ours: unknown;
  /** The value of the other source. */
  readonly theirs: unknown;
  /** The reason for an expected difference; undefined if it is unexpected. */
  readonly reason: string | undefined;
}

/** The result of a comparison. */
export interface Comparison {
  /** The number of processes. */
  readonly processes: number;
  /** The number of compared values, by source. */
  readonly compared: ReadonlyMap<string, number>;
  /** The values that differ. */
  readonly differences: readonly Difference[];
  /** The sources that are not installed. */
  readonly absent: readonly string[];
}

/** The expected differences, each with its reason. */
const REASONS: readonly (readonly [source: RegExp, where: RegExp, reason: string])[] = [
  [
    /^\/proc$/,
    /^anonymous fd \d+ (read|write|append|nonBlocking|closeOnExec)$/,
    "no flavor of the call describes an inotify",
  ],
  [/^\/proc$/, /^utf8_name thread name$/, "the kernel cuts names within a character"],
  [/^lsof$/, / path$/, "lsof escapes bytes that cannot be printed, and cuts nothing"],
];

/** Compares values and collects the differences. */
class Book {
  readonly compared = new Map<string, number>();
  readonly differences: Difference[] = [];
  readonly absent: string[] = [];

  /** Compares one value. */
  compare(source: string, where: string, ours: unknown, theirs: unknown): void {
    this.compared.set(source, (this.compared.get(source) ?? 0) + 1);
    if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
    const [, , reason] = REASONS.find(([of, at]) => of.test(source) && at.test(where)) ?? [];
    this.differences.push({ source, where, ours, theirs, reason });
  }

  /** Compares the members that `theirs` has. */
  compareAll(source: string, where: string, ours: object, theirs: object): void {
    for (const [name, value] of Object.entries(theirs)) {
      this.compare(source, `${where} ${name}`, (ours as Record<string, unknown>)[name], value);
    }
  }

  /** Returns the output of a program; undefined if it is not installed. */
  output(...[file, ...args]: readonly [string, ...string[]]): string | undefined {
    const { stdout, error } = spawnSync(file, args, { encoding: "latin1", maxBuffer: 1 << 28 });
    if (error === undefined) return stdout;
    if (!this.absent.includes(file)) this.absent.push(file);
    return undefined;
  }
}

/**
 * Starts the processes of `zoo.c`, and compares what this module reports about each of them with
 * `/proc`, which is parsed here, and with the output of `ps`, `prlimit`, `lsof`, `ss` and psutil.
 *
 * @param scale The number of regions and descriptors of the large processes.
 */
export async function compareZoo(scale: number): Promise<Comparison> {
  const folder = mkdtempSync(`${tmpdir()}/libproc-zoo-`);
  const book = new Book();
  try {
    await using zoo = await startCast("zoo", [`${scale}`, folder]);
    const animals = zoo.roles.filter((role) => role !== "director")
      .map((role) => animal(role, zoo.pid(role)));
    const living = animals.filter(({ role }) => role !== "zombie");
    compareRows(book, animals);
    for (const animal of living) {
      compareLimits(book, animal);
      compareSignals(book, animal);
      compareThreads(book, animal);
      compareNamespaces(book, animal);
      compareRegions(book, animal);
      compareDescriptors(book, animal);
    }
    comparePs(book, animals);
    compareLsof(book, living);
    compareSockets(book, living);
    comparePsutil(book, living);
    return { processes: animals.length, ...book };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Animal {
  readonly role: string;
  readonly pid: number;
  readonly process: Process;
  /**
   * The folder, relative to that of the process, with its memory and files. It is that of a thread
   * if the leader has ended.
   */
  readonly thread: string;
}

function animal(role: string, pid: number): Animal {
  const last = readdirSync(`/proc/${pid}/task`).at(-1);
  const thread = role === "leaderless" ? `task/${last}/` : "";
  return { role, pid, process: openProcess(pid), thread };
}

const utf8 = new TextDecoder();

/** Decodes UTF-8 that was read as Latin-1. */
const text = (latin1: string): string =>
  utf8.decode(Uint8Array.from(latin1, (c) => c.charCodeAt(0)));

const file = (pid: number, name: string): string => readFileSync(`/proc/${pid}/${name}`, "latin1");

/** Parses a file of lines such as `Name: value`. */
function members(content: string): Record<string, string> {
  return Object.fromEntries(
    [...content.matchAll(/^([^:\n]+):[ \t]*(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}

/** Parses `stat`: the name, and the fields from the third on, at their numbers in proc(5). */
function stat(content: string): { readonly name: string; readonly at: readonly string[] } {
  const end = content.lastIndexOf(")");
  const rest = content.slice(end + 2).trim().split(" ");
  return { name: content.slice(content.indexOf("(") + 1, end), at: ["", "", "", ...rest] };
}

/** Splits a list whose items end with a NUL. */
const parts = (content: string): string[] => content.split("\0").slice(0, -1).map(text);

const link = (path: string): string => readlinkSync(path);

const STATES: Readonly<Record<string, string>> = {
  ...{ R: "running", S: "sleeping", D: "sleeping", T: "stopped", t: "stopped", Z: "zombie" },
};

const KILOBYTE = 1024;
const TICK_NS = 1e7;
const FIELDS = [
  ...["ids", "session", "name", "state", "user", "credentials", "terminal", "priority"],
  ...[
    "scheduling",
    "cpu",
    "cpuModes",
    "memory",
    "footprint",
    "threads",
    "io",
    "descriptors",
    "executable",
  ],
  ...["command", "environment", "directories", "container", "privileges", "flags", "kernelThread"],
  "supplementaryGroups",
] as const;

function compareRows(book: Book, animals: readonly Animal[]): void {
  const pids = animals.map(({ pid }) => pid);
  const rows = new Map(processes({ pids, fields: [...FIELDS] }).map((row) => [row.pid, row]));
  for (const { role, pid, process, thread } of animals) {
    const { name, at } = stat(file(pid, "stat"));
    const number = (place: number) => Number(at[place]);
    const status = members(file(pid, "status"));
    const list = (member: string) =>
      (status[member] ?? "").split(/\s+/).filter(Boolean).map(Number);
    const zombie = at[3] === "Z";
    const [realUserId, userId, savedUserId] = list("Uid");
    const [realGroupId, groupId, savedGroupId] = list("Gid");
    const always = {
      parentPid: number(4),
      processGroupId: number(5),
      sessionId: number(6),
      ...(name.length < 15 ? { name: text(name) } : {}),
      ...(role === "leaderless" ? {} : { state: STATES[at[3]!] }),
      ...{ userId, realUserId, savedUserId, groupId, realGroupId, savedGroupId },
      terminalDevice: number(7) || undefined,
      foregroundProcessGroupId: number(8) > 0 ? number(8) : undefined,
      sessionLeader: number(6) === pid,
      nice: number(19),
      kernelThread: false,
      supplementaryGroupIds: list("Groups"),
      noNewPrivileges: status["NoNewPrivs"] === "1",
      traced: status["TracerPid"] !== "0",
      cgroup: /^0::(.*)$/m.exec(file(pid, "cgroup"))?.[1],
    };
    const ours = rows.get(pid)!;
    book.compareAll("/proc", role, ours, always);
    // read() reads the same values in a different way.
    const { cgroup: _, ...ofInfo } = always;
    book.compareAll("/proc", `${role} read()`, process.read(...FIELDS), ofInfo);
    if (zombie) continue;
    const io = members(file(pid, "io"));
    const own = members(file(pid, `${thread}status`));
    const size = (member: string) => Number.parseInt(own[member] ?? "0") * KILOBYTE;
    book.compareAll("/proc", role, ours, {
      threadCount: readdirSync(`/proc/${pid}/task`).length,
      residentBytes: size("VmRSS"),
      virtualBytes: size("VmSize"),
      footprintBytes: size("RssAnon") + size("VmSwap"),
      peakBytes: size("VmHWM"),
      wiredBytes: size("VmLck") + size("VmPin"),
      readBytes: Number(io["read_bytes"]),
      writtenBytes: Number(io["write_bytes"]),
      userTimeNs: number(14) * TICK_NS,
      systemTimeNs: number(15) * TICK_NS,
      descriptorCount: readdirSync(`/proc/${pid}/${thread}fd`).length,
      executablePath: link(`/proc/${pid}/${thread}exe`),
      executableDeleted: false,
      environment: parts(file(pid, `${thread}environ`)),
      rootDirectory: link(`/proc/${pid}/${thread}root`),
      schedulingPolicy: ["timeshare", "fifo", "roundRobin", "timeshare", , "timeshare"][number(41)],
    });
    if (role !== "titled") {
      book.compare(
        "/proc",
        `${role} arguments`,
        ours.arguments,
        parts(file(pid, `${thread}cmdline`)),
      );
    }
    const cwd = link(`/proc/${pid}/${thread}cwd`);
    if (!cwd.endsWith(" (deleted)")) {
      book.compare("/proc", `${role} workingDirectory`, ours.workingDirectory, cwd);
    }
    for (const kind of ["Eff", "Prm", "Inh", "Bnd", "Amb"] as const) {
      const names = {
        Eff: "effective",
        Prm: "permitted",
        Inh: "inheritable",
        Bnd: "bounding",
        Amb: "ambient",
      };
      const set = BigInt(`0x${status[`Cap${kind}`]}`).toString(2).replaceAll("0", "").length;
      const found = ours[`${names[kind]}Capabilities` as "effectiveCapabilities"];
      book.compare("/proc", `${role} Cap${kind}`, found?.length, set);
    }
  }
}

/** The fields by the names of prlimit(1). */
const LIMITS = {
  CPU: "cpuSeconds",
  FSIZE: "fileBytes",
  DATA: "dataBytes",
  STACK: "stackBytes",
  CORE: "coreBytes",
  RSS: "residentBytes",
  AS: "virtualBytes",
  NOFILE: "openFiles",
  NPROC: "processes",
} as const;

function compareLimits(book: Book, { role, pid, process }: Animal): void {
  const printed = book.output(
    "prlimit",
    "--raw",
    "--noheadings",
    "-o",
    "RESOURCE,SOFT,HARD",
    "-p",
    `${pid}`,
  );
  if (printed === undefined) return;
  const value = (word: string | undefined) => word === "unlimited" ? undefined : Number(word);
  const limits = process.limits();
  for (const line of printed.trim().split("\n")) {
    const [resource = "", soft, hard] = line.trim().split(/\s+/);
    const name = LIMITS[resource as keyof typeof LIMITS];
    if (name === undefined) continue;
    book.compareAll("prlimit", `${role} ${name}`, limits[name]!, {
      soft: value(soft),
      hard: value(hard),
    });
  }
}

function compareSignals(book: Book, { role, pid }: Animal): void {
  const sets = defaultSystem().signals(pid);
  const status = members(file(pid, "status"));
  const hex = (...sets: readonly bigint[]) => sets.reduce((all, set) => all | set).toString(16);
  const linux = (member: string) => BigInt(`0x${status[member]}`);
  book.compare("/proc", `${role} ignored`, hex(sets.ignored), hex(linux("SigIgn")));
  book.compare("/proc", `${role} caught`, hex(sets.caught), hex(linux("SigCgt")));
  const pending = hex(linux("SigPnd"), linux("ShdPnd"));
  book.compare("/proc", `${role} pending`, hex(sets.pending ?? -1n), pending);
}

function compareThreads(book: Book, { role, pid, process }: Animal): void {
  const found = new Map(process.threads().map((thread) => [thread.id, thread]));
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const { name, at } = stat(file(pid, `task/${tid}/stat`));
    // Only the id of a thread that has ended is reported.
    if (at[3] === "Z") continue;
    const ours = found.get(Number(tid));
    book.compareAll("/proc", `${role} thread`, ours ?? {}, {
      id: Number(tid),
      name: text(name),
      userTimeNs: Number(at[14]) * TICK_NS,
      systemTimeNs: Number(at[15]) * TICK_NS,
    });
  }
}

function compareNamespaces(book: Book, { role, pid, process, thread }: Animal): void {
  const { inodes } = process.namespaces();
  for (const [kind, inode] of Object.entries(inodes)) {
    const target = link(`/proc/${pid}/${thread}ns/${kind === "mount" ? "mnt" : kind}`);
    book.compare("/proc", `${role} namespace ${kind}`, `${inode}`, /\d+/.exec(target)?.[0]);
  }
}

/** Replaces the kernel's escape of a newline, `\012`. */
const unescaped = (path: string): string => path.replace(/\\012/g, "\n");

function compareRegions(book: Book, { role, pid, process, thread }: Animal): void {
  let regions = process.regions(), smaps = file(pid, `${thread}smaps`);
  // Other processes change whether a page of a library is shared, so retry until nothing changes.
  for (let before = "", tries = 0; before !== smaps && tries < 100; tries++) {
    [before, regions, smaps] = [smaps, process.regions(), file(pid, `${thread}smaps`)];
  }
  const ours = new Map(regions.map((region) => [region.address, region]));
  // The page of legacy system calls belongs to the kernel, not to the address space.
  const blocks = smaps.split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/)
    .filter((block) => !block.includes("[vsyscall]"));
  book.compare("/proc", `${role} regions`, ours.size, blocks.length);
  for (const block of blocks) {
    const [, start = "", end, protection = "", offset, , inode, path = ""] =
      /^([0-9a-f]+)-([0-9a-f]+) (.{4}) ([0-9a-f]+) (\S+) (\d+) *(.*)/.exec(block) ?? [];
    const size = members(block);
    const bytes = (...names: string[]) =>
      names.reduce((sum, name) => sum + Number.parseInt(size[name] ?? "0") * KILOBYTE, 0);
    const region = ours.get(`0x${start.replace(/^0+/, "")}`);
    const isFile = inode !== "0";
    const named = text(unescaped(path)).replace(/ \(deleted\)$/, "");
    book.compareAll("/proc", `${role} ${start}`, region ?? {}, {
      sizeBytes: Number(`0x${end}`) - Number(`0x${start}`),
      protection: protection.slice(0, 3),
      inheritance: size["VmFlags"]!.split(" ").includes("dc")
        ? "none"
        : protection[3] === "s"
        ? "share"
        : "copy",
      ...(isFile ? { offset: Number(`0x${offset}`), inode, path: named } : {}),
      residentBytes: bytes("Rss"),
      privateResidentBytes: bytes("Private_Clean", "Private_Dirty"),
      sharedResidentBytes: bytes("Shared_Clean", "Shared_Dirty"),
      swappedBytes: bytes("Swap"),
      dirtyBytes: bytes("Shared_Dirty", "Private_Dirty"),
      wired: bytes("Locked") > 0 || size["VmFlags"]!.split(" ").includes("lo"),
    });
  }
}

const O_PATH = 0o10000000;
const ACCESS = { append: 0o2000, nonBlocking: 0o4000, closeOnExec: 0o2000000 };

function compareDescriptors(book: Book, { role, pid, process, thread }: Animal): void {
  const ours = new Map(process.descriptors().map((found) => [found.fd, found]));
  const fds = readdirSync(`/proc/${pid}/${thread}fd`);
  book.compare("/proc", `${role} descriptors`, ours.size, fds.length);
  for (const fd of fds) {
    const found = ours.get(Number(fd));
    const where = `${role} fd ${fd}`;
    const info = members(file(pid, `${thread}fdinfo/${fd}`));
    const flags = Number.parseInt(info["flags"]!, 8);
    const path = `/proc/${pid}/${thread}fd/${fd}`;
    const target = link(path);
    // A descriptor that was opened with O_PATH is neither readable nor writable.
    const mode = flags & O_PATH ? 3 : flags & 3;
    book.compareAll("/proc", where, { ...found?.access, closeOnExec: found?.closeOnExec }, {
      read: mode === 0 || mode === 2,
      write: mode === 1 || mode === 2,
      append: (flags & ACCESS.append) !== 0,
      nonBlocking: (flags & ACCESS.nonBlocking) !== 0,
      closeOnExec: (flags & ACCESS.closeOnExec) !== 0,
    });
    if (!target.startsWith("/") || target.startsWith("/memfd:")) continue;
    const status = statSync(path);
    const deleted = status.nlink === 0;
    book.compareAll("/proc", where, found ?? {}, {
      path: deleted ? target.replace(/ \(deleted\)$/, "") : target,
      inode: `${status.ino}`,
      ...(status.isFile() ? { sizeBytes: status.size, offset: Number(info["pos"]) } : {}),
    });
    if (!deleted) {
      book.compare("stat", `${where} inode`, found?.inode, `${lstatOr(target, status.ino)}`);
    }
  }
}

/** Returns the inode number of a file, or `otherwise` if this mount namespace does not have it. */
function lstatOr(path: string, otherwise: number): number {
  try {
    return lstatSync(path).ino;
  } catch {
    return otherwise;
  }
}

function comparePs(book: Book, animals: readonly Animal[]): void {
  const columns = "pid,ppid,pgid,sid,uid,gid,ruid,rgid,suid,sgid,ni,nlwp,rss,vsz";
  const pids = animals.map(({ pid }) => pid);
  const printed = book.output("ps", "-o", columns, "--no-headers", "-p", pids.join(","));
  if (printed === undefined) return;
  const rows = new Map(processes({ pids, fields: [...FIELDS] }).map((row) => [row.pid, row]));
  for (const line of printed.trim().split("\n")) {
    const [pid, ppid, pgid, sid, uid, gid, ruid, rgid, suid, sgid, ni, nlwp, rss, vsz] = line.trim()
      .split(/\s+/).map(Number);
    const { role } = animals.find((animal) => animal.pid === pid)!;
    const zombie = role === "zombie";
    book.compareAll("ps", role, rows.get(pid!)!, {
      ...{ parentPid: ppid, processGroupId: pgid, sessionId: sid, userId: uid, groupId: gid },
      ...{ realUserId: ruid, realGroupId: rgid, savedUserId: suid, savedGroupId: sgid },
      ...(zombie || Number.isNaN(ni) ? {} : { nice: ni, threadCount: nlwp }),
      ...(zombie || role === "leaderless"
        ? {}
        : { residentBytes: rss! * KILOBYTE, virtualBytes: vsz! * KILOBYTE }),
    });
  }
}

function compareLsof(book: Book, animals: readonly Animal[]): void {
  const printed = book.output(
    "lsof",
    "-nP",
    "-F0pftin",
    "-p",
    animals.map(({ pid }) => pid).join(","),
  );
  if (printed === undefined) return;
  let animal: Animal | undefined;
  let ours = new Map<string, ReturnType<Process["descriptors"]>[number]>();
  for (const line of printed.split("\n")) {
    const field = Object.fromEntries(
      line.split("\0").filter(Boolean).map((part) => [part[0], part.slice(1)]),
    );
    if (field["p"] !== undefined) {
      animal = animals.find(({ pid }) => pid === Number(field["p"]));
      ours = new Map(animal?.process.descriptors().map((found) => [`${found.fd}`, found]));
    }
    if (animal === undefined || !/^\d+$/.test(field["f"] ?? "")) continue;
    const found = ours.get(field["f"]!);
    const where = `${animal.role} fd ${field["f"]}`;
    const types: Readonly<Record<string, string>> = {
      ...{ REG: "file", DIR: "directory", CHR: "characterDevice" },
      ...{ IPv4: "socket", IPv6: "socket", unix: "socket" },
    };
    const type = types[field["t"] ?? ""];
    if (type === undefined) continue;
    if (!field["n"]?.startsWith("/memfd:")) {
      book.compare("lsof", `${where} type`, found?.type, type);
    }
    if (type !== "socket") book.compare("lsof", `${where} inode`, found?.inode, field["i"]);
    if (type !== "socket" && found?.path !== undefined && !found.deleted) {
      book.compare("lsof", `${where} path`, found.path, text(field["n"]!));
    }
  }
}

function compareSockets(book: Book, animals: readonly Animal[]): void {
  const printed = book.output("ss", "-tuanpOHn");
  if (printed === undefined) return;
  for (const line of printed.split("\n")) {
    const [protocol, state, receive, send, local = "", remote = ""] = line.trim().split(/\s+/);
    for (const [, pid, fd] of line.matchAll(/pid=(\d+),fd=(\d+)/g)) {
      const animal = animals.find((each) => each.pid === Number(pid));
      const socket = animal?.process.descriptors().find((each) => each.fd === Number(fd))?.socket;
      if (animal === undefined) continue;
      const listening = state === "LISTEN";
      book.compareAll("ss", `${animal.role} fd ${fd}`, {
        ...socket,
        local: `${socket?.localAddress}:${socket?.localPort}`,
        remote: socket?.remotePort ? `${socket.remoteAddress}:${socket.remotePort}` : "none",
      }, {
        protocol,
        listening,
        local: local.replace(/[[\]]/g, ""),
        remote: remote.endsWith(":*") ? "none" : remote.replace(/[[\]]/g, ""),
        ...(listening
          ? { pendingConnections: Number(receive), backlog: Number(send) }
          : { receiveQueueBytes: Number(receive), sendQueueBytes: Number(send) }),
      });
    }
  }
}

const PSUTIL = `
import json, psutil, sys
answers = {}
for pid in map(int, sys.argv[1:]):
    p = psutil.Process(pid)
    memory = p.memory_info()
    answers[pid] = {
        "parentPid": p.ppid(), "nice": p.nice(), "threadCount": p.num_threads(),
        "residentBytes": memory.rss, "virtualBytes": memory.vms, "descriptorCount": p.num_fds(),
        "realUserId": p.uids().real, "userId": p.uids().effective, "savedUserId": p.uids().saved,
        "realGroupId": p.gids().real, "groupId": p.gids().effective, "savedGroupId": p.gids().saved,
        "environment": len(p.environ()),
    }
print(json.dumps(answers))
`;

function comparePsutil(book: Book, animals: readonly Animal[]): void {
  const some = animals.filter(({ role }) => role !== "leaderless");
  const printed = book.output("python3", "-c", PSUTIL, ...some.map(({ pid }) => `${pid}`));
  if (printed === undefined || printed === "") {
    book.absent.push("psutil");
    return;
  }
  const answers = JSON.parse(printed);
  for (const { role, pid, process } of some) {
    const { environment, ...rest } = answers[pid];
    const ours = process.read(...FIELDS);
    book.compareAll("psutil", role, ours, rest);
    const names = new Set(
      ours.environment?.flatMap((entry) => entry.includes("=") ? entry.split("=")[0] : []),
    );
    book.compare("psutil", `${role} environment`, names.size, environment);
  }
}
