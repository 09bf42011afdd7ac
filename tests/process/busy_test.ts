import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, realpathSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { whoHas, whoHasAsync } from "../../lib/process/who_has.ts";
import { SystemCallError } from "../../lib/system/errors.ts";
import { type Stage, startStage } from "../support/stage.ts";
import { AS_NOBODY, inShell, OWN_MOUNTS, runWrapped } from "../support/wrapped.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const skipRoot = skip || (process.getuid?.() === 0 ? false : "needs root, to mount");

let stage: Stage;
before(async () => {
  if (skip === false) stage = await startStage("paths.c", (folder) => [realpathSync(folder)]);
});
after(() => stage?.[Symbol.asyncDispose]());

// Directories.

test("whoHas() finds all that is open, mapped or worked in below a directory", { skip }, () => {
  const [holder, ...more] = whoHas({ below: stage.folder });
  assertEquals([holder?.pid, holder?.as, more], [stage.pid, ["cwd", "mapped"], []]);
  const held = (name: string) => Number(stage.said(name));
  // The path of `endless` is unavailable from every source.
  const roles = stage.names.filter((name) => !name.endsWith("-map") && name !== "endless");
  assertEquals(holder!.descriptors.map(({ fd }) => fd), roles.map(held).sort((a, b) => a - b));
  assertGreater(roles.length, 8);
});

test("whoHas() finds them below a deeper one, by its components and not by its letters", {
  skip,
}, async () => {
  await using inside = await startStage("folders.c", (folder) => {
    mkdirSync(`${folder}/a/b/c`, { recursive: true });
    mkdirSync(`${folder}/a/bc`);
    return ["cwd", `${folder}/a/b/c`];
  });
  const { folder } = inside;
  const beside = spawn("cat", { cwd: `${folder}/a/bc`, stdio: ["pipe", "ignore", "ignore"] });
  const found = (below: string) =>
    whoHas({ below }, { pids: [inside.pid, beside.pid!] }).map(({ pid, as }) => `${pid} ${as}`);
  const inB = [`${inside.pid} cwd`];
  assertEquals(found(`${folder}/a/b`), inB);
  assertEquals(found(`${folder}/a/b/`), inB);
  assertEquals(found(`${folder}/a/b/c`), inB);
  symlinkSync("a/b", `${folder}/link`);
  assertEquals(found(`${folder}/link`), inB);
  assertEquals(found(`${folder}/link/../bc`), [`${beside.pid} cwd`]);
  assertEquals(found(`${folder}/a`).length, 2);
  assertEquals((await whoHasAsync({ below: `${folder}/a/b` })).map(({ pid }) => pid), [inside.pid]);
  // A removed directory was inside.
  rmdirSync(`${folder}/a/b/c`);
  mkdirSync(`${folder}/a/b/c`);
  assertEquals(found(`${folder}/a/b`), inB);
  assertEquals(found(`${folder}/a/b/c`), []);
  const gone = once(beside, "exit");
  beside.stdin.end();
  await gone;
});

test("lsof finds the same processes below a directory", { skip }, (context) => {
  // lsof cannot walk down the longest path. +d makes it read the folder only.
  const { stdout, error } = spawnSync("lsof", ["-t", "+d", stage.folder], { encoding: "utf8" });
  if (error !== undefined) return context.skip("needs lsof");
  const pids = stdout.trim().split("\n").map(Number);
  assertEquals(whoHas({ below: stage.folder }).map(({ pid }) => pid), pids);
});

test("a path that is another file's in another mount namespace is not below a directory", {
  skip: skipRoot,
}, async () => {
  const { folder } = stage;
  mkdirSync(`${folder}/shared`);
  const script = 'mount -t tmpfs none "$0/shared"; mkdir "$0/shared/in"; cd "$0/shared/in"; ' +
    "echo ready; exec cat >/dev/null";
  const [file = "", ...args] = [...OWN_MOUNTS, "sh", "-ec", script, folder];
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) if (line === "ready") break;
  const pids = [child.pid!];
  assertEquals(whoHas({ below: `${folder}/shared` }, { pids }), []);
  mkdirSync(`${folder}/shared/in`);
  assertEquals(whoHas({ below: `${folder}/shared` }, { pids }), []);
  // The directory is also in another file system.
  assertEquals(whoHas({ mount: folder }, { pids }).flatMap(({ as }) => as).includes("cwd"), false);
  const gone = once(child, "exit");
  child.stdin.end();
  await gone;
});

test("whoHas() finds what is open in a directory that its own reader may not search", {
  skip: skipRoot,
}, () => {
  const found = runWrapped(
    AS_NOBODY,
    `import { chmodSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
    import { tmpdir } from "node:os";
    import process from "node:process";
    import { whoHas } from "./mod.ts";
    const folder = mkdtempSync(tmpdir() + "/libproc-busy-");
    mkdirSync(folder + "/closed");
    writeFileSync(folder + "/closed/file", "");
    const fd = openSync(folder + "/closed/file");
    chmodSync(folder + "/closed", 0);
    const [holder] = whoHas({ below: folder }, { pids: [process.pid] });
    chmodSync(folder + "/closed", 0o700);
    rmSync(folder, { recursive: true });
    console.log(JSON.stringify(holder?.descriptors.some(({ path }) => path === folder + "/closed/file")));`,
  );
  assertEquals(found, true);
});

