import { ERRNO } from "../system/errors.ts";
import type { SocketScan } from "../system/facts.ts";
import type { System } from "../system/system.ts";
import { disposable } from "../system/system.ts";
import type { UserFinder } from "../posix/users.ts";
import { kinfoProcs } from "./answer/kinfo_proc.ts";
import type { BpfReaders } from "./bpf/system.ts";
import { LinuxDescriptors } from "./descriptors.ts";
import { exitWatcher } from "./exit_watch.ts";
import { kernelEvents } from "./kernel_events.ts";
import { killer } from "./kill.ts";
import { linuxKernel } from "./kernel.ts";
import { linuxListeners } from "./listeners.ts";
import { newPids } from "./new_pids.ts";
import { parseStat, STAT } from "./parse/stat.ts";
import { factsIn } from "./proc/descriptor_facts.ts";
import { FD, FDINFO } from "./proc/descriptor.ts";
import { executableFinder } from "./proc/executable.ts";
import { livingTask } from "./proc/living.ts";
import { machineFacts } from "./proc/machine.ts";
import { namedRegionsFinder } from "./proc/named_regions.ts";
import { namedFile } from "./proc/named_file.ts";
import { refused } from "./proc/process.ts";
import { procFile } from "./proc/proc_fs.ts";
import { questions } from "./proc/questions.ts";
import { startedReader } from "./proc/started.ts";
import type { World } from "./proc/world.ts";
import { type Clock, openClock, SC_PAGESIZE, SC_PHYS_PAGES } from "./sys/clock.ts";
import { darwinError, linuxError } from "./sys/errno.ts";
import { SIGNAL_NUMBERS } from "./sys/signal_number.ts";
import {
  deviceItIs,
  deviceOf,
  inodeOf,
  isBlockDevice,
  isCharacterDevice,
  isSocket,
  MASK,
  mountOf,
  statxBlock,
} from "./sys/statx.ts";
import { fileSystemOf, OF_MANY_DEVICES } from "./sys/statfs.ts";
import { terminalFinder } from "./sys/terminal_path.ts";
import { openUsers } from "./sys/users.ts";
import { socketInterfaces } from "./socket_interface.ts";
import { limitSetter } from "./set_limit.ts";
import { settler } from "./settled.ts";
import { linuxSockets } from "./sockets.ts";
import { linuxTable } from "./table.ts";

const CWD = procFile("cwd");
const ROOT = procFile("root");
const STAT_FILE = procFile("stat");
const BOOT_ID_FILE = procFile("sys/kernel/random/boot_id");
const BOOT_ID_SIZE = 64;
const THREAD_SELF = bytesOf("/proc/thread-self");
const LINK_SIZE = 4096n;

const decoder = new TextDecoder();

/**
 * Returns the system of Linux, with the kernel's answers and everything else. It reads a process
 * file system.
 *
 * The pids of the caller are read from `/proc` too, so that they agree with those of other
 * processes: `/proc` may show another pid namespace than the one of `getpid()`.
 *
 * @param world The files and the system calls to read from.
 * @param bpf The readers of all processes at once. They are disposed of with the system.
 */
