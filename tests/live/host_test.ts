import { assert, assertEquals, assertThrows } from "@std/assert";
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
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { release, tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Library, Signatures, Symbols } from "../../ffi/adapter.ts";
import { hostSystem, openAdapter, openLibrary } from "../../ffi/runtime.ts";
import type { Ending, ExitWatch, Host } from "../../lib/system/system.ts";
import { linuxHost } from "../../lib/linux/system.ts";
import { libcPaths, openLibc } from "../../lib/linux/sys/libc.ts";
import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import { ERRNO, getPidsForPpid, openHost, SystemCallError } from "../../mod.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { type ProcTree, unpackProcTree } from "../support/proc_tree.ts";
import { AS_NOBODY, inShell, OWN_MOUNTS, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const needsRoot = skip || (!root && "needs root, to change users and to make namespaces");

/** Whether the kernel keeps how a process ended for all who watch it. */
const keepsStatus = linux && isAtLeast(6, 15);
const needsStatus = skip || (!keepsStatus && "needs Linux 6.15, which keeps how a process ended");

const NOBODY = 0x7fffffff;
const KERNEL_THREADS = 2;

function isAtLeast(major: number, minor: number): boolean {
  const [, first = 0, second = 0] = /^(\d+)\.(\d+)/.exec(release())?.map(Number) ?? [];
  return first > major || (first === major && second >= minor);
}

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
const openDescriptors = () => readdirSync("/proc/self/fd").length;

/** A process that stays until it is disposed of. */
interface Actor extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcess;
}

/** Starts a command, and waits until it runs the program that it should. */
async function start(
  command: readonly [string, ...string[]],
  program?: string,
  options: { argv0?: string } = {},
): Promise<Actor> {
  const [file, ...args] = command;
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"], ...options });
  const pid = child.pid!;
  const comm = () => readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  while (program !== undefined && comm() !== program) await sleep(2);
  return {
    pid,
    child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
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
  // A link among the parents would show as where it leads.
  return realpathSync(mkdtempSync(`${tmpdir()}/libproc-${test}-`));
}

/** A host over a C library of which some symbols are changed, or missing if they are null. */
function hostOver(
  changed: Readonly<Record<string, ((...args: never[]) => unknown) | null>>,
  procRoot?: string,
): Host {
  const library = openLibrary(openAdapter(), libcPaths(hostSystem().arch));
  const changing: Library = {
    bind: <const T extends Signatures>(signatures: T) => {
      const mine = Object.entries(changed).filter(([name]) => name in signatures);
      return { ...library.bind(signatures), ...Object.fromEntries(mine) } as Symbols<T>;
    },
    tryBind<const T extends Signatures>(signatures: T): Symbols<T> | null {
      if (Object.keys(signatures).some((name) => changed[name] === null)) return null;
      return changing.bind(signatures);
    },
  };
  const libc = openLibc(changing);
  return linuxHost(procFs(libc, procRoot), libc);
}

// What shuts a process in.

test("confinement() tells the capabilities that a process was given", {
  skip: needsRoot,
}, async () => {
  const KILL = 1n << 5n, NET_RAW = 1n << 13n;
  const given = ["--inh-caps=-all,+net_raw", "--bounding-set=-all,+net_raw,+kill"];
  await using actor = await start(
    ["setpriv", ...given, "--ambient-caps=-all,+net_raw", "--reuid=65534", "sleep", "1000"],
    "sleep",
  );
  const { capabilities, noNewPrivileges } = openHost().confinement(actor.pid);
  assertEquals(capabilities, {
    effective: NET_RAW,
    permitted: NET_RAW,
    inheritable: NET_RAW,
    bounding: NET_RAW | KILL,
    ambient: NET_RAW,
  });
  assertEquals(noNewPrivileges, false);
});

test("confinement() tells whether a process may gain privileges", { skip }, async () => {
  await using actor = await start(["setpriv", "--no-new-privs", "sleep", "1000"], "sleep");
  assertEquals(openHost().confinement(actor.pid).noNewPrivileges, true);
});

test("confinement() tells how system calls are filtered", { skip }, async () => {
  const program = compileProgram(["confined.c"], "confined");
  for (const how of ["strict", "filter", "none"] as const) {
    await using actor = await startReady(program, how);
    const { systemCallFilter, noNewPrivileges } = openHost().confinement(actor.pid);
    assertEquals([systemCallFilter, noNewPrivileges], [how, how === "filter"]);
  }
});

test("confinement() tells of a living thread when the first has ended", { skip }, async () => {
  const program = compileProgram(["confined.c"], "confined");
  await using actor = await startReady(program, "leaderless");
  const { pid } = actor;
  const state = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0];
  while (state() !== "Z") await sleep(2);
  const { noNewPrivileges, namespaces, namespacePids } = openHost().confinement(pid);
  // The first thread was not the one that gave them up, and has no network any more.
  assertEquals(noNewPrivileges, true);
  assertEquals(namespaces?.net, statSync("/proc/self/ns/net", { bigint: true }).ino);
  assertEquals(namespacePids?.at(-1), pid);
});

