import type { NamespaceKind } from "../system/facts.ts";
import { optional, SystemCallError } from "../system/errors.ts";
import { type ContainerRuntime, groupNamesIn } from "./containers.ts";
import { NotSupportedError } from "./errors.ts";
import { known } from "../system/known.ts";
import type { TrackedProcess } from "./tracked_process.ts";

/** The control groups of a process. */
export interface ControlGroups {
  /**
   * The path in each hierarchy, by the controllers of the hierarchy, as in `"cpu,cpuacct"`. The key
   * of cgroup v2 is `""`.
   */
  readonly paths: Readonly<Record<string, string>>;
  /** The id of the container; see `CgroupFields.containerId`. Absent if no path names one. */
  readonly containerId?: string;
  /** The runtime of the container; absent if the path does not show it. */
  readonly containerRuntime?: ContainerRuntime;
  /** The id of the pod; absent if no path names one. */
  readonly podId?: string;
  /** The systemd unit; absent if the path names none. */
  readonly systemdUnit?: string;
  /** The innermost systemd slice that contains the unit. */
  readonly systemdSlice?: string;
}

/** The namespaces of a process. */
export interface ProcessNamespaces {
  /**
   * The inode number of each namespace, by kind. Processes in the same namespace have the same
   * number.
   */
  readonly inodes: { readonly [K in NamespaceKind]?: number };
  /** The pid of the process in each of its PID namespaces, the namespace of the caller first. */
  readonly pids?: readonly number[];
}

/** Reads the control groups of a process, which may be a zombie. */
export function controlGroupsOf(tracked: TrackedProcess): ControlGroups {
  const { pid, system } = tracked;
  const paths = tracked.present("read the control groups of", () => system.controlGroups(pid));
  const { container, pod, unit, slice } = groupNamesIn(paths);
  return known<ControlGroups>({
    paths,
    containerId: container?.id,
    containerRuntime: container?.runtime,
    podId: pod,
    systemdUnit: unit,
    systemdSlice: slice,
  });
}

const KINDS: readonly NamespaceKind[] = [
  "cgroup",
  "ipc",
  "mnt",
  "net",
  "pid",
  "time",
  "user",
  "uts",
];

/** Reads the namespaces of a process. */
export function namespacesOf(tracked: TrackedProcess): ProcessNamespaces {
  const { pid, system } = tracked;
  const doing = "read the namespaces of";
  return tracked.living(doing, () => {
    const inodes: { [K in NamespaceKind]?: number } = {};
    let refusal: unknown;
    for (const kind of KINDS) {
      try {
        inodes[kind] = system.namespace(pid, kind);
      } catch (error) {
        // A kernel may lack a kind. If all kinds fail, the first error has the reason.
        if (!(error instanceof SystemCallError)) throw error;
        refusal ??= error;
      }
    }
    if (Object.keys(inodes).length === 0) throw refusal ?? new NotSupportedError(doing, pid);
    return known<ProcessNamespaces>({ inodes, pids: optional(() => system.namespacePids(pid)) });
  });
}
