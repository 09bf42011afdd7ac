/** The proofs of what the comments of lib/calls state about Linux and macOS. */
import { assert, assertEquals, assertGreater, assertMatch, assertNotEquals } from "@std/assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";
import { readLinux } from "../../../docs/generator/linux.ts";
import * as calls from "../../../lib/calls/mod.ts";
import { PID_FILEPORT_INFO_REPLIES } from "../../../lib/calls/pid_fileport_info.ts";
import { PID_INFO_REPLIES } from "../../../lib/calls/pid_info.ts";
import { procFs } from "../../../lib/linux/proc/proc_fs.ts";
import { linuxSystem } from "../../../lib/linux/system.ts";
import { defaultSystem, openSystem } from "../../../lib/system/open.ts";
import type { System } from "../../../lib/system/system.ts";
import { FOR_ROOT, furnish, PID, type Question, QUESTIONS } from "../../calls/questions.ts";
import { openScene, type Scene } from "../../calls/scene.ts";
import { startCast } from "../../support/cast.ts";
import { ME, NODEV, openDouble, OTHER, SELF } from "../../support/double.ts";
import { named } from "../../support/double_names.ts";
import { changedLibc, hostLibc } from "../../support/libc.ts";
import {
  childrenOf,
  executed,
  isAlive,
  startSleeper,
  startSpeaker,
  stateOf,
  statField,
  until,
} from "../../support/lines.ts";
import { unpackProcTree } from "../../support/proc_tree.ts";
import { ROOT } from "../../support/runtime.ts";
import { assertSame } from "../../support/same.ts";
import {
  codeOf,
  numberIn,
  type Proof,
  type Proofs,
  statedCode,
  throwsAsStated,
} from "../../support/statements.ts";
import {
  applied,
  bitsAreSet,
  eachThrows,
  isRoot,
  kernMsgBufWith,
  MISSING,
  namesIn,
  releaseIn,
  since,
  sinceMajor,
  sinceTag,
  tokenOf,
  unprivileged,
  valuesOf,
  where,
  withoutExtendedCall,
} from "./shared.ts";

/** The caller's process. */
const self = process.pid;

const pidIn = (sentence: string) => numberIn(sentence, /\bpid (\d+)/);
const versionOf = (pid: number) => calls.pidInfo(pid, calls.PROC_PIDUNIQIDENTIFIERINFO).p_idversion;
const descending = (pids: Iterable<number>) => [...pids].sort((a, b) => b - a);
const pidsOf = (list: readonly calls.KinfoProc[]) => list.map(({ kp_proc }) => kp_proc.p_pid);

/** The flavors about the regions of a process. */
const REGION_FLAVORS = [
  calls.PROC_PIDREGIONINFO,
  calls.PROC_PIDREGIONPATHINFO,
  calls.PROC_PIDREGIONPATHINFO2,
  calls.PROC_PIDREGIONPATHINFO3,
  calls.PROC_PIDREGIONPATH,
] as const;

// Modules.

/** Functions that `QUESTIONS` does not have. */
const OTHERS: Readonly<Record<string, (system: System) => unknown>> = {
  dirtyControl: (system) => calls.dirtyControl(PID, calls.PROC_DIRTYCONTROL_GET, 0, { system }),
  getAllPids: (system) => calls.getAllPids({ system }),
  getKinfoProc: (system) => calls.getKinfoProc(PID, { system }),
  getPidsForPgrp: (system) => calls.getPidsForPgrp(PID, { system }),
  getPidsForPpid: (system) => calls.getPidsForPpid(SELF, { system }),
  getPidsForRuid: (system) => calls.getPidsForRuid(ME, { system }),
  getPidsForTty: (system) => calls.getPidsForTty(5, { system }),
  getPidsForUid: (system) => calls.getPidsForUid(ME, { system }),
  listKinfoProcs: (system) => calls.listKinfoProcs({ system }),
  listPids: (system) => calls.listPids(calls.PROC_ALL_PIDS, 0, { system }),
  newestPidRusage: (system) => calls.newestPidRusage(PID, { system }),
  pidInfoOf: (system) =>
    calls.pidInfoOf(SELF, { idVersion: SELF }, calls.PROC_PIDTBSDINFO, 0n, { system }),
  procInfo: (system) =>
    calls.procInfo(2, PID, calls.PROC_PIDTBSDINFO, 0n, new Uint8Array(136), undefined, { system }),
  regions: (system) => [...calls.regions(PID, calls.PROC_PIDREGIONINFO, { system })],
};
/** Exports that compute something without a call, and classes of errors. */
const WITHOUT_CALL = /^(?:block|blockOf|fileSystemId|\w+Error)$/;

function furnished({ name }: Pick<Question, "name">): Scene {
  const scene = openScene();
  furnish(scene);
  if (FOR_ROOT.includes(name)) scene.control.double_caller(SELF, 0, 1);
  return scene;
}

