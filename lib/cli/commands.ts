import type { Command } from "./command.ts";

/** A subcommand that is loaded when it is run, so that no other waits for it. */
export interface Loadable {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Loads it. */
  load(): Promise<Command>;
}

/** The subcommands, by their names. */
export const COMMANDS: Readonly<Record<string, Loadable>> = {
  pids: {
    summary: "list process ids",
    load: async () => (await import("./pids.ts")).command,
  },
  ps: {
    summary: "list processes",
    load: async () => (await import("./ps.ts")).command,
  },
  info: {
    summary: "tell all about a process",
    load: async () => (await import("./info.ts")).command,
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
    summary: "tell what a process has used",
    load: async () => (await import("./usage.ts")).command,
  },
  args: {
    summary: "print the arguments of a process",
    load: async () => (await import("./args.ts")).command,
  },
  env: {
    summary: "print the environment of a process, masked",
    load: async () => (await import("./env.ts")).command,
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
    summary: "ask AIX's kget_proc_info()",
    load: async () => (await import("./aix.ts")).command,
  },
};