export function linuxSystem(world: World, bpf?: BpfReaders): System {
  const { fs, libc } = world;
  const statx = statxBlock();
  const fields = new Float64Array(STAT.policy + 1);
  let clock: Clock | undefined;
  let boot: string | undefined;
  let users: UserFinder | undefined;
  let terminalPath: ReturnType<typeof terminalFinder> | undefined;
  let setLimit: System["setLimit"] | undefined;
  let kill: ReturnType<typeof killer> | undefined;
  let watchExit: ReturnType<typeof exitWatcher> | undefined;
  let started: ReturnType<typeof startedReader> | undefined;
  let executable: ReturnType<typeof executableFinder> | undefined;
  let kinfo: ReturnType<typeof kinfoProcs> | undefined;
  let living: ReturnType<typeof livingTask> | undefined;
  let named: ReturnType<typeof namedFile> | undefined;
  let namedRegions: ReturnType<typeof namedRegionsFinder> | undefined;
  let sockets: SocketScan | undefined;
  let socketInterface: System["socketInterface"] | undefined;
  const answers = questions(world);
  const { member: settled } = settler(world);
  const keeping = new Set<Disposable>();

  function ownStat(field: number): number {
    const length = fs.self < 0 ? -ERRNO.ESRCH : fs.read(fs.self, STAT_FILE);
    if (length < 0 || !parseStat(fs.text, length, STAT.policy, fields)) {
      throw darwinError("find this process in /proc", "open", -ERRNO.ESRCH);
    }
    return fields[field]!;
  }

  function threadId(): number {
    const length = libc.readlink(THREAD_SELF, fs.target, LINK_SIZE);
    const path = new TextDecoder().decode(fs.target.subarray(0, Math.max(length, 0)));
    const id = /^\d+\/task\/(\d+)$/.exec(path)?.[1];
    if (id !== undefined) return Number(id);
    throw darwinError("find the calling thread", "readlink", -ERRNO.ESRCH);
  }

  function readBootId(): string {
    const length = fs.readRoot(BOOT_ID_FILE);
    if (length < 0) throw darwinError("read the boot id", "open", length);
    return new TextDecoder().decode(fs.text.subarray(0, Math.min(length, BOOT_ID_SIZE))).trim();
  }

  function sysconf(name: number): number {
    return (clock ??= openClock(libc.more)).sysconf(name);
  }

  return disposable({
    kernel: linuxKernel(world),
    descriptorCount: settled(answers.descriptorCount),
    highestDescriptor: settled(answers.highestDescriptor),
    sessionId: settled(answers.sessionId),
    cpuTimeNs: settled(answers.cpuTimeNs),
    limits: settled(answers.limits),
    signals: settled(answers.signals),
    accounting: settled(answers.accounting),
    ioBytes: settled(answers.ioBytes),
    controlGroups: settled(answers.controlGroups),
    namespace: settled(answers.namespace),
    namespacePids: settled(answers.namespacePids),
    privileges: settled(answers.privileges),
    securityLabel: settled(answers.securityLabel),
    kernProc: (...args) => (kinfo ??= kinfoProcs(world))(...args),
    pid: () => ownStat(STAT.pid),
    ppid: () => ownStat(STAT.ppid),
    pgrp: () => ownStat(STAT.pgrp),
    euid: () => libc.users().geteuid() >>> 0,
    ruid: () => libc.users().getuid() >>> 0,
    threadId: () => BigInt(threadId()),
    timebase: () => ({ numer: 1, denom: 1 }),
    bootId: () => boot ??= readBootId(),
    pageBytes: () => sysconf(SC_PAGESIZE),
    memoryBytes: () => sysconf(SC_PHYS_PAGES) * sysconf(SC_PAGESIZE),
    machine: () => machineFacts(world),
    userName: (userId) => (users ??= openUsers(libc.more)).name(userId),
    userId: (name) => (users ??= openUsers(libc.more)).id(name),
    terminal(path) {
      const doing = `find the terminal "${path}"`;
      const error = libc.statx(bytesOf(path), MASK.TYPE, statx.bytes);
      if (error < 0) throw linuxError(doing, "statx", error);
      if (!isCharacterDevice(statx.view)) throw darwinError(doing, "isatty", -ERRNO.ENOTTY);
      return deviceItIs(statx.view);
    },
    terminalPath(device) {
      // In a copied tree, the number is that of another machine's terminal.
      return fs.mounted ? (terminalPath ??= terminalFinder(libc))(device) : undefined;
    },
    fileId(path) {
      const error = libc.statx(bytesOf(path), MASK.TYPE | MASK.INO, statx.bytes);
      if (error < 0) throw linuxError(`find the file "${path}"`, "statx", error);
      const { view } = statx;
      return { device: deviceOf(view), inode: inodeOf(view), isSocket: isSocket(view) };
    },
    fileSystem(path) {
      const doing = `find the file "${path}"`;
      const bytes = bytesOf(path);
      const error = libc.statx(bytes, MASK.TYPE | MASK.MNT_ID, statx.bytes);
      if (error < 0) throw linuxError(doing, "statx", error);
      const { view } = statx;
      if (isBlockDevice(view)) return { device: deviceItIs(view), mountId: undefined };
      const kind = fileSystemOf(libc, bytes);
      if (kind < 0) throw linuxError(doing, "statfs", kind);
      const mountId = OF_MANY_DEVICES.has(kind) ? mountOf(view) : undefined;
      return { device: deviceOf(view), mountId };
    },
    arguments: settled((pid) => {
      const found = (started ??= startedReader(world)).arguments(pid);
      if (typeof found !== "number") return { executablePath: undefined, ...found };
      throw darwinError(`read the arguments of process ${pid}`, "read", found);
    }),
    environment: settled((pid) => {
      const found = (started ??= startedReader(world)).environment(pid);
      if (typeof found !== "number") return found;
      throw darwinError(`read the environment of process ${pid}`, "read", found);
    }),
    executable: settled((pid) => (executable ??= executableFinder(world))(pid)),
    file: settled((pid, file) => {
      const task = (living ??= livingTask(world))(pid);
      named ??= namedFile(world);
      const found = task < 0
        ? task
        : file === "cwd"
        ? named(task, CWD)
        : file === "root"
        ? named(task, ROOT)
        : named(task, FD, file.fd);
      if (typeof found !== "number") return found;
      throw darwinError(`find a file of process ${pid}`, "readlink", refused(found));
    }),
    namedRegions: settled((pid) => (namedRegions ??= namedRegionsFinder(world))(pid)),
    descriptorFacts: settled((pid, fd) => {
      const task = (living ??= livingTask(world))(pid);
      const length = task < 0 ? task : fs.read(task, FDINFO, fd);
      if (length >= 0) {
        return factsIn(decoder.decode(fs.text.subarray(0, length)));
      }
      throw darwinError(`read a descriptor of process ${pid}`, "open", refused(length));
    }),
    table(options) {
      const plain = linuxTable(world, options, keeping);
      return bpf?.table(plain) ?? plain;
    },
    descriptors() {
      const plain = new LinuxDescriptors(world);
      return bpf?.descriptors(plain) ?? plain;
    },
    listeners() {
      if (!fs.mounted) return undefined;
      const plain = linuxListeners(world);
      return bpf?.listeners(plain) ?? plain;
    },
    sockets: () => sockets ??= linuxSockets(world, answers.namespace),
    socketInterface: (...args) => (socketInterface ??= socketInterfaces(world))(...args),
    signalNumbers: () => SIGNAL_NUMBERS,
    setLimit: (...args) => (setLimit ??= limitSetter(world))(...args),
    kill: (...args) => (kill ??= killer(world))(...args),
    watchExit: (pid) => (watchExit ??= exitWatcher(world))(pid),
    newPids: () => newPids(world),
    kernelEvents: () => kernelEvents(world),
    [Symbol.dispose]() {
      for (const table of keeping) table[Symbol.dispose]();
      bpf?.[Symbol.dispose]();
    },
  });
}

/** Returns a path as a NUL-terminated string. */
function bytesOf(path: string): Uint8Array {
  return new TextEncoder().encode(`${path}\0`);
}
