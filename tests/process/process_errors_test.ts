import { assert, assertEquals, assertThrows } from "@std/assert";
import { readdirSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { procBsdShortInfo } from "../../lib/abi/bsd_info.ts";
import {
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_PIDRUSAGE,
} from "../../lib/abi/callnum.ts";
import {
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDT_SHORTBSDINFO_SIZE,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../../lib/abi/pid_info.ts";
import type { Host } from "../../lib/system/system.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { openHost, openKernel } from "../../lib/system/open.ts";
import { AccessDeniedError, ProcessGoneError } from "../../lib/process/errors.ts";
import { openProcess, Process } from "../../lib/process/process.ts";
import type { Source } from "../../lib/process/source.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { METHODS, outcome } from "./process_methods.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
});

/** One call that goes to the kernel or the host. */
interface Asked {
  /** Which one it is, from 1. */
  readonly nth: number;
  /** The flavor of a call that is about a process. */
  readonly flavor?: number;
  readonly arg?: bigint;
  /** Whether it goes through `procInfoExtendedId()`. */
  readonly extended?: boolean;
}

/** What becomes of a call; what is left out stays as it is. */
interface Change {
  /** The process that answers in the place of the one that is asked about. */
  readonly pid?: number;
  /** What the kernel answers, and may write into the buffer. */
  readonly answer?: (real: () => number, buffer: Uint8Array | null) => number;
  /** With what the host fails; where it cannot, it says that it knows nothing. */
  readonly errno?: number;
}

/** What the functions of a host that do not throw say of a process that is not there. */
const NOTHING = new Map<string, unknown>([
  ["details", {}],
  ["confinement", {}],
  ["terminalPath", undefined],
  ["census", undefined],
]);

const ABOUT_PROCESSES = ["arguments", "details", "confinement", "executable"];

const ROLES = ["director", "plain", "zombie", "users", "leaderless", "traced"];

/** Lists some of the cast, as the machine may have thousands of processes; returns bytes. */
function listCast(buffer: Uint8Array | null): number {
  const pids = new Uint8Array(Int32Array.from(ROLES, (role) => cast.pid(role)).buffer);
  if (buffer === null) return pids.length * 2;
  buffer.set(pids.subarray(0, buffer.length));
  return Math.min(pids.length, buffer.length);
}

/** This host, but for what is changed; it counts the calls. */
function changed(change: (call: Asked) => Change | undefined): Source & { readonly count: number } {
  const kernel = openKernel();
  let count = 0;

  function ask(
    [callnum, pid, flavor, arg, buffer]: Parameters<Kernel["procInfo"]>,
    extended: boolean,
    real: (pid: number) => number,
  ): number {
    const about = callnum === PROC_INFO_CALL_PIDINFO || callnum === PROC_INFO_CALL_PIDRUSAGE;
    const made = change({ nth: ++count, arg, extended, ...(about ? { flavor } : {}) });
    const answer = () =>
      callnum === PROC_INFO_CALL_LISTPIDS
        ? listCast(buffer)
        : real((about ? made?.pid : undefined) ?? pid);
    return made?.answer ? made.answer(answer, buffer) : answer();
  }

  const host = new Proxy(openHost(), {
    get(target, name: keyof Host) {
      const real: unknown = target[name];
      if (typeof real !== "function") return real;
      return (...args: unknown[]) => {
        const made = change({ nth: ++count });
        if (made?.errno !== undefined) {
          if (NOTHING.has(name)) return NOTHING.get(name);
          throw new SystemCallError("ask the host", name, made.errno);
        }
        if (made?.pid !== undefined && ABOUT_PROCESSES.includes(name)) args[0] = made.pid;
        return Reflect.apply(real, target, args);
      };
    },
  });
  return {
    kernel: {
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
    },
    host,
    get count() {
      return count;
    },
  };
}

/** A process of the cast, about which a source is asked. */
function through(source: Source, role = "plain"): Process {
  const { pid, uniqueId } = openProcess(cast.pid(role));
  return new Process({ pid, uniqueId }, source);
}

