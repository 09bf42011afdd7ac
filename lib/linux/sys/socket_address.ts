import { type Struct, struct } from "../../layout/struct.ts";

// Linux's address families.
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const AF_VSOCK = 40;

/** The size of the longest address, in bytes: `struct sockaddr_storage` (sys/socket.h). */
export const ADDRESS_SIZE = 128;

/** `struct sockaddr` (sys/socket.h): the start of every address. */
export interface Sockaddr {
  readonly sa_family: number;
  readonly sa_data: Uint8Array;
}

/** The layout of {@linkcode Sockaddr}. */
export const sockaddr: Struct<Sockaddr> = struct("sockaddr", { size: 16, align: 2 }, (c) => ({
  sa_family: c.u16(),
  sa_data: c.bytes(14),
}));

/** `struct sockaddr_in` (netinet/in.h). Port and address are in network byte order. */
export interface SockaddrIn {
  readonly sin_family: number;
  readonly sin_port: number;
  readonly sin_addr: number;
}

/** The layout of {@linkcode SockaddrIn}. */
export const sockaddrIn: Struct<SockaddrIn> = struct(
  "sockaddr_in",
  { size: 16, align: 4 },
  (c) => ({
    sin_family: c.u16(),
    sin_port: c.u16(),
    sin_addr: c.u32(),
  }),
);

/** `struct sockaddr_in6` (netinet/in.h). Port and address are in network byte order. */
export interface SockaddrIn6 {
  readonly sin6_family: number;
  readonly sin6_port: number;
  readonly sin6_flowinfo: number;
  readonly sin6_addr: Uint8Array;
  readonly sin6_scope_id: number;
}

/** The layout of {@linkcode SockaddrIn6}. */
export const sockaddrIn6: Struct<SockaddrIn6> = struct(
  "sockaddr_in6",
  { size: 28, align: 4 },
  (c) => ({
    sin6_family: c.u16(),
    sin6_port: c.u16(),
    sin6_flowinfo: c.u32(),
    sin6_addr: c.bytes(16),
    sin6_scope_id: c.u32(),
  }),
);

/** The maximum size of the path in a `struct sockaddr_un` (sys/un.h), in bytes. */
export const SUN_PATH_MAX = 108;

/** `struct sockaddr_vm` (linux/vm_sockets.h). */
export interface SockaddrVm {
  readonly svm_family: number;
  readonly svm_reserved1: number;
  readonly svm_port: number;
  readonly svm_cid: number;
}

/** The layout of {@linkcode SockaddrVm}. */
export const sockaddrVm: Struct<SockaddrVm> = struct(
  "sockaddr_vm",
  { size: 16, align: 4 },
  (c) => ({
    svm_family: c.u16(),
    svm_reserved1: c.u16(),
    svm_port: c.u32(),
    svm_cid: c.u32(),
  }),
);

/** `struct sockaddr_ll` (linux/if_packet.h), up to the last member that is read. */
export interface SockaddrLl {
  readonly sll_family: number;
  readonly sll_protocol: number;
  readonly sll_ifindex: number;
  readonly sll_hatype: number;
}

/** The layout of {@linkcode SockaddrLl}. */
export const sockaddrLl: Struct<SockaddrLl> = struct(
  "sockaddr_ll",
  { size: 20, align: 4 },
  (c) => ({
    sll_family: c.u16(),
    sll_protocol: c.u16(),
    sll_ifindex: c.i32(),
    sll_hatype: c.u16(),
  }),
);

/** `struct ifreq` (net/if.h), up to the last member that is used. */
export interface Ifreq {
  readonly ifr_name: Uint8Array;
  readonly ifr_ifindex: number;
}

/** The layout of {@linkcode Ifreq}. */
export const ifreq: Struct<Ifreq> = struct("ifreq", { size: 40, align: 8 }, (c) => ({
  ifr_name: c.bytes(16),
  ifr_ifindex: c.i32(),
}));
