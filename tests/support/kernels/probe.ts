/** Loads the BPF programs, and prints JSON: "loaded", or the reason why the kernel refuses one. */
import process from "node:process";
import { SystemCallError } from "../../../lib/system/errors.ts";
import { openSystem } from "../../../lib/system/open.ts";

function outcome(load: () => void): string {
  try {
    load();
    return "loaded";
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    // The end of the verifier's log states the reason.
    const log = error.cause === undefined ? "" : `: ${String(error.cause).slice(-1000)}`;
    return `${error.code}: ${error.message}${log}`;
  }
}

const outcomes: Record<string, string> = {
  processes: outcome(() => openSystem({ bpf: true })[Symbol.dispose]()),
};
if (outcomes.processes === "loaded") {
  using system = openSystem({ bpf: true });
  outcomes.descriptors = outcome(() => void system.descriptors());
  outcomes.listeners = outcome(() => void system.listeners());
}
process.stdout.write(`${JSON.stringify(outcomes, null, 2)}\n`);
