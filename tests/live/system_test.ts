import { assert, assertEquals, assertGreaterOrEqual, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ending, ExitWatch, LimitName, NamespaceKind } from "../../lib/system/facts.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { linuxSystem } from "../../lib/linux/system.ts";
import type { Libc } from "../../lib/linux/sys/libc.ts";
import { changedLibc, type LibraryChanges } from "../support/libc.ts";
import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import { getPidsForPpid, SystemCallError } from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem, openSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { isLinuxSince } from "../support/kernel_release.ts";
import { executed, processDescriptors } from "../support/lines.ts";
import { openedSince, openFiles } from "../support/open_files.ts";
import { type ProcTree, unpackProcTree } from "../support/proc_tree.ts";
import { AS_NOBODY, inShell, OWN_MOUNTS, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const needsRoot = skip || (!root && "needs root, to change users and to make namespaces");

/** True if the kernel keeps the exit status of a process for every process that watches it. */
const keepsStatus = isLinuxSince(6, 15);
const needsStatus = skip || (!keepsStatus && "needs Linux 6.15, which keeps how a process ended");

const NOBODY = 0x7fffffff;
const KERNEL_THREADS = 2;

let cast: Cast;
let tree: ProcTree;
before(async () => {
  if (!linux) return;
  cast = await startCast();
  tree = unpackProcTree();
});
after(async () => {
  tree?.[Symbol.dispose]();
  await cast?.[Symbol.asyncDispose]();
});

const errnoOf = (run: () => unknown) => assertThrows(run, SystemCallError).errno;
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A process that exists until it is disposed of. */
interface Actor extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcess;
}

/**
 * Starts a command. If `program` is set, it also waits until the child has executed a program with
 * this first argument.
 */
async function start(
  command: readonly [string, ...string[]],
  program?: string,
  options: { argv0?: string } = {},
): Promise<Actor> {
  const [file, ...args] = command;
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"], ...options });
  // The pipes are closed with the process, so that open descriptors can be counted afterwards.
  const closed = once(child, "close");
  const pid = child.pid!;
  if (program !== undefined) await executed(child, program);
  return {
    pid,
    child,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      child.stdin!.destroy();
      child.stdout!.destroy();
      await closed;
    },
  };
}

async function startReady(...command: [string, ...string[]]): Promise<Actor> {
  const actor = await start(command);
  for await (const line of createInterface({ input: actor.child.stdout! })) {
    if (line === "ready") break;
  }
  return actor;
}

function folderFor(test: string): string {
  // The path must not contain symbolic links.
  return realpathSync(mkdtempSync(`${tmpdir()}/libproc-${test}-`));
}

/**
 * Returns a system over a C library in which some functions are changed, or missing if they are
 * null.
 */
function systemOver(changes: LibraryChanges, procRoot?: string): System {
  const libc = changedLibc(changes);
  return linuxSystem({ fs: procFs(libc, procRoot), libc });
}

// The machine.

test("pageBytes() and memoryBytes() are the machine's", { skip }, () => {
  const system = defaultSystem();
  const of = (name: string) => Number(execFileSync("getconf", [name], { encoding: "utf8" }));
  assertEquals(system.pageBytes(), of("PAGESIZE"));
  assertEquals(system.memoryBytes(), of("_PHYS_PAGES") * of("PAGESIZE"));
});

test("machine() is what the files of /proc report of the machine", { skip }, () => {
  const system = defaultSystem();
  const read = (name: string) => readFileSync(`/proc/${name}`, "utf8");
  const uptime = () => Number(read("uptime").split(" ")[0]) * 1000;
  const earliest = uptime();
  const { loadAverages, uptimeMs, processorCount, processorTimes, memory, swap } = system.machine();
  assertGreaterOrEqual(uptimeMs, earliest);
  assertGreaterOrEqual(uptime(), uptimeMs!);
  assertEquals(loadAverages?.length, 3);
  assertEquals(processorCount, Number(execFileSync("nproc", ["--all"], { encoding: "utf8" })));
  const kilobytes = (name: string) =>
    Number(new RegExp(`^${name}: *(\\d+)`, "m").exec(read("meminfo"))![1]);
  assertEquals(memory?.totalBytes, kilobytes("MemTotal") * 1024);
  assertEquals(swap?.totalBytes, kilobytes("SwapTotal") * 1024);
  assert(memory!.usedBytes > 0 && memory!.usedBytes < memory!.totalBytes);
  assert(processorTimes!.busy > 0 && processorTimes!.busy < processorTimes!.total);
  // The times increase.
  const later = system.machine().processorTimes!;
  assertGreaterOrEqual(later.total, processorTimes!.total);
});

// Properties and resource usage of a process.

/** Stops a process, so that its values do not change any more. */
async function stop(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  while (statFields(pid)[STATE] !== "T") await sleep(2);
}

/** Returns the fields of `/proc/PID/stat`. The indexes are the numbers in proc_pid_stat(5). */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return ["", "", "", ...stat.slice(stat.lastIndexOf(")") + 2).trim().split(" ")];
}

const STATE = 3, SESSION = 6, MINFLT = 10, CMINFLT = 11, CMAJFLT = 13;
const STARTCODE = 26, ENDCODE = 27;

/** Returns the lines of a file of `/proc`, by name. */
function lines(pid: number, file: string): Map<string, string> {
  const text = readFileSync(`/proc/${pid}/${file}`, "utf8");
  return new Map(
    text.trim().split("\n").map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }),
  );
}

test("sessionId() is the session of a process, and of a zombie", { skip }, async () => {
  const system = defaultSystem();
  await using leader = await start(["setsid", "sleep", "1000"], "sleep");
  assertEquals(system.sessionId(leader.pid), leader.pid);
  for (const role of ["plain", "zombie", "leaderless", "terminal"]) {
    const pid = cast.pid(role);
    assertEquals(system.sessionId(pid), Number(statFields(pid)[SESSION]), role);
  }
});

