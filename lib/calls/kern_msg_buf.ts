import { PROC_INFO_CALL_KERNMSGBUF } from "../abi/callnum.ts";
import { systemAlone } from "../system/open.ts";
import type { SystemOptions } from "../system/system.ts";
import { asking, decodeTerminated, type Reply } from "./reply.ts";

// Most kernels keep less.
const ROOM = 131072;

/** How the message buffer is queried. */
export const KERN_MSG_BUF_REPLY: Reply<string> = {
  returns: "bytes",
  read(ask) {
    // A full buffer may lack the oldest messages.
    for (let room = ROOM;; room *= 2) {
      const bytes = new Uint8Array(new ArrayBuffer(room));
      const written = ask(bytes);
      if (written < room) return decodeTerminated(bytes.subarray(0, written));
    }
  },
};

/**
 * Reads the message buffer of the kernel, the oldest messages first: `proc_kmsgbuf()`.
 *
 * For root only, unless Linux is set to show them to all. The messages come without the `<6>` of
 * their level; the last one ends in a newline.
 *
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EPERM` the caller is not root, `ENOTSUP` this system cannot answer.
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
  return KERN_MSG_BUF_REPLY.read(asking(system.kernel, PROC_INFO_CALL_KERNMSGBUF, 0, 0, 0n));
}
