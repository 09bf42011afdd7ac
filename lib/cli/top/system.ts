import { defaultSystem, openSystem } from "../../system/open.ts";
import type { System } from "../../system/system.ts";
import type { Call } from "../command.ts";

/** From how many processes on it pays to load BPF programs: that takes as long as to read some thousands. */
const MANY = 1000;

/**
 * Opens the system that reads all processes again and again by BPF programs, if that pays, and this user may
 * be allowed to load them. Where the kernel refuses them, it reads as this host's does.
 *
 * @param call Its options may choose a system.
 * @param many How many processes are many.
 * @returns The system, to be disposed of; undefined if the call's is to be used.
 */
export function fasterSystem({ from }: Pick<Call, "from">, many = MANY): System | undefined {
  if (from.system !== undefined) return undefined;
  const host = defaultSystem();
  // Finding out otherwise takes longer than it saves: the kernel's types are read before it refuses.
  if (host.euid() !== 0) return undefined;
  using table = host.table();
  return table.list() >= many ? openSystem({ bpf: "auto" }) : undefined;
}
