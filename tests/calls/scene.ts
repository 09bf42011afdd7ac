import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Symbols } from "../../ffi/adapter.ts";
import { openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { darwinKernel } from "../../lib/darwin/kernel.ts";
import { openLibSystem } from "../../lib/darwin/libsystem.ts";
import type { Host } from "../../lib/host.ts";
import type { Kernel } from "../../lib/kernel.ts";
import { compileLibrary } from "../support/compile.ts";
import { named } from "../support/double_names.ts";
import { type GuardedKernel, guardedKernel } from "../support/guarded_kernel.ts";

/** The functions that steer the double; double.h says what each does. */
const CONTROL = {
  double_reset: { parameters: [], result: "void" },
  double_caller: { parameters: ["i32", "u32", "i32"], result: "void" },
  double_add: { parameters: ["i32", "i32", "i32", "u32", "u32", "u32", "u32"], result: "i32" },
  double_remove: { parameters: ["i32"], result: "i32" },
  double_zombie: { parameters: ["i32"], result: "i32" },
  double_exists: { parameters: ["i32"], result: "i32" },
  double_set: { parameters: ["i32", "i32", "u64"], result: "i32" },
  double_get: { parameters: ["i32", "i32"], result: "u64" },
  double_item: { parameters: ["i32", "i32", "u64", "u64", "u64", "u64"], result: "i32" },
  double_clear: { parameters: ["i32", "i32"], result: "i32" },
  double_coalition: { parameters: ["u64", "u32", "u32"], result: "void" },
  double_set_blob: { parameters: ["i32", "i32", "u64", "buffer", "u32"], result: "void" },
  double_get_blob: { parameters: ["i32", "i32", "u64", "buffer", "u32"], result: "i32" },
  double_fail: { parameters: ["i32", "u32", "i32"], result: "i32" },
  double_short: { parameters: ["i32", "u32"], result: "void" },
  double_poke: {
    parameters: ["i32", "i32", "u32", "u64", "u32", "buffer", "u32"],
    result: "void",
  },
  double_grow: { parameters: ["u32"], result: "void" },
  double_grow_each: { parameters: ["u32"], result: "void" },
  double_calls: { parameters: ["i32"], result: "u64" },
  double_last: { parameters: ["buffer"], result: "void" },
  double_option: { parameters: ["i32", "u64"], result: "i32" },
  double_option_get: { parameters: ["i32"], result: "u64" },
  double_old_kernel: { parameters: ["i32", "i32"], result: "void" },
  double_address: { parameters: ["buffer"], result: "u64" },
} as const;

/** The caller of every scene, its user, and another user. */
export const SELF = 4242, ME = 501, OTHER = 502;
/** No terminal. */
export const NODEV = 0xffffffff;

/** macOS as the double plays it, through the FFI of the runtime that runs the test. */
export interface Scene {
  readonly control: Symbols<typeof CONTROL>;
  /** The kernel of macOS. */
  readonly bare: Kernel;
  /** The same, with guards around every buffer. */
  readonly kernel: GuardedKernel;
  readonly host: Host;
  /** Adds a child of the caller. */
  add(pid: number, uid?: number, flags?: number): void;
  /** Adds to one of the lists of a process: `"FD"`, `"REGION"`... */
  item(pid: number, list: string, key: bigint, value?: bigint, extra?: bigint, more?: bigint): void;
  /** Sets an attribute of a process: `"WORKQUEUE_BUSY"`... */
  set(pid: number, attribute: string, value: bigint): void;
  /** An attribute of a process. */
  get(pid: number, attribute: string): bigint;
  /** Sets an option: `"MEANINGFUL"`... */
  option(name: string, value: bigint): void;
  /** Sets text or bytes of a process: `"PATH"`... */
  blob(kind: string, pid: number, key: bigint, value: string | Uint8Array): void;
  /** What was set so; null for nothing. */
  blobOf(kind: string, pid: number): Uint8Array | null;
}

const DOUBLE = fileURLToPath(new URL("../support/double/", import.meta.url));
const SOURCES = readdirSync(DOUBLE).filter((name) => name.endsWith(".c")).sort()
  .map((name) => DOUBLE + name);

/** Opens the double with pids 0 and 1 and the caller, which is pid {@linkcode SELF}. */
export function openScene(): Scene {
  const library = openLibrary(openAdapter(), [compileLibrary(SOURCES, "calls_double")]);
  const control = library.bind(CONTROL);
  const libSystem = openLibSystem(library);
  control.double_reset();
  control.double_remove(libSystem.ids().getpid());
  control.double_caller(SELF, ME, 0);
  const bare = darwinKernel(libSystem);
  const number = (name: string) => named(`DOUBLE_${name}`);
  const must = (result: number, what: string) => {
    if (result < 0) throw new Error(`the double refuses ${what}`);
  };
  return {
    control,
    bare,
    kernel: guardedKernel(bare),
    host: { pid: () => SELF } as Host,
    add: (pid, uid = ME, flags = 0) =>
      must(control.double_add(pid, SELF, pid, NODEV, uid, uid, flags), `pid ${pid}`),
    item: (pid, list, key, value = 0n, extra = 0n, more = 0n) =>
      must(control.double_item(pid, number(list), key, value, extra, more), list),
    set: (pid, attribute, value) =>
      must(control.double_set(pid, number(attribute), value), attribute),
    get: (pid, attribute) => control.double_get(pid, number(attribute)),
    option: (name, value) => must(control.double_option(number(name), value), name),
    blob(kind, pid, key, value) {
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      control.double_set_blob(number(kind), pid, key, Uint8Array.from([...bytes, 0]), bytes.length);
    },
    blobOf(kind, pid) {
      const memory = new Uint8Array(new ArrayBuffer(65536));
      const length = control.double_get_blob(number(kind), pid, 0n, memory, memory.length);
      return length < 0 ? null : memory.slice(0, length);
    },
  };
}

/** What the call threw: its code and what it was about. */
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

/** The code of the error that the call threw, as in `"ESRCH"`. */
export function codeOf(call: () => unknown): string | undefined {
  const { code, message } = thrownBy(call);
  if (code === undefined) throw new Error(message);
  return code;
}
