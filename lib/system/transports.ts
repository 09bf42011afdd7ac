/** The transports that move data between sockets. */
export type Transport =
  | "tcp"
  | "mptcp"
  | "udp"
  | "udpLite"
  | "sctp"
  | "dccp"
  | "icmp"
  | "icmp6"
  | "raw"
  | "vsock"
  | "packet"
  | "netlink"
  | "unix";

/** The Internet transports with a protocol number. */
export type InetTransport = Exclude<Transport, "raw" | "vsock" | "packet" | "netlink" | "unix">;

/** The transports that number ports. Each has its own range of ports. */
export type PortProtocol = "tcp" | "udp" | "udpLite" | "sctp" | "dccp" | "vsock";

/** The facts about a transport. */
export interface TransportFacts {
  /** The family of its sockets. IPv4 and IPv6 are one family. */
  readonly family: "inet" | "vsock" | "packet" | "system" | "unix";
  /** The protocol number; undefined if its sockets may have any. */
  readonly protocol?: number;
  /** The transport whose ports its sockets use; undefined if they have no ports. */
  readonly ports?: PortProtocol;
}

/** All transports. Every distinction between them is derived from this table. */
export const TRANSPORTS: Readonly<Record<Transport, TransportFacts>> = {
  tcp: { family: "inet", protocol: 6, ports: "tcp" },
  // MPTCP takes a port of TCP, and accepts connections of peers that know only TCP.
  mptcp: { family: "inet", protocol: 262, ports: "tcp" },
  udp: { family: "inet", protocol: 17, ports: "udp" },
  udpLite: { family: "inet", protocol: 136, ports: "udpLite" },
  sctp: { family: "inet", protocol: 132, ports: "sctp" },
  dccp: { family: "inet", protocol: 33, ports: "dccp" },
  icmp: { family: "inet", protocol: 1 },
  icmp6: { family: "inet", protocol: 58 },
  // Recognized by the type of the socket: the protocol is that of the packets.
  raw: { family: "inet" },
  vsock: { family: "vsock", ports: "vsock" },
  packet: { family: "packet" },
  netlink: { family: "system" },
  unix: { family: "unix" },
};

const ALL = Object.entries(TRANSPORTS) as [Transport, TransportFacts][];

/** The Internet transports by protocol number. Raw sockets may have any protocol. */
const BY_PROTOCOL: ReadonlyMap<number, InetTransport> = new Map(
  ALL.flatMap(([name, { protocol }]) =>
    protocol === undefined ? [] : [[protocol, name as InetTransport] as const]
  ),
);
const BY_FAMILY: ReadonlyMap<string, Transport> = new Map(
  ALL.flatMap(([name, { family }]) => family === "inet" ? [] : [[family, name] as const]),
);

/** The transports that number ports, in the order of the table. */
export const PORT_PROTOCOLS: readonly PortProtocol[] = [
  ...new Set(ALL.flatMap(([, { ports }]) => ports ?? [])),
];

/**
 * Returns the transport of Internet sockets with a protocol; undefined if it is not in the table.
 */
export function inetTransport(protocol: number): InetTransport | undefined {
  return BY_PROTOCOL.get(protocol);
}

/** Returns the transport of the sockets of another family; undefined if it is not in the table. */
export function familyTransport(family: string): Transport | undefined {
  return BY_FAMILY.get(family);
}
