import { FfiError } from "../../../ffi/error.ts";

/** A processor as in a Mach-O header: its type and its variant. */
export interface Cpu {
  /** `CPU_TYPE_*`. */
  readonly type: number;
  /** `CPU_SUBTYPE_*`. */
  readonly subtype: number;
}

/** Numbers of system calls (asm/unistd.h), for what the C library may lack a function for. */
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
 * What is different between the processors that Linux is served on, as far as it is used here. All other
 * numbers and structs of `lib/linux` are the same on them; pages have the size that `sysconf()` reports.
 */
export interface Architecture {
  /** What the kernel and the paths of libraries call it. */
  readonly machine: "aarch64" | "x86_64";
  /** What a program of 64 bits is built for. */
  readonly wide: Cpu;
  /** What a program of 32 bits is built for that the same kernel runs. */
  readonly narrow: Cpu;
  readonly calls: CallNumbers;
}

/** Since Linux 5.0 a new system call has one number everywhere. */
const SAME = { pidfd_getfd: 438n, pidfd_open: 434n, pidfd_send_signal: 424n } as const;

/** By the words of `process.arch`. */
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
 * What is particular to a processor.
 *
 * @param arch The processor that the runtime is built for, in the words of `process.arch`.
 * @throws {FfiError} Linux is not served on it.
 */
export function architectureOf(arch: string): Architecture {
  if (arch === "arm64" || arch === "x64") return ARCHITECTURES[arch];
  throw new FfiError(
    "ERR_UNSUPPORTED_SYSTEM",
    `Cannot open this system as this runtime is built for "${arch}": ` +
      "on Linux, run the program with a runtime that is built for x64 or arm64",
  );
}
