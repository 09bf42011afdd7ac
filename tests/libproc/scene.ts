import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Symbols } from "../../ffi/adapter.ts";
import { openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { darwinHost } from "../../lib/darwin/host.ts";
import { darwinKernel } from "../../lib/darwin/kernel.ts";
import { type LibSystem, openLibSystem } from "../../lib/darwin/libsystem.ts";
import type { Host } from "../../lib/host.ts";
import type { Kernel } from "../../lib/kernel.ts";
import { compileLibrary } from "../support/compile.ts";

/** More of the functions that steer the double; double.h says what each does. */
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
  double_coalition: { parameters: ["u64", "u32", "u32"], result: "void" },
  double_set_blob: { parameters: ["i32", "i32", "u64", "buffer", "u32"], result: "void" },
  double_get_blob: { parameters: ["i32", "i32", "u64", "buffer", "u32"], result: "i32" },
  double_identity: { parameters: ["i32", "i32", "u64", "u64", "u64"], result: "i32" },
  double_fail: { parameters: ["i32", "u32", "i32"], result: "i32" },
  double_short: { parameters: ["i32", "u32"], result: "void" },
  double_poke: {
    parameters: ["i32", "i32", "u32", "u64", "u32", "buffer", "u32"],
    result: "void",
  },
  double_calls: { parameters: ["i32"], result: "u64" },
  double_option: { parameters: ["i32", "u64"], result: "i32" },
} as const;

/** Attributes, lists, blobs and options of the double, by the names they have in double.h. */
export const FLAGS = 0, UNIQUEID = 7, IDVERSION = 8, PLATFORM = 16, START_TICKS = 20;
export const DIRTY = 22, USER_TICKS = 25, SYSTEM_TICKS = 26, VNODE_ERRNO = 31;
export const UDATA = 32, SIGNAL = 33, PCONTROL = 34, DELAY_IDLE_SLEEP = 35;
export const STUCK_REGION = 15;
export const FD = 0, FILEPORT = 1, THREAD = 2, REGION = 3, DYNKQUEUE = 4, UPTR = 5;
export const ARGS = 1, KMSG = 2, PATH = 3, CWD = 4, ROOT = 5, COMM = 6, NAME = 7, FD_PATH = 8;
export const REGION_PATH = 10, THREAD_CWD = 12, SET_NAME = 16;
export const MEANINGFUL = 0, FGHW_MAY = 10, FGHW_REASON = 11, NO_EXTENDED = 15;
export const NUMER = 16, DENOM = 17, TBFREQUENCY = 18, TRANSLATED = 19;
export const CHROOT = 0x2000, RSR = 0x100, TRACKED = 0x20;
export const SYSCTL = 0x20, SYSCTLBYNAME = 0x21, STAT = 0x22, TIMEBASE = 0x23;
export const NODEV = 0xffffffff;

/** The caller of every scene, and the users in it. */
export const SELF = 4242, ME = 501, OTHER = 502;

/** macOS as the double plays it, every field with its meaning. */
export interface Scene {
  readonly control: Symbols<typeof CONTROL>;
  readonly libSystem: LibSystem;
  readonly kernel: Kernel;
  readonly host: Host;
  /** Adds a process of a user. */
  add(pid: number, uid?: number, flags?: number): void;
  /** Sets text or bytes of a process. */
  blob(kind: number, pid: number, key: bigint, value: string | Uint8Array): void;
}

const DOUBLE = fileURLToPath(new URL("../support/double/", import.meta.url));
const SOURCES = [
  ...readdirSync(DOUBLE).filter((name) => name.endsWith(".c")).sort().map((name) => DOUBLE + name),
  fileURLToPath(new URL("thread_id.c", import.meta.url)),
];

/** Opens the double with pids 0 and 1 and the caller, which is pid {@linkcode SELF}. */
export function openScene(): Scene {
  const library = openLibrary(openAdapter(), [compileLibrary(SOURCES, "libproc_double")]);
  const control = library.bind(CONTROL);
  control.double_reset();
  control.double_option(MEANINGFUL, 1n);
  const opened = openLibSystem(library);
  const ids = opened.ids();
  const libSystem: LibSystem = {
    ...opened,
    ids: () => ({ ...ids, getpid: () => SELF, geteuid: () => ME }),
  };
  control.double_remove(ids.getpid());
  control.double_caller(SELF, ME, 0);
  return {
    control,
    kernel: darwinKernel(libSystem),
    host: darwinHost(libSystem),
    libSystem,
    add(pid, uid = ME, flags = 0) {
      if (control.double_add(pid, 1, pid, NODEV, uid, uid, flags) < 0) {
        throw new Error(`pid ${pid}`);
      }
    },
    blob(kind, pid, key, value) {
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      control.double_set_blob(kind, pid, key, Uint8Array.from([...bytes, 0]), bytes.length);
    },
  };
}

/** The errno that a call throws. */
export function errnoOf(call: () => unknown): number | undefined {
  try {
    call();
  } catch (error) {
    return (error as { errno?: number }).errno;
  }
  return undefined;
}
