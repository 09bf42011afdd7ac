/**
 * The proofs of the statements about Linux and macOS in the comments of lib/process/fields.
 *
 * @module
 */
import { assert, assertEquals, assertGreater, assertGreaterOrEqual, assertLess } from "@std/assert";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { PROC_INFO_CALL_PIDINFO } from "../../../lib/abi/callnum.ts";
import * as pidInfo from "../../../lib/abi/pid_info.ts";
import { procTaskInfo } from "../../../lib/abi/task_info.ts";
import { darwinSystem } from "../../../lib/darwin/system.ts";
import { offsetsOf } from "../../../lib/layout/offsets.ts";
import { FIELD_NAMES, type GroupName, GROUPS } from "../../../lib/process/fields/mod.ts";
import { openProcess } from "../../../lib/process/process.ts";
import { processes } from "../../../lib/process/rows.ts";
import { ERRNO } from "../../../lib/system/errors.ts";
import { openSystem } from "../../../lib/system/open.ts";
import type { System } from "../../../lib/system/system.ts";
import { buildProcArgs } from "../../darwin/build_proc_args.ts";
import { changedLinux } from "../../support/changed_libc.ts";
import { compileProgram } from "../../support/compile.ts";
import { type Double, ME, openDouble, OTHER, SELF } from "../../support/double.ts";
import { named } from "../../support/double_names.ts";
import { executed, startShell, startSpeaker, stateOf, until } from "../../support/lines.ts";
import { unpackProcTree } from "../../support/proc_tree.ts";
import { ROOT } from "../../support/runtime.ts";
import { numberIn, type Proof, type Proofs } from "../../support/statements.ts";
import { AS_NOBODY, runWrapped } from "../../support/wrapped.ts";
import { isRoot } from "./shared.ts";

/** The Python of the system, which starts faster than one behind a version manager. */
export const PYTHON: string = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

/** The processes of {@linkcode openMac}: one of another user, and one of the caller. */
export const THEIRS = 200, OWN = 100;

/** Matches any argument of a call of the double. */
export const ANY_ARG: bigint = (1n << 64n) - 1n;

/** Opens macOS with two processes that have everything a process can have. */
export function openMac(asRoot = false): Double {
  const double = openDouble(SELF);
  const { control, blob, item, option } = double;
  option("MEANINGFUL", 1n);
  const { rdev } = statSync("/dev/null");
  for (const [pid, user] of [[THEIRS, OTHER], [OWN, ME]] as const) {
    control.double_add(pid, 1, pid, rdev, user, user, named("DOUBLE_CONTROLT"));
    blob("PATH", pid, 0n, process.execPath);
    blob("CWD", pid, 0n, "/");
    blob("ARGS", pid, 0n, buildProcArgs({ path: "/bin/sh", args: ["sh"], env: ["A=1"] }));
    item(pid, "FD", 3n, 1n);
  }
  if (!asRoot) return double;
  control.double_caller(SELF, 0, 0);
  const ids = () => ({ ...double.libSystem.ids(), geteuid: () => 0, getuid: () => 0 });
  const libSystem = { ...double.libSystem, ids };
  const asRootSystem = darwinSystem(libSystem);
  return { ...double, libSystem, system: asRootSystem, kernel: asRootSystem.kernel };
}

/** The reason why a process has no value for a group of fields; `"value"` if it has one. */
function answerOf(pid: number, group: GroupName, system?: System): string {
  const options = system === undefined ? {} : { system };
  return answerIn(processes({ pids: [pid], fields: [group], ...options })[0]!, group);
}

/** A row of a process. */
export interface Row {
  readonly missing: object;
}

function answerIn(row: Row, group: GroupName): string {
  const values = row as unknown as Readonly<Record<string, unknown>>;
  const missing = row.missing as Readonly<Record<string, string>>;
  const names = Object.keys(GROUPS.get(group)!.fields);
  const [answer, ...others] = new Set(names.map((name) => missing[name] ?? "value"));
  assertEquals(others, []);
  if (answer === "value") assert(names.some((name) => values[name] !== undefined), group);
  return answer!;
}

/** The rows of a process of another user, read by a user and by root, and that of an own process. */
export interface Views {
  readonly user: Row;
  readonly root: Row;
  readonly own: Row;
}

let linuxViews: Promise<Views> | undefined;

/** Reads all fields as the user nobody and as root. All proofs share one program of that user. */
async function readViews(): Promise<Views> {
  const user = ["--reuid=1718", "--regid=1718", "--clear-groups"];
  await using other = startSpeaker(["setpriv", ...user, "sh", "-c", "echo; read _"]);
  await other.next();
  const [byUser, own] = runWrapped(
    AS_NOBODY,
    `import process from "node:process";
    import { processes } from "./lib/process/rows.ts";
    const fields = ${JSON.stringify(FIELD_NAMES)};
    const rows = [${other.pid}, process.pid].map((pid) => processes({ pids: [pid], fields })[0]);
    console.log(JSON.stringify(rows));`,
  ) as Row[];
  const [root] = processes({ pids: [other.pid], fields: FIELD_NAMES });
  return { user: byUser!, root: root!, own: own! };
}