/** How many calls a method makes. */
function callsOf(ask: (process: Process) => unknown): number {
  const source = changed(() => undefined);
  ask(through(source));
  return source.count;
}

/** The first calls and the last ones: where there are hundreds, those between are as one another. */
function placesIn(count: number): number[] {
  const all = Array.from({ length: count }, (_, i) => i + 1);
  return count <= 40 ? all : [...all.slice(0, 25), ...all.slice(-10)];
}

/** What comes of asking: a system call's error goes by its code. */
function result(ask: () => unknown): string {
  try {
    ask();
    return "value";
  } catch (error) {
    if (error instanceof SystemCallError) return error.code;
    return error instanceof Error ? error.constructor.name : typeof error;
  }
}

/** What each error becomes that comes from one call about a process that is there. */
const EXPECTED: Readonly<Record<string, string>> = {
  ENOENT: "NotSupportedError",
  ESRCH: "NotSupportedError",
  EPERM: "AccessDeniedError",
  EACCES: "AccessDeniedError",
  ENOTSUP: "NotSupportedError",
  ENOSYS: "NotSupportedError",
  EBADF: "EBADF",
  EOPNOTSUPP: "EOPNOTSUPP",
  EIO: "EIO",
  EINVAL: "EINVAL",
  EMFILE: "EMFILE",
  ENFILE: "ENFILE",
  ENOMEM: "ENOMEM",
};

/** Where the host knows nothing, it is not known why. */
const UNKNOWN = ["NotSupportedError", "AccessDeniedError"];

test("every method throws the right error when any one call fails", { skip }, () => {
  for (const ask of Object.values(METHODS)) ask(openProcess(cast.pid("plain")));
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  const wrong: string[] = [];
  for (const [name, ask] of Object.entries(METHODS)) {
    const places = placesIn(callsOf(ask));
    for (const [code, expected] of Object.entries(EXPECTED)) {
      const errno = ERRNO[code as keyof typeof ERRNO];
      let surfaced = false;
      for (const place of places) {
        const source = changed(({ nth }) =>
          nth === place ? { errno, answer: () => -errno } : undefined
        );
        const found = result(() => ask(through(source)));
        surfaced ||= found === expected;
        if (found === "value" || found === expected || UNKNOWN.includes(found)) continue;
        wrong.push(`${name}: call ${place} with ${code} gives ${found}`);
      }
      // An old kernel is asked in another way, and where all is refused, what anybody may know is told.
      const never = code === "ENOSYS" ||
        ["info", "name"].includes(name) && ["EPERM", "EACCES"].includes(code);
      if (!surfaced && !never) wrong.push(`${name}: ${code} is never told`);
    }
  }
  assertEquals(wrong, []);
  assertEquals(open(), before);
});

test("every method takes a short answer for what it is", { skip }, () => {
  const wrong: string[] = [];
  for (const [name, ask] of Object.entries(METHODS)) {
    for (const place of placesIn(callsOf(ask))) {
      const source = changed(({ nth }) =>
        nth === place ? { answer: (real) => Math.max(real() >> 1, 0) } : undefined
      );
      const found = outcome(() => ask(through(source)));
      if (found !== "value" && found !== "ShortAnswerError") {
        wrong.push(`${name} ${place}: ${found}`);
      }
    }
  }
  assertEquals(wrong, []);
});

/** Methods whose values do not change while a process sleeps. */
const STABLE = [
  ...["info", "name", "executable", "arguments", "environment", "environmentBytes"],
  ...["workingDirectory", "rootDirectory", "limits", "credentials", "controlGroup", "namespaces"],
  ...["terminal", "priority", "files"],
];

