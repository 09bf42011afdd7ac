import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { PROC_INFO_CALL_LISTPIDS, PROC_INFO_CALL_PIDFDINFO } from "../../lib/abi/callnum.ts";
import { procFdInfo } from "../../lib/abi/fd_info.ts";
import { PROC_PIDFDSOCKETINFO } from "../../lib/abi/pid_fd_info.ts";
import { PROC_PIDLISTFDS } from "../../lib/abi/pid_info.ts";
import { type Block, blockOf } from "../../lib/layout/block.ts";
import { descriptors, descriptorsOf } from "../../lib/process/descriptors.ts";
import { type ListeningPort, listeningPorts } from "../../lib/process/ports.ts";
import type { OpenSocket } from "../../lib/process/sockets.ts";
import { identity, type UnownedSocket } from "../../lib/process/unowned.ts";
import { type Holder as Found, whoHas } from "../../lib/process/who_has.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { SocketKind } from "../../lib/system/facts.ts";
import { openSystem } from "../../lib/system/open.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { type Rule, scriptedKernel } from "../../lib/testing/scripted_kernel.ts";
import { compileProgram } from "../support/compile.ts";
import { type Holder, startHolder, startTransports } from "../support/descriptors.ts";
import { encoded } from "../support/encoded.ts";
import { type Ends, startEnds } from "../support/ends.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const skipRoot = skip || (root ? false : "needs root, to become another user");

let holder: Holder;
let ends: Ends;
let transports: Holder;
before(async () => {
  if (linux) [holder, ends] = await Promise.all([startHolder(), startEnds()]);
  if (linux && root) transports = await startTransports();
});
after(() =>
  Promise.all([holder, ends, transports].map((started) => started?.[Symbol.asyncDispose]()))
);

// The view of another user.

/** The sockets that a program without privileges lists. */
interface Seen {
  /** The protocol and address as `ss` prints them, by the inode of the socket. */
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  readonly ports: readonly ListeningPort[];
  readonly again: readonly ListeningPort[];
  readonly port: number;
  readonly pid: number;
}

const SEEN = `
  import { spawnSync } from "node:child_process";
  import { readFileSync } from "node:fs";
  import { createServer } from "node:net";
  import process from "node:process";
  import { listeningPorts } from "./lib/process/ports.ts";
  const words = (text) =>
    text.split("\\n").filter(Boolean).map((line) => line.trim().split(/\\s+/));
  // Where netlink is refused, ss does not print the inodes of UDP.
  const inodesOf = (port) =>
    ["udp", "udp6"].flatMap((name) => words(readFileSync("/proc/net/" + name, "latin1")))
      .filter(([, local]) => parseInt(local.split(":")[1], 16) === port)
      .map((word) => word[9]).join();
  const ss = () => Object.fromEntries(["-Htlne", "-Hulne"].flatMap((options) =>
    words(spawnSync("ss", [options], { encoding: "utf8" }).stdout).map((word) => {
      const inode = word.find((word) => word.startsWith("ino:"))?.slice(4);
      const text = options.slice(2, 3) + " " + word[3];
      return [inode ?? inodesOf(Number(/\\d+$/.exec(text)[0])), text];
    })
  ).filter(([inodes]) => inodes !== ""));
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    const before = ss(), ports = listeningPorts(), again = listeningPorts(), after = ss();
    console.log(JSON.stringify({ before, after, ports, again, port, pid: process.pid }));
    server.close();
  });
`;

const localOf = ({ protocol, address, port, dualStack }: ListeningPort) => {
  const host = dualStack ? "*" : address.includes(":") ? `[${address}]` : address;
  return `${protocol[0]} ${host}:${port}`;
};

