import { BSD, type FieldGroup } from "./field.ts";

/** True if a process is part of the kernel. Every user may read it. */
export interface KernelThreadFields {
  /** True for a part of the kernel: a kernel thread on Linux, `kernel_task` on macOS. */
  readonly kernelThread: boolean;
}

/** True if a process is part of the kernel. */
export const group: FieldGroup<KernelThreadFields> = {
  source: { linux: ["stat"], macos: BSD },
  fields: { kernelThread: { kind: "flag", title: "KERNEL" } },
  stays: true,
  read({ table }, columns, row) {
    columns.kernelThread[row] = table.kernelThread ? 1 : 0;
    return 0;
  },
};
