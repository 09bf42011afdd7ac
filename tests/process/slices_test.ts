import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import process from "node:process";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers";
import { descriptors, descriptorsAsync } from "../../lib/process/descriptors.ts";
import { listeningPorts, listeningPortsAsync } from "../../lib/process/ports.ts";
import { type AsyncOptions, atOnce, inSlices, type Steps } from "../../lib/process/slices.ts";
import { whoHas, whoHasAsync } from "../../lib/process/who_has.ts";
import { ProcInfoError } from "../../lib/system/errors.ts";
import { kernelDescriptors } from "../../lib/system/kernel_descriptors.ts";
import { openSystem } from "../../lib/system/open.ts";
import { type System, systemOf, type SystemOptions } from "../../lib/system/system.ts";
import { scriptedKernel } from "../../lib/testing/scripted_kernel.ts";
import { type Holder, startHolder } from "../support/descriptors.ts";
import { type Ends, startEnds } from "../support/ends.ts";
import { openedSince, openFiles } from "../support/open_files.ts";

const linux = process.platform === "linux";
const skip = linux ? false : "needs Linux";

let holder: Holder;
let ends: Ends;
before(async () => {
  if (linux) [holder, ends] = await Promise.all([startHolder(), startEnds()]);
});
after(() => Promise.all([holder?.[Symbol.asyncDispose](), ends?.[Symbol.asyncDispose]()]));

// Invented steps.

/** Keeps the processor busy for some milliseconds. */
function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Counts the turns of the event loop until it is stopped. */
function countTurns(): { stop(): number } {
  let turns = 0;
  let stopped = false;
  const turn = () => {
    turns++;
    if (!stopped) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop() {
      stopped = true;
      return turns;
    },
  };
}

function* steps(count: number, held: { open: boolean }, milliseconds = 0): Steps<number> {
  held.open = true;
  try {
    for (let i = 0; i < count; i++) {
      busy(milliseconds);
      yield;
    }
    return count;
  } finally {
    held.open = false;
  }
}

test("atOnce() does all steps and returns the result", () => {
  const held = { open: false };
  assertEquals(atOnce(steps(1000, held)), 1000);
  assertEquals(held.open, false);
});

test("inSlices() lets the event loop turn while it works", async () => {
  const held = { open: false };
  const turns = countTurns();
  // Each slice does at least one step and at most three.
  assertEquals(await inSlices(steps(30, held, 4), {}), 30);
  assertGreaterOrEqual(turns.stop(), 9);
  assertEquals(held.open, false);
});

test("inSlices() rejects with the reason of the signal, and returns what the work holds", async () => {
  const held = { open: false };
  const controller = new AbortController();
  const reason = { because: "enough" };
  const promise = inSlices(steps(1e9, held, 1), { signal: controller.signal });
  assertEquals(held.open, true);
  setImmediate(() => controller.abort(reason));
  const error = await promise.catch((error) => error);
  assertStrictEquals(error, reason);
  assertEquals(held.open, false);
});

test("inSlices() does nothing if the signal was aborted before", async () => {
  const held = { open: false };
  const signal = AbortSignal.abort();
  let started = false;
  function* work(): Steps<number> {
    started = true;
    return yield* steps(1, held);
  }
  await assertRejects(() => inSlices(work(), { signal }), DOMException);
  assertEquals(started, false);
});

test("inSlices() rejects with what the work throws", async () => {
  function* work(): Steps<number> {
    yield;
    throw new RangeError("no");
  }
  await assertRejects(() => inSlices(work(), {}), RangeError, "no");
});

test("inSlices() refuses a signal that is not one", async () => {
  for (const signal of [15, "SIGTERM", {}, null]) {
    const options = { signal } as unknown as AsyncOptions;
    const error = await assertRejects(
      () => inSlices(steps(1, { open: false }), options),
      TypeError,
    );
    assert(error.message.startsWith("Cannot pass signal as it must be an AbortSignal: it is "));
  }
});

// The functions of the library.

interface Way {
  readonly now: (options: SystemOptions) => unknown;
  readonly later: (options: SystemOptions & AsyncOptions) => Promise<unknown>;
}

/** Returns each function with arguments about processes that do not change, in both variants. */
function ways(): Readonly<Record<string, Way>> {
  const pids = [holder.pid, ...ends.pids];
  const whats = [
    { port: ends.said("tcp") as number },
    { socket: ends.said("unix") as string },
    { path: `${ends.folder}/mapped` },
  ];
  return {
    descriptors: {
      now: (options) => descriptors({ ...options, pids }),
      later: (options) => descriptorsAsync({ ...options, pids }),
    },
    listeningPorts: {
      now: (options) => listeningPorts({ ...options, pids }),
      later: (options) => listeningPortsAsync({ ...options, pids }),
    },
    ...Object.fromEntries(whats.map((what): [string, Way] => [`whoHas ${Object.keys(what)}`, {
      now: (options) => whoHas(what, { ...options, pids }),
      later: (options) => whoHasAsync(what, { ...options, pids }),
    }])),
  };
}

