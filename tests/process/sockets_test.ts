import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { after, before, test } from "node:test";
import { socketFdInfo } from "../../lib/abi/socket_info.ts";
import type { SocketInfo } from "../../lib/abi/socket_info.ts";
import type { Encodable } from "../../lib/abi/mod.ts";
import { descriptors, descriptorsOf } from "../../lib/process/descriptors.ts";
import { describeSocket, ipv6Text, type OpenSocket } from "../../lib/process/sockets.ts";
import { openSystem } from "../../lib/system/open.ts";
import { type Holder, startHolder } from "../support/descriptors.ts";
import { encoded } from "../support/encoded.ts";
import { type Ends, startEnds } from "../support/ends.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const skipRoot = skip || (root ? false : "needs root, to make a network namespace");

let holder: Holder;
let elsewhere: Holder;
let ends: Ends;
before(async () => {
  if (!linux) return;
  [holder, ends] = await Promise.all([startHolder(), startEnds()]);
  if (root) elsewhere = await startHolder({ net: true });
});
after(() =>
  Promise.all([holder, elsewhere, ends].map((started) => started?.[Symbol.asyncDispose]()))
);

const found = new Map<number, Map<number, OpenSocket>>();
function socketAt(pid: number, fd: number): OpenSocket {
  let sockets = found.get(pid);
  if (sockets === undefined) {
    sockets = new Map();
    found.set(pid, sockets);
    for (const { fd, socket } of descriptorsOf(pid, openSystem())) {
      if (socket !== undefined) sockets.set(fd, socket);
    }
  }
  const socket = sockets.get(fd);
  assert(socket !== undefined, `${fd} of ${pid} is not a socket`);
  return socket;
}
const held = (name: string, of = holder) => socketAt(of.pid, of.fd(name));
const end = (name: string) => socketAt(ends.places(name)[0]!.pid, ends.places(name)[0]!.fd);

// Addresses as text.

test("ipv6Text() writes addresses as RFC 5952 specifies", () => {
  const cases: Readonly<Record<string, string>> = {
    "0000:0000:0000:0000:0000:0000:0000:0000": "::",
    "0000:0000:0000:0000:0000:0000:0000:0001": "::1",
    "2001:0db8:0000:0000:0000:0000:0002:0001": "2001:db8::2:1",
    // A single group is never shortened. The first of two equal runs is.
    "2001:0db8:0000:0001:0001:0001:0001:0001": "2001:db8:0:1:1:1:1:1",
    "2001:0db8:0000:0000:0001:0000:0000:0001": "2001:db8::1:0:0:1",
    "2001:0000:0000:0001:0000:0000:0000:0001": "2001:0:0:1::1",
    "0001:0002:0003:0004:0005:0006:0000:0000": "1:2:3:4:5:6::",
    "0000:0002:0003:0004:0005:0006:0007:0008": "0:2:3:4:5:6:7:8",
    "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789": "abcd:ef01:2345:6789:abcd:ef01:2345:6789",
    "0000:0000:0000:0000:0000:ffff:c0a8:0001": "::ffff:192.168.0.1",
    "0000:0000:0000:0000:ffff:0000:c0a8:0001": "::ffff:0:c0a8:1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  };
  for (const [hex, text] of Object.entries(cases)) assertEquals(ipv6Text(bytesOf(hex)), text);
});

test("ipv6Text() writes what a URL has for an address", () => {
  let seed = 12345;
  const next = (limit: number) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return (seed >> 8) % limit;
  };
  for (let i = 0; i < 2000; i++) {
    const words = Array.from({ length: 8 }, () => next(3) ? 0 : next(65536) + 1 & 0xffff);
    // Some of these are link-local, and some can be written in two ways.
    if (words[5] === 0xffff || (words[0]! & 0xffc0) === 0xfe80 || (words[0]! & 0xff0f) === 0xff02) {
      continue;
    }
    const hex = words.map((word) => word.toString(16)).join(":");
    assertEquals(`[${ipv6Text(bytesOf(hex))}]`, new URL(`http://[${hex}]`).hostname);
  }
});

