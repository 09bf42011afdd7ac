import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PROC_FLAG_EXEC } from "../../lib/abi/bsd_info.ts";
import { PROC_PIDUNIQIDENTIFIERINFO } from "../../lib/abi/pid_info.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { systemOf } from "../../lib/system/system.ts";
import {
  type ProcessEvent,
  type ProcessWatch,
  watch,
  type WatchOptions,
} from "../../lib/process/watch.ts";
import { openProcess } from "../../lib/process/process.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { processDescriptors, startShell, startSpeaker, stateOf, until } from "../support/lines.ts";
import { runSource } from "../support/runtime.ts";
import { countingSystem, type Fake, kernelOf } from "../support/watch_fakes.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const needsRoot = skip || (!root && "needs root, to choose process ids");

/** Returns the next event of these processes. */
async function next(
  events: AsyncIterableIterator<ProcessEvent>,
  pids: readonly number[],
): Promise<ProcessEvent> {
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error("The watch has ended");
    if (pids.includes(value.pid)) return value;
  }
}

const iterate = (watching: ProcessWatch) => watching[Symbol.asyncIterator]();
const uniqueIdOf = (pid: number) => String(pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, 1n).p_uniqueid);
const ended = { done: true, value: undefined } as const;

test("watch() reports the start and the end of a process when it was not there", {
  skip,
}, async () => {
  await using exits = startSpeaker([compileProgram(["exits.c"], "exits")]);
  const before = Date.now();
  await using watching = watch({ via: "polling", intervalMs: 5 });
  const pid = Number(await exits.ask("start exit 7"));
  const uniqueId = uniqueIdOf(pid);
  const events = iterate(watching);
  const start = await next(events, [pid]);
  const known = { pid, uniqueId, parentPid: exits.pid, name: "exits" };
  assertEquals(start, { type: "start", ...known, at: start.at });
  await exits.ask("end");
  const exit = await next(events, [pid]);
  // The process is a zombie that was not reaped yet.
  assertEquals(exit, { type: "exit", ...known, at: exit.at, exit: { pid, code: 7 } });
  for (const event of [start, exit]) assertEquals(JSON.parse(JSON.stringify(event)), event);
  assert(before <= start.at && start.at <= exit.at && exit.at <= Date.now());
  await exits.ask("reap");
  const other = Number(await exits.ask("start exit 0"));
  assertEquals((await next(events, [pid, other])).pid, other);
});

test("watch() reports a program when another one is run", { skip }, async () => {
  await using watching = watch({ via: "polling", intervalMs: 5 });
  await using other = startShell("echo; read line; exec cat");
  const events = iterate(watching);
  await other.next();
  const start = await next(events, [other.pid]);
  assertEquals([start.type, start.name], ["start", "sh"]);
  assertEquals(await other.ask("go\nthere"), "there");
  const exec = await next(events, [other.pid]);
  assertEquals(exec, {
    type: "exec",
    ...{ pid: other.pid, uniqueId: start.uniqueId, parentPid: process.pid, name: "cat" },
    at: exec.at,
  });
});

test("watch() reports a program when a child runs its parent's", { skip }, async () => {
  await using shell = startShell(
    "exec 3<&0; read line; (read line <&3; exec sh -c 'echo; read line <&3') & wait",
  );
  await using watching = watch({
    via: "polling",
    intervalMs: 5,
    filter: ({ parentPid }) => parentPid === shell.pid,
  });
  const events = iterate(watching);
  shell.child.stdin!.write("go\n");
  const start = (await events.next()).value!;
  assertEquals([start.type, start.name], ["start", "sh"]);
  await shell.ask("go");
  const exec = (await events.next()).value!;
  assertEquals([exec.type, exec.name, exec.uniqueId], ["exec", "sh", start.uniqueId]);
});

