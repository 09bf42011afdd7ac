import type { World } from "./world.ts";
import { type Memory, openMemory } from "../sys/memory.ts";
import type { OriginalArguments } from "../parse/cmdline.ts";
import { STAT } from "../parse/stat.ts";
import { procFile } from "./proc_fs.ts";

const MEM_FILE = procFile("mem");
/** No stack starts in the first page, however small; the kernel returns 0 or 1 where it refuses the address. */
const SMALLEST_PAGE = 4096;

/**
 * Makes a function that finds what the arguments of a process were, where the kernel lets us look at its
 * stack, from the fields of its `stat` as far as `arg_end`.
 */
export function originalReader(
  { fs, libc }: World,
): (pid: number, stat: Float64Array) => OriginalArguments | undefined {
  let memory: Memory | undefined;
  return (pid, stat) => {
    const stack = stat[STAT.startstack]!;
    // A copied tree has no memory of a process.
    if (!fs.mounted || stack <= SMALLEST_PAGE) return undefined;
    memory ??= openMemory(libc.more);
    // The stack of a program starts with the count of its arguments, which is never overwritten.
    const count = memory.word(fs.path(pid, MEM_FILE), BigInt(stack));
    return count === undefined
      ? undefined
      : { count, size: stat[STAT.arg_end]! - stat[STAT.arg_start]! };
  };
}
