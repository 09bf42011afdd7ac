import { PROC_ALL_PIDS } from "../abi/list_pids.ts";
import { listPids } from "../calls/list_pids.ts";
import { array, bytesOf, id } from "../system/arguments.ts";
import type { System, SystemOptions } from "../system/system.ts";

/** The processes to inspect, and the system to query. */
export interface DescriptorOptions extends SystemOptions {
  /** The pids of the processes to inspect. Default: all processes. */
  readonly pids?: readonly number[];
}

/** The names of the members of {@linkcode DescriptorOptions}. */
export const DESCRIPTOR_OPTIONS = ["pids", "system"] as const;

/** Returns the pids of the processes to inspect, without duplicates, in ascending order. */
export function pidsOf({ pids }: DescriptorOptions, system: System): Int32Array {
  return pids === undefined
    ? listPids(PROC_ALL_PIDS, 0, { system }).sort()
    : checkedPids("pids", pids);
}

/**
 * Checks pids, and returns them without duplicates in ascending order.
 *
 * @throws {TypeError} `pids` is not an array.
 * @throws {RangeError} An element is not a process id.
 */
export function checkedPids(name: string, pids: readonly number[]): Int32Array {
  if (ArrayBuffer.isView(pids)) bytesOf(name, pids);
  else array(name, pids);
  // Array.from() reads holes as undefined, while forEach() would skip them.
  return Int32Array.from(new Set(Array.from(pids, (pid, i) => id(`${name}[${i}]`, pid)))).sort();
}
