import type { Capabilities } from "../system/details.ts";
import { bsdInfoOf } from "./info.ts";
import { known } from "./known.ts";
import type { Life } from "./life.ts";

/** Linux's capabilities; a capability's number is its place, from 0. */
export const CAPABILITY_NAMES = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
] as const;

/** The name of a capability; one that is not known here goes by its number, as in `"CAP_41"`. */
export type CapabilityName = typeof CAPABILITY_NAMES[number] | `CAP_${number}`;

/** The sets of capabilities of a process; see capabilities(7). */
export interface CapabilitySets {
  /** What counts when a permission is checked. */
  readonly effective: readonly CapabilityName[];
  /** What may be made effective. */
  readonly permitted: readonly CapabilityName[];
  /** What is kept by executing a file that allows it. */
  readonly inheritable: readonly CapabilityName[];
  /** What can be gained at all. */
  readonly bounding: readonly CapabilityName[];
  /** What is kept by executing any file. */
  readonly ambient: readonly CapabilityName[];
}

/** For whom a process acts, and what it may do. What only Linux has is left out on macOS. */
export interface ProcessCredentials {
  /** The user who started it. */
  readonly realUserId: number;
  /** The user it acts for. */
  readonly effectiveUserId: number;
  /** The user it may become again. */
  readonly savedUserId: number;
  /** The group that started it. */
  readonly realGroupId: number;
  /** The group it acts for. */
  readonly effectiveGroupId: number;
  /** The group it may become again. */
  readonly savedGroupId: number;
  /** The name of the user it acts for; left out where the system knows none. */
  readonly userName?: string;
  /** The groups it is in beside. */
  readonly groups?: readonly number[];
  /** Its capabilities. */
  readonly capabilities?: CapabilitySets;
  /** Whether it can gain no privileges by executing a file. */
  readonly noNewPrivileges?: boolean;
  /** How its system calls are filtered. */
  readonly systemCallFilter?: "none" | "strict" | "filter";
  /** What the security module says it is. */
  readonly securityLabel?: string;
}

/** Reads for whom a process acts, also of a zombie. */
export function credentialsOf(life: Life): ProcessCredentials {
  const { pid, source: { host } } = life;
  return life.present("read the credentials of", () => {
    const { open } = bsdInfoOf(life);
    const { groups } = host.details(pid);
    const confinement = host.confinement(pid);
    return known<ProcessCredentials>({
      realUserId: open.pbi_ruid,
      effectiveUserId: open.pbi_uid,
      savedUserId: open.pbi_svuid,
      realGroupId: open.pbi_rgid,
      effectiveGroupId: open.pbi_gid,
      savedGroupId: open.pbi_svgid,
      userName: host.userName(open.pbi_uid),
      groups,
      capabilities: confinement.capabilities && named(confinement.capabilities),
      noNewPrivileges: confinement.noNewPrivileges,
      systemCallFilter: confinement.systemCallFilter,
      securityLabel: confinement.securityLabel,
    });
  });
}

function named(sets: Capabilities): CapabilitySets {
  return {
    effective: namesIn(sets.effective),
    permitted: namesIn(sets.permitted),
    inheritable: namesIn(sets.inheritable),
    bounding: namesIn(sets.bounding),
    ambient: namesIn(sets.ambient),
  };
}

const BITS = 64;

function namesIn(set: bigint): CapabilityName[] {
  const names: CapabilityName[] = [];
  for (let bit = 0; bit < BITS; bit++) {
    if (set >> BigInt(bit) & 1n) names.push(CAPABILITY_NAMES[bit] ?? `CAP_${bit}`);
  }
  return names;
}
