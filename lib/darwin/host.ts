import type { Host } from "../host.ts";
import { ERRNO } from "../kernel.ts";
import { block } from "../layout/block.ts";
import type { LibSystem } from "./libsystem.ts";

// struct stat with 64-bit inode numbers (sys/stat.h).
const STAT_SIZE = 144;
const ST_MODE = 4;
const ST_RDEV = 24;
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;

/** What macOS says of itself. */
export function darwinHost(library: LibSystem): Host {
  const { getpid, getppid, getpgrp, geteuid, getuid } = library.ids();
  const { memcpy } = library.call;
  const location = library.errno;
  const errno = new Int32Array(new ArrayBuffer(4));
  const answer = block(STAT_SIZE);
  let stat: ReturnType<LibSystem["stat"]> | undefined;
  return {
    pid: () => getpid(),
    ppid: () => getppid(),
    pgrp: () => getpgrp(),
    euid: () => geteuid() >>> 0,
    ruid: () => getuid() >>> 0,
    terminal(path) {
      stat ??= library.stat();
      const bytes = new TextEncoder().encode(`${path}\0`);
      if (stat(bytes, answer.bytes) < 0) {
        memcpy(errno, location, 4n);
        return -errno[0]!;
      }
      const mode = answer.view.getUint16(ST_MODE, true);
      if ((mode & S_IFMT) !== S_IFCHR) return -ERRNO.ENOTTY;
      return answer.view.getUint32(ST_RDEV, true);
    },
  };
}