test("watch() reports a status when a process that it filters was waited for", {
  skip,
}, async () => {
  await using exits = startSpeaker([compileProgram(["exits.c"], "exits")]);
  const pid = Number(await exits.ask("start exit 5"));
  const before = processDescriptors();
  const asked: number[] = [];
  const watching = watch({
    via: "polling",
    intervalMs: 20,
    filter(process) {
      if (process.pid === pid) asked.push(pid);
      return process.pid === pid;
    },
  });
  assertEquals(processDescriptors(), before + 1);
  const events = iterate(watching);
  const exit = events.next();
  await exits.ask("end");
  await exits.ask("reap");
  const { type, exit: { code = 5 } = {} } = (await exit).value!;
  assertEquals([type, code, asked], ["exit", 5, [pid]]);
  assertEquals(processDescriptors(), before);
  await watching[Symbol.asyncDispose]();
});

test("watch() distinguishes two processes when they have one id", { skip: needsRoot }, async () => {
  await using speaker = startSpeaker([compileProgram(["reuse.c"], "reuse")]);
  const pid = Number(await speaker.next());
  const uniqueId = uniqueIdOf(pid);
  // Within one tick of the clock, the two processes could not be distinguished.
  await sleep(50);
  await using watching = watch({ via: "polling", intervalMs: 1 });
  assertEquals(await speaker.ask("go"), "again");
  const second = uniqueIdOf(pid);
  const events = iterate(watching);
  const found = [await next(events, [pid]), await next(events, [pid])];
  assertEquals(found.map(({ type, uniqueId }) => [type, uniqueId]), [
    ["exit", uniqueId],
    ["start", second],
  ]);
  assertEquals(found[0]!.exit, { pid });
});

test("watch() reports nothing when a process stops and goes on", { skip }, async () => {
  await using cast = await startCast();
  const pid = cast.pid("plain");
  await using watching = watch({
    intervalMs: 2,
    filter: (process) => process.pid === pid,
  });
  const event = iterate(watching).next();
  process.kill(pid, "SIGSTOP");
  await until("it stops", () => stateOf(pid) === "T");
  await sleep(20);
  process.kill(pid, "SIGCONT");
  await until("it goes on", () => stateOf(pid) === "S");
  await sleep(20);
  process.kill(pid, "SIGTERM");
  const { type, exit } = (await event).value!;
  assertEquals([type, exit], ["exit", { pid, signal: "SIGTERM", coreDumped: false }]);
});

test("watch() reports existing processes on request", { skip }, async () => {
  await using cast = await startCast();
  const pids = [cast.pid("director"), cast.pid("plain"), cast.pid("zombie"), cast.pid("users")];
  const watching = watch({ initial: true, filter: ({ pid }) => pids.includes(pid) });
  const events = iterate(watching);
  const found: ProcessEvent[] = [];
  // The zombie has ended before.
  for (let i = 0; i < 3; i++) found.push((await events.next()).value!);
  assertEquals(
    found.map(({ type, pid }) => [type, pid]),
    [["start", pids[0]!], ["start", pids[1]!], ["start", pids[3]!]],
  );
  await watching[Symbol.asyncDispose]();
});

test("watch() closes all when its iteration is left", { skip }, async () => {
  await using cast = await startCast();
  const pid = cast.pid("plain");
  const filter = (process: { pid: number }) => process.pid === pid;
  const before = processDescriptors();
  const start = () => {
    const watching = watch({ via: "polling", initial: true, intervalMs: 1, filter });
    assertEquals(processDescriptors(), before + 1);
    return watching;
  };
  const broken = start();
  for await (const _ of broken) break;
  assertEquals(processDescriptors(), before);
  assertEquals(await iterate(broken).next(), ended);

  const thrown = start();
  await assertRejects(
    async () => {
      for await (const { pid } of thrown) throw new Error(`${pid}`);
    },
    Error,
    `${pid}`,
  );
  assertEquals(processDescriptors(), before);

  {
    await using disposed = start();
    assertEquals((await iterate(disposed).next()).value?.pid, pid);
    assertEquals(processDescriptors(), before + 1);
  }
  assertEquals(processDescriptors(), before);

  const waiting = start();
  const events = iterate(waiting);
  const [first, second] = [events.next(), events.next()];
  assertEquals((await first).value?.pid, pid);
  await waiting[Symbol.asyncDispose]();
  await waiting[Symbol.asyncDispose]();
  assertEquals(await second, ended);
  assertEquals(await events.return!(), ended);
  assertEquals(processDescriptors(), before);
});

