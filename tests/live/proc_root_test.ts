import { assert, assertEquals, assertNotStrictEquals, assertThrows } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  auditToken,
  getAllPids,
  getPidsForPgrp,
  getPidsForPpid,
  getPidsForRuid,
  getPidsForUid,
  pidInfo,
  PROC_INFO_CALL_SETCONTROL,
  PROC_INFO_CALL_SIGNAL_AUDITTOKEN,
  PROC_INFO_CALL_TERMINATE,
  PROC_INFO_CALL_UDATA_INFO,
  PROC_PIDLISTTHREADIDS,
  PROC_PIDPATHINFO,
  PROC_PIDREGIONINFO,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDTHREADID64INFO,
  PROC_PIDUNIQIDENTIFIERINFO,
  procInfo,
  regions,
  SM_COW,
  SM_PRIVATE,
  SystemCallError,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem, openSystem } from "../../lib/system/open.ts";
import { until } from "../support/lines.ts";
import { hostLibc } from "../support/libc.ts";
import { procFile, procFs } from "../../lib/linux/proc/proc_fs.ts";
import { type ProcTree, unpackProcTree } from "../support/proc_tree.ts";
import { AS_NOBODY, inShell, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const needsRoot = skip || (!root && "needs root, to mount and to make namespaces");
const NOBODY = 0x7fffffff;

let tree: ProcTree;
before(() => {
  if (linux) tree = unpackProcTree();
});
after(() => tree?.[Symbol.dispose]());

// Values of procRoot.

test(
  "openSystem() opens a system of its own each time, with a procRoot or without",
  { skip },
  () => {
    const usual = defaultSystem();
    const other = openSystem({ procRoot: "/proc" });
    assertNotStrictEquals(other, usual);
    assertNotStrictEquals(openSystem({ procRoot: "/proc" }), other);
    assertNotStrictEquals(openSystem(), usual);
    assertNotStrictEquals(openSystem({}), openSystem());
    assert(defaultSystem() === usual);
    assertEquals(
      pidInfo(process.pid, PROC_PIDUNIQIDENTIFIERINFO, 0n, { system: other }),
      pidInfo(process.pid, PROC_PIDUNIQIDENTIFIERINFO, 0n, { system: usual }),
    );
  },
);

test("openSystem() reports that a procRoot is not a process file system", { skip }, () => {
  const empty = mkdtempSync(`${tmpdir()}/libproc-empty-`);
  mkdirSync(`${empty}/self`);
  writeFileSync(`${empty}/version`, "");
  try {
    for (const procRoot of [empty, "/no/such/place", "/etc/passwd", ""]) {
      const error = assertThrows(() => openSystem({ procRoot }), SystemCallError, `"${procRoot}"`);
      assertEquals(error.code, "ENOTSUP");
    }
  } finally {
    rmSync(empty, { recursive: true });
  }
  assertThrows(() => openSystem({ procRoot: "/proc\0" }), RangeError, "procRoot");
});

// A copied tree.

const ROLES = [
  ...["kernel thread", "plain", "zombie", "users", "name", "leaderless", "stopped", "terminal"],
  "nasty",
];
const copy = () => openSystem({ procRoot: tree.root });

test("swapped pages that another process has too are copied on write", { skip }, () => {
  const pid = tree.pid("plain");
  const region = (at: number, pss: number) =>
    `${at.toString(16)}-${(at + 0x2000).toString(16)} rw-p 00000000 00:00 0\n` +
    `Rss:                   0 kB\nSwap:                  8 kB\nSwapPss:               ${pss} kB\n`;
  writeFileSync(`${tree.root}/${pid}/smaps`, region(0x1000, 6) + region(0x5000, 8));
  const system = copy();
  const found = [...regions(pid, PROC_PIDREGIONINFO, { system })];
  assertEquals(
    found.map((info) => [info.pri_pages_swapped_out, info.pri_share_mode]),
    [[2, SM_COW], [2, SM_PRIVATE]],
  );
  rmSync(`${tree.root}/${pid}/smaps`);
});

test("a copied tree lists its own processes, in descending order", { skip }, () => {
  const system = copy();
  const pids = ROLES.map(tree.pid).sort((a, b) => b - a);
  assertEquals(getAllPids({ system }), pids);
  assertEquals(procInfo(1, 1, 0, 0n, null, undefined, { system }) / 4, pids.length + 20);
  // The users are those in the files, not the owners of the files.
  assertEquals(getPidsForUid(2345, { system }), [tree.pid("users")]);
  assertEquals(getPidsForRuid(1234, { system }), [tree.pid("users")]);
  assertEquals(getPidsForUid(1234, { system }), []);
  assertEquals(getPidsForPgrp(tree.pid("terminal"), { system }), [tree.pid("terminal")]);
});

test("a copied tree shows names of any bytes", { skip }, () => {
  const system = copy();
  const name = (role: string) => {
    const bytes = new Uint8Array(64);
    const pid = tree.pid(role);
    assertEquals(procInfo(2, pid, PROC_PIDT_SHORTBSDINFO, 1n, bytes, undefined, { system }), 64);
    const comm = bytes.subarray(16, 32);
    return String.fromCharCode(...comm.subarray(0, comm.indexOf(0)));
  };
  assertEquals(name("nasty"), "a\n) R 1 \xff\\");
  assertEquals(name("name"), ") R 1 1 1 (");
  assertEquals(name("plain"), "cast");
  assert(name("kernel thread").startsWith("kworker/"));
  assertEquals(name("kernel thread").length, 15);
});

test("a copied tree shows every kind of process", { skip }, () => {
  const system = copy();
  const info = (role: string) => pidInfo(tree.pid(role), PROC_PIDTBSDINFO, 1n, { system });
  assertEquals(ROLES.map((role) => info(role).pbi_status), [3, 3, 5, 3, 3, 3, 4, 3, 3]);
  const { pbi_uid, pbi_ruid, pbi_svuid, pbi_gid, pbi_rgid, pbi_svgid } = info("users");
  assertEquals([pbi_ruid, pbi_uid, pbi_svuid], [1234, 2345, 3456]);
  assertEquals([pbi_rgid, pbi_gid, pbi_svgid], [4321, 5432, 6543]);
  const zombie = tree.pid("zombie");
  const read = (pid: number, arg: bigint) =>
    system.kernel.procInfo(2, pid, PROC_PIDTBSDINFO, arg, new Uint8Array(136));
  assertEquals([read(zombie, 0n), read(zombie, 1n)], [-ERRNO.ESRCH, 136]);
  assertEquals([read(process.pid, 1n), read(1, 1n)], [-ERRNO.ESRCH, -ERRNO.ESRCH]);
  assertEquals(info("zombie").pbi_xstatus, 7 << 8);
  assertEquals(info("terminal").e_tdev, 0x8800);
  // The start of the other machine is unknown, so the starts of its processes are unknown too.
  assertEquals([info("plain").pbi_start_tvsec, info("plain").pbi_start_tvusec], [0n, 0n]);
});

test("a copied tree shows links as they were, and threads", { skip }, () => {
  const system = copy();
  const path = pidInfo(tree.pid("plain"), PROC_PIDPATHINFO, 0n, { system });
  assertEquals(path, "/opt/box/cast");
  const leaderless = tree.pid("leaderless");
  const tids = pidInfo(leaderless, PROC_PIDLISTTHREADIDS, 0n, { system });
  const living = [...tids].filter((tid) => tid !== BigInt(leaderless));
  assertEquals(living.length, 1);
  assertEquals(
    pidInfo(leaderless, PROC_PIDTHREADID64INFO, living[0]!, { system }).pth_name,
    "cast",
  );
  // Pids that no process of the tree has. One of them is a thread there.
  for (const pid of [Number(living[0]), NOBODY]) {
    const answer = system.kernel.procInfo(2, pid, PROC_PIDTBSDINFO, 1n, new Uint8Array(136));
    assertEquals(answer, -ERRNO.ESRCH);
  }
});

test("a copied tree does not mix with the processes of this machine", { skip }, async () => {
  const system = copy();
  const child = spawn("sleep", ["1000"]);
  const pid = child.pid!;
  // A process of the tree with the same pid as a process of this machine.
  mkdirSync(`${tree.root}/${pid}/task/${pid}`, { recursive: true });
  try {
    writeFileSync(
      `${tree.root}/${pid}/stat`,
      `${pid} (other) S 1 1 1 0 -1 0 0 0 0 0 7 9 0 0 20 0 1 0 5 4096 1 0 0 0 ${
        "0 ".repeat(26).trim()
      }\n`,
    );
    writeFileSync(`${tree.root}/${pid}/status`, `Name:\tother\nTgid:\t${pid}\nUid:\t5\t6\t7\t8\n`);
    const ask = (callnum: number, flavor: number, size: number) =>
      system.kernel.procInfo(callnum, pid, flavor, 0n, new Uint8Array(size));
    assertEquals(ask(PROC_INFO_CALL_TERMINATE, 0, 0), -ERRNO.ENOTSUP);
    const token = new Uint8Array(32);
    auditToken.encode({ val: [0, 0, 0, 0, 0, pid, 0, 5] }, token);
    const signal = system.kernel.procInfo(PROC_INFO_CALL_SIGNAL_AUDITTOKEN, 0, 9, 0n, token);
    assertEquals(signal, -ERRNO.ENOTSUP);
    assertEquals(system.kernel.procInfo(4, 0, 0, 0n, new Uint8Array(99)), -ERRNO.ENOTSUP);
    assertEquals(system.kernel.procInfo(11, 1, 0, 0n, null), -ERRNO.ENOTSUP);
    assertEquals(getPidsForUid(6, { system }), [pid]);
    const { pti_total_user, pti_total_system, pti_resident_size } = pidInfo(
      pid,
      PROC_PIDTASKINFO,
      0n,
      { system },
    );
    assertEquals([pti_total_user, pti_total_system], [70_000_000n, 90_000_000n]);
    // The process has no `statm`.
    assertEquals(pti_resident_size, BigInt(system.pageBytes()));
    assertEquals(pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, 0n, { system }).p_idversion, 5);
    assertEquals(child.exitCode ?? child.signalCode, null);
  } finally {
    rmSync(`${tree.root}/${pid}`, { recursive: true });
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
});

test("this process is not in a copied tree, whatever its link `self` contains", { skip }, () => {
  const system = copy();
  for (const pid of [process.pid, 1234, 0, -1, -3, tree.pid("plain")]) {
    const answer = system.kernel.procInfo(PROC_INFO_CALL_SETCONTROL, pid, 2, 0n, new Uint8Array(0));
    assertEquals(answer, -ERRNO.EINVAL);
  }
  const udata = (pid: number) =>
    system.kernel.procInfo(PROC_INFO_CALL_UDATA_INFO, pid, 1, 0n, new Uint8Array(8));
  assertEquals([process.pid, -3, tree.pid("plain")].map(udata), [
    -ERRNO.ESRCH,
    -ERRNO.ESRCH,
    -ERRNO.EACCES,
  ]);
});

test("a copied tree leaves no descriptor open", { skip }, () => {
  const system = copy();
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (const role of ROLES) {
    for (let flavor = 1; flavor < 35; flavor++) {
      system.kernel.procInfo(2, tree.pid(role), flavor, 1n, new Uint8Array(4096));
    }
  }
  assert(open() <= before, `${open()} open, ${before} before`);
});

// Another PID namespace, like that of a container.

/** A container with a shell as process 1 and `sleep` as process 2. */
interface Container extends AsyncDisposable {
  /** The path of its `/proc` outside of the container. */
  readonly procRoot: string;
  /** The pids of the two processes outside of the container. */
  readonly pids: readonly [number, number];
}

async function startContainer(): Promise<Container> {
  const child: ChildProcess = spawn(
    "unshare",
    ["--pid", "--fork", "--mount-proc", "sh", "-c", "sleep 1000 & echo ready; read line"],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  await once(child.stdout!, "data");
  const [shell = 0] = getPidsForPpid(child.pid!);
  const [sleeper = 0] = getPidsForPpid(shell);
  return {
    procRoot: `/proc/${shell}/root/proc`,
    pids: [shell, sleeper],
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.stdin!.end();
      await gone;
    },
  };
}

test("a container's /proc answers under the container's ids", { skip: needsRoot }, async () => {
  await using container = await startContainer();
  const system = openSystem({ procRoot: container.procRoot });
  assertEquals(getAllPids({ system }), [2, 1]);
  assertEquals(getPidsForPpid(1, { system }), [2]);
  for (const [i, outer] of container.pids.entries()) {
    const inner = i + 1;
    const there = pidInfo(inner, PROC_PIDTBSDINFO, 0n, { system });
    const here = pidInfo(outer, PROC_PIDTBSDINFO);
    assertEquals([there.pbi_pid, there.pbi_ppid, there.pbi_comm], [inner, i, here.pbi_comm]);
    assertEquals(there.pbi_start_tvsec, here.pbi_start_tvsec);
    assertEquals(
      pidInfo(inner, PROC_PIDUNIQIDENTIFIERINFO, 0n, { system }).p_idversion,
      pidInfo(outer, PROC_PIDUNIQIDENTIFIERINFO).p_idversion,
    );
    assertEquals(
      pidInfo(inner, PROC_PIDPATHINFO, 0n, { system }),
      pidInfo(outer, PROC_PIDPATHINFO),
    );
    // The process may still be mapping its libraries.
    await until(`the sizes of ${outer} agree`, () => {
      const { pti_virtual_size } = pidInfo(inner, PROC_PIDTASKINFO, 0n, { system });
      return pti_virtual_size === pidInfo(outer, PROC_PIDTASKINFO).pti_virtual_size;
    });
  }
  const here = system.kernel.procInfo(2, process.pid, PROC_PIDTBSDINFO, 1n, new Uint8Array(136));
  assertEquals(here, -ERRNO.ESRCH);
  const name = system.kernel.procInfo(
    PROC_INFO_CALL_SETCONTROL,
    process.pid,
    2,
    0n,
    new Uint8Array(0),
  );
  assertEquals(name, -ERRNO.EINVAL);
});

test("a container's /proc has its own processes ended, and no others", {
  skip: needsRoot,
}, async () => {
  await using container = await startContainer();
  const system = openSystem({ procRoot: container.procRoot });
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  const terminate = (pid: number) =>
    system.kernel.procInfo(PROC_INFO_CALL_TERMINATE, pid, 0, 0n, null);
  assertEquals(terminate(1), -ERRNO.EPERM);
  assertEquals(terminate(container.pids[1]), -ERRNO.ESRCH);
  const token = new Uint8Array(32);
  const version = pidInfo(2, PROC_PIDUNIQIDENTIFIERINFO, 0n, { system }).p_idversion >>> 0;
  const signal = (version: number) => {
    auditToken.encode({ val: [0, 0, 0, 0, 0, 2, 0, version] }, token);
    return system.kernel.procInfo(PROC_INFO_CALL_SIGNAL_AUDITTOKEN, 0, 17, 0n, token);
  };
  assertEquals([signal(version + 1), signal(version)], [-ERRNO.ESRCH, 0]);
  for (let tries = 0; pidInfo(2, PROC_PIDTBSDINFO, 0n, { system }).pbi_status !== 4; tries++) {
    assert(tries < 1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // The process is stopped, so it is killed.
  assertEquals(terminate(2), 9);
  assert(open() <= before, `${open()} open, ${before} before`);
  for (let tries = 0; pidInfo(2, PROC_PIDTBSDINFO, 1n, { system }).pbi_status !== 5; tries++) {
    assert(tries < 1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals(terminate(2), -ERRNO.ESRCH);
});

test("where /proc is of another namespace, ids are those of /proc", { skip: needsRoot }, () => {
  const outside = spawn("sleep", ["1000"]);
  try {
    const answers = runWrapped(
      ["unshare", "--pid", "--fork", ...inShell('"$@"; exit $?')],
      `import { getPidsForPpid, pidInfo } from "./lib/calls/mod.ts";
       import { defaultSystem } from "./lib/system/open.ts";
       import { spawn } from "node:child_process";
       import { readlinkSync } from "node:fs";
       import process from "node:process";
       const { kernel } = defaultSystem();
       const self = Number(readlinkSync("/proc/self"));
       const child = spawn("sleep", ["1000"]);
       const ended = new Promise((resolve) => child.on("exit", (_, signal) => resolve(signal)));
       const [pid] = getPidsForPpid(self);
       const ask = (callnum, pid, flavor, size) =>
         kernel.procInfo(callnum, pid, flavor, 0n, new Uint8Array(size));
       console.log(JSON.stringify([
         self === process.pid,
         pidInfo(self, 3).pbi_pid === self,
         ask(5, process.pid, 2, 4),
         ask(5, self, 2, 4),
         ask(14, self, 1, 8),
         ask(7, self, 0, 0),
         ask(7, ${outside.pid}, 0, 0),
         pid === child.pid,
         ask(7, pid, 0, 0),
         await ended,
       ]));`,
    );
    assertEquals(answers, [
      ...[false, true, -ERRNO.EINVAL, 0, 0, -ERRNO.EPERM, -ERRNO.EPERM],
      ...[false, 15, "SIGTERM"],
    ]);
    assertEquals(outside.exitCode ?? outside.signalCode, null);
  } finally {
    outside.kill("SIGKILL");
  }
});

// Mount options that hide processes.

test("a file that a process does not have is gone, not hidden", { skip }, () => {
  const fs = procFs(hostLibc());
  assertEquals([fs.local, fs.mounted, fs.self], [true, true, process.pid]);
  const file = procFile("no-such-file");
  assertEquals(fs.read(process.pid, file), -ERRNO.ESRCH);
  assertEquals(fs.link(process.pid, file), -ERRNO.ESRCH);
  assertEquals(fs.entries(1, file), -ERRNO.ESRCH);
  assertEquals(fs.read(NOBODY, file), -ERRNO.ESRCH);
});

test("a mount that hides others' processes refuses them, and does not call them gone", {
  skip: needsRoot,
}, () => {
  const folder = mkdtempSync(`${tmpdir()}/libproc-mounts-`);
  const kinds = ["hidepid=0", "hidepid=1", "hidepid=2", "hidepid=4", "subset=pid"];
  for (const kind of kinds) mkdirSync(`${folder}/${kind}`);
  try {
    // In a namespace of its own, because older systems apply the option to all mounts of a
    // namespace.
    const mounts = kinds.map((kind) => `mount -t proc -o ${kind} proc '${folder}/${kind}';`);
    const answers = runWrapped(
      [
        ...["unshare", "--pid", "--fork", "--mount-proc"],
        ...inShell(`chmod 755 '${folder}'; ${mounts.join("")} "$@"; exit $?`),
        ...AS_NOBODY,
      ],
      `import { getAllPids, getPidsForRuid, getPidsForUid } from "./lib/calls/mod.ts";
       import { openSystem } from "./lib/system/open.ts";
       import process from "node:process";
       const answers = {};
       for (const kind of ${JSON.stringify(kinds)}) {
         const system = openSystem({ procRoot: ${JSON.stringify(folder)} + "/" + kind });
         const ask = (pid, flavor, size, arg = 0n) =>
           system.kernel.procInfo(2, pid, flavor, arg, new Uint8Array(size));
         const all = (pid) =>
           [ask(pid, 3, 136), ask(pid, 4, 96), ask(pid, 11, 1024), ask(pid, 13, 64),
             ask(pid, 17, 56), ask(pid, 28, 4096) > 0, system.kernel.procInfo(9, pid, 0, 0n, new Uint8Array(96))];
         answers[kind] = {
           listed: getAllPids({ system }).includes(1),
           byUser: getPidsForUid(0, { system }).includes(1),
           byRealUser: getPidsForRuid(0, { system }).includes(1),
           hasSelf: getAllPids({ system }).includes(process.pid),
           terminate: system.kernel.procInfo(7, 1, 0, 0n, null),
           root: all(1),
           self: all(process.pid),
           none: all(0x7fffffff),
         };
       }
       console.log(JSON.stringify(answers));`,
    ) as Record<string, Record<string, unknown>>;
    const { EPERM, ESRCH } = ERRNO;
    const self = [136, 96, 0, 64, 56, true, 0];
    const none = [-ESRCH, -ESRCH, -ESRCH, -ESRCH, -ESRCH, false, -ESRCH];
    const shown = [136, 96, -EPERM, 64, 56, true, 0];
    const hidden = [-EPERM, -EPERM, -EPERM, -EPERM, -EPERM, false, -EPERM];
    const common = { hasSelf: true, terminate: -EPERM, self, none };
    const all = { listed: true, byUser: true, byRealUser: true, root: shown, ...common };
    const nothing = { listed: false, byUser: false, byRealUser: false, root: hidden, ...common };
    assertEquals(answers["hidepid=0"], all);
    assertEquals(answers["subset=pid"], all);
    assertEquals(answers["hidepid=1"], { ...all, byRealUser: false, root: hidden });
    assertEquals(answers["hidepid=2"], nothing);
    assertEquals(answers["hidepid=4"], nothing);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
