import { PROC_INFO_CALL_LISTCOALITIONS } from "../abi/callnum.ts";
import {
  LISTCOALITIONS_ALL_COALS,
  LISTCOALITIONS_SINGLE_TYPE,
  type ProcInfoCoalInfo,
  procInfoCoalInfo,
} from "../abi/list_coalitions.ts";
import { uint32 } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";
import { list, querying, type Reply, replyOf, rowsOf } from "./reply.ts";

/** The coalitions that {@linkcode listCoalitions} lists: a `LISTCOALITIONS_*` number. */
export type ListCoalitionsFlavor =
  | typeof LISTCOALITIONS_ALL_COALS
  | typeof LISTCOALITIONS_SINGLE_TYPE;

/** The reply of each flavor. */
export const LIST_COALITIONS_REPLIES: {
  readonly [F in ListCoalitionsFlavor]: Reply<ProcInfoCoalInfo[]>;
} = {
  [LISTCOALITIONS_ALL_COALS]: list(rowsOf(procInfoCoalInfo)),
  [LISTCOALITIONS_SINGLE_TYPE]: list(rowsOf(procInfoCoalInfo)),
};

/**
 * Lists the coalitions of the system, which are groups of processes with common accounting:
 * `proc_listcoalitions()`.
 *
 * The call does not require privilege.
 *
 * On Linux, a coalition is a control group, even one without processes. On Linux, the coalitions
 * for resources are the groups of the unified hierarchy, or those of `cpuacct` if no unified
 * hierarchy is mounted. On Linux, the coalitions for memory pressure are the groups of the unified
 * hierarchy, or those of `memory` if that controller has a hierarchy of its own.
 *
 * @param flavor `LISTCOALITIONS_ALL_COALS` or `LISTCOALITIONS_SINGLE_TYPE`.
 * @param type The type to list if a single type is listed: 0 for resources, 1 for memory pressure.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `ENOTSUP` if this system does not have coalitions.
 * @throws {RangeError} The type is not a 32-bit integer, or the flavor is unknown.
 *
 * @example
 * ```ts
 * import { LISTCOALITIONS_ALL_COALS, listCoalitions, ProcInfoError } from "@libproc/libproc/calls";
 *
 * try {
 *   console.log(listCoalitions(LISTCOALITIONS_ALL_COALS).length);
 * } catch (error) {
 *   if (!(error instanceof ProcInfoError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function listCoalitions(
  flavor: ListCoalitionsFlavor,
  type = 0,
  options: SystemOptions = {},
): ProcInfoCoalInfo[] {
  const system = systemAlone(options);
  const { read } = replyOf(LIST_COALITIONS_REPLIES, flavor);
  const type32 = uint32("type", type) | 0;
  // The flavor is passed as the pid, and the type as the flavor.
  return read(querying(system.kernel, PROC_INFO_CALL_LISTCOALITIONS, flavor, type32, 0n));
}
