import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  SOCKINFO_GENERIC,
  SOCKINFO_IN,
  SOCKINFO_NDRV,
  SOCKINFO_TCP,
  SOCKINFO_UN,
  SOCKINFO_VSOCK,
  SOI_S_CANTRCVMORE,
  SOI_S_CANTSENDMORE,
  SOI_S_ISCONNECTED,
  SOI_S_ISCONNECTING,
  SOI_S_NBIO,
  TSI_S__CLOSE_WAIT,
  TSI_S_CLOSED,
  TSI_S_CLOSING,
  TSI_S_ESTABLISHED,
  TSI_S_FIN_WAIT_1,
  TSI_S_FIN_WAIT_2,
  TSI_S_LAST_ACK,
  TSI_S_LISTEN,
  TSI_S_SYN_SENT,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { compileProgram } from "../support/compile.ts";
import { type Holder, startHolder, startListener } from "../support/descriptors.ts";
import { type SocketView, viewSocket } from "../support/socket_view.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to make network namespaces" : false;

// Darwin's numbers.
const AF_UNIX = 1, AF_INET = 2, AF_NDRV = 27, AF_INET6 = 30, AF_SYSTEM = 32, AF_VSOCK = 40;
const SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_SEQPACKET = 5;
const TCP = 6, UDP = 17;
const ACCEPTCONN = 0x2, REUSEADDR = 0x4, KEEPALIVE = 0x8, DONTROUTE = 0x10, BROADCAST = 0x20;
const LINGER = 0x80, OOBINLINE = 0x100, REUSEPORT = 0x200, TIMESTAMP = 0x400;

let ours: Holder;
let theirs: Holder;
before(async () => {
  if (skip !== false) return;
  [ours, theirs] = await Promise.all([startHolder(), startHolder({ net: true })]);
});
after(() => Promise.all([ours?.[Symbol.asyncDispose](), theirs?.[Symbol.asyncDispose]()]));

/** Returns the holder in this network namespace, and the one in another namespace. */
const holders = () => [ours, theirs];
const views = (holder: Holder, name: string) => viewSocket(holder.pid, holder.fd(name));

/** Returns the inode of a socket, from its link. */
function inodeOf(holder: Holder, name: string): number {
  const link = readlinkSync(`/proc/${holder.pid}/fd/${holder.fd(name)}`);
  return Number(/^socket:\[(\d+)\]$/.exec(link)![1]);
}

/** Returns the addresses of a socket, as the kernel lists them in the namespace of the process. */
function listed(holder: Holder, name: string): { local: string; remote: string } {
  const inode = inodeOf(holder, name);
  for (const file of ["tcp", "tcp6", "udp", "udp6"]) {
    const [, ...lines] = readFileSync(`/proc/${holder.pid}/net/${file}`, "latin1").split("\n");
    for (const line of lines) {
      const fields = line.trim().split(/\s+/);
      if (Number(fields[9]) !== inode) continue;
      return { local: decode(fields[1]!), remote: decode(fields[2]!) };
    }
  }
  throw new Error(`"${name}" is in no list`);
}

/**
 * Converts `0100007F:1F90` to `127.0.0.1:8080`. The bytes of each 32-bit word of an address are
 * reversed.
 */
function decode(text: string): string {
  const [hex = "", port = ""] = text.split(":");
  const bytes = hex.match(/.{8}/g)!.flatMap((word) =>
    word.match(/../g)!.reverse().map((byte) => parseInt(byte, 16))
  );
  const mapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 255;
  const address = bytes.length === 4
    ? bytes.join(".")
    : mapped
    ? bytes.slice(12).join(".")
    : `[${
      Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8 | bytes[2 * i + 1]!).toString(16))
        .join(":")
    }]`;
  return `${address}:${parseInt(port, 16)}`;
}

const portOf = (address: string) => Number(address.slice(address.lastIndexOf(":") + 1));

// TCP.

