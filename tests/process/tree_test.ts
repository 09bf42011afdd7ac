import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { procBsdInfoWithUniqId, procBsdShortInfo } from "../../lib/abi/bsd_info.ts";
import { procUniqIdentifierInfo } from "../../lib/abi/unique_id.ts";
import { ProcessGoneError } from "../../lib/process/errors.ts";
import {
  type ProcessNode,
  processTree,
  processTreeAsync,
  type TreeOptions,
} from "../../lib/process/tree.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { PROC_INFO_CALL_LISTPIDS } from "../../lib/abi/callnum.ts";
import {
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../../lib/abi/pid_info.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { openProcess } from "../../lib/process/process.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { systemOf } from "../../lib/system/system.ts";
import { startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { startShell, startSpeaker, until } from "../support/lines.ts";

const linux = process.platform === "linux";
const skip = linux ? false : "needs Linux";

/** Returns the tree of one process. */
function treeOf(pid: number, options: Omit<TreeOptions, "pid"> = {}): ProcessNode {
  const [root, ...others] = processTree({ ...options, pid });
  assert(root !== undefined);
  assertEquals(others, []);
  return root;
}

/** Returns all processes of a tree, with the root first. */
function allOf(root: ProcessNode): ProcessNode[] {
  const found = [root];
  for (const { children } of found) found.push(...children);
  return found;
}

test(
  "processTree() finds the descendants of a process when they are nested",
  { skip },
  async () => {
    await using shell = startShell(
      "sh -c 'sleep 1000 & echo $$ $!; wait' & read line; sleep 1000 & echo $! $$; wait",
    );
    const [inner, deepest] = (await shell.next()).split(" ").map(Number);
    const [second, pid] = (await shell.ask("go")).split(" ").map(Number);
    assertEquals(pid, shell.pid);
    // A shell prints the pid of a child before the child executes its program.
    const isSleep = (pid: number) => openProcess(pid).name() === "sleep";
    await until("both sleep", () => isSleep(deepest!) && isSleep(second!));
    const uniqueIdOf = (pid: number) => `${pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO).p_uniqueid}`;
    const node = (pid: number, parentPid: number, name: string, ...children: ProcessNode[]) => ({
      ...{ pid, parentPid, uniqueId: uniqueIdOf(pid), name, children },
    });
    const expected = node(
      ...[shell.pid, process.pid, "sh"] as const,
      node(inner!, shell.pid, "sh", node(deepest!, inner!, "sleep")),
      node(second!, shell.pid, "sleep"),
    );
    assertEquals(processTree({ pid: shell.pid }), [expected]);
    assertEquals(await processTreeAsync({ pid: shell.pid }), [expected]);
    assertEquals(JSON.parse(JSON.stringify(processTree({ pid: shell.pid }))), [expected]);
  },
);

test("processTree() has zombies in it, and is of a zombie too", { skip }, async () => {
  await using cast = await startCast();
  const zombie = cast.pid("zombie");
  const { children } = treeOf(cast.pid("director"));
  const roles = ["plain", "zombie", "users", "leaderless", "stopped", "traced", "name"];
  for (const role of roles) assert(children.some(({ pid }) => pid === cast.pid(role)), role);
  const { pid, parentPid, children: none } = treeOf(zombie);
  assertEquals([pid, parentPid, none], [zombie, cast.pid("director"), []]);
});

test("processTree() holds each process once when all are requested", { skip }, () => {
  const roots = processTree();
  const all = roots.flatMap(allOf);
  assertEquals(new Set(all.map(({ uniqueId }) => uniqueId)).size, all.length);
  for (const { pid, children } of all) {
    for (const child of children) assertEquals(child.parentPid, pid);
  }
  const own = all.find(({ pid }) => pid === process.pid)!;
  assertEquals(own.parentPid, process.ppid);
  const init = roots.find(({ pid }) => pid === 1)!;
  assertEquals(init.parentPid, 0);
  assert(allOf(init).includes(own));
});

test("processTree() holds together when processes come and go", { skip }, async () => {
  await using storm = startSpeaker([compileProgram(["storm.c"], "storm")]);
  assertEquals(await storm.next(), "ready");
  let most = 0;
  for (let i = 0; i < 20; i++) {
    const root = treeOf(storm.pid);
    assertEquals([root.pid, root.parentPid, root.name], [storm.pid, process.pid, "storm"]);
    most = Math.max(most, allOf(root).length);
  }
  assert(most >= 7, `${most} were found at once`);
});

test("processTree() throws when there is no such process", () => {
  const error = assertThrows(() => processTree({ pid: 0x7fffffff }), ProcessGoneError);
  assertEquals(error.pid, 0x7fffffff);
  for (const pid of [-1, 0.5, NaN]) assertThrows(() => processTree({ pid }), RangeError, `${pid}`);
});

/** A simulated process: its parent, its unique id, and the time of its start, if that is known. */
type Fake = readonly [parentPid: number, uniqueId: number, startedAt?: number];

function kernelOf(processes: Readonly<Record<number, Fake>>) {
  const told = (pid: number, isWhole: boolean) => {
    const fake = processes[pid];
    if (fake === undefined) return -ERRNO.ESRCH;
    return isWhole && fake[2] === undefined ? -ERRNO.EPERM : fake;
  };
  return scriptedKernel([
    {
      callnum: PROC_INFO_CALL_LISTPIDS,
      answer: (_, buffer) => {
        const pids = Object.keys(processes).map(Number);
        return buffer === null
          ? (pids.length + 20) * 4
          : new Uint8Array(Int32Array.from(pids).buffer);
      },
    },
    {
      flavor: PROC_PIDT_BSDINFOWITHUNIQID,
      answer: ({ pid }) => {
        const fake = told(pid, true);
        if (typeof fake === "number") return fake;
        const [pbi_ppid, p_uniqueid, start = 0] = fake;
        const bytes = new Uint8Array(procBsdInfoWithUniqId.size);
        procBsdInfoWithUniqId.encode({
          pbsd: {
            ...{ pbi_pid: pid, pbi_ppid, pbi_status: 2, pbi_comm: `p${pid}` },
            pbi_start_tvsec: BigInt(start),
          },
          p_uniqidentifier: { p_uniqueid: BigInt(p_uniqueid) },
        }, bytes);
        return bytes;
      },
    },
    {
      flavor: PROC_PIDT_SHORTBSDINFO,
      answer: ({ pid }) => {
        const fake = told(pid, false);
        if (typeof fake === "number") return fake;
        const bytes = new Uint8Array(procBsdShortInfo.size);
        procBsdShortInfo.encode({ pbsi_ppid: fake[0], pbsi_comm: `p${pid}` }, bytes);
        return bytes;
      },
    },
    {
      flavor: PROC_PIDUNIQIDENTIFIERINFO,
      answer: ({ pid }) => {
        const fake = told(pid, false);
        if (typeof fake === "number") return fake;
        const bytes = new Uint8Array(procUniqIdentifierInfo.size);
        procUniqIdentifierInfo.encode({ p_uniqueid: BigInt(fake[1]) }, bytes);
        return bytes;
      },
    },
  ]);
}

/** Returns a forest as text, as in `1(2 3(4))`. */
function words(nodes: readonly ProcessNode[]): string {
  return nodes.map(({ pid, children }) =>
    children.length === 0 ? `${pid}` : `${pid}(${words(children)})`
  ).join(" ");
}

const forestOf = (processes: Readonly<Record<number, Fake>>) =>
  words(processTree({ system: systemOf(kernelOf(processes)) }));

test("processTree() orders siblings by age, not by id", () => {
  assertEquals(forestOf({ 1: [0, 1, 10], 2: [1, 9, 30], 9: [1, 3, 20] }), "1(9 2)");
});

test("processTree() makes roots of orphans, and of the parent of itself", () => {
  assertEquals(forestOf({ 0: [0, 1, 10], 5: [77, 2, 20], 6: [0, 3, 30] }), "0(6) 5");
});

test("processTree() takes no younger process for a parent", () => {
  assertEquals(forestOf({ 5: [6, 10, 100], 6: [0, 11, 200] }), "5 6");
  // If the times of the start are unknown, the unique ids are compared.
  assertEquals(forestOf({ 5: [6, 10], 6: [0, 11] }), "5 6");
  assertEquals(forestOf({ 5: [6, 11], 6: [0, 10] }), "6(5)");
  // The unique ids of processes that started at the same time may be in any order.
  assertEquals(forestOf({ 5: [6, 10, 100], 6: [0, 11, 100] }), "6(5)");
});

test("processTree() ends when parents go round in a circle", () => {
  const circle = forestOf({ 5: [7, 10, 100], 6: [5, 11, 100], 7: [6, 12, 100], 8: [7, 13, 100] });
  assertEquals(circle.replaceAll(/[()]/g, " ").trim().split(/ +/).sort(), ["5", "6", "7", "8"]);
  assertEquals(circle.includes("("), true);
  assertEquals(forestOf({ 5: [6, 10, 100], 6: [5, 11, 100] }).split(/[( )]/).sort(), [
    ...["", "5", "6"],
  ]);
});

test("processTree() ends soon when the tree is deep", () => {
  const processes: Record<number, Fake> = {};
  for (let i = 1; i <= 12000; i++) processes[i] = [i - 1, i, i];
  let node: ProcessNode | undefined = treeOf(1, { system: systemOf(kernelOf(processes)) });
  let depth = 0;
  for (; node !== undefined; node = node.children[0]) depth++;
  assertEquals(depth, 12000);
});

test("processTree() leaves out a process that ends meanwhile, and passes on other errors", () => {
  const kernel = kernelOf({ 1: [0, 1, 10], 2: [1, 2, 20], 3: [1, 3, 30] });
  kernel.fail(1, ERRNO.ESRCH, { pid: 2 });
  assertEquals(words(processTree({ system: systemOf(kernel) })), "1(3)");
  assertEquals(words(processTree({ system: systemOf(kernel) })), "1(2 3)");
  kernel.fail(1, ERRNO.EMFILE, { pid: 2 });
  assertThrows(() => processTree({ system: systemOf(kernel) }), Error, "EMFILE");
  kernel.fail(1, ERRNO.EMFILE, { callnum: PROC_INFO_CALL_LISTPIDS });
  assertThrows(() => processTree({ system: systemOf(kernel) }), Error, "EMFILE");
});

test("processTreeAsync() gives the event loop turns, and rejects with the reason of an abort", async () => {
  const processes: Record<number, Fake> = {};
  for (let i = 1; i <= 5000; i++) processes[i] = [i - 1, i, i];
  const kernel = kernelOf(processes);
  const system = systemOf({
    ...kernel,
    procInfo(...args) {
      // Simulates the time that a kernel takes. The total is too long for a few slices on any
      // machine.
      for (const end = performance.now() + 0.01; performance.now() < end;);
      return kernel.procInfo(...args);
    },
  });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  try {
    const tree = await processTreeAsync({ system, pid: 4000 });
    assertEquals(tree.length, 1);
    assert(turns > 0);
  } finally {
    clearInterval(timer);
  }
  const reason = new RangeError("enough");
  const aborted = processTreeAsync({ system, signal: AbortSignal.abort(reason) });
  assertEquals(await assertRejects(() => aborted, RangeError), reason);
  const controller = new AbortController();
  const running = processTreeAsync({ system, signal: controller.signal });
  controller.abort(reason);
  assertEquals(await assertRejects(() => running, RangeError), reason);
  await assertRejects(() => processTreeAsync({ pid: 0x7fffffff, system }), ProcessGoneError);
});
