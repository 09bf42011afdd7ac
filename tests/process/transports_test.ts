import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { type Descriptor, descriptors, descriptorsOf } from "../../lib/process/descriptors.ts";
import { listeningPorts } from "../../lib/process/ports.ts";
import { processes } from "../../lib/process/rows.ts";
import type { OpenSocket } from "../../lib/process/sockets.ts";
import { type Held, whoHas } from "../../lib/process/who_has.ts";
import { openSystem } from "../../lib/system/open.ts";
import { systemOf } from "../../lib/system/system.ts";
import { type PortProtocol, TRANSPORTS } from "../../lib/system/transports.ts";
import { libproc } from "../support/cli.ts";
import { compileProgram } from "../support/compile.ts";
import { type Holder, startTransports } from "../support/descriptors.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
// Only root can create packet sockets, raw sockets and network namespaces.
const skip = !linux ? "needs Linux" : !root ? "needs root" : false;

let ours: Holder;
let theirs: Holder;
before(async () => {
  if (skip === false) {
    [ours, theirs] = await Promise.all([startTransports(), startTransports({ net: true })]);
  }
});
after(() => Promise.all([ours?.[Symbol.asyncDispose](), theirs?.[Symbol.asyncDispose]()]));
const holders = () => [ours, theirs];

/** Returns the socket with this name, as `Process.descriptors()` describes it. */
function socketOf(holder: Holder, name: string): OpenSocket {
  const found = descriptorsOf(holder.pid, openSystem()).find(({ fd }) => fd === holder.fd(name));
  assert(found?.socket !== undefined, name);
  return found.socket;
}

/** Returns the port to which the socket with this name is bound. */
const portOf = (holder: Holder, name: string) => Number(holder.said(name)[0]);

/** The transports with ports that the kernel may support, by their names in the holder. */
const STREAMS: Readonly<Record<string, PortProtocol>> = {
  tcp: "tcp",
  mptcp: "tcp",
  sctp: "sctp",
  dccp: "dccp",
};
const DATAGRAMS: Readonly<Record<string, PortProtocol>> = { udp: "udp", udplite: "udpLite" };
const has = (holder: Holder, name: string) => holder.names.includes(name);
const streams = () => Object.entries(STREAMS).filter(([name]) => has(ours, `${name}-listen`));
const datagrams = () => Object.entries(DATAGRAMS).filter(([name]) => has(ours, `${name}-bound`));

/** Finds the holders of a resource; returns the descriptors of each. */
const found = (what: Held, pids = holders().map(({ pid }) => pid)) =>
  Object.fromEntries(
    whoHas(what, { pids }).map((
      { pid, descriptors },
    ) => [pid, descriptors.map(({ fd }) => fd)]),
  );

test("the kernel has the transports that its tests need", { skip }, () => {
  const names = [...streams(), ...datagrams()].map(([name]) => name);
  for (const name of ["tcp", "udp"]) assert(names.includes(name), name);
});

for (const name of Object.keys(STREAMS)) {
  test(`a port of ${name} is found, listed and joined`, { skip }, (t) => {
    for (const holder of holders()) {
      if (!has(holder, `${name}-listen`)) return t.skip("this kernel has none");
      const fds = ["listen", "client", "accepted"].map((end) => holder.fd(`${name}-${end}`));
      const [listening = -1, client = -1, accepted = -1] = fds;
      const port = portOf(holder, `${name}-listen`);
      const protocol = STREAMS[name]!;
      const { pid } = holder;
      const expected = { [pid]: [listening, accepted] };
      assertEquals(found({ port }, [pid]), expected);
      assertEquals(found({ port, protocol }, [pid]), expected);
      assertEquals(found({ port, protocol: "udp" }, [pid]), {});
      const [listed] = listeningPorts({ pids: [pid] }).filter((listed) => listed.port === port);
      assertEquals(
        [listed?.protocol, listed?.address, listed?.backlog, listed?.holders],
        [protocol, "127.0.0.1", 5, [{ pid, fd: listening }]],
      );
      // The scan through the kernel finds the same port.
      const alone = listeningPorts({ pids: [pid], system: systemOf(openSystem().kernel) });
      assertEquals(alone.find((listed) => listed.port === port), listed);
      const peers = new Map(
        descriptors({ pids: [pid] }).descriptors.map(({ fd, peers }) => [fd, peers]),
      );
      assertEquals(peers.get(client), [{ pid, fd: accepted }]);
      assertEquals(peers.get(accepted), [{ pid, fd: client }]);
      assertEquals(socketOf(holder, `${name}-accepted`).receiveQueueBytes, 100);
      assertEquals(socketOf(holder, `${name}-accepted`).connected, true);
      const idle = socketOf(holder, `${name}-idle`);
      assertEquals([idle.connected, idle.localPort, idle.receiveQueueBytes], [false, undefined, 0]);
    }
    const filtered = processes({ port: portOf(ours, `${name}-listen`), fields: ["name"] });
    assert(filtered.some(({ pid }) => pid === ours.pid));
  });
}

