import { procArchInfo } from "../../abi/arch_info.ts";
import { PROC_PIDARCHINFO, PROC_PIDARCHINFO_SIZE } from "../../abi/pid_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { readerOf } from "../proc/process.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";

/** A processor as in a Mach-O header: its type and its variant. */
interface Cpu {
  /** `CPU_TYPE_*`. */
  readonly type: number;
  /** `CPU_SUBTYPE_*`. */
  readonly subtype: number;
}

const X86: Cpu = { type: 7, subtype: 3 };
const X86_64: Cpu = { type: 0x01000007, subtype: 3 };
const ARM: Cpu = { type: 12, subtype: 0 };
const ARM64: Cpu = { type: 0x0100000c, subtype: 0 };

/** What programs of 64 and of 32 bits are built for, by what `uname()` calls the machine. */
const CPUS: Readonly<Record<string, readonly [wide: Cpu, narrow: Cpu]>> = {
  x86_64: [X86_64, X86],
  aarch64: [ARM64, ARM],
};

const arch = offsetsOf(procArchInfo);

/** The flavor that tells the processor that a process's program was built for. */
export function archInfo(world: World): Flavors {
  const reader = readerOf(world);
  const { bytes, view } = block(PROC_PIDARCHINFO_SIZE);
  let cpus: readonly [Cpu, Cpu] | null | undefined;

  return {
    [PROC_PIDARCHINFO]: {
      size: PROC_PIDARCHINFO_SIZE,
      answer(pid, _arg, buffer) {
        const error = reader.read(pid, false);
        if (error < 0) return error;
        if (cpus === undefined) cpus = CPUS[reader.clock.machine()] ?? null;
        if (cpus === null) return -ERRNO.ENOTSUP;
        // How wide the program is shows in what is refused here.
        if (reader.isOpaque) return -ERRNO.EPERM;
        const cpu = cpus[reader.isNarrow ? 1 : 0];
        view.setInt32(arch.p_cputype, cpu.type, true);
        view.setInt32(arch.p_cpusubtype, cpu.subtype, true);
        buffer.set(bytes);
        return PROC_PIDARCHINFO_SIZE;
      },
    },
  };
}