test("confinement() tells the namespaces of a process, and its id in each", {
  skip: needsRoot,
}, async () => {
  const own = ["--pid", "--net", "--uts", "--ipc", "--cgroup", "--mount"];
  await using actor = await start(["unshare", ...own, "--kill-child", "sleep", "1000"]);
  while (getPidsForPpid(actor.pid).length === 0) await sleep(2);
  const [inner = 0] = getPidsForPpid(actor.pid);
  const { namespaces, namespacePids } = openHost().confinement(inner);
  const inode = (pid: number | string, kind: string) =>
    statSync(`/proc/${pid}/ns/${kind}`, { bigint: true }).ino;
  const kinds = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];
  assertEquals(Object.keys(namespaces!).sort(), kinds);
  for (const kind of kinds) {
    assertEquals(namespaces![kind], inode(inner, kind));
    const same = namespaces![kind] === inode("self", kind);
    assertEquals(same, kind === "user" || kind === "time", kind);
  }
  assertEquals(namespacePids!.slice(-2), [inner, 1]);
  const { namespaces: outer, namespacePids: ids } = openHost().confinement(actor.pid);
  assertEquals(ids, namespacePids!.slice(0, -2).concat(actor.pid));
  // It made the process namespace for its child, and is not in it.
  assertEquals(outer!.pid, inode("self", "pid"));
});

test("confinement() tells the control groups of each hierarchy", { skip }, () => {
  const lines = readFileSync("/proc/self/cgroup", "utf8").trim().split("\n");
  const { controlGroups = {} } = openHost().confinement(process.pid);
  assertEquals(
    Object.entries(controlGroups).map((parts) => parts.join(":")).sort(),
    lines.map((line) => line.slice(line.indexOf(":") + 1)).sort(),
  );
});

test("confinement() leaves out what another user may not see", { skip: needsRoot }, () => {
  const { pid } = process;
  const told = runWrapped(
    AS_NOBODY,
    `import { openHost } from "./mod.ts";
     const told = openHost().confinement(${pid});
     console.log(JSON.stringify({ ...told, capabilities: told.capabilities?.bounding > 0n }));`,
  ) as Record<string, unknown>;
  const ours = openHost().confinement(pid);
  assertEquals(told, {
    controlGroups: ours.controlGroups,
    namespacePids: ours.namespacePids,
    capabilities: true,
    noNewPrivileges: ours.noNewPrivileges,
    systemCallFilter: ours.systemCallFilter,
    ...(ours.securityLabel === undefined ? {} : { securityLabel: ours.securityLabel }),
  });
});

test("confinement() tells what is left of a zombie, and nothing of who is not there", {
  skip: needsRoot,
}, () => {
  const host = openHost();
  const zombie = host.confinement(cast.pid("zombie"));
  assertEquals(zombie.namespacePids?.at(-1), cast.pid("zombie"));
  assertEquals(Object.keys(zombie.namespaces!).includes("net"), false);
  assertEquals(zombie.namespaces!.user, host.confinement(process.pid).namespaces!.user);
  assertEquals(zombie.capabilities, host.confinement(cast.pid("plain")).capabilities);
  const thread = readdirSync(`/proc/${cast.pid("leaderless")}/task`).map(Number)
    .find((id) => id !== cast.pid("leaderless"))!;
  for (const pid of [NOBODY, thread]) assertEquals(host.confinement(pid), {});
});

