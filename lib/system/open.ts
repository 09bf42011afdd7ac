/**
 * Opens the system of this host: the only place where a kernel meets a runtime.
 *
 * Nothing is opened until it is first needed.
 *
 * @module
 */
import { FfiError } from "../../ffi/error.ts";
import { type HostSystem, hostSystem, openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { LIBSYSTEM_PATHS, openLibSystem } from "../darwin/libsystem.ts";
import { darwinSystem } from "../darwin/system.ts";
import { openBpfReaders, tryBpfReaders } from "../linux/bpf/system.ts";
import { procFs } from "../linux/proc/proc_fs.ts";
import type { World } from "../linux/proc/world.ts";
import { architectureOf } from "../linux/sys/architecture.ts";
import { libcPaths, openLibc } from "../linux/sys/libc.ts";
import { linuxSystem } from "../linux/system.ts";
import { checkOptions, kindOf, object, path, shown } from "./arguments.ts";
import { ERRNO, SystemCallError } from "./errors.ts";
import type { System, SystemOptions } from "./system.ts";

export { isDumb, wantsColors } from "../../ffi/runtime.ts";

/** The options of {@linkcode openSystem}. */
export interface OpenOptions {
  /**
   * Linux: the process file system to read instead of `/proc`. It may be that of another container,
   * or a copy of one. All ids are those of this file system.
   */
  readonly procRoot?: string;
  /**
   * Linux: true to read processes, file descriptors and listening sockets with BPF programs, which
   * the kernel runs, instead of files. Reading all processes is several times as fast, and the
   * values are the same. The programs for descriptors and sockets are loaded when they are first
   * needed.
   *
   * With true, `openSystem()` throws an error that states what is missing if the programs
   * cannot be loaded. With `"auto"`, it then reads files. The programs need CAP_BPF and
   * CAP_PERFMON, or CAP_SYS_ADMIN, and stay loaded until the system is disposed of or the process
   * ends. They cannot read a `procRoot`. Default: false.
   */
  readonly bpf?: boolean | "auto";
}

/** Opens a system with this host's library. */
type Opener = (procRoot: string | undefined, bpf: boolean | "auto") => System;

let opener: Opener | undefined;
let host: System | undefined;

/**
 * Opens the system of this host, or on Linux the system that another process file system shows.
 *
 * Functions without a `system` option query this host. A system must be opened only for a
 * `procRoot`, for `bpf`, or to be disposed of. A copied tree provides only the content of its
 * files: a value that only the kernel has is `ENOTSUP`. Files in such a tree can be anything: those
 * of another type are `EFTYPE` or `ENOTDIR`, and endless ones are `EFBIG`.
 *
 * @param options The system to open.
 * @returns The system. After it is disposed of, every function that queries it throws a
 * `TypeError`.
 * @throws {FfiError} The system's library cannot be opened; the message states what to do.
 * @throws {SystemCallError} On Linux, no process file system is mounted at `procRoot` or `/proc`
 * (`ENOTSUP`). On another system, there is a `procRoot`. Or `bpf` is true and the programs cannot
 * be loaded; the `cause` is the verifier's log, if it wrote one.
 * @throws {TypeError | RangeError} `procRoot` is not a path, or `bpf` is neither a boolean nor
 * `"auto"`.
 *
 * @example Processes as another mount shows them
 * ```ts
 * import { openSystem, processes, SystemCallError } from "@libproc/libproc";
 *
 * try {
 *   using system = openSystem({ procRoot: "/var/lib/box/proc" });
 *   console.log(processes({ system }).length);
 * } catch (error) {
 *   if (!(error instanceof SystemCallError)) throw error;
 *   console.log(error.code); // ENOTSUP: there is no such box
 * }
 * ```
 */
export function openSystem(options: OpenOptions = {}): System {
  const { procRoot, bpf = false } = checkOptions(options, ["procRoot", "bpf"]);
  if (procRoot !== undefined) path("procRoot", procRoot);
  if (typeof bpf !== "boolean" && bpf !== "auto") {
    const given: unknown = bpf;
    throw new TypeError(
      `Cannot pass bpf as it must be true, false or "auto": it is ${shown(given)}`,
    );
  }
  return (opener ??= openerOf(hostSystem()))(procRoot, bpf);
}

/** Returns the system of this host, which all callers without a `system` option share. */
export function defaultSystem(): System {
  return host ??= openSystem();
}

/**
 * Returns the system that options name, or the system of this host.
 *
 * @throws {TypeError} `system` is not a system.
 */
export function systemIn(options: SystemOptions): System {
  const { system } = object("options", options);
  if (system === undefined) return defaultSystem();
  const { kernel } = (system ?? {}) as Partial<System>;
  if (typeof kernel?.procInfo === "function") return system;
  throw new TypeError(
    `Cannot pass system as it must be one of openSystem() or systemOf(): it is ${kindOf(system)}`,
  );
}

/**
 * Returns the system in the options of a function that has no other options. An object with a
 * `system` may have other members, as a test double does. Options without one are checked, as any
 * other option would be ignored.
 *
 * @throws {TypeError} `system` is not a system, or is missing and there are other options.
 */
export function systemAlone(options: SystemOptions): System {
  if (object("options", options).system === undefined) checkOptions(options, SYSTEM);
  return systemIn(options);
}

const SYSTEM = ["system"] as const;

function withoutBpf(why: string): SystemCallError {
  return new SystemCallError(`read processes by BPF programs as ${why}`, "bpf", ERRNO.ENOTSUP);
}

function openerOf({ platform, arch, libc: kind }: HostSystem): Opener {
  if (platform === "darwin") {
    const libSystem = openLibSystem(openLibrary(openAdapter(), LIBSYSTEM_PATHS));
    return (procRoot, bpf) => {
      if (bpf === true) throw withoutBpf("macOS has no BPF programs for them");
      if (procRoot === undefined) return darwinSystem(libSystem);
      throw new SystemCallError(
        `open the processes of "${procRoot}" as macOS has no process file systems`,
        "statfs",
        ERRNO.ENOTSUP,
      );
    };
  }
  if (platform === "linux") {
    const architecture = architectureOf(arch);
    const libc = openLibc(
      openLibrary(openAdapter(), libcPaths(architecture, kind)),
      architecture,
    );
    // All systems of this host share one world, so that processor times do not decrease between
    // them.
    let world: World | undefined;
    return (procRoot, bpf) => {
      if (procRoot !== undefined) {
        if (bpf === true) throw withoutBpf("they would be those of this machine, not of procRoot");
        return linuxSystem({ fs: procFs(libc, procRoot), libc });
      }
      world ??= { fs: procFs(libc), libc };
      if (bpf === false) return linuxSystem(world);
      return linuxSystem(world, bpf === true ? openBpfReaders(world) : tryBpfReaders(world));
    };
  }
  throw new FfiError(
    "ERR_UNSUPPORTED_SYSTEM",
    `Cannot open this system as it is "${platform}": run the program on macOS or Linux` +
      (platform === "win32" ? ", or in WSL" : ""),
  );
}
