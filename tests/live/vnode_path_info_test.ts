import { assert, assertEquals } from "@std/assert";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, realpathSync, renameSync, rmdirSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { pidInfo, PROC_PIDVNODEPATHINFO } from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { fileStat } from "../support/file_stat.ts";
import { type Stage, startStage } from "../support/stage.ts";
import { AS_NOBODY, OWN_MOUNTS, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const skip = !linux ? "needs Linux" : process.getuid?.() !== 0 ? "needs root, for chroot" : false;

const SIZE = 2352;
const PATH_INFO_SIZE = 1176;
const VDIR = 2;
const MISSING = 0x3ffffe;

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(() => cast?.[Symbol.asyncDispose]());

/** Returns the result of the call itself. */
function raw(pid: number, size: number | null): number {
  const buffer = size === null ? null : new Uint8Array(size);
  return defaultSystem().kernel.procInfo(2, pid, PROC_PIDVNODEPATHINFO, 0n, buffer);
}

/** Returns the bytes of the answer. */
function bytesOf(pid: number): Uint8Array {
  const bytes = new Uint8Array(SIZE).fill(0xee);
  assertEquals(defaultSystem().kernel.procInfo(2, pid, PROC_PIDVNODEPATHINFO, 0n, bytes), SIZE);
  return bytes;
}

/** Starts a process in a new folder with this name. */
function startIn(name: string): Promise<Stage> {
  return startStage("folders.c", (folder) => {
    mkdirSync(`${folder}/${name}`);
    return ["cwd", `${folder}/${name}`];
  });
}

const cwdOf = (pid: number) => pidInfo(pid, PROC_PIDVNODEPATHINFO).pvi_cdir;

test("pvi_cdir is the working directory in full, pvi_rdir zero without a root of its own", {
  skip,
}, async () => {
  await using stage = await startIn("a folder\nof two lines");
  const path = `${realpathSync(stage.folder)}/a folder\nof two lines`;
  chmodSync(path, 0o1751);
  execFileSync("touch", ["-a", "-d", "1969-12-31 23:59:58.25 UTC", path]);
  execFileSync("touch", ["-m", "-d", "2001-09-09 01:46:41.123456789 UTC", path]);
  const { pvi_cdir } = pidInfo(stage.pid, PROC_PIDVNODEPATHINFO);
  assertEquals(pvi_cdir.vip_path, path);
  assertEquals(pvi_cdir.vip_vi.vi_stat, fileStat(path));
  const { vst_mode, vst_atime, vst_atimensec, vst_mtime, vst_mtimensec } = pvi_cdir.vip_vi.vi_stat;
  assertEquals([vst_mode, vst_atime, vst_atimensec], [0o41751, -2n, 250_000_000n]);
  assertEquals([vst_mtime, vst_mtimensec], [1_000_000_001n, 123_456_789n]);
  assertEquals(pvi_cdir.vip_vi.vi_type, VDIR);
  assertEquals(pvi_cdir.vip_vi.vi_fsid.val, [pvi_cdir.vip_vi.vi_stat.vst_dev | 0, 0]);
  assert(bytesOf(stage.pid).subarray(PATH_INFO_SIZE).every((byte) => byte === 0));
});

test("the caller's own working directory is the one it has", { skip }, () => {
  const { vip_path, vip_vi } = cwdOf(process.pid);
  assertEquals([vip_path, vip_vi.vi_stat.vst_ino], [process.cwd(), fileStat(".").vst_ino]);
});

test("pvi_rdir is the root of a process that has changed it, and pvi_cdir in full too", {
  skip,
}, async () => {
  await using stage = await startStage("folders.c", (folder) => {
    mkdirSync(`${folder}/root/inside`, { recursive: true });
    return ["chroot", `${folder}/root`];
  });
  const root = `${realpathSync(stage.folder)}/root`;
  const { pvi_cdir, pvi_rdir } = pidInfo(stage.pid, PROC_PIDVNODEPATHINFO);
  assertEquals([pvi_rdir.vip_path, pvi_cdir.vip_path], [root, `${root}/inside`]);
  assertEquals(pvi_rdir.vip_vi.vi_stat, fileStat(root));
  assertEquals(pvi_cdir.vip_vi.vi_stat, fileStat(`${root}/inside`));
  // No part of the root folder remains in the next answer.
  pidInfo(process.pid, PROC_PIDVNODEPATHINFO);
  assert(bytesOf(process.pid).subarray(PATH_INFO_SIZE).every((byte) => byte === 0));
});

test("a removed folder keeps the path it had, without the kernel's word for it", {
  skip,
}, async () => {
  await using stage = await startIn("gone");
  const { vst_ino } = cwdOf(stage.pid).vip_vi.vi_stat;
  rmdirSync(`${stage.folder}/gone`);
  const { vip_path, vip_vi } = cwdOf(stage.pid);
  assertEquals(vip_path, `${realpathSync(stage.folder)}/gone`);
  assertEquals([vip_vi.vi_stat.vst_nlink, vip_vi.vi_stat.vst_ino], [0, vst_ino]);
  // Another folder with the same name is not reported.
  mkdirSync(`${stage.folder}/gone`);
  assertEquals(cwdOf(stage.pid).vip_vi.vi_stat.vst_ino, vst_ino);
});

test("a folder that is named like a removed one keeps its name, until it is removed", {
  skip,
}, async () => {
  await using stage = await startIn("gone (deleted)");
  const path = `${realpathSync(stage.folder)}/gone (deleted)`;
  assertEquals(cwdOf(stage.pid).vip_path, path);
  renameSync(path, `${path} (deleted)`);
  assertEquals(cwdOf(stage.pid).vip_path, `${path} (deleted)`);
  rmdirSync(`${path} (deleted)`);
  assertEquals(cwdOf(stage.pid).vip_path, `${path} (deleted)`);
});

test(
  "a path longer than the field is cut to the last names that fit, one too long for a link is empty",
  {
    skip,
  },
  async () => {
    for (const levels of [6, 30]) {
      await using stage = await startStage("folders.c", (folder) => ["deep", folder, `${levels}`]);
      const bytes = bytesOf(stage.pid);
      // XNU composes a path from its end, and stops when the next name does not fit.
      const expected = `/${"d".repeat(200)}`.repeat(levels === 6 ? 5 : 0).padEnd(1024, "\0");
      assertEquals(new TextDecoder().decode(bytes.subarray(152, PATH_INFO_SIZE)), expected);
      const { vip_vi } = cwdOf(stage.pid);
      assertEquals([vip_vi.vi_type, vip_vi.vi_stat.vst_mode], [VDIR, 0o40755]);
      assertEquals(vip_vi.vi_stat.vst_ino, fileStat(`/proc/${stage.pid}/cwd`).vst_ino);
    }
  },
);

test("vst_nlink of a folder with more links than the field holds is the most it holds", {
  skip,
}, () => {
  // Each folder in tmpfs adds a link. The file system is mounted in a namespace of its own.
  const answer = runWrapped(
    [...OWN_MOUNTS, "sh", "-ec", 'mount -t tmpfs -o nr_inodes=0 links /mnt; exec "$@"', "sh"],
    `import { mkdirSync } from "node:fs";
    import process from "node:process";
    import { defaultSystem } from "./lib/system/open.ts";
    for (let i = 0; i < 66000; i++) mkdirSync("/mnt/" + i);
    process.chdir("/mnt");
    const bytes = new Uint8Array(${SIZE});
    const written = defaultSystem().kernel.procInfo(2, process.pid, ${PROC_PIDVNODEPATHINFO}, 0n, bytes);
    console.log(JSON.stringify([written, new DataView(bytes.buffer).getUint16(6, true)]));`,
  );
  assertEquals(answer, [SIZE, 0xffff]);
});

test("a process whose first thread has ended still has its folders", { skip }, () => {
  const { vip_path, vip_vi } = cwdOf(cast.pid("leaderless"));
  assertEquals(vip_path, process.cwd());
  assertEquals(vip_vi.vi_stat.vst_ino, fileStat(".").vst_ino);
});

test("a kernel thread is in the root directory", { skip }, () => {
  assertEquals(cwdOf(2).vip_path, "/");
});

test("a zombie, a thread and no process are ESRCH, after the size of the buffer", { skip }, () => {
  const tids = readdirSync(`/proc/${cast.pid("leaderless")}/task`).map(Number);
  const thread = tids.find((tid) => tid !== cast.pid("leaderless"))!;
  for (const pid of [cast.pid("zombie"), thread, MISSING, 0, -1]) {
    assertEquals(raw(pid, SIZE), -ERRNO.ESRCH, `${pid}`);
    assertEquals(raw(pid, SIZE - 1), -ERRNO.ENOMEM, `${pid}`);
    assertEquals(raw(pid, null), -ERRNO.ENOMEM, `${pid}`);
  }
  assertEquals(raw(cast.pid("plain"), SIZE + 1), SIZE);
});

test("another user's process is EPERM without privilege, the own one is not", { skip }, () => {
  const answers = runWrapped(
    AS_NOBODY,
    `import { defaultSystem } from "./lib/system/open.ts";
    import process from "node:process";
    const ask = (pid) => defaultSystem().kernel.procInfo(2, pid, ${PROC_PIDVNODEPATHINFO}, 0n, new Uint8Array(${SIZE}));
    console.log(JSON.stringify([${cast.pid("plain")}, process.pid, ${MISSING}].map(ask)));`,
  );
  assertEquals(answers, [-ERRNO.EPERM, SIZE, -ERRNO.ESRCH]);
});

test("no descriptor is left open", { skip }, () => {
  const open = () => readdirSync("/proc/self/fd").length;
  const pids = [cast.pid("plain"), cast.pid("zombie"), cast.pid("leaderless"), MISSING];
  for (const pid of pids) raw(pid, SIZE);
  const before = open();
  for (let i = 0; i < 50; i++) for (const pid of pids) raw(pid, SIZE);
  assert(open() <= before, `${open()} open, ${before} before`);
});
