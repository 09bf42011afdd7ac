/**
 * UNIX-domain sockets: a `socket_info` with a `soi_kind` of `SOCKINFO_UN` (bsd/sys/proc_info.h).
 *
 * @module
 */

import type { Union } from "../layout/cursor.ts";
import { type Struct, struct } from "../layout/struct.ts";
import { type SockaddrUn, sockaddrUn } from "./socket_address.ts";

/** The members of the unions in {@linkcode UnSockInfo}. Only the address is decoded. */
export interface UnSockInfoAddr {
  /** The address. */
  readonly ua_sun?: SockaddrUn;
  /** The space that the union reserves for an address. Never decoded. */
  readonly ua_dummy?: string;
}

/** `struct un_sockinfo`: a UNIX-domain socket. */
export interface UnSockInfo {
  /** The `soi_so` of the socket that this socket is connected to; 0 without one. */
  readonly unsi_conn_so: bigint;
  /** The `soi_pcb` of the socket that this socket is connected to; 0 without one. */
  readonly unsi_conn_pcb: bigint;
  /** The address that the socket is bound to. */
  readonly unsi_addr: UnSockInfoAddr;
  /** The address of the socket that this socket is connected to. Its offset is odd. */
  readonly unsi_caddr: UnSockInfoAddr;
}

const ADDR: Union<UnSockInfoAddr> = {
  size: 255,
  align: 1,
  members: {
    ua_sun: (c) => c.struct(sockaddrUn),
    ua_dummy: (c) => c.chars(255),
  },
};

/** The layout of {@linkcode UnSockInfo}. */
export const unSockInfo: Struct<UnSockInfo> = struct(
  "un_sockinfo",
  { size: 528, align: 8 },
  (c): UnSockInfo => ({
    unsi_conn_so: c.u64(),
    unsi_conn_pcb: c.u64(),
    unsi_addr: c.union(ADDR, "ua_sun"),
    unsi_caddr: c.union(ADDR, "ua_sun"),
  }),
);
