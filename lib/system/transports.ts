/** What brings data from one socket to another. */
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

/** The transports of the Internet that have a protocol number each. */
export type InetTransport = Exclude<Transport, "raw" | "vsock" | "packet" | "netlink" | "unix">;

/** The transports that number ports, each its own ones. */
export type PortProtocol = "tcp" | "udp" | "udpLite" | "sctp" | "dccp" | "vsock";

/** What is known of a transport. */
export interface TransportFacts {
  /** The family of its sockets; the Internet is one, of IPv4 and IPv6. */
  readonly family: "inet" | "vsock" | "packet" | "system" | "unix";
  /** The number of the protocol; undefined if its sockets may have any. */
  readonly protocol?: number;
  /** Whose ports its sockets have; undefined if they have none. */
  readonly ports?: PortProtocol;
}

/** Every transport. Whatever makes a difference between them derives it from here. */
export const TRANSPORTS: Readonly<Record<Transport, TransportFacts>> = {
  tcp: { family: "inet", protocol: 6, ports: "tcp" },
  // It takes a port of TCP, and connections of those who know TCP only.
  mptcp: { family: "inet", protocol: 262, ports: "tcp" },
  udp: { family: "inet", protocol: 17, ports: "udp" },
  udpLite: { family: "inet", protocol: 136, ports: "udpLite" },
  sctp: { family: "inet", protocol: 132, ports: "sctp" },
  dccp: { family: "inet", protocol: 33, ports: "dccp" },
  icmp: { family: "inet", protocol: 1 },
  icmp6: { family: "inet", protocol: 58 },
  // By its type: the protocol is that of the packets.
  raw: { family: "inet" },
  vsock: { family: "vsock", ports: "vsock" },
  packet: { family: "packet" },
  netlink: { family: "system" },
  unix: { family: "unix" },
};

const ALL = Object.entries(TRANSPORTS) as [Transport, TransportFacts][];

/** The transports of the Internet, by the numbers of their protocols; raw sockets have any. */
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

/** The transport of Internet sockets of a protocol; undefined if it has no name here. */
export function inetTransport(protocol: number): InetTransport | undefined {
  return BY_PROTOCOL.get(protocol);
}

/** The transport of the sockets of a family other than the Internet's, likewise. */
export function familyTransport(family: string): Transport | undefined {
  return BY_FAMILY.get(family);
}