test("descriptorCount() and highestDescriptor() look at all that a process has open", {
  skip,
}, async () => {
  const system = defaultSystem();
  const script = "exec 5</dev/null 9</dev/null; echo ready; read line";
  await using actor = await startReady("sh", "-c", script);
  const open = readdirSync(`/proc/${actor.pid}/fd`).map(Number);
  assert(open.includes(5) && open.includes(9) && !open.includes(6), open.join());
  assertEquals(system.descriptorCount(actor.pid), open.length);
  assertEquals(system.highestDescriptor(actor.pid), Math.max(...open));
  // Some runtimes pass more than the first three descriptors to a child.
  const close =
    "import os, time; print('ready', flush=True); os.closerange(0, 4096); time.sleep(1000)";
  await using none = await startReady("python3", "-c", close);
  while (readdirSync(`/proc/${none.pid}/fd`).length > 0) await sleep(2);
  assertEquals([system.descriptorCount(none.pid), system.highestDescriptor(none.pid)], [0, -1]);
});

test("descriptorCount() is that of a lone kernel, too", { skip }, async () => {
  const script = "exec 5</dev/null 9</dev/null; echo ready; read line";
  await using actor = await startReady("sh", "-c", script);
  const { kernel, descriptorCount } = defaultSystem();
  assertEquals(systemOf(kernel).descriptorCount(actor.pid), descriptorCount(actor.pid));
});

const PRLIMIT_NAMES: Readonly<Record<string, LimitName>> = {
  AS: "as",
  CORE: "core",
  CPU: "cpu",
  DATA: "data",
  FSIZE: "fsize",
  LOCKS: "locks",
  MEMLOCK: "memlock",
  MSGQUEUE: "msgqueue",
  NICE: "nice",
  NOFILE: "nofile",
  NPROC: "nproc",
  RSS: "rss",
  RTPRIO: "rtprio",
  RTTIME: "rttime",
  SIGPENDING: "sigpending",
  STACK: "stack",
};

test("limits() are those that prlimit(2) returns", { skip }, async () => {
  const given = ["--nofile=100:200", "--core=0:4096", "--cpu=5000:18446744073709551614"];
  await using actor = await start(["prlimit", ...given, "sleep", "1000"], "sleep");
  const found = defaultSystem().limits(actor.pid);
  assertEquals(found.nofile, { current: 100n, maximum: 200n });
  assertEquals(found.core, { current: 0n, maximum: 4096n });
  assertEquals(found.cpu, { current: 5000n, maximum: (1n << 64n) - 2n });
  const output = ["--raw", "--noheadings", "--output=RESOURCE,SOFT,HARD"];
  const shown = execFileSync("prlimit", [`--pid=${actor.pid}`, ...output], { encoding: "utf8" });
  const limit = (text = "") => text === "unlimited" ? undefined : BigInt(text);
  const expected: Record<string, unknown> = {};
  for (const line of shown.trim().split("\n")) {
    const [resource = "", soft, hard] = line.split(/\s+/);
    const name = PRLIMIT_NAMES[resource];
    if (name !== undefined) expected[name] = { current: limit(soft), maximum: limit(hard) };
  }
  assertEquals(found as Record<string, unknown>, expected);
  assertEquals(Object.keys(found).length, Object.keys(PRLIMIT_NAMES).length);
});

test("signals() are the ignored, the caught and the pending ones", { skip }, async () => {
  const HUP = 1n << 0n, USR1 = 1n << 9n, USR2 = 1n << 11n, TERM = 1n << 14n;
  const script = "import os, signal, sys\n" +
    "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" +
    "signal.signal(signal.SIGUSR1, lambda *_: None)\n" +
    "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])\n" +
    "os.kill(os.getpid(), signal.SIGUSR2)\n" +
    "signal.pthread_kill(signal.pthread_self() if hasattr(signal, 'pthread_self') else\n" +
    "  __import__('threading').get_ident(), signal.SIGTERM)\n" +
    "print('ready', flush=True)\nsys.stdin.read()";
  await using actor = await startReady("python3", "-c", script);
  const { ignored, caught, pending } = defaultSystem().signals(actor.pid);
  // One signal was sent to the process, the other one to its thread.
  assertEquals(pending, USR2 | TERM);
  assertEquals([ignored & (HUP | USR1), caught & (HUP | USR1)], [HUP, USR1]);
  const status = lines(actor.pid, "status");
  assertEquals([ignored, caught], [
    BigInt(`0x${status.get("SigIgn")}`),
    BigInt(`0x${status.get("SigCgt")}`),
  ]);
});

test("accounting() has the counts and the sizes of a process", { skip }, async () => {
  const script = 'umask 027; sh -c "exit 0"; echo ready; exec sleep 1000';
  await using actor = await startReady("sh", "-c", script);
  const { pid } = actor;
  while (readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== "sleep") await sleep(2);
  await stop(pid);
  const stat = statFields(pid), status = lines(pid, "status");
  const bytes = (name: string) => parseInt(status.get(name)!, 10) * 1024;
  const found = defaultSystem().accounting(pid);
  assertEquals(found, {
    umask: 0o027,
    minorFaults: BigInt(stat[MINFLT]!),
    childMinorFaults: BigInt(stat[CMINFLT]!),
    childMajorFaults: BigInt(stat[CMAJFLT]!),
    voluntarySwitches: BigInt(status.get("voluntary_ctxt_switches")!),
    involuntarySwitches: BigInt(status.get("nonvoluntary_ctxt_switches")!),
    maxResidentBytes: bytes("VmHWM"),
    residentDataBytes: bytes("RssAnon"),
    dataBytes: bytes("VmData"),
    textBytes: Number(BigInt(stat[ENDCODE]!) - BigInt(stat[STARTCODE]!)),
  });
  assert(found.minorFaults! > 0n && found.childMinorFaults! > 0n && found.textBytes! > 0);
});

test("ioBytes() counts the bytes of all reads and writes", { skip }, async () => {
  const script = "head -c 1000000 /dev/zero > /dev/null; echo ready; read line";
  await using actor = await startReady("sh", "-c", script);
  await stop(actor.pid);
  const io = lines(actor.pid, "io");
  const expected = BigInt(io.get("rchar")!) + BigInt(io.get("wchar")!);
  // The bytes of the child that was waited for are included.
  assert(expected >= 2_000_000n, `${expected}`);
  assertEquals(defaultSystem().ioBytes(actor.pid), expected);
});

