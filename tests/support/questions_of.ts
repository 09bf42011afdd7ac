import type { System } from "../../lib/system/system.ts";

type Members = Omit<System, "kernel" | typeof Symbol.dispose>;

/** What each member is asked, so that any would answer; the compiler demands that none is missing. */
const ARGUMENTS: { readonly [N in keyof Members]: Parameters<Members[N]> } = {
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
  userName: [0],
  userId: ["root"],
  terminal: ["/dev/null"],
  terminalPath: [0],
  fileId: ["/"],
  arguments: [1],
  environment: [1],
  executable: [1],
  file: [1, "cwd"],
  mappedFiles: [1],
  descriptorFacts: [1, 0],
  sessionId: [1],
  descriptorCount: [1],
  highestDescriptor: [1],
  limits: [1],
  signals: [1],
  accounting: [1],
  ioBytes: [1],
  controlGroups: [1],
  namespace: [1, "pid"],
  namespacePids: [1],
  privileges: [1],
  securityLabel: [1],
  table: [],
  listeners: [],
  sockets: [],
  signalNumbers: [],
  kill: [1, 0],
  watchExit: [1],
};

/**
 * Returns a function for each member of a system but the kernel, which asks it: as the member is at the
 * time of the question.
 */
export function questionsOf(system: System): Readonly<Record<string, () => unknown>> {
  const members = system as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  return Object.fromEntries(
    Object.entries(ARGUMENTS).map(([name, args]) => [name, () => members[name]!(...args)]),
  );
}