/** The state of each TCP socket in TCP's numbers, and the flags of the socket. */
const TCP_STATES: Readonly<Record<string, readonly [tcp: number, state: number]>> = {
  "tcp-closed": [TSI_S_CLOSED, 0],
  "tcp-listen": [TSI_S_LISTEN, 0],
  "tcp-syn-sent": [TSI_S_SYN_SENT, SOI_S_ISCONNECTING | SOI_S_NBIO],
  "tcp-connected": [TSI_S_ESTABLISHED, SOI_S_ISCONNECTED],
  "tcp-accepted": [TSI_S_ESTABLISHED, SOI_S_ISCONNECTED],
  "tcp-fin-wait-1": [TSI_S_FIN_WAIT_1, SOI_S_ISCONNECTED | SOI_S_CANTSENDMORE],
  "tcp-fin-wait-2": [TSI_S_FIN_WAIT_2, SOI_S_ISCONNECTED | SOI_S_CANTSENDMORE],
  "tcp-close-wait": [TSI_S__CLOSE_WAIT, SOI_S_ISCONNECTED | SOI_S_CANTRCVMORE],
  "tcp-last-ack": [
    TSI_S_LAST_ACK,
    SOI_S_ISCONNECTED | SOI_S_CANTSENDMORE | SOI_S_CANTRCVMORE,
  ],
  "tcp-closing": [
    TSI_S_CLOSING,
    SOI_S_ISCONNECTED | SOI_S_CANTSENDMORE | SOI_S_CANTRCVMORE,
  ],
  "tcp6-connected": [TSI_S_ESTABLISHED, SOI_S_ISCONNECTED],
  "tcp6-mapped": [TSI_S_ESTABLISHED, SOI_S_ISCONNECTED],
  "tcp6-all": [TSI_S_LISTEN, 0],
};

test("a TCP socket in any state, in our network namespace and in another", { skip }, () => {
  for (const holder of holders()) {
    for (const [name, [tcp, state]] of Object.entries(TCP_STATES)) {
      const view = views(holder, name);
      assertEquals([view.kind, view.tcp, view.state], [SOCKINFO_TCP, tcp, state], name);
      assertEquals([view.type, view.protocol], [SOCK_STREAM, TCP], name);
      assertEquals(view.family, name.startsWith("tcp6") ? AF_INET6 : AF_INET, name);
      // SYN and FIN take a sequence number each, but are not data.
      assertEquals([view.receive!.cc, view.send!.cc], [0, 0], name);
    }
  }
});

test("the addresses of sockets are those that the kernel lists", { skip }, () => {
  for (const holder of holders()) {
    const names = holder.names.filter((name) => /^(tcp|udp)/.test(name) && !/-closed$/.test(name));
    assert(names.length > 20);
    for (const name of names) {
      const { local, remote } = views(holder, name);
      assertEquals({ local, remote }, listed(holder, name), name);
    }
  }
});

test("both ends of a connection have each other's addresses", { skip }, () => {
  for (const holder of holders()) {
    for (
      const [one, other] of [["tcp-connected", "tcp-accepted"], ["tcp6-connected", "tcp6-accepted"]]
    ) {
      const a = views(holder, one!), b = views(holder, other!);
      assertEquals([a.local, a.remote], [b.remote, b.local]);
      assertNotEquals(a.local, a.remote);
      assertNotEquals(a.so, b.so);
    }
    assertEquals(views(holder, "tcp-connected").remote!.split(":")[0], "127.0.0.1");
    assertEquals(views(holder, "tcp6-connected").local!.split("]")[0], "[0:0:0:0:0:0:0:1");
    const syn = views(holder, "tcp-syn-sent");
    assertEquals(syn.remote, views(holder, "tcp-full").local);
  }
});

test("the flags report which family the addresses are of", { skip }, () => {
  const IPV4 = 1, IPV6 = 2;
  for (const holder of holders()) {
    const flags = (name: string) => views(holder, name).vflag;
    assertEquals(flags("tcp-listen"), IPV4);
    assertEquals(flags("tcp6-connected"), IPV6);
    assertEquals(flags("tcp6-mapped"), IPV4);
    assertEquals(flags("tcp6-all"), IPV4 | IPV6);
    assertEquals(flags("tcp6-only"), IPV6);
    assertEquals(flags("tcp6-closed"), IPV6);
    assertEquals(flags("udp-bound"), IPV4);
    assertEquals(flags("udp6-bound"), IPV6);
    assertEquals(flags("raw6"), IPV6);
    const mapped = views(holder, "tcp6-mapped");
    assertEquals(mapped.local!.split(":")[0], "127.0.0.1");
  }
});

test("a listening socket reports how many connections wait, and how many may", { skip }, () => {
  for (const holder of holders()) {
    assertEquals(views(holder, "tcp-listen").queue, [3, 7]);
    assertEquals(views(holder, "tcp-full").queue, [1, 0]);
    assertEquals(views(holder, "tcp6-all").queue, [0, 5]);
    assertEquals(views(holder, "tcp-listen").options, ACCEPTCONN);
    assertEquals(views(holder, "tcp-connected").queue, [0, 0]);
  }
  // The kernel reports the queue of a UNIX-domain socket only in its own namespace.
  assertEquals(views(ours, "unix-listen").queue, [3, 9]);
  assertEquals(views(ours, "unix-abstract").queue, [1, 2]);
});

