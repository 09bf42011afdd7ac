import { assert, assertEquals } from "@std/assert";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";
import { test } from "node:test";
import {
  LISTCOALITIONS_ALL_COALS,
  LISTCOALITIONS_SINGLE_TYPE,
  pidInfo,
  PROC_INFO_CALL_LISTCOALITIONS,
  PROC_PIDCOALITIONINFO,
  type ProcInfoCoalInfo,
  procInfoCoalInfo,
} from "../../lib/calls/mod.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { startCast } from "../support/cast.ts";
import { assertSame } from "../support/same.ts";

/** The root folder of the groups of a type, and the pattern of their line in `/proc/PID/cgroup`. */
interface Tree {
  readonly root: string;
  readonly line: RegExp;
}

const UNIFIED = /^0::(.*)$/m;
/** The mount points of control groups, by type: the first that exists. */
const trees = [
  [
    { root: "/sys/fs/cgroup", file: "cgroup.controllers", line: UNIFIED },
    { root: "/sys/fs/cgroup/unified", file: "cgroup.controllers", line: UNIFIED },
    {
      root: "/sys/fs/cgroup/cpuacct",
      file: "cpuacct.usage",
      line: /^\d+:[^:]*cpuacct[^:]*:(.*)$/m,
    },
  ],
  [
    { root: "/sys/fs/cgroup", file: "cgroup.controllers", line: UNIFIED },
    { root: "/sys/fs/cgroup/memory", file: "cgroup.procs", line: /^\d+:[^:]*memory[^:]*:(.*)$/m },
    { root: "/sys/fs/cgroup/unified", file: "cgroup.controllers", line: UNIFIED },
  ],
].map((places): Tree | undefined => places.find(({ root, file }) => existsSync(`${root}/${file}`)));

const linux = process.platform === "linux";
const skip = !linux ? "needs Linux" : !trees[0] || !trees[1] ? "needs control groups" : false;

