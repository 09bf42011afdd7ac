import { assert, assertEquals, assertGreater } from "@std/assert";
import { spawnSync } from "node:child_process";
import { mkdirSync, realpathSync, rmdirSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { descriptors } from "../../lib/process/descriptors.ts";
import { openProcess } from "../../lib/process/process.ts";
import { openSystem } from "../../lib/system/open.ts";
import { type Stage, startStage } from "../support/stage.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const skipRoot = skip || (process.getuid?.() === 0 ? false : "needs root, for chroot");

let stage: Stage;
before(async () => {
  if (skip === false) stage = await startStage("paths.c", (folder) => [realpathSync(folder)]);
});
after(() => stage?.[Symbol.asyncDispose]());

const here = (name: string) => `${realpathSync(stage.folder)}/${name}`;
const LONG = `${`${"d".repeat(200)}/`.repeat(6)}long`;

/** The current or former path of each file; `deleted` is true if the file has lost that path. */
const FATES: Readonly<Record<string, readonly [name: string, deleted: boolean]>> = {
  "kept": ["kept", false],
  "named": ["named (deleted)", false],
  "removed": ["removed", true],
  "replaced": ["replaced", true],
  "again": ["again", true],
  "renamed": ["renamed", false],
  "linked": ["linked", true],
  "both": ["both", false],
  "long": [LONG, false],
};

test("a descriptor has the whole path of its file, and reports whether the file has lost it", {
  skip,
}, () => {
  const open = openProcess(stage.pid).descriptors();
  assertEquals(open, descriptors({ pids: [stage.pid] }).descriptors);
  for (const [role, [name, deleted]] of Object.entries(FATES)) {
    const found = open.find(({ fd }) => fd === Number(stage.said(role)));
    assertEquals([found?.path, found?.deleted], [here(name), deleted], role);
  }
  // The kernel's links are limited to a page. A truncated path is not reported.
  const endless = open.find(({ fd }) => fd === Number(stage.said("endless")))!;
  assertEquals([endless.type, endless.path, endless.deleted], ["file", undefined, false]);
});

test("a region has the whole path of its file, and reports whether the file has lost it", {
  skip,
}, () => {
  const regions = openProcess(stage.pid).regions();
  const at = (role: string) =>
    regions.find(({ address }) => address === stage.said(`${role}-map`))!;
  for (const [role, [name, deleted]] of Object.entries(FATES)) {
    const { path, deleted: lost } = at(role);
    assertEquals([path, lost], [here(name), deleted], role);
  }
  const { path, deleted } = at("endless");
  assertEquals([path, deleted], [here(`${`${"d".repeat(200)}/`.repeat(25)}endless`), false]);
});

test("lsof reports the same files that have lost their paths", { skip }, (context) => {
  const { stdout, error } = spawnSync("lsof", ["-nP", "-p", `${stage.pid}`, "-Fftn"], {
    encoding: "utf8",
  });
  if (error !== undefined) return context.skip("needs lsof");
  const rows = new Map(
    [...stdout.matchAll(/^f(\d+)\nt.*\nn(.*)$/gm)].map(([, fd, name]) => [Number(fd), name!]),
  );
  let count = 0;
  for (const { fd, type, path, deleted } of openProcess(stage.pid).descriptors()) {
    if (type !== "file" || path === undefined) continue;
    count++;
    assertEquals(deleted ? `${path} (deleted)` : path, rows.get(fd));
  }
  assertGreater(count, 8);
});

test(
  "a removed working directory is reported as deleted although a new one has its path",
  { skip },
  () => {
    const found = openProcess(stage.pid);
    assertEquals(found.workingDirectory(), { path: here("work"), deleted: true });
    const { workingDirectory, workingDirectoryDeleted, rootDirectoryDeleted } = found.read(
      "workingDirectory",
      "workingDirectoryDeleted",
      "rootDirectoryDeleted",
    );
    assertEquals([workingDirectory, workingDirectoryDeleted, rootDirectoryDeleted], [
      here("work"),
      true,
      false,
    ]);
  },
);

test("a removed root directory is one", {
  skip: skipRoot,
}, async () => {
  await using jailed = await startStage("folders.c", (folder) => {
    mkdirSync(`${folder}/root/inside`, { recursive: true });
    return ["chroot", `${folder}/root`];
  });
  const root = `${realpathSync(jailed.folder)}/root`;
  const found = openProcess(jailed.pid);
  assertEquals(found.rootDirectory(), { path: root, deleted: false });
  rmdirSync(`${root}/inside`);
  rmdirSync(root);
  assertEquals(found.rootDirectory(), { path: root, deleted: true });
  assertEquals(found.workingDirectory(), { path: `${root}/inside`, deleted: true });
});

test("a path that is too long for a link is unknown, and no other is in its place", {
  skip,
}, async () => {
  await using deep = await startStage("folders.c", (folder) => ["deep", folder, "25"]);
  const row = openProcess(deep.pid).read("workingDirectory", "workingDirectoryDeleted");
  assertEquals([row.workingDirectory, row.workingDirectoryDeleted], [undefined, false]);
});

test("namedRegions() has no path that the kernel's map does not have", { skip }, () => {
  const system = openSystem();
  const mapped = system.namedRegions(stage.pid).flatMap(({ address, file }) =>
    file === undefined ? [] : [{ address, ...file }]
  );
  const addresses = mapped.map(({ address }) => address);
  assertEquals(addresses, [...new Set(addresses)].sort((a, b) => (a < b ? -1 : 1)));
  assert(mapped.some(({ deleted }) => deleted));
});
