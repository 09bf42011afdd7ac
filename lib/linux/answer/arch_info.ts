import { procArchInfo } from "../../abi/arch_info.ts";
import { PROC_PIDARCHINFO, PROC_PIDARCHINFO_SIZE } from "../../abi/pid_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { readerOf } from "../proc/process.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";

const arch = offsetsOf(procArchInfo);

/** Returns the flavor that reports the processor for which a process's program was built. */
export function archInfo(world: World): Flavors {
  const reader = readerOf(world);
  const { bytes, view } = block(PROC_PIDARCHINFO_SIZE);
  const { wide, narrow } = world.libc.more.architecture;

  return {
    [PROC_PIDARCHINFO]: {
      size: PROC_PIDARCHINFO_SIZE,
      answer(pid, _arg, buffer) {
        const error = reader.read(pid, false);
        if (error < 0) return error;
        // The width of the program follows from its addresses, which the kernel withholds here.
        if (reader.isOpaque) return -ERRNO.EPERM;
        const cpu = reader.isNarrow ? narrow : wide;
        view.setInt32(arch.p_cputype, cpu.type, true);
        view.setInt32(arch.p_cpusubtype, cpu.subtype, true);
        buffer.set(bytes);
        return PROC_PIDARCHINFO_SIZE;
      },
    },
  };
}