for (const old of [false, true]) {
  const kind = old ? "that compares no identities" : "that compares identities";
  test(
    `no method mixes two lives when another process takes the id midway, with a kernel ${kind}`,
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
          const source = changed(({ nth, extended }) => ({
            ...answer(extended),
            ...(nth >= place ? { pid } : {}),
          }));
          let value;
          try {
            value = ask(through(source));
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
      const source = changed(({ nth, flavor }) =>
        nth >= place && (flavor !== undefined || nth === place)
          ? { errno, answer: () => -errno }
          : undefined
      );
      const found = result(() => ask(through(source)));
      assert(
        found === "value" || found === "ProcessGoneError" ||
          UNKNOWN.includes(found) && isHost(name),
        `${name}, from call ${place}: ${found}`,
      );
    }
  }
});

/** What is told by functions of the host that do not fail. */
function isHost(name: string): boolean {
  return ["limits", "controlGroup", "namespaces"].includes(name);
}

test("every method throws ZombieError or tells what is left when the process ends midway", {
  skip,
}, () => {
  const errno = ERRNO.ESRCH;
  for (const [name, ask] of Object.entries(METHODS)) {
    for (const place of placesIn(callsOf(ask))) {
      const source = changed(({ nth, flavor, arg }) => {
        if (nth < place || flavor === undefined) return undefined;
        const zombies = arg !== 0n && [
          PROC_PIDT_SHORTBSDINFO,
          PROC_PIDTBSDINFO,
          PROC_PIDUNIQIDENTIFIERINFO,
        ].includes(flavor);
        if (!zombies) return { answer: () => -errno };
        if (flavor !== PROC_PIDT_SHORTBSDINFO) return undefined;
        return {
          answer(real, buffer) {
            const size = real();
            if (size !== PROC_PIDT_SHORTBSDINFO_SIZE) return size;
            const info = procBsdShortInfo.decode(buffer!);
            procBsdShortInfo.encode({ ...info, pbsi_status: 5 }, buffer!);
            return size;
          },
        };
      });
      const found = result(() => ask(through(source)));
      assert(found === "value" || found === "ZombieError", `${name}, from call ${place}: ${found}`);
    }
  }
});

test("openProcess() tells why it cannot", () => {
  const failing = (errno: number) => {
    const { kernel, host } = changed(() => ({ answer: () => -errno }));
    return () => openProcess(7, { kernel, host });
  };
  assertEquals(assertThrows(failing(ERRNO.ESRCH), ProcessGoneError).pid, 7);
  assertEquals(assertThrows(failing(ERRNO.EPERM), AccessDeniedError).pid, 7);
  assertEquals(assertThrows(failing(ERRNO.EIO), SystemCallError).code, "EIO");
});

test("isRunning() and status() tell of a process that is hidden, and of one that is gone", {
  skip,
}, () => {
  const failing = (errno: number) => through(changed(() => ({ answer: () => -errno })));
  assertThrows(() => failing(ERRNO.EPERM).isRunning(), AccessDeniedError);
  assertThrows(() => failing(ERRNO.EPERM).status(), AccessDeniedError);
  assertThrows(() => failing(ERRNO.EMFILE).isRunning(), SystemCallError, "EMFILE");
  assertEquals(failing(ERRNO.ESRCH).isRunning(), false);
  assertEquals(failing(ERRNO.ESRCH).status(), "gone");
  assertEquals(failing(ERRNO.EPERM).toJSON().state, "denied");
  assertThrows(() => failing(ERRNO.EMFILE).toJSON(), SystemCallError, "EMFILE");
});

test("what can do without some answer leaves it out", { skip }, () => {
  const errno = ERRNO.EPERM;
  const process = through(changed(({ flavor, extended }) =>
    // The kernel's usage of resources is the only question about a process without its identity.
    flavor !== undefined && flavor <= 6 && extended === false ? { answer: () => -errno } : undefined
  ));
  const { residentBytes, virtualBytes, peakBytes, ...rest } = process.memory();
  assert(residentBytes > 0 && virtualBytes > 0 && peakBytes! > 0);
  assertEquals(rest, {});
  assertThrows(() => process.resourceUsage(), AccessDeniedError);
});