test(
  "the buffers report the bytes that no process has read or acknowledged",
  { skip },
  async () => {
    for (const holder of holders()) {
      const receiving = views(holder, "tcp-receiving");
      assertEquals([receiving.receive!.cc, receiving.send!.cc], [1234, 0]);
      assert(receiving.receive!.mbcnt > 1234);
      const sending = views(holder, "tcp-sending");
      assertEquals([sending.receive!.cc, sending.send!.cc], [0, 567]);
      // The socket retransmits until it gives up. Between two timers, no timer runs for a moment.
      let { timers } = sending;
      for (let tries = 0; tries < 100 && timers![0] === 0; tries++) {
        await sleep(10);
        timers = views(holder, "tcp-sending").timers;
      }
      const [rexmt, persist, keep, wait] = timers!;
      assert(rexmt! > 0 && rexmt! <= 120_000, `${timers}`);
      assertEquals([persist, keep, wait], [0, 0, 0]);
      assertEquals(views(holder, "tcp-connected").timers, [0, 0, 0, 0]);
    }
  },
);

test("the options of a socket, in XNU's numbers and units", { skip }, () => {
  for (const holder of holders()) {
    const view = views(holder, "tcp-options");
    assertEquals(view.options, KEEPALIVE | LINGER | OOBINLINE);
    assertEquals(view.linger, 500);
    assertEquals([view.receive!.lowat, view.send!.lowat], [77, 1]);
    assertEquals([view.receive!.timeo, view.send!.timeo], [150, 1]);
    assertEquals(view.receive!.hiwat, 80_000);
    assertEquals([view.ttl, view.tos], [33, 0x10]);
    assertEquals(view.mss, Number(holder.said("tcp-options")[0]));
    const keep = view.timers![2]!;
    assert(keep > 6_000_000 && keep <= 7_200_000, `${view.timers}`);
    const udp = views(holder, "udp-bound").options;
    assertEquals(udp, REUSEADDR | DONTROUTE | BROADCAST | REUSEPORT | TIMESTAMP);
  }
});

test("a socket has the inode as its number, and one that no other has in the namespace", {
  skip,
}, () => {
  for (const holder of holders()) {
    const names = holder.names.filter((name) => /^(tcp|udp|raw|unix|netlink|packet)/.test(name));
    const generations = new Set<number>();
    for (const name of names) {
      const { so, pcb, generation } = views(holder, name);
      assertEquals([so, pcb], [inodeOf(holder, name), inodeOf(holder, name)], name);
      if (generation === undefined) continue;
      assert(generation > 0 && !generations.has(generation), name);
      generations.add(generation);
    }
  }
});

// Other Internet sockets.

test("datagram and raw sockets", { skip }, () => {
  for (const holder of holders()) {
    const view = (name: string) => {
      const { kind, family, type, protocol, state } = views(holder, name);
      return [kind, family, type, protocol, state];
    };
    assertEquals(view("udp-bound"), [SOCKINFO_IN, AF_INET, SOCK_DGRAM, UDP, 0]);
    assertEquals(view("udp-connected"), [SOCKINFO_IN, AF_INET, SOCK_DGRAM, UDP, SOI_S_ISCONNECTED]);
    assertEquals(view("udp6-bound"), [SOCKINFO_IN, AF_INET6, SOCK_DGRAM, UDP, 0]);
    assertEquals(view("raw"), [SOCKINFO_IN, AF_INET, SOCK_RAW, 1, 0]);
    assertEquals(view("raw6"), [SOCKINFO_IN, AF_INET6, SOCK_RAW, 58, 0]);
    assertEquals(views(holder, "udp-connected").remote, views(holder, "udp-bound").local);
    assertEquals(views(holder, "udp-bound").remote, "0.0.0.0:0");
    assertEquals(views(holder, "udp-closed").local, "0.0.0.0:0");
    assertEquals(views(holder, "udp6-bound").hops, 17);
    // A raw socket has its protocol in place of the port.
    assertEquals(views(holder, "raw").local, "0.0.0.0:0");
    assertEquals(portOf(views(holder, "raw6").local!), 0);
    assertEquals([views(holder, "raw6").checksum, views(holder, "udp6-bound").checksum], [2, -1]);
  }
});

