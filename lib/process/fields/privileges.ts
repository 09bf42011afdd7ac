import { ERRNO } from "../../system/errors.ts";
import type { CapabilityName } from "../capabilities.ts";
import { capabilityNames } from "../capabilities.ts";
import { listText } from "../texts.ts";
import type { FieldGroup } from "./field.ts";

/**
 * What a process may do. Linux only; every user may read it, also of zombies. The capabilities are
 * undefined if the kernel has none, the others if it does not report them.
 */
export interface PrivilegeFields {
  /** The capabilities that permission checks use. */
  readonly effectiveCapabilities: readonly CapabilityName[] | undefined;
  /** The capabilities that may be made effective. */
  readonly permittedCapabilities: readonly CapabilityName[] | undefined;
  /** The capabilities that are kept when the process executes a file that allows it. */
  readonly inheritableCapabilities: readonly CapabilityName[] | undefined;
  /** The upper limit of the capabilities that can be gained. */
  readonly boundingCapabilities: readonly CapabilityName[] | undefined;
  /** The capabilities that are kept when the process executes any file. */
  readonly ambientCapabilities: readonly CapabilityName[] | undefined;
  /** True if executing a file cannot add privileges. */
  readonly noNewPrivileges: boolean | undefined;
  /** How its system calls are filtered. */
  readonly systemCallFilter: "none" | "strict" | "filter" | undefined;
}

/** What a process may do. */
export const group: FieldGroup<PrivilegeFields> = {
  source: { linux: ["status"], macos: [] },
  fields: {
    effectiveCapabilities: { kind: "texts", title: "EFFECTIVE CAPS", alias: "caps" },
    permittedCapabilities: { kind: "texts", title: "PERMITTED CAPS" },
    inheritableCapabilities: { kind: "texts", title: "INHERITABLE CAPS" },
    boundingCapabilities: { kind: "texts", title: "BOUNDING CAPS" },
    ambientCapabilities: { kind: "texts", title: "AMBIENT CAPS" },
    noNewPrivileges: { kind: "flag", title: "NO NEW PRIVS" },
    systemCallFilter: { kind: "text", title: "SECCOMP", alias: "seccomp" },
  },
  apart: true,
  ofZombies: true,
  asks: ["readPrivileges"],
  read({ table, texts }, columns, row) {
    const answer = table.readPrivileges();
    if (answer < 0) return answer;
    const { capabilities, noNewPrivileges, systemCallFilter } = table.privileges;
    // macOS has the groups of a process alone.
    if ((capabilities ?? noNewPrivileges ?? systemCallFilter) === undefined) return -ERRNO.ENOTSUP;
    // Many processes have the same: it is one text of the table.
    const set = (bits: bigint | undefined) =>
      bits === undefined ? 0 : texts.constant(capabilityText(bits));
    columns.effectiveCapabilities[row] = set(capabilities?.effective);
    columns.permittedCapabilities[row] = set(capabilities?.permitted);
    columns.inheritableCapabilities[row] = set(capabilities?.inheritable);
    columns.boundingCapabilities[row] = set(capabilities?.bounding);
    columns.ambientCapabilities[row] = set(capabilities?.ambient);
    columns.noNewPrivileges[row] = noNewPrivileges === undefined ? -1 : noNewPrivileges ? 1 : 0;
    columns.systemCallFilter[row] = systemCallFilter === undefined
      ? 0
      : texts.constant(systemCallFilter);
    return 0;
  },
};

/** The texts of sets that were seen: making one takes longer than all else that is read of a process. */
const seen = new Map<bigint, string>();
/** How many are kept: there are as many sets as kinds of services on a machine. */
const MOST_SEEN = 256;

function capabilityText(bits: bigint): string {
  let text = seen.get(bits);
  if (text === undefined) {
    if (seen.size === MOST_SEEN) seen.clear();
    seen.set(bits, text = listText(capabilityNames(bits)));
  }
  return text;
}