for (const refused of [[], ["netlink"]]) {
  const where = refused.length > 0 ? ", from files where netlink is refused" : "";
  test(`listeningPorts() lists to another user every port that ss lists${where}`, {
    skip: skipRoot,
  }, () => {
    const refuse = refused.length > 0
      ? [compileProgram(["refuse.c"], "refuse"), ...refused, "--"]
      : [];
    const seen = runWrapped([...refuse, ...AS_NOBODY], SEEN) as Seen;
    const plain = (local: string) => {
      // ss appends the interface that a socket is bound to, which is not a part of the address.
      const address = local.replace(/%[^:\]]+/, "");
      // The files do not report whether an IPv6 socket also accepts IPv4.
      return refuse.length > 0 ? address.replace("*", "[::]") : address;
    };
    // The kernel returns its tables in parts. A socket that is closed between two of them may hide
    // another one.
    const all = [...seen.ports, ...seen.again];
    const ours = new Set(all.map((port) => plain(localOf(port))));
    // Other sockets are opened and closed meanwhile, and may reuse a port.
    const stable = Object.entries(seen.before)
      .filter(([inode, local]) => seen.after[inode] === local).map(([, local]) => plain(local));
    assertEquals(stable.filter((local) => !ours.has(local)), []);
    assertGreater(stable.length, 12);
    for (const name of ["on-lo", "on-lo6"]) {
      // The files do not report the interface either.
      const end = `${refuse.length > 0 ? "" : "%lo"}:${transports.said(name)[0]}`;
      assert(Object.values(seen.before).some((local) => local.endsWith(end)), end);
    }

    // Another socket may have the same port with another protocol or address.
    const mine = seen.ports.filter(({ protocol, address, port }) =>
      protocol === "tcp" && address === "127.0.0.1" && port === seen.port
    );
    assertEquals(mine.map(({ pid, missing }) => [pid, missing]), [[seen.pid, {}]]);
    // The sockets that the other user cannot inspect are the same that this test sees, but without
    // holders.
    const theirs = listeningPorts({ pids: [holder.pid, ...ends.pids] });
    const bare = ({ holders: _, missing: _missing, pid: _pid, fd: _fd, ...port }: ListeningPort) =>
      refuse.length > 0 ? { ...port, dualStack: false, backlog: undefined } : port;
    const denied = all.filter(({ missing }) => missing.pid === "denied");
    const deniedTexts = denied.map((port) => JSON.stringify(sorted(bare(port))));
    for (const port of theirs) {
      const text = JSON.stringify(sorted(bare(port)));
      assert(deniedTexts.includes(text), text);
    }
    if (refuse.length > 0) assert(denied.every((port) => !("backlog" in port)));
    for (const port of all) {
      assertEquals(port.missing, port.pid === undefined ? { pid: "denied" } : {});
      assertEquals(port.holders.length > 0, port.pid !== undefined);
      assertEquals(port.fd === undefined, port.pid === undefined);
    }
  });
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
}

test("descriptors() lists to another user the sockets that it cannot see, as they are", {
  skip: skipRoot,
}, () => {
  const script = `
    import process from "node:process";
    import { descriptors } from "./lib/process/descriptors.ts";
    const { descriptors: found, unowned } = descriptors();
    const held = new Set(found.flatMap(({ socket }) => socket?.id ?? []));
    console.log(JSON.stringify([unowned, unowned.filter(({ socket }) => held.has(socket.id))]));
  `;
  const [unowned, both] = runWrapped(AS_NOBODY, script) as UnownedSocket[][];
  assertEquals(both, []);
  assertEquals(unowned!.filter(({ missing }) => missing.pid !== "denied"), []);
  const found = new Map(unowned!.map(({ socket }) => [socket.id, socket]));
  const system = openSystem();
  let count = 0;
  for (const pid of [holder.pid, ...ends.pids]) {
    for (const { fd, socket } of descriptorsOf(pid, system)) {
      if (socket === undefined || !isListed(socket)) continue;
      count++;
      // Only the socket itself has the name of a peer that was not accepted yet, and the queued
      // bytes of UDP.
      const { receiveQueueBytes, sendQueueBytes, ...own } = socket;
      const { receiveQueueBytes: received, sendQueueBytes: sent, ...other } = found.get(socket.id)!;
      const { remotePath: _, ...unaccepted } = own;
      assertEquals(other, own.peerId === undefined ? unaccepted : own, `${pid}:${fd}`);
      if (socket.protocol === "tcp") {
        assertEquals([received, sent], [receiveQueueBytes, sendQueueBytes], `${pid}:${fd}`);
      }
    }
  }
  assertGreater(count, 60);
});

