import { ERRNO, SystemCallError } from "../../system/errors.ts";
import { type ContainerRuntime, type GroupNames, groupNamesIn } from "../containers.ts";
import type { FieldGroup, Look } from "./field.ts";

/** The control group of a process. Linux only; every user may read it, also of zombies. */
export interface CgroupFields {
  /**
   * The path in the unified hierarchy; with cgroup v1 alone, the longest of its paths. It starts at the
   * root of the caller's cgroup namespace: within a container the groups above it are not shown.
   */
  readonly cgroup: string | undefined;
  /**
   * The id of the container, 64 hexadecimal digits as a rule; of lxc, Incus, LXD, libvirt and
   * systemd-nspawn the name. Undefined if no path names one.
   */
  readonly containerId: string | undefined;
  /** The runtime of the container; undefined if the path does not show it. */
  readonly containerRuntime: ContainerRuntime | undefined;
  /** The UID of the Kubernetes pod, or the id of the Podman pod; undefined if no path names one. */
  readonly podId: string | undefined;
  /**
   * The unit of systemd, as in `ssh.service`: that of the user's manager if there is one. Undefined if the
   * path names none.
   */
  readonly systemdUnit: string | undefined;
  /** The innermost slice of systemd that the unit is in, as in `system.slice`. */
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
  asksSystem: true,
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

/** The control groups of a process, and what they name; or a negated errno. */
export function groupNamesOf({ pid, system }: Pick<Look, "pid" | "system">): GroupNames | number {
  try {
    const paths = system.controlGroups(pid);
    return Object.keys(paths).length === 0 ? -ERRNO.ENOTSUP : groupNamesIn(paths);
  } catch (error) {
    if (error instanceof SystemCallError) return -error.errno;
    throw error;
  }
}