for (const name of Object.keys(DATAGRAMS)) {
  test(`a port of ${name} is found, listed and joined`, { skip }, (t) => {
    for (const holder of holders()) {
      if (!has(holder, `${name}-bound`)) return t.skip("this kernel has none");
      const { pid } = holder;
      const fd = holder.fd(`${name}-bound`), port = portOf(holder, `${name}-bound`);
      const protocol = DATAGRAMS[name]!;
      assertEquals(found({ port, protocol }, [pid]), { [pid]: [fd] });
      assertEquals(found({ port, protocol: "tcp" }, [pid]), {});
      const listed = listeningPorts({ pids: [pid] });
      assertEquals(
        listed.filter((listed) => listed.port === port && listed.protocol === protocol)
          .map(({ holders }) => holders),
        [[{ pid, fd }]],
      );
      // Connected sockets do not wait for a peer.
      const one = holder.fd(`${name}-one`), other = holder.fd(`${name}-other`);
      const waiting = listed.flatMap(({ holders }) => holders.map(({ fd }) => fd));
      assertEquals([one, other].filter((fd) => waiting.includes(fd)), []);
      const peers = new Map(
        descriptors({ pids: [pid] }).descriptors.map(({ fd, peers }) => [fd, peers]),
      );
      assertEquals(peers.get(one), [{ pid, fd: other }]);
      assertEquals(peers.get(other), [{ pid, fd: one }]);
    }
  });
}

test("multipath TCP is what ss shows, and takes a port of TCP", { skip }, (t) => {
  if (!has(ours, "mptcp-listen")) return t.skip("this kernel has none");
  const { stdout } = spawnSync("ss", ["-HMane"], { encoding: "utf8" });
  for (const name of ["mptcp-listen", "mptcp-client", "mptcp-accepted"]) {
    const socket = socketOf(ours, name);
    const line = stdout.split("\n").find((line) => line.includes(` ino:${socket.id} `));
    assert(line !== undefined, name);
    const [state, , , local] = line.trim().split(/\s+/);
    assertEquals(state, socket.listening ? "LISTEN" : "ESTAB");
    assertEquals(local, `${socket.localAddress}:${socket.localPort}`);
    assertEquals([socket.protocol, socket.protocolNumber], ["mptcp", 262]);
    assertEquals(socket.state, socket.listening ? "listen" : "established");
  }
});

test("to look at a socket of multipath TCP makes no socket of TCP in it", { skip }, (t) => {
  if (!has(ours, "mptcp-idle")) return t.skip("this kernel has none");
  // No other process is in the other network namespace.
  const used = () =>
    /^sockets: used (\d+)/.exec(readFileSync(`/proc/${theirs.pid}/net/sockstat`, "utf8"))![1];
  const before = used();
  const idle = socketOf(theirs, "mptcp-idle");
  assertEquals([idle.state, idle.connected], ["closed", false]);
  assertEquals(used(), before);
});

