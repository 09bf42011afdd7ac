import { assert, assertEquals, assertGreaterOrEqual, assertThrows } from "@std/assert";
import process from "node:process";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { procBsdInfo, procBsdShortInfo } from "../../lib/abi/bsd_info.ts";
import {
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_PIDRUSAGE,
} from "../../lib/abi/callnum.ts";
import {
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../../lib/abi/pid_info.ts";
import { offsetsOf } from "../../lib/layout/offsets.ts";
import { AccessDeniedError, ProcessError, ProcessGoneError } from "../../lib/process/errors.ts";
import { FIELD_NAMES, GROUPS } from "../../lib/process/fields/mod.ts";
import { processes } from "../../lib/process/rows.ts";
import { openProcess, Process } from "../../lib/process/process.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { changedLinux } from "../support/changed_libc.ts";
import { kernelSystem, type Members } from "../support/kernel_system.ts";
import { startSpeaker } from "../support/lines.ts";
import { openedSince, openFiles } from "../support/open_files.ts";
import { METHODS } from "./process_methods.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
});

/** A call of the kernel, or of another member of the system. */
interface Asked {
  /** The number of the call, from 1. */
  readonly nth: number;
  /** The flavor of a call that is about a process. */
  readonly flavor?: number;
  readonly arg?: bigint;
  /** True if the call is about resource usage. */
  readonly usage?: boolean;
  /** True if the call goes through `procInfoExtendedId()`. */
  readonly extended?: boolean;
  /** The called member of the system, if it is not the kernel. */
  readonly member?: string;
}

/** The changes of a call. Omitted members change nothing. */
interface Change {
  /** The process that answers in place of the requested one. */
  readonly pid?: number;
  /** Returns the kernel's answer, and may write into the buffer. */
  readonly answer?: (real: () => number, buffer: Uint8Array | null) => number;
  /** The error of another member of the system. */
  readonly errno?: number;
}

/** The members of a system whose first argument is a pid. */
const ABOUT_PROCESSES: readonly string[] = [
  ...["arguments", "environment", "executable", "sessionId", "descriptorCount"],
  ...["highestDescriptor", "limits", "signals", "accounting", "ioBytes", "controlGroups"],
  ...["namespace", "namespacePids", "privileges", "securityLabel"],
];

const ROLES = ["director", "plain", "zombie", "users", "leaderless", "traced"];

/**
 * Lists some processes of the cast, because the machine may have thousands; returns the bytes
 * written.
 */
function listCast(buffer: Uint8Array | null): number {
  const pids = new Uint8Array(Int32Array.from(ROLES, (role) => cast.pid(role)).buffer);
  if (buffer === null) return pids.length * 2;
  buffer.set(pids.subarray(0, buffer.length));
  return Math.min(pids.length, buffer.length);
}

/** A system that counts its calls. */
interface Changed {
  readonly system: System;
  readonly count: number;
}

/** Returns this host through its kernel, with some changed calls. */
function changed(change: (call: Asked) => Change | undefined): Changed {
  const below = defaultSystem();
  const { kernel } = below;
  let count = 0;

  function ask(
    [callnum, pid, flavor, arg, buffer]: Parameters<Kernel["procInfo"]>,
    extended: boolean,
    real: (pid: number) => number,
  ): number {
    const about = callnum === PROC_INFO_CALL_PIDINFO || callnum === PROC_INFO_CALL_PIDRUSAGE;
    const usage = callnum === PROC_INFO_CALL_PIDRUSAGE;
    const made = change({ nth: ++count, arg, extended, usage, ...(about ? { flavor } : {}) });
    const answer = () =>
      callnum === PROC_INFO_CALL_LISTPIDS
        ? listCast(buffer)
        : real((about ? made?.pid : undefined) ?? pid);
    return made?.answer ? made.answer(answer, buffer) : answer();
  }

  const members: Record<string, unknown> = {};
  for (const [member, real] of Object.entries(below)) {
    if (typeof real !== "function") continue;
    members[member] = (...args: unknown[]) => {
      const made = change({ nth: ++count, member });
      if (made?.errno !== undefined) {
        throw new SystemCallError("query the system", member, made.errno);
      }
      if (made?.pid !== undefined && ABOUT_PROCESSES.includes(member)) args[0] = made.pid;
      return Reflect.apply(real, below, args);
    };
  }
  const asking: Kernel = {
    procInfo: (...args) => {
      const [callnum, , ...rest] = args;
      return ask(args, false, (pid) => kernel.procInfo(callnum, pid, ...rest));
    },
    procInfoExtendedId: (callnum, pid, flavor, flags, id, arg, buffer) =>
      ask(
        [callnum, pid, flavor, arg, buffer],
        true,
        (pid) => kernel.procInfoExtendedId(callnum, pid, flavor, flags, id, arg, buffer),
      ),
  };
  return {
    system: kernelSystem(asking, members as Members),
    get count() {
      return count;
    },
  };
}

