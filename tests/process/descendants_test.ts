import { assertEquals, assertThrows } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { descend, type Kin } from "../../lib/process/descendants.ts";
import { ProcessError } from "../../lib/process/errors.ts";
import { openProcess } from "../../lib/process/process.ts";
import { processTree } from "../../lib/process/tree.ts";
import { SZOMB } from "../../lib/abi/kinfo_proc.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { TableReader } from "../../lib/system/table.ts";
import { changedLinux } from "../support/changed_libc.ts";
import { compileProgram } from "../support/compile.ts";
import { startSpeaker } from "../support/lines.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** A simulated family of processes with their children and identities. */
interface Play {
  readonly children: Record<number, number[]>;
  readonly kin: Map<number, Kin>;
  /** The next results of listing the children of a process, in place of their number. */
  readonly answers: Record<number, number[]>;
  /** The number of times that the children of each process were listed. */
  readonly listed: Record<number, number>;
  /** Called before a process is read. */
  happens?: (pid: number) => void;
}

function playOf(children: Record<number, number[]>): Play {
  const kin = new Map<number, Kin>();
  const add = (pid: number, parentPid: number) => {
    kin.set(pid, { pid, parentPid, uniqueId: BigInt(pid), status: 3 });
    for (const child of children[pid] ?? []) add(child, pid);
  };
  add(1, 0);
  return { children, kin, answers: {}, listed: {} };
}

/** Returns the pids of the descendants of process 1. */
function found(play: Play, recursive = true): number[] | undefined {
  let pids = new Int32Array(0);
  const table = {
    get pids() {
      return pids;
    },
    listChildren(pid: number) {
      play.listed[pid] = (play.listed[pid] ?? 0) + 1;
      const answer = play.answers[pid]?.shift();
      if (answer !== undefined) return answer;
      pids = Int32Array.from(play.children[pid] ?? []);
      return pids.length;
    },
  } as Partial<TableReader> as TableReader;
  const read = (pid: number) => {
    play.happens?.(pid);
    return play.kin.get(pid);
  };
  return descend(table, play.kin.get(1)!, recursive, read)?.map(({ pid }) => pid);
}

test("descend() finds each parent before its children, the oldest first", () => {
  const play = playOf({ 1: [9, 4], 4: [6, 5], 5: [7] });
  assertEquals(found(play), [4, 9, 5, 6, 7]);
  assertEquals(found(play, false), [4, 9]);
  assertEquals(found(playOf({})), []);
});

test("descend() lists again if a process in the list is not a child any more, as one may be missing", () => {
  const play = playOf({ 1: [2, 4] });
  play.happens = (pid) => {
    if (pid !== 2) return;
    // When process 2 was reaped, the kernel skipped process 3 in the list.
    play.kin.delete(2);
    play.children[1] = [3, 4];
    play.kin.set(3, { pid: 3, parentPid: 1, uniqueId: 3n, status: 3 });
  };
  assertEquals(found(play), [3, 4]);
  assertEquals(play.listed[1], 2);
  // A process that another process has adopted is not a child either.
  const adopted = playOf({ 1: [2] });
  adopted.kin.set(2, { pid: 2, parentPid: 77, uniqueId: 2n, status: 3 });
  assertEquals([found(adopted), adopted.listed[1]], [undefined, 3]);
});

test("descend() takes no older process for a child", () => {
  const play = playOf({ 1: [2] });
  play.kin.set(1, { pid: 1, parentPid: 0, uniqueId: 50n, status: 3 });
  assertEquals(found(play), undefined);
});

test("descend() has no children of a process that has come to have a descendant's id", () => {
  const play = playOf({ 1: [2], 2: [3] });
  play.happens = (pid) => {
    if (pid === 3) play.kin.set(2, { pid: 2, parentPid: 1, uniqueId: 20n, status: 3 });
  };
  assertEquals(found(play), [2]);
});

test("descend() does not query the children of a zombie", () => {
  const play = playOf({ 1: [2] });
  play.kin.set(2, { pid: 2, parentPid: 1, uniqueId: 2n, status: SZOMB });
  assertEquals([found(play), play.listed[2]], [[2], undefined]);
});

test("descend() reports when all processes must be read, and what is an error of the caller", () => {
  const play = playOf({ 1: [2] });
  play.answers[1] = [-ERRNO.EAGAIN, -ERRNO.EAGAIN];
  assertEquals(found(play), [2]);
  play.answers[1] = [-ERRNO.EAGAIN, -ERRNO.EAGAIN, -ERRNO.EAGAIN];
  assertEquals(found(play), undefined);
  play.answers[1] = [-ERRNO.ENOTSUP];
  assertEquals(found(play), undefined);
  assertEquals(play.answers[1], []);
  play.answers[1] = [-ERRNO.EMFILE];
  assertEquals(assertThrows(() => found(play), SystemCallError).code, "EMFILE");
});

test("descend() reads no more descendants than is less work than to read all processes", () => {
  const many = Array.from({ length: 1000 }, (_, i) => i + 2);
  const play = playOf({ 1: many });
  let reads = 0;
  play.happens = () => reads++;
  assertEquals([found(play), reads], [undefined, 0]);
  assertEquals(found(play, false), many);
  const deep = playOf(Object.fromEntries(many.map((pid) => [pid - 1, [pid]])));
  assertEquals(found(deep), undefined);
});

test("children() and processTree() find all, whichever call fails once", { skip }, async () => {
  await using parent = startSpeaker([compileProgram(["crew.c"], "crew"), "3", "4"]);
  assertEquals(await parent.next(), "ready");
  const linux = changedLinux();
  const { system } = linux;
  const one = openProcess(parent.pid, { system });
  const children = openProcess(parent.pid).children().map(({ pid }) => pid);
  assertEquals(children.length, 4);
  const ways = {
    children: () => one.children().map(({ pid }) => pid),
    descendants: () => one.children({ recursive: true }).map(({ pid }) => pid),
    tree: () => processTree({ pid: parent.pid, system })[0]!.children.map(({ pid }) => pid),
  };
  const ESRCH = 3;
  for (const [name, way] of Object.entries(ways)) {
    way();
    linux.count = 0;
    assertEquals(way(), children, name);
    const { count } = linux;
    let whole = 0;
    for (let place = 1; place <= count; place++) {
      linux.count = 0;
      linux.change = (nth) => nth === place ? { errno: ESRCH } : undefined;
      try {
        assertEquals(way(), children, `${name}, call ${place} of ${count}`);
        whole++;
      } catch (error) {
        // The process itself was reported as gone.
        if (!(error instanceof ProcessError)) throw error;
      } finally {
        linux.change = () => undefined;
      }
    }
    assertEquals(whole > count / 2, true, `${name}: ${whole} of ${count}`);
  }
});

test("children({ recursive }) finds the same, however many there are", { skip }, async () => {
  for (const count of [200, 300]) {
    await using parent = startSpeaker([compileProgram(["crew.c"], "crew"), "1", `${count}`]);
    assertEquals(await parent.next(), "ready");
    const one = openProcess(parent.pid);
    const children = one.children().map(({ uniqueId }) => uniqueId);
    assertEquals(children.length, count);
    const all = one.children({ recursive: true }).map(({ uniqueId }) => uniqueId);
    assertEquals(all, children);
    const [root] = processTree({ pid: parent.pid });
    assertEquals(root!.children.map(({ uniqueId }) => uniqueId), children);
  }
});