// UNIX-domain sockets.

const PAIRS = { "stream": SOCK_STREAM, "dgram": SOCK_DGRAM, "seqpacket": SOCK_SEQPACKET };

test("both ends of a pair of UNIX-domain sockets lead to each other", { skip }, () => {
  for (const [name, type] of Object.entries(PAIRS)) {
    const one = views(ours, `unix-${name}`), other = views(ours, `unix-${name}-peer`);
    assertEquals([one.peer, other.peer], [other.so, one.so], name);
    assertEquals([one.kind, one.family, one.type], [SOCKINFO_UN, AF_UNIX, type], name);
    assertEquals([one.name, one.peerName], ["", ""], name);
    assert(one.state! & SOI_S_ISCONNECTED, name);
  }
  assertEquals(views(ours, "unix-stream-peer").receive!.cc, 7);
  assertEquals(views(ours, "unix-stream").send!.cc, 0);
  assertEquals(
    [views(ours, "unix-seqpacket").state, views(ours, "unix-seqpacket-peer").state],
    [
      SOI_S_ISCONNECTED | SOI_S_NBIO | SOI_S_CANTSENDMORE,
      SOI_S_ISCONNECTED | SOI_S_NBIO | SOI_S_CANTRCVMORE,
    ],
  );
  const alone = views(ours, "unix-alone");
  assertEquals([alone.peer, alone.state, alone.name], [0, 0, ""]);
});

test(
  "a UNIX-domain socket in another network namespace has everything except the values of sock_diag",
  {
    skip,
  },
  () => {
    const one = views(theirs, "unix-stream");
    assertEquals([one.kind, one.type, one.state, one.peer], [
      SOCKINFO_UN,
      SOCK_STREAM,
      SOI_S_ISCONNECTED,
      0,
    ]);
    assertEquals(views(theirs, "unix-listen").name, `${theirs.folder}/listener`);
    assertEquals(views(theirs, "unix-listen").options, ACCEPTCONN);
  },
);

test("the addresses of UNIX-domain sockets, whatever bytes they have", { skip }, () => {
  for (const holder of holders()) {
    const path = `${holder.folder}/listener`;
    const abstract = `\0a\nb${holder.pid}\0`;
    const names = (name: string) => [views(holder, name).name, views(holder, name).peerName];
    assertEquals(names("unix-listen"), [path, ""]);
    assertEquals(names("unix-client"), ["", path]);
    assertEquals(names("unix-accepted"), [path, ""]);
    assertEquals(names("unix-abstract"), [abstract, ""]);
    assertEquals(names("unix-abstract-client"), ["", abstract]);
    assertEquals(names("unix-long"), [`${holder.folder}/`.padEnd(108, "p"), ""]);
  }
  assertEquals(views(ours, "unix-client").peer, views(ours, "unix-accepted").so);
  assertEquals(views(ours, "unix-accepted").peer, views(ours, "unix-client").so);
});

// Other families.

test("sockets of the kernel, of packets and of virtual machines", { skip }, () => {
  for (const holder of holders()) {
    const netlink = views(holder, "netlink");
    assertEquals(
      [netlink.kind, netlink.family, netlink.type, netlink.protocol, netlink.state],
      [SOCKINFO_GENERIC, AF_SYSTEM, SOCK_RAW, 0, 0],
    );
    const generic = views(holder, "netlink-generic");
    assertEquals([generic.type, generic.protocol], [SOCK_DGRAM, 16]);
    const packet = views(holder, "packet");
    assertEquals([packet.kind, packet.family, packet.type], [SOCKINFO_NDRV, AF_NDRV, SOCK_RAW]);
    // The name is looked up in the network namespace of the socket.
    assertEquals([packet.interfaceName, packet.interfaceFamily], ["lo", 1]);
    // The kernel may not support sockets of virtual machines.
    if (!holder.names.includes("vsock")) continue;
    const vsock = views(holder, "vsock");
    assertEquals([vsock.kind, vsock.family, vsock.cid], [SOCKINFO_VSOCK, AF_VSOCK, 0xffffffff]);
    assertEquals(vsock.port, Number(holder.said("vsock")[0]));
  }
});

test("our own sockets answer as others do", { skip }, async () => {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const mine = readdirSync("/proc/self/fd").map(Number).map((fd) => viewSocket(process.pid, fd));
  const found = mine.filter(({ local, tcp }) =>
    local === `127.0.0.1:${port}` && tcp === TSI_S_LISTEN
  );
  assertEquals(found.length, 1);
  server.close();
});

