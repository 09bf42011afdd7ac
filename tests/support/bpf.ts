import process from "node:process";
import { SystemCallError } from "../../lib/system/errors.ts";
import { openSystem } from "../../lib/system/open.ts";

/** Why BPF programs cannot be tested here; false where they can. */
export const skipBpf: string | false = process.platform !== "linux" ? "needs Linux" : refusal();

function refusal(): string | false {
  try {
    openSystem({ bpf: true })[Symbol.dispose]();
    return false;
  } catch (error) {
    if (error instanceof SystemCallError) return error.message;
    throw error;
  }
}
