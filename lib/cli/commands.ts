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
  doctor: {
    summary: "check the answers of this system's kernel",
    load: async () => (await import("./doctor.ts")).command,
  },
  aix: {
    summary: "ask AIX's kget_proc_info()",
    load: async () => (await import("./aix.ts")).command,
  },
};
