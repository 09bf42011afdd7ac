import { PROC_ALL_PIDS } from "../abi/list_pids.ts";
import { listPids } from "../calls/list_pids.ts";
import { array, bytesOf, id } from "../system/arguments.ts";
import type { System, SystemOptions } from "../system/system.ts";

/** Which processes are inspected. */
export interface DescriptorOptions extends SystemOptions {
  /** The process ids. Default: all processes. */
  readonly pids?: readonly number[];
}

/** The names of {@linkcode DescriptorOptions}. */
export const DESCRIPTOR_OPTIONS = ["pids", "system"] as const;

/** The processes that options name, each once, in ascending order. */
export function pidsOf({ pids }: DescriptorOptions, system: System): Int32Array {
  return pids === undefined
    ? listPids(PROC_ALL_PIDS, 0, { system }).sort()
    : checkedPids("pids", pids);
}

/**
 * Passes on process ids, each once, in ascending order.
 *
 * @throws {TypeError} They are not an array.
 * @throws {RangeError} One is not a process id.
 */
export function checkedPids(name: string, pids: readonly number[]): Int32Array {
  if (ArrayBuffer.isView(pids)) bytesOf(name, pids);
  else array(name, pids);
  // Array.from() reads holes, which forEach() would pass over, as undefined.
  return Int32Array.from(new Set(Array.from(pids, (pid, i) => id(`${name}[${i}]`, pid)))).sort();
}