test("watch() rejects with the reason when it is given up", { skip }, async () => {
  const reason = { tired: true };
  const kernel = scriptedKernel([]);
  const stillborn = iterate(watch({ system: systemOf(kernel), signal: AbortSignal.abort(reason) }));
  assertStrictEquals(await stillborn.next().catch((error) => error), reason);
  assertEquals(await stillborn.next(), ended);
  assertEquals(kernel.calls, []);

  const before = processDescriptors();
  const controller = new AbortController();
  const filter = ({ pid }: { pid: number }) => pid === 1;
  const events = iterate(
    watch({ via: "polling", filter, intervalMs: 60000, signal: controller.signal }),
  );
  assertEquals(processDescriptors(), before + 1);
  const waiting = events.next();
  controller.abort(reason);
  assertStrictEquals(await waiting.catch((error) => error), reason);
  assertEquals(await events.next(), ended);
  assertEquals(processDescriptors(), before);
});

test("watch() rejects and closes all when its filter throws", { skip }, async () => {
  const before = processDescriptors();
  const error = new Error("no more");
  let left = 3;
  const filter = () => {
    if (--left === 0) throw error;
    return true;
  };
  const events = iterate(watch({ filter, initial: true }));
  assertEquals(processDescriptors(), before);
  assertStrictEquals(await events.next().catch((error) => error), error);
  assertEquals(await events.next(), ended);
});

test("watch() refuses a time when it is out of range", () => {
  for (const name of ["intervalMs", "scanMs"]) {
    for (const time of [0, -1, NaN, Infinity, 0.5, 2 ** 31, "5" as unknown as number]) {
      assertThrows(
        () => watch({ [name]: time }),
        RangeError,
        `Cannot pass ${name} as it must be a number of milliseconds from 1 to 2147483647: ` +
          `current value is ${typeof time === "string" ? `"5"` : time}`,
      );
    }
  }
});

test("watch() refuses a way that it does not know", () => {
  for (const via of ["events", "", null, 1] as unknown as "auto"[]) {
    assertThrows(
      () => watch({ via }),
      RangeError,
      "Cannot pass via as it must be one of connector, polling, auto",
    );
  }
});

test("watch() refuses options when they are of another type", () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ signal: "SIGTERM" }, 'Cannot pass signal as it must be an AbortSignal: it is "SIGTERM"'],
    [{ filter: "name" }, 'Cannot pass filter as it must be a function: it is "name"'],
    [{ filter: null }, "Cannot pass filter as it must be a function: it is null"],
    [{ system: {} }, "Cannot pass system as it must be one of openSystem() or systemOf()"],
  ];
  for (const [options, text] of wrong) {
    assertThrows(() => watch(options), TypeError, text);
  }
});

test("watch() keeps the program running unless ref is false", { skip }, () => {
  const script = (options: string, heldAfter: number) => `
    import { setTimeout } from "node:timers";
    import process from "node:process";
    import { watch } from "./lib/process/watch.ts";
    process.on("exit", () => console.log("over"));
    setTimeout(() => console.log("held"), ${heldAfter}).unref();
    const filter = () => false;
    async function run() {
      for await (const event of watch({ intervalMs: 50, filter, ${options} })) console.log(event);
    }
    run().catch((reason) => console.log(reason));
  `;
  const free = runSource(script("ref: false", 60_000));
  assertEquals([free.stdout, free.status], ["over\n", 0], free.stderr);
  const signal = "signal: controller.signal";
  const held = runSource(
    `const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 600).unref();
    ${script(signal, 300)}`,
  );
  assertEquals([held.stdout, held.status], ["held\nenough\nover\n", 0], held.stderr);
});

test("watch() reports events to a program that does nothing else", { skip }, async () => {
  await using shell = startShell("sleep 1000 & echo $!; wait; sleep 1000");
  const pid = Number(await shell.next());
  await until("it sleeps", () => openProcess(pid).name() === "sleep");
  // The program has no timer of its own, and does not set `ref`.
  const { stdout, stderr, status } = runSource(`
    import process from "node:process";
    import { watch } from "./lib/process/watch.ts";
    const events = watch({ filter: ({ pid }) => pid === ${pid} });
    process.kill(${pid});
    for await (const event of events) {
      console.log(JSON.stringify(event));
      break;
    }
    console.log("over");
  `);
  const [line = "", over] = stdout.split("\n");
  assertEquals([over, status], ["over", 0], stderr);
  const event: ProcessEvent = JSON.parse(line);
  assertEquals([event.type, event.pid, event.name], ["exit", pid, "sleep"]);
});