test("in slices the functions return what they return at once, also side by side", {
  skip,
}, async () => {
  const all = Object.values(ways());
  const expected = all.map(({ now }) => atRest(now({})));
  for (const [i, { later }] of all.entries()) assertEquals(atRest(await later({})), expected[i]);
  const twice = await Promise.all([...all, ...all].map(({ later }) => later({})));
  assertEquals(twice.map(atRest), [...expected, ...expected]);
});

/**
 * Returns a result without the sizes of queues, which change as packets arrive and are
 * acknowledged.
 */
function atRest(result: unknown): unknown {
  const isQueue = (name: string) => name.endsWith("QueueBytes");
  return JSON.parse(JSON.stringify(result, (name, value) => isQueue(name) ? undefined : value));
}

/** Returns this host with a kernel that calls `each` before it answers. */
function watched(each: () => void): System {
  const live = openSystem();
  const kernel = {
    ...live.kernel,
    procInfo(...args: Parameters<typeof live.kernel.procInfo>) {
      each();
      return live.kernel.procInfo(...args);
    },
  };
  // The system's own scans would not call this kernel.
  const descriptors = () => kernelDescriptors(kernel);
  return { ...live, kernel, descriptors, listeners: () => undefined };
}

test("in slices the functions let the event loop turn", { skip }, async () => {
  for (const [name, { later }] of Object.entries(ways())) {
    let calls = 0;
    const system = watched(() => {
      if (++calls <= 100) busy(1);
    });
    const turns = countTurns();
    await later({ system });
    assertGreaterOrEqual(calls, 32, name);
    // At most 32 descriptors, a list and its end are read between two turns.
    const least = Math.floor(Math.min(calls, 100) / 48);
    assertGreaterOrEqual(turns.stop(), least, `${name}: ${calls} calls`);
  }
});

test("in slices the functions stop where the signal is aborted, and leak nothing", {
  skip,
}, async () => {
  for (const [name, { later }] of Object.entries(ways())) {
    let calls = 0;
    const whole = watched(() => calls++);
    await later({ system: whole });
    const total = calls;
    const open = openFiles();
    for (const nth of [1, 2, Math.floor(total / 2)]) {
      const controller = new AbortController();
      calls = 0;
      const system = watched(() => {
        if (++calls === nth) controller.abort(`${name} ${nth}`);
        busy(1);
      });
      const error = await later({ system, signal: controller.signal }).catch((error) => error);
      assertEquals(error, `${name} ${nth}`);
      // A slice ends after some milliseconds. Each call takes one millisecond.
      assertLess(calls, Math.min(nth + 60, total + 1));
    }
    calls = 0;
    const signal = AbortSignal.abort("before");
    assertEquals(await later({ system: whole, signal }).catch((error) => error), "before");
    assertEquals([calls, openedSince(open)], [0, []]);
  }
});

test("over all processes they stop, too, and leak nothing", { skip }, async () => {
  const open = openFiles();
  const all = [
    descriptorsAsync,
    listeningPortsAsync,
    (options: AsyncOptions) => whoHasAsync({ path: "/" }, options),
    (options: AsyncOptions) => whoHasAsync({ port: 1 }, options),
  ];
  for (const later of all) {
    const controller = new AbortController();
    const promise = later({ signal: controller.signal });
    controller.abort("stop");
    // All processes may have been read in one slice.
    const result = await promise.catch((error) => error);
    assert(result === "stop" || typeof result === "object");
  }
  assertEquals(openedSince(open), []);
});

test("in slices what is wrong with arguments rejects, as do failures of the system", async () => {
  const system = systemOf(scriptedKernel(0));
  const pids = [-1];
  await assertRejects(() => descriptorsAsync({ pids, system }), RangeError, "pids[0]");
  await assertRejects(() => listeningPortsAsync({ pids, system }), RangeError, "pids[0]");
  await assertRejects(() => whoHasAsync({ port: 0 }, { system }), RangeError, "port");
  const signal = "SIGTERM" as unknown as AbortSignal;
  await assertRejects(() => descriptorsAsync({ system, signal }), TypeError, "signal");
  const refusing = systemOf(scriptedKernel([{ callnum: 1, answer: -1 }]));
  await assertRejects(() => descriptorsAsync({ system: refusing }), ProcInfoError, "EPERM");
});