test("environment() is what the process was started with, byte by byte", { skip }, async () => {
  const given = ["A=\u00e9", "EMPTY=", "B==2"];
  await using actor = await start(["env", "-i", ...given, "sleep", "1000"], "sleep");
  const environment = defaultSystem().environment(actor.pid);
  assertEquals(environment.map(textOf), given);
});

test("securityLabel() is the label of the security module, or undefined", { skip }, () => {
  const label = () => {
    try {
      return readFileSync("/proc/self/attr/current", "utf8").replace(/[\0\n]+$/, "") || undefined;
    } catch {
      return undefined; // There is no security module.
    }
  };
  assertEquals(defaultSystem().securityLabel(process.pid), label());
});

// Privileges, namespaces and control groups.

const NAMESPACES: readonly NamespaceKind[] = [
  ...["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] as const,
];

test("privileges() has the capabilities that a process was given", {
  skip: needsRoot,
}, async () => {
  const KILL = 1n << 5n, NET_RAW = 1n << 13n;
  const given = ["--inh-caps=-all,+net_raw", "--bounding-set=-all,+net_raw,+kill"];
  await using actor = await start(
    ["setpriv", ...given, "--ambient-caps=-all,+net_raw", "--reuid=65534", "sleep", "1000"],
    "sleep",
  );
  const { capabilities, noNewPrivileges } = defaultSystem().privileges(actor.pid);
  assertEquals(capabilities, {
    effective: NET_RAW,
    permitted: NET_RAW,
    inheritable: NET_RAW,
    bounding: NET_RAW | KILL,
    ambient: NET_RAW,
  });
  assertEquals(noNewPrivileges, false);
});

test("privileges() has the supplementary groups", { skip: needsRoot }, async () => {
  for (
    const [given, groups] of [["--groups=7,4000000000,3", [3, 7, 4000000000]], [
      "--clear-groups",
      [],
    ]] as const
  ) {
    const user = ["--reuid=65534", "--regid=65534", given];
    await using actor = await start(["setpriv", ...user, "sleep", "1000"], "sleep");
    assertEquals(defaultSystem().privileges(actor.pid).groups, groups);
  }
});

test("privileges() reports whether a process may gain privileges", { skip }, async () => {
  await using actor = await start(["setpriv", "--no-new-privs", "sleep", "1000"], "sleep");
  assertEquals(defaultSystem().privileges(actor.pid).noNewPrivileges, true);
});

test("privileges() reports how system calls are filtered", { skip }, async () => {
  const program = compileProgram(["confined.c"], "confined");
  for (const how of ["strict", "filter", "none"] as const) {
    await using actor = await startReady(program, how);
    const { systemCallFilter, noNewPrivileges } = defaultSystem().privileges(actor.pid);
    assertEquals([systemCallFilter, noNewPrivileges], [how, how === "filter"]);
  }
});

test("a living thread answers when the first has ended", { skip }, async () => {
  const program = compileProgram(["confined.c"], "confined");
  await using actor = await startReady(program, "leaderless");
  const { pid } = actor;
  while (statFields(pid)[STATE] !== "Z") await sleep(2);
  const system = defaultSystem();
  // Another thread than the leader set this flag, and the leader has no network namespace any more.
  assertEquals(system.privileges(pid).noNewPrivileges, true);
  const { ino } = statSync("/proc/self/ns/net", { bigint: true });
  assertEquals(BigInt(system.namespace(pid, "net")), ino);
  assertEquals(system.namespacePids(pid).at(-1), pid);
  assert(system.descriptorCount(pid) > 0);
  const living = readdirSync(`/proc/${pid}/task`).find((id) => Number(id) !== pid)!;
  const environ = readFileSync(`/proc/${pid}/task/${living}/environ`, "utf8");
  assert(environ.length > 0);
  assertEquals(system.environment(pid).map((text) => `${textOf(text)}\0`).join(""), environ);
});

test("namespace() and namespacePids() find a process in each namespace", {
  skip: needsRoot,
}, async () => {
  const system = defaultSystem();
  const own = ["--pid", "--net", "--uts", "--ipc", "--cgroup", "--mount"];
  await using actor = await start(["unshare", ...own, "--kill-child", "sleep", "1000"]);
  while (getPidsForPpid(actor.pid).length === 0) await sleep(2);
  const [inner = 0] = getPidsForPpid(actor.pid);
  const inode = (pid: number | string, kind: string) =>
    Number(statSync(`/proc/${pid}/ns/${kind}`, { bigint: true }).ino);
  for (const kind of NAMESPACES) {
    const found = system.namespace(inner, kind);
    assertEquals(found, inode(inner, kind));
    const same = found === inode("self", kind);
    assertEquals(same, kind === "user" || kind === "time", kind);
  }
  const namespacePids = system.namespacePids(inner);
  assertEquals(namespacePids.slice(-2), [inner, 1]);
  assertEquals(
    system.namespacePids(actor.pid),
    namespacePids.slice(0, -2).concat(actor.pid),
  );
  // The parent created the pid namespace for its child, and is not a member of it.
  assertEquals(system.namespace(actor.pid, "pid"), inode("self", "pid"));
});

test("controlGroups() has the path in each hierarchy", { skip }, () => {
  const lines = readFileSync("/proc/self/cgroup", "utf8").trim().split("\n");
  assertEquals(
    Object.entries(defaultSystem().controlGroups(process.pid)).map((parts) => parts.join(":"))
      .sort(),
    lines.map((line) => line.slice(line.indexOf(":") + 1)).sort(),
  );
});

/** The queries about one process, by name. */
const QUESTIONS: Readonly<Record<string, (system: System, pid: number) => unknown>> = {
  arguments: (system, pid) => system.arguments(pid),
  environment: (system, pid) => system.environment(pid),
  executable: (system, pid) => system.executable(pid),
  sessionId: (system, pid) => system.sessionId(pid),
  cpuTimeNs: (system, pid) => system.cpuTimeNs(pid),
  descriptorCount: (system, pid) => system.descriptorCount(pid),
  highestDescriptor: (system, pid) => system.highestDescriptor(pid),
  limits: (system, pid) => system.limits(pid),
  signals: (system, pid) => system.signals(pid),
  accounting: (system, pid) => system.accounting(pid),
  ioBytes: (system, pid) => system.ioBytes(pid),
  controlGroups: (system, pid) => system.controlGroups(pid),
  namespacePids: (system, pid) => system.namespacePids(pid),
  privileges: (system, pid) => system.privileges(pid),
  securityLabel: (system, pid) => system.securityLabel(pid),
  ...Object.fromEntries(
    NAMESPACES.map((kind) =>
      [`namespace ${kind}`, (system: System, pid: number) => system.namespace(pid, kind)] as const
    ),
  ),
};

/** Returns the error code of each query that is refused. */
function refusals(system: System, pid: number): Record<string, string> {
  const codes: Record<string, string> = {};
  for (const [name, ask] of Object.entries(QUESTIONS)) {
    try {
      ask(system, pid);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      assert(error.message.includes(`process ${pid}`), error.message);
      codes[name] = error.code;
    }
  }
  return codes;
}

/** Returns an object with the same code for each of these queries. */
const all = (code: string, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, code]));