/** Returns what the user nobody and root read of a process of another user. */
export function viewsOnLinux(): Promise<Views> {
  return linuxViews ??= readViews();
}

/** A proof: the users that the sentence names can read a group of processes of other users. */
function readers(group: GroupName): Proof {
  return async (sentence) => {
    const [, system, who] =
      /^On (macOS|Linux), (only root|every user) can read (?:it|them)(?: for processes of other users)?\.$/
        .exec(sentence)!;
    const expected = { user: who === "every user" ? "value" : "denied", own: "value" };
    if (system === "macOS") {
      const found = {
        user: answerOf(THEIRS, group, openMac().system),
        own: answerOf(OWN, group, openMac().system),
        root: answerOf(THEIRS, group, openMac(true).system),
      };
      assertEquals(found, { ...expected, root: "value" });
    } else if (isRoot) {
      const { user, root, own } = await viewsOnLinux();
      assertEquals(answerIn(root, group), "value");
      assertEquals({ user: answerIn(user, group), own: answerIn(own, group) }, expected);
    }
  };
}

/** A proof: the system that the sentence names does not have a group, not even for own processes. */
function unsupported(group: GroupName): Proof {
  return (sentence) => {
    const [, system] = /^On (macOS|Linux), (?:it is|they are|the fields are) unsupported\.$/
      .exec(sentence)!;
    const found = system === "Linux"
      ? answerOf(process.pid, group)
      : answerOf(OWN, group, openMac(true).system);
    assertEquals(found, "unsupported");
  };
}

/** The numbers that sentences write as words. */
const NUMBERS: Readonly<Record<string, number>> = { one: 1, two: 2, three: 3 };

/** Returns the number that a sentence writes as a word. */
export function wordIn(sentence: string, pattern: RegExp): number {
  const found = NUMBERS[pattern.exec(sentence)?.[1] ?? ""];
  if (found === undefined) throw new Error(`"${sentence}" does not match ${pattern}`);
  return found;
}

const TICK = 10_000_000;

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** A proof: the step of the times that a function reads is the stated tick. */
export function inTicks(read: () => readonly number[]): (sentence: string) => void {
  return (sentence) => {
    const tick = numberIn(sentence, /a tick, (\d+) ms/) * 1e6;
    let step = 0;
    // Reading takes time, so that the times become more.
    for (const end = performance.now() + 1000; step !== tick && performance.now() < end;) {
      step = read().reduce(greatestDivisor, step);
    }
    assertEquals(step, tick);
  };
}

/** A proof: the processor time of a process at rest is the one that the scheduler has. */
export function isExact(read: (pid: number) => number): Proof {
  return async (sentence) => {
    assertEquals(sentence, "On Linux, it is exact.");
    await using shell = startShell(
      "i=0; while [ $i -lt 999 ]; do i=$((i + 1)); done; echo; read _",
    );
    const { pid } = shell;
    await shell.next();
    await until("it waits", () => stateOf(pid) === "S");
    const [time] = readFileSync(`/proc/${pid}/schedstat`, "latin1").split(" ").map(Number);
    assertEquals(read(pid), time);
    assertGreater(time! % TICK, 0);
  };
}

/** Stops and continues a busy process until its time exceeds its parts by nearly as much as stated. */
async function exceedsParts(sentence: string): Promise<void> {
  const most = wordIn(sentence, /up to (\w+) ticks/) * TICK;
  // It takes time in both modes, so that both parts are cut.
  await using busy = startShell("while :; do : < /dev/null; done");
  const { pid } = busy;
  const fields = ["cpuTimeNs", "userTimeNs", "systemTimeNs"] as const;
  const excess = () => {
    const [row] = processes({ pids: [pid], fields });
    return row!.cpuTimeNs! - row!.userTimeNs! - row!.systemTimeNs!;
  };
  let highest = 0;
  // The parts are cut at random, so that some of these tries show more than one tick.
  for (let tries = 0; tries < 20 || (tries < 500 && highest <= most - TICK); tries++) {
    process.kill(pid, "SIGCONT");
    await until("it has run", () => stateOf(pid) === "R");
    process.kill(pid, "SIGSTOP");
    await until("it is stopped", () => stateOf(pid) === "T");
    highest = Math.max(highest, excess());
    assertGreaterOrEqual(excess(), 0);
    assertLess(excess(), most);
  }
  assertGreater(highest, most - TICK);
}

/** Returns a kernel thread: one of this machine, or that of the captured tree if this has none. */
export async function withKernelThread<T>(
  run: (pid: number, system: System) => T | Promise<T>,
): Promise<T> {
  const all = processes({ fields: ["kernelThread"] });
  const live = all.find((row) => row.kernelThread);
  if (live !== undefined) return await run(live.pid, openSystem());
  using tree = unpackProcTree();
  return await run(tree.pid("kernel thread"), openSystem({ procRoot: tree.root }));
}