test("sockets of virtual machines have ports, which listen", { skip }, (t) => {
  let seen = 0;
  for (const holder of holders()) {
    for (const [name, type] of [["stream", "stream"], ["seqpacket", "sequencedPacket"]]) {
      if (!has(holder, `vsock-${name}`)) continue;
      seen++;
      const { pid } = holder;
      const fd = holder.fd(`vsock-${name}`), port = portOf(holder, `vsock-${name}`);
      const socket = socketOf(holder, `vsock-${name}`);
      assertEquals([socket.family, socket.type, socket.localPort], ["vsock", type, port]);
      assertEquals([socket.listening, "localAddress" in socket], [true, false]);
      assertGreater(port, 65535);
      assertEquals(found({ port, protocol: "vsock" }, [pid]), { [pid]: [fd] });
      const [listed] = listeningPorts({ pids: [pid] }).filter((one) => one.port === port);
      assertEquals([listed?.protocol, listed?.family, listed?.address], ["vsock", "vsock", "*"]);
    }
  }
  if (seen === 0) t.skip("this kernel has none");
});

// Types of sockets, and what they are bound to.

test(
  "raw sockets, ping sockets, packets and netlink have their protocols by name",
  { skip },
  () => {
    const expected: Readonly<Record<string, readonly unknown[]>> = {
      "raw-tcp": ["inet", "raw", "tcp", 6],
      "raw-any": ["inet", "raw", "raw", 255],
      "raw-odd": ["inet", "raw", undefined, 200],
      "ping": ["inet", "datagram", "icmp", 1],
      "ping6": ["inet6", "datagram", "icmp6", 58],
      "packet-ipv4": ["packet", "datagram", "ipv4", 0x800],
      "packet-lldp": ["packet", "raw", "lldp", 0x88cc],
      "packet-odd": ["packet", "raw", undefined, 0x9abc],
      "netlink-uevent": ["system", "raw", "kobjectUevent", 15],
      "netlink-diag": ["system", "datagram", "sockDiag", 4],
      "netlink-generic": ["system", "raw", "generic", 16],
      "pair-one": ["unix", "sequencedPacket", undefined, 0],
    };
    for (const holder of holders()) {
      for (const [name, told] of Object.entries(expected)) {
        if (!has(holder, name)) continue;
        const { family, type, protocol, protocolNumber } = socketOf(holder, name);
        assertEquals([family, type, protocol, protocolNumber], told, name);
      }
    }
    assert(has(theirs, "ping") && has(theirs, "ping6") && has(ours, "packet-odd"));
  },
);

test("a socket without a port is not found by a number that is one elsewhere", { skip }, () => {
  // A raw socket of TCP has no port, and the identifier of a ping is not a port.
  const names = ["raw-tcp", "raw-any", "ping", "ping6", "packet-ipv4", "netlink-generic"];
  for (const holder of holders()) {
    const fds = names.filter((name) => has(holder, name)).map((name) => holder.fd(name));
    const { pid } = holder;
    for (const port of [6, 255, 0x800, 16]) assertEquals(found({ port }, [pid]), {});
    const listed = listeningPorts({ pids: [pid] }).flatMap(({ holders }) =>
      holders.map(({ fd }) => fd)
    );
    assertEquals(fds.filter((fd) => listed.includes(fd)), []);
  }
});

test(
  "a socket that is bound to an interface names it, in every network namespace",
  { skip },
  () => {
    for (const holder of holders()) {
      for (const name of ["on-lo", "on-lo6", "packet-ipv4"]) {
        assertEquals(socketOf(holder, name).interfaceName, "lo", name);
      }
      for (const name of ["tcp-listen", "udp-bound", "pair-one"]) {
        assert(!("interfaceName" in socketOf(holder, name)), name);
      }
    }
  },
);

/** Returns descriptors without the sizes of their sockets' queues. */
function atRest(found: readonly Descriptor[]): unknown {
  return found.map(({ socket, ...rest }) => ({
    ...rest,
    socket: socket && { ...socket, receiveQueueBytes: 0, sendQueueBytes: 0 },
  }));
}