test("questions about another user's process are EPERM, but for what all may know", {
  skip: needsRoot,
}, () => {
  const { pid } = process;
  const answers = runWrapped(
    AS_NOBODY,
    `import { defaultSystem } from "./lib/system/open.ts";
     const system = defaultSystem();
     const NAMESPACES = ${JSON.stringify(NAMESPACES)};
     const answers = {}, codes = {};
     const ask = (name, ...args) => {
       const key = [name, ...args].join(" ");
       try { answers[key] = system[name](${pid}, ...args); } catch (error) { codes[key] = error.code; }
     };
     for (const name of ${JSON.stringify(Object.keys(QUESTIONS))}) ask(...name.split(" "));
     const json = (_, value) => typeof value === "bigint" ? String(value) : value;
     const { controlGroups, namespacePids, privileges, securityLabel, limits } = answers;
     const shown = { controlGroups, namespacePids, privileges, securityLabel, limits };
     console.log(JSON.stringify([codes, Object.keys(answers).sort(), shown], json));`,
  ) as [Record<string, string>, string[], Record<string, unknown>];
  const [codes, answered, shown] = answers;
  const refused = [
    ...["environment", "executable", "descriptorCount", "highestDescriptor", "ioBytes"],
    ...NAMESPACES.map((kind) => `namespace ${kind}`),
  ];
  assertEquals(codes, all("EPERM", refused));
  assertEquals(answered, Object.keys(QUESTIONS).filter((name) => !refused.includes(name)).sort());
  const system = defaultSystem();
  const ours = ["controlGroups", "namespacePids", "privileges", "securityLabel", "limits"] as const;
  const json = (_: string, value: unknown) => typeof value === "bigint" ? String(value) : value;
  assertEquals(
    shown,
    JSON.parse(
      JSON.stringify(Object.fromEntries(ours.map((name) => [name, system[name](pid)])), json),
    ),
  );
});

test("a zombie answers with what is left of it", { skip: needsRoot }, () => {
  const system = defaultSystem();
  const zombie = cast.pid("zombie"), plain = cast.pid("plain");
  assertEquals(system.namespacePids(zombie).at(-1), zombie);
  assertEquals(system.namespace(zombie, "user"), system.namespace(process.pid, "user"));
  assertEquals(system.privileges(zombie).capabilities, system.privileges(plain).capabilities);
  assertEquals(system.limits(zombie), system.limits(plain));
  const { umask, maxResidentBytes, residentDataBytes, dataBytes, textBytes } = system.accounting(
    zombie,
  );
  assertEquals([umask, maxResidentBytes, residentDataBytes, dataBytes, textBytes], [
    ...[undefined, undefined, undefined, undefined, undefined],
  ]);
  const lost = ["arguments", "environment", "executable", "descriptorCount", "highestDescriptor"];
  const shared = ["cgroup", "ipc", "mnt", "net", "time", "uts"].map((kind) => `namespace ${kind}`);
  assertEquals(refusals(system, zombie), all("ESRCH", [...lost, ...shared]));
});

test("questions about who is not there are ESRCH", { skip }, () => {
  const system = defaultSystem();
  const thread = readdirSync(`/proc/${cast.pid("leaderless")}/task`).map(Number)
    .find((id) => id !== cast.pid("leaderless"))!;
  for (const pid of [NOBODY, thread, -1]) {
    assertEquals(refusals(system, pid), all("ESRCH", Object.keys(QUESTIONS)));
  }
});

test("kernel threads answer, too", { skip: needsRoot }, () => {
  if (!existsSync(`/proc/${KERNEL_THREADS}`)) return; // A container has no kernel threads.
  const system = defaultSystem();
  const { capabilities, systemCallFilter } = system.privileges(KERNEL_THREADS);
  assert(capabilities!.effective > 0n);
  assertEquals(systemCallFilter, "none");
  assertEquals(refusals(system, KERNEL_THREADS), { executable: "ENOENT" });
  assertEquals(system.arguments(KERNEL_THREADS).arguments, []);
  assertEquals(system.environment(KERNEL_THREADS), []);
});

// Executable files.

/** Runs a copy of `sleep` from this path. */
function startCopy(path: string): Promise<Actor> {
  copyFileSync("/bin/sleep", path);
  return start([path, "1000"], path);
}

