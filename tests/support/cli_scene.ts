import { readFileSync } from "node:fs";
import { PROC_INFO_CALL_PIDFDINFO, PROC_INFO_CALL_PIDINFO } from "../../lib/abi/callnum.ts";
import { PROC_PIDFDSOCKETINFO, PROC_PIDFDSOCKETINFO_SIZE } from "../../lib/abi/pid_fd_info.ts";
import { block } from "../../lib/layout/block.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { Privileges } from "../../lib/system/facts.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { kernelTable } from "../../lib/system/kernel_table.ts";
import { identity } from "../../lib/process/unowned.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import type { TableReader } from "../../lib/system/table.ts";
import { replayKernel } from "../../lib/testing/mod.ts";
import { ROOT } from "./runtime.ts";
import { kinfoOf } from "./kinfo_of.ts";
import { xnuSystem } from "./xnu_rule.ts";

/** The folder with the files of the scene. */
export const FOLDER = "/tmp/scene";

/** The path of the recorded calls about the processes of `cli_scene.c`. */
export const RECORDING: string = `${ROOT}tests/fixtures/cli/scene.jsonl`;

/** A process of the scene: the values that are not in the recording. */
interface Actor {
  /** The name of its executable in the folder. */
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: readonly string[];
  readonly title?: string;
  readonly zombie?: true;
}

const SERVER: Actor = {
  file: "server",
  args: ["/tmp/scene/server", "--listen", "127.0.0.1:8080", "", "two words", "it's"],
  environment: ["PATH=/bin", "TOKEN=s3cret", "EMPTY=", "TOKEN=again"],
};

/** The processes of the scene. */
const CAST: Readonly<Record<number, Actor>> = {
  100: SERVER,
  101: { ...SERVER, title: "worker: idle", args: ["worker: idle"] },
  102: { ...SERVER, environment: [] },
  103: { ...SERVER, zombie: true },
  104: { ...SERVER, args: [] },
  105: {
    ...SERVER,
    args: ["\x1b]0;owned\x07", "a\nb", "\u202etxt.exe", "c\\d", "\x9b2J", "z\u200bw", "\u{e0041}"],
    environment: ["\x1b[2J=\x1b[1m", "LINES=one\ntwo"],
  },
  106: { file: "日本語", args: ["/tmp/scene/日本語", "stand"] },
  107: {
    file: "a-name-of-more-than-15-bytes",
    args: ["/tmp/scene/a-name-of-more-than-15-bytes", "stand"],
  },
};

/** The pids of the scene. */
export const SCENE_PIDS: readonly number[] = Object.keys(CAST).map(Number);

/** The kernel's message buffer. */
export const MESSAGES = "[    0.000000] Booting\n[    1.500000] a\\b \x1b[31mred\u202e\n";

const TERMINAL = 0x8800;
const USERS: Readonly<Record<number, string>> = { 0: "root", 65534: "nobody" };

const encoder = new TextEncoder();
const bytes = (text: string) => encoder.encode(text);

function refuse(doing: string, errno: number): never {
  throw new SystemCallError(doing, "host", errno);
}

/** Adds the privileges of processes, which `__proc_info()` does not report, to a table. */
function withPrivileges(table: TableReader, ask: (pid: number) => Privileges): TableReader {
  const read = table.read.bind(table);
  let at = 0;
  return Object.defineProperties(table, {
    read: { value: (pid: number) => read(at = pid), configurable: true },
    readPrivileges: { value: () => 0, configurable: true },
    privileges: { get: () => ask(at), configurable: true },
  });
}

/**
 * Returns a system with the processes of the scene. It reports what its kernel returns. Members
 * that do not use the kernel return the values of the scene, or made-up ones.
 *
 * @param others Members that replace those of the system.
 */
