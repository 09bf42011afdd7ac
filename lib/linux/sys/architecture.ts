import { FfiError } from "../../../ffi/error.ts";

/** A processor in a Mach-O header: its type and its variant. */
export interface Cpu {
  /** `CPU_TYPE_*`. */
  readonly type: number;
  /** `CPU_SUBTYPE_*`. */
  readonly subtype: number;
}

/** The numbers of system calls (asm/unistd.h) for which the C library may lack a function. */
export interface CallNumbers {
  readonly bpf: bigint;
  readonly getdents64: bigint;
  readonly gettid: bigint;
  readonly pidfd_getfd: bigint;
  readonly pidfd_open: bigint;
  readonly pidfd_send_signal: bigint;
  readonly statx: bigint;
  readonly tgkill: bigint;
}

/**
 * The differences between the processors on which Linux is supported, limited to what is used here.
 * All other numbers and structs of `lib/linux` are the same on each of them. The page size is the
 * one that `sysconf()` reports.
 */
export interface Architecture {
  /** The name of the processor in the kernel and in the paths of libraries. */
  readonly machine: "aarch64" | "x86_64";
  /** The processor of 64-bit programs. */
  readonly wide: Cpu;
  /** The processor of 32-bit programs that the same kernel runs. */
  readonly narrow: Cpu;
  readonly calls: CallNumbers;
}

/**
 * The numbers that are the same on every processor, as those of all system calls since Linux 5.0
 * are.
 */
const SAME = { pidfd_getfd: 438n, pidfd_open: 434n, pidfd_send_signal: 424n } as const;

/** The processors by their names in `process.arch`. */
export const ARCHITECTURES: Readonly<Record<"arm64" | "x64", Architecture>> = {
  arm64: {
    machine: "aarch64",
    wide: { type: 0x0100000c, subtype: 0 },
    narrow: { type: 12, subtype: 0 },
    calls: { ...SAME, bpf: 280n, getdents64: 61n, gettid: 178n, statx: 291n, tgkill: 131n },
  },
  x64: {
    machine: "x86_64",
    wide: { type: 0x01000007, subtype: 3 },
    narrow: { type: 7, subtype: 3 },
    calls: { ...SAME, bpf: 321n, getdents64: 217n, gettid: 186n, statx: 332n, tgkill: 234n },
  },
};

/**
 * Returns what is specific to a processor.
 *
 * @param arch The processor for which the runtime is built, by its name in `process.arch`.
 * @throws {FfiError} Linux is not supported on that processor.
 */
export function architectureOf(arch: string): Architecture {
  if (arch === "arm64" || arch === "x64") return ARCHITECTURES[arch];
  throw new FfiError(
    "ERR_UNSUPPORTED_SYSTEM",
    `Cannot open this system as this runtime is built for "${arch}": ` +
      "on Linux, run the program with a runtime that is built for x64 or arm64",
  );
}
