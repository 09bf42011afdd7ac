/**
 * This host's kernel: the only place where a kernel meets a runtime.
 *
 * Nothing is opened until it is first needed.
 *
 * @module
 */
import { FfiError } from "../../ffi/error.ts";
import { hostSystem, openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { path } from "./arguments.ts";
import { darwinHost } from "../darwin/system.ts";
import { darwinKernel } from "../darwin/kernel.ts";
import { LIBSYSTEM_PATHS, openLibSystem } from "../darwin/libsystem.ts";
import type { Host } from "./system.ts";
import { ERRNO, SystemCallError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";
import { linuxHost } from "../linux/system.ts";
import { linuxKernel } from "../linux/kernel.ts";
import { libcPaths, openLibc } from "../linux/sys/libc.ts";
import { procFs } from "../linux/proc/proc_fs.ts";

/** What a system offers: its kernel, and what it says of itself. */
interface System {
  readonly kernel: (procRoot?: string) => Kernel;
  readonly host: (procRoot?: string) => Host;
}

export { wantsColors } from "../../ffi/runtime.ts";

let system: System | undefined;
let kernel: Kernel | undefined;
let host: Host | undefined;

/** Which kernel {@linkcode openKernel} opens. */
export interface KernelOptions {
  /**
   * Linux: where the process file system is that answers, in place of `/proc`. It may be that of
   * another container, or a tree of files that was copied from one. All ids are that tree's.
   */
  readonly procRoot?: string;
}

/**
 * The kernel of this host, opened on first use: `__proc_info()` itself on macOS, the same answers
 * from `/proc` on Linux.
 *
 * With a `procRoot` it is a kernel of its own, and no other call asks it unless it is handed over. In a
 * copied tree, only what the files hold is answered; what the system would have to be asked is `ENOTSUP`.
 *
 * @throws {FfiError} The system's library cannot be opened; the message says what to do.
 * @throws {SystemCallError} Linux, and no process file system is mounted at `/proc` (`ENOTSUP`); or
 * `procRoot` is no such place, or this is not Linux.
 * @throws {RangeError} `procRoot` holds a NUL.
 *
 * @example
 * ```ts
 * import { openKernel } from "@libproc/libproc";
 *
 * const size = openKernel().procInfo(1, 1, 0, 0n, null);
 * console.log(size > 0); // true
 * ```
 *
 * @example Processes as another mount shows them
 * ```ts
 * import { getAllPids, openKernel, SystemCallError } from "@libproc/libproc";
 *
 * try {
 *   console.log(getAllPids(openKernel({ procRoot: "/var/lib/box/proc" })));
 * } catch (error) {
 *   if (!(error instanceof SystemCallError)) throw error;
 *   console.log(error.code); // ENOTSUP: there is no such box
 * }
 * ```
 */
export function openKernel(options: KernelOptions = {}): Kernel {
  const { procRoot } = options;
  if (procRoot === undefined) return kernel ??= openSystem().kernel();
  path("procRoot", procRoot);
  return openSystem().kernel(procRoot);
}

/**
 * What this host says of itself, opened on first use.
 *
 * With a `procRoot` it is what that process file system says of its processes, to go with the kernel
 * that answers from it.
 *
 * @throws {FfiError | SystemCallError | RangeError} As from {@linkcode openKernel}.
 */
export function openHost(options: KernelOptions = {}): Host {
  const { procRoot } = options;
  if (procRoot === undefined) return host ??= openSystem().host();
  path("procRoot", procRoot);
  return openSystem().host(procRoot);
}

function openSystem(): System {
  return system ??= systemOf(hostSystem());
}

function systemOf({ platform, arch }: { platform: string; arch: string }): System {
  if (platform === "darwin") {
    const libSystem = openLibSystem(openLibrary(openAdapter(), LIBSYSTEM_PATHS));
    const only = (procRoot?: string) => {
      if (procRoot === undefined) return libSystem;
      throw new SystemCallError(
        `ask for the processes of "${procRoot}" as macOS has no process file systems`,
        "statfs",
        ERRNO.ENOTSUP,
      );
    };
    return {
      kernel: (procRoot) => darwinKernel(only(procRoot)),
      host: (procRoot) => darwinHost(only(procRoot)),
    };
  }
  if (platform === "linux") {
    const libc = openLibc(openLibrary(openAdapter(), libcPaths(arch)));
    return {
      kernel: (procRoot) => linuxKernel({ fs: procFs(libc, procRoot), libc }),
      host: (procRoot) => linuxHost(procFs(libc, procRoot), libc),
    };
  }
  throw new FfiError(
    "ERR_UNSUPPORTED_SYSTEM",
    `Cannot ask for processes as this system is neither macOS nor Linux: it is "${platform}"`,
  );
}