/** The pid of a process that is added before a read. Its event is reported last. */
const LAST = 9999;

/** Watches simulated processes. */
function watchFakes(processes: Map<number, Fake>, options: WatchOptions = {}) {
  const kernel = kernelOf(processes);
  const watching = watch({ system: systemOf(kernel), intervalMs: 1, ...options });
  const events = iterate(watching);
  let looks = 0n;
  return {
    kernel,
    events,
    /** Returns the events of the next read. */
    async look(): Promise<string[]> {
      processes.delete(LAST);
      processes.set(LAST, { uniqueId: 1000n + looks++, name: "last", zombie: true });
      const found: string[] = [];
      for (;;) {
        const { value, done } = await events.next();
        if (done) throw new Error("The watch has ended");
        const { type, pid, uniqueId, parentPid, name, exit } = value;
        const { code = "?" } = exit ?? {};
        if (pid !== LAST) {
          found.push(`${type} ${pid} ${uniqueId} ${parentPid} ${name}${exit ? ` ${code}` : ""}`);
        } else if (type === "exit") return found;
      }
    },
  };
}

test("watch() reports the changes of one read in order", async () => {
  const processes = new Map<number, Fake>([
    [1, { uniqueId: 1n, name: "init" }],
    [5, { uniqueId: 2n, name: "a" }],
    [6, { uniqueId: 3n, name: "b" }],
    [7, { uniqueId: 4n, name: "c" }],
    [8, { uniqueId: 5n, name: "d", zombie: true }],
  ]);
  const { look } = watchFakes(processes);
  assertEquals(await look(), []);
  processes.set(40, { uniqueId: 12n, name: "young", parentPid: 30 });
  processes.set(30, { uniqueId: 11n, name: "old", parentPid: 5 });
  processes.set(20, { uniqueId: 13n, name: "brief", zombie: true });
  processes.set(5, { uniqueId: 2n, name: "other", version: 1 });
  processes.get(6)!.zombie = true;
  processes.delete(7);
  processes.set(8, { uniqueId: 10n, name: "again" });
  assertEquals(await look(), [
    "exit 6 3 1 b 2",
    "exit 7 4 1 c ?",
    "start 8 10 1 again",
    "start 30 11 5 old",
    "start 40 12 30 young",
    "exec 5 2 1 other",
    "start 20 13 1 brief",
    "exit 20 13 1 brief 2",
  ]);
  assertEquals(await look(), []);
});

test("watch() reports a program when anything that cannot be chance has changed", async () => {
  const processes = new Map<number, Fake>([
    [1, { uniqueId: 1n, name: "version" }],
    [2, { uniqueId: 2n, name: "uuid" }],
    [3, { uniqueId: 3n, name: "flag", flags: 0 }],
    [4, { uniqueId: 4n, name: "renamed" }],
    [5, { uniqueId: 5n, name: "hidden" }],
    [6, { uniqueId: 6n, name: "stranger", uuid: 0, foreign: true }],
    [7, { uniqueId: 7n, name: "shown", uuid: 0 }],
  ]);
  const { look } = watchFakes(processes);
  const change = (pid: number, fake: Partial<Fake>) => Object.assign(processes.get(pid)!, fake);
  change(1, { version: 1 });
  change(2, { uuid: 2 });
  change(3, { flags: PROC_FLAG_EXEC });
  change(4, { name: "same program" });
  change(5, { uuid: 0 });
  change(6, { name: "nobody knows" });
  change(7, { uuid: 1, name: "with a build ID" });
  assertEquals(await look(), [
    "exec 1 1 1 version",
    "exec 2 2 1 uuid",
    "exec 3 3 1 flag",
    "exec 7 7 1 with a build ID",
  ]);
  assertEquals(await look(), []);
});

