import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { procBsdInfo, procBsdInfoWithUniqId, procBsdShortInfo } from "../../lib/abi/bsd_info.ts";
import { procUniqIdentifierInfo } from "../../lib/abi/unique_id.ts";
import {
  PROC_PIDNOTEEXIT,
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../../lib/abi/pid_info.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { openSystem } from "../../lib/system/open.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { ProcessGoneError } from "../../lib/process/errors.ts";
import { exitOf, waitForExit, waitForProcess } from "../../lib/process/exit.ts";
import type { SignalName } from "../../lib/process/signals.ts";
import { TrackedProcess } from "../../lib/process/tracked_process.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { type Rule, scriptedKernel } from "../../lib/testing/mod.ts";
import { startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { isLinuxSince } from "../support/kernel_release.ts";
import { processDescriptors, startShell, startSpeaker, stateOf, until } from "../support/lines.ts";
import { startObedient } from "../support/obedient.ts";
import { runSource } from "../support/runtime.ts";
import { AS_NOBODY, inShell, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const needsRoot = skip || (!root && "needs root, to change users and to choose process ids");

const NOBODY = 0x7fffffff;

/** Returns true if a promise settles within a short time. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  // This is longer than the time between two polls.
  return await Promise.race([promise, sleep(100, pending)]) !== pending;
}

const startExits = () => startSpeaker([compileProgram(["exits.c"], "exits")]);

test("exitOf() reads the status of wait()", () => {
  assertEquals(exitOf(9, undefined), { pid: 9 });
  assertEquals(exitOf(9, 0), { pid: 9, code: 0 });
  assertEquals(exitOf(9, 255 << 8), { pid: 9, code: 255 });
  assertEquals(exitOf(9, 15), { pid: 9, signal: "SIGTERM", coreDumped: false });
  assertEquals(exitOf(9, 11 | 0x80), { pid: 9, signal: "SIGSEGV", coreDumped: true });
  assertEquals(exitOf(9, 31), { pid: 9, signal: "SIGUSR2", coreDumped: false });
  assertEquals(exitOf(9, 10), { pid: 9, signal: "SIGBUS", coreDumped: false });
  assertEquals(exitOf(9, 34), { pid: 9, signal: "SIG34", coreDumped: false });
  assertEquals(exitOf(9, 64 + 16), { pid: 9, signal: "SIGSTKFLT", coreDumped: false });
});

test("waitForExit() reports the code when another's child exits", { skip }, async () => {
  await using exits = startExits();
  for (const code of [0, 1, 7, 255]) {
    const pid = Number(await exits.ask(`start exit ${code}`));
    const exit = waitForExit(pid);
    assertEquals(await isSettled(exit), false);
    await exits.ask("end");
    assertEquals(stateOf(pid), "Z");
    // For a zombie that exited with 0, an older kernel reports the status of the leader, which is
    // ambiguous.
    const expected = code !== 0 || isLinuxSince(5, 17) ? { pid, code } : { pid };
    assertEquals(await exit, expected);
    // The process is still a zombie, so it can be queried again.
    assertEquals(await waitForExit(pid), expected);
    assertEquals(await exits.ask("reap"), `${code << 8}`);
    await assertRejects(
      () => waitForExit(pid),
      ProcessGoneError,
      `of process ${pid}: there is no such process, or it has ended`,
    );
  }
});

test("waitForExit() reports the signal when one has ended the process", { skip }, async () => {
  await using exits = startExits();
  const signals: readonly (readonly [number, SignalName])[] = [
    ...[[9, "SIGKILL"], [10, "SIGUSR1"], [15, "SIGTERM"], [16, "SIGSTKFLT"]] as const,
    ...[[30, "SIGPWR"], [32, "SIG32"], [34, "SIG34"], [64, "SIG64"]] as const,
  ];
  for (const [number, signal] of signals) {
    const pid = Number(await exits.ask(`start signal ${number}`));
    const exit = waitForExit(pid);
    await exits.ask("end");
    assertEquals(await exit, { pid, signal, coreDumped: false });
    await exits.ask("reap");
  }
});

test("waitForExit() reports a core dump when wait() does", { skip }, async () => {
  await using exits = startExits();
  const pid = Number(await exits.ask("start dump 6"));
  const exit = waitForExit(pid);
  await exits.ask("end");
  const { coreDumped, signal } = await exit;
  const status = Number(await exits.ask("reap"));
  assertEquals([signal, coreDumped], ["SIGABRT", (status & 0x80) !== 0]);
});

test("waitForExit() resolves when the process is waited for at once", { skip }, async () => {
  await using exits = startExits();
  const pid = Number(await exits.ask("start exit 9"));
  const exit = waitForExit(pid);
  exits.child.stdin!.write("end\nreap\n");
  const { code = 9, ...rest } = await exit;
  // Older kernels do not keep the code.
  assertEquals([code, rest], [9, { pid }]);
});

test("waitForExit() reports the code when the runtime's own child exits", { skip }, async () => {
  const child = spawn("sh", ["-c", "read line; exit 3"], { stdio: ["pipe", "ignore", "inherit"] });
  const exit = waitForExit(child.pid!);
  child.stdin.end("go\n");
  const { code = 3, ...rest } = await exit;
  assertEquals([code, rest], [3, { pid: child.pid! }]);
});

test("waitForExit() resolves at once when the process is a zombie", { skip }, async () => {
  await using cast = await startCast();
  const pid = cast.pid("zombie");
  assertEquals(await waitForExit(pid), { pid, code: 7 });
});

test("waitForExit() waits on when the process stops, goes on or runs another program", {
  skip,
}, async () => {
  await using obedient = await startObedient();
  const { pid } = obedient;
  const exit = waitForExit(pid);
  process.kill(pid, "SIGSTOP");
  await until("it stops", () => stateOf(pid) === "T");
  assertEquals(await isSettled(exit), false);
  process.kill(pid, "SIGCONT");
  await obedient.tell("exec");
  assertEquals(await isSettled(exit), false);
  process.kill(pid, "SIGKILL");
  assertEquals((await exit).signal ?? "SIGKILL", "SIGKILL");
});

test("waitForExit() waits on when only the first thread has ended", { skip }, async () => {
  await using exits = startExits();
  const pid = Number(await exits.ask("start thread 6"));
  await exits.ask("first");
  assertEquals(stateOf(pid), "Z");
  const exit = waitForExit(pid);
  assertEquals(await isSettled(exit), false);
  await exits.ask("end");
  // An older kernel reports the status of the leader.
  assertEquals(await exit, isLinuxSince(5, 17) ? { pid, code: 6 } : { pid });
});

test("waitForExit() resolves when another process has come to have the id", {
  skip: needsRoot,
}, async () => {
  await using speaker = startSpeaker([compileProgram(["reuse.c"], "reuse")]);
  const pid = Number(await speaker.next());
  const { p_uniqueid } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO);
  // Within one tick of the clock, the two processes could not be distinguished.
  await sleep(50);
  const exit = waitForExit(pid);
  assertEquals(await speaker.ask("go"), "again");
  assertEquals((await exit).signal ?? "SIGKILL", "SIGKILL");
  assert(["S", "R"].includes(stateOf(pid)!));

  const life = new TrackedProcess(pid, p_uniqueid, openSystem());
  await assertRejects(() => waitForProcess(life), ProcessGoneError);
  const controller = new AbortController();
  const second = waitForExit(pid, { signal: controller.signal });
  assertEquals(await isSettled(second.catch(() => {})), false);
  controller.abort();
  await assertRejects(() => second);
});

test("waitForExit() rejects with the reason when it is given up before", async () => {
  const reason = { tired: true };
  const kernel = scriptedKernel([]);
  const system = watching(kernel, () => {
    throw new Error("It was called to watch");
  });
  const given = await waitForExit(501, { system, signal: AbortSignal.abort(reason) })
    .catch((error) => error);
  assertStrictEquals(given, reason);
  assertEquals(kernel.calls, []);
});

test("waitForExit() closes its descriptor when it is given up", { skip }, async () => {
  await using exits = startExits();
  const pid = Number(await exits.ask("start exit 0"));
  const before = processDescriptors();
  const controller = new AbortController();
  const waits = Array.from(
    { length: 50 },
    () => waitForExit(pid, { signal: controller.signal }).catch((error) => error),
  );
  assertEquals(processDescriptors(), before + 50);
  const reason = new Error("enough");
  controller.abort(reason);
  for (const error of await Promise.all(waits)) assertStrictEquals(error, reason);
  assertEquals(processDescriptors(), before);
});

test("waitForExit() closes its descriptors when many wait for many", { skip }, async () => {
  const before = processDescriptors();
  await using shell = startShell(
    'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1000 & echo $!; all="$all $!"; done; echo; ' +
      "read line; kill $all; wait; echo",
  );
  const pids: number[] = [];
  for (let line = await shell.next(); line !== ""; line = await shell.next()) {
    pids.push(Number(line));
  }
  const waits = pids.flatMap((pid) => [waitForExit(pid), waitForExit(pid)]);
  assert(processDescriptors() >= before + 20);
  await shell.ask("go");
  const exits = await Promise.all(waits);
  assertEquals(exits.map(({ pid }) => pid), pids.flatMap((pid) => [pid, pid]));
  for (const { signal = "SIGTERM" } of exits) assertEquals(signal, "SIGTERM");
  assert(processDescriptors() <= before + 1, "the shell alone may have one");
});

test("waitForExit() rejects when there is no such process", async () => {
  const error = await assertRejects(() => waitForExit(NOBODY), ProcessGoneError);
  assertEquals([error.pid, error.code], [NOBODY, "ESRCH"]);
});

test("waitForExit() rejects a number that is not a process id, and the caller's own", async () => {
  for (const pid of [-1, 1.5, NaN, 2 ** 31]) {
    await assertRejects(() => waitForExit(pid), RangeError, `current value is ${pid}`);
  }
  await assertRejects(
    () => waitForExit(process.pid),
    RangeError,
    `Cannot wait for process ${process.pid} as it must be another than the calling process`,
  );
});

test("waitForExit() rejects when an option is of another type", async () => {
  for (
    const [wrong, shown] of [["SIGTERM", '"SIGTERM"'], [9, "9"], [null, "null"], [{}, "Object"]]
  ) {
    await assertRejects(
      () => waitForExit(NOBODY, { signal: wrong as unknown as AbortSignal }),
      TypeError,
      `Cannot pass signal as it must be an AbortSignal: it is ${shown}`,
    );
  }
  for (
    const [wrong, shown] of [[openSystem().kernel, "Object"], [null, "null"], ["here", '"here"']]
  ) {
    await assertRejects(
      () => waitForExit(NOBODY, { system: wrong as unknown as System }),
      TypeError,
      `Cannot pass system as it must be one of openSystem() or systemOf(): it is ${shown}`,
    );
  }
});

test("waitForExit() keeps the program running unless ref is false", { skip }, async () => {
  await using shell = startShell("sleep 1000 & echo $!; wait");
  const pid = await shell.next();
  const script = (options: string, heldAfter: number) => `
    import { setTimeout } from "node:timers";
    import process from "node:process";
    import { waitForExit } from "./lib/process/exit.ts";
    setTimeout(() => console.log("held"), ${heldAfter}).unref();
    waitForExit(${pid}, ${options}).then(() => console.log("ended"), () => console.log("aborted"));
    process.on("exit", () => console.log("over"));
  `;
  const free = runSource(script("{ ref: false }", 60_000));
  assertEquals([free.stdout, free.status], ["over\n", 0], free.stderr);
  const held = runSource(script("{ signal: AbortSignal.timeout(1000) }", 300));
  assertEquals([held.stdout, held.status], ["held\naborted\nover\n", 0], held.stderr);
});

test("waitForExit() holds the program when one of two waits does", { skip }, async () => {
  await using shell = startShell("sleep 1000 & echo $!; wait");
  const pid = await shell.next();
  const { stdout, stderr } = runSource(`
    import { setTimeout } from "node:timers";
    import { waitForExit } from "./lib/process/exit.ts";
    const controller = new AbortController();
    const held = waitForExit(${pid}, { signal: controller.signal });
    waitForExit(${pid}, { ref: false });
    held.catch((reason) => console.log(reason));
    setTimeout(() => controller.abort("given up"), 200).unref();
  `);
  assertEquals(stdout, "given up\n", stderr);
});

test("waitForExit() waits for another user's process", { skip: needsRoot }, () => {
  const script = `
    import { writeFileSync } from "node:fs";
    import process from "node:process";
    import { waitForExit } from "./lib/process/exit.ts";
    const pid = Number(process.env.TARGET);
    const exit = waitForExit(pid);
    writeFileSync(process.env.HOME + "/ready", "");
    const { pid: same, code, signal = "SIGTERM", coreDumped = false } = await exit;
    console.log(JSON.stringify([same === pid, code ?? null, signal, coreDumped]));
  `;
  const wrapper = inShell(`
    exec 3<&0
    sleep 1000 >/dev/null & export TARGET=$!
    "$@" <&3 & runner=$!
    while [ ! -e $HOME/ready ] && kill -0 $runner; do sleep 0.05; done
    kill $TARGET
    wait $runner
  `);
  assertEquals(runWrapped([...wrapper, ...AS_NOBODY], script), [true, null, "SIGTERM", false]);
});

/** Returns the system of a kernel, with this way to watch a process. */
function watching(kernel: Kernel, watchExit: System["watchExit"]): System {
  return { ...systemOf(kernel), watchExit };
}

function refusing(errno: number): System {
  return watching(openSystem().kernel, () => {
    throw new SystemCallError("watch", "pidfd_open", errno);
  });
}

test("waitForExit() looks at the process table when there is no descriptor", { skip }, async () => {
  await using exits = startExits();
  for (const errno of [ERRNO.EMFILE, ERRNO.ENOTSUP, ERRNO.ESRCH]) {
    const pid = Number(await exits.ask("start exit 5"));
    const exit = waitForExit(pid, { system: refusing(errno) });
    assertEquals(await isSettled(exit), false);
    await exits.ask("end");
    assertEquals(await exit, { pid, code: 5 });
    await exits.ask("reap");
  }
});

/** The values that a kernel reports about process 501. */
interface Told {
  uniqueId?: bigint;
  status?: number;
  xstatus?: number;
  note?: number;
  errno?: number;
}

/** Returns the rules of a kernel with process 501. */
function rulesOf501(told: Told): Rule[] {
  const filled = (size: number, fill: (bytes: Uint8Array) => void) => {
    if (told.errno !== undefined) return -told.errno;
    const bytes = new Uint8Array(size);
    fill(bytes);
    return bytes;
  };
  return [
    {
      pid: 501,
      flavor: PROC_PIDUNIQIDENTIFIERINFO,
      answer: () =>
        filled(
          procUniqIdentifierInfo.size,
          (bytes) => procUniqIdentifierInfo.encode({ p_uniqueid: told.uniqueId ?? 7n }, bytes),
        ),
    },
    {
      pid: 501,
      flavor: PROC_PIDT_SHORTBSDINFO,
      answer: () =>
        filled(
          procBsdShortInfo.size,
          (bytes) => procBsdShortInfo.encode({ pbsi_status: told.status ?? 2 }, bytes),
        ),
    },
    {
      pid: 501,
      flavor: PROC_PIDTBSDINFO,
      answer: () =>
        filled(
          procBsdInfo.size,
          (bytes) => procBsdInfo.encode({ pbi_status: 5, pbi_xstatus: told.xstatus ?? 0 }, bytes),
        ),
    },
    {
      pid: 501,
      flavor: PROC_PIDT_BSDINFOWITHUNIQID,
      answer: () =>
        filled(
          procBsdInfoWithUniqId.size,
          (bytes) =>
            procBsdInfoWithUniqId.encode({
              pbsd: { pbi_status: told.status ?? 2, pbi_xstatus: told.xstatus ?? 0 },
              p_uniqidentifier: { p_uniqueid: told.uniqueId ?? 7n },
            }, bytes),
        ),
    },
    {
      pid: 501,
      flavor: PROC_PIDNOTEEXIT,
      answer: () =>
        told.note === undefined
          ? -ERRNO.EACCES
          : filled(4, (bytes) => new DataView(bytes.buffer).setUint32(0, told.note!, true)),
    },
  ];
}

const ZOMBIE = 5;

test("waitForExit() queries the kernel alone when nothing else is known of the system", async () => {
  const told: Told = {};
  const kernel = scriptedKernel(rulesOf501(told));
  const exit = waitForExit(501, { system: systemOf(kernel) });
  assertEquals(await isSettled(exit), false);
  told.xstatus = 3 << 8;
  told.status = ZOMBIE;
  assertEquals(await exit, { pid: 501, code: 3 });
});

test("waitForExit() does not guess a code when the kernel may keep it to itself", async () => {
  const zombie = (told: Told) =>
    waitForExit(501, {
      system: systemOf(scriptedKernel(rulesOf501({ status: ZOMBIE, ...told }))),
    });
  assertEquals(await zombie({}), { pid: 501 });
  assertEquals(await zombie({ xstatus: 9 }), { pid: 501, signal: "SIGKILL", coreDumped: false });
  assertEquals(await zombie({ note: 0 }), { pid: 501, code: 0 });
  assertEquals(await zombie({ note: 4 << 8, xstatus: 1 }), { pid: 501, code: 4 });
});

test("waitForExit() resolves when another process has the pid, on a kernel that cannot compare identities", async () => {
  const told: Told = {};
  const rules = rulesOf501(told);
  const { procInfo } = scriptedKernel(rules);
  const kernel = { procInfo, procInfoExtendedId: () => -ERRNO.ENOSYS };
  const exit = waitForExit(501, { system: systemOf(kernel) });
  assertEquals(await isSettled(exit), false);
  told.uniqueId = 8n;
  assertEquals(await exit, { pid: 501 });
});

test("waitForExit() ends when the process has ended before its watch began", async () => {
  const told: Told = {};
  let closed = 0;
  const { procInfo } = scriptedKernel(rulesOf501(told));
  const kernel = { procInfo, procInfoExtendedId: () => -ERRNO.ENOSYS };
  const system = watching(kernel, () => {
    told.uniqueId = 8n;
    return { ended: () => undefined, close: () => closed++ };
  });
  assertEquals(await waitForExit(501, { system }), { pid: 501 });
  assert(closed > 0);
});

test("waitForExit() closes its watch when any call fails", async () => {
  const errnos = [ERRNO.EMFILE, ERRNO.EPERM, ERRNO.ESRCH, ERRNO.EIO, ERRNO.ENOMEM];
  for (const errno of errnos) {
    for (let nth = 1; nth <= 12; nth++) {
      const told: Told = {};
      const kernel = scriptedKernel(rulesOf501(told));
      kernel.fail(nth, errno);
      let open = 0;
      let looks = 0;
      const system = watching(kernel, () => {
        open++;
        let isOpen = true;
        return {
          ended() {
            if (++looks < 3) return undefined;
            told.status = ZOMBIE;
            return { status: undefined };
          },
          close() {
            if (isOpen) open--;
            isOpen = false;
          },
        };
      });
      const outcome = await waitForExit(501, { system }).catch((error: Error) => error);
      assertEquals(open, 0, `call ${nth}, ${errno}`);
      if (!(outcome instanceof Error)) assertEquals(outcome, { pid: 501 });
    }
  }
});

test("waitForExit() rejects when its watch fails", async () => {
  const kernel = scriptedKernel(rulesOf501({}));
  let closed = 0;
  let looks = 0;
  const system = watching(kernel, () => ({
    ended() {
      if (++looks === 3) throw new SystemCallError("watch", "poll", ERRNO.ENOMEM);
      return undefined;
    },
    close: () => closed++,
  }));
  const error = await assertRejects(() => waitForExit(501, { system }), SystemCallError);
  assertEquals([error.code, closed > 0], ["ENOMEM", true]);
});
