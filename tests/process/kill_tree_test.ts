import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_SIGNAL_AUDITTOKEN,
} from "../../lib/abi/callnum.ts";
import { PROC_PIDUNIQIDENTIFIERINFO } from "../../lib/abi/pid_info.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { kernelTable } from "../../lib/system/kernel_table.ts";
import { openSystem } from "../../lib/system/open.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { NotSupportedError, ProcessGoneError } from "../../lib/process/errors.ts";
import { guardTree, killTree } from "../../lib/process/kill_tree.ts";
import type { SignalName } from "../../lib/process/signals.ts";
import { processTree } from "../../lib/process/tree.ts";
import { startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import {
  isAlive,
  processDescriptors,
  type Speaker,
  startShell,
  startSpeaker,
  stateOf,
  statField,
  until,
} from "../support/lines.ts";
import { AS_NOBODY, inShell, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const needsRoot = skip || (!root && "needs root, to change users and to choose process ids");

/** Returns the numbers in the next line that a shell prints. */
const numbers = async (shell: Speaker) => (await shell.next()).split(" ").map(Number);

/** Starts a shell with two children, one of which has a child; returns the four pids. */
async function startFamily(): Promise<{ shell: Speaker; pids: number[] }> {
  const shell = startShell(
    "sh -c 'sleep 1000 & echo $$ $!; wait' & read line; sleep 1000 & echo $!; wait",
  );
  const [inner = 0, deepest = 0] = await numbers(shell);
  const last = Number(await shell.ask("go"));
  // Their pids are known before they execute their program.
  const isSleep = (pid: number) => readFileSync(`/proc/${pid}/comm`, "latin1") === "sleep\n";
  await until("they sleep", () => isSleep(deepest) && isSleep(last));
  return { shell, pids: [shell.pid, inner, deepest, last] };
}

/** A grace period that is sufficient on a busy machine. */
const PATIENT = { graceMs: 60000 };

/** Returns this host with another kernel, which also provides the table. */
function hostOver(kernel: Kernel): System {
  const system: System = { ...openSystem(), kernel, table: () => kernelTable(system) };
  return system;
}

const isStopped = (pid: number) => stateOf(pid) === "T";

test(
  "killTree() ends a process with all of its descendants, and lists parents first",
  { skip },
  async () => {
    const { shell, pids } = await startFamily();
    await using _ = shell;
    const before = processDescriptors();
    const { ended, escaped } = await killTree(shell.pid, PATIENT);
    assertEquals(escaped, []);
    assertEquals(ended.map(({ pid, name }) => [pid, name]), [
      [pids[0]!, "sh"],
      [pids[1]!, "sh"],
      [pids[3]!, "sleep"],
      [pids[2]!, "sleep"],
    ]);
    for (const { exit: { signal = "SIGTERM" } } of ended) assertEquals(signal, "SIGTERM");
    for (const pid of pids) assertEquals(isAlive(pid), false);
    assert(processDescriptors() <= before);
  },
);

test("killTree() lets processes act on the signal", { skip }, async () => {
  await using shell = startShell(
    "trap 'echo outer; exit 5' TERM; sh -c 'trap \"echo inner; exit 6\" TERM; echo $$; " +
      "while :; do sleep 0.02; done' & wait; wait",
  );
  const [inner] = await numbers(shell);
  const { ended, escaped } = await killTree(shell.pid, PATIENT);
  assertEquals(escaped, []);
  const said = [await shell.next(), await shell.next()].sort();
  assertEquals(said, ["inner", "outer"]);
  const codes = new Map(ended.map(({ pid, exit }) => [pid, exit.code]));
  assertEquals(codes.get(shell.pid) ?? 5, 5);
  assertEquals(codes.get(inner!) ?? 6, 6);
});

test("killTree() kills what has not ended after the time of grace", { skip }, async () => {
  await using shell = startShell(
    "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 0.02; done' & sleep 1000 & wait",
  );
  const [stubborn] = await numbers(shell);
  const { ended, escaped } = await killTree(shell.pid, { graceMs: 100 });
  assertEquals(escaped, []);
  const signals = new Map(ended.map(({ pid, exit }) => [pid, exit.signal]));
  assertEquals(signals.get(stubborn!) ?? "SIGKILL", "SIGKILL");
});

test("killTree() kills what a process starts as it acts on the signal", { skip }, async () => {
  // On a busy machine, the process may be killed before it has acted.
  for (let graceMs = 250;; graceMs *= 4) {
    await using shell = startShell(
      "trap 'sleep 1000 & echo $!' TERM; echo; while :; do sleep 0.02; done",
    );
    await shell.next();
    const { ended, escaped } = await killTree(shell.pid, { graceMs });
    assertEquals(escaped, []);
    const [late] = await numbers(shell).catch((error) => {
      if (graceMs > 60000) throw error;
      return [];
    });
    if (late === undefined) continue;
    assertEquals(isAlive(late), false);
    assert(ended.some(({ pid }) => pid === late));
    return;
  }
});

test("killTree() kills at once when there is no time of grace, or no other signal", {
  skip,
}, async () => {
  const options = [
    { graceMs: 0 },
    { with: "SIGKILL", graceMs: 60000 },
    { with: 9, graceMs: 60000 },
  ] as const;
  for (const option of options) {
    await using shell = startShell("trap '' TERM; sleep 1000 & echo $!; wait; wait");
    const [child] = await numbers(shell);
    const { ended, escaped } = await killTree(shell.pid, option);
    assertEquals(escaped, []);
    assertEquals(ended.map(({ pid }) => pid), [shell.pid, child!]);
    for (const { exit: { signal = "SIGKILL" } } of ended) assertEquals(signal, "SIGKILL");
  }
});

test("killTree() ends processes when they were stopped before", { skip }, async () => {
  const { shell, pids } = await startFamily();
  await using _ = shell;
  process.kill(pids[1]!, "SIGSTOP");
  process.kill(pids[2]!, "SIGSTOP");
  await until("they stop", () => isStopped(pids[1]!) && isStopped(pids[2]!));
  const { ended, escaped } = await killTree(pids[1]!, PATIENT);
  assertEquals(escaped, []);
  assertEquals(ended.map(({ pid }) => pid), [pids[1]!, pids[2]!]);
  for (const { exit: { signal = "SIGTERM" } } of ended) assertEquals(signal, "SIGTERM");
  assertEquals([isAlive(pids[0]!), isAlive(pids[3]!)], [true, true]);
});

test("killTree() finds all when they come and go as fast as they can", { skip }, async () => {
  for (let i = 0; i < 3; i++) {
    await using storm = startSpeaker([compileProgram(["storm.c"], "storm")]);
    assertEquals(await storm.next(), "ready");
    await sleep(50);
    const kinds = processTree({ pid: storm.pid })[0]!.children.map(({ pid }) => pid);
    const user = statUser(storm.pid);
    const { ended, escaped } = await killTree(storm.pid, { graceMs: 100 });
    assertEquals(escaped, []);
    assert(ended.length >= kinds.length, `${ended.length}`);
    assertEquals(kinds.filter(isAlive), []);
    if (!root) continue;
    // It runs as a user without other processes.
    const left = () => listUser(user).filter(isAlive);
    await until("those end that had left the tree", () => left().length === 0);
  }
});

/** Returns the user of a process. */
function statUser(pid: number): string {
  return execFileSync("stat", ["-c", "%u", `/proc/${pid}`], { encoding: "utf8" }).trim();
}

/** Returns the processes of a user. */
function listUser(user: string): number[] {
  try {
    return execFileSync("pgrep", ["-U", user], { encoding: "utf8" }).trim().split("\n").map(Number);
  } catch {
    return []; // pgrep fails if it finds no process
  }
}

test("killTree() ends a process when it cannot be stopped", { skip }, async () => {
  await using speaker = startSpeaker([compileProgram(["vfork.c"], "vfork")]);
  const [child] = await numbers(speaker);
  await until("the parent waits for the child", () => stateOf(speaker.pid) === "D");
  const { ended, escaped } = await killTree(speaker.pid, PATIENT);
  assertEquals(escaped, []);
  assertEquals(ended.map(({ pid }) => pid), [speaker.pid, child!]);
});

test("killTree() ends a daemon of its group, and not one that has left that", {
  skip,
}, async () => {
  // The subshells that start these processes end before killTree() reads the tree.
  await using shell = startShell(
    "(sleep 1000 & echo $!); (setsid sleep 1000 & echo $!); sleep 1000 & echo $!; wait",
  );
  const member = Number(await shell.next()), daemon = Number(await shell.next());
  try {
    const child = Number(await shell.next());
    await until("the daemon leads a group", () => statField(daemon, 5) === `${daemon}`);
    await until(
      "they are adopted",
      () => [member, daemon].every((pid) => statField(pid, 4) !== `${shell.pid}`),
    );
    const { ended, escaped } = await killTree(shell.pid, PATIENT);
    assertEquals(escaped, []);
    assertEquals(ended.map(({ pid }) => pid).sort(), [shell.pid, child, member].sort());
    assertEquals(isAlive(daemon), true);
    assertEquals(isStopped(daemon), false);
  } finally {
    process.kill(daemon, "SIGKILL");
  }
});

test("killTree() spares who is in the group and not in the tree", { skip }, async () => {
  const { shell, pids } = await startFamily();
  await using _ = shell;
  // All are in the shell's process group. The shell, which is its leader, is not in the tree.
  const { ended } = await killTree(pids[1]!, PATIENT);
  assertEquals(ended.map(({ pid }) => pid), [pids[1]!, pids[2]!]);
  assertEquals([isAlive(pids[0]!), isAlive(pids[3]!)], [true, true]);
});

test("killTree() reports zombies, and processes of any kind", { skip }, async () => {
  await using cast = await startCast();
  const director = cast.pid("director");
  const zombie = await killTree(cast.pid("zombie"));
  assertEquals(zombie, {
    ended: [{
      ...zombie.ended[0]!,
      pid: cast.pid("zombie"),
      exit: { pid: cast.pid("zombie"), code: 7 },
    }],
    escaped: [],
  });
  for (const role of ["leaderless", "name", "stopped", "users"]) {
    const pid = cast.pid(role);
    const { ended, escaped } = await killTree(pid, PATIENT);
    assertEquals(escaped, []);
    assertEquals(ended.map(({ exit }) => exit), [{ pid, signal: "SIGTERM", coreDumped: false }]);
  }
  assertEquals(isAlive(director), true);
});

test("killTree() leaves all as they were when it is given up before", { skip }, async () => {
  const { shell, pids } = await startFamily();
  await using _ = shell;
  const reason = { tired: true };
  const given = await killTree(shell.pid, { signal: AbortSignal.abort(reason) }).catch((e) => e);
  assertStrictEquals(given, reason);
  await sleep(20);
  assertEquals(pids.map((pid) => isAlive(pid) && !isStopped(pid)), [true, true, true, true]);
});

test("killTree() lets all run on when it is given up as they are stopped", { skip }, async () => {
  const { shell, pids } = await startFamily();
  await using _ = shell;
  // A process that was stopped before remains stopped.
  process.kill(pids[3]!, "SIGSTOP");
  await until("it stops", () => isStopped(pids[3]!));
  const controller = new AbortController();
  const reason = new Error("enough");
  const own = openSystem().kernel;
  let lists = 0;
  const kernel: Kernel = {
    ...own,
    procInfo(callnum, ...rest) {
      // At the second list of the processes, all of them are stopped.
      if (callnum === PROC_INFO_CALL_LISTPIDS && rest[3] !== null && ++lists === 2) {
        const end = Date.now() + 20000;
        while (!pids.every(isStopped) && Date.now() < end);
        assertEquals(pids.map(isStopped), [true, true, true, true]);
        controller.abort(reason);
      }
      return own.procInfo(callnum, ...rest);
    },
  };
  const killing = killTree(shell.pid, { system: hostOver(kernel), signal: controller.signal });
  assertStrictEquals(await killing.catch((error) => error), reason);
  await until("they run on", () => pids.slice(0, 3).every((pid) => !isStopped(pid)));
  assertEquals(pids.map(isAlive), [true, true, true, true]);
  assertEquals(isStopped(pids[3]!), true);
});

test("killTree() kills no process when it is aborted in the time of grace", { skip }, async () => {
  await using shell = startShell("trap 'echo signalled' TERM; echo; while :; do sleep 0.02; done");
  await shell.next();
  const controller = new AbortController();
  const before = processDescriptors();
  const killing = killTree(shell.pid, { graceMs: 60000, signal: controller.signal });
  assertEquals(await shell.next(), "signalled");
  controller.abort("enough");
  assertEquals(await killing.catch((error) => error), "enough");
  await sleep(50);
  assertEquals(isAlive(shell.pid) && !isStopped(shell.pid), true);
  assert(processDescriptors() <= before);
});

test("killTree() leaves no process stopped when any call fails", { skip }, async () => {
  const own = openSystem().kernel;
  let failures = 0;
  for (const [errno, step] of [[ERRNO.EMFILE, 2], [ERRNO.EPERM, 6]] as const) {
    for (let nth = 1; nth <= 32; nth += step) {
      await using shell = startShell("sleep 1000 & echo $!; wait");
      const pids = [shell.pid, ...await numbers(shell)];
      let left = nth;
      const fails = (callnum: number, pid: number) => {
        const isOurs = pids.includes(pid) || callnum === PROC_INFO_CALL_LISTPIDS ||
          callnum === PROC_INFO_CALL_SIGNAL_AUDITTOKEN;
        return isOurs && --left === 0;
      };
      const kernel: Kernel = {
        procInfo: (callnum, pid, ...rest) =>
          fails(callnum, pid) ? -errno : own.procInfo(callnum, pid, ...rest),
        procInfoExtendedId: (callnum, pid, ...rest) =>
          fails(callnum, pid) ? -errno : own.procInfoExtendedId(callnum, pid, ...rest),
      };
      const before = processDescriptors();
      const outcome = await killTree(shell.pid, { system: hostOver(kernel), graceMs: 50 })
        .catch((error: Error) => error);
      if (outcome instanceof Error) failures++;
      const doing = `call ${nth}, ${errno}: ${outcome instanceof Error ? outcome : "done"}`;
      for (const pid of pids) {
        await until(`${pid} runs on: ${doing}`, () => !isAlive(pid) || !isStopped(pid));
      }
      assert(processDescriptors() <= before, doing);
      if (outcome instanceof Error) {
        assert(["ProcInfoError", "SystemCallError", "AccessDeniedError"].includes(outcome.name));
      }
    }
  }
  assert(failures > 5, `${failures} of the failures were passed on`);
});

test("killTree() spares the caller when it is in the tree", { skip }, () => {
  const script = `
    import process from "node:process";
    import { killTree } from "./lib/process/kill_tree.ts";
    const target = Number(process.env.TARGET);
    const { ended, escaped } = await killTree(target, { graceMs: 60000 });
    const names = ended.map(({ name }) => name);
    console.log(JSON.stringify({
      caller: escaped.map(({ pid, why }) => [pid === process.pid, why]),
      root: ended[0].pid === target,
      sleep: names.includes("sleep"),
    }));
  `;
  const inner = "export TARGET=$$; sleep 1000 >/dev/null & " +
    'until grep -q sleep /proc/$!/comm; do sleep 0.02; done; "$@"; exit 0';
  const wrapper = inShell(`sh -c '${inner}' sh "$@" || true`);
  assertEquals(runWrapped(wrapper, script), {
    caller: [[true, "caller"]],
    root: true,
    sleep: true,
  });
});

test("killTree() refuses the caller and the system", { skip }, async () => {
  await assertRejects(
    () => killTree(process.pid),
    RangeError,
    `Cannot end the tree of process ${process.pid} as it must be another than the calling process`,
  );
  // The first process, and the parent of the kernel threads.
  for (const pid of [1, 2]) {
    await assertRejects(
      () => killTree(pid),
      RangeError,
      `Cannot end the tree of process ${pid} as it must not be a process of the system`,
    );
  }
  assertThrows(() => guardTree(1), RangeError);
});

test("killTree() refuses arguments when they are out of range", async () => {
  for (const pid of [-1, 1.5, NaN, 2 ** 31]) {
    await assertRejects(() => killTree(pid), RangeError, `current value is ${pid}`);
  }
  for (const graceMs of [-1, NaN, "5" as unknown as number]) {
    const text =
      `Cannot pass graceMs as it must be a number of milliseconds from 0: current value is ` +
      (typeof graceMs === "string" ? '"5"' : graceMs);
    await assertRejects(() => killTree(0x7fffffff, { graceMs }), RangeError, text);
    assertThrows(() => guardTree(0x7fffffff, { graceMs }), RangeError, text);
  }
  const last = linux ? 64 : 31;
  for (const wrong of ["SIGNOTHING", 0, 65, -9, 1.5, NaN]) {
    const text = `Cannot pass with as it must be a name such as "SIGTERM", or a number from 1 to ` +
      `${last}: current value is ${typeof wrong === "string" ? JSON.stringify(wrong) : wrong}`;
    const options = { with: wrong as SignalName };
    await assertRejects(() => killTree(0x7fffffff, options), RangeError, text);
    assertThrows(() => guardTree(0x7fffffff, options), RangeError, text);
  }
});

test("killTree() refuses options when they are of another type", async () => {
  const lacking = openSystem().kernel as unknown as System;
  const wrong: readonly (readonly [object, string])[] = [
    [{ with: AbortSignal.abort() }, "Cannot pass with as it must be a name"],
    // `with` is the signal to send.
    [{ signal: "SIGKILL" }, 'Cannot pass signal as it must be an AbortSignal: it is "SIGKILL"'],
    [{ signal: 9 }, "Cannot pass signal as it must be an AbortSignal: it is 9"],
    [{ system: lacking }, "Cannot pass system as it must be one of openSystem() or systemOf()"],
  ];
  for (const [options, text] of wrong) {
    await assertRejects(() => killTree(0x7fffffff, options), TypeError, text);
    // A guard cannot be aborted.
    const ofGuard = "signal" in options ? "Cannot pass signal as it is not one of" : text;
    assertThrows(() => guardTree(0x7fffffff, options), TypeError, ofGuard);
  }
});

test("killTree() refuses a signal when the system lacks it, and leaves all as they were", {
  skip,
}, async () => {
  const { shell, pids } = await startFamily();
  await using _ = shell;
  await assertRejects(
    () => killTree(shell.pid, { with: "SIGINFO" }),
    NotSupportedError,
    `Cannot send SIGINFO, which this system lacks, to process ${shell.pid}`,
  );
  assertEquals(pids.map((pid) => isAlive(pid) && !isStopped(pid)), [true, true, true, true]);
});

test("killTree() refuses a lone kernel, which does not know the caller", { skip }, async () => {
  await using shell = startShell("echo; read line");
  await shell.next();
  const system = systemOf(openSystem().kernel);
  await assertRejects(() => killTree(shell.pid, { system }), NotSupportedError);
  assertEquals(isAlive(shell.pid), true);
});

test("killTree() sends this host's signals when it is given numbers", { skip }, async () => {
  // SIGUSR1, SIGUSR2, SIGBUS, SIGPWR and a real-time signal. The shell only knows names of signals.
  for (const number of [10, 12, 7, 30, 40]) {
    await using receiver = startSpeaker([compileProgram(["receiver.c"], "receiver")]);
    await receiver.next();
    const controller = new AbortController();
    const { signal } = controller;
    const killing = killTree(receiver.pid, { with: number, signal, ...PATIENT });
    // SIGCONT, which continues the stopped process, may arrive first.
    const first = await receiver.next();
    assertEquals(first === "18" ? await receiver.next() : first, `${number}`);
    controller.abort("enough");
    assertEquals(await killing.catch((reason) => reason), "enough");
  }
});

test("killTree() reports what JSON keeps", { skip }, async () => {
  await using shell = startShell("sleep 1000 & echo; wait");
  await shell.next();
  const { p_uniqueid } = pidInfo(shell.pid, PROC_PIDUNIQIDENTIFIERINFO);
  const refusing = {
    ...openSystem(),
    kernel: {
      ...openSystem().kernel,
      procInfo: (...args: Parameters<Kernel["procInfo"]>) =>
        args[0] === PROC_INFO_CALL_SIGNAL_AUDITTOKEN
          ? -ERRNO.EPERM
          : openSystem().kernel.procInfo(...args),
    },
  };
  const spared = await killTree(shell.pid, { system: refusing });
  assertEquals(spared.ended, []);
  assertEquals(spared.escaped.map(({ why }) => why), ["denied", "denied"]);
  assertEquals(spared.escaped[0]!.uniqueId, `${p_uniqueid}`);
  const report = await killTree(shell.pid, PATIENT);
  assertEquals(report.ended.length, 2);
  assertEquals(report.ended[0]!.uniqueId, `${p_uniqueid}`);
  for (const value of [spared, report]) assertEquals(JSON.parse(JSON.stringify(value)), value);
});

test("killTree() rejects when there is no such process", async () => {
  const error = await assertRejects(() => killTree(0x7fffffff), ProcessGoneError);
  assertEquals(error.pid, 0x7fffffff);
  assertThrows(() => guardTree(0x7fffffff), ProcessGoneError);
});

test("killTree() reports that it was refused when processes are another user's", {
  skip: needsRoot,
}, () => {
  const script = `
    import process from "node:process";
    import { killTree } from "./lib/process/kill_tree.ts";
    const target = Number(process.env.TARGET);
    const { ended, escaped } = await killTree(target, { graceMs: 60000 });
    console.log(JSON.stringify([
      ended.map(({ name }) => name),
      escaped.map(({ pid, name, why }) => [pid === target, name, why]),
    ]));
  `;
  // The inner process changes its user, so that it may be ended.
  const wrapper = inShell(`
    sh -c 'setpriv --reuid=65534 --regid=65534 --clear-groups sleep 1000 & echo $! > $HOME/pid
      wait; exec sleep 1000' >/dev/null & export TARGET=$!
    until [ -s $HOME/pid ] && grep -q sleep /proc/$(cat $HOME/pid)/comm; do sleep 0.02; done
    "$@"
    kill $TARGET
  `);
  assertEquals(runWrapped([...wrapper, ...AS_NOBODY], script), [
    ["sleep"],
    [[true, "sh", "denied"]],
  ]);
});

test("guardTree() ends the tree when it is left", { skip }, async () => {
  const { shell, pids } = await startFamily();
  await using _ = shell;
  const before = processDescriptors();
  {
    await using _guard = guardTree(pids[1]!, PATIENT);
    assertEquals([isAlive(pids[1]!), isAlive(pids[2]!)], [true, true]);
  }
  assertEquals([isAlive(pids[1]!), isAlive(pids[2]!)], [false, false]);
  assertEquals([isAlive(pids[0]!), isAlive(pids[3]!)], [true, true]);
  assert(processDescriptors() <= before);
});

test("guardTree() does nothing when the process has ended", { skip }, async () => {
  const child = spawn("cat", { stdio: ["pipe", "ignore", "inherit"] });
  const guard = guardTree(child.pid!);
  child.stdin.end();
  await until("it ends", () => !isAlive(child.pid!));
  await guard[Symbol.asyncDispose]();
  await guard[Symbol.asyncDispose]();
});

test("guardTree() spares another process when it has the id", { skip: needsRoot }, async () => {
  await using speaker = startSpeaker([compileProgram(["reuse.c"], "reuse")]);
  const pid = Number(await speaker.next());
  // Within one tick of the clock, the two processes could not be distinguished.
  await sleep(50);
  const guard = guardTree(pid);
  assertEquals(await speaker.ask("go"), "again");
  await guard[Symbol.asyncDispose]();
  assertEquals([isAlive(pid), isStopped(pid)], [true, false]);
});
