import { defaultSystem, openSystem } from "../../system/open.ts";
import type { System } from "../../system/system.ts";
import type { Call } from "../command.ts";

/**
 * The number of processes from which BPF programs pay off: loading them takes as long as reading
 * some thousand processes.
 */
const MANY = 1000;

/**
 * Opens a system that reads all processes repeatedly with BPF programs, if that pays off and this
 * user may be permitted to load them. If the kernel refuses the programs, the system reads as that
 * of this host.
 *
 * @param call The call, which may have a system, or the option `--no-bpf`.
 * @param many The number of processes from which the programs pay off.
 * @returns The system, which must be disposed of; undefined to use that of the call.
 */
export function fasterSystem(
  { from, options }: Pick<Call, "from" | "options">,
  many = MANY,
): System | undefined {
  if (from.system !== undefined || options["no-bpf"]) return undefined;
  const host = defaultSystem();
  // For other users, an attempt costs more than it saves: the kernel's types are read before it
  // refuses.
  if (host.euid() !== 0) return undefined;
  using table = host.table();
  return table.list() >= many ? openSystem({ bpf: "auto" }) : undefined;
}
