/**
 * This host's kernel: the only place where a kernel meets a runtime.
 *
 * Nothing is opened until it is first needed.
 *
 * @module
 */
import { FfiError } from "../ffi/error.ts";
import { hostSystem, openAdapter, openLibrary } from "../ffi/runtime.ts";
import { darwinHost } from "./darwin/host.ts";
import { darwinKernel } from "./darwin/kernel.ts";
import { LIBSYSTEM_PATHS, openLibSystem } from "./darwin/libsystem.ts";
import type { Host } from "./host.ts";
import type { Kernel } from "./kernel.ts";
import { linuxHost } from "./linux/host.ts";
import { linuxKernel } from "./linux/kernel.ts";
import { libcPaths, openLibc } from "./linux/libc.ts";
import { procFs } from "./linux/proc_fs.ts";

/** What a system offers: its kernel, and what it says of itself. */
interface System {
  readonly kernel: () => Kernel;
  readonly host: () => Host;
}

let system: System | undefined;
let kernel: Kernel | undefined;
let host: Host | undefined;

/**
 * The kernel of this host, opened on first use: `__proc_info()` itself on macOS, the same answers
 * from `/proc` on Linux.
 *
 * @throws {FfiError} The system's library cannot be opened; the message says what to do.
 * @throws {SystemCallError} Linux, and no process file system is mounted at `/proc` (`ENOTSUP`).
 *
 * @example
 * ```ts
 * import { openKernel } from "@libproc/libproc";
 *
 * const size = openKernel().procInfo(1, 1, 0, 0n, null);
 * console.log(size > 0); // true
 * ```
 */
export function openKernel(): Kernel {
  return kernel ??= openSystem().kernel();
}

/** What this host says of itself, opened on first use. */
export function openHost(): Host {
  return host ??= openSystem().host();
}

function openSystem(): System {
  return system ??= systemOf(hostSystem());
}

function systemOf({ platform, arch }: { platform: string; arch: string }): System {
  if (platform === "darwin") {
    const libSystem = openLibSystem(openLibrary(openAdapter(), LIBSYSTEM_PATHS));
    return { kernel: () => darwinKernel(libSystem), host: () => darwinHost(libSystem) };
  }
  if (platform === "linux") {
    const libc = openLibc(openLibrary(openAdapter(), libcPaths(arch)));
    return { kernel: () => linuxKernel({ fs: procFs(libc), libc }), host: () => linuxHost(libc) };
  }
  throw new FfiError(
    "ERR_UNSUPPORTED_SYSTEM",
    `Cannot ask for processes as this system is neither macOS nor Linux: it is "${platform}"`,
  );
}