/** True if groups can be created in all trees. */
const writable = trees.every((tree) => {
  const path = `${tree?.root}/libproc-probe-${process.pid}`;
  try {
    mkdirSync(path);
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
});

const ask = (flavor: number, type: number, buffer: Uint8Array | null) =>
  defaultSystem().kernel.procInfo(PROC_INFO_CALL_LISTCOALITIONS, flavor, type, 0n, buffer);

function list(flavor: number, type = 0): ProcInfoCoalInfo[] {
  const bytes = new Uint8Array(1 << 20);
  const size = ask(flavor, type, bytes);
  assert(size >= 0 && size % 16 === 0 && size < bytes.length, `${size}`);
  return procInfoCoalInfo.decodeAll(bytes.subarray(0, size));
}

/** Returns the folders of a tree, including its root. */
function folders({ root }: Tree): string[] {
  const below = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  return [root, ...below];
}

const byId = (a: ProcInfoCoalInfo, b: ProcInfoCoalInfo) => a.coalition_id < b.coalition_id ? -1 : 1;

test("LISTCOALITIONS lists every control group under its inode number", { skip }, () => {
  for (const [type, tree] of trees.entries()) {
    assertSame(
      () => list(LISTCOALITIONS_SINGLE_TYPE, type).sort(byId),
      () =>
        folders(tree!).map((path): ProcInfoCoalInfo => ({
          coalition_id: statSync(path, { bigint: true }).ino,
          coalition_type: type,
          coalition_tasks: tasksIn(path),
        })).sort(byId),
    );
  }
});

function tasksIn(path: string): number {
  try {
    return readFileSync(`${path}/cgroup.procs`, "utf8").split("\n").length - 1;
  } catch {
    return 0; // A group of threads.
  }
}

test("LISTCOALITIONS gives both types, one after the other, or the requested one", {
  skip,
}, () => {
  assertSame(
    () => list(LISTCOALITIONS_ALL_COALS),
    () => [...list(LISTCOALITIONS_SINGLE_TYPE, 0), ...list(LISTCOALITIONS_SINGLE_TYPE, 1)],
  );
  // The type is ignored if all coalitions are requested.
  assertSame(() => list(LISTCOALITIONS_ALL_COALS, 99), () => list(LISTCOALITIONS_ALL_COALS, 0));
  // A negative type selects all types, and an unknown type selects no coalition.
  assertSame(() => list(LISTCOALITIONS_SINGLE_TYPE, -1), () => list(LISTCOALITIONS_ALL_COALS));
  assertEquals(list(LISTCOALITIONS_SINGLE_TYPE, 2), []);
});

test("LISTCOALITIONS gives the size without slack, and cuts within a row", { skip }, () => {
  assertSame(
    () => [ask(1, 0, null), ask(1, 0, new Uint8Array(0)), ask(2, 1, null)],
    () => {
      const size = list(LISTCOALITIONS_ALL_COALS).length * 16;
      return [size, size, list(LISTCOALITIONS_SINGLE_TYPE, 1).length * 16];
    },
  );
  const whole = new Uint8Array(1 << 16);
  for (const room of [1, 7, 16, 20, 31]) {
    assertSame(
      () => {
        const bytes = new Uint8Array(48).fill(0xee);
        return [ask(1, 0, bytes.subarray(3, 3 + room)), ...bytes];
      },
      () => {
        const size = Math.min(ask(1, 0, whole), room);
        return [
          size,
          ...new Uint8Array(48).fill(0xee).map((byte, i) =>
            i >= 3 && i < 3 + size ? whole[i - 3]! : byte
          ),
        ];
      },
    );
  }
});

test("PROC_PIDCOALITIONINFO gives the ids that LISTCOALITIONS lists", { skip }, () => {
  const { coalition_id } = pidInfo(process.pid, PROC_PIDCOALITIONINFO);
  const cgroup = readFileSync("/proc/self/cgroup", "utf8");
  for (const [type, tree] of trees.entries()) {
    const path = tree!.root + tree!.line.exec(cgroup)![1];
    if (!existsSync(path)) continue;
    assertEquals(coalition_id[type], statSync(path, { bigint: true }).ino);
    const mine = list(LISTCOALITIONS_SINGLE_TYPE, type)
      .find((row) => row.coalition_id === coalition_id[type])!;
    assert(mine.coalition_tasks >= 1, `${mine.coalition_tasks}`);
  }
});

test("a process that moves to a new control group moves to a new coalition", {
  skip: skip || !writable && "needs to make control groups",
}, async () => {
  await using cast = await startCast();
  const pid = cast.pid("plain");
  for (const [type, tree] of trees.entries()) {
    const path = `${tree!.root}/libproc test ${process.pid}`;
    mkdirSync(path);
    try {
      const id = statSync(path, { bigint: true }).ino;
      const row = () =>
        list(LISTCOALITIONS_SINGLE_TYPE, type).find(({ coalition_id }) => coalition_id === id);
      assertEquals(row()?.coalition_tasks, 0);
      const before = pidInfo(pid, PROC_PIDCOALITIONINFO).coalition_id[type];
      writeFileSync(`${path}/cgroup.procs`, `${pid}`);
      assertEquals(row()?.coalition_tasks, 1);
      assertEquals(pidInfo(pid, PROC_PIDCOALITIONINFO).coalition_id[type], id);
      writeFileSync(`${tree!.root}/cgroup.procs`, `${pid}`);
      assert(before !== id);
      assertEquals(row()?.coalition_tasks, 0);
    } finally {
      rmdirSync(path);
    }
  }
});

test("LISTCOALITIONS leaves no descriptor open", { skip }, () => {
  ask(1, 0, null);
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  list(LISTCOALITIONS_ALL_COALS);
  ask(1, 0, null);
  assert(open() <= before, `${open()} open, ${before} before`);
});
