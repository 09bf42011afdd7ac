import type { World } from "./world.ts";
import { type Memory, openMemory } from "../sys/memory.ts";
import type { OriginalArguments } from "../parse/cmdline.ts";
import { STAT } from "../parse/stat.ts";
import { procFile } from "./proc_fs.ts";

const MEM_FILE = procFile("mem");
/**
 * The smallest page size. No stack starts in the first page, and the kernel reports 0 or 1 if it
 * withholds the address.
 */
const SMALLEST_PAGE = 4096;

/**
 * Makes a function that reads the original arguments of a process from its stack, if the kernel
 * permits it. The function requires the fields of `stat` up to `arg_end`.
 */
export function originalReader(
  { fs, libc }: World,
): (pid: number, stat: Float64Array) => OriginalArguments | undefined {
  let memory: Memory | undefined;
  return (pid, stat) => {
    const stack = stat[STAT.startstack]!;
    // A copied tree does not have the memory of processes.
    if (!fs.mounted || stack <= SMALLEST_PAGE) return undefined;
    memory ??= openMemory(libc.more);
    // The stack of a program starts with the count of arguments, which is never overwritten.
    const count = memory.word(fs.path(pid, MEM_FILE), BigInt(stack));
    return count === undefined
      ? undefined
      : { count, size: stat[STAT.arg_end]! - stat[STAT.arg_start]! };
  };
}
