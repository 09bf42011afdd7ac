import type { Command } from "./command.ts";

/** A subcommand that is loaded when it is run, so that others need not load it. */
export interface Loadable {
  /** The summary, in one line. */
  readonly summary: string;
  /** Loads the subcommand. */
  load(): Promise<Command>;
}

/** The subcommands by name. */
export const COMMANDS: Readonly<Record<string, Loadable>> = {
  pids: {
    summary: "list process ids",
    load: async () => (await import("./pids.ts")).command,
  },
  ps: {
    summary: "list processes",
    load: async () => (await import("./ps.ts")).command,
  },
  top: {
    summary: "show the busiest processes continuously",
    load: async () => (await import("./top.ts")).command,
  },
  info: {
    summary: "print the properties of a process",
    load: async () => (await import("./info.ts")).command,
  },
  tree: {
    summary: "print the tree of processes",
    load: async () => (await import("./tree.ts")).command,
  },
  fds: {
    summary: "list the descriptors of a process",
    load: async () => (await import("./fds.ts")).command,
  },
  sockets: {
    summary: "list the sockets of one process or of all",
    load: async () => (await import("./sockets.ts")).command,
  },
  ports: {
    summary: "list the ports that processes listen on",
    load: async () => (await import("./ports.ts")).command,
  },
  who: {
    summary: "find the processes that use a file, port or socket",
    load: async () => (await import("./who.ts")).command,
  },
  threads: {
    summary: "list the threads of a process",
    load: async () => (await import("./threads.ts")).command,
  },
  regions: {
    summary: "list the memory map of a process",
    load: async () => (await import("./regions.ts")).command,
  },
  usage: {
    summary: "print the resources that a process has used",
    load: async () => (await import("./usage.ts")).command,
  },
  limits: {
    summary: "print the limits of a process, or set them",
    load: async () => (await import("./limits.ts")).command,
  },
  args: {
    summary: "print the arguments of a process",
    load: async () => (await import("./args.ts")).command,
  },
  env: {
    summary: "print the environment of a process, values masked",
    load: async () => (await import("./env.ts")).command,
  },
  watch: {
    summary: "report processes that start and end",
    load: async () => (await import("./watch.ts")).command,
  },
  wait: {
    summary: "wait until a process has ended",
    load: async () => (await import("./wait.ts")).command,
  },
  kill: {
    summary: "send a signal to processes by name, id or port",
    load: async () => (await import("./kill.ts")).command,
  },
  free: {
    summary: "free a port by ending its processes",
    load: async () => (await import("./free.ts")).command,
  },
  dmesg: {
    summary: "print the kernel's messages",
    load: async () => (await import("./dmesg.ts")).command,
  },
  call: {
    summary: "make the raw call, and show the bytes",
    load: async () => (await import("./call.ts")).command,
  },
  doctor: {
    summary: "check the answers of this system's kernel",
    load: async () => (await import("./doctor.ts")).command,
  },
  aix: {
    summary: "call AIX's kget_proc_info()",
    load: async () => (await import("./aix.ts")).command,
  },
  help: {
    summary: "list the commands, or print the help of one",
    load: async () => (await import("./help.ts")).command,
  },
  completions: {
    summary: "print a script for shell completion",
    load: async () => (await import("./completions.ts")).command,
  },
};
