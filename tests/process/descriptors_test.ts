import {
  assert,
  assertEquals,
  assertGreater,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readlinkSync, statSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { PROC_INFO_CALL_LISTPIDS, PROC_INFO_CALL_PIDFDINFO } from "../../lib/abi/callnum.ts";
import {
  PROX_FDTYPE_ATALK,
  PROX_FDTYPE_CHANNEL,
  PROX_FDTYPE_KQUEUE,
  PROX_FDTYPE_NEXUS,
  PROX_FDTYPE_PIPE,
  PROX_FDTYPE_PSEM,
  PROX_FDTYPE_PSHM,
  PROX_FDTYPE_VNODE,
} from "../../lib/abi/fd_info.ts";
import { procFdInfo } from "../../lib/abi/fd_info.ts";
import {
  PROC_PIDFDPIPEINFO,
  PROC_PIDFDPSEMINFO,
  PROC_PIDFDPSHMINFO,
  PROC_PIDFDVNODEPATHINFO,
} from "../../lib/abi/pid_fd_info.ts";
import { PROC_PIDLISTFDS, PROC_PIDT_SHORTBSDINFO } from "../../lib/abi/pid_info.ts";
import { procBsdShortInfo } from "../../lib/abi/bsd_info.ts";
import { pipeFdInfo } from "../../lib/abi/pipe_info.ts";
import { psemFdInfo } from "../../lib/abi/psem_info.ts";
import { pshmFdInfo } from "../../lib/abi/pshm_info.ts";
import { vnodeFdInfoWithPath } from "../../lib/abi/vnode_info.ts";
import { ERRNO, ProcInfoError, SystemCallError } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { openSystem } from "../../lib/system/open.ts";
import { systemOf } from "../../lib/system/system.ts";
import {
  type Descriptor,
  descriptors,
  descriptorsOf,
  type MissingProcess,
} from "../../lib/process/descriptors.ts";
import { type CallPattern, type Rule, scriptedKernel } from "../../lib/testing/scripted_kernel.ts";
import { compileProgram } from "../support/compile.ts";
import { type Holder, startHolder } from "../support/descriptors.ts";
import { type Ends, type Place, startEnds } from "../support/ends.ts";
import { startCast } from "../support/cast.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";
import { encoded } from "../support/encoded.ts";
import { openedSince, openFiles } from "../support/open_files.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const skipRoot = skip || (root ? false : "needs root, to become another user");

let holder: Holder;
let ends: Ends;
let all: readonly Descriptor[];
before(async () => {
  if (!linux) return;
  [holder, ends] = await Promise.all([startHolder(), startEnds()]);
  all = descriptors({ pids: [...ends.pids, holder.pid] }).descriptors;
});
after(() => Promise.all([holder?.[Symbol.asyncDispose](), ends?.[Symbol.asyncDispose]()]));

function at({ pid, fd }: Place): Descriptor {
  const found = all.find((descriptor) => descriptor.pid === pid && descriptor.fd === fd);
  assert(found !== undefined, `descriptor ${fd} of ${pid} is missing`);
  return found;
}
const held = (name: string) => at({ pid: holder.pid, fd: holder.fd(name) });

// Types and attributes of descriptors.

interface LsofRow {
  readonly type: string;
  readonly access: string;
  readonly inode: string;
  readonly name: string;
}

/** Returns the output of lsof about the descriptors of a process. */
function lsof(pid: number): Map<number, LsofRow> {
  const { stdout } = spawnSync("lsof", ["-nP", "-p", `${pid}`, "-F0ftain"], { encoding: "utf8" });
  const rows = new Map<number, LsofRow>();
  for (const line of stdout.split("\n")) {
    const fields = new Map(line.split("\0").map((field) => [field[0], field.slice(1)]));
    const of = (letter: string) => fields.get(letter)?.trim() ?? "";
    if (!/^\d+$/.test(of("f"))) continue;
    rows.set(Number(of("f")), {
      type: of("t"),
      access: of("a"),
      inode: of("i"),
      name: of("n"),
    });
  }
  return rows;
}

/** The names of the types in lsof. */
const LSOF_TYPES: Readonly<Record<string, RegExp>> = {
  file: /^REG$/,
  memoryFile: /^REG$/,
  directory: /^DIR$/,
  characterDevice: /^CHR$/,
  fifo: /^FIFO$/,
  pipe: /^FIFO$/,
  socket: /^(?:sock|unix|IPv4|IPv6|pack|netlink|raw6?)$/,
  kqueue: /^a_inode$/,
  sharedMemory: /^REG$/,
  fileSystemEvents: /^a_inode$/,
  eventCounter: /^a_inode$/,
  timer: /^a_inode$/,
  signals: /^a_inode$/,
  process: /^a_inode$/,
};

test("descriptors() gives the types, the access and the inodes that lsof gives", { skip }, () => {
  for (const pid of [holder.pid, ends.pid("P"), ends.pid("C")]) {
    const rows = lsof(pid);
    const ours = all.filter((descriptor) => descriptor.pid === pid);
    assertEquals(ours.map(({ fd }) => fd), [...rows.keys()].sort((a, b) => a - b));
    assertGreater(ours.length, 20);
    for (const { fd, type, access, inode, path, deleted } of ours) {
      const row = rows.get(fd)!;
      assert(LSOF_TYPES[type]?.test(row.type), `${fd}: ${type} is ${row.type}`);
      const letter = access && (access.read ? (access.write ? "u" : "r") : access.write ? "w" : "");
      // lsof has no letter for a descriptor that can be neither read nor written.
      if (letter) assertEquals(row.access, letter, `${fd}: ${type}`);
      if (inode !== undefined) assertEquals(`${inode}`, row.inode, `${fd}: ${type}`);
      if (type === "file" && /^[\x20-\x7e]*$/.test(path!)) {
        assertEquals(deleted ? `${path} (deleted)` : path, row.name);
      }
    }
  }
});

test("descriptors() reports every kind that Linux has by its name", { skip }, () => {
  const types = Object.fromEntries(
    [
      ...["file", "folder", "device", "fifo", "pipe-read", "pipe-write", "shm", "shm-folder"],
      ...["eventfd", "timerfd", "signalfd", "inotify", "pidfd", "memfd", "epoll", "netlink"],
    ].map((name) => [name, held(name).type]),
  );
  assertEquals(types, {
    "file": "file",
    "folder": "directory",
    "device": "characterDevice",
    "fifo": "fifo",
    "pipe-read": "pipe",
    "pipe-write": "pipe",
    "shm": "sharedMemory",
    "shm-folder": "directory",
    "eventfd": "eventCounter",
    "timerfd": "timer",
    "signalfd": "signals",
    "inotify": "fileSystemEvents",
    "pidfd": "process",
    "memfd": "memoryFile",
    "epoll": "kqueue",
    "netlink": "socket",
  });
});

test("descriptors() reports the flags, the position and the length of files", { skip }, () => {
  const file = held("file");
  assertEquals(file.offset, 4294967297);
  assertEquals(file.sizeBytes, 5000000000);
  assertEquals(file.access, { read: true, write: true, append: false, nonBlocking: false });
  assertEquals([file.closeOnExec, held("file-read").closeOnExec], [true, false]);
  assertEquals(held("file-append").access, {
    read: false,
    write: true,
    append: true,
    nonBlocking: true,
  });
  assertEquals(held("file-path").access, {
    read: false,
    write: false,
    append: false,
    nonBlocking: false,
  });
  const { dev, ino } = statSync(`${holder.folder}/file`);
  assertEquals([file.device, file.inode], [dev, `${ino}`]);
  assertEquals(held("device").specialDevice, statSync("/dev/null").rdev);
  assertEquals(held("folder").offset, undefined);
  assertEquals(held("pipe-read").offset, undefined);
  const shm = held("shm");
  assertEquals([shm.name, shm.sizeBytes, shm.deleted], [holder.said("shm")[0], 54321, false]);
  assertEquals([held("shm-unlinked").sizeBytes, held("shm-unlinked").deleted], [12345, true]);
});

test(
  "descriptors() distinguishes a deleted file from one whose name looks like it",
  { skip },
  () => {
    assertEquals([held("file-deleted").path, held("file-deleted").deleted], [
      `${holder.folder}/deleted`,
      true,
    ]);
    assertEquals([held("file").path, held("file").deleted], [`${holder.folder}/file`, false]);
    assertEquals([held("memfd").path, held("memfd").name], [undefined, "name (deleted)"]);
  },
);

test(
  "descriptors() returns the bytes of a path that is not UTF-8, and only of such",
  { skip },
  () => {
    const odd = at(ends.place("odd-file"));
    assertEquals(odd.path, `${ends.folder}/file\n\uFFFD\uFFFD`);
    const bytes = Uint8Array.from(odd.pathHex!.match(/../g)!, (byte) => parseInt(byte, 16));
    assertEquals(bytes.subarray(-3), Uint8Array.of(0x0a, 0xff, 0xf0));
    assertEquals(new TextDecoder().decode(bytes.subarray(0, -2)), `${ends.folder}/file\n`);
    const replacement = at(ends.place("replacement-file"));
    assertEquals(replacement.path, `${ends.folder}/file \uFFFD`);
    assert(!("pathHex" in replacement));
  },
);

// Peers.

/** The name of the peer of each end, or null if no process holds it. */
const PEERS: Readonly<Record<string, string | null>> = {
  "pipe-read": "pipe-write",
  "pipe-write": "pipe-read",
  "shared-pipe-read": "shared-pipe-write",
  "shared-pipe-write": "shared-pipe-read",
  "fifo-read": "fifo-write",
  "fifo-write": "fifo-read",
  "pair-stream-a": "pair-stream-b",
  "pair-stream-b": "pair-stream-a",
  "pair-dgram-a": "pair-dgram-b",
  "pair-dgram-b": "pair-dgram-a",
  "pair-seqpacket-a": "pair-seqpacket-b",
  "pair-seqpacket-b": "pair-seqpacket-a",
  "shared-pair-a": "shared-pair-b",
  "shared-pair-b": "shared-pair-a",
  "unix-client": "unix-accepted",
  "unix-accepted": "unix-client",
  "odd-client": "odd-accepted",
  "odd-accepted": "odd-client",
  "abstract-client": "abstract-accepted",
  "abstract-accepted": "abstract-client",
  "nul-client": "nul-accepted",
  "nul-accepted": "nul-client",
  "tcp-client": "tcp-accepted",
  "tcp-accepted": "tcp-client",
  "tcp6-client": "tcp6-accepted",
  "tcp6-accepted": "tcp6-client",
  "mapped-client": "mapped-accepted",
  "mapped-accepted": "mapped-client",
  "udp-a": "udp-b",
  "udp-b": "udp-a",
  // The peer is in a message that no process has received.
  "flight-read": null,
};

test("descriptors() lists everybody who holds the other end of each", { skip }, () => {
  for (const [name, other] of Object.entries(PEERS)) {
    const expected = other === null ? [] : ends.places(other);
    for (const place of ends.places(name)) assertEquals(at(place).peers, expected, name);
  }
});

test(
  "both ends of a pipe have the number that /proc shows, and each has one of its own",
  { skip },
  () => {
    for (const name of ["pipe", "shared-pipe"]) {
      const [reader, writer] = ["read", "write"].map((end) =>
        at(ends.places(`${name}-${end}`)[0]!)
      );
      assert(reader !== undefined && writer !== undefined);
      const inode = (place: Place) => readlinkSync(`/proc/${place.pid}/fd/${place.fd}`);
      assertEquals(inode(reader), `pipe:[${reader.pipe!.id}]`);
      assertEquals(inode(writer), `pipe:[${writer.pipe!.id}]`);
      assertEquals(reader.pipe!.id, writer.pipe!.id);
      assertEquals(reader.pipe!.endId, writer.pipe!.peerEndId);
      assertEquals(writer.pipe!.endId, reader.pipe!.peerEndId);
      assertNotEquals(reader.pipe!.endId, writer.pipe!.endId);
    }
  },
);

test("the number of a pipe is the lower of its ends, and that of one end without the other", () => {
  const handles: [own: bigint, peer: bigint][] = [[9n, 10n], [10n, 9n], [10n, 0n]];
  const kernel = scriptedKernel(scene(
    42,
    handles.map((_, fd) => [fd, PROX_FDTYPE_PIPE]),
    handles.map(([pipe_handle, pipe_peerhandle], fd) => {
      const answer = new Uint8Array(pipeFdInfo.size);
      pipeFdInfo.encode({ pipeinfo: { pipe_handle, pipe_peerhandle } }, answer);
      return [fd, PROC_PIDFDPIPEINFO, answer];
    }),
  ));
  const found = descriptors({ pids: [42], system: systemOf(kernel) }).descriptors;
  assertEquals(found.map(({ pipe }) => pipe), [
    { id: "9", endId: "9", peerEndId: "10" },
    { id: "9", endId: "10", peerEndId: "9" },
    { id: "10", endId: "10" },
  ]);
  const place = (fd: number) => ({ pid: 42, fd });
  assertEquals(found.map(({ peers }) => peers), [[place(1), place(2)], [place(0)], undefined]);
});

test("descriptors() gives no peers where there is no other end", { skip }, () => {
  const without = ["unix-listener", "tcp-listener", "shared-listener", "udp-bound", "file"];
  for (const name of without) {
    for (const place of ends.places(name)) assert(!("peers" in at(place)), name);
  }
  // A fifo that is open for reading and writing is not a peer of itself.
  assertEquals(held("fifo").peers, []);
});

test("descriptors() finds only the peers among the requested processes", { skip }, () => {
  const { pid, fd } = ends.place("pipe-read");
  const alone = descriptors({ pids: [pid] }).descriptors.find((found) => found.fd === fd);
  assertEquals(alone?.peers, []);
  assertEquals(alone?.pipe, at({ pid, fd }).pipe);
});

test("descriptors() finds all of it in one scan of the whole machine", { skip }, () => {
  const graph = descriptors();
  const order = graph.descriptors.map(({ pid, fd }) => pid * 2 ** 21 + fd);
  assertEquals(order, [...new Set(order)].sort((a, b) => a - b));
  const mine = graph.descriptors.filter(({ pid }) => ends.pids.includes(pid));
  const before = all.filter(({ pid }) => ends.pids.includes(pid));
  assertEquals(mine.map(({ pid, fd }) => [pid, fd]), before.map(({ pid, fd }) => [pid, fd]));
  // The peers of their standard input and output belong to this process.
  const inner = ({ peers }: Descriptor) =>
    peers?.filter(({ pid }) => pid === holder.pid || ends.pids.includes(pid));
  assertEquals(mine.map(inner), before.map(inner));
  assert(graph.missing.every(({ pid }) => !graph.descriptors.some((found) => found.pid === pid)));
});

test("descriptors() keeps loopback connections of other network namespaces apart", () => {
  // The same addresses and ports in two namespaces, without a peer in either.
  const rules = ["one", "two"].flatMap((_, i) => loopback(100 + i, i === 0));
  const find = (net: (pid: number) => number) => {
    const namespace = (pid: number, kind: string) => {
      assertEquals(kind, "net");
      return net(pid);
    };
    const system = { ...systemOf(scriptedKernel(rules)), namespace };
    return descriptors({ pids: [100, 101], system }).descriptors.map(({ peers }) => peers);
  };
  const refuse = (errno: number) => {
    throw new SystemCallError("read the namespace", "readlink", errno);
  };
  const together = [[{ pid: 101, fd: 3 }], [{ pid: 100, fd: 3 }]];
  assertEquals(find((pid) => pid), [[], []]);
  assertEquals(find(() => 7), together);
  // A system without namespaces has one network. If both namespaces are unknown, they are treated
  // as one.
  for (const errno of [ERRNO.ENOTSUP, ERRNO.EPERM, ERRNO.ESRCH]) {
    assertEquals(find(() => refuse(errno)), together);
  }
  assertThrows(() => find(() => refuse(ERRNO.ENOMEM)), SystemCallError, "ENOMEM");
});

/**
 * Returns the rules of a process whose descriptor 3 is one end of a connection between two ports of
 * 127.0.0.1.
 */
function loopback(pid: number, forth: boolean): Rule[] {
  const [lport, fport] = forth ? [0x5000, 0x901f] : [0x901f, 0x5000];
  return scene(pid, [[3, 2]], [[
    3,
    3,
    encoded.socket({
      soi_so: BigInt(pid),
      soi_family: 2,
      soi_type: 1,
      soi_protocol: 6,
      soi_kind: 2,
      soi_state: 2,
      soi_proto: {
        pri_tcp: {
          tcpsi_state: 4,
          tcpsi_ini: {
            insi_vflag: 1,
            insi_lport: lport,
            insi_fport: fport,
            insi_laddr: { ina_46: { i46a_addr4: { s_addr: 0x0100007f } } },
            insi_faddr: { ina_46: { i46a_addr4: { s_addr: 0x0100007f } } },
          },
        },
      },
    }),
  ]]);
}

/** Returns the rules of a process with descriptors, and the answers about these. */
function scene(
  pid: number,
  fds: readonly (readonly [fd: number, type: number])[],
  answers: readonly (readonly [fd: number, flavor: number, answer: Rule["answer"]])[],
): Rule[] {
  const list = new Uint8Array(fds.length * procFdInfo.size);
  fds.forEach(([proc_fd, proc_fdtype], i) => {
    procFdInfo.encode({ proc_fd, proc_fdtype }, list, i * procFdInfo.size);
  });
  return [
    { callnum: 2, pid, flavor: PROC_PIDLISTFDS, answer: list },
    ...answers.map(([fd, flavor, answer]) => ({
      callnum: PROC_INFO_CALL_PIDFDINFO,
      pid,
      flavor,
      arg: fd,
      answer,
    })),
  ];
}

// Missing and inaccessible processes.

test("descriptorsOf() throws the error of the kernel about a process", { skip }, async () => {
  const system = openSystem();
  const refused = (pid: number) =>
    assertThrows(() => descriptorsOf(pid, system), ProcInfoError).code;
  assertEquals(refused(2 ** 22 + 1), "ESRCH");
  await using cast = await startCast();
  assertEquals(refused(cast.pid("zombie")), "ESRCH");
  const own = descriptorsOf(holder.pid, system);
  assertEquals(
    own.map(({ fd }) => fd),
    held("file") && all.filter(({ pid }) => pid === holder.pid)
      .map(({ fd }) => fd),
  );
  assertEquals(own, descriptors({ pids: [holder.pid] }).descriptors);
  assertGreater(own.flatMap(({ peers = [] }) => peers).length, 10);
});

test(
  "descriptors() reports for each process that it cannot read the reason",
  { skip },
  async () => {
    await using cast = await startCast();
    const gone = 2 ** 22 + 1, zombie = cast.pid("zombie");
    const graph = descriptors({ pids: [holder.pid, zombie, gone] });
    const expected: MissingProcess[] = [{ pid: zombie, why: "zombie" }, { pid: gone, why: "gone" }];
    assertEquals(graph.missing, expected);
    assert(graph.descriptors.every(({ pid }) => pid === holder.pid));
  },
);

test("descriptors() refuses numbers that are not process ids", () => {
  const kernel = scriptedKernel(0);
  const system = systemOf(kernel);
  for (const pid of [-1, 1.5, NaN, 2 ** 31]) {
    const error = assertThrows(() => descriptors({ pids: [1, pid], system }), RangeError);
    assert(error.message.includes("pids[1]") && error.message.includes(`${pid}`), error.message);
  }
  for (const pids of [1, "1", {}, null]) {
    const given = pids as unknown as number[];
    const error = assertThrows(() => descriptors({ pids: given, system }), TypeError);
    assert(error.message.startsWith("Cannot pass pids as it must be an array"), error.message);
  }
  assertEquals(kernel.calls.length, 0);
});

test("descriptors() names other users' processes as denied where it may not read them", {
  skip: skipRoot,
}, () => {
  const script = `
    import process from "node:process";
    import { descriptors } from "./lib/process/descriptors.ts";
    const { descriptors: found, missing } = descriptors();
    const mine = found.filter(({ pid }) => pid === process.pid);
    console.log(JSON.stringify({
      why: missing.find(({ pid }) => pid === ${holder.pid})?.why ?? "not missing",
      seen: found.some(({ pid }) => pid === ${holder.pid}),
      standard: mine.filter(({ fd }) => fd < 2).map(({ type }) => type),
    }));
  `;
  const { why, seen, standard } = runWrapped(AS_NOBODY, script) as {
    readonly why: string;
    readonly seen: boolean;
    readonly standard: readonly string[];
  };
  assertEquals([why, seen, standard.length], ["denied", false, 2]);
});

// Descriptor tables that change.

const GROWER = `
import os, resource, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
first = [os.open("/dev/null", os.O_RDONLY) for _ in range(100)]
print("ready", flush=True)
signal.sigwait({signal.SIGUSR1})
for _ in range(10000): os.open("/dev/null", os.O_RDONLY)
print("grown", flush=True)
sys.stdin.read()
`;

test("descriptorsOf() loses none of those that stay while 10,000 are opened", {
  skip,
}, async () => {
  const child = spawn("python3", ["-c", GROWER], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  assertEquals((await lines.next()).value, "ready");
  const pid = child.pid!;
  const system = openSystem();
  const first = descriptorsOf(pid, system).map(({ fd }) => fd);
  assertGreater(first.length, 100);
  process.kill(pid, "SIGUSR1");
  const scan = system.descriptors();
  let found: readonly number[] = [];
  while (found.length < first.length + 10_000) {
    assertEquals(scan.begin(pid), 0);
    const numbers: number[] = [];
    while (scan.next() > 0) numbers.push(scan.fd);
    found = numbers;
    const there = new Set(found);
    assertEquals(first.filter((fd) => !there.has(fd)), []);
    assertEquals(found, [...there].sort((a, b) => a - b));
  }
  assertEquals((await lines.next()).value, "grown");
  assertEquals(descriptorsOf(pid, system).map(({ fd }) => fd), found);
  assertEquals(found.length, first.length + 10_000);
  const gone = once(child, "exit");
  child.stdin!.end();
  await gone;
});

test("descriptors() leaves out what is closed between the list and the question", {
  skip,
}, async () => {
  const program = compileProgram(["descriptors.c"], "descriptors");
  const child = spawn(program, ["flap"], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout!, "data");
  const counts = new Set<number>();
  for (let i = 0; i < 500 && counts.size < 3; i++) {
    const graph = descriptors({ pids: [child.pid!] });
    assertEquals(graph.missing, []);
    const open = graph.descriptors.filter(({ type }) => type === "socket");
    counts.add(open.length);
    for (const { socket } of open) assertEquals(socket?.family, "unix");
  }
  assertGreater(counts.size, 1);
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
});

// Failures.

/** Returns a kernel that passes calls to the real kernel, except those that a test makes fail. */
function failingKernel() {
  const { kernel } = openSystem();
  return scriptedKernel(({ callnum, pid, flavor, arg }, buffer) =>
    kernel.procInfo(callnum, pid, flavor, arg, buffer)
  );
}

test("descriptors() survives any failure of any one call, and leaks no descriptor", {
  skip,
}, () => {
  const kernel = failingKernel();
  const pids = [holder.pid];
  const system = systemOf(kernel);
  const whole = descriptors({ pids, system });
  const total = kernel.calls.length;
  assertEquals(total, whole.descriptors.length); // one list, and no query about inotify
  const before = openFiles();
  const { EBADF, EINVAL, EIO, ENOENT, ENOTSOCK, EOPNOTSUPP, EPERM, ESRCH } = ERRNO;
  const errnos = [EBADF, EINVAL, EIO, ENOENT, ENOTSOCK, EOPNOTSUPP, EPERM, ESRCH];
  for (let nth = 1; nth <= total; nth++) {
    // The list fails with every errno. Each query fails with one of them, because all are handled
    // alike.
    for (const errno of nth === 1 ? errnos : [errnos[nth % errnos.length]!]) {
      kernel.fail(nth, errno);
      const { descriptors: found, missing } = descriptors({ pids, system });
      if (nth === 1 || errno === ESRCH) {
        const why = errno === ESRCH ? "gone" : errno === EPERM ? "denied" : "unsupported";
        assertEquals([found.length, missing], [0, [{ pid: holder.pid, why }]], `${nth} ${errno}`);
        continue;
      }
      assertEquals(missing, []);
      const closed = errno === EBADF || errno === ENOTSOCK;
      const untold = found.filter(({ access }) => access === undefined);
      // In addition, inotify is never queried.
      assertEquals(untold.length, closed ? 1 : 2, `${nth} ${errno}`);
      assertEquals(found.length, whole.descriptors.length - (closed ? 1 : 0), `${nth} ${errno}`);
    }
  }
  assertEquals(openedSince(before), []);
});

test("descriptors() takes a short answer for none", { skip }, () => {
  const { kernel: real } = openSystem();
  const { pid } = holder;
  for (const written of [0, 1, 100]) {
    let left = 3;
    const kernel: Kernel = {
      ...real,
      procInfo(callnum, ...rest) {
        const answer = real.procInfo(callnum, ...rest);
        return callnum === PROC_INFO_CALL_PIDFDINFO && --left === 0 ? written : answer;
      },
    };
    const { descriptors: found, missing } = descriptors({
      pids: [pid],
      system: systemOf(kernel),
    });
    assertEquals(missing, []);
    assertEquals(found.filter(({ access }) => access === undefined).length, 2);
  }
});

test("descriptors() throws where this process has too many open files, whichever call reports it", {
  skip,
}, () => {
  const { pid } = holder;
  const before = openFiles();
  const of: readonly CallPattern[] = [{}, { callnum: PROC_INFO_CALL_PIDFDINFO }];
  for (const pattern of of) {
    for (const errno of [ERRNO.EMFILE, ERRNO.ENFILE, ERRNO.ENOMEM, ERRNO.ENOBUFS]) {
      const kernel = failingKernel();
      kernel.fail(1, errno, pattern);
      const system = systemOf(kernel);
      const error = assertThrows(() => descriptors({ pids: [pid], system }), ProcInfoError);
      assertEquals([error.errno, error.pid], [errno, pid]);
    }
  }
  const kernel = failingKernel();
  kernel.fail(1, ERRNO.EPERM, { callnum: PROC_INFO_CALL_LISTPIDS });
  assertThrows(() => descriptors({ system: systemOf(kernel) }), ProcInfoError, "EPERM");
  assertEquals(openedSince(before), []);
});

// Answers of other kernels.

test("descriptors() puts into words what only macOS has", () => {
  const pid = 42;
  const semaphore = new Uint8Array(psemFdInfo.size);
  psemFdInfo.encode({ pfi: { fi_openflags: 3 }, pseminfo: { psem_name: "/lock" } }, semaphore);
  const memory = new Uint8Array(pshmFdInfo.size);
  pshmFdInfo.encode({
    pfi: { fi_openflags: 1, fi_status: 2 },
    pshminfo: { pshm_name: "apple.shm", pshm_stat: { vst_size: 4096n } },
  }, memory);
  const pipe = new Uint8Array(pipeFdInfo.size);
  pipeFdInfo.encode({ pipeinfo: { pipe_handle: 2n ** 63n, pipe_peerhandle: 5n } }, pipe);
  const folder = new Uint8Array(vnodeFdInfoWithPath.size);
  vnodeFdInfoWithPath.encode({
    pfi: { fi_openflags: 0x8001, fi_offset: 2n ** 62n },
    pvip: { vip_path: "/", vip_vi: { vi_type: 1, vi_stat: { vst_dev: -1 >>> 0, vst_nlink: 1 } } },
  }, folder);
  const kernel = scriptedKernel(scene(pid, [
    [0, PROX_FDTYPE_ATALK],
    [1, PROX_FDTYPE_VNODE],
    [2, PROX_FDTYPE_PSHM],
    [3, PROX_FDTYPE_PSEM],
    [4, PROX_FDTYPE_KQUEUE],
    [5, PROX_FDTYPE_PIPE],
    [6, PROX_FDTYPE_CHANNEL],
    [7, PROX_FDTYPE_NEXUS],
    [8, 99],
    [9, PROX_FDTYPE_VNODE],
  ], [
    [1, PROC_PIDFDVNODEPATHINFO, folder],
    [2, PROC_PIDFDPSHMINFO, memory],
    [3, PROC_PIDFDPSEMINFO, semaphore],
    [4, 7, -ERRNO.EINVAL],
    [5, PROC_PIDFDPIPEINFO, pipe],
    [6, 10, -ERRNO.EPERM],
    // A file on a volume that was unmounted.
    [9, PROC_PIDFDVNODEPATHINFO, -ERRNO.ENOENT],
  ]));
  const access = (read: boolean, write: boolean) => ({
    access: { read, write, append: false, nonBlocking: false },
    closeOnExec: false,
  });
  assertEquals(descriptors({ pids: [pid], system: systemOf(kernel) }), {
    descriptors: [
      { pid, fd: 0, type: "other" },
      // An offset of more than 53 bits cannot be represented.
      {
        pid,
        fd: 1,
        type: "file",
        ...access(true, false),
        path: "/",
        deleted: false,
        device: 0xffffffff,
        inode: "0",
        sizeBytes: 0,
      },
      {
        pid,
        fd: 2,
        type: "sharedMemory",
        ...access(true, false),
        closeOnExec: true,
        offset: 0,
        name: "apple.shm",
        sizeBytes: 4096,
      },
      { pid, fd: 3, type: "semaphore", ...access(true, true), name: "/lock" },
      { pid, fd: 4, type: "kqueue" },
      {
        pid,
        fd: 5,
        type: "pipe",
        ...access(false, false),
        pipe: { id: "5", endId: `${2n ** 63n}`, peerEndId: "5" },
        peers: [],
      },
      { pid, fd: 6, type: "channel" },
      { pid, fd: 7, type: "nexus" },
      { pid, fd: 8, type: "other" },
      { pid, fd: 9, type: "other" },
    ],
    missing: [],
    unowned: [],
  });
});

test("descriptors() reads again with more room where the list may have been cut", () => {
  const count = 20_000;
  const rows = Array.from({ length: count }, (_, fd) => [fd, PROX_FDTYPE_NEXUS] as const);
  const kernel = scriptedKernel(scene(1, rows, []));
  const { descriptors: found } = descriptors({ pids: [1], system: systemOf(kernel) });
  assertEquals(found.length, count);
  assertStrictEquals(found.at(-1)!.fd, count - 1);
  const sizes = kernel.calls.map(({ size }) => size!);
  assertEquals(sizes.map((size) => size > count * procFdInfo.size), [false, false, true]);
});

test("descriptors() distinguishes a zombie from a process that is gone by its status", () => {
  const short = new Uint8Array(procBsdShortInfo.size);
  procBsdShortInfo.encode({ pbsi_status: 5 }, short);
  const zombie = { callnum: 2, pid: 7, flavor: PROC_PIDT_SHORTBSDINFO, arg: 1, answer: short };
  assertEquals(descriptors({ pids: [7, 8], system: systemOf(scriptedKernel([zombie])) }), {
    descriptors: [],
    missing: [{ pid: 7, why: "zombie" }, { pid: 8, why: "gone" }],
    unowned: [],
  });
});