/** Opens a process of the cast through a system. */
function through({ system }: { readonly system: System }, role = "plain"): Process {
  const { pid, uniqueId } = openProcess(cast.pid(role));
  return new Process({ pid, uniqueId }, { system });
}

/** Returns the number of calls that a method makes. */
function callsOf(ask: (process: Process) => unknown): number {
  const host = changed(() => undefined);
  ask(through(host));
  return host.count;
}

/** Returns the first and the last calls. Where a method makes hundreds, the others are alike. */
function placesIn(count: number): number[] {
  const all = Array.from({ length: count }, (_, i) => i + 1);
  return count <= 40 ? all : [...all.slice(0, 25), ...all.slice(-10)];
}

/** Returns `"value"`, the code of a system call's error, or the name of another error. */
function result(ask: () => unknown): string {
  try {
    ask();
    return "value";
  } catch (error) {
    if (error instanceof SystemCallError) return error.code;
    return error instanceof Error ? error.constructor.name : typeof error;
  }
}

/** The result for each error of one call about an existing process, if the method throws. */
const EXPECTED: Readonly<Record<string, string>> = {
  ENOENT: "NotSupportedError",
  ESRCH: "value",
  EPERM: "AccessDeniedError",
  EACCES: "AccessDeniedError",
  ENOTSUP: "NotSupportedError",
  ENOSYS: "NotSupportedError",
  EAGAIN: "ProcessStartingError",
  EBADF: "EBADF",
  EOPNOTSUPP: "EOPNOTSUPP",
  EIO: "EIO",
  EINVAL: "EINVAL",
  EMFILE: "EMFILE",
  ENFILE: "ENFILE",
  ENOMEM: "ENOMEM",
};

/** The methods that read fields, as `processes()` does. */
const ROWS = [
  ...["info", "read", "state", "name", "executable", "arguments", "environment", "cpuPercent"],
  ...["workingDirectory", "rootDirectory", "memory", "credentials", "terminal", "priority"],
  "resourceUsage",
];

/**
 * Returns true if an error of one call may have this other result. Methods that read fields do not
 * retry the first read. If a query is retried, the second answer counts.
 */
function isElse(name: string, code: string, place: number, found: string): boolean {
  if (!ROWS.includes(name)) return false;
  if (code === "ESRCH") return found === "ProcessGoneError";
  if (place === 1) return found === code;
  // Rows have one reason for all invalid answers.
  return !(code in { EMFILE: 0, ENFILE: 0, ENOMEM: 0 }) && found === "NotSupportedError";
}

/**
 * Returns true for errors that a method never throws. An older kernel is queried in another way,
 * and a kernel that refuses is queried for public values. Rows report reasons for missing values. A
 * value of an existing process that is reported gone is read again.
 */
function isNever(name: string, code: string): boolean {
  const all = ["info", "read", "state", "name", "cpuPercent", "memory", "credentials"];
  const always = [...all, "terminal", "priority", "resourceUsage"];
  switch (code) {
    case "ENOSYS":
      return true;
    case "EPERM":
    case "EACCES":
      return ["info", "read", "state", "name", "credentials", "parent", "ancestors"].includes(name);
    case "ESRCH":
      return true;
    case "ENOENT":
      return always.includes(name);
    default:
      return false;
  }
}

/** The flavors that identify a process. */
const IDENTIFYING: readonly (number | undefined)[] = [
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
];

test("a value of an existing process that stays ESRCH is NotSupportedError", {
  skip,
}, () => {
  const found: string[] = [];
  for (
    const name of ["arguments", "environment", "regions", "descriptors", "limits", "namespaces"]
  ) {
    const ask = METHODS[name]!;
    const gone = ({ member, flavor }: Asked): Change | undefined => {
      if (member !== undefined) return { errno: ERRNO.ESRCH };
      if (flavor === undefined || IDENTIFYING.includes(flavor)) return undefined;
      return { answer: () => -ERRNO.ESRCH };
    };
    found.push(`${name}: ${result(() => ask(through(changed(gone))))}`);
  }
  assertEquals(found, [
    "arguments: NotSupportedError",
    "environment: NotSupportedError",
    "regions: NotSupportedError",
    "descriptors: NotSupportedError",
    "limits: NotSupportedError",
    "namespaces: NotSupportedError",
  ]);
});

