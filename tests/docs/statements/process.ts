/**
 * The proofs of the statements about Linux and macOS in the comments of mod.ts and lib/process.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertLess,
  assertLessOrEqual,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import { basename } from "node:path";
import process from "node:process";
import type { Signature } from "../../../ffi/adapter.ts";
import {
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDFDINFO,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_SIGNAL_AUDITTOKEN,
} from "../../../lib/abi/callnum.ts";
import * as fdTypes from "../../../lib/abi/fd_info.ts";
import { SRUN } from "../../../lib/abi/kinfo_proc.ts";
import { PROC_PIDFDPIPEINFO, PROC_PIDFDSOCKETINFO } from "../../../lib/abi/pid_fd_info.ts";
import {
  PROC_PIDREGIONPATHINFO,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../../../lib/abi/pid_info.ts";
import { pipeFdInfo, pipeInfo } from "../../../lib/abi/pipe_info.ts";
import { procRegionInfo, procRegionWithPathInfo } from "../../../lib/abi/region_info.ts";
import {
  type SocketInfo,
  SOCKINFO_KERN_CTL,
  SOCKINFO_KERN_EVENT,
} from "../../../lib/abi/socket_info.ts";
import type { Encodable } from "../../../lib/abi/mod.ts";
import { signalAuditToken } from "../../../lib/calls/audit_token.ts";
import { pidInfo } from "../../../lib/calls/pid_info.ts";
import { offsetsOf } from "../../../lib/layout/offsets.ts";
import { procFs } from "../../../lib/linux/proc/proc_fs.ts";
import { linuxSystem } from "../../../lib/linux/system.ts";
import { CAPABILITY_NAMES } from "../../../lib/process/capabilities.ts";
import { descriptors } from "../../../lib/process/descriptors.ts";
import { AccessDeniedError, NotSupportedError } from "../../../lib/process/errors.ts";
import { watchProcess } from "../../../lib/process/exit.ts";
import { FIELD_NAMES, type FieldName, GROUPS } from "../../../lib/process/fields/mod.ts";
import { killTree } from "../../../lib/process/kill_tree.ts";
import { TrackedProcess } from "../../../lib/process/tracked_process.ts";
import { listeningPorts } from "../../../lib/process/ports.ts";
import { openProcess } from "../../../lib/process/process.ts";
import { tableRow } from "../../../lib/process/row.ts";
import { processes } from "../../../lib/process/rows.ts";
import { openSampler } from "../../../lib/process/sampler.ts";
import {
  SIGNAL_NAMES,
  signalName,
  signalNumber,
  signalProcess,
} from "../../../lib/process/signals.ts";
import { processTable } from "../../../lib/process/table.ts";
import { watch } from "../../../lib/process/watch.ts";
import { newChanges, Rows } from "../../../lib/process/watch_rows.ts";
import { pollingWay } from "../../../lib/process/watch_ways.ts";
import { whoHas } from "../../../lib/process/who_has.ts";
import { ERRNO } from "../../../lib/system/errors.ts";
import { openSystem } from "../../../lib/system/open.ts";
import type { System } from "../../../lib/system/system.ts";
import { buildProcArgs } from "../../darwin/build_proc_args.ts";
import { METHODS, outcomes } from "../../process/process_methods.ts";
import { changedLinux } from "../../support/changed_libc.ts";
import { compileProgram } from "../../support/compile.ts";
import { type Double, OTHER } from "../../support/double.ts";
import { named } from "../../support/double_names.ts";
import { encoded } from "../../support/encoded.ts";
import { isLinuxSince } from "../../support/kernel_release.ts";
import { changedLibc, hostLibc, hostLibrary, type LibraryChanges } from "../../support/libc.ts";
import {
  childrenOf,
  isAlive,
  startShell,
  startSleeper,
  startSpeaker,
  stateOf,
  statField,
  until,
} from "../../support/lines.ts";
import { ROOT } from "../../support/runtime.ts";
import { type Stage, startStage } from "../../support/stage.ts";
import { codeOf, numberIn, type Proof, type Proofs } from "../../support/statements.ts";
import { AS_NOBODY, runWrapped } from "../../support/wrapped.ts";
import {
  ANY_ARG,
  deepPaths,
  deepPathsOnMac,
  deletedExecutable,
  filesOfThreads,
  inTicks,
  isExact,
  kernelThreadHasNoArguments,
  longestDirectory,
  nameFromArguments,
  openMac,
  OWN,
  PYTHON,
  setRunning,
  stoppedAndZombie,
  THEIRS,
  titleIsOnlyElement,
  viewsOnLinux,
} from "./fields.ts";
import { isRoot } from "./shared.ts";

const FD_TYPES: Readonly<Record<string, unknown>> = fdTypes;

// Descriptors that this process opens.

const I32 = "i32", U32 = "u32", BUFFER = "buffer";
const memory = (size: number) => new Uint8Array(new ArrayBuffer(size));
const textOf = (text: string) => new TextEncoder().encode(`${text}\0`);

/** A function of the C library by its name, which returns a number. */
function calling(name: string, parameters: Signature["parameters"]) {
  const bound = hostLibrary().bind({ [name]: { parameters, result: I32 } });
  return bound[name] as (...args: readonly unknown[]) => number;
}

/** The functions that create descriptors, with their arguments. */
const CREATE: Readonly<Record<string, () => number>> = {
  epoll_create1: () => calling("epoll_create1", [I32])(0),
  eventfd: () => calling("eventfd", [U32, I32])(0, 0),
  timerfd_create: () => calling("timerfd_create", [I32, I32])(1, 0),
  signalfd: () => calling("signalfd", [I32, BUFFER, I32])(-1, memory(128), 0),
  pidfd_open: () => calling("pidfd_open", [I32, U32])(process.pid, 0),
  memfd_create: () => calling("memfd_create", [BUFFER, U32])(textOf("name"), 0),
  inotify: () => calling("inotify_init1", [I32])(0),
  fanotify: () => calling("fanotify_init", [U32, U32])(0, 0),
  netlink: () => calling("socket", [I32, I32, I32])(16, 3, 0),
};

/** The descriptor of this process with a number. */
function ownDescriptor(fd: number, details = false) {
  return openProcess(process.pid).descriptors({ details }).find((one) => one.fd === fd)!;
}

/** Opens a descriptor, passes what is read of it, and closes it. */
function withDescriptor(
  create: () => number,
  run: (found: ReturnType<typeof ownDescriptor>, link: string) => void,
): void {
  const fd = create();
  assertGreaterOrEqual(fd, 0);
  try {
    run(ownDescriptor(fd), readlinkSync(`/proc/self/fd/${fd}`));
  } finally {
    closeSync(fd);
  }
}

/** A proof: the function that the sentence names creates a descriptor of a type. */
function createdAs(type: string): Proof {
  return (sentence) => {
    const [, name] = /created by `(\w+)\(\)`|opened by `(\w+)\(\)`/.exec(sentence)
      ?.filter((part) => part !== undefined) ?? [];
    withDescriptor(CREATE[name!]!, (found) => assertEquals(found.type, type));
  };
}

/** A proof about the descriptors of `details.c`, by their names. */
function detailed(
  prove: (
    held: (name: string) => ReturnType<typeof ownDescriptor>,
    sentence: string,
    stage: Stage,
  ) => void,
): Proof {
  return async (sentence) => {
    await using stage = await startStage("details.c", (folder) => [folder]);
    const open = openProcess(stage.pid).descriptors({ details: true });
    const held = (name: string) => open.find(({ fd }) => fd === Number(stage.said(name)))!;
    prove(held, sentence, stage);
  };
}

/** Proves how long the path of a descriptor can be, on the system that the sentence names. */
async function longestPath(sentence: string): Promise<void> {
  const length = numberIn(sentence, /of more than ([\d,]+) bytes is absent/);
  const pathOf = (pid: number, system?: System) =>
    openProcess(pid, system && { system }).descriptors().find(({ fd }) => fd === 9)!.path;
  const found = sentence.startsWith("On macOS")
    ? deepPathsOnMac(
      length,
      ({ blob, identity, item }, path, device, inode) => {
        item(OWN, "FD", 9n, BigInt(fdTypes.PROX_FDTYPE_VNODE));
        blob("FD_PATH", OWN, 9n, path);
        identity("FD_PATH", OWN, 9n, device, inode);
      },
      (system) => pathOf(OWN, system),
    )
    : await deepPaths(length, pathOf);
  assertEquals(found, [length, undefined]);
}

/** Proves how a pipe is identified on macOS, by three ends that the double reports. */
function pipeOnMac(sentence: string): void {
  assert(/the lower of the numbers of the two ends, or the number of the remaining/.test(sentence));
  const { control, item, system } = openMac();
  const at = offsetsOf(pipeInfo, offsetsOf(pipeFdInfo).pipeinfo);
  const ends: readonly (readonly [own: bigint, peer: bigint])[] = [[9n, 10n], [10n, 9n], [10n, 0n]];
  ends.forEach(([own, peer], i) => {
    const fd = BigInt(20 + i);
    item(OWN, "FD", fd, BigInt(fdTypes.PROX_FDTYPE_PIPE));
    for (const [offset, value] of [[at.pipe_handle, own], [at.pipe_peerhandle, peer]] as const) {
      const bytes = new Uint8Array(new BigUint64Array([value]).buffer);
      control.double_poke(
        ...[PROC_INFO_CALL_PIDFDINFO, OWN, PROC_PIDFDPIPEINFO, fd, offset, bytes, 8] as const,
      );
    }
  });
  const pipes = openProcess(OWN, { system }).descriptors().filter(({ fd }) => fd >= 20);
  assertEquals(pipes.map(({ pipe }) => pipe!.id), ["9", "9", "10"]);
}

const LOOPBACK = `
import fcntl, socket, struct, sys
lo = socket.socket()
fcntl.ioctl(lo, 0x8914, struct.pack("16sh", b"lo", 1))
server = socket.create_server(("127.0.0.1", 4001))
client = socket.create_connection(("127.0.0.1", 4001), source_address=("127.0.0.1", 4002))
accepted, _ = server.accept()
server.close()
if "client" not in sys.argv: client.close()
if "server" not in sys.argv: accepted.close()
print(flush=True)
input()
`;

/** Proves that the same addresses in two network namespaces are two connections. */
async function loopbackInNamespaces(sentence: string): Promise<void> {
  assert(sentence.includes("are joined only within one network namespace"));
  if (!isRoot) return;
  const start = (...ends: readonly string[]) =>
    startSpeaker(["unshare", "--net", PYTHON, "-S", "-c", LOOPBACK, ...ends]);
  await using both = start("client", "server");
  await using client = start("client");
  await using server = start("server");
  for (const one of [both, client, server]) await one.next();
  const pids = [both.pid, client.pid, server.pid];
  const ends = descriptors({ pids }).descriptors.filter(({ socket }) =>
    socket?.localPort === 4001 || socket?.localPort === 4002
  );
  const peers = (pid: number) => ends.filter((end) => end.pid === pid).map(({ peers }) => peers);
  const [first, second] = ends.filter(({ pid }) => pid === both.pid).map(({ fd }) => fd);
  assertEquals(peers(both.pid), [[{ pid: both.pid, fd: second! }], [{
    pid: both.pid,
    fd: first!,
  }]]);
  assertEquals([...peers(client.pid), ...peers(server.pid)], [[], []]);
}

// Processes and sockets that another user sees.

const HOLDERS = `
import json, os, socket, sys
folder = sys.argv[1]
def listeners(name):
    tcp = socket.create_server(("0.0.0.0", 0))
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(f"{folder}/{name}")
    unix.listen()
    return tcp, unix
def described(both):
    return {"port": both[0].getsockname()[1], "ids": [str(os.fstat(s.fileno()).st_ino) for s in both]}
own, kernel = listeners("own"), listeners("kernel")
facts = {"pid": os.getpid(), "own": described(own), "kernel": described(kernel)}
pair = socket.socketpair()
socket.send_fds(pair[0], [b"x"], [one.fileno() for one in kernel])
for one in kernel: one.close()
facts["waited"] = os.fork()
if facts["waited"] == 0:
    open(f"{folder}/go").read()
    os._exit(5)
facts["zombie"] = os.fork()
if facts["zombie"] == 0: os._exit(7)
print(json.dumps(facts), flush=True)
os.waitpid(facts["waited"], 0)
input()
`;

const ELSEWHERE = `
import socket
tcp = socket.create_server(("0.0.0.0", 0))
unix = socket.socketpair()
print(tcp.getsockname()[1], unix[0].fileno(), flush=True)
input()
`;

/** Two sockets that listen: one of TCP and one of the UNIX domain. */
interface Listeners {
  readonly port: number;
  readonly ids: readonly string[];
}

/** The holders of a port that a user finds, as pid and reason. */
type Found = readonly (readonly [pid: number | null, missing: string | null])[];

const pidsIn = (found: Found | undefined) => found!.map(([pid]) => pid);