test(
  "executable() reports a file that has lost its path, not one whose name looks like it",
  { skip },
  async () => {
    const folder = folderFor("executable");
    try {
      const system = defaultSystem();
      const pathOf = (pid: number) => {
        const { path, deleted } = system.executable(pid);
        return [textOf(path), deleted];
      };
      await using plain = await startCopy(`${folder}/plain`);
      assertEquals(pathOf(plain.pid), [`${folder}/plain`, false]);
      await using odd = await startCopy(`${folder}/x (deleted)`);
      assertEquals(pathOf(odd.pid), [`${folder}/x (deleted)`, false]);
      await using gone = await startCopy(`${folder}/x`);
      unlinkSync(`${folder}/x`);
      assertEquals(pathOf(gone.pid), [`${folder}/x`, true]);
      // Another file has the path now.
      copyFileSync("/bin/sleep", `${folder}/x`);
      assertEquals(pathOf(gone.pid), [`${folder}/x`, true]);
      await using replaced = await startCopy(`${folder}/r`);
      renameSync(`${folder}/x`, `${folder}/r`);
      assertEquals(pathOf(replaced.pid), [`${folder}/r`, true]);
      await using renamed = await startCopy(`${folder}/old`);
      renameSync(`${folder}/old`, `${folder}/new`);
      assertEquals(pathOf(renamed.pid), [`${folder}/new`, false]);
      unlinkSync(`${folder}/x (deleted)`);
      assertEquals(pathOf(odd.pid), [`${folder}/x (deleted)`, true]);
      await using linked = await startCopy(`${folder}/first`);
      linkSync(`${folder}/first`, `${folder}/second`);
      assertEquals(pathOf(linked.pid), [`${folder}/first`, false]);
      // The file still has the second name, which the kernel does not report.
      unlinkSync(`${folder}/first`);
      assertEquals(pathOf(linked.pid), [`${folder}/first`, true]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test("executable() returns bytes that are not text unchanged", { skip }, async () => {
  const folder = folderFor("executable");
  try {
    const name = Buffer.from([0x61, 0xff, 0x0a, 0x62]);
    const path = Buffer.concat([Buffer.from(`${folder}/`), name]);
    // The shell accepts bytes that the runtimes do not.
    const script = `cp /bin/sleep "$(printf '${folder}/a\\377\\nb')"; ` +
      `exec "$(printf '${folder}/a\\377\\nb')" 1000`;
    await using actor = await start(["sh", "-c", script]);
    const comm = () => readFileSync(`/proc/${actor.pid}/comm`, "latin1");
    while (!comm().startsWith("a\xff")) await sleep(2);
    const found = defaultSystem().executable(actor.pid);
    assertEquals([Buffer.from(found.path).toString("hex"), found.deleted], [
      path.toString("hex"),
      false,
    ]);
  } finally {
    execFileSync("rm", ["-rf", folder]);
  }
});

test("executable() reports a program that is in memory alone", { skip }, async () => {
  const script = "import os; fd = os.memfd_create('prog');" +
    "os.write(fd, open('/bin/sleep', 'rb').read()); os.execve(fd, ['sleep', '1000'], {})";
  await using actor = await start(["python3", "-c", script]);
  while (!readlinkSync(`/proc/${actor.pid}/exe`).startsWith("/memfd:")) await sleep(2);
  const { path, deleted } = defaultSystem().executable(actor.pid);
  assertEquals([textOf(path), deleted], ["/memfd:prog", true]);
});

test("executable() reports why there is no path", { skip: needsRoot }, () => {
  const system = defaultSystem();
  assertEquals(errnoOf(() => system.executable(cast.pid("zombie"))), ERRNO.ESRCH);
  assertEquals(errnoOf(() => system.executable(NOBODY)), ERRNO.ESRCH);
  if (existsSync(`/proc/${KERNEL_THREADS}`)) {
    assertEquals(errnoOf(() => system.executable(KERNEL_THREADS)), ERRNO.ENOENT);
  }
  const leaderless = cast.pid("leaderless");
  assertEquals(system.executable(leaderless), system.executable(cast.pid("plain")));
  const thread = readdirSync(`/proc/${leaderless}/task`).map(Number).find((id) =>
    id !== leaderless
  )!;
  assertEquals(errnoOf(() => system.executable(thread)), ERRNO.ESRCH);
  const code = runWrapped(
    AS_NOBODY,
    `import { defaultSystem } from "./lib/system/open.ts";
     try { defaultSystem().executable(${process.pid}); console.log("0"); }
     catch (error) { console.log(JSON.stringify(error.code)); }`,
  );
  assertEquals(code, "EPERM");
});

test("executable() does not know of a copied tree whether the file is deleted", { skip }, () => {
  const system = openSystem({ procRoot: tree.root });
  const { path, deleted } = system.executable(tree.pid("plain"));
  assertEquals(textOf(path), readlinkSync(`${tree.root}/${tree.pid("plain")}/exe`));
  assertEquals(deleted, undefined);
});

// Terminals, users, and the start of the machine.

test("terminalPath() finds the terminal of a process", { skip }, () => {
  const system = defaultSystem();
  const path = cast.said("terminal");
  const stat = readFileSync(`/proc/${cast.pid("terminal")}/stat`, "utf8");
  const device = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[4]);
  assertEquals(system.terminal(path), device);
  assertEquals(system.terminalPath(device), path);
});

test("terminalPath() returns the path of every terminal in /dev", { skip }, () => {
  const system = defaultSystem();
  const names = readdirSync("/dev").filter((name) => /^(tty|console)/.test(name));
  assert(names.length > 0);
  for (const name of names) {
    const device = system.terminal(`/dev/${name}`);
    const found = system.terminalPath(device);
    assert(found !== undefined, name);
    // The terminal may have several names, and any of them is right.
    assertEquals(system.terminal(found), device);
  }
});

test("terminalPath() knows none for a number that no terminal has", { skip }, () => {
  const system = defaultSystem();
  // No device, NODEV, a master, a terminal that is not open, /dev/null, and a driver that does not
  // exist.
  for (const device of [0, 0xffffffff, 0x8000, 0x7ff8_88ff, 0x103, 0x0ff0_f0ff]) {
    assertEquals(system.terminalPath(device), undefined);
  }
  assertEquals(
    openSystem({ procRoot: tree.root }).terminalPath(system.terminal("/dev/tty")),
    undefined,
  );
});

test("terminalPath() names no terminal that its own file system does not have", {
  skip: needsRoot,
}, () => {
  const device = defaultSystem().terminal(cast.said("terminal"));
  const ask = `import { defaultSystem } from "./lib/system/open.ts";
    console.log(JSON.stringify(defaultSystem().terminalPath(${device}) ?? null));`;
  const covered = [...OWN_MOUNTS, ...inShell('mount -t tmpfs none /dev/pts; "$@"')];
  assertEquals(runWrapped(covered, ask), null);
  // As the terminal of a container.
  const bound = `mount --bind ${cast.said("terminal")} /dev/console; mount -t tmpfs none /dev/pts;`;
  assertEquals(runWrapped([...OWN_MOUNTS, ...inShell(`${bound} "$@"`)], ask), "/dev/console");
});

test("bootId() is the system's", { skip }, () => {
  const expected = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  assertEquals(defaultSystem().bootId(), expected);
  assertEquals(expected.length, 36);
  assertEquals(openSystem({ procRoot: "/proc" }).bootId(), expected);
});

test("bootId() of a copied tree is that of its machine", { skip }, () => {
  const error = assertThrows(() => openSystem({ procRoot: tree.root }).bootId(), SystemCallError);
  assertEquals(error.code, "ENOENT");
  const folder = `${tree.root}/sys/kernel/random`;
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(`${folder}/boot_id`, "01234567-89ab-cdef-0123-456789abcdef\n");
    const { bootId } = openSystem({ procRoot: tree.root });
    assertEquals(bootId(), "01234567-89ab-cdef-0123-456789abcdef");
  } finally {
    rmSync(`${tree.root}/sys`, { recursive: true });
  }
});

test("userName() and userId() agree with the system about every user", { skip }, () => {
  const system = defaultSystem();
  const users = execFileSync("getent", ["passwd"], { encoding: "utf8" }).trim().split("\n");
  assert(users.length > 1);
  for (const line of users) {
    const [name = "", , id] = line.split(":");
    assertEquals(system.userId(name), Number(id));
    const [first] = execFileSync("getent", ["passwd", id!], { encoding: "utf8" }).split(":");
    assertEquals(system.userName(Number(id)), first);
  }
  assertEquals([system.userName(0), system.userId("root")], ["root", 0]);
});

test("userName() and userId() are undefined for who is not there", { skip }, () => {
  const system = defaultSystem();
  assertEquals(system.userName(4_000_000_000), undefined);
  for (const name of ["no-such-user", "", "0"]) assertEquals(system.userId(name), undefined);
  assertThrows(() => system.userId("root\0"), RangeError, "Cannot pass name");
});

test("userName() and userId() make room for whatever there is about a user", {
  skip: needsRoot,
}, () => {
  const folder = folderFor("users");
  try {
    const long = "x".repeat(100_000);
    writeFileSync(`${folder}/passwd`, `root:x:0:0::/:/bin/sh\nlong:x:4242:0:${long}:/:/bin/sh\n`);
    const told = runWrapped(
      [...OWN_MOUNTS, ...inShell(`mount --bind ${folder}/passwd /etc/passwd; "$@"`)],
      `import { defaultSystem } from "./lib/system/open.ts";
       const { userId, userName } = defaultSystem();
       console.log(JSON.stringify([userName(0), userName(4242), userId("long"), userName(0)]));`,
    );
    assertEquals(told, ["root", "long", 4242, "root"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// Signals.

const SIGEMT = 7, SIGKILL = 9, SIGTERM = 15, SIGSTOP = 17, SIGCONT = 19, SIGUSR1 = 30;

test("kill() takes Darwin's numbers of signals", { skip }, async () => {
  for (const [signal, name] of [[SIGUSR1, "SIGUSR1"], [SIGTERM, "SIGTERM"]] as const) {
    for (const system of [defaultSystem(), systemOver({ pidfd_open: null })]) {
      await using actor = await start(["sleep", "1000"], "sleep");
      const { pid, child } = actor;
      const state = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0];
      system.kill(pid, SIGSTOP);
      while (state() !== "T") await sleep(2);
      system.kill(pid, SIGCONT);
      while (state() === "T") await sleep(2);
      system.kill(pid, 0);
      const ended = once(child, "exit");
      system.kill(pid, signal);
      assertEquals(await ended, [null, name]);
    }
  }
});

test("kill() reports why a signal was not sent", { skip: needsRoot }, () => {
  const leaderless = cast.pid("leaderless");
  const thread = readdirSync(`/proc/${leaderless}/task`).map(Number).find((id) =>
    id !== leaderless
  )!;
  for (const system of [defaultSystem(), systemOver({ pidfd_open: null })]) {
    const error = assertThrows(() => system.kill(NOBODY, SIGTERM), SystemCallError, `${NOBODY}`);
    assertEquals([error.code, error.syscall], ["ESRCH", "kill"]);
    // These must not signal every process, a process group, or the process of a thread.
    for (const pid of [0, -1, -process.pid, thread, 2 ** 23]) {
      assertEquals(errnoOf(() => system.kill(pid, SIGTERM)), ERRNO.ESRCH, `${pid}`);
    }
    const { pid } = process;
    assertEquals(errnoOf(() => system.kill(pid, SIGEMT)), ERRNO.ENOTSUP);
    for (const signal of [-1, 65, 79, 81]) {
      assertEquals(errnoOf(() => system.kill(pid, signal)), ERRNO.EINVAL);
    }
    for (const signal of [1.5, NaN]) {
      assertThrows(() => system.kill(pid, signal), RangeError, "Cannot pass signal");
    }
    // A zombie accepts signals, as kill(2) states.
    system.kill(cast.pid("zombie"), SIGKILL);
    system.kill(leaderless, 0);
  }
  const copied = openSystem({ procRoot: tree.root });
  assertEquals(errnoOf(() => copied.kill(tree.pid("plain"), 0)), ERRNO.ENOTSUP);
  const code = runWrapped(
    AS_NOBODY,
    `import { defaultSystem } from "./lib/system/open.ts";
     try { defaultSystem().kill(${process.pid}, 0); console.log("0"); }
     catch (error) { console.log(JSON.stringify(error.code)); }`,
  );
  assertEquals(code, "EPERM");
});

// The end of processes.

/** A program whose children end as requested. */
interface Exits extends AsyncDisposable {
  tell(order: string): Promise<number>;
}

async function startExits(): Promise<Exits> {
  const folder = folderFor("exits");
  const child = spawn(compileProgram(["exits.c"], "exits"), {
    cwd: folder, // core files are written here
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child, "spawn");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async tell(order) {
      child.stdin.write(`${order}\n`);
      return Number((await lines.next()).value);
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.stdin.end();
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}

async function until(watch: ExitWatch): Promise<Ending> {
  for (;;) {
    const ending = watch.ended();
    if (ending !== undefined) return ending;
    await sleep(2);
  }
}

// The way to end and its number on Linux, as exits.c takes them, and the status of wait() on
// Darwin.
const WAYS = [["exit", 0, 0], ["exit", 7, 7 << 8], ["signal", 10, 30], ["signal", 9, 9], [
  ...["thread", 3, 3 << 8],
]] as const;

/**
 * Returns the system of a kernel that reports another release and does not keep the exit status.
 */
function systemOfRelease(text: string): System {
  const libc = changedLibc({ ioctl: () => -1 });
  const file = `${folderFor("release")}/osrelease`;
  writeFileSync(file, `${text}\n`);
  const other = new TextEncoder().encode(`${file}\0`);
  const changed: Libc = {
    ...libc,
    open: (path) => libc.open(pathIn(path) === "/proc/sys/kernel/osrelease" ? other : path),
  };
  return linuxSystem({ fs: procFs(changed), libc: changed });
}

/** Returns the path in an argument of a system call. */
function pathIn(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

/** This system, and simulations of older ones. */
const SYSTEMS: Readonly<Record<string, () => System>> = {
  "this kernel": () => defaultSystem(),
  "a kernel that keeps no status": () => systemOver({ ioctl: () => -1 }),
  "a system without pidfd_open()": () => systemOver({ pidfd_open: null }),
  "Linux 5.17": () => systemOfRelease("5.17.0-1-amd64"),
};

/** True before Linux 5.17: the status of a zombie is that of its leader, so a 0 is not reliable. */
const isOfFirstThread = !isLinuxSince(5, 17);

for (const [name, open] of Object.entries(SYSTEMS)) {
  test(
    `watchExit() reports how a zombie of another parent has ended, on ${name}`,
    { skip },
    async () => {
      const system = open();
      await using exits = await startExits();
      for (const [how, number, status] of WAYS) {
        const before = openFiles();
        const pid = await exits.tell(`start ${how} ${number}`);
        const watch = system.watchExit(pid);
        assertEquals(watch.ended(), undefined);
        if (how === "thread") {
          // The end of the leader is not the end of the process.
          await exits.tell("first");
          assertEquals(watch.ended(), undefined);
        }
        await exits.tell("end");
        if (isOfFirstThread && (number === 0 || how === "thread")) {
          assertEquals(watch.ended(), { status: undefined }, `${how} ${number}`);
          await exits.tell("reap");
          continue;
        }
        assertEquals(watch.ended(), { status }, `${how} ${number}`);
        const late = system.watchExit(pid);
        assertEquals(late.ended(), { status });
        await exits.tell("reap");
        assertEquals([watch.ended(), late.ended()], [{ status }, { status }]);
        assertEquals(openedSince(before), []);
        watch.close();
        late.close();
        assertEquals(openedSince(before), []);
        assertEquals(watch.ended(), { status });
      }
    },
  );
}

test(
  "before Linux 5.17 a zombie's status of 0 is not known, as its first thread may have had it alone",
  {
    skip,
  },
  async () => {
    await using exits = await startExits();
    for (const release of ["5.16.20", "5.10.0-46-amd64", "4.19.0"]) {
      const system = systemOfRelease(release);
      for (const [how, number, status] of [["exit", 0, undefined], ["exit", 7, 7 << 8]] as const) {
        const pid = await exits.tell(`start ${how} ${number}`);
        const watch = system.watchExit(pid);
        await exits.tell("end");
        assertEquals(watch.ended(), { status }, release);
        watch.close();
        await exits.tell("reap");
      }
    }
  },
);

test("an empty link is one that the kernel refuses, as Linux 5.10 does", { skip }, () => {
  const libc = changedLibc({});
  const changed: Libc = {
    ...libc,
    readlink: (path, to, size) => /\/ns\//.test(pathIn(path)) ? 0 : libc.readlink(path, to, size),
  };
  const system = linuxSystem({ fs: procFs(changed), libc: changed });
  for (const kind of NAMESPACES) {
    assertEquals(errnoOf(() => system.namespace(cast.pid("plain"), kind)), ERRNO.EPERM);
  }
});

test(
  "watchExit() reports how a process ended that another one has waited for",
  { skip: needsStatus },
  async () => {
    const system = defaultSystem();
    await using exits = await startExits();
    for (const [how, number, status] of [...WAYS, ["dump", 6, undefined]] as const) {
      const pid = await exits.tell(`start ${how} ${number}`);
      const watch = system.watchExit(pid);
      await exits.tell("end");
      const waited = await exits.tell("reap");
      // Signal 6 has the same number on both systems, so the status is exactly that of wait(),
      // including the core dump flag.
      assertEquals(watch.ended(), { status: status ?? waited });
    }
  },
);

test("watchExit() does not know how a process ended that was waited for, on older systems", {
  skip,
}, async () => {
  await using exits = await startExits();
  for (const changed of [{ ioctl: () => -1 }, { pidfd_open: null }]) {
    const before = openFiles();
    const pid = await exits.tell("start exit 7");
    const watch = systemOver(changed).watchExit(pid);
    await exits.tell("end");
    await exits.tell("reap");
    assertEquals(watch.ended(), { status: undefined });
    assertEquals(watch.ended(), { status: undefined });
    watch.close();
    assertEquals(watch.ended(), { status: undefined });
    assertEquals(openedSince(before), []);
  }
});

test("watchExit() watches children of this process", { skip }, async () => {
  for (const system of [defaultSystem(), systemOver({ ioctl: () => -1 })]) {
    await using actor = await start(["sh", "-c", "read line; exit 5"]);
    const watch = system.watchExit(actor.pid);
    assertEquals(watch.ended(), undefined);
    const gone = once(actor.child, "exit");
    actor.child.stdin!.end();
    const { status } = await until(watch);
    // The runtime may have reaped the child already. Then an older system does not report the
    // status.
    const mayLackIt = system !== defaultSystem() || !keepsStatus;
    assert(status === 5 << 8 || (mayLackIt && status === undefined), `${status}`);
    await gone;
    watch.close();
  }
});

test(
  "watchExit() reports nothing of a process that has the id later",
  { skip: needsRoot },
  async () => {
    for (const system of [defaultSystem(), systemOver({ pidfd_open: null })]) {
      const known = system === defaultSystem() && keepsStatus;
      let done = false;
      for (let tries = 0; tries < 5 && !done; tries++) {
        const child = spawn(compileProgram(["reuse.c"], "reuse"), {
          stdio: ["pipe", "pipe", "inherit"],
        });
        const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        const pid = Number((await lines.next()).value);
        const watch = system.watchExit(pid);
        assertEquals(watch.ended(), undefined);
        // The next process must not start within the same tick.
        await sleep(50);
        child.stdin.write("\n");
        // On a busy machine, an unrelated process may get the pid and keep it.
        done = (await lines.next()).value === "again";
        if (done) {
          const later = system.watchExit(pid);
          assertEquals(watch.ended(), { status: known ? SIGKILL : undefined });
          assertEquals(later.ended(), undefined);
          later.close();
        }
        watch.close();
        child.stdin.end();
        await once(child, "exit");
      }
      assert(done, "no id could be used again");
    }
  },
);

test("watchExit() watches other users' processes", { skip: needsStatus || needsRoot }, () => {
  const victim = 'while [ ! -e "$HOME/go" ]; do sleep 0.02; done; exit 7';
  const told = runWrapped(
    [...inShell(`(${victim}) & export VICTIM=$!; "$@"`), ...AS_NOBODY],
    `import { defaultSystem } from "./lib/system/open.ts";
     import { writeFileSync } from "node:fs";
     import process from "node:process";
     const watch = defaultSystem().watchExit(Number(process.env.VICTIM));
     const told = [watch.ended() ?? null];
     writeFileSync(process.env.HOME + "/go", "");
     let ending;
     // What ended may be told before its parent has waited for it, and the status only then.
     while (ending?.status === undefined) {
       ending = watch.ended();
       await new Promise((resolve) => setTimeout(resolve, 5));
     }
     console.log(JSON.stringify([...told, ending]));`,
  );
  assertEquals(told, [null, { status: 7 << 8 }]);
});

test("watchExit() reports that another user's zombie has ended, and not how", {
  skip: needsRoot,
}, () => {
  const zombie = cast.pid("zombie");
  const told = runWrapped(
    AS_NOBODY,
    `import { defaultSystem } from "./lib/system/open.ts";
     const watch = defaultSystem().watchExit(${zombie});
     const ending = watch.ended();
     watch.close();
     console.log(JSON.stringify([ending, watch.ended()]));`,
  );
  assertEquals(told, [{}, {}]);
  const watch = defaultSystem().watchExit(zombie);
  assertEquals(watch.ended(), { status: 7 << 8 });
});

test("watchExit() reports why it cannot watch", { skip }, () => {
  const before = openFiles();
  const leaderless = cast.pid("leaderless");
  const thread = readdirSync(`/proc/${leaderless}/task`).map(Number).find((id) =>
    id !== leaderless
  )!;
  for (const system of [defaultSystem(), systemOver({ pidfd_open: null })]) {
    for (const pid of [NOBODY, 0, -1, thread]) {
      const error = assertThrows(() => system.watchExit(pid), SystemCallError, `process ${pid}`);
      assertEquals(error.errno, ERRNO.ESRCH);
    }
  }
  const copied = openSystem({ procRoot: tree.root });
  assertEquals(errnoOf(() => copied.watchExit(tree.pid("plain"))), ERRNO.ENOTSUP);
  assertEquals(openedSince(before), []);
});

test("watchExit() reports that there are too many open files", { skip }, () => {
  const told = runWrapped(
    ["prlimit", "--nofile=200"],
    `import { defaultSystem } from "./lib/system/open.ts";
     import { readdirSync } from "node:fs";
     import process from "node:process";
     const system = defaultSystem();
     system.watchExit(process.pid).close();
     const open = () => readdirSync("/proc/self/fd").length;
     const before = open();
     const watches = [];
     let error;
     while (error === undefined && watches.length < 500) {
       try { watches.push(system.watchExit(process.pid)); } catch (thrown) { error = thrown; }
     }
     for (const watch of watches) watch.close();
     console.log(JSON.stringify([error.code, error.syscall, open() - before]));`,
  );
  assertEquals(told, ["EMFILE", "pidfd_open", 0]);
});

test("watchExit() and kill() answer under a container's ids", { skip: needsRoot }, async () => {
  const child = spawn(
    "unshare",
    ["--pid", "--fork", "--mount-proc", "sh", "-c", "sleep 1000 & echo ready; exec cat"],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  await once(child.stdout!, "data");
  const [shell = 0] = getPidsForPpid(child.pid!);
  const before = openFiles();
  const system = openSystem({ procRoot: `/proc/${shell}/root/proc` });
  const watch = system.watchExit(2);
  assertEquals(watch.ended(), undefined);
  assertEquals(errnoOf(() => system.kill(getPidsForPpid(shell)[0]!, SIGTERM)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => system.watchExit(3)), ERRNO.ESRCH);
  system.kill(2, SIGTERM);
  // A shell may reap the child, but cat does not. The zombie reports how it ended.
  assertEquals(await until(watch), { status: SIGTERM });
  assertEquals(system.namespacePids(1), [1]);
  assertEquals(openedSince(before), []);
  const gone = once(child, "exit");
  child.stdin!.end();
  await gone;
  assertEquals(watch.ended(), { status: SIGTERM });
});

test("a watch that was not closed is closed when it is collected", { skip }, async () => {
  const system = defaultSystem();
  await using actor = await start(["sleep", "1000"], "sleep");
  const open = () => processDescriptors(actor.pid);
  const others = open();
  (() => {
    for (let i = 0; i < 200; i++) system.watchExit(actor.pid);
  })();
  const most = open();
  assert(most > others);
  // Garbage makes the runtime collect.
  for (let tries = 0; open() > others + 20; tries++) {
    assert(tries < 1000, `${open()} open of ${most}, ${others} by the runtime`);
    for (let i = 0; i < 1000; i++) new Array(1000).fill({ i });
    await sleep(1);
  }
});
