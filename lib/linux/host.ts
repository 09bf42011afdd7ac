import type { Host } from "../host.ts";
import { ERRNO } from "../kernel.ts";
import { block } from "../layout/block.ts";
import { toDarwin } from "./errno.ts";
import type { Libc } from "./libc.ts";

// struct statx.
const STATX_SIZE = 256;
const STATX_TYPE = 1;
const STX_MODE = 28;
const STX_RDEV_MAJOR = 128;
const STX_RDEV_MINOR = 132;
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;

/** What Linux says of itself. */
export function linuxHost(libc: Libc): Host {
  const { getpid, getppid, getpgrp, geteuid, getuid } = libc.ids();
  const statx = block(STATX_SIZE);
  return {
    pid: () => getpid(),
    ppid: () => getppid(),
    pgrp: () => getpgrp(),
    euid: () => geteuid() >>> 0,
    ruid: () => getuid() >>> 0,
    terminal(path) {
      const error = libc.statx(new TextEncoder().encode(`${path}\0`), STATX_TYPE, statx.bytes);
      if (error < 0) return toDarwin(error);
      const { view } = statx;
      if ((view.getUint16(STX_MODE, true) & S_IFMT) !== S_IFCHR) return -ERRNO.ENOTTY;
      return encodeDevice(
        view.getUint32(STX_RDEV_MAJOR, true),
        view.getUint32(STX_RDEV_MINOR, true),
      );
    },
  };
}

/** A device number in the 32 bits that `/proc/PID/stat` and `stat()` give it. */
function encodeDevice(major: number, minor: number): number {
  return ((minor & 0xff) | major << 8 | (minor & ~0xff) << 12) >>> 0;
}