/** Each function makes one of the calls, throws what the call fails with, and decodes answers. */
function makesCalls(sentence: string): void {
  const COUNTERS: Readonly<Record<string, string>> = {
    "__proc_info()": "DOUBLE_ANY",
    "sysctl()": "DOUBLE_CALL_SYSCTL",
  };
  const counters = valuesOf<string>(COUNTERS, namesIn(sentence, /\(\)$/)).map(named);
  assertEquals(namesIn(sentence, /^[A-Z]/), ["KERN_PROC"]);
  const EACCES = 13;
  const check = (name: string, { control, system }: Scene, run: (system: System) => unknown) => {
    const count = () => counters.reduce((sum, counter) => sum + control.double_calls(counter), 0n);
    const before = count();
    const answer = run(system);
    assertGreater(count(), before, name);
    for (const counter of counters) assertEquals(control.double_fail(counter, 1, EACCES), 0);
    assertEquals(codeOf(() => run(system)), "EACCES", name);
    return answer;
  };
  for (const question of QUESTIONS) {
    const answer = check(question.name, furnished(question), question.ask);
    assertEquals(answer, question.expected(answer), question.name);
  }
  for (const [name, run] of Object.entries(OTHERS)) check(name, furnished({ name }), run);

  const source = readFileSync(`${ROOT}tests/calls/questions.ts`, "utf8");
  const queried = [...source.matchAll(/=> calls\.(\w+)\(/g)].map(([, name = ""]) => name);
  const exported = Object.entries(calls)
    .filter(([name, value]) => typeof value === "function" && !WITHOUT_CALL.test(name))
    .map(([name]) => name);
  assertEquals(exported.sort(), [...new Set([...queried, ...Object.keys(OTHERS)])].sort());
}

/** The queries that docs/linux has as always `ENOTSUP`, with arguments that XNU would answer. */
const UNANSWERED: Readonly<Record<string, readonly (() => unknown)[]>> = {
  CANUSEFGHW: [() => calls.canUseFgHw(self)],
  "DIRTYCONTROL TRACK": [() => calls.trackDirty(self, calls.PROC_DIRTY_TRACK)],
  PIDORIGINATORINFO: [1, 2, 3].map((flavor) => () =>
    calls.pidOriginatorInfo(flavor as calls.PidOriginatorInfoFlavor)
  ),
  PROC_PIDIPCTABLEINFO: [() => calls.pidInfo(self, calls.PROC_PIDIPCTABLEINFO)],
  PROC_PIDPLATFORMINFO: [() => calls.pidInfo(self, calls.PROC_PIDPLATFORMINFO)],
  PROC_PIDTHREADCOUNTS: [
    () => calls.pidInfo(self, calls.PROC_PIDTHREADCOUNTS, defaultSystem().threadId()),
  ],
  "SETCONTROL DELAYIDLESLEEP": [() => calls.setDelayIdleSleep(true)],
  "SETCONTROL PCONTROL": [() => calls.setProcessControl(calls.PROC_SETPC_NONE)],
  // Without root, XNU does not answer this one either.
  "SETCONTROL VMRSRCOWNER": isRoot ? [() => calls.setVmResourceOwner()] : [],
  SET_DYLD_IMAGES: [() => calls.setDyldImages(new Uint8Array(400))],
  TERMINATE_RSR: [() => calls.terminateRsr(9), () => calls.terminateRsr(15)],
};

function throwsWithoutAnswer(sentence: string): void {
  const code = statedCode(sentence);
  const documented = [...readLinux().answers].filter(([, { status }]) => status === code);
  assertEquals(documented.map(([name]) => name).sort(), Object.keys(UNANSWERED).sort());
  for (const [name, runs] of Object.entries(UNANSWERED)) {
    for (const run of runs) assertEquals([name, codeOf(run)], [name, code]);
  }
}

// Signals.

/** The names of Darwin's signals 7 and 29 (bsd/sys/signal.h). */
const DARWIN_SIGNALS: Readonly<Record<number, string>> = { 7: "SIGEMT", 29: "SIGINFO" };

function lacksSignals(sentence: string): void {
  const stated = (sentence.match(/\b\d+\b/g) ?? []).map(Number);
  const code = statedCode(sentence);
  const codes = Array.from(
    { length: 31 },
    (_, i) => codeOf(() => calls.signalAuditToken(tokenOf(MISSING), i + 1)),
  );
  const lacking = codes.flatMap((found, i) => found === code ? [i + 1] : []);
  assertEquals(lacking, stated);
  // The others get as far as the process.
  assertEquals(new Set(codes), new Set([code, "ESRCH"]));
  const names = stated.map((number) => DARWIN_SIGNALS[number]!);
  assertEquals(names.map((name) => [typeof name, name in constants.signals]), [
    ["string", false],
    ["string", false],
  ]);
}

/** It ends a process also where the kernel has no pidfds, as before Linux 5.3. */
async function endsByToken(): Promise<void> {
  const libc = changedLibc({ pidfd_open: null, pidfd_send_signal: null });
  for (const system of [defaultSystem(), linuxSystem({ fs: procFs(libc), libc })]) {
    await using sleeper = startSleeper();
    const { pid } = sleeper;
    const token = tokenOf(pid, versionOf(pid));
    assertEquals(calls.terminateAuditToken(token, { system }), constants.signals.SIGTERM);
    await until("the process has ended", () => !isAlive(pid));
  }
}

/** Every call of the delegates, whatever it is given. */
function delegated(): readonly (() => unknown)[] {
  const tokens = [tokenOf(self, versionOf(self)), tokenOf(1), tokenOf(MISSING), tokenOf(-1 >>> 0)];
  return tokens.flatMap((instigator) =>
    tokens.flatMap((target) => [
      () => calls.delegateTerminate(instigator, target),
      ...[-1, 0, 1, 9, 15, 31, 32, 99].map((number) => () =>
        calls.delegateSignal(instigator, target, number)
      ),
    ])
  );
}

async function survives(sentence: string): Promise<void> {
  const [name = ""] = namesIn(sentence, /^SIG/);
  const ignoring = `trap '' ${name.slice(3)}; echo ready; while read line; do echo "$line"; done`;
  await using shell = startSpeaker(["sh", "-c", ignoring]);
  await shell.next();
  const ignored = () => BigInt(`0x${/^SigIgn:\s*(\w+)/m.exec(statusOf(shell.pid))?.[1]}`);
  const number = constants.signals[name as NodeJS.Signals];
  assertEquals(ignored() >> BigInt(number - 1) & 1n, 1n);
  assertEquals(calls.terminate(shell.pid), number);
  assertEquals(await shell.ask("running"), "running");
  // The same signal ends a process that does not ignore it.
  await using sleeper = startSleeper();
  await executed(sleeper, "sleep");
  assertEquals(calls.terminate(sleeper.pid), number);
  await until("the process has ended", () => !isAlive(sleeper.pid));
}

const statusOf = (pid: number) => readFileSync(`/proc/${pid}/status`, "latin1");

function isMarkedAsEnded(): void {
  const { control, add, set, system } = openDouble(SELF);
  const SIGTERM = 15, ZOMBIE = 2;
  add(200);
  set(200, "IGNORED", 1n << BigInt(SIGTERM - 1));
  assertEquals(calls.terminate(200, { system }), SIGTERM);
  assertEquals(control.double_exists(200), ZOMBIE);
  assertEquals(codeOf(() => calls.pidInfo(200, calls.PROC_PIDTASKINFO, 0n, { system })), "ESRCH");
}

// Dirty tracking.

const TRACKING = [
  calls.PROC_DIRTY_TRACK,
  calls.PROC_DIRTY_TRACK | calls.PROC_DIRTY_ALLOW_IDLE_EXIT,
  calls.PROC_DIRTY_TRACK | calls.PROC_DIRTY_ALLOW_IDLE_EXIT | calls.PROC_DIRTY_DEFER,
  calls.PROC_DIRTY_TRACK | calls.PROC_DIRTY_LAUNCH_IN_PROGRESS,
];

/** The caller, a child of it, and a process that only root may track. */
async function withTrackable(use: (pid: number) => void): Promise<void> {
  await using sleeper = startSleeper();
  for (const pid of [self, sleeper.pid, ...isRoot ? [1] : []]) use(pid);
}

const cannotBeTracked: Proof = (sentence) =>
  withTrackable((pid) => {
    for (const flags of TRACKING) {
      applied(throwsAsStated(() => calls.trackDirty(pid, flags)), sentence);
    }
    assertEquals(calls.getDirty(pid), 0);
  });

const isNotTracked: Proof = (sentence) =>
  withTrackable((pid) => {
    const flags = calls.PROC_DIRTY_DEFER | calls.PROC_DIRTY_LAUNCH_IN_PROGRESS;
    const setting = eachThrows(
      () => calls.setDirty(pid, true),
      () => calls.setDirty(pid, false),
      () => calls.clearDirty(pid, flags),
    );
    applied(setting, sentence);
    assertEquals(calls.getDirty(pid) & calls.PROC_DIRTY_TRACKED, 0);
  });

function isClean(sentence: string): void {
  const stated = numberIn(sentence, /returns (\d+)/);
  const states = calls.getAllPids().map((pid) => {
    try {
      return calls.getDirty(pid);
    } catch (error) {
      assertEquals((error as calls.ProcInfoError).code, "ESRCH");
      return stated;
    }
  });
  assertEquals(states.filter((state) => state !== stated), []);
  assertEquals(calls.getDirty(self), stated);
}

// Messages of the kernel.

function isReadByRoot(): void {
  const { control, blob, system } = openDouble(SELF);
  blob("KMSG", 0, 0n, "message\n");
  const codes = [ME, OTHER, 0].map((user) => {
    control.double_caller(SELF, user, 0);
    return codeOf(() => assertEquals(calls.kernMsgBuf({ system }), "message\n"));
  });
  assertEquals(codes, ["EPERM", "EPERM", undefined]);
}

async function isRestricted(sentence: string): Promise<void> {
  const [sysctl = "", capability = ""] = namesIn(sentence, /^kernel\.|^CAP_/);
  const value = readFileSync(`/proc/sys/${sysctl.replace(".", "/")}`, "utf8").trim();
  const { kernMsgBuf } = await unprivileged();
  assertEquals(kernMsgBuf, value === "0" ? "OK" : statedCode(sentence));
  if (isRoot) assertEquals(kernMsgBufWith(capability), "OK");
}

// KERN_PROC.

function pidOfKernel(sentence: string): void {
  const { system } = openDouble(SELF);
  const kernel = calls.getKinfoProc(pidIn(sentence), { system })!.kp_proc;
  assertEquals(kernel.p_comm, "kernel_task");
  assertEquals(kernel.p_flag & calls.P_SYSTEM, calls.P_SYSTEM);
}

function existsNot(sentence: string): void {
  const pid = pidIn(sentence);
  assertEquals(calls.getKinfoProc(pid), undefined);
  assert(!pidsOf(calls.listKinfoProcs()).includes(pid));
  assert(!calls.listPids(calls.PROC_ALL_PIDS, 0).includes(pid));
  assertEquals(codeOf(() => calls.pidInfo(pid, calls.PROC_PIDTBSDINFO)), "ESRCH");
  assertEquals(codeOf(() => statSync(`/proc/${pid}`)), "ENOENT");
}

/** The structs of a copied tree, which no kernel knows, have what its files contain. */
function fillsStructs(): void {
  using tree = unpackProcTree();
  const system = openSystem({ procRoot: tree.root });
  const pid = tree.pid("users");
  const status = `${tree.root}/${pid}/status`;
  writeFileSync(status, readFileSync(status, "utf8").replace(/^Uid:.*$/m, "Uid:\t11\t22\t33\t22"));
  const { kp_proc, kp_eproc } = calls.getKinfoProc(pid, { system })!;
  assertEquals(kp_proc.p_pid, pid);
  const { e_pcred: { p_ruid, p_svuid }, e_ucred: { cr_uid } } = kp_eproc;
  assertEquals([p_ruid, cr_uid, p_svuid], [11, 22, 33]);
  const { p_comm } = calls.getKinfoProc(tree.pid("name"), { system })!.kp_proc;
  assertEquals(p_comm, ") R 1 1 1 (");
}

function fillsAllByOneCall(): void {
  const { control, system } = openDouble(SELF);
  control.double_add_many(200);
  const rooms: number[] = [];
  const counting: System = {
    ...system,
    kernProc(what, value, buffer) {
      if (buffer !== null) rooms.push(buffer.byteLength);
      return system.kernProc(what, value, buffer);
    },
  };
  const count = control.double_count() + 1;
  assertEquals(calls.listKinfoProcs({ system: counting }).length, count);
  assertEquals(rooms.length, 1);
  assert(count > 200 && rooms[0]! >= count * calls.kinfoProc.size);
}

/** A copied tree in which the living process with the lowest pid started last. */
function isOrderedByPid(): void {
  using tree = unpackProcTree();
  const system = openSystem({ procRoot: tree.root });
  const roles = ["kernel thread", "plain", "users", "name", "stopped", "terminal"];
  const [lowest = 0, ...rest] = descending(roles.map(tree.pid)).reverse();
  const path = `${tree.root}/${lowest}/stat`;
  const fields = readFileSync(path, "latin1").split(" ");
  // Field 22, counted from the end as a name may have spaces.
  fields[fields.length - 31] = "99999999";
  writeFileSync(path, fields.join(" "), "latin1");
  const startOf = (pid: number) =>
    calls.pidInfo(pid, calls.PROC_PIDUNIQIDENTIFIERINFO, 0n, { system }).p_idversion;
  assert(rest.every((pid) => startOf(pid) < startOf(lowest)));
  const list = calls.listKinfoProcs({ system });
  const living = list.filter(({ kp_proc }) => kp_proc.p_stat !== calls.SZOMB);
  assertEquals(pidsOf(living), descending(pidsOf(living)));
  assertEquals(pidsOf(living).at(-1), lowest);
}

// Coalitions.

/** The folder where a hierarchy of control groups is mounted. */
function mountOf(controller: string): string | undefined {
  const mounts = readFileSync("/proc/self/mounts", "utf8").trimEnd().split("\n")
    .map((line) => line.split(" "));
  const [, folder] =
    mounts.find(([, , type, options = ""]) =>
      controller === "unified"
        ? type === "cgroup2"
        : type === "cgroup" && options.split(",").includes(controller)
    ) ?? [];
  return folder;
}

const inodeOf = (path: string) => statSync(path, { bigint: true }).ino;

/** The ids of the groups of a hierarchy, in ascending order. */
function groupsOf(root: string): bigint[] {
  const below = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  return [root, ...below].map(inodeOf).sort(byValue);
}

const byValue = (a: bigint, b: bigint) => a < b ? -1 : a > b ? 1 : 0;
const idsOf = (type: number, system = defaultSystem()) =>
  calls.listCoalitions(calls.LISTCOALITIONS_SINGLE_TYPE, type, { system })
    .map((row) => row.coalition_id).sort(byValue);

const RESOURCES = 0, MEMORY = 1;

/** The hierarchies that a sentence names: the unified one, and a controller's. */
function hierarchiesIn(sentence: string): (string | undefined)[] {
  const [controller = ""] = namesIn(sentence, /./);
  assertMatch(readFileSync("/proc/cgroups", "utf8"), new RegExp(`^${controller}\\s`, "m"));
  assertMatch(sentence, /\bunified hierarchy\b/);
  return ["unified", controller].map(mountOf);
}

/** This system without a mount. */
function systemWithout(mount: string): System {
  const libc = hostLibc();
  const path = new TextEncoder().encode(`${mount}\0`).join();
  const without: typeof libc = {
    ...libc,
    statfs: (asked, to) => asked.join() === path ? -constants.errno.ENOENT : libc.statfs(asked, to),
  };
  return linuxSystem({ fs: procFs(libc), libc: without });
}

/** Calls a function while a hierarchy has a group without processes, where one can be made. */
function withEmptyGroup(mount: string, use: (id: bigint | undefined) => void): void {
  const path = `${mount}/libproc-statement-${self}`;
  try {
    mkdirSync(path);
  } catch {
    return use(undefined); // This user may not make one.
  }
  try {
    use(inodeOf(path));
  } finally {
    rmdirSync(path);
  }
}

function areControlGroups(): void {
  const mounts = ["unified", "cpuacct", "memory"].map(mountOf)
    .filter((mount) => mount !== undefined);
  const groups = () => new Set(mounts.flatMap(groupsOf));
  const all = () => [...idsOf(RESOURCES), ...idsOf(MEMORY)];
  assertSame(() => all().filter((id) => !groups().has(id)), () => []);
  withEmptyGroup(mounts[0]!, (id) => {
    if (id === undefined) return;
    const found = calls.listCoalitions(calls.LISTCOALITIONS_ALL_COALS);
    assertEquals(found.find((row) => row.coalition_id === id)?.coalition_tasks, 0);
  });
}

/** The coalitions of a type are the groups of the first hierarchy, else those of the second. */
function areGroupsOf(type: number, first: string | undefined, second: string | undefined): void {
  const [mount, other] = [first, second].filter((mount) => mount !== undefined);
  const check = (mount: string, system: System) =>
    // Otherwise, two hierarchies may have the same ids.
    withEmptyGroup(mount, () => assertSame(() => idsOf(type, system), () => groupsOf(mount)));
  if (mount !== undefined) check(mount, defaultSystem());
  if (other !== undefined) check(other, systemWithout(mount!));
}

function areOfResources(sentence: string): void {
  const [unified, own] = hierarchiesIn(sentence);
  areGroupsOf(RESOURCES, unified, own);
}

function areOfMemory(sentence: string): void {
  const [unified, own] = hierarchiesIn(sentence);
  areGroupsOf(MEMORY, own, unified);
}

// Lists of processes.

function isNewestFirst(): void {
  const { add, control, system } = openDouble(SELF);
  // In an order that is not that of the pids; the zombies end the other way round.
  for (const pid of [300, 250, 400, 200, 350]) add(pid);
  control.double_zombie(400);
  control.double_zombie(250);
  const pids = [...calls.listPids(calls.PROC_ALL_PIDS, 0, { system })];
  const living = pids.filter((pid) => control.double_exists(pid) === 1);
  assertEquals(living.slice(0, 3), [350, 200, 300]);
  assertEquals(pids.slice(living.length), [250, 400]);
  assertEquals(pids.slice(0, living.length), living);
}

function isListed(sentence: string): void {
  const pid = pidIn(sentence);
  const { system } = openDouble(SELF);
  assert(calls.listPids(calls.PROC_ALL_PIDS, 0, { system }).includes(pid));
  assertEquals(calls.getKinfoProc(pid, { system })!.kp_proc.p_comm, "kernel_task");
}

function isDescending(): void {
  const pids = calls.getAllPids();
  assert(pids.length > 1);
  assertEquals(pids, descending(pids));
}

/** A terminal with a session whose last process is a zombie, which has the highest pid. */
async function zombiesComeLast(sentence: string): Promise<void> {
  const command = "sleep 1001 & sleep 1002 & exec sleep 1003";
  await using script = startSpeaker(["script", "-qec", command, "/dev/null"]);
  const isSleeping = (pid: number) => readFileSync(`/proc/${pid}/comm`, "utf8") === "sleep\n";
  const leaders = () => childrenOf(script.pid);
  const children = () => leaders().flatMap(childrenOf);
  await until(
    "three processes sleep",
    () => children().length === 2 && [...leaders(), ...children()].every(isSleeping),
  );
  const [leader = 0] = leaders();
  const [zombie = 0, living = 0] = descending(children());
  try {
    process.kill(zombie, "SIGKILL");
    await until("it is a zombie", () => stateOf(zombie) === "Z");
    const { e_tdev, pbi_uid } = calls.pidInfo(leader, calls.PROC_PIDTBSDINFO);
    assertNotEquals(e_tdev, NODEV);
    const found: Readonly<Record<string, readonly number[]>> = {
      "process group": calls.getPidsForPgrp(leader),
      terminal: calls.getPidsForTty(e_tdev),
      parent: calls.getPidsForPpid(leader),
      "real user": calls.getPidsForRuid(pbi_uid),
      "effective user": calls.getPidsForUid(pbi_uid),
    };
    for (const pids of Object.values(found)) {
      assert(pids.includes(zombie) && pids.includes(living));
    }
    const last = Object.keys(found).filter((filter) => found[filter]!.at(-1) === zombie);
    assertEquals(last, Object.keys(found).filter((filter) => sentence.includes(filter)));
    // Everywhere else, zombies are among the others.
    const others = Object.keys(found).filter((filter) => !last.includes(filter));
    for (const filter of others) assertEquals(found[filter], descending(found[filter]!));
    for (const filter of last) {
      assertEquals(found[filter]!.slice(0, -1), descending(found[filter]!.slice(0, -1)));
    }
  } finally {
    process.kill(-leader, "SIGKILL");
  }
}

/** The tracer is the parent as long as it traces (bsd/kern/mach_process.c), and not afterwards. */
function isListedUnderTracer(): void {
  const { add, set, system } = openDouble(SELF);
  const parent = 200, tracer = 300, child = 400;
  for (const pid of [parent, tracer, child]) add(pid);
  const lists = () => [parent, tracer].map((pid) => calls.getPidsForPpid(pid, { system }));
  const parentOf = () => calls.getKinfoProc(child, { system })!.kp_eproc.e_ppid;
  set(child, "PPID", BigInt(parent));
  assertEquals([parentOf(), ...lists()], [parent, [child], []]);
  set(child, "PPID", BigInt(tracer));
  set(child, "OPPID", BigInt(parent));
  set(child, "FLAGS", BigInt(named("DOUBLE_TRACED")));
  assertEquals([parentOf(), ...lists()], [tracer, [child], [child]]);
}

async function keepsParent(): Promise<void> {
  if (!isRoot) return; // The cast needs to change users.
  await using cast = await startCast();
  const [director, traced, tracer] = ["director", "traced", "tracer"].map(cast.pid) as [
    number,
    number,
    number,
  ];
  assertEquals(/^TracerPid:\s*(\d+)/m.exec(statusOf(traced))?.[1], `${tracer}`);
  const { pbi_flags, pbi_ppid } = calls.pidInfo(traced, calls.PROC_PIDTBSDINFO);
  assertEquals([pbi_flags & calls.PROC_FLAG_TRACED, pbi_ppid], [calls.PROC_FLAG_TRACED, director]);
  assert(calls.getPidsForPpid(director).includes(traced));
  assertEquals(calls.getPidsForPpid(tracer), []);
}

// Flavors of PIDINFO.

function handlesDiffer(): void {
  const { add, item, system } = openDouble(SELF);
  add(200);
  item(200, "THREAD", 7n, 0x16f0de000n);
  const list = (flavor: 6 | 28) => [...calls.pidInfo(200, flavor, 0n, { system })];
  const handles = list(calls.PROC_PIDLISTTHREADS), ids = list(calls.PROC_PIDLISTTHREADIDS);
  assertEquals([handles.length, ids.length], [2, 2]);
  assertEquals(handles.filter((handle) => ids.includes(handle)), []);
  const code = (flavor: 5 | 15, arg: bigint) =>
    codeOf(() => calls.pidInfo(200, flavor, arg, { system }));
  for (const [i, handle] of handles.entries()) {
    const id = ids[i]!;
    assertEquals([code(5, handle), code(5, id)], [undefined, "ESRCH"]);
    assertEquals([code(15, id), code(15, handle)], [undefined, "ESRCH"]);
  }
}

function handlesAreIds(): void {
  const sorted = (ids: Iterable<bigint>) => [...ids].sort(byValue);
  const handles = () => sorted(calls.pidInfo(self, calls.PROC_PIDLISTTHREADS));
  assertSame(handles, () => sorted(calls.pidInfo(self, calls.PROC_PIDLISTTHREADIDS)));
  assertSame(handles, () => sorted(readdirSync("/proc/self/task").map(BigInt)));
}

function isPlatformOfMac(sentence: string): void {
  const { add, option, system } = openDouble(SELF);
  option("MEANINGFUL", 1n);
  add(200);
  // PLATFORM_MACOS of EXTERNAL_HEADERS/mach-o/loader.h, which the double has.
  const platform = calls.pidInfo(200, calls.PROC_PIDPLATFORMINFO, 0n, { system });
  assertEquals(platform, numberIn(sentence, /(\d+) means macOS/));
}

const FLAVORS = Object.keys(PID_INFO_REPLIES).map((flavor) =>
  Number(flavor) as calls.PidInfoFlavor
);

function canQueryOthers(sentence: string): void {
  const { add, control, system } = openDouble(SELF);
  add(200, OTHER);
  const permitted = () =>
    FLAVORS.filter((flavor) =>
      codeOf(() => calls.pidInfo(200, flavor, 0n, { system })) !== "EPERM"
    );
  const stated = valuesOf<number>(calls, namesIn(sentence, /^PROC_/));
  assertEquals(permitted(), stated.sort((a, b) => a - b));
  control.double_caller(SELF, 0, 0);
  assertEquals(permitted(), FLAVORS);
}

async function canReadFiles(sentence: string): Promise<void> {
  assertEquals(namesIn(sentence, /^\//), ["/proc"]);
  const { processes } = await unprivileged();
  for (const { files } of processes) {
    for (const { file, isReadable, code } of files) {
      assertEquals([file, code !== "EPERM"], [file, isReadable]);
    }
  }
  // Both are the case: all files of its own process can be read, and some of the others'.
  assert(processes.at(-1)!.files.every(({ code }) => code === "OK"));
  const [other] = processes;
  assertEquals(new Set(other!.files.map(({ isReadable }) => isReadable)).size, 2);
}

async function keepsVersion(): Promise<void> {
  const shell = startSpeaker(["sh", "-c", "echo ready; read line; exec sleep 1000"]);
  const identity = { idVersion: 0 };
  const name = () => calls.pidInfoOf(shell.pid, identity, calls.PROC_PIDT_SHORTBSDINFO).pbsi_comm;
  {
    await using _ = shell;
    await shell.next();
    identity.idVersion = versionOf(shell.pid);
    assertEquals(name(), "sh");
    shell.child.stdin!.write("go on\n");
    await until("it has executed a program", () => name() === "sleep");
    assertEquals(versionOf(shell.pid), identity.idVersion);
  }
  assertEquals(codeOf(name), "ESRCH");
}

/** The regions of the kernel are refused to root, too. */
const kernelIsRefused: Proof = (sentence) => {
  applied(sinceMajor("xnu-10002"), sentence);
  const runs = [0, ME].flatMap((user) =>
    REGION_FLAVORS.map((flavor) => () => {
      const { control, system } = openDouble(SELF);
      control.double_caller(SELF, user, 0);
      return calls.pidInfo(pidIn(sentence), flavor, 0n, { system });
    })
  );
  applied(eachThrows(...runs), sentence);
};

const CRASH_REPORT =
  "PROC_UNPERMITTED_PIDINFO_FLAVOR() of bsd/kern/proc_info.c, from xnu-10002.1.13 (macOS 14.0)";

/** The extended call is missing, as before the release whose headers have its flags. */
const needsExtendedCall: Proof = (sentence) => {
  applied(since("PIF_COMPARE_IDVERSION", "PIF_COMPARE_UNIQUEID"), sentence);
  const double = openDouble(SELF);
  const runsOn = (system: System) =>
    [{ idVersion: 1 }, { uniqueId: 1n }].map((identity) => () =>
      calls.pidInfoOf(1, identity, calls.PROC_PIDT_SHORTBSDINFO, 0n, { system })
    );
  assertEquals(runsOn(double.system).map(codeOf), ["ESRCH", "ESRCH"]);
  applied(eachThrows(...withoutExtendedCall(double).flatMap(runsOn)), sentence);
};

// Resource usage.

const VERSIONS = [0, 1, 2, 3, 4, 5, 6] as const;

/** The tags of XNU whose bsd/sys/resource.h is the first to have each version. */
const RUSAGE_TAGS: Readonly<Record<string, readonly number[]>> = {
  "xnu-2422.1.72": [0, 1, 2],
  "xnu-2782.1.97": [3],
  "xnu-4570.1.46": [4],
  "xnu-7195.50.7.100.1": [5],
  "xnu-8792.41.9": [6],
};

/** The versions of the struct whose comment has the sentence came with one tag. */
function sinceVersions(tag: string): Proof {
  return (sentence) => {
    applied(sinceTag(tag), sentence);
    const source = readFileSync(`${ROOT}lib/calls/pid_rusage.ts`, "utf8");
    const members = source.matchAll(/\/\*\* ([^*]*) \*\/\n {2}readonly \[RUSAGE_INFO_V(\d)\]/g);
    const release = ` ${releaseIn(sentence)}.`;
    const dated = [...members].filter(([, comment = ""]) => comment.endsWith(release));
    assertEquals(dated.map(([, , version]) => Number(version)), RUSAGE_TAGS[tag]);
  };
}

function isForRoot(): void {
  const { add, control, system } = openDouble(SELF);
  add(200, OTHER);
  const codes = () =>
    VERSIONS.map((version) => codeOf(() => calls.pidRusage(200, version, { system })));
  for (const user of [ME, OTHER + 1]) {
    control.double_caller(SELF, user, 0);
    assertEquals(codes(), VERSIONS.map(() => "EPERM"));
  }
  control.double_caller(SELF, 0, 0);
  assertEquals(codes(), VERSIONS.map(() => undefined));
}

async function isForEveryUser(sentence: string): Promise<void> {
  const versions = valuesOf<number>(calls, namesIn(sentence, /^RUSAGE_INFO_V/));
  const { all, processes } = await unprivileged();
  const codes = versions.flatMap((version) => all.map(({ usage }) => usage[version]!));
  // A process may have ended meanwhile.
  assertEquals(codes.filter((code) => code !== "OK" && code !== "ESRCH"), []);
  assert(processes.every(({ usage }) => versions.every((version) => usage[version] === "OK")));
  // Each other version is refused for a process.
  const [other] = processes;
  assertEquals(VERSIONS.filter((version) => other!.usage[version] === "OK"), versions);
  if (!isRoot) return;
  const [option = ""] = namesIn(sentence, /^[a-z]/);
  assertEquals(
    versions.map((version) => where(option).usage[version]),
    versions.map(() => "EPERM"),
  );
}

async function laterVersionsAreRefused(sentence: string): Promise<void> {
  const { processes } = await unprivileged();
  const later = VERSIONS.filter((version) => version > calls.RUSAGE_INFO_V1);
  const targets = processes.slice(0, -1), own = processes.at(-1)!;
  for (const { usage } of targets) {
    assertEquals(later.map((version) => usage[version]), later.map(() => statedCode(sentence)));
  }
  assertEquals(own.usage, VERSIONS.map(() => "OK"));
}

function isNanosecond(): void {
  const ticks = BigInt(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).trim());
  const tick = 1_000_000_000n / ticks;
  const { ri_proc_start_abstime } = calls.pidRusage(self, calls.RUSAGE_INFO_V0);
  assertEquals(ri_proc_start_abstime, BigInt(statField(self, 22)!) * tick);
  const microseconds = () => {
    const { user, system } = process.cpuUsage();
    return BigInt(user + system) * 1000n;
  };
  const before = microseconds();
  const { ri_user_time, ri_system_time } = calls.pidRusage(self, calls.RUSAGE_INFO_V0);
  const after = microseconds(), time = ri_user_time + ri_system_time;
  // Each of the two parts is in whole ticks.
  assert(before - 2n * tick <= time && time <= after + 2n * tick, `${before} ${time} ${after}`);
  assertEquals(defaultSystem().timebase(), { numer: 1, denom: 1 });
}

// Error numbers.

/** Errors whose numbers differ on Linux, by their numbers in bsd/sys/errno.h. */
const DARWIN_ERRNO: Readonly<Record<string, readonly [errno: number, run: () => unknown]>> = {
  ENOTSUP: [45, () => calls.procInfo(2, self, calls.PROC_PIDPLATFORMINFO, 0n, new Uint8Array(4))],
  ENOBUFS: [55, () => calls.procInfo(13, self, 0, 1n, new Uint8Array(8))],
  ENAMETOOLONG: [63, () => calls.procInfo(5, self, 2, 0n, new Uint8Array(64))],
  EOVERFLOW: [84, () => calls.procInfo(2, self, calls.PROC_PIDPATHINFO, 0n, new Uint8Array(5000))],
};

function hasDarwinNumbers(): void {
  const ours: Readonly<Record<string, number>> = constants.errno;
  for (const [code, [errno, run]] of Object.entries(DARWIN_ERRNO)) {
    let thrown: unknown;
    try {
      run();
    } catch (error) {
      thrown = error;
    }
    assert(thrown instanceof calls.ProcInfoError);
    assertEquals([thrown.code, thrown.errno], [code, errno]);
    assertNotEquals(ours[code], errno);
  }
}

// Settings.

function keepsFirstBytes(sentence: string): void {
  const most = numberIn(sentence, /first (\d+) bytes/);
  const comm = () => readFileSync("/proc/thread-self/comm", "latin1").replace(/\n$/, "");
  const before = comm();
  try {
    for (const name of ["x".repeat(63), "0123456789abcdefghij", "é".repeat(20), "short"]) {
      calls.setThreadName(name);
      const bytes = new TextEncoder().encode(name).subarray(0, most);
      assertEquals(comm(), String.fromCharCode(...bytes));
    }
  } finally {
    calls.setThreadName(before);
  }
  assertEquals(comm(), before);
}

async function namesProcess(): Promise<void> {
  const { name: { isFirst, found } } = await unprivileged();
  assert(isFirst);
  assertEquals(found, Array(3).fill("a name of a main thread".slice(0, 15)));
}

async function ownerNeedsRoot(sentence: string): Promise<void> {
  assertEquals((await unprivileged()).setVmResourceOwner, statedCode(sentence));
}

/** The proof of each sentence of lib/calls. */
export const CALLS: Proofs = {
  "lib/calls/audit_token.ts": {
    "On macOS, available since 14.2.": since("PROC_INFO_CALL_SIGNAL_AUDITTOKEN"),
    "On Linux, throws `ENOTSUP` for the signals 7 and 29, which do not exist there.": lacksSignals,
    "On macOS, available since 14.4.": since("PROC_INFO_CALL_TERMINATE_AUDITTOKEN"),
    "On Linux, available in every version.": endsByToken,
  },
  "lib/calls/can_use_fg_hw.ts": {
    "On Linux, throws `ENOTSUP`: the kernel does not know which processes are in the foreground.":
      eachThrows(
        () => calls.canUseFgHw(self),
        ...isRoot ? [() => calls.canUseFgHw(1)] : [],
      ),
  },
  "lib/calls/delegate.ts": {
    "On macOS, available since 15.": since(
      "PROC_INFO_CALL_DELEGATE_SIGNAL",
      "PROC_INFO_CALL_DELEGATE_TERMINATE",
    ),
    "On Linux, always throws `EPERM`: no process has the entitlement.": (sentence) =>
      applied(eachThrows(...delegated()), sentence),
  },
  "lib/calls/dirty_control.ts": {
    "On macOS, the call can succeed without an effect if the system manages the process as an application.":
      { source: "memorystatus_dirty_track() of bsd/kern/kern_memorystatus.c: P_MEMSTAT_MANAGED" },
    "On Linux, throws `ENOTSUP`: no process can be tracked.": cannotBeTracked,
    "On Linux, throws `EINVAL`: no process is tracked.": isNotTracked,
    "On Linux, returns 0: no process is tracked.": isClean,
  },
  "lib/calls/kern_msg_buf.ts": {
    "On macOS, only root can read the buffer.": isReadByRoot,
    "On Linux, throws `EPERM` if `kernel.dmesg_restrict` is set and the caller does not have `CAP_SYSLOG`.":
      isRestricted,
  },
  "lib/calls/kinfo_proc.ts": {
    "On macOS, pid 0 is the kernel.": pidOfKernel,
    "On Linux, pid 0 does not exist.": existsNot,
    "On Linux, the library fills the struct.": fillsStructs,
    "On macOS, a single call fills the structs of all processes.": fillsAllByOneCall,
    "On Linux, the process with the higher pid is treated as the newer one.": isOrderedByPid,
  },
  "lib/calls/list_coalitions.ts": {
    "On Linux, a coalition is a control group, even one without processes.": areControlGroups,
    "On Linux, the coalitions for resources are the groups of the unified hierarchy, or those of `cpuacct` if no unified hierarchy is mounted.":
      areOfResources,
    "On Linux, the coalitions for memory pressure are the groups of the unified hierarchy, or those of `memory` if that controller has a hierarchy of its own.":
      areOfMemory,
  },
  "lib/calls/list_pids.ts": {
    "On macOS, living processes come first, the newest first, followed by zombies.": isNewestFirst,
    "On macOS, pid 0, which is the kernel, is listed as well.": isListed,
    "On Linux, pids are in descending order.": isDescending,
    "On Linux, zombies come last if the filter is by process group, terminal or parent.":
      zombiesComeLast,
    "On Linux, pid 0 does not exist.": existsNot,
    "On macOS, a traced child is listed under its tracer as well, which replaces the parent while it traces.":
      isListedUnderTracer,
    "On Linux, tracing does not change the parent.": keepsParent,
  },
  "lib/calls/mod.ts": {
    "The calls of macOS's `__proc_info()`, and `sysctl()` with `KERN_PROC`: a function makes a call, checks its result and decodes it.":
      makesCalls,
    "On Linux, a query that the system cannot answer throws `ENOTSUP`.": throwsWithoutAnswer,
  },
  "lib/calls/pid_dyn_kqueue_info.ts": {
    "On Linux, throws `ESRCH`: no process has a dynamic kqueue.": (sentence) => {
      const runs = ([0, 1] as const).flatMap((flavor) =>
        [0n, 1n, (1n << 64n) - 1n].map((id) => () => calls.pidDynKqueueInfo(self, flavor, id))
      );
      applied(eachThrows(...runs), sentence);
      assertEquals(calls.pidInfo(self, calls.PROC_PIDLISTDYNKQUEUES), new BigUint64Array());
    },
  },
  "lib/calls/pid_fileport_info.ts": {
    "On Linux, throws `EINVAL`: there are no Mach ports.": (sentence) => {
      const runs = Object.keys(PID_FILEPORT_INFO_REPLIES).map(Number).flatMap((flavor) =>
        [0, 1, 0x1203, 0xffffffff].map((port) => () =>
          calls.pidFileportInfo(self, port, flavor as calls.PidFileportInfoFlavor)
        )
      );
      assertEquals(runs.length, 16);
      applied(eachThrows(...runs), sentence);
      assertEquals(calls.pidInfo(self, calls.PROC_PIDLISTFILEPORTS), []);
    },
  },
  "lib/calls/pid_info.ts": {
    "On macOS, a handle differs from the id of the thread.": handlesDiffer,
    "On Linux, a handle is the id of the thread.": handlesAreIds,
    "The Mach-O platform of the program: 1 means macOS.": isPlatformOfMac,
    "On macOS, the version changes when the process executes a program.": {
      source:
        "proc_setpidversion() in bsd/kern/kern_exec.c, and ensure_ppidversion_is_not_updated " +
        "of tests/proc_info.c",
    },
    "On Linux, the version stays the same until the process ends.": keepsVersion,
    "On macOS, only `PROC_PIDT_SHORTBSDINFO`, `PROC_PIDUNIQIDENTIFIERINFO`, `PROC_PIDPATHINFO`, `PROC_PIDCOALITIONINFO` and `PROC_PIDPLATFORMINFO` can query processes of other users without privilege.":
      canQueryOthers,
    "On Linux, a flavor can query a process without privilege if the caller can read the files in `/proc` that the answer comes from.":
      canReadFiles,
    "On macOS, the call waits while the process executes a program or while a zombie is being reaped.":
      {
        source: "proc_find() and proc_find_zombref() of bsd/kern/kern_proc.c: " +
          "proc_ref_wait_for_exec() and P_LIST_WAITING",
      },
    "On macOS 14 and later, a query of the regions of pid 0, which is the kernel, throws `EPERM`.":
      kernelIsRefused,
    "On macOS 14 and later, such a query leaves a crash report, at most one every 10 minutes.": {
      source: CRASH_REPORT,
    },
    "On Linux, a query of the regions of pid 0 throws `EPERM`.": (sentence) => {
      const pid = pidIn(sentence);
      const runs = REGION_FLAVORS.map((flavor) => () => calls.pidInfo(pid, flavor));
      applied(eachThrows(...runs), sentence);
    },
    "On macOS before 11, throws `ENOSYS`.": needsExtendedCall,
  },
  "lib/calls/pid_originator_info.ts": {
    "On Linux, throws `ENOTSUP`: the kernel does not know on whose behalf a thread works.":
      eachThrows(
        () => calls.pidOriginatorInfo(calls.PROC_PIDORIGINATOR_UUID),
        () => calls.pidOriginatorInfo(calls.PROC_PIDORIGINATOR_BGSTATE),
        () => calls.pidOriginatorInfo(calls.PROC_PIDORIGINATOR_PID_UUID),
      ),
  },
  "lib/calls/pid_rusage.ts": {
    "On macOS, available since 10.9.": sinceVersions("xnu-2422.1.72"),
    "On macOS, available since 10.10.": sinceVersions("xnu-2782.1.97"),
    "On macOS, available since 10.13.": sinceVersions("xnu-4570.1.46"),
    "On macOS, available since 11.": sinceVersions("xnu-7195.50.7.100.1"),
    "On macOS, available since 13.": sinceVersions("xnu-8792.41.9"),
    "On macOS, only root can query processes of other users.": isForRoot,
    "On Linux, `RUSAGE_INFO_V0` and `RUSAGE_INFO_V1` can query every process without privilege, unless the mount option `hidepid` hides it.":
      isForEveryUser,
    "On Linux, later versions throw `EPERM` for a process that the caller may not trace.":
      laterVersionsAreRefused,
    "On Linux, a mach time unit is a nanosecond.": isNanosecond,
  },
  "lib/calls/proc_info.ts": {
    "On Linux, the error numbers are Darwin's as well.": hasDarwinNumbers,
  },
  "lib/calls/regions.ts": {
    "On macOS 14 and later, a call about the regions of pid 0 leaves a crash report, at most one every 10 minutes.":
      { source: CRASH_REPORT },
  },
  "lib/calls/set_control.ts": {
    "On Linux, throws `ENOTSUP`.": eachThrows(
      () => calls.setProcessControl(calls.PROC_SETPC_NONE),
      () => calls.setProcessControl(calls.PROC_SETPC_THROTTLEMEM),
      () => calls.setProcessControl(calls.PROC_SETPC_SUSPEND),
      () => calls.setProcessControl(calls.PROC_SETPC_TERMINATE),
      () => calls.setDelayIdleSleep(true),
      () => calls.setDelayIdleSleep(false),
    ),
    "On Linux, only the first 15 bytes of the name are kept.": keepsFirstBytes,
    "On Linux, the name of the main thread is the name of the process.": namesProcess,
    "On Linux, throws `ENOTSUP` if the caller is root.": isRoot
      ? eachThrows(() => calls.setVmResourceOwner())
      : () => {},
    "On Linux, throws `EPERM` if the caller is not root.": ownerNeedsRoot,
  },
  "lib/calls/set_dyld_images.ts": {
    "On Linux, throws `ENOTSUP`.": eachThrows(
      () => calls.setDyldImages(new Uint8Array(8)),
      () => calls.setDyldImages(new Uint8Array(400)),
    ),
  },
  "lib/calls/terminate.ts": {
    "On macOS, the kernel marks the process as ended even if it ignores the signal.":
      isMarkedAsEnded,
    "On Linux, a process that ignores `SIGTERM` keeps running.": survives,
  },
  "lib/calls/terminate_rsr.ts": {
    "On macOS, available since 13.": since("PROC_INFO_CALL_TERMINATE_RSR"),
    "On Linux, throws `ENOTSUP`.": eachThrows(
      () => calls.terminateRsr(constants.signals.SIGKILL),
      () => calls.terminateRsr(constants.signals.SIGTERM),
    ),
  },
  "lib/calls/udata_info.ts": {
    "On macOS, an `exec()` keeps the bits.": {
      source: "proc_exec_switch_task() of bsd/kern/kern_exec.c copies p_user_data",
    },
    "On Linux, an `exec()` sets the bits to 0.": bitsAreSet(/bits to (\d+)/),
  },
};
