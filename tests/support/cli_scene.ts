import { readFileSync } from "node:fs";
import type { ArgumentBytes } from "../../lib/system/details.ts";
import type { Host } from "../../lib/system/system.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { Source } from "../../lib/process/source.ts";
import { replayKernel } from "../../lib/testing/mod.ts";
import { ROOT } from "./runtime.ts";
import { xnuHost, xnuRule } from "./xnu_rule.ts";

/** The folder of the scene. */
export const FOLDER = "/tmp/scene";

/** What the kernel answered about the scene of `cli_scene.c`. */
export const RECORDING: string = `${ROOT}tests/fixtures/cli/scene.jsonl`;

/** A process of the scene, as far as the host knows about it. */
interface Actor {
  /** Its file in the folder. */
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

/** The ids of the processes of the scene. */
export const SCENE_PIDS: readonly number[] = Object.keys(CAST).map(Number);

/** The messages of the kernel. */
export const MESSAGES = "[    0.000000] Booting\n[    1.500000] a\\b \x1b[31mred\u202e\n";

const TERMINAL = 0x8800;
const USERS: Readonly<Record<number, string>> = { 0: "root", 65534: "nobody" };

const encoder = new TextEncoder();
const bytes = (text: string) => encoder.encode(text);

function refuse(doing: string, errno: number): never {
  throw new SystemCallError(doing, "host", errno);
}

/** What the host says beside the recording; the same as is true of the scene, but for made-up figures. */
export function sceneHost(fileId: Host["fileId"]): Host {
  function actor(pid: number): Actor {
    return CAST[pid] ?? refuse(`find process ${pid}`, ERRNO.ESRCH);
  }
  function living(pid: number): Actor {
    const found = actor(pid);
    return found.zombie ? refuse(`find process ${pid}`, ERRNO.ESRCH) : found;
  }
  return {
    pid: () => 4242,
    ppid: () => 100,
    pgrp: () => 100,
    euid: () => 0,
    ruid: () => 0,
    threadId: () => 4242n,
    terminal: (path) => path === "/dev/pts/0" ? TERMINAL : -ERRNO.ENOENT,
    terminalPath: (device) => device === TERMINAL ? "/dev/pts/0" : undefined,
    fileId,
    timebase: () => ({ numer: 1, denom: 1 }),
    arguments(pid): ArgumentBytes {
      const { args, environment = ["LANG=C"], title } = living(pid);
      return {
        executablePath: undefined,
        arguments: args.map(bytes),
        environment: environment.map(bytes),
        title: title === undefined ? undefined : bytes(title),
      };
    },
    executable: (pid) => ({ path: bytes(`${FOLDER}/${living(pid).file}`), links: 1 }),
    details(pid) {
      if (CAST[pid] === undefined) return {};
      return {
        sessionId: 100,
        umask: 0o22,
        groups: pid === 100 ? [4, 27] : [],
        limits: {
          stack: { current: 8n << 20n, maximum: undefined },
          nofile: { current: 1024n, maximum: 4096n },
        },
        maxResidentBytes: 16 << 20,
        pageBytes: 4096,
        memoryBytes: 2 ** 32,
      };
    },
    confinement(pid) {
      if (CAST[pid] === undefined && pid !== 4242) return {};
      const none = { effective: 0n, permitted: 0n, inheritable: 0n, bounding: 1n, ambient: 0n };
      return {
        controlGroups: { "": `/docker/${"0123456789abcdef".repeat(4)}` },
        ...(CAST[pid]?.zombie
          ? {}
          : { namespaces: { net: 4026531840n, pid: 4026531836n }, namespacePids: [pid] }),
        capabilities: pid === 100 ? { ...none, effective: 0b1001n, permitted: 0b1001n } : none,
        noNewPrivileges: pid !== 100,
        systemCallFilter: "filter",
        securityLabel: "unconfined",
      };
    },
    bootId: () => "00000000-0000-4000-8000-000000000000",
    userName: (id) => USERS[id],
    userId(name) {
      const found = Object.entries(USERS).find(([, user]) => user === name);
      return found && Number(found[0]);
    },
    kill: () => refuse("signal", ERRNO.ENOTSUP),
    watchExit: () => refuse("watch", ERRNO.ENOTSUP),
  };
}

/** The processes that are another user's where the caller is the one of 101 and 102. */
const isOther = (pid: number) => pid !== 101 && pid !== 102;

/** The same as macOS would show it to an ordinary user. */
export function onDarwin({ kernel, host }: Source): Source {
  const without: Host = {
    ...host,
    euid: () => 65534,
    ruid: () => 65534,
    details: () => ({}),
    confinement: () => ({}),
  };
  return { kernel: xnuRule(kernel, isOther), host: xnuHost(without, isOther) };
}

/** Whom a transcript asks: the scene on Linux, or for those whose names say so on macOS. */
export function sceneOf(transcript: string, source: Source): Source {
  return transcript.startsWith("darwin") ? onDarwin(source) : source;
}

/** Which files were where while the scene was recorded: device and inode number by path. */
export type Files = Readonly<Record<string, readonly [device: number, inode: string]>>;

/** Where those files are told. */
export const FILES: string = `${ROOT}tests/fixtures/cli/files.json`;

/** The scene as it was recorded. */
export function recordedScene(): Source {
  const files: Files = JSON.parse(readFileSync(FILES, "utf8"));
  return {
    kernel: replayKernel(readFileSync(RECORDING, "utf8")),
    host: sceneHost((path) => {
      const found = Object.hasOwn(files, path) ? files[path] : undefined;
      if (found === undefined) throw new SystemCallError(`find "${path}"`, "statx", ERRNO.ENOENT);
      return { device: found[0], inode: BigInt(found[1]) };
    }),
  };
}
