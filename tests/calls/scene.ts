import type { System } from "../../lib/system/system.ts";
import { type Double, openDouble, SELF } from "../support/double.ts";
import { type GuardedKernel, guardedKernel } from "../support/guarded_kernel.ts";

/** The double, with guards around every buffer. */
export interface Scene extends Double {
  /** The system of the double without the guards. */
  readonly bare: System;
  /** The kernel of {@linkcode Double.system}. */
  readonly kernel: GuardedKernel;
  /** Adds a child of the caller. */
  add(pid: number, uid?: number, flags?: number): void;
}

/** Opens the double as pid {@linkcode SELF}. */
export function openScene(): Scene {
  const double = openDouble(SELF);
  const kernel = guardedKernel(double.kernel);
  return {
    ...double,
    bare: double.system,
    kernel,
    system: { ...double.system, kernel },
    add: (pid, uid, flags) => double.add(pid, uid, flags, SELF),
  };
}

/** Returns the error that the call threw, with its code and its query. */
export function thrownBy(call: () => unknown): {
  readonly name?: string;
  readonly code?: string;
  readonly errno?: number;
  readonly callnum?: number;
  readonly pid?: number;
  readonly flavor?: number;
  readonly message: string;
} {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** Returns the code of the error that the call threw, as in `"ESRCH"`. */
export function codeOf(call: () => unknown): string | undefined {
  const { code, message } = thrownBy(call);
  if (code === undefined) throw new Error(message);
  return code;
}