test(
  "the parts of one process that are joined are the same for all callers",
  { skip },
  async () => {
    const { pid } = ours;
    const [both, alone] = [
      descriptors({ pids: [pid] }).descriptors,
      descriptorsOf(pid, openSystem()),
    ];
    // The queues change as packets arrive and are acknowledged.
    assertEquals(atRest(alone), atRest(both));
    const pairs = [
      ["pair-one", "pair-other"],
      ["pipe-read", "pipe-write"],
      ["unix-client", "unix-accepted"],
      ["tcp-client", "tcp-accepted"],
    ].map((pair) => pair.map((name) => ours.fd(name)));
    const args = ["--json", "--fields", "fd,peers"];
    for (const command of ["fds", "sockets"]) {
      const { out } = await libproc(command, `${pid}`, ...args);
      const rows = JSON.parse(out) as { fd: number; peers: string[] | null }[];
      const peers = new Map(rows.map(({ fd, peers }) => [fd, peers]));
      for (const [one, other] of pairs) {
        if (!peers.has(one!)) continue;
        assertEquals([peers.get(one!), peers.get(other!)], [[`${pid}/${other}`], [
          `${pid}/${one}`,
        ]]);
      }
      assertEquals(peers.has(pairs[1]![0]!), command === "fds");
    }
  },
);

// Files of UNIX-domain sockets.

const fds = (names: readonly string[]) => names.map((name) => ours.fd(name));

test("whoHas() finds a socket by its file, whatever its names were and are", { skip }, () => {
  const { folder, pid } = ours;
  const only = (names: readonly string[]) => ({ [pid]: fds(names) });
  for (const key of ["path", "socket"] as const) {
    const who = (name: string) => found({ [key]: `${folder}/${name}` } as Held, [pid]);
    assertEquals(who("relative"), only(["unix-relative", "unix-accepted"]), key);
    assertEquals(who("after"), only(["unix-renamed"]), key);
    // By the name that another socket had before, `socket` also finds that socket.
    const both = key === "socket" ? ["unix-old", "unix-new"] : ["unix-new"];
    assertEquals(who("replaced"), only(both), key);
  }
  const [held] = whoHas({ path: `${folder}/relative` }, { pids: [pid] });
  assertEquals(held!.descriptors.map(({ peers }) => peers), [
    undefined,
    [{ pid, fd: ours.fd("unix-client") }],
  ]);
  // No process has a path that does not exist, but a socket keeps the name that it was bound to.
  assertEquals(found({ socket: `${folder}/before` }, [pid]), {});
  assertEquals(found({ socket: "before" }, [pid]), only(["unix-renamed"]));
});

test("the command takes the path of a socket, as it is and behind unix:", { skip }, async () => {
  const { folder, pid } = ours;
  for (const word of [`${folder}/after`, `unix:${folder}/after`]) {
    const { out, status } = await libproc("who", word, "--json");
    const rows = JSON.parse(out) as { pid: number; fds: number[] }[];
    assertEquals([status, rows.map(({ pid, fds }) => [pid, fds])], [
      0,
      [[pid, fds(["unix-renamed"])]],
    ]);
  }
  const port = portOf(ours, "udplite-bound");
  const { out } = await libproc("who", `udplite:${port}`, "--json", "--fields", "pid,fds");
  assertEquals(JSON.parse(out), [{ pid, fds: fds(["udplite-bound"]) }]);
});

test("a socket whose process may not be inspected is found by its file", { skip }, () => {
  const script = `
    import { whoHas } from "./lib/process/who_has.ts";
    console.log(JSON.stringify(["relative", "after"].map((name) =>
      whoHas({ path: ${JSON.stringify(ours.folder)} + "/" + name })
        .map(({ pid, socket, missing }) => [pid ?? null, socket?.id, missing]))));
  `;
  spawnSync("chmod", ["755", ours.folder]);
  const id = (name: string) =>
    /\d+/.exec(readlinkSync(`/proc/${ours.pid}/fd/${ours.fd(name)}`))![0];
  const missing = { pid: "denied" };
  const [relative, after] = runWrapped(AS_NOBODY, script) as unknown[][];
  assertEquals(
    new Set(relative),
    new Set([[null, id("unix-relative"), missing], [null, id("unix-accepted"), missing]]),
  );
  assertEquals(after, [[null, id("unix-renamed"), missing]]);
});