/** Proves that a kernel thread has no arguments, and that other processes have some. */
export async function kernelThreadHasNoArguments(sentence: string): Promise<void> {
  const isEmpty = /the list is empty|has no arguments/.test(sentence);
  await withKernelThread((pid, system) => {
    const [row] = processes({ pids: [pid], fields: ["arguments"], system });
    assertEquals([row!.arguments?.length === 0, row!.missing], [isEmpty, {}]);
    assertEquals(openProcess(pid, { system }).arguments(), row!.arguments);
  });
  assertGreater(openProcess(process.pid).arguments().length, 0);
}

/** Proves that a title is the only element of the arguments. */
export async function titleIsOnlyElement(sentence: string): Promise<void> {
  assert(sentence.includes("is the only element"));
  await using other = startSpeaker(["perl", "-e", '$0 = "a title"; $| = 1; print "\\n"; <STDIN>']);
  await other.next();
  assertEquals(openProcess(other.pid).arguments(), ["a title"]);
  const [row] = processes({ pids: [other.pid], fields: ["arguments", "title"] });
  assertEquals([row!.arguments, row!.title], [["a title"], "a title"]);
}

/** A process whose working directory has a path of a length, and that has it open as descriptor 9. */
interface Deep extends AsyncDisposable {
  readonly pid: number;
}

const DEEP = `
import os, sys
path, length = sys.argv[1], int(sys.argv[2])
def enter(name):
    global path
    os.mkdir(name)
    os.chdir(name)
    path += "/" + name
os.chdir(path)
while length - len(path) > 256: enter("d" * 200)
enter("d" * (length - len(path) - 1))
os.dup2(os.open(".", os.O_RDONLY), 9)
print(flush=True)
input()
`;