/** The values that a user reads in the scene. */
interface View {
  readonly methods: Readonly<Record<string, string>>;
  /** The identities of the sockets that have no owner, and the reason. */
  readonly unowned: Readonly<Record<string, string | null>>;
  readonly ports: Readonly<Record<number, Found>>;
  readonly holders: Readonly<Record<number, Found>>;
  readonly zombie: number | null;
  readonly waited: number | null;
  readonly via: string;
  /** The peers of the ends of a connection in another network namespace. */
  readonly peers: readonly unknown[];
}

/** The scene, as the user nobody and as root read it. */
interface Scene {
  readonly own: Listeners;
  readonly kernel: Listeners;
  readonly pid: number;
  /** A port in another network namespace: that of the user nobody, and that of root. */
  readonly elsewhere: { readonly nobody: number; readonly root: number };
  readonly nobodyPid: number;
  readonly rootPid: number;
  readonly user: View;
  readonly root: View;
}

/** The program that makes a view of the scene. */
const VIEW = `
import { existsSync, writeFileSync } from "node:fs";
import { descriptors } from "./lib/process/descriptors.ts";
import { waitForExit } from "./lib/process/exit.ts";
import { listeningPorts } from "./lib/process/ports.ts";
import { openProcess } from "./lib/process/process.ts";
import { watch } from "./lib/process/watch.ts";
import { whoHas } from "./lib/process/who_has.ts";
import { outcomes } from "./tests/process/process_methods.ts";
const none = (value) => value ?? null;
const { own, kernel, pid, nobodyPid, unixFd, zombie, waited, folder, elsewhere } = SCENE;
const all = [own.port, kernel.port, elsewhere.nobody, elsewhere.root];
const graph = descriptors(), listed = listeningPorts();
const shown = ({ pid, missing }) => [none(pid), none(missing.pid)];
const ofPorts = (find) => Object.fromEntries(all.map((port) => [port, find(port).map(shown)]));
let ending;
if (waited) {
  ending = waitForExit(waited);
  writeFileSync(folder + "/go", "");
  while (existsSync("/proc/" + waited));
}
const watching = watch();
const view = {
  methods: outcomes(openProcess(pid)),
  unowned: Object.fromEntries(graph.unowned.map(({ socket, missing }) =>
    [socket.id, none(missing.pid)])),
  ports: ofPorts((port) => listed.filter((one) => one.port === port)),
  holders: ofPorts((port) => whoHas({ port })),
  zombie: none((await waitForExit(zombie)).code),
  waited: none((await ending)?.code),
  via: watching.via,
  peers: graph.descriptors.filter((one) => one.pid === nobodyPid && one.fd >= unixFd)
    .map(({ socket, peers }) => [socket.connected, none(socket.peerId), none(peers)]),
};
await watching[Symbol.asyncDispose]();
console.log(JSON.stringify(view));
`;

let scene: Promise<Scene> | undefined;