test("ipv6Text() names the interface of link-local addresses, wherever the system keeps it", () => {
  const local = bytesOf("fe80:0000:0000:0000:0000:0000:0000:0001");
  assertEquals(ipv6Text(local), "fe80::1");
  assertEquals(ipv6Text(local, 7), "fe80::1%7");
  // XNU stores the interface in the second group.
  assertEquals(ipv6Text(bytesOf("fe80:0004:0000:0000:0000:0000:0000:0001")), "fe80::1%4");
  assertEquals(ipv6Text(bytesOf("ff02:0004:0000:0000:0000:0000:0000:00fb")), "ff02::fb%4");
  assertEquals(ipv6Text(bytesOf("2001:0004:0000:0000:0000:0000:0000:0001"), 7), "2001:4::1");
});

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(
    hex.split(":").flatMap((group) => {
      const word = parseInt(group, 16);
      return [word >> 8, word & 0xff];
    }),
  );
}

// Sockets of this machine.

/**
 * Returns the state and the addresses that ss prints for the Internet sockets of a process, by
 * descriptor.
 */
function ss(pid: number): Map<number, { state: string; local: string; remote: string }> {
  const { stdout } = spawnSync("ss", ["-Hanptu"], { encoding: "utf8" });
  const rows = new Map<number, { state: string; local: string; remote: string }>();
  for (const line of stdout.split("\n")) {
    const [, state = "", , , local = "", remote = ""] = line.trim().split(/\s+/);
    for (const [, holder, fd] of line.matchAll(/pid=(\d+),fd=(\d+)/g)) {
      if (Number(holder) === pid) rows.set(Number(fd), { state, local, remote });
    }
  }
  return rows;
}

const SS_STATES: Readonly<Record<string, string>> = {
  closed: "UNCONN",
  listen: "LISTEN",
  synSent: "SYN-SENT",
  established: "ESTAB",
  closeWait: "CLOSE-WAIT",
  finWait1: "FIN-WAIT-1",
  closing: "CLOSING",
  lastAck: "LAST-ACK",
  finWait2: "FIN-WAIT-2",
};

test("a socket has the state and the addresses that ss shows", { skip }, () => {
  const rows = ss(holder.pid);
  const seen = new Set<string>();
  const written = (address: string | undefined, port: number | undefined, dual = false) =>
    address === undefined
      ? undefined
      : `${dual ? "*" : address.includes(":") ? `[${address}]` : address}:${port}`;
  for (const [fd, { state, local, remote }] of rows) {
    const socket = socketAt(holder.pid, fd);
    if (socket.state !== undefined) {
      seen.add(socket.state);
      assertEquals(SS_STATES[socket.state], state, `${fd}`);
    }
    assertEquals(written(socket.localAddress, socket.localPort, socket.dualStack), local, `${fd}`);
    const other = written(socket.remoteAddress, socket.remotePort);
    if (other === undefined) assert(/^(?:\*|0\.0\.0\.0|\[::\]):\*$/.test(remote), remote);
    else assertEquals(other, remote, `${fd}`);
  }
  assertEquals(
    [...seen].sort(),
    Object.keys(SS_STATES).filter((state) => state !== "closed").sort(),
  );
  assert(rows.size > 20);
});

test("an IPv4 connection to an IPv6 socket shows as mapped at that end", { skip }, () => {
  const client = end("mapped-client"), accepted = end("mapped-accepted");
  assertEquals([client.family, accepted.family], ["inet", "inet6"]);
  assertEquals(client.remoteAddress, "127.0.0.1");
  assertEquals([accepted.localAddress, accepted.remoteAddress], [
    "::ffff:127.0.0.1",
    "::ffff:127.0.0.1",
  ]);
  assertEquals([accepted.localPort, accepted.remotePort], [client.remotePort, client.localPort]);
  assertEquals(accepted.localPort, ends.said("mapped"));
  assertEquals(end("mapped-listener").dualStack, true);
  assertEquals(held("tcp6-only").dualStack, false);
  assert(!("dualStack" in accepted));
});

