/**
 * The addresses of sockets (bsd/netinet/in.h, bsd/netinet6/in6.h, bsd/sys/un.h).
 *
 * @module
 */

import type { Cursor, Union } from "../layout/cursor.ts";
import { type Struct, struct } from "../layout/struct.ts";

/** `struct in_addr`: an IPv4 address. */
export interface InAddr {
  /**
   * The four bytes in network byte order, read as a number in the byte order of the machine:
   * 127.0.0.1 is 0x0100007f.
   */
  readonly s_addr: number;
}

/** The layout of {@linkcode InAddr}. */
export const inAddr: Struct<InAddr> = struct(
  "in_addr",
  { size: 4, align: 4 },
  (c): InAddr => ({
    s_addr: c.u32(),
  }),
);

/** The members of the union in {@linkcode In6Addr}. Only the bytes are decoded. */
export interface In6AddrUnion {
  /** The address as 16 bytes. */
  readonly __u6_addr8?: Uint8Array;
  /** The address as 8 numbers, each in network byte order. Never decoded. */
  readonly __u6_addr16?: readonly number[];
  /** The address as 4 numbers, each in network byte order. Never decoded. */
  readonly __u6_addr32?: readonly number[];
}

/** `struct in6_addr`: an IPv6 address. */
export interface In6Addr {
  /** The address. */
  readonly __u6_addr: In6AddrUnion;
}

const IN6_ADDR: Union<In6AddrUnion> = {
  size: 16,
  align: 4,
  members: {
    __u6_addr8: (c) => c.bytes(16),
    __u6_addr16: (c) => c.array(8, (c) => c.u16()),
    __u6_addr32: (c) => c.array(4, (c) => c.u32()),
  },
};

/** The layout of {@linkcode In6Addr}. */
export const in6Addr: Struct<In6Addr> = struct(
  "in6_addr",
  { size: 16, align: 4 },
  (c): In6Addr => ({
    __u6_addr: c.union(IN6_ADDR, "__u6_addr8"),
  }),
);

/** `struct in4in6_addr`: an IPv4 address in the place of an IPv6 address. */
export interface In4In6Addr {
  /** 12 bytes of padding. Always 0. */
  readonly i46a_pad32: readonly number[];
  /** The IPv4 address. */
  readonly i46a_addr4: InAddr;
}

/** The layout of {@linkcode In4In6Addr}. */
export const in4In6Addr: Struct<In4In6Addr> = struct(
  "in4in6_addr",
  { size: 16, align: 4 },
  (c): In4In6Addr => ({
    i46a_pad32: c.array(3, (c) => c.u32()),
    i46a_addr4: c.struct(inAddr),
  }),
);

/** `struct sockaddr_un`: the address of a UNIX-domain socket. */
export interface SockaddrUn {
  /** The number of bytes of the struct that are in use; 0 without an address. */
  readonly sun_len: number;
  /** The address family: 1, `AF_UNIX`. */
  readonly sun_family: number;
  /**
   * The path, up to its first NUL or the end of the field. An abstract name, which only Linux has,
   * starts with a NUL and may contain others: its length follows from `sun_len`. It is empty if all
   * its bytes are NULs. Encoding cuts the text to 103 bytes and a NUL.
   */
  readonly sun_path: string;
}

/** The offset of `sun_path`, in bytes. */
const SUN_PATH = 2;
const SUN_PATH_SIZE = 104;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads an abstract name from the `sun_path` before the cursor. */
function abstractName(c: Cursor, length: number): string {
  c.at -= SUN_PATH_SIZE;
  const name = c.bytes(SUN_PATH_SIZE).subarray(0, length - SUN_PATH);
  return name.some((byte) => byte !== 0) ? decoder.decode(name) : "";
}

/** The layout of {@linkcode SockaddrUn}. */
export const sockaddrUn: Struct<SockaddrUn> = struct(
  "sockaddr_un",
  { size: 106, align: 1 },
  (c): SockaddrUn => {
    let length: number;
    return {
      sun_len: length = c.u8(),
      sun_family: c.u8(),
      sun_path: c.chars(SUN_PATH_SIZE) || (length > SUN_PATH ? abstractName(c, length) : ""),
    };
  },
);
