import { kernelDescriptors } from "../../lib/system/kernel_descriptors.ts";
import { kernelTable } from "../../lib/system/kernel_table.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";

/** Members that replace those of a system. */
export type Members = Partial<Omit<System, "kernel" | "table" | "descriptors">>;

/**
 * Returns a system that reads its table and its descriptors through a kernel, as on macOS. All else
 * comes from the system below.
 *
 * @param kernel The kernel. Default: that of the system below.
 * @param members Members that replace those of the system below.
 * @param below The system below. Default: this host.
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
