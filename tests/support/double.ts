import { readdirSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Symbols } from "../../ffi/adapter.ts";
import { openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { darwinSystem } from "../../lib/darwin/system.ts";
import { type LibSystem, openLibSystem } from "../../lib/darwin/libsystem.ts";
import type { System } from "../../lib/system/system.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { compileLibrary } from "./compile.ts";
import { named } from "./double_names.ts";

/** The functions that control the double. See double.h. */
const CONTROL = {
  double_reset: { parameters: [], result: "void" },
  double_caller: { parameters: ["i32", "u32", "i32"], result: "void" },
  double_add: { parameters: ["i32", "i32", "i32", "u32", "u32", "u32", "u32"], result: "i32" },
  double_add_many: { parameters: ["i32"], result: "i32" },
  double_remove: { parameters: ["i32"], result: "i32" },
  double_zombie: { parameters: ["i32"], result: "i32" },
  double_set: { parameters: ["i32", "i32", "u64"], result: "i32" },
  double_get: { parameters: ["i32", "i32"], result: "u64" },
  double_count: { parameters: [], result: "i32" },
  double_exists: { parameters: ["i32"], result: "i32" },
  double_item: { parameters: ["i32", "i32", "u64", "u64", "u64", "u64"], result: "i32" },
  double_clear: { parameters: ["i32", "i32"], result: "i32" },
  double_coalition: { parameters: ["u64", "u32", "u32"], result: "void" },
  double_set_blob: { parameters: ["i32", "i32", "u64", "buffer", "u32"], result: "void" },
  double_get_blob: { parameters: ["i32", "i32", "u64", "buffer", "u32"], result: "i32" },
  double_identity: { parameters: ["i32", "i32", "u64", "u64", "u64"], result: "i32" },
  double_fail: { parameters: ["i32", "u32", "i32"], result: "i32" },
  double_short: { parameters: ["i32", "u32"], result: "void" },
  double_poke: { parameters: ["i32", "i32", "u32", "u64", "u32", "buffer", "u32"], result: "void" },
  double_grow: { parameters: ["u32"], result: "void" },
  double_grow_each: { parameters: ["u32"], result: "void" },
  double_calls: { parameters: ["i32"], result: "u64" },
  double_last: { parameters: ["buffer"], result: "void" },
  double_option: { parameters: ["i32", "u64"], result: "i32" },
  double_option_get: { parameters: ["i32"], result: "u64" },
  double_old_kernel: { parameters: ["i32", "i32"], result: "void" },
  double_address: { parameters: ["buffer"], result: "u64" },
} as const;

/** The pid of a simulated caller, its user, and another user. */
export const SELF = 4242, ME = 501, OTHER = 502;
/** The device number of a process without a terminal. */
export const NODEV = 0xffffffff;

/**
 * The simulation of macOS, called through the adapter of this runtime. The methods take a constant
 * of double.h by a name without its prefix: `"PATH"` means `DOUBLE_PATH`. The functions of
 * `control` take its number, which {@linkcode named} returns.
 */
export interface Double {
  readonly control: Symbols<typeof CONTROL>;
  readonly libSystem: LibSystem;
  /** The kernel of {@linkcode Double.system}. */
  readonly kernel: Kernel;
  readonly system: System;
  /** Returns the arguments of the last call, as the C function received them. */
  last(): Last;
  /**
   * Adds a process group leader without a terminal. By default its user is {@linkcode ME} and its
   * parent is pid 1.
   */
  add(pid: number, uid?: number, flags?: number, ppid?: number): void;
  /** Adds an item to a list of a process: `"FD"`, `"REGION"`... */
  item(pid: number, list: string, key: bigint, value?: bigint, extra?: bigint, more?: bigint): void;
  /** Sets an attribute of a process: `"WORKQUEUE_BUSY"`... */
  set(pid: number, attribute: string, value: bigint): void;
  /** Returns an attribute of a process. */
  get(pid: number, attribute: string): bigint;
  /** Sets an option: `"MEANINGFUL"`... */
  option(name: string, value: bigint): void;
  /** Sets text or bytes of a process: `"PATH"`... */
  blob(kind: string, pid: number, key: bigint, value: string | Uint8Array): void;
  /** Returns text or bytes that were set with {@linkcode Double.blob}; null if they are not set. */
  blobOf(kind: string, pid: number): Uint8Array | null;
  /** Sets the device and the inode number of a file whose path {@linkcode Double.blob} has set. */
  identity(kind: string, pid: number, key: bigint, device: bigint, inode: bigint): void;
}

/** The arguments of a call, as the C function received them. */
export interface Last {
  readonly callnum: number;
  readonly pid: number;
  readonly flavor: number;
  readonly arg: bigint;
  /** The address of the buffer; 0 for NULL. */
  readonly buffer: bigint;
  readonly size: number;
  readonly flags: number;
  readonly extId: bigint;
}

const FOLDER = fileURLToPath(new URL("double/", import.meta.url));
const SOURCES = readdirSync(FOLDER).filter((name) => name.endsWith(".c")).sort()
  .map((name) => FOLDER + name);

/**
 * Opens the double with its initial process table: the pids 0 and 1, and the caller.
 *
 * @param self The pid of a simulated caller, whose user is {@linkcode ME}. Default: this process.
 */
export function openDouble(self?: number): Double {
  const library = openLibrary(openAdapter(), [compileLibrary(SOURCES, "system_double")]);
  const control = library.bind(CONTROL);
  control.double_reset();
  let libSystem = openLibSystem(library);
  if (self !== undefined) {
    const ids = libSystem.ids();
    control.double_remove(ids.getpid());
    control.double_caller(self, ME, 0);
    libSystem = { ...libSystem, ids: () => ({ ...ids, getpid: () => self, geteuid: () => ME }) };
  }
  const system = darwinSystem(libSystem);
  return { control, libSystem, kernel: system.kernel, system, ...helpersOf(control) };
}

function helpersOf(
  control: Double["control"],
): Omit<Double, "control" | "libSystem" | "kernel" | "system"> {
  const words = new BigUint64Array(8);
  const number = (name: string) => named(`DOUBLE_${name}`);
  const must = (result: number, what: string) => {
    if (result < 0) throw new Error(`the double refuses ${what}`);
  };
  return {
    last() {
      control.double_last(new Uint8Array(words.buffer));
      const int = (i: number) => Number(BigInt.asIntN(32, words[i]!));
      return {
        callnum: int(0),
        pid: int(1),
        flavor: int(2),
        arg: words[3]!,
        buffer: words[4]!,
        size: int(5),
        flags: int(6),
        extId: words[7]!,
      };
    },
    add: (pid, uid = ME, flags = 0, ppid = 1) =>
      must(control.double_add(pid, ppid, pid, NODEV, uid, uid, flags), `pid ${pid}`),
    item: (pid, list, key, value = 0n, extra = 0n, more = 0n) =>
      must(control.double_item(pid, number(list), key, value, extra, more), list),
    set: (pid, attribute, value) =>
      must(control.double_set(pid, number(attribute), value), attribute),
    get: (pid, attribute) => control.double_get(pid, number(attribute)),
    option: (name, value) => must(control.double_option(number(name), value), name),
    blob(kind, pid, key, value) {
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      // One additional byte, because an empty buffer may become NULL, which removes the blob.
      control.double_set_blob(number(kind), pid, key, Uint8Array.from([...bytes, 0]), bytes.length);
    },
    blobOf(kind, pid) {
      const memory = new Uint8Array(new ArrayBuffer(65536));
      const length = control.double_get_blob(number(kind), pid, 0n, memory, memory.length);
      return length < 0 ? null : memory.slice(0, length);
    },
    identity: (kind, pid, key, device, inode) =>
      must(control.double_identity(number(kind), pid, key, device, inode), kind),
  };
}

const skip = process.platform === "linux" ? false : "needs Linux, for which the double is built";

type Run = () => void | Promise<void>;

/** Defines a test that needs the double. It can have another reason to be skipped. */
export function doubleTest(
  name: string,
  ...args: readonly [Run] | readonly [{ readonly skip: string | boolean }, Run]
): void {
  const [own, run] = args.length === 1 ? [{ skip: false as const }, args[0]] : args;
  test(name, { skip: skip === false ? own.skip : skip }, run);
}