test("a socket that is bound to nothing has no address and no port", { skip }, () => {
  for (const name of ["tcp-closed", "tcp6-closed", "udp-closed", "raw"]) {
    const keys = Object.keys(held(name)).filter((key) => /Address|Port/.test(key));
    assertEquals(keys, [], name);
  }
  const bound = end("udp-bound");
  assertEquals([bound.localAddress, bound.localPort], ["0.0.0.0", ends.said("udp-bound")]);
  assert(!("remoteAddress" in bound || "state" in bound));
});

test("a socket reports its family, its type and its protocol", { skip }, () => {
  const told = (name: string) => {
    const { family, type, protocol } = held(name);
    return [family, type, protocol];
  };
  assertEquals(told("tcp-listen"), ["inet", "stream", "tcp"]);
  assertEquals(told("tcp6-all"), ["inet6", "stream", "tcp"]);
  assertEquals(told("udp6-bound"), ["inet6", "datagram", "udp"]);
  assertEquals(told("raw"), ["inet", "raw", "icmp"]);
  assertEquals(told("raw6"), ["inet6", "raw", "icmp6"]);
  assertEquals(told("unix-stream"), ["unix", "stream", undefined]);
  assertEquals(told("unix-seqpacket"), ["unix", "sequencedPacket", undefined]);
  assertEquals(told("netlink"), ["system", "raw", "route"]);
  assertEquals(told("netlink-generic"), ["system", "datagram", "generic"]);
  // The socket does not receive packets.
  assertEquals(told("packet"), ["packet", "raw", undefined]);
  assertEquals(held("packet").interfaceName, "lo");
});

test("a socket reports the bytes in its queues, and who waits", { skip }, () => {
  assertEquals(held("tcp-receiving").receiveQueueBytes, 1234);
  assertEquals(held("tcp-sending").sendQueueBytes, 567);
  assertEquals(held("unix-stream-peer").receiveQueueBytes, 7);
  assertEquals([held("tcp-listen").pendingConnections, held("tcp-listen").backlog], [3, 7]);
  assertEquals([held("unix-listen").pendingConnections, held("unix-listen").backlog], [3, 9]);
  assertEquals(held("tcp-options").receiveBufferBytes, 80000);
  for (const name of ["tcp-listen", "unix-listen"]) assertEquals(held(name).listening, true);
  const connected = held("tcp-connected");
  assertEquals([connected.listening, connected.connected], [false, true]);
  assert(!("backlog" in connected || "pendingConnections" in connected));
});

test("a UNIX-domain socket has its name exactly", { skip }, () => {
  for (const name of ["unix", "abstract", "nul", "plain"]) {
    const said = ends.said(name);
    assertEquals(end(`${name}-listener`).path, said);
    assertEquals(end(`${name}-accepted`).path, said);
    assertEquals(end(`${name}-client`).remotePath, said);
    assert(!("path" in end(`${name}-client`) || "pathHex" in end(`${name}-listener`)));
  }
  const bytes = Uint8Array.from(ends.said("odd") as string, (byte) => byte.charCodeAt(0));
  assertEquals(bytes.subarray(-2), Uint8Array.of(0x0a, 0xff));
  assertEquals(end("odd-listener").path, `${ends.folder}/odd\n\uFFFD`);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  assertEquals(end("odd-listener").pathHex, hex);
  assertEquals(end("odd-client").remotePathHex, hex);
  // 108 bytes, which is more than the struct's member can hold.
  const long = held("unix-long").path!;
  assertEquals([long.length, long.replace(/p*$/, "")], [108, `${holder.folder}/`]);
  assert(held("unix-forger").path!.endsWith("/false"));
  assert(!("path" in held("unix-alone")));
});

test("a UNIX-domain socket names the other end by its id", { skip }, () => {
  for (const [a, b] of [["pair-stream-a", "pair-stream-b"], ["unix-client", "unix-accepted"]]) {
    assertEquals([end(a!).peerId, end(b!).peerId], [end(b!).id, end(a!).id]);
  }
  assert(!("peerId" in end("unix-listener")));
});

