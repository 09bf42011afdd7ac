import { socketFdInfo, type SocketInfo } from "../../lib/abi/socket_info.ts";
import type { Encodable } from "../../lib/abi/mod.ts";

/** Answers of a kernel, for scripts. */
export const encoded = {
  /** A `struct socket_fdinfo`. */
  socket(psi: Encodable<SocketInfo>): Uint8Array {
    const bytes = new Uint8Array(socketFdInfo.size);
    socketFdInfo.encode({ psi }, bytes);
    return bytes;
  },
};
