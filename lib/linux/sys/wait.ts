import { type Struct, struct } from "../../layout/struct.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { waitStatus } from "../../posix/wait_status.ts";
import type { LinuxAnswer } from "./errno.ts";
import type { More } from "./libc.ts";

/** `siginfo_t` (asm-generic/siginfo.h), up to the last member that `waitid()` fills. */
export interface Siginfo {
  readonly si_signo: number;
  readonly si_errno: number;
  readonly si_code: number;
  readonly _pad: number;
  readonly si_pid: number;
  readonly si_uid: number;
  readonly si_status: number;
}

/** The layout of {@linkcode Siginfo}. */
export const siginfo: Struct<Siginfo> = struct("siginfo_t", { size: 128, align: 8 }, (c) => ({
  si_signo: c.i32(),
  si_errno: c.i32(),
  si_code: c.i32(),
  _pad: c.i32(),
  si_pid: c.i32(),
  si_uid: c.u32(),
  si_status: c.i32(),
}));

const WAIT = {
  /** `int waitid(idtype_t type, id_t id, siginfo_t *to, int options)` */
  waitid: { parameters: ["i32", "u32", "buffer", "i32"], result: "i32" },
} as const;

/** The types of ids that `waitid()` accepts. */
export const P_PID = 1;
export const P_PIDFD = 3;
/**
 * The options for a child of any type that has ended but has not been waited for. It stays
 * unchanged.
 */
const WEXITED_NOHANG_NOWAIT_ALL = 0x41000005;

/** The status of a child that has not ended. */
export const ALIVE = 0x10000;

/**
 * Makes a function that returns the 16 bits that `wait()` would report for a child, or
 * {@linkcode ALIVE}. The child stays unchanged. The function returns `-ECHILD` if the process is
 * not a child.
 */
export function childStatusReader(
  { library, memmove, location }: More,
): (type: number, id: number) => LinuxAnswer {
  const errno = new Int32Array(new ArrayBuffer(4));
  const { waitid } = library.bind(WAIT);
  const { bytes, view } = block(siginfo.size);
  const si = offsetsOf(siginfo);
  return (type, id) => {
    bytes.fill(0);
    const answer = waitid(type, id, bytes, WEXITED_NOHANG_NOWAIT_ALL);
    if (answer < 0) {
      memmove(errno, location, 4n);
      return -errno[0]!;
    }
    if (view.getInt32(si.si_pid, true) === 0) return ALIVE;
    return waitStatus(view.getInt32(si.si_code, true), view.getInt32(si.si_status, true));
  };
}
