import { socketFdInfo, type SocketInfo } from "../../lib/abi/socket_info.ts";
import type { Encodable } from "../../lib/abi/mod.ts";

/** Encodes results for scripted kernels. */
export const encoded = {
  /** Encodes a `struct socket_fdinfo`. */
  socket(psi: Encodable<SocketInfo>): Uint8Array {
    const bytes = new Uint8Array(socketFdInfo.size);
    socketFdInfo.encode({ psi }, bytes);
    return bytes;
  },
};
