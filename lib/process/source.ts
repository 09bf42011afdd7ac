import type { Host } from "../system/system.ts";
import { ERRNO, SystemCallError } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import { openHost, openKernel } from "../system/open.ts";

/** Who is asked about processes. */
export interface SourceOptions {
  /** The kernel that is asked; this host's when left out. */
  readonly kernel?: Kernel;
  /**
   * What says the rest. When left out it is this host; but for a `kernel` that was handed in, nothing
   * that it would have to say is known.
   */
  readonly host?: Host;
}

/** Who is asked about processes. */
export interface Source {
  /** The kernel. */
  readonly kernel: Kernel;
  /** What says the rest. */
  readonly host: Host;
}

/** Who is asked: what the options say, and this host for what they leave out. */
export function sourceOf({ kernel, host }: SourceOptions): Source {
  if (kernel === undefined) return { kernel: openKernel(), host: host ?? openHost() };
  return { kernel, host: host ?? NOBODY };
}

function unknown(): never {
  throw new SystemCallError("ask the host of this kernel", "host", ERRNO.ENOTSUP);
}

/** The host of a kernel of which only the kernel is there. */
const NOBODY: Host = {
  pid: unknown,
  ppid: unknown,
  pgrp: unknown,
  euid: unknown,
  ruid: unknown,
  threadId: unknown,
  terminal: () => -ERRNO.ENOTSUP,
  fileId: unknown,
  timebase: unknown,
  arguments: unknown,
  details: () => ({}),
  confinement: () => ({}),
  executable: unknown,
  terminalPath: () => undefined,
  bootId: unknown,
  userName: () => undefined,
  userId: () => undefined,
  kill: unknown,
  watchExit: unknown,
};
