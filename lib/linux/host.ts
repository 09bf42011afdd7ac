import type { Host } from "../host.ts";
import { ERRNO, SystemCallError } from "../kernel.ts";
import { block } from "../layout/block.ts";
import { toDarwin } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { parseStat, STAT } from "./parse/stat.ts";

// struct statx.
const STATX_SIZE = 256;
const STATX_TYPE = 1;
const STX_MODE = 28;
const STX_RDEV_MAJOR = 128;
const STX_RDEV_MINOR = 132;
const SELF = new TextEncoder().encode("/proc/self/stat\0");
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;

/**
 * What Linux says of itself.
 *
 * The ids of processes are read where all others are, so that they agree with them: `/proc` may be of
 * another process namespace than the one in which `getpid()` answers.
 */
export function linuxHost(libc: Libc): Host {
  const statx = block(STATX_SIZE);
  const text = new Uint8Array(new ArrayBuffer(1024));
  const fields = new Float64Array(STAT.pgrp + 1);

  function self(field: number): number {
    const fd = libc.open(SELF);
    const length = fd < 0 ? fd : libc.read(fd, text, 1024n);
    if (fd >= 0) libc.close(fd);
    if (length < 0 || !parseStat(text, length, STAT.pgrp, fields)) {
      throw new SystemCallError("find this process in /proc", "open", ERRNO.ESRCH);
    }
    return fields[field]!;
  }

  return {
    pid: () => self(STAT.pid),
    ppid: () => self(STAT.ppid),
    pgrp: () => self(STAT.pgrp),
    euid: () => libc.users().geteuid() >>> 0,
    ruid: () => libc.users().getuid() >>> 0,
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
