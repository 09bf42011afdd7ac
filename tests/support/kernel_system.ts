import { kernelDescriptors } from "../../lib/system/kernel_descriptors.ts";
import { kernelTable } from "../../lib/system/kernel_table.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";

/** Members of a system that replace its own. */
export type Members = Partial<Omit<System, "kernel" | "table" | "descriptors">>;

/**
 * A system whose table and descriptors are read through a kernel, as on macOS, and which answers all else
 * itself.
 *
 * @param kernel The kernel. Default: that of the system below.
 * @param members Members that replace those of the system below.
 * @param below The system that answers all else. Default: this host.
 */
export function kernelSystem(
  kernel?: Kernel,
  members: Members = {},
  below: System = defaultSystem(),
): System {
  const system: System = {
    ...below,
    ...members,
    kernel: kernel ?? below.kernel,
    table: () => kernelTable(system),
    descriptors: () => kernelDescriptors(system.kernel),
  };
  return system;
}
