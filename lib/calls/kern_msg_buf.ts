import { PROC_INFO_CALL_KERNMSGBUF } from "../abi/callnum.ts";
import { systemAlone } from "../system/open.ts";
import type { SystemOptions } from "../system/system.ts";
import { decodeTerminated, querying, type Reply } from "./reply.ts";

// More than the message buffer of most kernels.
const ROOM = 131072;

/** The reply of `PROC_INFO_CALL_KERNMSGBUF`. */
export const KERN_MSG_BUF_REPLY: Reply<string> = {
  returns: "bytes",
  read(query) {
    // If the buffer is full, the oldest messages may be missing.
    for (let room = ROOM;; room *= 2) {
      const bytes = new Uint8Array(new ArrayBuffer(room));
      const written = query(bytes);
      if (written < room) return decodeTerminated(bytes.subarray(0, written));
    }
  },
};

/**
 * Reads the message buffer of the kernel, the oldest messages first: `proc_kmsgbuf()`.
 *
 * The messages do not contain the `<6>` of their level. The last one ends with a newline.
 *
 * On macOS, only root can read the buffer. On Linux, throws `EPERM` if `kernel.dmesg_restrict` is
 * set and the caller does not have `CAP_SYSLOG`.
 *
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EPERM` if the caller may not read the buffer, `ENOTSUP` if this system
 * cannot answer.
 *
 * @example
 * ```ts
 * import { kernMsgBuf, ProcInfoError } from "@libproc/libproc/calls";
 *
 * try {
 *   console.log(kernMsgBuf().split("\n").length);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code); // EPERM: not root
 * }
 * ```
 */
export function kernMsgBuf(options: SystemOptions = {}): string {
  const system = systemAlone(options);
  return KERN_MSG_BUF_REPLY.read(querying(system.kernel, PROC_INFO_CALL_KERNMSGBUF, 0, 0, 0n));
}