test("sockets of another network namespace are reported, too", { skip: skipRoot }, () => {
  const { family, state, localAddress, backlog } = held("tcp-listen", elsewhere);
  assertEquals([family, state, localAddress, backlog], ["inet", "listen", "127.0.0.1", 7]);
  const client = elsewhere.fd("tcp-connected"), accepted = elsewhere.fd("tcp-accepted");
  const { pid } = elsewhere;
  const peers = descriptors({ pids: [pid, holder.pid] }).descriptors
    .find((found) => found.pid === pid && found.fd === client)?.peers;
  assertEquals(peers, [{ pid, fd: accepted }]);
});

// Answers of other kernels.

function described(psi: Encodable<SocketInfo>, edit: (bytes: Uint8Array) => void = () => {}) {
  const bytes = encoded.socket(psi);
  edit(bytes);
  return describeSocket(socketFdInfo.decode(bytes).psi, bytes);
}

const SILENT = {
  protocolNumber: 0,
  listening: false,
  connected: false,
  receiveQueueBytes: 0,
  sendQueueBytes: 0,
};

test("describeSocket() puts into words what only macOS has", () => {
  const control = described({
    soi_so: 2n ** 64n - 1n,
    soi_family: 32,
    soi_type: 2,
    soi_protocol: 2,
    soi_kind: 6,
    soi_proto: { pri_kern_ctl: { kcsi_name: "com.apple.net.utun_control" } },
  });
  assertEquals(control, {
    ...SILENT,
    id: `${2n ** 64n - 1n}`,
    family: "system",
    type: "datagram",
    protocolNumber: 2,
    controlName: "com.apple.net.utun_control",
  });
  assertEquals(described({ soi_family: 17, soi_type: 3 }).family, "route");
  assertEquals(described({ soi_family: 39, soi_type: 99 }), {
    ...SILENT,
    id: "0",
    family: "other",
  });
});

test("describeSocket() reads ports in network byte order, and all of their bits", () => {
  for (const [member, port] of [[0x5000, 80], [0xffff, 65535], [0x0100, 1], [0x00ff, 65280]]) {
    const { localPort } = described({
      soi_family: 2,
      soi_kind: 1,
      soi_proto: { pri_in: { insi_vflag: 1, insi_lport: member! } },
    });
    assertEquals(localPort, port);
  }
});

test("describeSocket() reads a UNIX-domain address of any length", () => {
  const name = (bytes: readonly number[], length = bytes.length + 2) =>
    described({ soi_family: 1, soi_kind: 3 }, (socket) => {
      // The members sun_len, sun_family and sun_path of unsi_addr.
      socket.set([length, 1, ...bytes], 24 + 240 + 16);
    });
  const long = Array.from({ length: 250 }, () => 0x78);
  assertEquals(name(long).path, "x".repeat(250));
  // On macOS, sun_len of a program may include the NULs after a path and the bytes after those.
  assertEquals(name([0x2f, 0x61, 0, 0x62], 106).path, "/a");
  assertEquals(name([0, 0, 0]).path, "\0\0\0");
  assert(!("path" in name([0x2f, 0x61], 2)) && !("path" in name([], 0)));
});

test("describeSocket() takes the states of TCP from the kernel's numbers", () => {
  const states = Array.from({ length: 12 }, (_, tcpsi_state) =>
    described({
      soi_family: 30,
      soi_protocol: 6,
      soi_kind: 2,
      soi_proto: { pri_tcp: { tcpsi_state } },
    }).state);
  assertEquals(states, [
    ...["closed", "listen", "synSent", "synReceived", "established", "closeWait", "finWait1"],
    ...["closing", "lastAck", "finWait2", "timeWait", undefined],
  ]);
});

test("describeSocket() reports the context ids and ports of virtual machines", () => {
  const any = 0xffffffff;
  const vsock = (local_cid: number, local_port: number, remote_cid = 0, remote_port = 0) =>
    described({
      soi_family: 40,
      soi_type: 1,
      soi_kind: 7,
      soi_proto: { pri_vsock: { local_cid, local_port, remote_cid, remote_port } },
    });
  assertEquals(vsock(any, any), { ...SILENT, id: "0", family: "vsock", type: "stream" });
  const { localAddress, localPort, remoteAddress, remotePort } = vsock(3, 1024, 2, 22);
  assertEquals([localAddress, localPort, remoteAddress, remotePort], ["3", 1024, "2", 22]);
});
