import type { Symbols } from "../../ffi/adapter.ts";
import { openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { darwinHost } from "../../lib/darwin/host.ts";
import { darwinKernel } from "../../lib/darwin/kernel.ts";
import { openLibSystem } from "../../lib/darwin/libsystem.ts";
import type { Host } from "../../lib/host.ts";
import type { Kernel } from "../../lib/kernel.ts";
import { compileLibrary } from "./compile.ts";
import process from "node:process";
import { test } from "node:test";

/** The functions that steer the double; double.h says what each does. */
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
  double_fail: { parameters: ["i32", "u32", "i32"], result: "i32" },
  double_short: { parameters: ["i32", "u32"], result: "void" },
  double_grow: { parameters: ["u32"], result: "void" },
  double_grow_each: { parameters: ["u32"], result: "void" },
  double_calls: { parameters: ["i32"], result: "u64" },
  double_last: { parameters: ["buffer"], result: "void" },
  double_option: { parameters: ["i32", "u64"], result: "i32" },
  double_set_blob: { parameters: ["i32", "i32", "u64", "buffer", "u32"], result: "void" },
  double_old_kernel: { parameters: ["i32", "i32"], result: "void" },
  double_address: { parameters: ["buffer"], result: "u64" },
} as const;

/** macOS as the double plays it, behind the adapter of this runtime. */
export interface Double {
  readonly control: Symbols<typeof CONTROL>;
  readonly kernel: Kernel;
  readonly host: Host;
  /** What the last call was given, as C saw it. */
  last(): Last;
}

/** The arguments of a call, as C saw them. */
export interface Last {
  readonly callnum: number;
  readonly pid: number;
  readonly flavor: number;
  readonly arg: bigint;
  /** The address of the buffer, 0 for NULL. */
  readonly buffer: bigint;
  readonly size: number;
  readonly flags: number;
  readonly extId: bigint;
}

const SOURCES = [
  "answer",
  "bsd",
  "control",
  "list_pids",
  "pid_fd_info",
  "pid_info",
  "policy",
  "proc_info",
  "rest",
  "signals",
  "stat",
  "sysctl",
  "table",
  "threads",
  "vnode",
].map((name) => `double/${name}.c`);

/** Opens the double with the process table it has at first: 0, 1 and the caller. */
export function openDouble(): Double {
  const library = openLibrary(openAdapter(), [compileLibrary(SOURCES, "system_double")]);
  const control = library.bind(CONTROL);
  control.double_reset();
  const libSystem = openLibSystem(library);
  const memory = new BigUint64Array(8);
  return {
    control,
    kernel: darwinKernel(libSystem),
    host: darwinHost(libSystem),
    last() {
      control.double_last(new Uint8Array(memory.buffer));
      const int = (i: number) => Number(BigInt.asIntN(32, memory[i]!));
      return {
        callnum: int(0),
        pid: int(1),
        flavor: int(2),
        arg: memory[3]!,
        buffer: memory[4]!,
        size: int(5),
        flags: int(6),
        extId: memory[7]!,
      };
    },
  };
}

const skip = process.platform === "linux" ? false : "needs Linux, for which the double is built";

type Run = () => void | Promise<void>;

/** A test that needs the double; it may have a reason of its own to be skipped. */
export function doubleTest(
  name: string,
  ...args: readonly [Run] | readonly [{ readonly skip: string | boolean }, Run]
): void {
  const [own, run] = args.length === 1 ? [{ skip: false as const }, args[0]] : args;
  test(name, { skip: skip === false ? own.skip : skip }, run);
}
