import { ERRNO, SystemCallError } from "../../system/errors.ts";
import { type ContainerRuntime, type GroupNames, groupNamesIn } from "../containers.ts";
import type { FieldGroup, Look } from "./field.ts";

/**
 * The control group of a process. Available for zombies. On Linux, every user can read it. On
 * macOS, it is unsupported.
 */
export interface CgroupFields {
  /**
   * The path in the unified hierarchy. With cgroup v1 alone, it is the longest of the paths. The
   * path starts at the root of the caller's cgroup namespace, so a caller in a container does not
   * see the groups above it.
   */
  readonly cgroup: string | undefined;
  /**
   * The id of the container, usually 64 hexadecimal digits. For lxc, Incus, LXD, libvirt and
   * systemd-nspawn, it is the name of the container. Undefined if no path names a container.
   */
  readonly containerId: string | undefined;
  /** The runtime of the container. Undefined if the path does not show it. */
  readonly containerRuntime: ContainerRuntime | undefined;
  /**
   * The UID of the Kubernetes pod, or the id of the Podman pod. Undefined if no path names a pod.
   */
  readonly podId: string | undefined;
  /**
   * The systemd unit, as in `ssh.service`. If a user's service manager runs the process in a unit,
   * it is that unit. Undefined if the path names no unit.
   */
  readonly systemdUnit: string | undefined;
  /** The innermost systemd slice that contains the unit, as in `system.slice`. */
  readonly systemdSlice: string | undefined;
}

/** The control group of a process. */
export const group: FieldGroup<CgroupFields> = {
  source: { linux: ["cgroup"], macos: [] },
  fields: {
    cgroup: { kind: "text", title: "CGROUP" },
    containerId: { kind: "text", title: "CONTAINER", alias: "container" },
    containerRuntime: { kind: "text", title: "RUNTIME" },
    podId: { kind: "text", title: "POD", alias: "pod" },
    systemdUnit: { kind: "text", title: "UNIT", alias: "unit" },
    systemdSlice: { kind: "text", title: "SLICE", alias: "slice" },
  },
  apart: true,
  needsSystem: true,
  ofZombies: true,
  read(look, columns, row) {
    const names = groupNamesOf(look);
    if (typeof names === "number") return names;
    const text = (value: string | undefined) =>
      value === undefined ? 0 : look.texts.constant(value);
    columns.cgroup[row] = text(names.path);
    columns.containerId[row] = text(names.container?.id);
    columns.containerRuntime[row] = text(names.container?.runtime);
    columns.podId[row] = text(names.pod);
    columns.systemdUnit[row] = text(names.unit);
    columns.systemdSlice[row] = text(names.slice);
    return 0;
  },
};

/** Returns the names in the control groups of a process, or a negated errno. */
export function groupNamesOf({ pid, system }: Pick<Look, "pid" | "system">): GroupNames | number {
  try {
    const paths = system.controlGroups(pid);
    return Object.keys(paths).length === 0 ? -ERRNO.ENOTSUP : groupNamesIn(paths);
  } catch (error) {
    if (error instanceof SystemCallError) return -error.errno;
    throw error;
  }
}