// Side effects.

test("the error that a socket has pending stays with it", { skip }, async () => {
  for (const holder of holders()) {
    for (let i = 0; i < 3; i++) assertEquals(views(holder, "udp-refused").error, undefined);
    // The call that reads the error clears it, so a second call finds no error.
    assertEquals(await holder.pendingError(), 111);
    assertEquals(await holder.pendingError(), 0);
  }
});

test("what a socket has received stays with it", { skip }, () => {
  for (let i = 0; i < 3; i++) assertEquals(views(ours, "tcp-receiving").receive!.cc, 1234);
  for (let i = 0; i < 3; i++) assertEquals(views(ours, "unix-stream-peer").receive!.cc, 7);
});

// Sockets that the kernel does not let another process duplicate.

/** Returns the views of a process for which some calls are refused. */
function seen(refused: readonly string[], holder: Holder, names: readonly string[]) {
  const wrapper = [compileProgram(["refuse.c"], "refuse"), ...refused, "--"];
  const fds = names.map((name) => holder.fd(name));
  const script = `
    import { readdirSync } from "node:fs";
    import { viewSocket } from "./tests/support/socket_view.ts";
    const fds = ${JSON.stringify(fds)};
    const all = () => fds.map((fd) => viewSocket(${holder.pid}, fd));
    all();
    const open = () => readdirSync("/proc/self/fd").length;
    let views, leaked = Infinity;
    // The runtime may open something of its own at any time; a leak is there every time.
    for (let i = 0; i < 5 && leaked > 0; i++) {
      const before = open();
      views = all();
      leaked = Math.min(leaked, open() - before);
    }
    console.log(JSON.stringify({ views, leaked }));
  `;
  const { views, leaked } = runWrapped(wrapper, script) as {
    views: SocketView[];
    leaked: number;
  };
  assertEquals(leaked, 0);
  return new Map(names.map((name, i) => [name, views[i]!]));
}

/** Returns the ways to read a socket without a duplicate: sock_diag, and the files of /proc. */
const WAYS = () =>
  [
    { name: "sock_diag", refused: ["getfd"], holder: ours, diag: true },
    { name: "/proc/net", refused: ["getfd", "netlink"], holder: ours, diag: false },
    { name: "/proc/PID/net of another namespace", refused: ["getfd"], holder: theirs, diag: false },
  ] as const;

/** Sockets that are not bound, so no table lists them. */
const UNLISTED = ["tcp-closed", "tcp6-closed", "udp-closed"];

test("without a duplicate, TCP sockets are found in tables", { skip }, () => {
  for (const { name: way, refused, holder } of WAYS()) {
    const names = holder.names.filter((name) => name.startsWith("tcp") && !UNLISTED.includes(name));
    for (const [name, view] of seen(refused, holder, names)) {
      const direct = views(holder, name);
      const same = (v: SocketView) => [
        ...[v.so, v.pcb, v.family, v.type, v.protocol, v.kind, v.tcp, v.state],
        ...[v.local, v.remote, v.receive?.cc, v.send?.cc],
        // The files do not report whether a socket also accepts IPv4.
        name === "tcp6-all" ? 0 : v.vflag,
      ];
      assertEquals(same(view), same(direct), `${way}: ${name}`);
      if (way === "sock_diag") {
        assertEquals([view.generation, view.vflag], [direct.generation, direct.vflag], name);
        assertEquals(
          [view.queue, view.receive?.hiwat],
          [direct.queue, direct.receive?.hiwat],
          name,
        );
      } else {
        assertEquals(view.queue![0], direct.queue![0], `${way}: ${name}`);
        assertEquals(view.generation, 0);
      }
      assertEquals(view.options! & ACCEPTCONN, direct.options! & ACCEPTCONN, name);
      if (name !== "tcp-options") continue;
      const keep = view.timers![2]!;
      assert(keep > 6_000_000 && keep <= 7_200_000, `${way}: ${view.timers}`);
    }
  }
});

test("without a duplicate, datagram and raw sockets are found in tables", { skip }, () => {
  for (const { name: way, refused, holder } of WAYS()) {
    const names = ["udp-bound", "udp-connected", "udp6-bound", "udp-refused", "raw", "raw6"];
    for (const [name, view] of seen(refused, holder, names)) {
      const direct = views(holder, name);
      const same = (v: SocketView) => [
        ...[v.so, v.family, v.type, v.protocol, v.kind, v.state, v.local, v.remote, v.vflag],
      ];
      assertEquals(same(view), same(direct), `${way}: ${name}`);
    }
  }
});

