import { KERN_PROC_PID } from "../../lib/abi/kinfo_proc.ts";
import type { System } from "../../lib/system/system.ts";

type Members = Omit<System, "kernel" | typeof Symbol.dispose>;

/** The arguments for each member, valid on any system. The compiler requires all members. */
const argumentsFor = (pid: number): { readonly [N in keyof Members]: Parameters<Members[N]> } => ({
  kernProc: [KERN_PROC_PID, pid, null],
  pid: [],
  ppid: [],
  pgrp: [],
  euid: [],
  ruid: [],
  threadId: [],
  timebase: [],
  bootId: [],
  pageBytes: [],
  memoryBytes: [],
  machine: [],
  userName: [0],
  userId: ["root"],
  terminal: ["/dev/null"],
  terminalPath: [0],
  fileId: ["/"],
  fileSystem: ["/"],
  arguments: [pid],
  environment: [pid],
  executable: [pid],
  file: [pid, "cwd"],
  namedRegions: [pid],
  descriptorFacts: [pid, 0],
  sessionId: [pid],
  cpuTimeNs: [pid],
  descriptorCount: [pid],
  highestDescriptor: [pid],
  limits: [pid],
  setLimit: [pid, "core", { current: 0n, maximum: 0n }],
  signals: [pid],
  accounting: [pid],
  ioBytes: [pid],
  controlGroups: [pid],
  namespace: [pid, "pid"],
  namespacePids: [pid],
  privileges: [pid],
  securityLabel: [pid],
  table: [],
  descriptors: [],
  listeners: [],
  sockets: [],
  socketInterface: [1, 0],
  signalNumbers: [],
  kill: [pid, 0],
  watchExit: [pid],
  newPids: [],
  kernelEvents: [],
});

/**
 * Returns a function for each member of a system except the kernel. It calls the member that the
 * system has at that time.
 *
 * @param pid The process for members that are about a process.
 */
export function questionsOf(system: System, pid = 1): Readonly<Record<string, () => unknown>> {
  const members = system as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  return Object.fromEntries(
    Object.entries(argumentsFor(pid)).map(([name, args]) => [name, () => members[name]!(...args)]),
  );
}