export function sceneSystem(
  kernel: Kernel,
  fileId: System["fileId"],
  others: Partial<System> = {},
): System {
  function actor(pid: number): Actor {
    return CAST[pid] ?? refuse(`find process ${pid}`, ERRNO.ESRCH);
  }
  function living(pid: number): Actor {
    const found = actor(pid);
    return found.zombie ? refuse(`find process ${pid}`, ERRNO.ESRCH) : found;
  }
  const scene: System = {
    ...systemOf(kernel),
    kernProc: kinfoOf(kernel, (pid) => scene.privileges(pid).groups),
    pid: () => 4242,
    ppid: () => 100,
    pgrp: () => 100,
    euid: () => 0,
    ruid: () => 0,
    threadId: () => 4242n,
    timebase: () => ({ numer: 1, denom: 1 }),
    bootId: () => "00000000-0000-4000-8000-000000000000",
    pageBytes: () => 4096,
    memoryBytes: () => 2 ** 32,
    machine: () => ({
      loadAverages: [0.25, 1.5, 12],
      uptimeMs: 93_784_000,
      processorCount: 4,
      processorTimes: { busy: 30, total: 120 },
      memory: { totalBytes: 2 ** 32, usedBytes: 2 ** 30 },
      swap: { totalBytes: 2 ** 31, usedBytes: 0 },
    }),
    userName: (id) => USERS[id],
    userId(name) {
      const found = Object.entries(USERS).find(([, user]) => user === name);
      return found && Number(found[0]);
    },
    terminal(path) {
      if (path === "/dev/pts/0") return TERMINAL;
      throw new SystemCallError(`list the processes of "${path}"`, "stat", ERRNO.ENOENT);
    },
    terminalPath: (device) => device === TERMINAL ? "/dev/pts/0" : undefined,
    fileId,
    arguments(pid) {
      const { args, title } = living(pid);
      return {
        executablePath: undefined,
        arguments: args.map(bytes),
        title: title === undefined ? undefined : bytes(title),
      };
    },
    environment: (pid) => (living(pid).environment ?? ["LANG=C"]).map(bytes),
    executable: (pid) => ({ path: bytes(`${FOLDER}/${living(pid).file}`), deleted: false }),
    sessionId: (pid) => actor(pid) && 100,
    limits: (pid) =>
      actor(pid) && {
        stack: { current: 8n << 20n, maximum: undefined },
        nofile: { current: 1024n, maximum: 4096n },
      },
    accounting: (pid) => actor(pid) && { umask: 0o22, maxResidentBytes: 16 << 20 },
    controlGroups: (pid) => actor(pid) && { "": `/docker/${"0123456789abcdef".repeat(4)}` },
    namespace(pid, kind) {
      living(pid);
      return { net: 4026531840, pid: 4026531836 }[kind as string] ??
        refuse("find the namespace", ERRNO.ENOTSUP);
    },
    namespacePids: (pid) => living(pid) && [pid],
    privileges(pid) {
      const isRoot = actor(pid) === CAST[100];
      const few = isRoot ? 0b1001n : 0n;
      return {
        groups: isRoot ? [4, 27] : [],
        capabilities: {
          effective: few,
          permitted: few,
          inheritable: 0n,
          bounding: 1n,
          ambient: 0n,
        },
        noNewPrivileges: !isRoot,
        systemCallFilter: "filter",
      };
    },
    securityLabel: (pid) => actor(pid) && "unconfined",
    table: () => withPrivileges(kernelTable(scene), scene.privileges),
    ...others,
  };
  return scene;
}

/** True for processes of other users, if the caller is the user of processes 101 and 102. */
const isOther = (pid: number) => pid !== 101 && pid !== 102;

/** Returns the scene as macOS reports it to an ordinary user. */
export function onDarwin(scene: System): System {
  // macOS lacks the members that systemOf() cannot implement with a kernel.
  const { accounting, controlGroups, limits, namespace, namespacePids, privileges, securityLabel } =
    systemOf(scene.kernel);
  const unsupported = {
    ...{ accounting, controlGroups, limits, namespace, namespacePids, privileges, securityLabel },
  };
  return xnuSystem(
    { ...scene, ...unsupported, euid: () => 65534, ruid: () => 65534 },
    isOther,
  );
}

/** The descriptors of the sockets of process 100, by kind. */
const SOCKETS = { listening: [5, 6, 7], inet: [5, 6, 7, 10], timeWait: [], unix: [8, 9, 11] };

/** Adds the sockets that Linux lists for an ordinary user, including those of other users. */
export function withSockets(scene: System): System {
  return {
    ...onDarwin(scene),
    sockets: () => ({
      ownersListed: true,
      boundTo: () => ({ these: new Set(), others: new Set() }),
      *read(kind, isWanted) {
        for (const fd of SOCKETS[kind]) {
          const found = block(PROC_PIDFDSOCKETINFO_SIZE);
          const ask = [PROC_INFO_CALL_PIDFDINFO, 100, PROC_PIDFDSOCKETINFO, BigInt(fd)] as const;
          scene.kernel.procInfo(...ask, found.bytes);
          if (isWanted(Number(identity(found.view)))) yield found;
        }
      },
    }),
  };
}

/** Returns the system of a transcript: for root on Linux, unless its name states otherwise. */
export function sceneOf(transcript: string, scene: System): System {
  if (transcript === "linux-user") return withSockets(scene);
  return transcript === "darwin-user" ? onDarwin(scene) : scene;
}

/** The files that existed while the scene was recorded: device and inode number by path. */
export type Files = Readonly<Record<string, readonly [device: number, inode: string]>>;

/** The path of the file with {@linkcode Files}. */
export const FILES: string = `${ROOT}tests/fixtures/cli/files.json`;

/** Pid 1 and the caller, which are not in the scene. */
const OUTSIDE: readonly number[] = [1, 4242];

/** Wraps a kernel to report processes outside of the scene as absent, as they are not recorded. */
function confined(kernel: Kernel): Kernel {
  return {
    procInfo(callnum, pid, ...rest) {
      if (callnum === PROC_INFO_CALL_PIDINFO && OUTSIDE.includes(pid)) return -ERRNO.ESRCH;
      return kernel.procInfo(callnum, pid, ...rest);
    },
    procInfoExtendedId: (...args) => kernel.procInfoExtendedId(...args),
  };
}

/** Opens the recorded scene. */
export function recordedScene(): System {
  const files: Files = JSON.parse(readFileSync(FILES, "utf8"));
  return sceneSystem(confined(replayKernel(readFileSync(RECORDING, "utf8"))), (path) => {
    const found = Object.hasOwn(files, path) ? files[path] : undefined;
    if (found === undefined) throw new SystemCallError(`find "${path}"`, "statx", ERRNO.ENOENT);
    return { device: found[0], inode: BigInt(found[1]), isSocket: false };
  });
}