/**
 * Returns true for sockets in the kernel's tables: UNIX-domain sockets, and sockets with an
 * address.
 */
function isListed({ family, protocol, localPort, state }: OpenSocket): boolean {
  if (family === "unix") return true;
  return (protocol === "tcp" || protocol === "udp") && localPort !== undefined &&
    state !== "closed";
}

test("whoHas() finds for another user the sockets that it cannot see", { skip: skipRoot }, () => {
  const names = ["unix", "abstract", "nul", "plain"].map((name) => ends.said(name));
  const port = ends.said("tcp"), udp = ends.said("udp-bound");
  const script = `
    import { whoHas } from "./lib/process/who_has.ts";
    const names = ${JSON.stringify(names)};
    console.log(JSON.stringify([
      whoHas({ port: ${port} }),
      whoHas({ port: ${port}, protocol: "udp" }),
      whoHas({ port: ${udp}, protocol: "udp" }),
      ...names.map((socket) => whoHas({ socket })),
      whoHas({ port: ${port} }, { pids: [${ends.pid("P")}] }),
    ]));
  `;
  const [tcp, none, bound, ...rest] = runWrapped(AS_NOBODY, script) as Found[][];
  const pids = rest.pop();
  const shown = (found: readonly Found[]) => {
    for (const { missing, as, descriptors, pid, name } of found) {
      assertEquals([missing, as, descriptors, pid ?? name], [{ pid: "denied" }, [], [], undefined]);
    }
    return found.map(({ socket }) => `${socket?.id}`).sort();
  };
  const ids = (what: Parameters<typeof whoHas>[0]) =>
    whoHas(what, { pids: ends.pids })
      .flatMap(({ descriptors }) => descriptors.map(({ socket }) => socket!.id)).sort();
  assertEquals(shown(tcp!), ids({ port: port as number }));
  assertEquals(tcp!.length, 2);
  assertEquals(none, []);
  assertEquals(shown(bound!), ids({ port: udp as number }));
  names.forEach((name, i) => assertEquals(shown(rest[i]!), ids({ socket: name as string })));
  // If pids are specified, sockets without an owner are not reported.
  assertEquals(pids, []);
});

test("descriptors() and whoHas() give root an owner of every socket of its own processes", {
  skip: skipRoot,
}, () => {
  const { descriptors: found, unowned } = descriptors();
  const ids = new Set(unowned.map(({ socket }) => socket.id));
  assertEquals(found.filter(({ socket }) => socket && ids.has(socket.id)), []);
  const port = ends.said("tcp") as number;
  assertEquals(whoHas({ port }).map(({ pid, missing }) => [pid, missing]), [[ends.pid("P"), {}]]);
});

// Decisions, tested with simulated systems.

const LISTENER = 7, MAPPED = 0x0100007f;

/** Returns a TCP socket that listens on a port of 127.0.0.1. */
function listener(id: number, port: number): Uint8Array {
  return encoded.socket({
    soi_so: BigInt(id),
    soi_family: 2,
    soi_type: 1,
    soi_protocol: 6,
    soi_kind: 2,
    soi_options: 2,
    soi_qlimit: 5,
    soi_proto: {
      pri_tcp: {
        tcpsi_state: 1,
        tcpsi_ini: {
          insi_vflag: 1,
          insi_lport: (port & 0xff) << 8 | port >> 8,
          insi_laddr: { ina_46: { i46a_addr4: { s_addr: MAPPED } } },
        },
      },
    },
  });
}

interface Made {
  /** The processes at the first listing, and at later ones. */
  readonly pids: readonly (readonly number[])[];
  /** The answers about processes: the sockets that they hold, or an errno. */
  readonly processes: Readonly<Record<number, readonly number[] | number>>;
  /** The sockets that exist at the first read, and at the second. */
  readonly sockets: readonly (readonly number[])[];
  readonly ownersListed?: boolean;
}

/**
 * Returns a system whose processes hold sockets. Each socket listens on the port with its number.
 */