test("without a duplicate, UNIX-domain sockets are found in tables", { skip }, () => {
  for (const { name: way, refused, holder, diag } of WAYS()) {
    const names = holder.names.filter((name) => name.startsWith("unix"));
    for (const [name, view] of seen(refused, holder, names)) {
      const direct = views(holder, name);
      if (!diag && name === "unix-victim") {
        // The table has two lines about it, because the address of another socket imitates a line.
        assertEquals(view, { error: ERRNO.EPERM }, way);
        continue;
      }
      if (!diag && name === "unix-forger") {
        assertEquals(view.so, direct.so, way);
        continue;
      }
      const same = (v: SocketView) => [
        ...[v.so, v.family, v.type, v.kind, v.options],
        // A file shows both a NUL inside an abstract address and an "@" as "@".
        diag ? v.name : v.name!.replace(/\0$/, "@"),
        ...(diag ? [v.peer, v.state! | SOI_S_NBIO, v.receive?.cc, v.queue] : []),
      ];
      assertEquals(same(view), same(direct), `${way}: ${name}`);
      assertEquals(
        view.state! & SOI_S_ISCONNECTED,
        direct.state! & SOI_S_ISCONNECTED,
        `${way}: ${name}`,
      );
      // The peer of a connection that was not accepted yet has no inode.
      const known = diag && direct.peer !== 0;
      assertEquals(view.peerName, known ? direct.peerName : "", `${way}: ${name}`);
    }
  }
});

test("without a duplicate, the kernel's sockets and those of packets are found in tables", {
  skip,
}, () => {
  for (const { name: way, refused, holder } of WAYS()) {
    const found = seen(refused, holder, ["netlink", "netlink-generic", "packet"]);
    const of = (name: string) => {
      const { so, family, protocol, kind } = found.get(name)!;
      return [so === inodeOf(holder, name), family, protocol, kind];
    };
    assertEquals(of("netlink"), [true, AF_SYSTEM, 0, SOCKINFO_GENERIC], way);
    assertEquals(of("netlink-generic"), [true, AF_SYSTEM, 16, SOCKINFO_GENERIC], way);
    assertEquals(of("packet"), [true, AF_NDRV, 0, SOCKINFO_NDRV], way);
  }
});

test("without a duplicate, a socket that no table has is EPERM, and not empty", { skip }, () => {
  for (const { name: way, refused, holder } of WAYS()) {
    const names = [...UNLISTED, ...holder.names.filter((name) => name === "vsock")];
    for (const [name, view] of seen(refused, holder, names)) {
      assertEquals(view, { error: ERRNO.EPERM }, `${way}: ${name}`);
    }
  }
});

test("without a duplicate, a walk of many sockets finds each of them", { skip }, async () => {
  await using many = await startListener(2000);
  const script = `
    import { viewSocket } from "./tests/support/socket_view.ts";
    const fds = ${JSON.stringify(many.fds)};
    console.log(JSON.stringify(fds.map((fd) => viewSocket(${many.pid}, fd))));
  `;
  const direct = many.fds.map((fd) => viewSocket(many.pid, fd));
  assertEquals(new Set(direct.map(({ local }) => local)).size, 2000);
  assert(direct.every(({ tcp, queue }) => tcp === TSI_S_LISTEN && queue![1] === 1));
  for (const refused of [["getfd"], ["getfd", "netlink"]]) {
    const wrapper = [compileProgram(["refuse.c"], "refuse"), ...refused, "--"];
    const found = runWrapped(wrapper, script) as SocketView[];
    assertEquals(
      found.map(({ so, local, tcp }) => [so, local, tcp]),
      direct.map(({ so, local, tcp }) => [so, local, tcp]),
    );
  }
});

test("another user's sockets are EPERM without any privilege", { skip }, () => {
  const names = ours.names.filter((name) => /^(tcp|udp|unix)/.test(name));
  const script = `
    import { viewSocket } from "./tests/support/socket_view.ts";
    const fds = ${JSON.stringify(names.map((name) => ours.fd(name)))};
    console.log(JSON.stringify(fds.map((fd) => viewSocket(${ours.pid}, fd))));
  `;
  const found = runWrapped(AS_NOBODY, script) as SocketView[];
  assertEquals(found, names.map(() => ({ error: ERRNO.EPERM })));
});