test("confinement() tells of kernel threads", { skip: needsRoot }, () => {
  if (!existsSync(`/proc/${KERNEL_THREADS}`)) return; // a container has none
  const { capabilities, systemCallFilter } = openHost().confinement(KERNEL_THREADS);
  assert(capabilities!.effective > 0n);
  assertEquals(systemCallFilter, "none");
});

// The file of a program.

/** Runs a copy of `sleep` under a name. */
function startCopy(path: string): Promise<Actor> {
  copyFileSync("/bin/sleep", path);
  return start([path, "1000"], path.slice(path.lastIndexOf("/") + 1).slice(0, 15));
}

test("executable() tells a deleted file by its links, not by its name", { skip }, async () => {
  const folder = folderFor("executable");
  try {
    const host = openHost();
    const pathOf = (pid: number) => {
      const { path, links } = host.executable(pid);
      return [textOf(path), links];
    };
    await using plain = await startCopy(`${folder}/plain`);
    assertEquals(pathOf(plain.pid), [`${folder}/plain`, 1]);
    await using odd = await startCopy(`${folder}/x (deleted)`);
    assertEquals(pathOf(odd.pid), [`${folder}/x (deleted)`, 1]);
    await using gone = await startCopy(`${folder}/x`);
    unlinkSync(`${folder}/x`);
    // The file that has the name now is another one.
    assertEquals(pathOf(gone.pid), [`${folder}/x`, 0]);
    unlinkSync(`${folder}/x (deleted)`);
    assertEquals(pathOf(odd.pid), [`${folder}/x (deleted)`, 0]);
    await using linked = await startCopy(`${folder}/first`);
    linkSync(`${folder}/first`, `${folder}/second`);
    assertEquals(pathOf(linked.pid), [`${folder}/first`, 2]);
    unlinkSync(`${folder}/first`);
    assertEquals(pathOf(linked.pid), [`${folder}/first`, 1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("executable() gives bytes that are no text as they are", { skip }, async () => {
  const folder = folderFor("executable");
  try {
    const name = Buffer.from([0x61, 0xff, 0x0a, 0x62]);
    const path = Buffer.concat([Buffer.from(`${folder}/`), name]);
    // The shell takes the bytes that the runtimes do not.
    const script = `cp /bin/sleep "$(printf '${folder}/a\\377\\nb')"; ` +
      `exec "$(printf '${folder}/a\\377\\nb')" 1000`;
    await using actor = await start(["sh", "-c", script]);
    const comm = () => readFileSync(`/proc/${actor.pid}/comm`, "latin1");
    while (!comm().startsWith("a\xff")) await sleep(2);
    const found = openHost().executable(actor.pid);
    assertEquals([Buffer.from(found.path).toString("hex"), found.links], [path.toString("hex"), 1]);
  } finally {
    execFileSync("rm", ["-rf", folder]);
  }
});

test("executable() tells a program that is in memory alone", { skip }, async () => {
  const script = "import os; fd = os.memfd_create('prog');" +
    "os.write(fd, open('/bin/sleep', 'rb').read()); os.execve(fd, ['sleep', '1000'], {})";
  await using actor = await start(["python3", "-c", script]);
  while (!readlinkSync(`/proc/${actor.pid}/exe`).startsWith("/memfd:")) await sleep(2);
  const { path, links } = openHost().executable(actor.pid);
  assertEquals([textOf(path), links], ["/memfd:prog", 0]);
});

test("executable() says why there is none", { skip: needsRoot }, () => {
  const host = openHost();
  assertEquals(errnoOf(() => host.executable(cast.pid("zombie"))), ERRNO.ESRCH);
  assertEquals(errnoOf(() => host.executable(NOBODY)), ERRNO.ESRCH);
  if (existsSync(`/proc/${KERNEL_THREADS}`)) {
    assertEquals(errnoOf(() => host.executable(KERNEL_THREADS)), ERRNO.ENOENT);
  }
  const leaderless = cast.pid("leaderless");
  assertEquals(host.executable(leaderless), host.executable(cast.pid("plain")));
  const thread = readdirSync(`/proc/${leaderless}/task`).map(Number).find((id) =>
    id !== leaderless
  )!;
  assertEquals(errnoOf(() => host.executable(thread)), ERRNO.ESRCH);
  const code = runWrapped(
    AS_NOBODY,
    `import { openHost } from "./mod.ts";
     try { openHost().executable(${process.pid}); console.log("0"); }
     catch (error) { console.log(JSON.stringify(error.code)); }`,
  );
  assertEquals(code, "EPERM");
});

test("executable() does not know of a copied tree whether the file is deleted", { skip }, () => {
  const host = openHost({ procRoot: tree.root });
  const { path, links } = host.executable(tree.pid("plain"));
  assertEquals(textOf(path), readlinkSync(`${tree.root}/${tree.pid("plain")}/exe`));
  assertEquals(links, undefined);
});

// Terminals, users, the time since the start.

test("terminalPath() finds the terminal of a process", { skip }, () => {
  const host = openHost();
  const path = cast.said("terminal");
  const stat = readFileSync(`/proc/${cast.pid("terminal")}/stat`, "utf8");
  const device = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[4]);
  assertEquals(host.terminal(path), device);
  assertEquals(host.terminalPath(device), path);
});

test("terminalPath() gives back the path of every terminal in /dev", { skip }, () => {
  const host = openHost();
  const names = readdirSync("/dev").filter((name) => /^(tty|console)/.test(name));
  assert(names.length > 0);
  for (const name of names) {
    const device = host.terminal(`/dev/${name}`);
    const found = host.terminalPath(device);
    assert(found !== undefined, name);
    // It may have several names, of which either will do.
    assertEquals(host.terminal(found), device);
  }
});

test("terminalPath() knows none for a number that no terminal has", { skip }, () => {
  const host = openHost();
  // None, NODEV, a master, a terminal that is not open, /dev/null and a driver that is not there.
  for (const device of [0, 0xffffffff, 0x8000, 0x7ff8_88ff, 0x103, 0x0ff0_f0ff]) {
    assertEquals(host.terminalPath(device), undefined);
  }
  assertEquals(
    openHost({ procRoot: tree.root }).terminalPath(host.terminal("/dev/tty")),
    undefined,
  );
});

test("terminalPath() names no terminal that its own file system does not have", {
  skip: needsRoot,
}, () => {
  const device = openHost().terminal(cast.said("terminal"));
  const ask = `import { openHost } from "./mod.ts";
    console.log(JSON.stringify(openHost().terminalPath(${device}) ?? null));`;
  const covered = [...OWN_MOUNTS, ...inShell('mount -t tmpfs none /dev/pts; "$@"')];
  assertEquals(runWrapped(covered, ask), null);
  // As a container has its terminal.
  const bound = `mount --bind ${cast.said("terminal")} /dev/console; mount -t tmpfs none /dev/pts;`;
  assertEquals(runWrapped([...OWN_MOUNTS, ...inShell(`${bound} "$@"`)], ask), "/dev/console");
});

test("bootId() is the system's", { skip }, () => {
  const expected = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  assertEquals(openHost().bootId(), expected);
  assertEquals(expected.length, 36);
  assertEquals(openHost({ procRoot: "/proc" }).bootId(), expected);
});

test("bootId() of a copied tree is that of its machine", { skip }, () => {
  const error = assertThrows(() => openHost({ procRoot: tree.root }).bootId(), SystemCallError);
  assertEquals(error.code, "ENOENT");
  const folder = `${tree.root}/sys/kernel/random`;
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(`${folder}/boot_id`, "01234567-89ab-cdef-0123-456789abcdef\n");
    const { bootId } = openHost({ procRoot: tree.root });
    assertEquals(bootId(), "01234567-89ab-cdef-0123-456789abcdef");
  } finally {
    rmSync(`${tree.root}/sys`, { recursive: true });
  }
});

test("userName() and userId() agree with the system about every user", { skip }, () => {
  const host = openHost();
  const users = execFileSync("getent", ["passwd"], { encoding: "utf8" }).trim().split("\n");
  assert(users.length > 1);
  for (const line of users) {
    const [name = "", , id] = line.split(":");
    assertEquals(host.userId(name), Number(id));
    const [first] = execFileSync("getent", ["passwd", id!], { encoding: "utf8" }).split(":");
    assertEquals(host.userName(Number(id)), first);
  }
  assertEquals([host.userName(0), host.userId("root")], ["root", 0]);
});

test("userName() and userId() are undefined for who is not there", { skip }, () => {
  const host = openHost();
  assertEquals(host.userName(4_000_000_000), undefined);
  for (const name of ["no-such-user", "", "root\0", "0"]) {
    assertEquals(host.userId(name), undefined);
  }
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
      `import { openHost } from "./mod.ts";
       const { userId, userName } = openHost();
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
    for (const host of [openHost(), hostOver({ pidfd_open: null })]) {
      await using actor = await start(["sleep", "1000"], "sleep");
      const { pid, child } = actor;
      const state = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0];
      host.kill(pid, SIGSTOP);
      while (state() !== "T") await sleep(2);
      host.kill(pid, SIGCONT);
      while (state() === "T") await sleep(2);
      host.kill(pid, 0);
      const ended = once(child, "exit");
      host.kill(pid, signal);
      assertEquals(await ended, [null, name]);
    }
  }
});

test("kill() says why a signal was not sent", { skip: needsRoot }, () => {
  const leaderless = cast.pid("leaderless");
  const thread = readdirSync(`/proc/${leaderless}/task`).map(Number).find((id) =>
    id !== leaderless
  )!;
  for (const host of [openHost(), hostOver({ pidfd_open: null })]) {
    const error = assertThrows(() => host.kill(NOBODY, SIGTERM), SystemCallError, `${NOBODY}`);
    assertEquals([error.code, error.syscall], ["ESRCH", "kill"]);
    // Not everybody, not our group, and not the process of a thread.
    for (const pid of [0, -1, -process.pid, thread, 2 ** 23]) {
      assertEquals(errnoOf(() => host.kill(pid, SIGTERM)), ERRNO.ESRCH, `${pid}`);
    }
    const { pid } = process;
    assertEquals(errnoOf(() => host.kill(pid, SIGEMT)), ERRNO.ENOTSUP);
    for (const signal of [-1, 32, 64]) {
      assertEquals(errnoOf(() => host.kill(pid, signal)), ERRNO.EINVAL);
    }
    // As kill(2) has it: a zombie takes signals.
    host.kill(cast.pid("zombie"), SIGKILL);
    host.kill(leaderless, 0);
  }
  const copied = openHost({ procRoot: tree.root });
  assertEquals(errnoOf(() => copied.kill(tree.pid("plain"), 0)), ERRNO.ENOTSUP);
  const code = runWrapped(
    AS_NOBODY,
    `import { openHost } from "./mod.ts";
     try { openHost().kill(${process.pid}, 0); console.log("0"); }
     catch (error) { console.log(JSON.stringify(error.code)); }`,
  );
  assertEquals(code, "EPERM");
});

// The end of a process.

/** The program that has children end as it is told. */
interface Exits extends AsyncDisposable {
  tell(order: string): Promise<number>;
}

async function startExits(): Promise<Exits> {
  const folder = folderFor("exits");
  const child = spawn(compileProgram(["exits.c"], "exits"), {
    cwd: folder, // where a core file goes
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

// Linux's numbers, as exits.c takes them, and what wait() tells in Darwin's.
const WAYS = [["exit", 0, 0], ["exit", 7, 7 << 8], ["signal", 10, 30], ["signal", 9, 9], [
  ...["thread", 3, 3 << 8],
]] as const;

/** Hosts as they are on older systems. */
const HOSTS: Readonly<Record<string, () => Host>> = {
  "this kernel": () => openHost(),
  "a kernel that keeps no status": () => hostOver({ ioctl: () => -1 }),
  "a system without pidfd_open()": () => hostOver({ pidfd_open: null }),
};

for (const [name, open] of Object.entries(HOSTS)) {
  test(`watchExit() tells how a zombie of another's has ended, on ${name}`, { skip }, async () => {
    const host = open();
    await using exits = await startExits();
    for (const [how, number, status] of WAYS) {
      const before = openDescriptors();
      const pid = await exits.tell(`start ${how} ${number}`);
      const watch = host.watchExit(pid);
      assertEquals(watch.ended(), undefined);
      if (how === "thread") {
        // The end of its first thread is not that of the process.
        await exits.tell("first");
        assertEquals(watch.ended(), undefined);
      }
      await exits.tell("end");
      assertEquals(watch.ended(), { status }, `${how} ${number}`);
      const late = host.watchExit(pid);
      assertEquals(late.ended(), { status });
      await exits.tell("reap");
      assertEquals([watch.ended(), late.ended()], [{ status }, { status }]);
      assertEquals(openDescriptors(), before);
      watch.close();
      late.close();
      assertEquals(openDescriptors(), before);
      assertEquals(watch.ended(), { status });
    }
  });
}

test(
  "watchExit() tells how a process ended that another one has waited for",
  { skip: needsStatus },
  async () => {
    const host = openHost();
    await using exits = await startExits();
    for (const [how, number, status] of [...WAYS, ["dump", 6, undefined]] as const) {
      const pid = await exits.tell(`start ${how} ${number}`);
      const watch = host.watchExit(pid);
      await exits.tell("end");
      const waited = await exits.tell("reap");
      // Signal 6 has one number, so that what wait() told is what is expected, core file and all.
      assertEquals(watch.ended(), { status: status ?? waited });
    }
  },
);

test("watchExit() does not know how a process ended that was waited for, on older systems", {
  skip,
}, async () => {
  await using exits = await startExits();
  for (const changed of [{ ioctl: () => -1 }, { pidfd_open: null }]) {
    const before = openDescriptors();
    const pid = await exits.tell("start exit 7");
    const watch = hostOver(changed).watchExit(pid);
    await exits.tell("end");
    await exits.tell("reap");
    assertEquals(watch.ended(), { status: undefined });
    assertEquals(watch.ended(), { status: undefined });
    watch.close();
    assertEquals(watch.ended(), { status: undefined });
    assertEquals(openDescriptors(), before);
  }
});

test("watchExit() watches children of this process", { skip }, async () => {
  for (const host of [openHost(), hostOver({ ioctl: () => -1 })]) {
    await using actor = await start(["sh", "-c", "read line; exit 5"]);
    const watch = host.watchExit(actor.pid);
    assertEquals(watch.ended(), undefined);
    const gone = once(actor.child, "exit");
    actor.child.stdin!.end();
    const { status } = await until(watch);
    // The runtime may have waited for it already, which an older system does not tell.
    const mayLackIt = host !== openHost() || !keepsStatus;
    assert(status === 5 << 8 || (mayLackIt && status === undefined), `${status}`);
    await gone;
    watch.close();
  }
});

test(
  "watchExit() tells nothing of a process that has the id later",
  { skip: needsRoot },
  async () => {
    for (const host of [openHost(), hostOver({ pidfd_open: null })]) {
      const known = host === openHost() && keepsStatus;
      let done = false;
      for (let tries = 0; tries < 5 && !done; tries++) {
        const child = spawn(compileProgram(["reuse.c"], "reuse"), {
          stdio: ["pipe", "pipe", "inherit"],
        });
        const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        const pid = Number((await lines.next()).value);
        const watch = host.watchExit(pid);
        assertEquals(watch.ended(), undefined);
        // The next one must not start within the same tick.
        await sleep(50);
        child.stdin.write("\n");
        // On a busy machine a stranger may get the id, and keep it.
        done = (await lines.next()).value === "again";
        if (done) {
          const later = host.watchExit(pid);
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
    `import { openHost } from "./mod.ts";
     import { writeFileSync } from "node:fs";
     import process from "node:process";
     const watch = openHost().watchExit(Number(process.env.VICTIM));
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

test("watchExit() tells that another user's zombie has ended, and not how", {
  skip: needsRoot,
}, () => {
  const zombie = cast.pid("zombie");
  const told = runWrapped(
    AS_NOBODY,
    `import { openHost } from "./mod.ts";
     const watch = openHost().watchExit(${zombie});
     const ending = watch.ended();
     watch.close();
     console.log(JSON.stringify([ending, watch.ended()]));`,
  );
  assertEquals(told, [{}, {}]);
  const watch = openHost().watchExit(zombie);
  assertEquals(watch.ended(), { status: 7 << 8 });
});

test("watchExit() says why it cannot watch", { skip }, () => {
  const before = openDescriptors();
  const leaderless = cast.pid("leaderless");
  const thread = readdirSync(`/proc/${leaderless}/task`).map(Number).find((id) =>
    id !== leaderless
  )!;
  for (const host of [openHost(), hostOver({ pidfd_open: null })]) {
    for (const pid of [NOBODY, 0, -1, thread]) {
      const error = assertThrows(() => host.watchExit(pid), SystemCallError, `process ${pid}`);
      assertEquals(error.errno, ERRNO.ESRCH);
    }
  }
  const copied = openHost({ procRoot: tree.root });
  assertEquals(errnoOf(() => copied.watchExit(tree.pid("plain"))), ERRNO.ENOTSUP);
  assertEquals(openDescriptors(), before);
});

test("watchExit() says that there are too many open files", { skip }, () => {
  const told = runWrapped(
    ["prlimit", "--nofile=200"],
    `import { openHost } from "./mod.ts";
     import { readdirSync } from "node:fs";
     import process from "node:process";
     const host = openHost();
     host.watchExit(process.pid).close();
     const open = () => readdirSync("/proc/self/fd").length;
     const before = open();
     const watches = [];
     let error;
     while (error === undefined && watches.length < 500) {
       try { watches.push(host.watchExit(process.pid)); } catch (thrown) { error = thrown; }
     }
     for (const watch of watches) watch.close();
     console.log(JSON.stringify([error.code, error.syscall, open() - before]));`,
  );
  assertEquals(told, ["EMFILE", "pidfd_open", 0]);
});

test("watchExit() and kill() answer under a container's ids", { skip: needsRoot }, async () => {
  const child = spawn(
    "unshare",
    ["--pid", "--fork", "--mount-proc", "sh", "-c", "sleep 1000 & echo ready; read line"],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  await once(child.stdout!, "data");
  const [shell = 0] = getPidsForPpid(child.pid!);
  const before = openDescriptors();
  const host = openHost({ procRoot: `/proc/${shell}/root/proc` });
  const watch = host.watchExit(2);
  assertEquals(watch.ended(), undefined);
  assertEquals(errnoOf(() => host.kill(getPidsForPpid(shell)[0]!, SIGTERM)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => host.watchExit(3)), ERRNO.ESRCH);
  host.kill(2, SIGTERM);
  // The shell waits for nobody before it ends: what is left says how it ended.
  assertEquals(await until(watch), { status: SIGTERM });
  assertEquals(host.confinement(1).namespacePids, [1]);
  assertEquals(openDescriptors(), before);
  const gone = once(child, "exit");
  child.stdin!.end();
  await gone;
  assertEquals(watch.ended(), { status: SIGTERM });
});

test("a watch that nobody closed is closed when it is collected", { skip }, async () => {
  const host = openHost();
  const before = openDescriptors();
  (() => {
    for (let i = 0; i < 200; i++) host.watchExit(process.pid);
  })();
  assertEquals(openDescriptors(), before + 200);
  // What makes the runtime collect is memory that is soon of no use.
  for (let tries = 0; openDescriptors() > before + 20; tries++) {
    assert(tries < 1000, `${openDescriptors()} open, ${before} before`);
    for (let i = 0; i < 1000; i++) new Array(1000).fill({ i });
    await sleep(1);
  }
});