function made({ pids, processes, sockets, ownersListed = true }: Made): System {
  let listed = 0, read = 0;
  const rules: Rule[] = Object.entries(processes).flatMap(([key, held]): Rule[] => {
    const pid = Number(key);
    const flavor = PROC_PIDLISTFDS;
    if (typeof held === "number") return [{ callnum: 2, pid, flavor, answer: -held }];
    const list = new Uint8Array(held.length * procFdInfo.size);
    held.forEach((_, fd) => {
      procFdInfo.encode({ proc_fd: fd, proc_fdtype: 2 }, list, fd * procFdInfo.size);
    });
    return [
      { callnum: 2, pid, flavor, answer: list },
      ...held.map((id, fd) => ({
        callnum: PROC_INFO_CALL_PIDFDINFO,
        pid,
        flavor: PROC_PIDFDSOCKETINFO,
        arg: fd,
        answer: listener(id, id),
      })),
    ];
  });
  const kernel = scriptedKernel(rules);
  return {
    ...systemOf({
      ...kernel,
      procInfo(callnum, pid, flavor, arg, buffer) {
        if (callnum !== PROC_INFO_CALL_LISTPIDS) {
          return kernel.procInfo(callnum, pid, flavor, arg, buffer);
        }
        const now = Int32Array.from(pids[Math.min(listed, pids.length - 1)]!);
        if (buffer === null) return now.byteLength + 400;
        listed++;
        new Uint8Array(buffer.buffer, buffer.byteOffset).set(new Uint8Array(now.buffer));
        return now.byteLength;
      },
    }),
    sockets: () => ({
      ownersListed,
      boundTo: () => ({ these: new Set(), others: new Set() }),
      *read(kind: SocketKind, isWanted: (identity: number) => boolean): Generator<Block> {
        if (kind === "unix") return;
        for (const id of sockets[Math.min(read++, sockets.length - 1)]!) {
          if (isWanted(id)) yield blockOf(listener(id, id));
        }
      },
    }),
  };
}

/** Returns the ports that all three functions report, which must agree. */
function reported(scene: Made): unknown[] {
  const ports = listeningPorts({ system: made(scene) });
  const { unowned } = descriptors({ system: made(scene) });
  assertEquals(
    unowned.map(({ socket, missing }) => [socket.localPort, missing]),
    ports.filter(({ pid }) => pid === undefined).map(({ port, missing }) => [port, missing]),
  );
  for (const { port, pid, missing } of ports) {
    const found = whoHas({ port }, { system: made(scene) });
    assertEquals(found[0]!.pid, pid);
    if (pid === undefined) assertEquals(found.map(({ missing }) => missing), [missing]);
  }
  return ports.map(({ port, pid, missing }) => [port, pid ?? missing.pid]);
}

test("a socket that no process holds is the kernel's if all processes could be inspected", () => {
  const scene = { pids: [[1, 2]], processes: { 1: [80], 2: [] }, sockets: [[80, LISTENER]] };
  assertEquals(reported(scene), [[LISTENER, undefined], [80, 1]]);
  assertEquals(listeningPorts({ system: made(scene) })[0], {
    protocol: "tcp",
    family: "inet",
    address: "127.0.0.1",
    port: LISTENER,
    dualStack: false,
    pendingConnections: 0,
    backlog: 5,
    pid: undefined,
    fd: undefined,
    holders: [],
    missing: {},
  });
});

test("a socket that no process holds is denied if a process may not be inspected or seen", () => {
  const denied = { 1: [80], 2: ERRNO.EPERM };
  const sockets = [[80, LISTENER]];
  const expected = [[LISTENER, "denied"], [80, 1]];
  assertEquals(reported({ pids: [[1, 2]], processes: denied, sockets }), expected);
  const seen = { 1: [80], 2: [] };
  const scene = { pids: [[1, 2]], processes: seen, sockets, ownersListed: false };
  assertEquals(reported(scene), expected);
});

test("a socket that is opened or closed meanwhile is not reported as without an owner", () => {
  const scene = { pids: [[1]], processes: { 1: [80] } };
  assertEquals(reported({ ...scene, sockets: [[80], [80, LISTENER]] }), [[80, 1]]);
  assertEquals(reported({ ...scene, sockets: [[80, LISTENER], [80]] }), [[80, 1]]);
});

