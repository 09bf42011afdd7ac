/**
 * This host's system: the only place where a kernel meets a runtime.
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

/** Which system {@linkcode openSystem} opens. */
export interface OpenOptions {
  /**
   * Linux: the process file system that answers, in place of `/proc`. It may be that of another
   * container, or a tree of files that was copied from one. All ids are that tree's.
   */
  readonly procRoot?: string;
  /**
   * Linux: whether all processes are read at once by BPF programs, which the kernel runs, and not from
   * files: several times as fast to read all of them, with the same values. So are the descriptors
   * of all processes, and the sockets that listen, whose programs are loaded when they are first needed. True
   * loads them or throws an error that states what is missing; `"auto"` goes without where they cannot be
   * loaded. They take CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, and stay loaded until the system is disposed
   * of or the process ends. Not for a `procRoot`. Default: false.
   */
  readonly bpf?: boolean | "auto";
}

/** Makes a system of this host's library. */
type Opener = (procRoot: string | undefined, bpf: boolean | "auto") => System;

let opener: Opener | undefined;
let host: System | undefined;

/**
 * Opens the system of this host, or on Linux the one that another process file system shows.
 *
 * Functions without a `system` among their options query this host, so only a `procRoot` or a wish to
 * dispose of it makes this necessary. In a copied tree only the content of the files is reported; a value
 * that only the kernel has is `ENOTSUP`. Files there may be anything: those of another type
 * are `EFTYPE` or `ENOTDIR`, and those without end are `EFBIG`.
 *
 * @param options Which system it is.
 * @returns The system. After it was disposed of, every function that is given it throws a `TypeError`.
 * @throws {FfiError} The system's library cannot be opened; the message states what to do.
 * @throws {SystemCallError} Linux, and no process file system is mounted at `procRoot` or `/proc`
 * (`ENOTSUP`); this is not Linux, and there is a `procRoot`; or `bpf` is true, and the programs cannot be
 * loaded: the verifier's log, if it wrote one, is the `cause`.
 * @throws {TypeError | RangeError} `procRoot` is not a path, or `bpf` neither a boolean nor `"auto"`.
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

/** The system of this host that all share who name none. */
export function defaultSystem(): System {
  return host ??= openSystem();
}

/**
 * The system that options name, or else this host.
 *
 * @throws {TypeError} `system` is not one.
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
 * The system in the options of a function that has no others. Whatever has a system will do, such as a
 * double with its controls; without one, another option would be ignored.
 *
 * @throws {TypeError} `system` is not one, or there are other options in its place.
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
    // One world of this host, however often it is opened: processor times never fall between two.
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
