import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { PROC_FLAG_EXEC } from "../../lib/abi/bsd_info.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { KernelEvent } from "../../lib/system/facts.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import {
  type ProcessEvent,
  watch,
  type WatchedProcess,
  type WatchOptions,
} from "../../lib/process/watch.ts";
import { Rows } from "../../lib/process/watch_rows.ts";
import { Following, type Times } from "../../lib/process/watch_ways.ts";
import { type Fake, kernelOf } from "../support/watch_fakes.ts";

const NEVER = 2 ** 31 - 1;
const init = (): Map<number, Fake> => new Map([[1, { uniqueId: 1n, name: "init" }]]);
const ended = { done: true, value: undefined } as const;

/** Returns an event as one line. */
function lineOf({ type, pid, uniqueId = "?", parentPid, name = "?", exit }: ProcessEvent): string {
  const how = exit === undefined ? "" : ` ${exit.signal ?? exit.code ?? "?"}`;
  return `${type} ${pid} ${uniqueId} ${parentPid} ${name}${how}`;
}

/** Returns a system that reports new pids, and a watch that polls it. */
function polled(processes: Map<number, Fake>, options: WatchOptions = {}) {
  const kernel = kernelOf(processes);
  /** The new pids at each look. */
  const given: (readonly number[] | "many")[] = [];
  const newPids = {
    pids: new Int32Array(0),
    moved: false,
    closed: 0,
    looks: 0,
    look() {
      newPids.looks++;
      const next = given.shift() ?? [];
      newPids.pids = Int32Array.from(next === "many" ? [] : next);
      return next === "many" ? -1 : next.length;
    },
    close() {
      newPids.closed++;
    },
  };
  const system: System = { ...systemOf(kernel), newPids: () => newPids };
  const watching = watch({ system, intervalMs: 1, scanMs: NEVER, ...options });
  const events = watching[Symbol.asyncIterator]();
  const next = async () => lineOf((await events.next()).value!);
  return { kernel, given, newPids, watching, events, next };
}

test("watch() reports who has come and gone between two scans", async () => {
  const processes = init();
  const { given, newPids, watching, next } = polled(processes);
  assertEquals(watching.via, "polling");
  processes.set(50, { uniqueId: 2n, name: "brief", flags: 0 });
  given.push([50]);
  assertEquals(await next(), "start 50 2 1 brief");
  // A young process is read again before the next scan.
  processes.set(50, { uniqueId: 2n, name: "other", version: 1 });
  assertEquals(await next(), "exec 50 2 1 other");
  processes.delete(50);
  assertEquals(await next(), "exit 50 2 1 other ?");
  await watching[Symbol.asyncDispose]();
  assertEquals(newPids.closed, 1);
});