test("every method throws the right error when any one call fails", { skip }, () => {
  for (const ask of Object.values(METHODS)) ask(openProcess(cast.pid("plain")));
  const before = openFiles();
  const wrong: string[] = [];
  for (const [name, ask] of Object.entries(METHODS)) {
    const places = placesIn(callsOf(ask));
    for (const [code, expected] of Object.entries(EXPECTED)) {
      const errno = ERRNO[code as keyof typeof ERRNO];
      let surfaced = false;
      for (const place of places) {
        const host = changed(({ nth }) =>
          nth === place ? { errno, answer: () => -errno } : undefined
        );
        const found = result(() => ask(through(host)));
        surfaced ||= found === expected;
        if (found === "value" || found === expected || isElse(name, code, place, found)) continue;
        wrong.push(`${name}: call ${place} with ${code} gives ${found}`);
      }
      if (!surfaced && !isNever(name, code)) wrong.push(`${name}: ${code} is never thrown`);
    }
  }
  assertEquals(wrong, []);
  assertEquals(openedSince(before), []);
});

test("every method takes a short answer for what it is", { skip }, () => {
  const wrong: string[] = [];
  for (const [name, ask] of Object.entries(METHODS)) {
    for (const place of placesIn(callsOf(ask))) {
      const host = changed(({ nth }) =>
        nth === place ? { answer: (real) => Math.max(real() >> 1, 0) } : undefined
      );
      const found = result(() => ask(through(host)));
      // All methods make the first and the last read. In a row, a short answer is unsupported.
      const allowed = ["value", "ShortAnswerError", "EIO"];
      if (ROWS.includes(name)) allowed.push("NotSupportedError");
      if (!allowed.includes(found)) wrong.push(`${name} ${place}: ${found}`);
    }
  }
  assertEquals(wrong, []);
});

/** Methods whose values do not change while a process sleeps. */
const STABLE = [
  ...["info", "name", "executable", "arguments", "environment", "environmentBytes"],
  ...["workingDirectory", "rootDirectory", "limits", "credentials", "controlGroup", "namespaces"],
  ...["terminal", "priority", "descriptors", "files", "state", "argumentBytes"],
];

for (const old of [false, true]) {
  const kind = old ? "that does not compare identities" : "that compares identities";
  test(
    `no method mixes two runs when another process takes the id midway, with a kernel ${kind}`,
    {
      skip,
    },
    () => {
      const pid = cast.pid("users");
      const answer = (extended?: boolean): Change =>
        old && extended ? { answer: () => -ERRNO.ENOSYS } : {};
      for (const [name, ask] of Object.entries(METHODS)) {
        const stable = STABLE.includes(name) ? ask(openProcess(cast.pid("plain"))) : undefined;
        const counting = changed(({ extended }) => answer(extended));
        ask(through(counting));
        let gone = 0;
        for (const place of placesIn(counting.count)) {
          const host = changed(({ nth, extended }) => ({
            ...answer(extended),
            ...(nth >= place ? { pid } : {}),
          }));
          let value;
          try {
            value = ask(through(host));
          } catch (error) {
            assert(error instanceof ProcessGoneError, `${name}, from call ${place}: ${error}`);
            gone++;
            continue;
          }
          if (stable !== undefined) assertEquals(value, stable, `${name}, from call ${place}`);
        }
        assert(gone > 0, name);
      }
    },
  );
}

test("every method throws ProcessGoneError when the process ends midway", { skip }, () => {
  for (const [name, ask] of Object.entries(METHODS)) {
    for (const place of placesIn(callsOf(ask))) {
      const errno = ERRNO.ESRCH;
      const host = changed(({ nth, flavor }) =>
        nth >= place && (flavor !== undefined || nth === place)
          ? { errno, answer: () => -errno }
          : undefined
      );
      const found = result(() => ask(through(host)));
      assert(
        found === "value" || found === "ProcessGoneError",
        `${name}, from call ${place}: ${found}`,
      );
    }
  }
});

const SZOMB = 5;

