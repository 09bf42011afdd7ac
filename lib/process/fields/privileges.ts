import { ERRNO } from "../../system/errors.ts";
import type { CapabilityName } from "../capabilities.ts";
import { capabilityNames } from "../capabilities.ts";
import { listText } from "../texts.ts";
import type { FieldGroup } from "./field.ts";

/**
 * The privileges of a process. Available for zombies. The sets of capabilities are undefined if the
 * kernel has no capabilities. The other fields are undefined if the kernel does not report them. On
 * Linux, every user can read them. On macOS, they are unsupported.
 */
export interface PrivilegeFields {
  /** The capabilities that permission checks use. */
  readonly effectiveCapabilities: readonly CapabilityName[] | undefined;
  /** The capabilities that can be made effective. */
  readonly permittedCapabilities: readonly CapabilityName[] | undefined;
  /** The capabilities that are kept when the process executes a file that allows it. */
  readonly inheritableCapabilities: readonly CapabilityName[] | undefined;
  /** The upper limit of the capabilities that the process can gain. */
  readonly boundingCapabilities: readonly CapabilityName[] | undefined;
  /** The capabilities that are kept when the process executes any file. */
  readonly ambientCapabilities: readonly CapabilityName[] | undefined;
  /** True if executing a file cannot add privileges. */
  readonly noNewPrivileges: boolean | undefined;
  /** The seccomp mode, which decides how the system calls of the process are filtered. */
  readonly systemCallFilter: "none" | "strict" | "filter" | undefined;
}

/** The privileges of a process. */
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
  facts: ["readPrivileges"],
  read({ table, texts }, columns, row) {
    const answer = table.readPrivileges();
    if (answer < 0) return answer;
    const { capabilities, noNewPrivileges, systemCallFilter } = table.privileges;
    // On macOS, only the groups are reported.
    if ((capabilities ?? noNewPrivileges ?? systemCallFilter) === undefined) return -ERRNO.ENOTSUP;
    // Many processes have the same set, so equal sets share one text.
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

/** The texts of the sets so far. Making a text takes longer than reading the rest of a process. */
const seen = new Map<bigint, string>();
/** The number of texts that are cached. A machine has about as many sets as kinds of services. */
const MOST_SEEN = 256;

function capabilityText(bits: bigint): string {
  let text = seen.get(bits);
  if (text === undefined) {
    if (seen.size === MOST_SEEN) seen.clear();
    seen.set(bits, text = listText(capabilityNames(bits)));
  }
  return text;
}
