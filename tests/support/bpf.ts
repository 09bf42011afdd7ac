import process from "node:process";
import { SystemCallError } from "../../lib/system/errors.ts";
import { openSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";

/** The reason to skip tests of the BPF program for processes; false if it can be loaded. */
export const skipBpf: string | false = process.platform !== "linux"
  ? "needs Linux"
  : refusal(() => {});

/** The same for the programs for descriptors and listening sockets, which need a newer kernel. */
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
