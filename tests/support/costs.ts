import { darwinSystem } from "../../lib/darwin/system.ts";
import type { LibSystem } from "../../lib/darwin/libsystem.ts";
import type { System } from "../../lib/system/system.ts";
import { buildProcArgs } from "../darwin/build_proc_args.ts";
import { openDouble, SELF } from "./double.ts";
import { failingSystem } from "./failing_system.ts";

/** A use of the library whose calls are counted. */
export type Use = (system: System, pid: number) => unknown;

/**
 * The calls of the C library that a use makes on Linux about a process. The same use for another process
 * comes before it, so that only the calls about the process are counted.
 */
export function linuxCalls(use: Use, pid: number, other: number): number {
  const { state, system } = failingSystem();
  use(system, other);
  const before = state.made;
  use(system, pid);
  const made = state.made - before;
  system[Symbol.dispose]();
  return made;
}

/** Functions of C that are not calls of the system. */
const PLAIN = /^(?:memmove|__error|mach_absolute_time)$/;

/** Counts the calls of the functions in an object, and in the objects that its functions return. */
function counting<T extends object>(of: T, count: (name: string) => void): T {
  return Object.fromEntries(
    Object.entries(of).map(([name, member]) => {
      if (typeof member === "object" && member !== null && !ArrayBuffer.isView(member)) {
        return [name, counting(member, count)];
      }
      if (typeof member !== "function") return [name, member];
      return [name, (...args: readonly unknown[]) => {
        const answer: unknown = member(...args);
        const isBinding = typeof answer === "object" && answer !== null && args.length === 0;
        if (isBinding) return counting(answer, count);
        if (!PLAIN.test(name)) count(name);
        return answer;
      }];
    }),
  ) as T;
}

/** The processes of the double: one that is queried, and one before it. */
const QUERIED = 100, BEFORE = 101;

/** The calls of libSystem that a use makes on macOS, by the double that replaces it. */
export function darwinCalls(use: Use): number {
  const double = openDouble(SELF);
  double.option("MEANINGFUL", 1n);
  for (const pid of [QUERIED, BEFORE]) {
    double.add(pid);
    const start = { path: "/bin/sh", args: ["sh"], env: ["A=1"] };
    double.blob("ARGS", pid, 0n, buildProcArgs(start));
  }
  let made = 0;
  const system = darwinSystem(counting<LibSystem>(double.libSystem, () => made++));
  use(system, BEFORE);
  made = 0;
  use(system, QUERIED);
  const count = made;
  system[Symbol.dispose]();
  return count;
}