test("where the kernel does not report the files of sockets, names that lead there do", {
  skip,
}, () => {
  const script = `
    import { whoHas } from "./lib/process/who_has.ts";
    const pids = [${ours.pid}];
    console.log(JSON.stringify(["relative", "after", "replaced"].map((name) =>
      whoHas({ path: ${JSON.stringify(ours.folder)} + "/" + name }, { pids })
        .map(({ descriptors }) => descriptors.map(({ fd }) => fd)))));
  `;
  const refuse = [compileProgram(["refuse.c"], "refuse"), "netlink", "--"];
  // The process has left the folder in which it bound the relative name.
  assertEquals(runWrapped(refuse, script), [[], [], [fds(["unix-old", "unix-new"])]]);
});

// Sockets without a visible process.

test("sockets of every transport are listed to those who may not inspect their process", {
  skip,
}, () => {
  const names = ours.names.filter((name) =>
    /^(tcp|mptcp|sctp|dccp|udp|udplite|raw|on-lo)/.test(name) && !name.endsWith("-idle")
  );
  const script = `
    import { descriptors } from "./lib/process/descriptors.ts";
    import { listeningPorts } from "./lib/process/ports.ts";
    console.log(JSON.stringify([descriptors().unowned, listeningPorts()]));
  `;
  const [unowned, ports] = runWrapped(AS_NOBODY, script) as [
    { socket: OpenSocket }[],
    { protocol: string; port: number; missing: object }[],
  ];
  const sockets = new Map(unowned.map(({ socket }) => [socket.id, socket]));
  assertEquals(sockets.size, unowned.length);
  for (const name of names) {
    const own = socketOf(ours, name), other = sockets.get(own.id);
    const told = (socket?: OpenSocket) => [
      ...[socket?.family, socket?.protocol, socket?.localPort, socket?.remotePort],
      ...[socket?.listening, socket?.connected],
    ];
    assertEquals(told(other), told(own), name);
  }
  for (const name of ["tcp-listen", "mptcp-listen", "udp-bound", "udplite-bound"]) {
    if (!has(ours, name)) continue;
    const port = portOf(ours, name);
    const protocol = { ...STREAMS, ...DATAGRAMS }[name.split("-")[0]!];
    const listed = ports.filter((one) => one.port === port && one.protocol === protocol);
    assertEquals(listed.map(({ missing }) => missing), [{ pid: "denied" }], name);
  }
});

// The last entry refuses the calls that Linux 5.5 lacks. They are those of the first entry, with
// another errno.
for (const refused of [["getfd"], ["getfd", "netlink"], ["5.5"]]) {
  const what = refused.join(" and ").replace("5.5", "what Linux 5.5 lacks");
  test(`sockets have their protocols where ${what} is refused`, { skip }, () => {
    const names = ours.names.filter((name) =>
      /^(tcp|mptcp|udp|udplite|raw|packet|netlink)/.test(name) && !name.endsWith("-idle")
    );
    const script = `
      import { descriptorsOf } from "./lib/process/descriptors.ts";
      import { openSystem } from "./lib/system/open.ts";
      console.log(JSON.stringify(descriptorsOf(${ours.pid}, openSystem())));
    `;
    const wrapper = [compileProgram(["refuse.c"], "refuse"), ...refused, "--"];
    const all = runWrapped(wrapper, script) as { fd: number; socket?: OpenSocket }[];
    for (const name of names) {
      const own = socketOf(ours, name);
      const other = all.find(({ fd }) => fd === ours.fd(name))?.socket;
      assert(other !== undefined, name);
      const told = ({ family, protocolNumber, localPort, remotePort, connected }: OpenSocket) => [
        ...[family, protocolNumber, localPort, remotePort, connected],
      ];
      assertEquals(told(other), told(own), name);
    }
  });
}

// Errors.

test("whoHas() names the protocols that it takes, and the ports of each", () => {
  const refused = (what: unknown) => assertThrows(() => whoHas(what as Held), RangeError).message;
  const names = new Set(Object.values(TRANSPORTS).flatMap(({ ports }) => ports ?? []));
  assertEquals(names, new Set(["tcp", "udp", "udpLite", "sctp", "dccp", "vsock"]));
  const message = refused({ port: 1, protocol: "mptcp" });
  for (const name of names) assert(message.includes(JSON.stringify(name)), message);
  assert(refused({ port: 65536 }).includes("65535"));
  assert(refused({ port: 2 ** 32 - 1, protocol: "vsock" }).includes("4294967294"));
});
