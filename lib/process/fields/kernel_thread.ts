import { BSD, type FieldGroup } from "./field.ts";

/** A flag for processes that are part of the kernel. Every user can read it. */
export interface KernelThreadFields {
  /**
   * True if the process is part of the kernel. On Linux, it is true for kernel threads. On macOS,
   * it is true for `kernel_task`.
   */
  readonly kernelThread: boolean;
}

/** A flag for processes that are part of the kernel. */
export const group: FieldGroup<KernelThreadFields> = {
  source: { linux: ["stat"], macos: BSD },
  fields: { kernelThread: { kind: "flag", title: "KERNEL" } },
  stays: true,
  read({ table }, columns, row) {
    columns.kernelThread[row] = table.kernelThread ? 1 : 0;
    return 0;
  },
};