// File systems.

/** Starts a process with a file as its standard input, and reports the holders. */
const HOLD = `
  import { spawn } from "node:child_process";
  import { once } from "node:events";
  import { openSync, readlinkSync, unlinkSync, mkdirSync, writeFileSync } from "node:fs";
  import { spawnSync } from "node:child_process";
  import { whoHas } from "./mod.ts";
  async function held(path, cwd, look) {
    const child = spawn("sleep", ["1000"], { cwd, stdio: [openSync(path), "ignore", "ignore"] });
    while (!readlinkSync("/proc/" + child.pid + "/exe").endsWith("sleep")) {
      await new Promise((done) => setTimeout(done, 2));
    }
    const pids = [child.pid];
    // The runtime may leave it what it opened itself.
    const found = (mount) =>
      whoHas({ mount }, { pids }).map(({ as, descriptors }) => [...descriptors.map(({ fd }) => fd).filter((fd) => fd < 3), ...as]);
    try {
      return look(found, child.pid);
    } finally {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }
  }
`;

test("whoHas() finds who keeps a file system busy, also by what was deleted", {
  skip: skipRoot,
}, () => {
  const found = runWrapped(
    [...OWN_MOUNTS, ...inShell('mount -t tmpfs one /mnt; mkdir /mnt/in; exec "$@"')],
    `${HOLD}
    writeFileSync("/mnt/in/file", "");
    console.log(JSON.stringify(await held("/mnt/in/file", "/mnt/in", (found, pid) => {
      unlinkSync("/mnt/in/file");
      const fuser = spawnSync("fuser", ["-m", "/mnt"], { encoding: "utf8" });
      const others = fuser.error ? undefined : fuser.stdout.split(/\\s+/).includes(String(pid));
      return [found("/mnt"), found("/mnt/in"), found("/proc"), others ?? true];
    })));`,
  );
  assertEquals(found, [[[0, "cwd"]], [[0, "cwd"]], [], true]);
});

test(
  "whoHas() finds a bind mount's users with those of its file system",
  { skip: skipRoot },
  () => {
    const found = runWrapped(
      [
        ...OWN_MOUNTS,
        ...inShell(
          'mount -t tmpfs one /mnt; mkdir /mnt/a /mnt/b; mount --bind /mnt/a /mnt/b; exec "$@"',
        ),
      ],
      `${HOLD}
    writeFileSync("/mnt/b/file", "");
    console.log(JSON.stringify(await held("/mnt/b/file", "/", (found) => [found("/mnt"), found("/mnt/b")])));`,
    );
    assertEquals(found, [[[0]], [[0]]]);
  },
);

test("whoHas() finds the files of all layers of an overlay", { skip: skipRoot }, (context) => {
  const setUp = "mount -t tmpfs one /mnt; mkdir /mnt/up /mnt/work /mnt/all; " +
    "mount -t overlay over -o lowerdir=/etc,upperdir=/mnt/up,workdir=/mnt/work /mnt/all 2>/dev/null || " +
    'echo null; exec "$@"';
  const found = runWrapped(
    [...OWN_MOUNTS, ...inShell(setUp)],
    `${HOLD}
    import { existsSync, statSync } from "node:fs";
    const path = "/mnt/all/passwd";
    if (existsSync(path)) {
      const differ = statSync(path).dev !== statSync("/mnt/all").dev;
      console.log(JSON.stringify(await held(path, "/", (found) => [differ, found("/mnt/all"), found("/mnt")])));
    }`,
  );
  if (found === null) return context.skip("needs overlayfs");
  assertEquals(found, [true, [[0]], []]);
});

// Invalid arguments.

test("whoHas() refuses what is not a directory, not there or not a path", { skip }, () => {
  const code = (ask: () => unknown) => assertThrows(ask, SystemCallError).code;
  writeFileSync(`${stage.folder}/plain`, "");
  assertEquals(code(() => whoHas({ below: `${stage.folder}/plain` })), "ENOTDIR");
  for (const key of ["mount", "below"] as const) {
    const what = (value: unknown) => ({ [key]: value }) as unknown as { mount: string };
    assertEquals(code(() => whoHas(what(`${stage.folder}/nothing`))), "ENOENT");
    assertThrows(() => whoHas(what("")), RangeError, `Cannot pass ${key} as it must not be empty`);
    assertThrows(() => whoHas(what("a\0b")), RangeError, key);
    for (const value of [null, 1, {}]) assertThrows(() => whoHas(what(value)), TypeError, key);
    assertThrows(() => whoHas({ ...what("/"), path: "/" }), TypeError, `path and ${key}`);
  }
});
