import process from "node:process";
import { SystemCallError } from "../../lib/system/errors.ts";
import { openSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";

/** Why the program for processes cannot be tested here; false where it can. */
export const skipBpf: string | false = process.platform !== "linux"
  ? "needs Linux"
  : refusal(() => {});

/** The same of those for descriptors and for listening sockets, which take a newer kernel. */
export const skipBpfFiles: string | false = skipBpf || refusal((system) => {
  system.descriptors();
  system.listeners();
});

function refusal(load: (system: System) => void): string | false {
  try {
    using system = openSystem({ bpf: true });
    load(system);
    return false;
  } catch (error) {
    if (error instanceof SystemCallError) return error.message;
    throw error;
  }
}