/** The flavors that zombies answer, and the offset of the status, or -1. */
const STATUS_AT: ReadonlyMap<number, number> = new Map([
  [PROC_PIDT_SHORTBSDINFO, offsetsOf(procBsdShortInfo).pbsi_status],
  [PROC_PIDTBSDINFO, offsetsOf(procBsdInfo).pbi_status],
  [PROC_PIDT_BSDINFOWITHUNIQID, offsetsOf(procBsdInfo).pbi_status],
  [PROC_PIDUNIQIDENTIFIERINFO, -1],
]);

test("every method throws ZombieError or returns what is left when the process ends midway", {
  skip,
}, () => {
  const errno = ERRNO.ESRCH;
  for (const [name, ask] of Object.entries(METHODS)) {
    for (const place of placesIn(callsOf(ask))) {
      const host = changed(({ nth, flavor, arg }) => {
        if (nth < place || flavor === undefined) return undefined;
        const at = arg === 0n ? undefined : STATUS_AT.get(flavor);
        if (at === undefined) return { answer: () => -errno };
        return {
          answer(real, buffer) {
            const size = real();
            if (at >= 0 && size > 0) buffer![at] = SZOMB;
            return size;
          },
        };
      });
      const found = result(() => ask(through(host)));
      assert(found === "value" || found === "ZombieError", `${name}, from call ${place}: ${found}`);
    }
  }
});

test("openProcess() reports why it cannot", () => {
  const failing = (errno: number) => {
    const system = systemOf(scriptedKernel(-errno));
    return () => openProcess(7, { system });
  };
  for (const [errno, expected] of Object.entries({ ESRCH: "gone", EPERM: "denied" } as const)) {
    const error = assertThrows(failing(ERRNO[errno as keyof typeof ERRNO]), ProcessError);
    assertEquals([error.pid, error.missing, error.code], [7, expected, errno]);
  }
  assertThrows(failing(ERRNO.ESRCH), ProcessGoneError);
  assertThrows(failing(ERRNO.EPERM), AccessDeniedError);
  assertEquals(assertThrows(failing(ERRNO.EIO), SystemCallError).code, "EIO");
});

test("isRunning() and state() differ between a process that is hidden and one that is gone", {
  skip,
}, () => {
  const failing = (errno: number) => through(changed(() => ({ answer: () => -errno })));
  assertThrows(() => failing(ERRNO.EPERM).isRunning(), AccessDeniedError);
  assertThrows(() => failing(ERRNO.EPERM).state(), AccessDeniedError);
  assertThrows(() => failing(ERRNO.EMFILE).isRunning(), SystemCallError, "EMFILE");
  assertEquals(failing(ERRNO.ESRCH).isRunning(), false);
  assertThrows(() => failing(ERRNO.ESRCH).state(), ProcessGoneError);
  const { missing, ...identity } = failing(ERRNO.EPERM).toJSON();
  assertEquals([missing.state, missing.name], ["denied", "denied"]);
  assertEquals(identity as unknown, openProcess(cast.pid("plain")).identity());
  assertThrows(() => failing(ERRNO.EMFILE).toJSON(), SystemCallError, "EMFILE");
});

test("memory() leaves out what is refused", { skip }, () => {
  const isUsage = (call: Asked) => call.usage === true;
  const refused = through(
    changed((call) => isUsage(call) ? { answer: () => -ERRNO.EPERM } : undefined),
  );
  const { residentBytes, virtualBytes, missing, ...rest } = refused.memory();
  assert(residentBytes! > 0 && virtualBytes! > 0);
  assertEquals(rest, {
    pid: cast.pid("plain"),
    footprintBytes: undefined,
    peakBytes: undefined,
    wiredBytes: undefined,
  });
  assertEquals(missing, { footprintBytes: "denied", peakBytes: "denied", wiredBytes: "denied" });
  const usage = refused.resourceUsage();
  assertGreaterOrEqual(usage.cpuTimeNs!, 0);
  assertEquals([usage.missing.childUserTimeNs, usage.missing.readBytes], ["denied", "denied"]);
});

/** Linux's errnos, and the results that a method may have if a call fails with them. */
const LINUX_ERRORS: Readonly<Record<number, readonly string[]>> = {
  13: ["AccessDeniedError"],
  2: ["ProcessGoneError", "NotSupportedError"],
  5: ["EIO", "NotSupportedError", "ProcessGoneError"],
  24: ["EMFILE"],
};

/** Checks that all parts of a value are equal to the true ones. Parts may be missing. */
function checkPart(value: unknown, truth: unknown, what: string): void {
  const isRow = (one: unknown): one is Record<string, unknown> =>
    typeof one === "object" && one !== null && !Array.isArray(one) && "missing" in one;
  if (!isRow(value) || !isRow(truth)) {
    assertEquals(value, truth, what);
    return;
  }
  for (const [name, field] of Object.entries(value)) {
    // In some cases, only the path of a file is known.
    if (name === "missing" || field === undefined) continue;
    assertEquals(field, truth[name], `${what}: ${name}`);
  }
}

