/**
 * This host's system: the only place where a kernel meets a runtime.
 *
 * Nothing is opened until it is first needed.
 *
 * @module
 */
import { FfiError } from "../../ffi/error.ts";
import { hostSystem, openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { LIBSYSTEM_PATHS, openLibSystem } from "../darwin/libsystem.ts";
import { darwinSystem } from "../darwin/system.ts";
import { procFs } from "../linux/proc/proc_fs.ts";
import type { World } from "../linux/proc/world.ts";
import { libcPaths, openLibc } from "../linux/sys/libc.ts";
import { linuxSystem } from "../linux/system.ts";
import { checkOptions, kindOf, object, path } from "./arguments.ts";
import { ERRNO, SystemCallError } from "./errors.ts";
import type { System, SystemOptions } from "./system.ts";

export { wantsColors } from "../../ffi/runtime.ts";

/** Which system {@linkcode openSystem} opens. */
export interface OpenOptions {
  /**
   * Linux: the process file system that answers, in place of `/proc`. It may be that of another
   * container, or a tree of files that was copied from one. All ids are that tree's.
   */
  readonly procRoot?: string;
}

/** Makes a system of this host's library. */
type Opener = (procRoot: string | undefined) => System;

let opener: Opener | undefined;
let host: System | undefined;

/**
 * Opens the system of this host, or on Linux the one that another process file system shows.
 *
 * Functions without a `system` among their options ask this host, so only a `procRoot` or a wish to
 * dispose of it makes this necessary. In a copied tree only the content of the files is reported; what
 * the kernel would have to be asked is `ENOTSUP`. Files there may be anything: those of another type
 * are `EFTYPE` or `ENOTDIR`, and those without end are `EFBIG`.
 *
 * @param options Which system it is.
 * @returns The system. After it was disposed of, every function that is given it throws a `TypeError`.
 * @throws {FfiError} The system's library cannot be opened; the message says what to do.
 * @throws {SystemCallError} Linux, and no process file system is mounted at `procRoot` or `/proc`
 * (`ENOTSUP`); or this is not Linux, and there is a `procRoot`.
 * @throws {TypeError | RangeError} `procRoot` is not a path.
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
  const { procRoot } = checkOptions(options, ["procRoot"]);
  if (procRoot !== undefined) path("procRoot", procRoot);
  return (opener ??= openerOf(hostSystem()))(procRoot);
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

function openerOf({ platform, arch }: { platform: string; arch: string }): Opener {
  if (platform === "darwin") {
    const libSystem = openLibSystem(openLibrary(openAdapter(), LIBSYSTEM_PATHS));
    return (procRoot) => {
      if (procRoot === undefined) return darwinSystem(libSystem);
      throw new SystemCallError(
        `open the processes of "${procRoot}" as macOS has no process file systems`,
        "statfs",
        ERRNO.ENOTSUP,
      );
    };
  }
  if (platform === "linux") {
    const libc = openLibc(openLibrary(openAdapter(), libcPaths(arch)));
    // One world of this host, however often it is opened: processor times never fall between two.
    let world: World | undefined;
    return (procRoot) =>
      linuxSystem(
        procRoot === undefined
          ? world ??= { fs: procFs(libc), libc }
          : { fs: procFs(libc, procRoot), libc },
      );
  }
  throw new FfiError(
    "ERR_UNSUPPORTED_SYSTEM",
    `Cannot open this system as it is neither macOS nor Linux: it is "${platform}"`,
  );
}