async function readScene(): Promise<Scene> {
  const folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-holders-`));
  try {
    chmodSync(folder, 0o755);
    spawnSync("mkfifo", [`${folder}/go`]);
    chmodSync(`${folder}/go`, 0o666);
    const there = ["unshare", "--net"] as const;
    await using holder = startSpeaker([PYTHON, "-S", "-c", HOLDERS, folder]);
    await using nobody = startSpeaker([...there, ...AS_NOBODY, PYTHON, "-S", "-c", ELSEWHERE]);
    await using root = startSpeaker([...there, PYTHON, "-S", "-c", ELSEWHERE]);
    const facts = JSON.parse(await holder.next());
    const [port, unixFd] = (await nobody.next()).split(" ").map(Number);
    const elsewhere = { nobody: port!, root: parseInt(await root.next()) };
    const known = { ...facts, elsewhere, folder, nobodyPid: nobody.pid, rootPid: root.pid, unixFd };
    await until("the zombie has ended", () => stateOf(facts.zombie) === "Z");
    const view = (wrapper: readonly string[], waited: number) =>
      runWrapped(wrapper, VIEW.replace("SCENE", JSON.stringify({ ...known, waited }))) as View;
    return { ...known, user: view(AS_NOBODY, facts.waited), root: view([], 0) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A proof about what the user nobody and root read. All such proofs share one scene. */
function seen(prove: (scene: Scene, sentence: string) => void): Proof {
  return async (sentence) => {
    if (isRoot) prove(await (scene ??= readScene()), sentence);
  };
}

/** The words with which sentences list what can be read: the fields and the methods for it. */
const FACTS: Readonly<
  Record<string, { readonly fields: readonly string[]; readonly methods: readonly string[] }>
> = {
  "the ids": {
    fields: ["pid", "uniqueId", "parentPid", "processGroupId", "sessionId"],
    methods: ["info"],
  },
  "the flags": {
    fields: ["is64Bit", "translated", "traced", "exiting", "kernelThread"],
    methods: ["read"],
  },
  "the name": { fields: ["name", "commandLine"], methods: ["name"] },
  "the start": { fields: ["startedAt"], methods: [] },
  "the executable": {
    fields: ["executablePath", "executableDeleted"],
    methods: ["executable"],
  },
  "the credentials": {
    fields: [
      ...["userId", "groupId", "userName", "realUserId", "savedUserId", "realGroupId"],
      ...["savedGroupId", "supplementaryGroupIds"],
    ],
    methods: ["credentials"],
  },
  "the terminal": {
    fields: ["terminalDevice", "foregroundProcessGroupId", "sessionLeader", "terminalPath"],
    methods: ["terminal"],
  },
  "the nice value": { fields: ["nice"], methods: ["priority"] },
  "the parent": { fields: [], methods: ["parent", "ancestors"] },
  "the children": { fields: [], methods: ["children", "descendants"] },
  "the directories": {
    fields: [
      ...["workingDirectory", "workingDirectoryDeleted"],
      ...["rootDirectory", "rootDirectoryDeleted"],
    ],
    methods: ["workingDirectory", "rootDirectory"],
  },
  "the environment": {
    fields: ["environment"],
    methods: ["environment", "environmentBytes"],
  },
  "the descriptors": {
    fields: ["descriptorCount"],
    methods: ["descriptors", "files", "sockets"],
  },
  "the regions": { fields: [], methods: ["regions"] },
  "the namespaces": { fields: [], methods: ["namespaces"] },
  "the transfers": {
    fields: [
      ...["readBytes", "writtenBytes", "inputBytes", "outputBytes", "inputCalls", "outputCalls"],
    ],
    methods: [],
  },
  "the shares of memory": {
    fields: ["proportionalBytes", "uniqueBytes", "swappedBytes"],
    methods: [],
  },
};

const OPEN_ON_MAC = [
  ...["the ids", "the flags", "the name", "the start", "the executable", "the credentials"],
  ...["the terminal", "the nice value", "the parent", "the children"],
];
const GUARDED_ON_LINUX = [
  ...["the executable", "the directories", "the environment", "the descriptors", "the regions"],
  ...["the namespaces", "the transfers", "the shares of memory"],
];

/** The fields and the methods for a list of words. */
function listed(words: readonly string[]) {
  const facts = words.map((word) => FACTS[word]!);
  return {
    fields: facts.flatMap(({ fields }) => fields).sort(),
    methods: facts.flatMap(({ methods }) => methods).sort(),
  };
}

/** The items of a list in a sentence. */
function itemsIn(sentence: string, pattern: RegExp): string[] {
  return pattern.exec(sentence)![1]!.split(/, | and (?=the )/);
}

/** The reasons that methods give by their outcomes. */
const REASONS: Readonly<Record<string, string | undefined>> = {
  value: undefined,
  AccessDeniedError: "denied",
  NotSupportedError: "unsupported",
};

/** The fields and the methods whose reason, or its absence, is the wanted one. */
function answered(
  missing: object,
  outcome: Readonly<Record<string, string>>,
  isWanted: (reason: string | undefined) => boolean,
) {
  const reasons = missing as Readonly<Record<string, string>>;
  const methods = Object.entries(outcome).filter(([, name]) => isWanted(REASONS[name]));
  return {
    fields: FIELD_NAMES.filter((name) => isWanted(reasons[name])).sort(),
    methods: methods.map(([name]) => name).sort(),
  };
}

/** Reads a process of macOS with {@linkcode answered}, and returns the values. */
function readOnMac(
  isWanted: (reason: string | undefined) => boolean,
  asRoot = false,
  change: (double: Double) => number = () => THEIRS,
) {
  const double = openMac(asRoot);
  const pid = change(double);
  const { system } = double;
  const [row] = processes({ pids: [pid], fields: FIELD_NAMES, system });
  return answered(row!.missing, outcomes(openProcess(pid, { system })), isWanted);
}

const isValue = (reason: string | undefined) => reason === undefined;

// Macs with sockets and regions.

/** Adds a socket to a process of the double. */
function putSocket(
  { control, item }: Double,
  pid: number,
  fd: number,
  psi: Encodable<SocketInfo>,
  edit: (bytes: Uint8Array) => void = () => {},
): void {
  const bytes = encoded.socket(psi);
  edit(bytes);
  item(pid, "FD", BigInt(fd), BigInt(fdTypes.PROX_FDTYPE_SOCKET));
  control.double_poke(
    ...[PROC_INFO_CALL_PIDFDINFO, pid, PROC_PIDFDSOCKETINFO, BigInt(fd), 0, bytes] as const,
    bytes.length,
  );
}

/** A TCP socket that listens on a port of 127.0.0.1. */
function listener(port: number): Encodable<SocketInfo> {
  return {
    ...{ soi_so: BigInt(port), soi_family: 2, soi_type: 1, soi_protocol: 6, soi_kind: 2 },
    soi_options: 2,
    soi_proto: {
      pri_tcp: {
        tcpsi_state: 1,
        tcpsi_ini: {
          insi_vflag: 1,
          insi_lport: (port & 0xff) << 8 | port >> 8,
          insi_laddr: { ina_46: { i46a_addr4: { s_addr: 0x0100007f } } },
        },
      },
    },
  };
}

/** The ports of a socket of the caller, and of one of another user. */
const OWN_PORT = 80, THEIR_PORT = 81;

/** Opens macOS with a listening socket in each process. */
function macWithPorts(asRoot: boolean): System {
  const double = openMac(asRoot);
  putSocket(double, OWN, 7, listener(OWN_PORT));
  putSocket(double, THEIRS, 7, listener(THEIR_PORT));
  return double.system;
}

/** The region of a process of macOS with a tag. */
function macRegion(tag: number) {
  const { control, item, system } = openMac();
  item(OWN, "REGION", 0x1000n, 0x1000n);
  const { pri_user_tag } = offsetsOf(procRegionInfo, offsetsOf(procRegionWithPathInfo).prp_prinfo);
  control.double_poke(
    ...[PROC_INFO_CALL_PIDINFO, OWN, PROC_PIDREGIONPATHINFO, ANY_ARG, pri_user_tag] as const,
    ...[new Uint8Array(new Uint32Array([tag]).buffer), 4] as const,
  );
  return openProcess(OWN, { system }).regions()[0]!;
}

// Linux with changed calls.

/** Linux over a C library with changed functions. */
function linuxOver(changes: LibraryChanges): System {
  const libc = changedLibc(changes);
  return linuxSystem({ fs: procFs(libc), libc });
}

/** Linux that opens another file in place of one, or fails with a number. */
function linuxWithFiles(instead: (path: string) => string | number | undefined): {
  readonly system: System;
  /** The number of listings of processes so far. */
  readonly lists: () => number;
} {
  const real = hostLibc();
  let lists = 0;
  const libc = {
    ...real,
    open(path: Uint8Array) {
      const other = instead(new TextDecoder().decode(path.subarray(0, path.indexOf(0))));
      if (typeof other === "number") return -other;
      return real.open(other === undefined ? path : textOf(other));
    },
    getdents64(fd: number, to: Uint8Array, size: bigint) {
      if (readlinkSync(`/proc/self/fd/${fd}`) === "/proc") lists++;
      return real.getdents64(fd, to, size);
    },
  };
  return { system: linuxSystem({ fs: procFs(libc), libc }), lists: () => lists };
}

/** The descriptors of this process that refer to the files of some processes. */
function keptFor(pids: readonly number[]): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      const [, pid] = /^\/proc\/(\d+)(?:\/|$)/.exec(readlinkSync(`/proc/self/fd/${fd}`)) ?? [];
      return pids.includes(Number(pid));
    } catch {
      return false; // It was that of the folder.
    }
  }).length;
}

/** Starts a process with many children, all of which wait. */
async function startChildren(count: number) {
  const parent = startSpeaker([compileProgram(["crew.c"], "crew"), "1", `${count}`]);
  await parent.next();
  return { ...parent, pids: childrenOf(parent.pid) };
}

const READ_OFTEN = ["residentBytes", "userId", "cpuTimeNs"] as const;

/** Proves that files stay open until a process is disposed of, or no longer referenced. */
async function filesStayOpen(sentence: string): Promise<void> {
  assert(/stay open if it is read repeatedly, until it is disposed of or garbage/.test(sentence));
  await using sleeper = startSleeper();
  const pids = [sleeper.pid];
  using system = openSystem();
  const read = (times: number) => {
    const one = openProcess(sleeper.pid, { system });
    for (let i = 0; i < times; i++) one.read(...READ_OFTEN);
    return one;
  };
  const once = read(1);
  assertEquals(keptFor(pids), 0);
  const often = read(4);
  assertGreater(keptFor(pids), 0);
  often[Symbol.dispose]();
  assertEquals(keptFor(pids), 0);
  once[Symbol.dispose]();
  for (let i = 0; i < 20; i++) read(4);
  assertGreater(keptFor(pids), 0);
  const { Bun } = globalThis as { readonly Bun?: { gc(isSynchronous: boolean): void } };
  if (Bun === undefined) return;
  await until("the files are closed", () => {
    Bun.gc(true);
    return keptFor(pids) === 0;
  });
}

/** Proves how many descriptors are kept open for all processes together. */
async function mostDescriptors(sentence: string): Promise<void> {
  const most = numberIn(sentence, /at most (\d+) file descriptors open/);
  await using parent = await startChildren(30);
  using system = openSystem();
  const all = parent.pids.map((pid) => openProcess(pid, { system }));
  let highest = 0;
  for (let i = 0; i < 4; i++) {
    for (const one of all) {
      one.read(...READ_OFTEN);
      highest = Math.max(highest, keptFor(parent.pids));
    }
  }
  assertEquals(highest, most);
}

// Samplers.

/** The calls that open the files of a process in each of some samples. */
function opensOf(
  pid: number,
  options: Parameters<typeof openSampler<FieldName>>[0],
  samples: number,
): { readonly opens: readonly number[]; readonly calls: readonly number[] } {
  const changed = changedLinux();
  using sampler = openSampler({ ...options, system: changed.system });
  const opens: number[] = [], calls: number[] = [];
  for (let i = 0; i < samples; i++) {
    changed.asked.length = changed.count = 0;
    const sample = sampler.sample();
    assert(sample.pid.includes(pid));
    opens.push(changed.asked.filter((call) => call.startsWith(`open /proc/${pid}/`)).length);
    calls.push(changed.count);
  }
  return { opens, calls };
}

/** The name that the kernel has of a process. */
function comm(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, "latin1").trimEnd();
}

/** Starts a process that sleeps, and waits until it does. */
async function startResting() {
  const sleeper = startSleeper();
  const { pid } = sleeper;
  await until("it sleeps", () => stateOf(pid) === "S" && comm(pid) === "sleep");
  return sleeper;
}

/** True if a sampler copies the row of a process at rest, which it then need not read. */
function copies(pid: number, options: Parameters<typeof openSampler<FieldName>>[0]): boolean {
  // The row is read in one of many samples in any case.
  const { opens } = opensOf(pid, { keepOpen: 0, ...options }, 4);
  return opens.slice(1).includes(0);
}

/** The groups of the fields that a process itself changes, by the words of the sentence. */
const STAYING: Readonly<Record<string, readonly string[]>> = {
  "the processor time": ["cpu"],
  "the ids": ["ids"],
  "the name": ["name"],
  "the state": ["state"],
  "the user": ["user", "userName"],
  "the start": ["start"],
  "the number of threads": ["threads"],
  "the flag for kernel threads": ["kernelThread"],
};

/** Proves with which fields a sampler copies rows, and that it does not with a condition. */
async function copiesWithFields(sentence: string): Promise<void> {
  const words = /changes: (.*)\.$/.exec(sentence)![1]!.split(/, (?:and any of )?| and (?=the )/);
  const stated = words.flatMap((word) => STAYING[word]!).sort();
  await using resting = await startResting();
  const { pid } = resting;
  const found = [...GROUPS].filter(([name, { fields }]) =>
    // The parents are among all processes only.
    copies(pid, {
      fields: [...new Set(["cpuTimeNs", ...Object.keys(fields)])] as FieldName[],
      ...(name !== "ids" && { pids: [pid] }),
    })
  );
  assertEquals(found.map(([name]) => name).sort(), stated);
  assertEquals(copies(pid, { fields: ["name"], pids: [pid] }), false);
  assert(sentence.includes("if it has no condition"));
  assertEquals(copies(pid, { fields: ["cpuTimeNs"], pids: [pid], name: "sleep" }), false);
}

/** Proves that a sampler reads the list of processes only when the sentence states it. */
function readsList(sentence: string): void {
  const seconds = numberIn(sentence, /the list is (\d+) seconds old/);
  assert(
    sentence.includes("in the first second, if many pids were assigned since a second before"),
  );
  const folder = mkdtempSync(`${tmpdir()}/libproc-loadavg-`);
  const clock = performance as { now: () => number };
  const { now } = clock;
  let time = 0, newest = 1_000_000;
  try {
    const path = `${folder}/loadavg`;
    const { system, lists } = linuxWithFiles((name) => name === "/proc/loadavg" ? path : undefined);
    const write = () => writeFileSync(path, `0.00 0.00 0.00 1/100 ${newest}\n`);
    write();
    clock.now = () => time;
    using sampler = openSampler({ fields: ["name"], system });
    /** True if a sample at a time lists all processes, after some pids were assigned. */
    const isListed = (atMs: number, assigned = 0) => {
      time = atMs;
      newest += assigned;
      write();
      const before = lists();
      sampler.sample();
      return lists() > before;
    };
    assertEquals([isListed(0), isListed(500), isListed(999)], [true, true, true]);
    const start = 1001;
    assertEquals([isListed(start), isListed(start + 1), isListed(start + 2, 3)], [
      ...[true, false, false],
    ]);
    assertEquals([isListed(start + 1500), isListed(start + seconds * 1000 - 1)], [false, false]);
    const again = start + seconds * 1000;
    assertEquals([isListed(again), isListed(again + 1)], [true, false]);
    assertEquals([isListed(again + 2, 100_000), isListed(again + 500)], [true, true]);
    assertEquals([isListed(again + 1100), isListed(again + 1101)], [true, false]);
    // The pids start again from the lowest.
    assertEquals([isListed(again + 3000, -500_000), isListed(again + 3999)], [true, true]);
    assertEquals([isListed(again + 4001), isListed(again + 4002)], [true, false]);
  } finally {
    clock.now = now;
    rmSync(folder, { recursive: true });
  }
}

/** Proves that a sampler keeps half of the free descriptors open. */
async function halfOfFree(sentence: string): Promise<void> {
  const [, limit] = /at most half of the descriptors that `(\w+)` leaves free/.exec(sentence)!;
  assertEquals(limit, "RLIMIT_NOFILE");
  await using parent = await startChildren(40);
  const open = () => readdirSync("/proc/self/fd").length - 1;
  const most = BigInt(open() + 60);
  const system = linuxOver({
    getrlimit(resource: number, to: Uint8Array) {
      assertEquals(resource, 7);
      to.set(new Uint8Array(new BigUint64Array([most, most]).buffer));
      return 0;
    },
  });
  using sampler = openSampler({ fields: [...READ_OFTEN], pids: parent.pids, system });
  for (let i = 0; i < 4; i++) {
    const { status } = sampler.sample();
    assertEquals([...status.residentBytes], parent.pids.map(() => 0));
  }
  const kept = keptFor(parent.pids);
  const half = (Number(most) - (open() - kept)) / 2;
  assertLessOrEqual(kept, half);
  assertGreater(kept, half - 10);
}

/** The calls of a kind that a use of the double makes. */
function callsOn({ control }: Double, run: () => unknown): readonly [bigint, bigint] {
  const count = () => [named("DOUBLE_ANY"), named("DOUBLE_CALL_SYSCTL")].map(control.double_calls);
  const before = count();
  run();
  const [any, sysctl] = count().map((calls, i) => calls - before[i]!);
  return [any!, sysctl!];
}

const GROUP_SCRIPT = `
import os, signal
child = os.fork()
if child == 0: signal.pause()
print(child, flush=True)
input()
os.setpgid(child, child)
print(flush=True)
input()
`;

/** Proves in how many samples a change that another process makes is reported. */
async function reportedLate(sentence: string): Promise<void> {
  const most = numberIn(sentence, /up to (\d+) samples late/);
  assert(sentence.includes("it was put into another process group"));
  await using parent = startSpeaker([PYTHON, "-S", "-c", GROUP_SCRIPT]);
  const child = Number(await parent.next());
  try {
    await until("it waits", () => stateOf(child) === "S");
    const { system, asked } = changedLinux();
    using sampler = openSampler({ system, fields: ["ids", "cpuTimeNs"], keepOpen: 0 });
    const sample = () => {
      asked.length = 0;
      const found = sampler.sample();
      const group = found.processGroupId[found.pid.indexOf(child)];
      return { isRead: asked.includes(`open /proc/${child}/stat`), group };
    };
    sample();
    for (let i = 0; i < 2 * most && !sample().isRead; i++);
    await parent.ask("");
    assertEquals(statField(child, 5), `${child}`);
    // It was read in the last sample, so that its next turn comes after all others.
    let late = 1;
    while (late < 2 * most && sample().group !== child) late++;
    assertEquals(late, most);
  } finally {
    process.kill(child, "SIGKILL");
  }
}

// Signals.

/** The numbers of signals of the system that a sentence names. */
function signalsOf(sentence: string): readonly [ours: System, others: System] {
  const linux = openSystem(), mac = openMac().system;
  return sentence.startsWith("On Linux") ? [linux, mac] : [mac, linux];
}

/** Proves that the signals that a sentence names are those that a system lacks. */
function lackedSignals(sentence: string): void {
  const stated = [...sentence.matchAll(/`(SIG\w+)`/g)].map(([, name]) => name);
  const [system, other] = signalsOf(sentence);
  const lacks = (name: string, system: System) => {
    try {
      signalNumber("signal", name as "SIGHUP", process.pid, system);
      return false;
    } catch (error) {
      assertInstanceOf(error, NotSupportedError);
      return true;
    }
  };
  assertEquals(SIGNAL_NAMES.filter((name) => lacks(name, system)), stated);
  assertEquals(stated.filter((name) => lacks(name!, other)), []);
  if (sentence.startsWith("On Linux")) {
    assertEquals(stated.filter((name) => name! in constants.signals), []);
  }
}

/** A proof about the real-time signals of Linux: their names, by their numbers. */
function realTime(prove: (names: readonly string[], sentence: string) => void): Proof {
  return (sentence) => {
    const system = openSystem();
    const names = system.signalNumbers().map((_, i) =>
      signalName(signalNumber("signal", i + 1, process.pid, system))
    );
    prove(names.filter((name) => /^SIG\d/.test(name)), sentence);
  };
}

/** A system that lists the calls about a process and its signals. */
function heardSystem(below: System): { readonly system: System; readonly calls: string[] } {
  const calls: string[] = [];
  const flavors = new Map([[PROC_PIDUNIQIDENTIFIERINFO, "identity"]]);
  const system: System = {
    ...below,
    kernel: {
      ...below.kernel,
      procInfo(callnum, pid, flavor, ...rest) {
        calls.push(
          callnum === PROC_INFO_CALL_SIGNAL_AUDITTOKEN ? "token" : flavors.get(flavor) ?? "other",
        );
        return below.kernel.procInfo(callnum, pid, flavor, ...rest);
      },
    },
    kill(...args) {
      calls.push("kill");
      below.kill(...args);
    },
  };
  return { system, calls };
}

/** Signals the own process of the double; returns the calls. */
function signalOnMac(change: (double: Double) => void): string[] {
  const double = openMac();
  change(double);
  const { system, calls } = heardSystem(double.system);
  signalProcess(OWN, double.get(OWN, "UNIQUEID"), "SIGTERM", system);
  assertEquals(double.get(OWN, "SIGNAL"), 15n);
  return calls;
}

/** Proves that a kernel without signals by token leaves a race, and since when macOS has them. */
function signalOnOldMac(sentence: string): void {
  const [, version] = /On macOS before ([\d.]+), /.exec(sentence)!;
  const golden = JSON.parse(readFileSync(`${ROOT}tests/golden/darwin_constants.json`, "utf8"));
  assertEquals(version, golden["PROC_INFO_CALL_SIGNAL_AUDITTOKEN"].macOS);
  assertEquals(signalOnMac(() => {}), ["identity", "token"]);
  const last = BigInt(PROC_INFO_CALL_SIGNAL_AUDITTOKEN - 1);
  const old = signalOnMac(({ option }) => option("MAX_CALLNUM", last));
  assertEquals(old.slice(-2), ["identity", "kill"]);
}

/** Proves that Linux compares and signals in two steps without descriptors of processes. */
async function signalWithoutDescriptors(sentence: string): Promise<void> {
  assert(
    sentence.includes("the same race exists if file descriptors of processes are unavailable"),
  );
  await using sleeper = startSleeper();
  const { pid } = sleeper;
  const uniqueId = BigInt(openProcess(pid).uniqueId);
  const killed: unknown[] = [];
  const kill = (...args: unknown[]) => killed.push(args) * 0;
  signalProcess(pid, uniqueId, "SIGCONT", linuxOver({ kill }));
  assertEquals(killed, []);
  signalProcess(pid, uniqueId, "SIGCONT", linuxOver({ kill, pidfd_open: null }));
  assertEquals(killed, [[pid, constants.signals.SIGCONT]]);
}

/** Proves that an exec makes a token stale, and that a signal survives many in a row. */
function staleTokens(sentence: string): void {
  assert(sentence.includes("an exec makes a token stale"));
  const double = openMac();
  const { get, set, system: below } = double;
  const exec = () => set(OWN, "IDVERSION", get(OWN, "IDVERSION") + 1n);
  const version = Number(get(OWN, "IDVERSION"));
  exec();
  const token = { val: [0, 0, 0, 0, 0, OWN, 0, version] };
  assertEquals(codeOf(() => signalAuditToken(token, 15, { system: below })), "ESRCH");
  let left = 16;
  const system: System = {
    ...below,
    kernel: {
      ...below.kernel,
      procInfo(callnum, ...rest) {
        if (callnum === PROC_INFO_CALL_SIGNAL_AUDITTOKEN && left-- > 0) exec();
        return below.kernel.procInfo(callnum, ...rest);
      },
    },
  };
  signalProcess(OWN, get(OWN, "UNIQUEID"), "SIGTERM", system);
  assertEquals([get(OWN, "SIGNAL"), left], [15n, -1]);
}

// Trees.

/** Waits without returning to the event loop. */
function untilAtOnce(holds: () => boolean): void {
  const end = performance.now() + 20_000;
  while (!holds()) if (performance.now() > end) throw new Error("It has not come about");
}

/** A system with an action before the first signal. */
function beforeSignal(below: System, happens: () => void): System {
  let isFirst = true;
  return {
    ...below,
    kernel: {
      ...below.kernel,
      procInfo(callnum, ...rest) {
        if (callnum === PROC_INFO_CALL_SIGNAL_AUDITTOKEN && isFirst) {
          isFirst = false;
          happens();
        }
        return below.kernel.procInfo(callnum, ...rest);
      },
    },
  };
}

/** Proves that an orphan of the tree gets the signal on macOS, whichever session it is in. */
async function orphanOnMac(sentence: string): Promise<void> {
  assert(sentence.includes("they get the signal in any session"));
  for (const session of [0n, 555n, 1n]) {
    const double = openMac();
    const { add, get, set } = double;
    const orphan = 300;
    const system = beforeSignal(double.system, () => {
      add(orphan);
      set(orphan, "PARENT_UNIQUEID", get(OWN, "UNIQUEID"));
      set(orphan, "SID", session);
    });
    const { ended, escaped } = await killTree(OWN, { system, graceMs: 60_000 });
    assertEquals([ended.map(({ pid }) => pid), escaped], [[OWN, orphan], []]);
    assertEquals(get(orphan, "SIGNAL"), 15n);
  }
}

/** Proves that a process escapes that is forked between the last read and the signal. */
async function escapes(sentence: string): Promise<void> {
  assert(sentence.includes("in a session whose leader is outside the tree"));
  await using shell = startShell(`${compileProgram(["budding.c"], "budding")} & wait`);
  const pid = Number(await shell.next());
  assertEquals(statField(pid, 6), `${shell.pid}`);
  let child: number | undefined;
  const system = beforeSignal(openSystem(), () => {
    process.kill(pid, "SIGUSR1");
    untilAtOnce(() => (child = childrenOf(pid)[0]) !== undefined);
    untilAtOnce(() => statField(child!, 5) === `${child}`);
  });
  try {
    const { ended, escaped } = await killTree(pid, { system, graceMs: 60_000 });
    assertEquals([ended.map(({ pid }) => pid), escaped], [[pid], []]);
    assertEquals(isAlive(child!), true);
  } finally {
    if (child !== undefined) process.kill(child, "SIGKILL");
  }
}

// Limits.

const LIMITS = `
import ctypes, fcntl, json, mmap, os, signal, threading, time
libc = ctypes.CDLL(None, use_errno=True)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
facts = {}
print(flush=True)
input()
try:
    while threading.active_count() < 64:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
except RuntimeError:
    pass
facts["threads"] = threading.active_count()
memory = mmap.mmap(-1, 1 << 20)
start, size = ctypes.addressof(ctypes.c_char.from_buffer(memory)), 0
while size < 1 << 20 and libc.mlock(ctypes.c_void_p(start + size), mmap.PAGESIZE) == 0:
    size += mmap.PAGESIZE
facts["locked"] = size
count = 0
while count < 64 and libc.sigqueue(os.getpid(), int(signal.SIGRTMIN), None) == 0: count += 1
facts["signals"] = count
attributes = (ctypes.c_long * 8)(0, 10, 1000)
names = [f"/libproc-{os.getpid()}-{i}".encode() for i in range(64)]
count = 0
while count < 64 and libc.mq_open(names[count], os.O_CREAT | os.O_RDWR, 0o600, ctypes.byref(attributes)) >= 0:
    count += 1
for name in names[:count]: libc.mq_unlink(name)
facts["queued"] = count * 10 * 1000
file = os.memfd_create("locks")
for i in range(3): fcntl.lockf(file, fcntl.LOCK_EX, 1, i * 2)
facts["locks"] = 3
def works(call, *args):
    try: call(*args)
    except OSError: return False
    return True
def schedule(value): os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(value))
facts["priority"] = max([value for value in range(1, 100) if works(schedule, value)], default=0)
used = []
begin = time.thread_time_ns()
signal.signal(signal.SIGXCPU, lambda *_: used.append(time.thread_time_ns() - begin))
if facts["priority"] > 0:
    while not used and time.thread_time_ns() < begin + 10**9: pass
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
facts["microseconds"] = used[0] // 1000 if used else 0
def nice(value): os.setpriority(os.PRIO_PROCESS, 0, value)
facts["nice"] = min(value for value in range(-20, 20) if works(nice, value))
resident = b"x" * (8 << 20)
print(json.dumps(facts), flush=True)
input()
`;

/** The abilities of a process with limits, and its limits and memory as they are read. */
interface Limited {
  readonly facts: Readonly<Record<string, number>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly residentBytes: number;
}

/** Starts a process with limits, as another user unless the limits are those of root. */
async function readLimited(
  limits: readonly string[],
  wrapper: readonly string[],
): Promise<Limited> {
  const [file, ...args] = ["prlimit", ...limits, ...wrapper, PYTHON, "-S", "-c", LIMITS];
  await using speaker = startSpeaker([file!, ...args]);
  await speaker.next();
  const one = openProcess(speaker.pid);
  const found = Object.entries(one.limits()).map(([name, limit]) =>
    [name, limit!.soft ?? Infinity] as const
  );
  const facts = JSON.parse(await speaker.ask(""));
  return { facts, limits: Object.fromEntries(found), residentBytes: one.memory().residentBytes! };
}

const AS_ANOTHER = [
  ...["setpriv", "--reuid=61718", "--regid=61718", "--clear-groups", "--inh-caps=-all"],
  "--bounding-set=-all",
];
const LOWER = [
  ...["--nproc=7", "--memlock=65536", "--sigpending=5", "--msgqueue=50000", "--locks=1"],
  "--rss=4096",
];
const RAISED = ["--nice=30", "--rtprio=9"];
const OF_ROOT = ["--rttime=60000:1000000"];

/** Returns true if root can raise limits, which takes CAP_SYS_RESOURCE. */
const canRaise = () => spawnSync("prlimit", [...RAISED, "true"]).status === 0;

let lowered: Promise<Limited> | undefined, ofRoot: Promise<Limited> | undefined;

/** A proof about a process of another user, which its limits restrict. */
function limited(prove: (found: Limited, sentence: string) => void): Proof {
  return async (sentence) => {
    if (!isRoot) return;
    lowered ??= readLimited([...LOWER, ...canRaise() ? RAISED : []], AS_ANOTHER);
    prove(await lowered, sentence);
  };
}

// Watches.

/** True if this host has the process connector. */
function hasConnector(): boolean {
  try {
    openSystem().kernelEvents().close();
    return true;
  } catch {
    return false;
  }
}

const OTHER_NAMESPACES: Readonly<Record<string, readonly string[]>> = {
  PID: ["unshare", "--pid", "--fork", "--mount-proc"],
  user: ["unshare", "--user", "--map-root-user"],
  network: ["unshare", "--net"],
};

/** Proves what the connector reports, and that it reports nothing in other namespaces. */
async function byConnector(sentence: string): Promise<void> {
  const types = /reports each (\w+), (\w+) and (\w+) to/.exec(sentence)!.slice(1);
  const namespaces = /initial (\w+), (\w+) and (\w+) namespaces/.exec(sentence)!.slice(1);
  if (!isRoot || !hasConnector()) return;
  await using watching = watch({
    via: "connector",
    intervalMs: 1,
    filter: ({ parentPid }) => parentPid === process.pid,
  });
  const events = watching[Symbol.asyncIterator]();
  await using shell = startShell("read _; exec cat");
  shell.child.stdin!.end("\n");
  const found: string[] = [];
  while (found.at(-1) !== "exit") {
    const { value } = await events.next();
    if (value!.pid === shell.pid) found.push(value!.type);
  }
  assertEquals([...new Set(found)], types);
  for (const name of namespaces) {
    const code = runWrapped(
      OTHER_NAMESPACES[name]!,
      `import { watch } from "./lib/process/watch.ts";
      let code = "";
      try { watch({ via: "connector" }); } catch (error) { code = error.code; }
      console.log(JSON.stringify(code));`,
    );
    assertEquals([name, code], [name, "ENOTSUP"]);
  }
}

/** Proves that each poll reads the file with the pid that was allocated last. */
async function byPolling(sentence: string): Promise<void> {
  const [, path] = /polling reads `([^`]+)` after every interval/.exec(sentence)!;
  const newest = () => Number(readFileSync(path!, "latin1").trim().split(" ").at(-1));
  await using first = startSleeper();
  const last = newest();
  await using second = startSleeper();
  // Other processes get pids meanwhile.
  assertGreaterOrEqual(last, first.pid);
  assertLess(last, second.pid);
  let reads = 0;
  const changed = changedLinux();
  const newPids = changed.system.newPids()!;
  const counted = { ...newPids, look: () => (reads++, newPids.look()) };
  assert(changed.asked.includes(`open ${path}`));
  const way = pollingWay(new Rows(changed.system, undefined, true), counted, {});
  way.begin();
  for (let i = 0; i < 3; i++) way.look();
  assertEquals(reads, 3);
  await using third = startSleeper();
  await until("it is seen", () => way.look().some(({ pid }) => pid === third.pid));
  way.close();
}

/** Removes the build ID from a copy of a program: the note gets another type. */
function withoutBuildId(from: string, to: string): void {
  const bytes = readFileSync(from);
  const note = Buffer.from([...[4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0], ...textOf("GNU")]);
  for (let at = bytes.indexOf(note); at >= 0; at = bytes.indexOf(note, at + 1)) bytes[at + 8] = 99;
  writeFileSync(to, bytes, { mode: 0o755 });
}

/** The execs that polling notices of a child of a shell that executes two programs. */
async function execsOf(
  first: string,
  second: string,
  system: System = openSystem(),
): Promise<readonly string[]> {
  await using shell = startShell(
    `exec 3<&0
    (read _ <&3; exec ${first} -c 'echo; read _ <&3; exec ${second} -c "echo; read _ <&3"') &
    echo $!; wait`,
  );
  const pid = Number(await shell.next());
  const rows = new Rows(system, undefined, false);
  const look = () => {
    const changes = newChanges();
    rows.lookAt(pid, changes);
    return changes.execs.map(({ name }) => name!);
  };
  look();
  const found = look();
  for (const _ of [first, second]) {
    await shell.ask("");
    found.push(...look());
  }
  return found;
}

const SHELL = realpathSync("/bin/sh");

/** Proves which programs polling distinguishes. */
async function distinguished(sentence: string): Promise<void> {
  assert(/notices only the first program .* have no build ID, or if the caller/.test(sentence));
  const folder = mkdtempSync(`${tmpdir()}/libproc-programs-`);
  const other = realpathSync("/bin/bash");
  const programs = (names: readonly [string, string], bare: readonly [boolean, boolean]) =>
    names.map((name, i) => {
      // A program that still runs cannot be overwritten.
      const path = `${mkdtempSync(`${folder}/`)}/${name}`;
      const make = bare[i] ? withoutBuildId : copyFileSync;
      make(i === 0 ? SHELL : other, path);
      return path;
    }) as [string, string];
  const names = ["one", "two"] as const, same = ["one", "one"] as const;
  const { system } = linuxWithFiles((path) => /\/(?:auxv|mem)$/.test(path) ? 13 : undefined);
  try {
    assertEquals(await execsOf(...programs(names, [true, true])), ["one"]);
    assertEquals(await execsOf(...programs(names, [false, false]), system), ["one"]);
    assertEquals(await execsOf(...programs(names, [false, false])), ["one", "two"]);
    assertEquals(await execsOf(...programs(same, [false, false])), ["one", "one"]);
    assertEquals(await execsOf(...programs(names, [true, false])), ["one", "two"]);
    assertEquals(await execsOf(...programs(same, [true, false])), ["one"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The ways in which macOS is polled. */
function macWay(double: Double) {
  return pollingWay(new Rows(double.system, undefined, true), double.system.newPids(), {});
}

// Files of sockets.

const BOUND = `
import os, socket, sys
os.chdir(sys.argv[1])
unix = socket.socket(socket.AF_UNIX)
unix.bind(sys.argv[2])
unix.listen()
os.chdir("/")
print(flush=True)
input()
`;

/** The pids that are found by the file of a socket, before and after the file is renamed. */
async function holdersOfFile(
  wrapper: readonly string[],
  isRelative: boolean,
): Promise<readonly (readonly boolean[])[]> {
  const folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-bound-`));
  try {
    const name = isRelative ? "before" : `${folder}/before`;
    const [file, ...args] = [...wrapper, PYTHON, "-S", "-c", BOUND, folder, name];
    await using speaker = startSpeaker([file!, ...args]);
    await speaker.next();
    const pids = [speaker.pid];
    const find = (name: string) =>
      whoHas({ path: `${folder}/${name}` }, { pids }).length > 0 ||
      whoHas({ path: `${folder}/${name}` }).some(({ pid }) => pid === speaker.pid);
    const before = [find("before")];
    renameSync(`${folder}/before`, `${folder}/after`);
    return [before, [find("after")]];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Proves that a socket of macOS is found as long as its name leads to the file. */
async function holdersOnMac(sentence: string): Promise<void> {
  assert(/only if the name that it was bound to still leads to the file/.test(sentence));
  const folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-bound-`));
  try {
    await using speaker = startSpeaker([PYTHON, "-S", "-c", BOUND, folder, "before"]);
    await speaker.next();
    const double = openMac();
    const name = textOf(`${folder}/before`);
    putSocket(double, OWN, 7, { soi_so: 5n, soi_family: 1, soi_type: 1, soi_kind: 3 }, (bytes) => {
      bytes.set([name.length + 1, 1, ...name], 24 + 240 + 16);
    });
    const { system } = double;
    const find = (path: string) => whoHas({ path }, { system }).map(({ pid }) => pid);
    assertEquals(find(`${folder}/before`), [OWN]);
    renameSync(`${folder}/before`, `${folder}/after`);
    assertEquals(find(`${folder}/after`), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const TO_DEVICE = `
import socket
one = socket.socket()
one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
one.bind(("127.0.0.1", 0))
one.listen()
print(one.getsockname()[1], one.fileno(), flush=True)
input()
`;

/** Proves that functions report the interface of a socket that is bound to one. */
async function interfaceOnLinux(sentence: string): Promise<void> {
  const [, ...names] = /^On Linux, (\w+) and (\w+) report it for Internet sockets/.exec(sentence)!;
  assert(TO_DEVICE.includes(/\(`(\w+)`\)/.exec(sentence)![1]!));
  await using speaker = startSpeaker([PYTHON, "-S", "-c", TO_DEVICE]);
  const [port, fd] = (await speaker.next()).split(" ").map(Number);
  const pids = [speaker.pid];
  const ways: Readonly<Record<string, () => readonly ReturnType<typeof ownDescriptor>[]>> = {
    descriptors: () => descriptors({ pids }).descriptors,
    whoHas: () => whoHas({ port: port! }, { pids }).flatMap(({ descriptors }) => descriptors),
  };
  for (const name of names) {
    const found = ways[name]!().find((one) => one.fd === fd);
    assertEquals([name, found!.socket!.interfaceName], [name, "lo"]);
  }
}

// Threads.

const IDS = `
import threading
ready = threading.Barrier(3)
ids = [threading.get_native_id()]
def work():
    ids.append(threading.get_native_id())
    ready.wait()
    threading.Event().wait()
for _ in range(2): threading.Thread(target=work, daemon=True).start()
ready.wait()
print(*ids, flush=True)
input()
`;

/** Proves that the ids of threads are those that the threads themselves get. */
async function threadIds(sentence: string): Promise<void> {
  const [, name] = /that of `(\w+)\(\)`/.exec(sentence)!;
  await using speaker = startSpeaker([PYTHON, "-S", "-c", IDS]);
  const ids = (await speaker.next()).split(" ").map(Number);
  const found = openProcess(speaker.pid).threads().map(({ id }) => id);
  assertEquals(found.toSorted(), ids.toSorted());
  // The first thread of this process is the one that runs this.
  const own = calling(name!, [])();
  assert(openProcess(process.pid).threads().some(({ id }) => id === own));
}

/** Proves how long the name of a thread can be, on the system that the sentence names. */
async function longestThreadName(sentence: string): Promise<void> {
  const length = numberIn(sentence, /it has up to (\d+) bytes/);
  const name = "n".repeat(100);
  const named = (pid: number, system: System) => openProcess(pid, { system }).threads()[0]!.name;
  if (sentence.startsWith("On macOS")) {
    const { blob, control, item, system } = openMac();
    control.double_clear(OWN, THREAD_LIST);
    item(OWN, "THREAD", 1001n, 1n);
    blob("THREAD_NAME", OWN, 1001n, name);
    assertEquals(named(OWN, system), name.slice(0, length));
    return;
  }
  await using shell = startShell(`echo ${name} > /proc/$$/comm; echo; read _`);
  await shell.next();
  assertEquals(named(shell.pid, openSystem()), name.slice(0, length));
}

const THREAD_LIST = named("DOUBLE_THREAD");

/** Proves that the status of processes of macOS does not show whether they run. */
function statusOnMac(sentence: string): void {
  assert(sentence.includes("nearly every process has the status of a running one"));
  for (const count of [0, 3]) {
    const double = openMac();
    const { control, set, system } = double;
    setRunning(double, OWN, count);
    const status = (pid: number) => pidInfo(pid, PROC_PIDTBSDINFO, 1n, { system }).pbi_status;
    assertEquals(status(OWN), SRUN);
    assertEquals(pidInfo(THEIRS, PROC_PIDT_SHORTBSDINFO, 0n, { system }).pbsi_status, SRUN);
    // Those that are stopped or have ended are the others.
    set(OWN, "FLAGS", BigInt(named("DOUBLE_STOPPED")));
    assertNotEquals(status(OWN), SRUN);
    control.double_zombie(OWN);
    assertNotEquals(status(OWN), SRUN);
  }
}

/** Proves that only the threads decide whether a process of macOS runs. */
function runsByThreads(sentence: string): void {
  assert(sentence.includes("only the threads of a process show whether it runs"));
  const states = [0, 1, 5].map((count) => {
    const double = openMac();
    setRunning(double, OWN, count);
    return openProcess(OWN, { system: double.system }).state();
  });
  assertEquals(states, ["sleeping", "running", "running"]);
}

/** A proof: methods of a process throw an error on macOS, for root as well. */
function refusedOnMac(...names: readonly string[]): Proof {
  return (sentence) => {
    assert(
      /^(?:@throws \{NotSupportedError\} )?On macOS, .*(?:unsupported|unavailable)\.$/.test(
        sentence,
      ),
    );
    const { system } = openMac(true);
    const one = openProcess(OWN, { system });
    const limit = { soft: 1, hard: 1 };
    for (const name of names) {
      const run = name === "setLimit"
        ? () => one.setLimit("openFiles", limit)
        : () => METHODS[name]!(one);
      assertThrows(run, NotSupportedError, undefined, name);
    }
  };
}

const LONGEST_LINUX = "On Linux, a path has up to 4,095 bytes.";
const LONGEST_MAC = "On macOS, a path has up to 1,023 bytes.";
const STATUS_MAC = "On macOS, nearly every process has the status of a running one.";
const THREADS_MAC = "On macOS, only the threads of a process show whether it runs.";

/** A proof: the facts that the user nobody reads or does not read of processes of other users. */
function readOnLinux(
  expect: (sentence: string) => {
    readonly items: readonly string[];
    readonly isWanted: (answer: string | undefined) => boolean;
  },
): Proof {
  return async (sentence) => {
    if (!isRoot) return;
    const { items, isWanted } = expect(sentence);
    const { user, root } = await viewsOnLinux();
    const { user: byUser, root: byRoot } = await (scene ??= readScene());
    assertEquals(answered(user.missing, byUser.methods, isWanted), listed(items));
    const denied = (reason: string | undefined) => reason === "denied";
    assertEquals(answered(root.missing, byRoot.methods, denied), { fields: [], methods: [] });
  };
}

/** Proves that regions have the names of the kernel: all that the sentence has as examples. */
async function regionNames(sentence: string): Promise<void> {
  assert(sentence.includes("it is the kernel's name"));
  const examples = [...sentence.matchAll(/`(\[[^`]+\])`/g)].map(([, name]) => name!);
  await using shell = startShell("echo; read _");
  await shell.next();
  const folder = mkdtempSync(`${tmpdir()}/libproc-regions-`);
  try {
    const given = examples.find((name) => name.startsWith("[anon:"))!;
    // Few kernels let programs name their regions: a name is added to what this one reports.
    let isNamed = false;
    for (const file of ["maps", "smaps"]) {
      const text = readFileSync(`/proc/${shell.pid}/${file}`, "latin1");
      const other = text.replace(/^(\S+ rw-p 00000000 00:00 0) *$/m, `$1    ${given}`);
      isNamed = other !== text;
      writeFileSync(`${folder}/${file}`, other);
    }
    assert(isNamed);
    const { system } = linuxWithFiles((path) => {
      const [, file] = /\/(s?maps)$/.exec(path) ?? [];
      return file === undefined ? undefined : `${folder}/${file}`;
    });
    const names = readFileSync(`${folder}/maps`, "latin1").matchAll(/^(\w+)-.* (\[\S+\])$/gm);
    const expected = [...names].map(([, address, name]) => [`0x${address}`, name]);
    const found = openProcess(shell.pid, { system }).regions().flatMap(({ address, name }) =>
      name === undefined ? [] : [[address, name]]
    );
    assertEquals(found, expected.filter(([, name]) => name !== "[vsyscall]"));
    assertEquals(examples.filter((name) => !found.some(([, other]) => other === name)), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Proves that a sampler does not read the row of a process at rest, and reports it as it is. */
async function copiesAtRest(sentence: string): Promise<void> {
  assert(sentence.includes("copy the row of a process that has used no processor time"));
  await using shell = startShell("echo; read _; read _");
  await shell.next();
  const { pid } = shell;
  await until("it waits", () => stateOf(pid) === "S");
  const changed = changedLinux();
  const fields = ["name", "state", "cpuTimeNs"] as const;
  using sampler = openSampler({ system: changed.system, fields, pids: [pid], keepOpen: 0 });
  const isRead = () => {
    changed.asked.length = 0;
    const sample = sampler.sample();
    assertEquals(tableRow(sample, 0), processes({ pids: [pid], fields })[0]);
    return changed.asked.includes(`open /proc/${pid}/stat`);
  };
  isRead();
  assertEquals([isRead(), isRead(), isRead()].includes(false), true);
  const { cpuTimeNs } = openProcess(pid).read("cpuTimeNs");
  shell.child.stdin!.write("\n");
  await until(
    "it has run",
    () => stateOf(pid) === "S" && openProcess(pid).read("cpuTimeNs").cpuTimeNs! > cpuTimeNs!,
  );
  assertEquals(isRead(), true);
}

/** Proves that samples report processes that start, run, get another parent and end. */
async function findsChanges(sentence: string): Promise<void> {
  assert(/which processes exist, which of them have run, and which have another/.test(sentence));
  await using parent = startShell("sleep 1000 & echo $!; read _; read _");
  const { pid } = parent;
  const child = Number(await parent.next());
  using sampler = openSampler({ fields: ["parentPid", "name", "cpuTimeNs"] });
  const row = (pid: number) => {
    const sample = sampler.sample(), at = sample.pid.indexOf(pid);
    return at < 0 ? undefined : tableRow(sample, at);
  };
  try {
    await until("it sleeps", () => comm(child) === "sleep" && stateOf(child) === "S");
    await until("the shell waits", () => stateOf(pid) === "S");
    for (let i = 0; i < 3; i++) row(pid);
    assertEquals([row(child)?.parentPid, row(child)?.name], [pid, "sleep"]);
    const before = row(pid)!.cpuTimeNs!;
    parent.child.stdin!.write("\n");
    await until("the shell has run", () => openProcess(pid).read("cpuTimeNs").cpuTimeNs! > before);
    assertGreater(row(pid)!.cpuTimeNs!, before);
    await using sleeper = startSleeper();
    assertEquals(row(sleeper.pid)?.parentPid, process.pid);
    await sleeper.end();
    assertEquals(row(sleeper.pid), undefined);
    process.kill(pid, "SIGKILL");
    await until("it has another parent", () => statField(child, 4) !== `${pid}`);
    assertEquals(`${row(child)?.parentPid}`, statField(child, 4));
  } finally {
    process.kill(child, "SIGKILL");
  }
}

/** Proves that macOS has the interface of a link-local address in the address. */
function interfaceInAddress(sentence: string): void {
  assert(sentence.includes("the index is in the address itself"));
  const double = openMac();
  const bytes = Uint8Array.of(0xfe, 0x80, 0, 4, ...Array.from({ length: 11 }, () => 0), 1);
  putSocket(double, OWN, 7, {
    ...{ soi_so: 9n, soi_family: 30, soi_type: 2, soi_protocol: 17, soi_kind: 1 },
    soi_proto: {
      pri_in: { insi_vflag: 2, insi_laddr: { ina_6: { __u6_addr: { __u6_addr8: bytes } } } },
    },
  });
  const [found] = openProcess(OWN, { system: double.system }).sockets();
  assertEquals(found!.socket!.localAddress, "fe80::1%4");
}

/** The proofs of the statements in mod.ts and lib/process. */
export const PROCESS: Proofs = {
  "lib/process/capabilities.ts": {
    "On Linux, the capability with number `n` has the name at index `n`.": () => {
      const header = readFileSync("/usr/include/linux/capability.h", "latin1");
      const numbers = [...header.matchAll(/^#define (CAP_[A-Z_]+)\s+(\d+)$/gm)];
      assertGreater(numbers.length, 36);
      for (const [, name, number] of numbers) {
        assertEquals(CAPABILITY_NAMES[Number(number)] as string, name);
      }
    },
  },
  "lib/process/descriptors.ts": {
    "On Linux, an epoll instance.": (sentence) => {
      const [, name] = /an (\w+) instance/.exec(sentence)!;
      withDescriptor(CREATE[`${name}_create1`]!, ({ type }) => assertEquals(type, "kqueue"));
    },
    "On macOS, this is fsevents.": (sentence) => {
      const [, name] = /this is (\w+)\./.exec(sentence)!;
      const { item, system } = openMac();
      item(OWN, "FD", 9n, BigInt(FD_TYPES[`PROX_FDTYPE_${name!.toUpperCase()}`] as number));
      const found = openProcess(OWN, { system }).descriptors().find(({ fd }) => fd === 9);
      assertEquals(found!.type, "fileSystemEvents");
    },
    "On Linux, this is inotify or fanotify.": (sentence) => {
      for (const [name] of sentence.matchAll(/\w+notify/g)) {
        if (name === "fanotify" && !isRoot) continue;
        withDescriptor(CREATE[name]!, ({ type }) => assertEquals(type, "fileSystemEvents"));
      }
    },
    "On Linux, a counter of events, created by `eventfd()`.": createdAs("eventCounter"),
    "On Linux, a timer, created by `timerfd_create()`.": createdAs("timer"),
    "On Linux, a descriptor from which signals are read, created by `signalfd()`.": createdAs(
      "signals",
    ),
    "On Linux, a process, opened by `pidfd_open()`.": createdAs("process"),
    "On Linux, memory without a path that is used as a file, created by `memfd_create()`.":
      createdAs("memoryFile"),
    "On Linux, `path` has the kind, as in `anon_inode:[io_uring]`.": (sentence) => {
      const [, example] = /as in `([^`]+)`/.exec(sentence)!;
      const setUp = calling("syscall", ["i64", U32, BUFFER]);
      const create = () => setUp(425n, 1, memory(120));
      // A machine can forbid it.
      const fd = create();
      if (fd < 0) return;
      closeSync(fd);
      withDescriptor(create, ({ type, path }, link) => {
        assertEquals([type, path, link], ["other", example, example]);
      });
    },
    "On Linux, it is the inode number, as in `pipe:[4711]`.": (sentence) => {
      const [, example] = /as in `([^`]+)`/.exec(sentence)!;
      const ends = new Int32Array(new ArrayBuffer(8));
      assertEquals(calling("pipe", [BUFFER])(ends), 0);
      const inode = `${statSync(`/proc/self/fd/${ends[0]}`).ino}`;
      for (const fd of ends) {
        withDescriptor(() => fd, ({ type, pipe }, link) => {
          assertEquals([type, pipe!.id], ["pipe", inode]);
          assertEquals(link, example!.replace(/\d+/, inode));
        });
      }
    },
    "On macOS, it is the lower of the numbers of the two ends, or the number of the remaining end once the other is closed.":
      pipeOnMac,
    "On Linux, a path of more than 4,095 bytes is absent.": longestPath,
    "On macOS, a path of more than 1,023 bytes is absent.": longestPath,
    "On Linux, these are the descriptors that an epoll instance watches.": detailed(
      (held, _, stage) => {
        const fds = ["counter", "counter-other", "timer"].map((name) => Number(stage.said(name)));
        assertEquals(held("epoll").watches!.map(({ fd }) => fd), fds.sort((a, b) => a - b));
        assertEquals(held("epoll-empty").watches, []);
      },
    ),
    "On Linux, with details: the objects that an inotify or fanotify descriptor watches.": detailed(
      (held, sentence, stage) => {
        const inode = (name: string) => `${statSync(`${stage.folder}/${name}`).ino}`;
        const stated = [...sentence.matchAll(/\w+notify/g)].map(([name]) => name);
        const names = stage.names.filter((name) => /^\w+notify$/.test(name));
        assertEquals(names.filter((name) => !stated.includes(name)), []);
        for (const name of names) {
          const found = held(name).watchedFiles!.map((file) => file.inode);
          assert(found.includes(inode("watched")), name);
          assertEquals(found.length, 2);
        }
        assertEquals(held("inotify-empty").watchedFiles, []);
      },
    ),
    "On Linux, with details: the value of an eventfd, as a decimal number.": detailed((held) => {
      assertEquals([held("counter").counter, held("counter-other").counter], [`${0xab}`, "0"]);
    }),
    "On Linux 5.2 and later, with details: identifies the counter of an eventfd, which several descriptors can share.":
      detailed((held, sentence) => {
        const [major, minor] = /^On Linux (\d+)\.(\d+) and later/.exec(sentence)!.slice(1);
        if (!isLinuxSince(Number(major), Number(minor))) return;
        const [one, twin, other] = ["counter", "counter-twin", "counter-other"]
          .map((name) => held(name).counterId);
        assert(one !== undefined);
        assertEquals([one === twin, one === other], [true, false]);
      }),
    "On Linux, with details: the pid of the process that a pidfd refers to.": detailed(
      (held, _, stage) => assertEquals(held("pidfd").processId, Number(stage.said("heir"))),
    ),
    "On Linux, with details: the settings of a timerfd.": detailed((held) => {
      const { clock, intervalNs } = held("timer").timer!;
      assertEquals([clock, intervalNs], ["boottime", 2.5e9]);
      assertEquals(held("timer-unset").timer, { clock: "realtime", expirations: 0 });
      assertEquals(held("timer-expired").timer, { clock: "monotonic", expirations: 1 });
    }),
    "On Linux, with details: the signals that a signalfd receives.": detailed((held) => {
      assertEquals(held("signals").signals!.toSorted(), [
        ...["SIG40", "SIGCHLD", "SIGHUP", "SIGUSR1"],
      ]);
    }),
    "On Linux, with details: the locks on a file that were placed through this open file description.":
      detailed((held) => {
        const kinds = ["flock", "posix", "openFile", "lease"];
        assertEquals(kinds.map((name) => held(name).locks!.map(({ kind }) => kind)), [
          ...kinds.map((kind) => [kind]),
        ]);
        // The same process has the lock on the file, but through another description.
        assertEquals([held("posix-again").locks, held("unlocked").locks], [[], []]);
      }),
    "On Linux, loopback addresses are joined only within one network namespace.":
      loopbackInNamespaces,
    "On Linux, the other end of a UNIX-domain connection is unavailable if the connection is in another network namespace than the caller.":
      seen(({ user, root }) => {
        for (const { peers } of [user, root]) {
          assertEquals(peers, [[true, null, null], [true, null, null]]);
        }
      }),
    "On Linux, `unowned` contains the Internet and UNIX-domain sockets of the caller's network namespace that are held by the kernel itself, or by processes that this user cannot inspect.":
      seen(({ own, kernel, user, root }) => {
        const reasons = (view: View, { ids }: Listeners) => ids.map((id) => view.unowned[id]);
        assertEquals(reasons(user, own), ["denied", "denied"]);
        assertEquals(reasons(user, kernel), ["denied", "denied"]);
        assertEquals(reasons(root, own), [undefined, undefined]);
        // Root may not inspect each process, either, which could then be the owner.
        assertEquals(reasons(root, kernel).filter((reason) => reason === undefined), []);
      }),
    "On macOS, `unowned` is empty.": (sentence) => {
      assert(sentence.includes("`unowned` is empty"));
      const graph = descriptors({ system: macWithPorts(false) });
      assertEquals([graph.unowned, graph.missing.some(({ why }) => why === "denied")], [[], true]);
    },
  },
  "lib/process/details.ts": {
    "On Linux, the descriptor may have been closed since, and its number reused, while the open file description is still watched.":
      () =>
        withDescriptor(
          CREATE["epoll_create1"]!,
          ({ fd: epoll }) =>
            withDescriptor(CREATE["eventfd"]!, ({ fd }) => {
              const dup2 = calling("dup2", [I32, I32]);
              const copy = calling("dup", [I32])(fd), other = openSync("/dev/null", "r");
              const event = new Uint8Array(new Uint32Array([1, 0, 0, 0]).buffer);
              const control = calling("epoll_ctl", [I32, I32, I32, BUFFER]);
              try {
                assertEquals(control(epoll, 1, fd, event), 0);
                assertEquals(dup2(other, fd), fd);
                assertEquals(ownDescriptor(fd).type, "characterDevice");
                const { watches } = ownDescriptor(epoll, true);
                assertEquals(watches, [{ fd, read: true, write: false }]);
              } finally {
                for (const one of [copy, other]) closeSync(one);
              }
            }),
        ),
    "On Linux, they have these numbers (linux/time.h).": (sentence) => {
      const [, path] = /\(([^)]+)\)/.exec(sentence)!;
      const header = readFileSync(`/usr/include/${path}`, "latin1");
      const create = calling("timerfd_create", [I32, I32]);
      const clocks = [...header.matchAll(/^#define CLOCK_(\w+)\s+(\d+)$/gm)].flatMap(
        ([, name, number]) => {
          const fd = create(Number(number), 0);
          if (fd < 0) return []; // There are no timers of it.
          const { timer } = ownDescriptor(fd, true);
          closeSync(fd);
          const parts = name!.toLowerCase().split("_");
          const camel = parts.map((part, i) =>
            i === 0 ? part : part[0]!.toUpperCase() + part.slice(1)
          );
          return [[timer!.clock, camel.join("")] as const];
        },
      );
      assertGreaterOrEqual(clocks.length, 3);
      for (const [found, name] of clocks) assertEquals(found, name);
    },
  },
  "lib/process/exit.ts": {
    "- On Linux 6.15 and later, it is reported for every process whose parent has waited for it by then, and for zombies that the caller can inspect.":
      seen(({ user, root }, sentence) => {
        const [major, minor] = /^- On Linux (\d+)\.(\d+) and later/.exec(sentence)!.slice(1);
        if (!isLinuxSince(Number(major), Number(minor))) return;
        assertEquals([user.waited, user.zombie, root.zombie], [5, null, 7]);
      }),
    "- On Linux before 6.15, it is reported only for zombies that the caller can inspect.": async (
      sentence,
    ) => {
      assert(sentence.includes("reported only for zombies"));
      await using exits = startSpeaker([compileProgram(["exits.c"], "exits")]);
      // An older kernel does not have the call.
      const system = linuxOver({ ioctl: () => -1 });
      for (const [order, code] of [["", 7], ["reap", undefined]] as const) {
        const pid = Number(await exits.ask("start exit 7"));
        const ending = watchProcess(
          new TrackedProcess(pid, BigInt(openProcess(pid).uniqueId), system),
        );
        await exits.ask("end");
        if (order !== "") await exits.ask(order);
        assertEquals(ending.ended()!.code, code);
        if (order === "") await exits.ask("reap");
      }
    },
    "- On macOS, it is reported for processes that the caller can signal, and for all zombies.": (
      sentence,
    ) => {
      assert(sentence.includes("processes that the caller can signal, and for all zombies"));
      const exit = (pid: number, isZombie: boolean) => {
        const { control, get, option, set, system } = openMac();
        const ending = watchProcess(new TrackedProcess(pid, get(pid, "UNIQUEID"), system));
        set(pid, "XSTATUS", 7n << 8n);
        control.double_zombie(pid);
        // Without the zombie, only the event has the status.
        if (!isZombie) option("KERN_PROC_ERRNO", BigInt(ERRNO.EPERM));
        return ending.ended()!.code;
      };
      assertEquals([exit(OWN, false), exit(THEIRS, false)], [7, undefined]);
      assertEquals([exit(OWN, true), exit(THEIRS, true)], [7, 7]);
    },
  },
  "lib/process/kill_tree.ts": {
    "On macOS, they get the signal in any session.": orphanOnMac,
    "On Linux, a process can escape if it is forked in the fraction of a millisecond between the last read and the signal, in a session whose leader is outside the tree.":
      escapes,
  },
  "lib/process/limits.ts": {
    "On macOS, the limits of processes are unavailable.": refusedOnMac("limits", "setLimit"),
    "On Linux, this limit has no effect.": limited(({ limits, residentBytes }) => {
      assertGreater(residentBytes, limits["residentBytes"]! * 1000);
    }),
    "On Linux, it limits the number of threads.": limited(({ facts, limits }, sentence) => {
      const [, what] = /the number of (\w+)\./.exec(sentence)!;
      assertEquals(facts[what!], limits["processes"]);
    }),
    "On Linux, the memory that is locked into RAM, in bytes.": limited(({ facts, limits }) => {
      assertEquals(facts["locked"], limits["lockedBytes"]);
    }),
    "On Linux, the number of file locks and leases.": {
      source: "getrlimit(2), RLIMIT_LOCKS: the kernel has not enforced it since Linux 2.4",
    },
    "On Linux, this limit is no longer enforced.": limited(({ facts, limits }, sentence) => {
      assertEquals(facts["locks"]! > limits["fileLocks"]!, sentence.includes("no longer"));
    }),
    "On Linux, the number of signals that are queued for the real user.": limited(
      ({ facts, limits }, sentence) => {
        const [, what] = /the number of (\w+) that/.exec(sentence)!;
        assertEquals(facts[what!], limits["pendingSignals"]);
      },
    ),
    "On Linux, the size of the POSIX message queues of the real user, in bytes.": limited(
      ({ facts, limits }) => {
        // Each message has a header, and the next queue would have exceeded the limit.
        assertLess(facts["queued"]!, limits["messageQueueBytes"]!);
        assertGreaterOrEqual(facts["queued"]! + 10_000, limits["messageQueueBytes"]!);
      },
    ),
    "On Linux, 20 minus the lowest nice value that the process can set.": limited(
      ({ facts, limits }, sentence) => {
        const number = numberIn(sentence, /(\d+) minus the lowest nice value/);
        if (canRaise()) assertEquals(number - facts["nice"]!, limits["niceCeiling"]);
      },
    ),
    "On Linux, the highest real-time priority that the process can set.": limited(
      ({ facts, limits }) => assertEquals(facts["priority"], limits["realtimePriority"]),
    ),
    "On Linux, the processor time under a real-time policy without a blocking system call, in microseconds.":
      async (sentence) => {
        const [, unit] = /, in (\w+)\.$/.exec(sentence)!;
        if (!isRoot) return;
        const { facts, limits } = await (ofRoot ??= readLimited(OF_ROOT, []));
        // A machine can reserve the policies.
        if (facts["priority"] === 0) return;
        const limit = limits["realtimeMicroseconds"]!;
        assertGreaterOrEqual(facts[unit!]!, limit * 0.8);
        assertLess(facts[unit!]!, limit * 2);
      },
  },
  "lib/process/ports.ts": {
    "On Linux, every port of the caller's network namespace is listed: `pid` and `fd` are undefined if the process cannot be inspected or if the kernel itself holds the port.":
      seen(({ own, kernel, pid, user, root }) => {
        assertEquals([user.ports[own.port], root.ports[own.port]], [
          [[null, "denied"]],
          [[pid, null]],
        ]);
        for (const { ports } of [user, root]) assertEquals(pidsIn(ports[kernel.port]), [null]);
      }),
    "On Linux, ports of other network namespaces are listed if their processes can be inspected.":
      seen(({ elsewhere, nobodyPid, rootPid, user, root }) => {
        const { nobody: one, root: other } = elsewhere;
        assertEquals([user.ports[one], root.ports[one]], [
          [[nobodyPid, null]],
          [[nobodyPid, null]],
        ]);
        assertEquals([user.ports[other], root.ports[other]], [[], [[rootPid, null]]]);
      }),
    "On macOS, only the ports of processes that can be inspected are listed.": (sentence) => {
      assert(sentence.includes("only the ports of processes that can be inspected"));
      const ports = (asRoot: boolean) =>
        listeningPorts({ system: macWithPorts(asRoot) }).map(({ port, pid }) => [port, pid]);
      assertEquals(ports(false), [[OWN_PORT, OWN]]);
      assertEquals(ports(true), [[OWN_PORT, OWN], [THEIR_PORT, THEIRS]]);
    },
  },
  "lib/process/process.ts": {
    "On Linux, the suffix that the kernel adds to the path of a deleted file is removed.":
      deletedExecutable,
    "On Linux, some of its files stay open if it is read repeatedly, until it is disposed of or garbage-collected.":
      filesStayOpen,
    "On Linux, all processes together keep at most 48 file descriptors open.": mostDescriptors,
    "On macOS, every user can read the ids, the flags, the name, the start, the executable, the credentials, the terminal, the nice value, the parent and the children of processes of other users.":
      (sentence) => {
        const items = itemsIn(sentence, /every user can read (.*) of processes of other users/);
        assertEquals(readOnMac(isValue), listed(items));
      },
    "On macOS, the same holds for programs with the set-user-ID bit.": (sentence) => {
      assert(sentence.includes("the same holds for programs with the set-user-ID bit"));
      const found = readOnMac(isValue, false, ({ set }) => {
        set(OWN, "EUID", BigInt(OTHER));
        return OWN;
      });
      assertEquals(found, readOnMac(isValue));
    },
    "On macOS, every user can also read that a process is stopped or a zombie.": stoppedAndZombie,
    "On macOS, only root can read all other facts about them.": (sentence) => {
      assert(sentence.includes("only root can read all other facts"));
      const denied = (reason: string | undefined) => reason === "denied";
      const open = listed(OPEN_ON_MAC);
      const { fields, methods } = readOnMac((reason) => reason !== "unsupported", true);
      const others = {
        fields: fields.filter((name) => !open.fields.includes(name)),
        methods: methods.filter((name) => !open.methods.includes(name)),
      };
      assertEquals(readOnMac(denied), others);
      assertEquals(readOnMac(denied, true), { fields: [], methods: [] });
    },
    "On Linux, only root can read the executable, the directories, the environment, the descriptors, the regions, the namespaces, the transfers and the shares of memory of processes of other users.":
      readOnLinux((sentence) => ({
        items: itemsIn(sentence, /only root can read (.*) of processes of other users/),
        isWanted: (reason) => reason === "denied",
      })),
    "On Linux, every user can read all other facts about them.": readOnLinux((sentence) => {
      assert(sentence.includes("every user can read all other facts"));
      return {
        items: GUARDED_ON_LINUX,
        isWanted: (reason) => reason !== undefined && reason !== "unsupported",
      };
    }),
    [STATUS_MAC]: statusOnMac,
    [THREADS_MAC]: runsByThreads,
    "On macOS, only root can query the threads of processes of other users.": (sentence) => {
      assert(sentence.includes("only root can query the threads"));
      const threads = (pid: number, asRoot: boolean) =>
        openProcess(pid, { system: openMac(asRoot).system }).threads();
      assertThrows(() => threads(THEIRS, false), AccessDeniedError);
      assertEquals([threads(THEIRS, true).length, threads(OWN, false).length], [1, 1]);
    },
    "On Linux, the rest can also come from the arguments.": nameFromArguments,
    "On macOS, the path of a deleted file is unavailable.": deletedExecutable,
    "On Linux, a kernel thread has no arguments.": kernelThreadHasNoArguments,
    "On Linux, a title that the process wrote over its arguments is the only element.":
      titleIsOnlyElement,
    "On macOS, the environment of programs that are part of the system is withheld.": (
      sentence,
    ) => {
      assert(
        sentence.includes("the environment of programs that are part of the system is withheld"),
      );
      const double = openMac();
      const args = ["sh", "-c"];
      const one = openProcess(OWN, { system: double.system });
      assertEquals(one.environment(), { A: "1" });
      // The kernel leaves out the environment and its own strings after it.
      double.blob("ARGS", OWN, 0n, buildProcArgs({ path: "/bin/sh", args, kernel: [] }));
      assertThrows(() => one.environment(), AccessDeniedError);
      assertEquals(one.arguments(), args);
    },
    [LONGEST_LINUX]: longestDirectory,
    [LONGEST_MAC]: longestDirectory,
    "On Linux, reading them opens up to two files for each thread.": filesOfThreads,
    "@throws {NotSupportedError} On macOS, the limits of a process are unavailable.": refusedOnMac(
      "limits",
    ),
    "On macOS, it is unsupported.": refusedOnMac("setLimit", "controlGroup", "namespaces"),
    "On Linux, it also reads the privileges of the process.": (sentence) => {
      assert(sentence.includes("it also reads the privileges"));
      const names = Object.keys(GROUPS.get("privileges")!.fields);
      const reasons = (missing: object) => names.filter((name) => name in missing);
      assertEquals(reasons(openProcess(process.pid).credentials().missing), []);
      const { system } = openMac(true);
      assertEquals(reasons(openProcess(OWN, { system }).credentials().missing), names);
    },
  },
  "lib/process/regions.ts": {
    "The purpose of the region, as a `VM_MEMORY_*` number of macOS.": () => {
      for (const tag of [0, 1, 30, 77]) assertEquals(macRegion(tag).tag, tag);
    },
    "On Linux, 1 is the heap, 30 is the stack and 0 is any other region.": async (sentence) => {
      const tags = { heap: /(\d+) is the heap/, stack: /(\d+) is the stack/, any: /(\d+) is any/ };
      const [heap, stack, any] = Object.values(tags).map((pattern) => numberIn(sentence, pattern));
      await using shell = startShell("echo; read _");
      await shell.next();
      const regions = openProcess(shell.pid).regions();
      for (const { name, tag } of regions) {
        assertEquals(tag, name === "[heap]" ? heap : name === "[stack]" ? stack : any);
      }
      assertEquals(new Set(regions.map(({ tag }) => tag)), new Set([heap, stack, any]));
    },
    "On Linux, it is the kernel's name, as in `[heap]`, `[stack]`, `[vdso]` and `[anon:NAME]`.":
      regionNames,
    "On macOS, it is `[heap]` or `[stack]`, by the tag.": (sentence) => {
      const names = [...sentence.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
      const found = [0, 1, 2, 29, 30, 31, 77].map((tag) => macRegion(tag).name);
      assertEquals(found, [
        undefined,
        names[0],
        undefined,
        undefined,
        names[1],
        undefined,
        undefined,
      ]);
    },
  },
  "lib/process/sampler.ts": {
    "On Linux, each sample opens the files again if `keepOpen` is 0.": async (sentence) => {
      const keepOpen = numberIn(sentence, /`keepOpen` is (\d+)/);
      await using resting = await startResting();
      const { pid } = resting;
      const options = { fields: ["residentBytes"] as const, pids: [pid], keepOpen };
      const { opens } = opensOf(pid, options, 4);
      assertGreater(opens[0]!, 0);
      assertEquals(new Set(opens).size, 1);
    },
    "On Linux, at most half of the descriptors that `RLIMIT_NOFILE` leaves free are kept open, and the rest is for the program.":
      halfOfFree,
    "On macOS, `keepOpen` has no effect.": (sentence) => {
      assert(sentence.includes("`keepOpen` has no effect"));
      const calls = [0, 1, 1000].map((keepOpen) => {
        const double = openMac();
        using sampler = openSampler({ system: double.system, keepOpen });
        const made = [1, 2, 3].map(() => callsOn(double, () => sampler.sample()));
        return made;
      });
      assertEquals(calls, calls.map(() => calls[0]!));
    },
    "On Linux, the files of processes stay open and are read again.": async (sentence) => {
      assert(sentence.includes("stay open and are read again"));
      await using resting = await startResting();
      const { pid } = resting;
      const { opens, calls } = opensOf(pid, { fields: ["pageFaults"], pids: [pid] }, 5);
      assertGreater(opens[0]!, 0);
      assertEquals(opens.slice(3), [0, 0]);
      const before = keptFor([pid]);
      using sampler = openSampler({ fields: ["residentBytes", "pageFaults"], pids: [pid] });
      for (let i = 0; i < 3; i++) sampler.sample();
      assertGreater(keptFor([pid]), before);
      assertGreaterOrEqual(calls[3]!, 0);
    },
    "On Linux, a sample reads the whole list of processes only in the first second, if many pids were assigned since a second before the previous sample, or if the list is 10 seconds old.":
      readsList,
    "On macOS, a sample is read as `processTable()` reads it.": (sentence) => {
      assert(sentence.includes("a sample is read as `processTable()` reads it"));
      const double = openMac();
      const { system } = double;
      using sampler = openSampler({ system });
      let table = processTable({ system }), sample = sampler.sample();
      const fresh = () => {
        using first = openSampler({ system });
        sample = first.sample();
      };
      const [all, lists] = callsOn(double, () => table = processTable({ system }));
      assertEquals(callsOn(double, fresh), [all, lists]);
      // Later samples know the identities, but list the processes as well.
      assertGreater(callsOn(double, () => sampler.sample())[1], 1n);
      const rows = (of: typeof table) => Array.from(of.pid, (_, row) => tableRow(of, row));
      assertEquals(rows(sample), rows(table));
      assertGreater(table.count, 3);
    },
    "On Linux, a sampler can copy the row of a process that has used no processor time since the previous sample.":
      copiesAtRest,
    "On Linux, it does so if it has no condition and only fields that the process itself changes: the processor time, and any of the ids, the name, the state, the user, the start, the number of threads and the flag for kernel threads.":
      copiesWithFields,
    "On Linux, a sampler with `pids` does so only without the ids.": async (sentence) => {
      assert(sentence.includes("with `pids` does so only without the ids"));
      await using resting = await startResting();
      const { pid } = resting;
      const pids = [pid];
      const fields = ["cpuTimeNs", "parentPid"] as const;
      assertEquals([copies(pid, { fields, pids }), copies(pid, { fields })], [false, true]);
      assertEquals(copies(pid, { fields: ["cpuTimeNs"], pids }), true);
    },
    "On Linux, it still reads each process in one of 32 samples.": async (sentence) => {
      const number = numberIn(sentence, /in one of (\d+) samples/);
      await using resting = await startResting();
      const { pid } = resting;
      const options = { fields: ["cpuTimeNs", "name"] as const, pids: [pid], keepOpen: 0 };
      const { opens } = opensOf(pid, options, 3 * number + 1);
      const read = opens.flatMap((count, i) => i > 0 && count > 0 ? [i] : []);
      assertEquals(read.map((at) => at - read[0]!), [0, number, 2 * number]);
    },
    "On Linux, each sample finds out which processes exist, which of them have run, and which have another parent.":
      findsChanges,
    "On Linux, two changes that others make to a process that does not run may be reported up to 32 samples late: that it was woken while no processor is free, and that it was put into another process group.":
      reportedLate,
  },
  "lib/process/signals.ts": {
    "Those that only Linux has follow.": () => {
      const last = 31;
      const [linux, mac] = signalsOf("On Linux");
      const works = (system: System) => (name: typeof SIGNAL_NAMES[number]) =>
        codeOf(() => signalNumber("signal", name, process.pid, system)) === undefined;
      const [first, second] = [SIGNAL_NAMES.slice(0, last), SIGNAL_NAMES.slice(last)];
      assertEquals([first.every(works(mac)), second.some(works(mac))], [true, false]);
      assertEquals([second.every(works(linux)), second.length > 0], [true, true]);
    },
    "On Linux, `SIGEMT` and `SIGINFO` do not exist.": lackedSignals,
    "On macOS, `SIGSTKFLT` and `SIGPWR` do not exist.": lackedSignals,
    'On Linux, a real-time signal is named by its number, as in `"SIG34"`.': realTime(
      (names, sentence) => {
        const [, example, number] = /`"(SIG(\d+))"`/.exec(sentence)!;
        assert(names.includes(example!));
        const system = openSystem();
        assertEquals(signalNumber("signal", Number(number), process.pid, system), Number(number));
        assertEquals(signalName(Number(number)), example);
      },
    ),
    'On Linux, the first one is `"SIG32"` and the last one is `"SIG64"`.': realTime(
      (names, sentence) => {
        const [, first, last] = /first one is `"(\w+)"` and the last one is `"(\w+)"`/
          .exec(sentence)!;
        assertEquals([names[0], names.at(-1)], [first, last]);
      },
    ),
    'On Linux, the C library reserves those below `"SIG34"` for itself.': realTime(
      (names, sentence) => {
        const [, first] = /those below `"SIG(\d+)"`/.exec(sentence)!;
        assertEquals(calling("__libc_current_sigrtmin", [])(), Number(first));
        assertLess(names.indexOf("SIG32"), names.indexOf(`SIG${first}`));
      },
    ),
    "The numbers in `System.signalNumbers()` of the signals that only Linux has.": () => {
      const numbers = (system: System) => system.signalNumbers().filter((number) => number > 64);
      const [linux, mac] = signalsOf("On Linux");
      assertEquals([numbers(linux).map(signalName).sort(), numbers(mac)], [
        ["SIGPWR", "SIGSTKFLT"],
        [],
      ]);
      for (const number of numbers(linux)) {
        assertEquals(signalNumber("signal", signalName(number), process.pid, linux), number);
      }
    },
    "On macOS, an exec makes a token stale, and no process makes this many in a row.": staleTokens,
    "On macOS before 14.2, the identity is compared immediately before, which leaves a race of one system call.":
      signalOnOldMac,
    "On Linux, the same race exists if file descriptors of processes are unavailable.":
      signalWithoutDescriptors,
  },
  "lib/process/sockets.ts": {
    "On macOS, they carry its events and controls.": (sentence) => {
      assert(sentence.includes("its events and controls"));
      const double = openMac();
      const kinds = [SOCKINFO_KERN_EVENT, SOCKINFO_KERN_CTL];
      kinds.forEach((soi_kind, i) => putSocket(double, OWN, 20 + i, { soi_family: 32, soi_kind }));
      const sockets = openProcess(OWN, { system: double.system }).sockets();
      assertEquals(sockets.map(({ socket }) => socket!.family), ["system", "system"]);
    },
    "On Linux, they are those of netlink.": (sentence) => {
      const [, name] = /those of (\w+)/.exec(sentence)!;
      withDescriptor(CREATE[name!]!, ({ socket }) => assertEquals(socket!.family, "system"));
    },
    "On Linux, descriptors and whoHas report it for Internet sockets (`SO_BINDTODEVICE`).":
      interfaceOnLinux,
    "On macOS, it is absent for Internet sockets.": (sentence) => {
      assert(sentence.includes("it is absent for Internet sockets"));
      const [found] = openProcess(OWN, { system: macWithPorts(false) }).sockets();
      assertEquals([found!.socket!.family, "interfaceName" in found!.socket!], ["inet", false]);
    },
    "On macOS, the index is in the address itself.": interfaceInAddress,
  },
  "lib/process/state.ts": { [STATUS_MAC]: statusOnMac, [THREADS_MAC]: runsByThreads },
  "lib/process/threads.ts": {
    "On Linux, it is that of `gettid()`.": threadIds,
    "On macOS, it is that of `pthread_threadid_np()`.": (sentence) => {
      const [, name] = /that of `(\w+)\(\)`/.exec(sentence)!;
      assertEquals(name, "pthread_threadid_np");
      const { libSystem, system } = openMac();
      const id = memory(8);
      assertEquals(libSystem.threadId()(null, id), 0);
      const ids = openProcess(system.pid(), { system }).threads().map((thread) => thread.id);
      assertEquals(ids, [Number(new DataView(id.buffer).getBigUint64(0, true))]);
    },
    "On Linux, it has up to 15 bytes.": longestThreadName,
    "On macOS, it has up to 63 bytes.": longestThreadName,
    "On Linux, it is reported in steps of a tick, 10 ms.": inTicks(() =>
      openProcess(process.pid).threads().flatMap((one) => [one.userTimeNs, one.systemTimeNs])
    ),
    "On Linux, it is exact.": isExact((pid) => openProcess(pid).threads()[0]!.cpuTimeNs),
  },
  "lib/process/watch.ts": {
    "On macOS, there is no process connector.": () => {
      const { system } = openMac();
      assertEquals(codeOf(() => watch({ via: "connector", system })), "ENOTSUP");
      assertEquals(watch({ system, signal: AbortSignal.abort() }).via, "polling");
      assertEquals(codeOf(() => system.kernelEvents()), "ENOTSUP");
    },
    "On macOS, the default is 500, as each poll is a scan of the process table.": (sentence) => {
      const number = numberIn(sentence, /the default is (\d+)/);
      assertEquals(macWay(openMac()).intervalMs, number);
    },
    "**By the connector.** On Linux, the process connector reports each start, exec and exit to readers in the initial PID, user and network namespaces.":
      byConnector,
    "On Linux 6.6 and later, all users can receive its events.": seen(({ user }, sentence) => {
      const [major, minor] = /^On Linux (\d+)\.(\d+) and later/.exec(sentence)!.slice(1);
      if (!hasConnector() || !isLinuxSince(Number(major), Number(minor))) return;
      assertEquals(user.via, "connector");
    }),
    "On Linux before 6.6, a reader needs the capability `CAP_NET_ADMIN`.": {
      source: "cn_proc_mcast_ctl() of drivers/connector/cn_proc.c in Linux 6.5",
    },
    "**By polling.** On Linux, polling reads `/proc/loadavg` after every interval, which contains the pid that was allocated last.":
      byPolling,
    "On Linux, polling does not notice that a process executes the same program again.": async (
      sentence,
    ) => {
      assert(sentence.includes("does not notice that a process executes the same program again"));
      assertEquals(await execsOf(SHELL, SHELL), [basename(SHELL)]);
    },
    "On Linux, polling notices only the first program that a process executes if its programs have no build ID, or if the caller cannot read the memory of the process, as for another user's process.":
      distinguished,
    "**By scans.** On macOS, each poll is a scan of the process table.": (sentence) => {
      assert(sentence.includes("each poll is a scan of the process table"));
      const double = openMac();
      const lists = () => double.control.double_calls(PROC_INFO_CALL_LISTPIDS);
      const way = macWay(double);
      way.begin();
      for (let i = 0; i < 3; i++) {
        const before = lists();
        double.add(300 + i);
        assertEquals(way.look().map(({ type, pid }) => [type, pid]), [["start", 300 + i]]);
        assertGreater(lists(), before);
      }
    },
  },
  "lib/process/who_has.ts": {
    "On Linux, the kernel reports the file of each UNIX-domain socket in the caller's network namespace.":
      async () => assertEquals(await holdersOfFile([], true), [[true], [true]]),
    "On Linux, a socket in another network namespace is found only if the name that it was bound to still leads to the file.":
      async (sentence) => {
        assert(sentence.includes("only if the name that it was bound to still leads to the file"));
        if (!isRoot) return;
        assertEquals(await holdersOfFile(["unshare", "--net"], false), [[true], [false]]);
      },
    "On macOS, a socket is found only if the name that it was bound to still leads to the file.":
      holdersOnMac,
    "On Linux, their sockets in the caller's network namespace are still found, and so are the sockets of the kernel itself: each is a holder without a `pid`.":
      seen(({ own, kernel, pid, user, root }) => {
        assertEquals(user.holders[own.port], [[null, "denied"]]);
        assertEquals(root.holders[own.port], [[pid, null]]);
        for (const { holders } of [user, root]) assertEquals(pidsIn(holders[kernel.port]), [null]);
      }),
    "On macOS, these sockets are omitted.": (sentence) => {
      assert(sentence.includes("these sockets are omitted"));
      const holders = (asRoot: boolean) =>
        whoHas({ port: THEIR_PORT }, { system: macWithPorts(asRoot) }).map(({ pid }) => pid);
      assertEquals([holders(false), holders(true)], [[], [THEIRS]]);
    },
  },
  "mod.ts": {
    "Process information for Bun, Deno and Node, on macOS and Linux.": () => {
      for (const system of [openSystem(), openMac().system]) {
        assert(processes({ fields: ["name"], system }).some(({ name }) => name !== undefined));
      }
    },
    "On macOS, one system call answers queries about processes: `__proc_info()`.": (sentence) => {
      const [, name] = /: `(\w+)\(\)`/.exec(sentence)!;
      const { control, libSystem, system } = openMac();
      assert(name! in libSystem.call);
      const before = control.double_calls(named("DOUBLE_ANY"));
      openProcess(OWN, { system }).threads();
      assertGreater(control.double_calls(named("DOUBLE_ANY")), before);
    },
    "On Linux, this module answers the same call from `/proc`.": (sentence) => {
      const [, folder] = /from `([^`]+)`/.exec(sentence)!;
      const { system, asked } = changedLinux();
      const answer = memory(136);
      const { pid } = process;
      assertEquals(
        system.kernel.procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDTBSDINFO, 0n, answer),
        answer.length,
      );
      assert(asked.includes(`open ${folder}/${pid}/stat`));
      assertEquals(asked.filter((call) => !call.includes(` ${folder}`)), []);
    },
  },
};