test("a socket that a new process has inherited belongs to it", () => {
  const scene = {
    pids: [[1, 3], [1, 2]],
    processes: { 1: [80], 2: [LISTENER], 3: ERRNO.ESRCH },
    sockets: [[80, LISTENER]],
  };
  assertEquals(reported(scene), [[LISTENER, 2], [80, 1]]);
  const { descriptors: found } = descriptors({ system: made(scene) });
  assertEquals(found.map(({ pid }) => pid), [1, 2]);
});

test("sockets without an owner are not reported if processes are named, or the system lists none", () => {
  const scene = { pids: [[1, 2]], processes: { 1: [80], 2: [] }, sockets: [[80, LISTENER]] };
  const named = { pids: [1], system: made(scene) };
  assertEquals(descriptors(named).unowned, []);
  assertEquals(listeningPorts(named).map(({ port }) => port), [80]);
  assertEquals(whoHas({ port: LISTENER }, named), []);
  const { kernel } = made(scene);
  const system = systemOf(kernel);
  assertEquals(assertThrows(() => system.sockets(), SystemCallError).code, "ENOTSUP");
  assertEquals(descriptors({ system }).unowned, []);
  assertEquals(listeningPorts({ system }).map(({ port }) => port), [80]);
});

test("a failure to list sockets for want of memory is thrown", () => {
  const scene = { pids: [[1]], processes: { 1: [80] }, sockets: [[80]] };
  const system = {
    ...made(scene),
    sockets(): never {
      throw new SystemCallError("list the sockets", "socket", ERRNO.EMFILE);
    },
  };
  assertThrows(() => listeningPorts({ system }), SystemCallError, "EMFILE");
  assertThrows(() => descriptors({ system }), SystemCallError, "EMFILE");
});

// JSON.

test("every result is the same after JSON", { skip }, () => {
  const defined = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(defined) : value instanceof Object
      ? Object.fromEntries(
        Object.entries(value).filter(([, item]) => item !== undefined)
          .map(([key, item]) => [key, defined(item)]),
      )
      : value;
  const pids = [holder.pid, ...ends.pids];
  const port = ends.said("tcp") as number;
  const results = [
    descriptors(),
    listeningPorts(),
    whoHas({ port }, { pids }),
    whoHas({ path: "/dev/null" }),
  ];
  for (const result of results) assertEquals(JSON.parse(JSON.stringify(result)), defined(result));
});

test("the sockets of Linux are those of ss, by their inodes", { skip }, () => {
  const ss = (options: string) => {
    const { stdout } = spawnSync("ss", [options], { encoding: "utf8" });
    return [...stdout.matchAll(/ ino:(\d+)/g)].map(([, inode]) => inode!);
  };
  /** Returns the inodes of transports that ss does not list, from their own files. */
  const more = () =>
    ["udplite", "udplite6", "raw", "raw6", "icmp", "icmp6"].flatMap((name) => {
      const file = `/proc/net/${name}`;
      const [, ...lines] = existsSync(file) ? readFileSync(file, "latin1").split("\n") : [];
      return lines.map((line) => line.trim().split(/\s+/)[9] ?? "");
    });
  const system = openSystem();
  const read = (kind: SocketKind) =>
    Array.from(system.sockets().read(kind, () => true), ({ view }) => identity(view));
  for (const [kind, options] of [["inet", "-HtuMane"], ["listening", "-HtuMlne"]] as const) {
    const before = ss(options), found = read(kind), after = ss(options);
    // A connection that was not accepted yet has no inode, and no descriptor refers to it.
    const stable = before.filter((inode) => inode !== "0" && after.includes(inode));
    assertEquals(stable.filter((inode) => !found.includes(inode)), []);
    assertGreater(stable.length, 12);
    const all = [...ss("-HtuMane"), ...more()], later = read(kind);
    const strange = found.filter((inode) => later.includes(inode) && !all.includes(inode));
    assertEquals(strange, []);
  }
});