/** Methods whose values are either complete or missing. */
const WHOLE = STABLE.filter((name) =>
  !["executable", "namespaces", "descriptors", "files"].includes(name)
);

test("every method returns the truth or the right error when any system call of Linux fails", {
  skip,
}, () => {
  const linux = changedLinux();
  const one = new Process(openProcess(cast.pid("plain")), { system: linux.system });
  const before = openFiles();
  const wrong: string[] = [];
  for (const [name, ask] of Object.entries(METHODS)) {
    // Some values are read once and cached.
    ask(one);
    linux.count = 0;
    const truth = ask(one);
    for (const place of placesIn(linux.count)) {
      for (const [errno, allowed] of Object.entries(LINUX_ERRORS)) {
        linux.count = 0;
        linux.change = (nth) => nth === place ? { errno: Number(errno) } : undefined;
        let value: unknown;
        const found = result(() => value = ask(one));
        linux.change = () => undefined;
        const what = `${name}: call ${place} with ${errno}`;
        if (found === "value") {
          if (WHOLE.includes(name)) checkPart(value, truth, what);
        } else if (!allowed.includes(found)) wrong.push(`${what} gives ${found}`);
      }
    }
    if (WHOLE.includes(name)) assertEquals(ask(one), truth);
  }
  assertEquals(wrong, []);
  one[Symbol.dispose]();
  assertEquals(openedSince(before), []);
});

test("no method mixes two runs when another process of Linux takes the id midway", {
  skip: skip || (process.getuid?.() === 0 ? false : "needs root"),
}, async () => {
  // It has another user, name and nice value. It must not start within the same tick.
  await sleep(50);
  await using other = startSpeaker([
    "setpriv",
    ...["--reuid=1717", "--clear-groups", "nice", "-n", "5"],
    ...["sh", "-c", "cd /tmp; echo in; read _"],
  ]);
  assertEquals(await other.next(), "in");
  const linux = changedLinux();
  const pid = cast.pid("plain");
  const identity = openProcess(pid).identity();
  /** Queries a new object, which has no cached files. */
  const asking = <T>(ask: (process: Process) => T): T => {
    using one = new Process(identity, { system: linux.system });
    return ask(one);
  };
  const swapped = { inPlaceOf: { [pid]: other.pid } };
  const stable = [...STABLE, "user"];
  const user = (process: Process) => process.read("userId", "groupId", "nice");
  for (const [name, ask] of Object.entries({ ...METHODS, user })) {
    asking(ask);
    linux.count = 0;
    const truth = asking(ask);
    const count = linux.count;
    let gone = 0;
    for (const place of placesIn(count)) {
      linux.count = 0;
      linux.change = (nth) => nth >= place ? swapped : undefined;
      const what = `${name}, from call ${place} of ${count}`;
      try {
        const value = asking(ask);
        if (stable.includes(name)) assertEquals(value, truth, what);
      } catch (error) {
        assert(error instanceof ProcessGoneError, `${what}: ${error}`);
        gone++;
      } finally {
        linux.change = () => undefined;
      }
    }
    assert(gone > 0, name);
    if (stable.includes(name)) assertEquals(asking(ask), truth);
  }
  // The shares of memory change when other processes map or unmap the same pages.
  const moving = ["cpuPercent", ...Object.keys(GROUPS.get("memoryShares")!.fields)];
  const read = () => processes({ fields: FIELD_NAMES, pids: [pid], system: linux.system })[0]!;
  read();
  linux.count = 0;
  const truth = read() as Readonly<Record<string, unknown>>;
  let missing = 0;
  for (let place = 2; place <= linux.count; place++) {
    const { count } = linux;
    linux.count = 0;
    linux.change = (nth) => nth >= place ? swapped : undefined;
    const row = read() as Readonly<Record<string, unknown>>;
    linux.change = () => undefined;
    linux.count = count;
    if (row.uniqueId !== truth.uniqueId) continue;
    missing += Object.keys(row.missing as object).length;
    for (const name of FIELD_NAMES) {
      if (moving.includes(name) || row[name] === undefined) continue;
      assertEquals(row[name], truth[name], `${name}, from call ${place}`);
    }
  }
  assert(missing > 0);
});