test("watch() looks twice at an id that belongs to nothing, and not again", async () => {
  const processes = init();
  const { kernel, given, watching, next } = polled(processes);
  const looked = (pid: number) => kernel.calls.filter((call) => call.pid === pid).length;
  // The event of the last process shows that the looks before are complete.
  processes.set(70, { uniqueId: 5n, name: "last" });
  given.push([60, 61], [], [], [70]);
  const last = next();
  assertEquals([await last, looked(60), looked(61)], ["start 70 5 1 last", 2, 2]);
  // A pid is allocated a moment before its process is visible.
  processes.set(81, { uniqueId: 6n, name: "sign" });
  given.push([80], [81]);
  const sign = next();
  assertEquals(await sign, "start 81 6 1 sign");
  processes.set(90, { uniqueId: 7n, name: "late", errno: ERRNO.ESRCH });
  given.push([90]);
  const late = next();
  while (looked(90) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  delete processes.get(90)!.errno;
  assertEquals(await late, "start 90 7 1 late");
  await watching[Symbol.asyncDispose]();
});

test("watch() lists the processes when one may have ended, or when the new ids are many", async () => {
  const processes = init();
  processes.set(2, { uniqueId: 2n, name: "old" });
  processes.set(3, { uniqueId: 3n, name: "hidden", errno: ERRNO.EPERM });
  const { kernel, given, newPids, watching, next } = polled(processes);
  processes.delete(2);
  // A process whose creator chose its pid.
  processes.set(7, { uniqueId: 7n, name: "chosen" });
  newPids.moved = true;
  assertEquals([await next(), await next()], ["exit 2 2 1 old ?", "start 7 7 1 chosen"]);
  newPids.moved = false;
  processes.set(5000, { uniqueId: 8n, name: "one of many" });
  given.push("many");
  assertEquals(await next(), "start 5000 8 1 one of many");
  // A hidden process is only read when it first appears.
  assertEquals(kernel.calls.filter(({ pid }) => pid === 3).length, 1);
  await watching[Symbol.asyncDispose]();
});

test("watch() looks at all processes in turn, for what nothing else shows", async () => {
  const processes = init();
  for (let i = 2; i <= 20; i++) processes.set(i, { uniqueId: BigInt(i), name: `p${i}` });
  const { watching, next } = polled(processes, { scanMs: 1 });
  processes.set(20, { uniqueId: 20n, name: "other", version: 1 });
  assertEquals(await next(), "exec 20 20 1 other");
  processes.get(2)!.zombie = true;
  assertEquals(await next(), "exit 2 2 1 p2 2");
  await watching[Symbol.asyncDispose]();
});

test("watch() takes little time for the processes in turn unless the interval is given", async () => {
  const processes = init();
  for (let i = 2; i <= 5000; i++) processes.set(i, { uniqueId: BigInt(i), name: `p${i}` });
  const { kernel, given, newPids, watching, next } = polled(processes, { scanMs: undefined! });
  const { length } = kernel.calls;
  processes.set(9999, { uniqueId: 9999n, name: "last" });
  given.push(...Array(50).fill([]), [9999]);
  assertEquals(await next(), "start 9999 9999 1 last");
  // More than ten processes are due each millisecond, but only a few are read in the available
  // time.
  const looked = kernel.calls.slice(length).filter(({ pid }) => pid !== 9999).length;
  assertEquals(looked <= newPids.looks * 5, true, `${looked} calls in ${newPids.looks} looks`);
  await watching[Symbol.asyncDispose]();
});

/** Returns a system whose kernel reports events, and a watch that follows them. */
function followed(processes: Map<number, Fake>, options: WatchOptions = {}) {
  const kernel = kernelOf(processes);
  /** The results of the next reads. `lost` is true if the kernel dropped events. */
  const batches: { events: KernelEvent[]; lost?: boolean; then?: () => void }[] = [];
  const source = {
    lost: false,
    closed: 0,
    read() {
      const { events = [], lost = false, then } = batches.shift() ?? {};
      source.lost = lost;
      then?.();
      return events;
    },
    close() {
      source.closed++;
    },
  };
  const system: System = { ...systemOf(kernel), kernelEvents: () => source };
  const watching = watch({ system, intervalMs: 1, scanMs: NEVER, ...options });
  const events = watching[Symbol.asyncIterator]();
  return {
    kernel,
    source,
    batches,
    watching,
    events,
    /** Reports kernel events; returns the events of the watch. */
    async follow(reported: KernelEvent[], count: number): Promise<string[]> {
      batches.push({ events: reported });
      const found: string[] = [];
      while (found.length < count) found.push(lineOf((await events.next()).value!));
      return found;
    },
  };
}

const start = (pid: number, parentPid = 1): KernelEvent => ({ type: "start", pid, parentPid });
const exec = (pid: number): KernelEvent => ({ type: "exec", pid });
const exit = (pid: number, status = 0, threadId = pid): KernelEvent => ({
  type: "exit",
  pid,
  threadId,
  status,
});

test("watch() follows the events of the kernel in their order", async () => {
  const processes = init();
  const { watching, source, follow } = followed(processes);
  assertEquals(watching.via, "connector");
  processes.set(5, { uniqueId: 5n, name: "sh", parentPid: 1, flags: 0 });
  assertEquals(await follow([start(5, 4)], 1), ["start 5 5 4 sh"]);
  processes.set(5, { uniqueId: 5n, name: "cat", parentPid: 1 });
  processes.set(6, { uniqueId: 6n, name: "zombie", parentPid: 5, zombie: true });
  assertEquals(await follow([exec(5), start(6, 5), exit(6, 7 << 8)], 3), [
    "exec 5 5 1 cat",
    "start 6 6 5 zombie",
    "exit 6 6 5 zombie 7",
  ]);
  processes.delete(5);
  assertEquals(await follow([exit(5, 9)], 1), ["exit 5 5 1 cat SIGKILL"]);
  // The pid is reused.
  processes.set(5, { uniqueId: 15n, name: "again" });
  assertEquals(await follow([start(5), exec(5)], 2), ["start 5 15 1 again", "exec 5 15 1 again"]);
  processes.set(6, { uniqueId: 16n, name: "again" });
  assertEquals(await follow([start(6)], 1), ["start 6 16 1 again"]);
  await watching[Symbol.asyncDispose]();
  assertEquals(source.closed, 1);
});

test("watch() reports who had gone before it could be read, without a name", async () => {
  const processes = init();
  const asked: WatchedProcess[] = [];
  const { watching, follow } = followed(processes, {
    filter(known) {
      asked.push(known);
      return known.pid !== 6;
    },
  });
  asked.length = 0;
  const reported = [start(5, 1), exec(5), exit(5, 3 << 8), start(6, 1), exit(6)];
  assertEquals(await follow(reported, 3), ["start 5 ? 1 ?", "exec 5 ? 1 ?", "exit 5 ? 1 ? 3"]);
  const unknown = { uniqueId: undefined, parentPid: 1, name: undefined };
  assertEquals(asked, [{ pid: 5, ...unknown }, { pid: 5, ...unknown }, { pid: 6, ...unknown }]);
  // A process that was read keeps its identity, but the name of its new program is unknown.
  processes.set(7, { uniqueId: 7n, name: "sh" });
  assertEquals(await follow([start(7)], 1), ["start 7 7 1 sh"]);
  processes.delete(7);
  assertEquals(await follow([exec(7), exit(7)], 2), ["exec 7 7 1 ?", "exit 7 7 1 ? 0"]);
  await watching[Symbol.asyncDispose]();
});

test("watch() distinguishes two processes when one batch has both under one id", async () => {
  const processes = init();
  const { watching, follow } = followed(processes);
  processes.set(8, { uniqueId: 18n, name: "second" });
  assertEquals(await follow([start(8), exit(8), start(8)], 3), [
    "start 8 ? 1 ?",
    "exit 8 ? 1 ? 0",
    "start 8 18 1 second",
  ]);
  // The event of the previous process's end was lost or delayed.
  processes.set(8, { uniqueId: 28n, name: "third" });
  assertEquals(await follow([start(8), exit(8)], 2), [
    "exit 8 18 1 second ?",
    "start 8 28 1 third",
  ]);
  await watching[Symbol.asyncDispose]();
});

test("watch() reports nothing twice that its first scan has seen", async () => {
  const processes = init();
  processes.set(5, { uniqueId: 5n, name: "early" });
  processes.set(6, { uniqueId: 6n, name: "zombie", zombie: true });
  processes.set(7, { uniqueId: 7n, name: "old" });
  const { watching, follow } = followed(processes);
  processes.set(9, { uniqueId: 9n, name: "last" });
  processes.set(7, { uniqueId: 17n, name: "again" });
  // The end of an unknown process, and the end of a process whose pid is reused.
  const reported = [start(5), exit(6), exit(77), exec(5), exit(7), start(7), start(9)];
  assertEquals(await follow(reported, 4), [
    "exec 5 5 1 early",
    "exit 7 7 1 old 0",
    "start 7 17 1 again",
    "start 9 9 1 last",
  ]);
  await watching[Symbol.asyncDispose]();
});

test("watch() reads events less often as long as nothing happens", () => {
  const system = systemOf(kernelOf(init()));
  const source = {
    lost: false,
    events: [] as KernelEvent[],
    read: () => source.events,
    close: () => {},
  };
  const following = (times: Times) =>
    new Following(system, new Rows(system, undefined, false), source, times);
  const way = following({});
  way.begin();
  way.look();
  assertEquals(way.intervalMs, 20);
  source.events = [exit(77)];
  way.look();
  assertEquals(way.intervalMs, 5);
  assertEquals(following({ intervalMs: 7 }).intervalMs, 7);
});

test("watch() takes no thread for a process, and no first thread for the whole", async () => {
  const processes = init();
  processes.set(5, { uniqueId: 5n, name: "threads" });
  const { watching, follow } = followed(processes);
  processes.set(9, { uniqueId: 9n, name: "last" });
  assertEquals(await follow([exit(5, 0, 6), exit(5, 0), exit(5, 0, 7), start(9)], 1), [
    "start 9 9 1 last",
  ]);
  // Another thread than the leader executes a program, and the process continues.
  assertEquals(await follow([exit(5, 0, 8), exec(5)], 1), ["exec 5 5 1 threads"]);
  assertEquals((await follow([exit(5, 0), exec(9)], 1))[0], "exec 9 9 1 last");
  processes.delete(5);
  assertEquals(await follow([exit(5, 4 << 8, 10)], 1), ["exit 5 5 1 threads 4"]);
  await watching[Symbol.asyncDispose]();
});

test("watch() scans when the kernel had no room for an event, so that all is right again", async () => {
  const processes = init();
  for (const pid of [5, 6, 7]) processes.set(pid, { uniqueId: BigInt(pid), name: `p${pid}` });
  const { watching, batches, events } = followed(processes);
  processes.delete(5);
  processes.delete(6);
  processes.set(7, { uniqueId: 7n, name: "other", version: 1 });
  processes.set(8, { uniqueId: 8n, name: "new" });
  batches.push({ events: [exit(6, 2 << 8)], lost: true });
  // Events during the scan: some that the scan has already covered, and some that it has not.
  batches.push({
    events: [exit(5, 1 << 8), exec(7), start(8), start(9), exit(8)],
    then: () => void processes.delete(8),
  });
  const found: string[] = [];
  while (found.length < 6) found.push(lineOf((await events.next()).value!));
  assertEquals(found, [
    "exit 6 6 1 p6 2",
    "exit 5 5 1 p5 1",
    "start 8 8 1 new",
    "exec 7 7 1 other",
    "start 9 ? 1 ?",
    "exit 8 8 1 new 0",
  ]);
  await watching[Symbol.asyncDispose]();
});

test("watch() scans again when the kernel had no room during the scan", async () => {
  const processes = init();
  processes.set(5, { uniqueId: 5n, name: "p5" });
  const { watching, batches, events } = followed(processes);
  batches.push({ events: [], lost: true }, {
    events: [],
    lost: true,
    then: () => void processes.delete(5),
  });
  assertEquals(lineOf((await events.next()).value!), "exit 5 5 1 p5 ?");
  await watching[Symbol.asyncDispose]();
});

test("watch() passes over processes that are hidden when it follows events", async () => {
  const processes = init();
  const { watching, follow } = followed(processes);
  processes.set(5, { uniqueId: 5n, name: "hidden", errno: ERRNO.EPERM });
  processes.set(6, { uniqueId: 6n, name: "seen", flags: PROC_FLAG_EXEC });
  assertEquals(await follow([start(5), exec(5), exit(5), start(6)], 1), ["start 6 6 1 seen"]);
  // The process is hidden by the time it ends.
  processes.get(6)!.errno = ERRNO.EPERM;
  assertEquals(await follow([exit(6, 6)], 1), ["exit 6 6 1 seen SIGABRT"]);
  await watching[Symbol.asyncDispose]();
});

test("watch() closes what it follows, however it ends", async () => {
  const reason = new Error("enough");
  const ends: Readonly<Record<string, (watched: ReturnType<typeof followed>) => unknown>> = {
    return: ({ events }) => events.return!(),
    dispose: ({ watching }) => watching[Symbol.asyncDispose](),
  };
  for (const [name, end] of Object.entries(ends)) {
    const watched = followed(init());
    await end(watched);
    await end(watched);
    assertEquals([watched.source.closed > 0, await watched.events.next()], [true, ended], name);
  }
  const controller = new AbortController();
  const aborted = followed(init(), { signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await aborted.events.next().catch((error) => error), reason);
  assertEquals(aborted.source.closed > 0, true);

  const broken = followed(init());
  broken.source.read = () => {
    throw reason;
  };
  await assertRejects(() => broken.events.next(), Error, "enough");
  assertEquals([broken.source.closed > 0, await broken.events.next()], [true, ended]);

  const thrown = followed(init(), {
    filter() {
      throw reason;
    },
  });
  assertEquals(thrown.source.closed > 0, true);
  await assertRejects(() => thrown.events.next(), Error, "enough");
});

/** Returns a system that refuses events. */
const refusing = (errno: number): System => ({
  ...systemOf(kernelOf(init())),
  kernelEvents() {
    throw new SystemCallError("receive events as something is missing", "socket", errno);
  },
});

test("watch() polls when events are refused, unless events are required", async () => {
  for (const errno of [ERRNO.ENOTSUP, ERRNO.EPERM]) {
    const system = refusing(errno);
    for (const options of [{}, { via: "auto" }, { via: "polling" }] as const) {
      await using watching = watch({ system, ...options });
      assertEquals(watching.via, "polling");
    }
    const error = assertThrows(
      () => watch({ system, via: "connector" }),
      SystemCallError,
      "something is missing",
    );
    assertEquals(error.errno, errno);
  }
  // This error is about the caller. A fallback would hide that events are missed.
  const error = assertThrows(() => watch({ system: refusing(ERRNO.EMFILE) }), SystemCallError);
  assertEquals(error.code, "EMFILE");
  const stopped = watch({
    system: refusing(ERRNO.EPERM),
    via: "connector",
    signal: AbortSignal.abort("no"),
  });
  assertEquals(stopped.via, "connector");
});

test("watch() has no connector in a system of a lone kernel", () => {
  const system = systemOf(kernelOf(init()));
  const error = assertThrows(() => watch({ system, via: "connector" }), SystemCallError);
  assertEquals(error.code, "ENOTSUP");
});
