import { darwinSystem } from "../../lib/darwin/system.ts";
import type { LibSystem } from "../../lib/darwin/libsystem.ts";
import * as flavors from "../../lib/abi/pid_info.ts";
import { CTL_KERN, KERN_PROC } from "../../lib/abi/kinfo_proc.ts";
import { PROC_INFO_CALL_PIDINFO, PROC_INFO_CALL_PIDRUSAGE } from "../../lib/abi/callnum.ts";
import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import { linuxSystem } from "../../lib/linux/system.ts";
import type { Libc } from "../../lib/linux/sys/libc.ts";
import type { System } from "../../lib/system/system.ts";
import { buildProcArgs } from "../darwin/build_proc_args.ts";
import { statSync } from "node:fs";
import process from "node:process";
import { ME, openDouble, SELF } from "./double.ts";
import { hostLibc } from "./libc.ts";

/** A use of the library whose calls are counted. */
export type Use = (system: System, pid: number) => unknown;

/** Receives a call of the C library. */
type Heard = (name: string, args: readonly unknown[]) => void;

/** Functions of C that do not query the system, and those that bind others. */
const PLAIN = /^(?:memmove|strnlen|__error|__errno_location|mach_absolute_time|bind|tryBind)$/;

/** True for an object that contains functions, not for memory or for a runtime's pointer object. */
function isFunctions(value: unknown): value is object {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value) &&
    Object.keys(value).length > 0;
}

/** Wraps an object to report calls of its functions, and of functions that they return. */
function overheard<T>(of: T, heard: Heard, name = ""): T {
  if (isFunctions(of)) {
    return Object.fromEntries(
      Object.entries(of).map(([name, member]) => [name, overheard(member, heard, name)]),
    ) as T;
  }
  if (typeof of !== "function") return of;
  return ((...args: readonly unknown[]) => {
    const answer: unknown = of(...args);
    if (isFunctions(answer) || typeof answer === "function") return overheard(answer, heard, name);
    if (!PLAIN.test(name)) heard(name, args);
    return answer;
  }) as T;
}

/** Opens this host, and reports its calls of the C library. */
function overheardLinux(heard: Heard): System {
  const libc = overheard<Libc>(hostLibc(), heard);
  return linuxSystem({ fs: procFs(libc), libc }, undefined);
}

/**
 * True for a call about the caller, not the process. The library queries the limit of open
 * descriptors from time to time.
 */
function isAboutCaller(name: string, args: readonly unknown[]): boolean {
  return name === "getrlimit" || pathIn(args)?.startsWith("/proc/self/") === true;
}

/** Returns the path in the arguments of a call; undefined if there is none. */
function pathIn(args: readonly unknown[]): string | undefined {
  const bytes = args.find((arg) => arg instanceof Uint8Array);
  return bytes && new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

/**
 * Counts the calls of the C library that a use makes on Linux. The use is made for another process
 * first, so that only the calls about the process are counted.
 */
export function linuxCalls(use: Use, pid: number, other: number): number {
  let made = 0;
  const system = overheardLinux((name, args) => {
    if (!isAboutCaller(name, args)) made++;
  });
  use(system, other);
  made = 0;
  use(system, pid);
  const count = made;
  system[Symbol.dispose]();
  return count;
}

/** Functions that open, read or close files. */
const FILE_CALLS = /^(?:open|__open_2|read|pread|readlink|getdents64|statfs|close)$/;
/** Functions that report constants of the machine and of the caller. */
const CONSTANTS = /^(?:sysconf|sysctlbyname|timebase|getpid|geteuid|getuid)\(\)$/;

/**
 * Returns the sources of a use on Linux: the names of the files that it reads below the process's
 * folder, and the functions that it calls in addition.
 */
export function linuxSources(use: Use, pid: number): string[] {
  const found = new Set<string>();
  const folder = `/proc/${pid}/`;
  const system = overheardLinux((name, args) => {
    if (isAboutCaller(name, args)) return;
    const path = pathIn(args);
    if (path?.startsWith(folder)) found.add(path.slice(folder.length) || ".");
    else if (!FILE_CALLS.test(name)) found.add(`${name}()`);
  });
  use(system, pid);
  system[Symbol.dispose]();
  return [...found].filter((name) => !CONSTANTS.test(name)).sort();
}

/** The processes of the double: the one whose calls are counted, and the one queried before it. */
const QUERIED = 100, BEFORE = 101;

/** Counts the calls of libSystem that a use makes on macOS. The double replaces libSystem. */
export function darwinCalls(use: Use): number {
  let made = 0;
  const system = overheardDarwin(() => made++);
  use(system, BEFORE);
  made = 0;
  use(system, QUERIED);
  const count = made;
  system[Symbol.dispose]();
  return count;
}

/** Opens the double with two processes of the caller's user, and reports its calls. */
function overheardDarwin(heard: Heard): System {
  const double = openDouble(SELF);
  double.option("MEANINGFUL", 1n);
  for (const pid of [QUERIED, BEFORE]) {
    double.control.double_add(pid, 1, pid, statSync("/dev/null").rdev, ME, ME, 0);
    const start = { path: "/bin/sh", args: ["sh"], env: ["A=1"] };
    double.blob("ARGS", pid, 0n, buildProcArgs(start));
    double.blob("PATH", pid, 0n, process.execPath);
    double.blob("CWD", pid, 0n, "/");
    double.item(pid, "FD", 3n, 1n);
  }
  return darwinSystem(overheard<LibSystem>(double.libSystem, heard));
}

/** The names of the flavors of `PROC_INFO_CALL_PIDINFO`. */
const FLAVORS = new Map<unknown, string>(
  Object.entries(flavors).filter(([name]) => !/_(?:MAX)?SIZE$|_MAX$/.test(name))
    .map(([name, flavor]) => [flavor, name]),
);

/** The names below `CTL_KERN` that `sysctl()` is called with, as in sys/sysctl.h. */
const SYSCTLS = new Map([[KERN_PROC, "KERN_PROC"], [49, "KERN_PROCARGS2"]]);

/** The C functions that the library binds under another name. */
const ALONE = new Map([["session", "getsid"], ["deviceName", "devname_r"]]);

/** Returns the sources of a use on macOS: flavors, names of `sysctl()` and functions. */
export function darwinSources(use: Use): string[] {
  const found = new Set<string>();
  const system = overheardDarwin((name, args) => {
    if (/^__proc_info/.test(name)) {
      const [callnum, , flavor] = args;
      if (callnum === PROC_INFO_CALL_PIDINFO) found.add(FLAVORS.get(flavor)!);
      else found.add(callnum === PROC_INFO_CALL_PIDRUSAGE ? "RUSAGE_INFO" : `call ${callnum}`);
    } else if (name === "sysctl") {
      const [first, second = 0] = args[0] as Int32Array;
      found.add(first === CTL_KERN ? SYSCTLS.get(second)! : `sysctl ${first}.${second}`);
    } else found.add(`${ALONE.get(name) ?? name}()`);
  });
  use(system, QUERIED);
  system[Symbol.dispose]();
  return [...found].filter((name) => !CONSTANTS.test(name)).sort();
}