test("watch() calls its filter when a process is new, and when it runs another program", async () => {
  const processes = new Map<number, Fake>([
    [1, { uniqueId: 1n, name: "shell" }],
    [2, { uniqueId: 2n, name: "server" }],
  ]);
  const asked: unknown[] = [];
  const { look } = watchFakes(processes, {
    filter({ name, pid }) {
      if (pid !== LAST) asked.push(name);
      return name === "server" || pid === LAST;
    },
  });
  await look();
  await look();
  assertEquals(asked, ["shell", "server"]);
  processes.set(1, { uniqueId: 1n, name: "server", version: 1 });
  processes.set(2, { uniqueId: 2n, name: "shell", version: 1 });
  assertEquals(await look(), ["exec 1 1 1 server"]);
  processes.delete(1);
  processes.delete(2);
  assertEquals(await look(), ["exit 1 1 1 server ?"]);
  assertEquals(asked, ["shell", "server", "server", "shell"]);
});

test("watch() passes over processes when they are hidden", async () => {
  const processes = new Map<number, Fake>([
    [1, { uniqueId: 1n, name: "known" }],
    [2, { uniqueId: 2n, name: "hidden", errno: ERRNO.EPERM }],
  ]);
  const { look } = watchFakes(processes);
  processes.get(1)!.errno = ERRNO.EPERM;
  assertEquals(await look(), []);
  processes.set(1, { uniqueId: 1n, name: "known" });
  assertEquals(await look(), []);
  processes.delete(1);
  processes.delete(2);
  assertEquals(await look(), ["exit 1 1 1 known ?"]);
});

test("watch() reads nothing until an event is requested", async () => {
  const processes = new Map<number, Fake>([[1, { uniqueId: 1n, name: "init" }]]);
  const { kernel, look } = watchFakes(processes);
  await look();
  const { length } = kernel.calls;
  for (let i = 0; i < 20; i++) {
    processes.set(2, { uniqueId: BigInt(100 + i), name: "brief" });
    await sleep(5);
  }
  assertEquals(kernel.calls.length, length);
  assertEquals(await look(), ["start 2 119 1 brief"]);
});

test("watch() takes a bounded number of descriptors when its filter lets all through", async () => {
  const processes = new Map<number, Fake>();
  for (let i = 1; i <= 400; i++) processes.set(i, { uniqueId: BigInt(i), name: `p${i}` });
  const { system, open } = countingSystem(kernelOf(processes));
  const events = iterate(watch({ system, intervalMs: 1, filter: () => true }));
  assertEquals(open.size, 256);
  for (let i = 1; i <= 300; i++) processes.delete(i);
  for (let i = 1; i <= 300; i++) assertEquals((await events.next()).value?.pid, i);
  assertEquals(open.size, 0);
  await events.return!();
});

test("watch() leaves nothing open when any call fails", async () => {
  const errnos = [ERRNO.EMFILE, ERRNO.EPERM, ERRNO.ESRCH, ERRNO.EIO, ERRNO.ENOTSUP];
  let failed = 0;
  for (const errno of errnos) {
    for (let nth = 1; nth <= 60; nth++) {
      const processes = new Map<number, Fake>();
      for (let i = 1; i <= 3; i++) processes.set(i, { uniqueId: BigInt(i), name: `p${i}` });
      const kernel = kernelOf(processes);
      const { system, open } = countingSystem(kernel);
      kernel.fail(nth, errno);
      const filter = () => true;
      const events = iterate(watch({ system, filter, intervalMs: 1, initial: true }));
      try {
        await events.next();
        processes.set(2, { uniqueId: 12n, name: "second" });
        processes.set(3, { uniqueId: 3n, name: "third", version: 9 });
        for (let i = 0; i < 3; i++) await events.next();
        await events.return!();
      } catch (error) {
        failed++;
        const { name } = error as Error;
        assert(["ProcInfoError", "SystemCallError"].includes(name), `${nth} ${errno}: ${error}`);
        assertEquals(await events.next(), ended);
      }
      assertEquals(open.size, 0, `call ${nth}, ${errno}`);
    }
  }
  assert(failed > 20, `${failed} of the failures were passed on`);
});