async function startDeep(length: number): Promise<Deep> {
  const folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-deep-`));
  const speaker = startSpeaker([PYTHON, "-c", DEEP, folder, `${length}`]);
  await speaker.next();
  return {
    pid: speaker.pid,
    async [Symbol.asyncDispose]() {
      await speaker[Symbol.asyncDispose]();
      // The paths are longer than the runtimes take.
      spawnSync("rm", ["-rf", folder]);
    },
  };
}

/** The length of a path that is found on Linux, and that of one that is a byte longer. */
export async function deepPaths(
  length: number,
  read: (pid: number) => string | undefined,
): Promise<readonly (number | undefined)[]> {
  await using longest = await startDeep(length);
  await using longer = await startDeep(length + 1);
  return [read(longest.pid)?.length, read(longer.pid)?.length];
}

/** The lengths that are found on macOS, where the paths are those of directories of this host. */
export function deepPathsOnMac(
  length: number,
  set: (double: Double, path: string, device: bigint, inode: bigint) => void,
  read: (system: System) => string | undefined,
): readonly (number | undefined)[] {
  const folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-deep-`));
  try {
    return [length, length + 1].map((length) => {
      let path = folder;
      while (length - path.length > 256) path += `/${"d".repeat(200)}`;
      path += `/${"e".repeat(length - path.length - 1)}`;
      mkdirSync(path, { recursive: true });
      const double = openMac();
      const { device, inode } = double.system.fileId(path);
      set(double, path, BigInt(device), inode);
      return read(double.system)?.length;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Proves how long the path of a working directory can be, on the system that the sentence names. */
export async function longestDirectory(sentence: string): Promise<void> {
  const length = numberIn(sentence, /has up to ([\d,]+) bytes/);
  const fields = ["workingDirectory"] as const;
  const found = sentence.startsWith("On macOS")
    ? deepPathsOnMac(
      length,
      ({ blob, identity }, path, device, inode) => {
        blob("CWD", OWN, 0n, path);
        identity("CWD", OWN, 0n, device, inode);
      },
      (system) => processes({ pids: [OWN], fields, system })[0]!.workingDirectory,
    )
    : await deepPaths(length, (pid) => processes({ pids: [pid], fields })[0]!.workingDirectory);
  assertEquals(found, [length, undefined]);
}

/** Runs a program of a file in a folder of its own, and removes it afterwards. */
export async function withProgram<T>(
  name: string,
  make: (path: string) => void,
  run: (pid: number, path: string) => T | Promise<T>,
): Promise<T> {
  const folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-program-`));
  const path = `${folder}/${name}`;
  try {
    make(path);
    chmodSync(path, 0o755);
    await using speaker = startSpeaker([path, "1000"]);
    await executed(speaker);
    return await run(speaker.pid, path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const LONG_NAME = "program-with-a-name-of-40-letters-or-so-";
const copySleep = (path: string) => copyFileSync("/bin/sleep", path);
const writeScript = (path: string) => writeFileSync(path, "#!/bin/sh\nread _\n");

/** Proves that the name of a script comes from the arguments: the path is that of the interpreter. */
export async function nameFromArguments(sentence: string): Promise<void> {
  assert(/the rest can also come from (?:one of )?the arguments/.test(sentence));
  await withProgram(LONG_NAME, writeScript, (pid) => {
    const { name, executablePath } = openProcess(pid).read("name", "executablePath");
    assertEquals(name, LONG_NAME);
    assert(!executablePath!.includes("program-with"));
    assert(openProcess(pid).arguments()[1]!.endsWith(LONG_NAME));
  });
}

/** The name that macOS reports of a process whose name has 60 letters. */
function macName(pid: number, asRoot: boolean): string {
  const { blob, system } = openMac(asRoot);
  for (const kind of ["NAME", "COMM"]) blob(kind, pid, 0n, "n".repeat(60));
  blob("PATH", pid, 0n, "/bin/other");
  return openProcess(pid, { system }).name();
}

/** Sets the number of running threads that the double reports of a process. */
export function setRunning({ control }: Double, pid: number, count: number): void {
  const { pti_numrunning } = offsetsOf(procTaskInfo);
  const bytes = new Uint8Array(new Int32Array([count]).buffer);
  const flavor = pidInfo.PROC_PIDTASKINFO;
  control.double_poke(PROC_INFO_CALL_PIDINFO, pid, flavor, ANY_ARG, pti_numrunning, bytes, 4);
}

/** The state of the process of another user on macOS, or the reason why it is unknown. */
function macState(asRoot: boolean, change: (double: Double) => void): string | undefined {
  const double = openMac(asRoot);
  change(double);
  const [row] = processes({ pids: [THEIRS], fields: ["state"], system: double.system });
  return row!.state ?? row!.missing.state;
}

/** Proves that users can read that a process of another user is stopped or a zombie. */
export function stoppedAndZombie(sentence: string): void {
  const isOpen = /every user can (?:also )?read that/.test(sentence);
  const [, ...states] = /process is (\w+) or an? (\w+)\.$/.exec(sentence)!;
  const found = [
    macState(false, ({ set }) => set(THEIRS, "FLAGS", BigInt(named("DOUBLE_STOPPED")))),
    macState(false, ({ control }) => void control.double_zombie(THEIRS)),
  ];
  assertEquals(found, isOpen ? states : ["denied", "denied"]);
}

/** Proves that only root can read whether a process of another user runs. */
function runningAndSleeping(sentence: string): void {
  const [, who, ...states] = /, (only root|every user) can read whether .* is (\w+) or (\w+)\.$/
    .exec(sentence)!;
  const [root, user] = [true, false].map((asRoot) =>
    [1, 0].map((count) => macState(asRoot, (double) => setRunning(double, THEIRS, count)))
  );
  assertEquals(root, states);
  assertEquals(user, who === "only root" ? ["denied", "denied"] : states);
}

const SPINS = `
import threading
def spin():
    while True: pass
threading.Thread(target=spin, daemon=True).start()
print(flush=True)
input()
`;

/** Proves that the state is that of the first thread although another thread runs. */
async function firstThread(sentence: string): Promise<void> {
  assert(sentence.includes("the state of the first thread, as in `ps`"));
  await using other = startSpeaker([PYTHON, "-c", SPINS]);
  await other.next();
  const { pid } = other;
  await until("the first thread waits", () => stateOf(pid) === "S");
  const one = openProcess(pid);
  await until(
    "the other thread runs",
    () => one.threads().some(({ state }) => state === "running"),
  );
  const ps = spawnSync("ps", ["-o", "state=", "-p", `${pid}`], { encoding: "utf8" });
  assertEquals([one.state(), ps.stdout.trim()], ["sleeping", "S"]);
}

/** Proves that the state is that of another thread once the first has ended. */
async function otherThread(sentence: string): Promise<void> {
  assert(sentence.includes("of another thread once the first has ended"));
  await using exits = startSpeaker([compileProgram(["exits.c"], "exits")]);
  const pid = Number(await exits.ask("start thread 5"));
  await exits.ask("first");
  assertEquals(stateOf(pid), "Z");
  assertEquals(openProcess(pid).state(), "sleeping");
}

/** The numbers of /proc/PID/schedstat, or of a thread: time, delay and switches. */
function schedstat(path: string): number[] {
  return readFileSync(`/proc/${path}/schedstat`, "latin1").trim().split(" ").map(Number);
}

/** Starts a process of some threads, all of which wait. */
async function startCrew(threads: number) {
  const crew = startSpeaker([compileProgram(["crew.c"], "crew"), `${threads}`]);
  await crew.next();
  const tasks = () => readdirSync(`/proc/${crew.pid}/task`).map((id) => `${crew.pid}/task/${id}`);
  const rests = (task: string) => /\) S/.test(readFileSync(`/proc/${task}/stat`, "latin1"));
  await until("all threads wait", () => tasks().length === threads && tasks().every(rests));
  return { ...crew, tasks };
}

/** Proves that the context switches of a process are the sum over its threads. */
async function keptForEachThread(sentence: string): Promise<void> {
  assert(sentence.includes("keeps them for each thread alone"));
  await using crew = await startCrew(5);
  const sums = crew.tasks().map(schedstat).reduce((a, b) => a.map((value, i) => value + b[i]!));
  const [time, delay, count] = sums;
  const [row] = processes({ pids: [crew.pid], fields: ["switches"] });
  assertEquals([row!.contextSwitches, row!.runnableTimeNs], [count, time! + delay!]);
  // The file of the process has only those of the first thread.
  assertEquals(schedstat(`${crew.pid}`), schedstat(`${crew.pid}/task/${crew.pid}`));
  assertGreater(count!, schedstat(`${crew.pid}`)[2]!);
}

/** Proves how many files a reading of the context switches opens for each thread. */
export async function filesOfThreads(sentence: string): Promise<void> {
  const most = wordIn(sentence, /opens up to (\w+) files for each thread/);
  const threads = 6;
  await using crew = await startCrew(threads);
  const { system, asked } = changedLinux();
  const read = () => openProcess(crew.pid, { system }).read("contextSwitches", "runnableTimeNs");
  read();
  asked.length = 0;
  read();
  const own = `open /proc/${crew.pid}/`;
  const opened = asked.filter((call) =>
    call.startsWith(`${own}task/`) && call !== `${own}task` || call === `${own}schedstat`
  );
  assertEquals(opened.length, most * threads);
}

const THREAD_ENDS = `
import threading, time
go = threading.Event()
def work():
    for _ in range(300): time.sleep(0.00001)
    print(flush=True)
    go.wait()
thread = threading.Thread(target=work)
thread.start()
input()
go.set()
thread.join()
print(flush=True)
input()
`;

/** Proves that the fields become less when a thread ends. */
async function decreaseWithThreads(sentence: string): Promise<void> {
  assert(sentence.includes("the fields decrease when a thread ends"));
  await using other = startSpeaker([PYTHON, "-c", THREAD_ENDS]);
  await other.next();
  const read = () => processes({ pids: [other.pid], fields: ["switches", "threads"] })[0]!;
  await until("all threads wait", () => openProcess(other.pid).state() === "sleeping");
  const before = read();
  await other.ask("");
  await until("the thread has ended", () => read().threadCount === 1);
  const after = read();
  assertLess(after.contextSwitches!, before.contextSwitches! - 100);
  assertLess(after.runnableTimeNs!, before.runnableTimeNs!);
}

const TMPFS = 0x01021994;

const TRANSFERS = `
import mmap, os, sys
path, what = sys.argv[1:]
size = 1 << 20
def write():
    with open(path, "wb") as file:
        file.write(b"x" * size)
        os.fsync(file.fileno())
def read():
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    os.readv(fd, [mmap.mmap(-1, size)])
write()
print(flush=True)
input()
child = os.fork()
if child == 0:
    read() if what == "reads" else write()
    own = dict(line.split(": ") for line in open("/proc/self/io").read().splitlines())
    print(own["read_bytes" if what == "reads" else "write_bytes"], flush=True)
    input()
    os._exit(0)
os.waitpid(child, 0)
print(flush=True)
input()
`;

/** Proves that the transfers include those of a child that has ended and was waited for. */
async function transfersOfChildren(sentence: string): Promise<void> {
  const [, what] = /includes the (reads|writes) of children that have ended/.exec(sentence)!;
  const parent = statfsSync(tmpdir()).type === TMPFS ? `${ROOT}node_modules` : tmpdir();
  const folder = mkdtempSync(`${parent}/libproc-io-`);
  try {
    await using other = startSpeaker([PYTHON, "-c", TRANSFERS, `${folder}/file`, what!]);
    await other.next();
    const field = what === "reads" ? "readBytes" : "writtenBytes";
    const read = () => processes({ pids: [other.pid], fields: [field] })[0]!;
    const before = read()[field]!;
    const ofChild = Number(await other.ask(""));
    assertGreaterOrEqual(ofChild, 1 << 20);
    assertLess(read()[field]!, before + ofChild);
    await other.ask("");
    assertGreaterOrEqual(read()[field]!, before + ofChild);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The sizes in /proc/PID/status, in bytes, by their names. */
function statusOf(pid: number): Readonly<Record<string, number>> {
  const lines = readFileSync(`/proc/${pid}/status`, "latin1").matchAll(/^(\w+):\s+(\d+) kB$/gm);
  return Object.fromEntries([...lines].map(([, name, size]) => [name, Number(size) * 1024]));
}

const MEMORY = `
import mmap
private = mmap.mmap(-1, 4 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
shared = mmap.mmap(-1, 8 << 20)
for memory in (private, shared): memory.write(b"x" * len(memory))
freed = b"x" * (16 << 20)
del freed
print(flush=True)
input()
`;

/** Proves a sentence about the memory of a process that has memory of several kinds. */
function footprint(
  prove: (
    row: { readonly footprintBytes: number; readonly peakBytes: number | undefined },
    status: Readonly<Record<string, number>>,
    sentence: string,
  ) => void,
): Proof {
  return async (sentence) => {
    await using other = startSpeaker([PYTHON, "-c", MEMORY]);
    await other.next();
    await until("it waits", () => stateOf(other.pid) === "S");
    const { footprintBytes, peakBytes } = openProcess(other.pid).read("footprint");
    prove({ footprintBytes: footprintBytes!, peakBytes }, statusOf(other.pid), sentence);
  };
}

/** The fields of the executable of a process on macOS, after a change of the double. */
function macExecutable(change: (double: Double) => void, asRoot = false) {
  const double = openMac(asRoot);
  change(double);
  return processes({ pids: [OWN], fields: ["executable"], system: double.system })[0]!;
}

const NOT_FOUND = ({ set }: Double) => set(OWN, "PATH_ERRNO", BigInt(ERRNO.ENOENT));

/** Proves how an executable that was deleted is reported on the system that the sentence names. */
export async function deletedExecutable(sentence: string): Promise<void> {
  if (sentence.startsWith("On macOS")) {
    assert(/`executablePath` is unsupported|is unavailable/.test(sentence));
    assertEquals(macExecutable(NOT_FOUND).missing.executablePath, "unsupported");
    return;
  }
  assert(/is the last path of a deleted file|the suffix .* is removed/.test(sentence));
  await withProgram("program", copySleep, (pid, path) => {
    unlinkSync(path);
    const { executablePath, executableDeleted } = openProcess(pid).read("executable");
    assertEquals([executablePath, executableDeleted], [path, true]);
    assertEquals(openProcess(pid).executable(), { path, deleted: true });
    const link = spawnSync("readlink", [`/proc/${pid}/exe`], { encoding: "utf8" }).stdout.trim();
    assertEquals(link, `${path} (deleted)`);
  });
}

const ONLY_ROOT_ON_MAC = "On macOS, only root can read it for processes of other users.";
const ONLY_ROOT_ON_MAC_THEM = "On macOS, only root can read them for processes of other users.";
const ONLY_ROOT_ON_LINUX_THEM = "On Linux, only root can read them for processes of other users.";
const LINUX_SOURCES = {
  file: "tests/docs/fields_test.ts",
  test: "each group declares the files that it reads on Linux",
};
const MAC_SOURCES = {
  file: "tests/docs/fields_test.ts",
  test: "each group declares what it queries on macOS",
};

/** The proofs of the statements in lib/process/fields. */
export const FIELDS: Proofs = {
  "lib/process/fields/child_times.ts": { [ONLY_ROOT_ON_MAC]: readers("childTimes") },
  "lib/process/fields/command.ts": {
    [ONLY_ROOT_ON_MAC_THEM]: readers("command"),
    "On Linux, the list is empty for a kernel thread.": kernelThreadHasNoArguments,
    "On Linux, a title that the process wrote over its arguments is the only element.":
      titleIsOnlyElement,
    "On macOS, `title` is always undefined.": (sentence) => {
      const [, name, value] = /`(\w+)` is always (\w+)\./.exec(sentence)!;
      for (const asRoot of [false, true]) {
        const { system } = openMac(asRoot);
        const [row] = processes({ pids: [OWN], fields: ["command"], system });
        const values = row as unknown as Readonly<Record<string, unknown>>;
        assertEquals([`${values[name!]}`, row!.missing], [value, {}]);
      }
    },
  },
  "lib/process/fields/container.ts": {
    "On Linux, every user can read it.": readers("container"),
    "On macOS, it is unsupported.": unsupported("container"),
  },
  "lib/process/fields/counters.ts": {
    "On Linux, the fields are unsupported.": unsupported("counters"),
    [ONLY_ROOT_ON_MAC_THEM]: readers("counters"),
  },
  "lib/process/fields/cpu.ts": {
    [ONLY_ROOT_ON_MAC]: readers("cpu"),
    "On Linux, it is exact.": isExact((pid) => openProcess(pid).read("cpuTimeNs").cpuTimeNs!),
    "On Linux, it can exceed the sum of `userTimeNs` and `systemTimeNs` by up to two ticks.":
      exceedsParts,
  },
  "lib/process/fields/cpu_modes.ts": {
    [ONLY_ROOT_ON_MAC]: readers("cpuModes"),
    "On Linux, it is reported in steps of a tick, 10 ms.": (sentence) => {
      for (const field of ["userTimeNs", "systemTimeNs"] as const) {
        const read = () => processes({ fields: [field] }).map((row) => row[field] ?? 0);
        inTicks(read)(sentence);
      }
    },
  },
  "lib/process/fields/cpu_percent.ts": { [ONLY_ROOT_ON_MAC]: readers("cpuPercent") },
  "lib/process/fields/descriptor_limit.ts": {
    "On Linux, every user can read it.": readers("descriptorLimit"),
    "On macOS, it is unsupported.": unsupported("descriptorLimit"),
  },
  "lib/process/fields/directories.ts": {
    "On Linux, a path has up to 4,095 bytes.": longestDirectory,
    "On macOS, a path has up to 1,023 bytes.": longestDirectory,
  },
  "lib/process/fields/executable.ts": {
    "On Linux, only root can read it for processes of other users.": readers("executable"),
    "On macOS, every user can read it.": readers("executable"),
    "On Linux, `executablePath` is the last path of a deleted file.": deletedExecutable,
    "On macOS, `executablePath` is unsupported for a deleted file.": deletedExecutable,
    "On macOS, `executableDeleted` is never true.": (sentence) => {
      assert(sentence.includes("`executableDeleted` is never true"));
      const found = [
        macExecutable(() => {}),
        macExecutable(() => {}, true),
        macExecutable(NOT_FOUND),
        macExecutable(({ blob }) => blob("PATH", OWN, 0n, "/path/of/a/file/that/was/deleted")),
        macExecutable(({ control }) => void control.double_zombie(OWN)),
      ];
      assertEquals(found.map(({ executableDeleted }) => executableDeleted), [
        ...[false, false, undefined, undefined, undefined],
      ]);
    },
  },
  "lib/process/fields/faults.ts": { [ONLY_ROOT_ON_MAC_THEM]: readers("faults") },
  "lib/process/fields/field.ts": {
    'A source of fields on Linux: the name of a file in `/proc/<pid>`, `"."` for that directory itself, or a function.':
      (sentence) => {
        const [, folder, itself] = /`(\/proc\/<pid>)`, `"(.)"`/.exec(sentence)!;
        const sources = new Set<string>([...GROUPS.values()].flatMap(({ source }) => source.linux));
        assert(sources.delete(itself!));
        const files = [...sources].filter((source) => !source.endsWith("()"));
        for (const file of files) assert(statSync(`${folder!.replace("<pid>", "self")}/${file}`));
        assert(files.length < sources.size);
      },
    "A source of fields on macOS: a flavor of `__proc_info()`, a name of `sysctl()`, or a function.":
      MAC_SOURCES,
    "On macOS, only root can read `PROC_PIDT_BSDINFOWITHUNIQID` for processes of other users.": (
      sentence,
    ) => {
      const [, who, name] = /only (\w+) can read `(\w+)`/.exec(sentence)!;
      const flavor = new Map<string, number>(Object.entries(pidInfo)).get(name!)!;
      const size = new Map<string, number>(Object.entries(pidInfo)).get(`${name}_SIZE`)!;
      const read = (pid: number, asRoot: boolean) =>
        openMac(asRoot).kernel
          .procInfo(PROC_INFO_CALL_PIDINFO, pid, flavor, 0n, new Uint8Array(size));
      assertEquals([read(THEIRS, false), read(OWN, false)], [-ERRNO.EPERM, size]);
      assertEquals([read(THEIRS, true), who], [size, "root"]);
    },
    "The sources on Linux.": LINUX_SOURCES,
    "The sources on macOS.": MAC_SOURCES,
  },
  "lib/process/fields/footprint.ts": {
    [ONLY_ROOT_ON_MAC]: readers("footprint"),
    "On macOS, it is the value that Activity Monitor displays.": {
      source: "footprint(1) and ri_phys_footprint of bsd/sys/resource.h",
    },
    "On Linux, it is the private anonymous memory, whether resident or swapped out: `RssAnon` plus `VmSwap` of proc_pid_status(5).":
      footprint(({ footprintBytes }, status, sentence) => {
        const [, ...names] = /`(\w+)` plus `(\w+)`/.exec(sentence)!;
        assertEquals(footprintBytes, status[names[0]!]! + status[names[1]!]!);
        // The process has 4 MiB of private memory, and 8 MiB of shared memory without a file.
        assertGreater(footprintBytes, 4 << 20);
        assertLess(footprintBytes, status["VmRSS"]! + status["VmSwap"]! - (8 << 20));
      }),
    "On Linux, it is the highest resident memory.": footprint(({ peakBytes }, status, sentence) => {
      assert(sentence.includes("the highest resident memory"));
      assertEquals(peakBytes, status["VmHWM"]);
      assertGreater(peakBytes!, status["VmRSS"]! + (8 << 20));
    }),
  },
  "lib/process/fields/io.ts": {
    "On Linux, it includes the reads of children that have ended and were waited for.":
      transfersOfChildren,
    "On Linux, it includes the writes of children that have ended and were waited for.":
      transfersOfChildren,
  },
  "lib/process/fields/io_calls.ts": {
    [ONLY_ROOT_ON_LINUX_THEM]: readers("ioCalls"),
    "On macOS, they are unsupported.": unsupported("ioCalls"),
  },
  "lib/process/fields/kernel_thread.ts": {
    "On Linux, it is true for kernel threads.": (sentence) =>
      withKernelThread((pid, system) => {
        const [row] = processes({ pids: [pid], fields: ["kernelThread"], system });
        assertEquals(`${row!.kernelThread}`, /it is (\w+) for kernel threads/.exec(sentence)![1]);
        const others = processes({ pids: [process.pid, 1], fields: ["kernelThread"] });
        assertEquals(others.map(({ kernelThread }) => kernelThread), [false, false]);
        // It has no program, whichever process is reported as one.
        assertEquals(openProcess(pid, { system }).read("executablePath").executablePath, undefined);
      }),
    "On macOS, it is true for `kernel_task`.": (sentence) => {
      const [, value, name] = /it is (\w+) for `(\w+)`/.exec(sentence)!;
      const rows = processes({ fields: ["name", "kernelThread"], system: openMac().system });
      assertEquals(rows.filter((row) => `${row.kernelThread}` === value).map((row) => row.name), [
        name,
      ]);
    },
  },
  "lib/process/fields/memory.ts": { [ONLY_ROOT_ON_MAC]: readers("memory") },
  "lib/process/fields/memory_percent.ts": { [ONLY_ROOT_ON_MAC]: readers("memoryPercent") },
  "lib/process/fields/memory_shares.ts": {
    [ONLY_ROOT_ON_LINUX_THEM]: readers("memoryShares"),
    "On macOS, they are unsupported.": unsupported("memoryShares"),
  },
  "lib/process/fields/name.ts": {
    "On Linux, the kernel keeps 15 bytes.": (sentence) =>
      withProgram(LONG_NAME, copySleep, (pid) => {
        const kept = readFileSync(`/proc/${pid}/comm`, "latin1").trimEnd();
        assertEquals(kept.length, numberIn(sentence, /keeps (\d+) bytes/));
        assertEquals([openProcess(pid).name(), LONG_NAME.startsWith(kept)], [LONG_NAME, true]);
      }),
    "On Linux, the rest can also come from one of the arguments.": nameFromArguments,
    "On macOS, the kernel keeps 31 bytes.": (sentence) =>
      assertEquals(macName(OWN, false).length, numberIn(sentence, /keeps (\d+) bytes/)),
    "On macOS, only root can read more than 16 of these bytes for processes of other users.": (
      sentence,
    ) => {
      const [, who] = /only (\w+) can read/.exec(sentence)!;
      const most = numberIn(sentence, /more than (\d+) of these bytes/);
      assertEquals([macName(THEIRS, false).length, who], [most, "root"]);
      for (const name of [macName(THEIRS, true), macName(OWN, false)]) {
        assertGreater(name.length, most);
      }
    },
  },
  "lib/process/fields/priority.ts": {
    "On macOS, the highest value is 20.": { source: "PRIO_MAX of bsd/sys/resource.h" },
  },
  "lib/process/fields/privileges.ts": {
    "On Linux, every user can read them.": readers("privileges"),
    "On macOS, they are unsupported.": unsupported("privileges"),
  },
  "lib/process/fields/run_delay.ts": {
    "On Linux, every user can read it.": readers("runDelay"),
    "On macOS, it is unsupported.": unsupported("runDelay"),
  },
  "lib/process/fields/scheduling.ts": { [ONLY_ROOT_ON_MAC]: readers("scheduling") },
  "lib/process/fields/security_label.ts": {
    "On macOS, it is unsupported.": unsupported("securityLabel"),
  },
  "lib/process/fields/state.ts": {
    "On macOS, every user can read that a process is stopped or a zombie.": stoppedAndZombie,
    "On macOS, only root can read whether a process of another user is running or sleeping.":
      runningAndSleeping,
    "On Linux, it is the state of the first thread, as in `ps`.": firstThread,
    "On Linux, it is the state of another thread once the first has ended.": otherThread,
  },
  "lib/process/fields/supplementary_groups.ts": {
    "On macOS, at most 15 are reported.": (sentence) => {
      const { item, system } = openMac();
      for (let id = 0n; id < 20n; id++) item(OWN, "GROUP", 100n + id);
      const { supplementaryGroupIds } = openProcess(OWN, { system }).credentials();
      assertEquals(supplementaryGroupIds!.length, numberIn(sentence, /at most (\d+)/));
    },
  },
  "lib/process/fields/switches.ts": {
    [ONLY_ROOT_ON_MAC_THEM]: readers("switches"),
    "On Linux, the kernel keeps them for each thread alone.": keptForEachThread,
    "On Linux, reading them opens up to two files for each thread.": filesOfThreads,
    "On Linux, the fields decrease when a thread ends because they cover only the existing threads.":
      decreaseWithThreads,
  },
  "lib/process/fields/threads.ts": { [ONLY_ROOT_ON_MAC_THEM]: readers("threads") },
};
