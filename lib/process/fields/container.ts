import { SystemCallError } from "../../system/errors.ts";
import { containerIn, type ContainerRuntime } from "../containers.ts";
import type { FieldGroup } from "./field.ts";

/** The control group of a process. Linux only; every user may read it, also of zombies. */
export interface CgroupFields {
  /** The path in the unified hierarchy; with cgroup v1 alone, the longest of its paths. */
  readonly cgroup: string | undefined;
  /** The id of the container, 64 hexadecimal digits; undefined if no path names one. */
  readonly containerId: string | undefined;
  /** The runtime of that container; undefined if the path does not show it. */
  readonly containerRuntime: ContainerRuntime | undefined;
}

/** The control group of a process. */
export const group: FieldGroup<CgroupFields> = {
  fields: {
    cgroup: { kind: "text", title: "CGROUP" },
    containerId: { kind: "text", title: "CONTAINER", alias: "container" },
    containerRuntime: { kind: "text", title: "RUNTIME" },
  },
  apart: true,
  ofZombies: true,
  read({ pid, system, texts }, columns, row) {
    try {
      const groups = system.controlGroups(pid);
      const paths = Object.values(groups);
      const cgroup = groups[""] ?? paths.sort((a, b) => b.length - a.length)[0];
      const container = paths.map(containerIn).find((found) => found !== undefined);
      const text = (value: string | undefined) => value === undefined ? 0 : texts.constant(value);
      columns.cgroup[row] = text(cgroup);
      columns.containerId[row] = text(container?.id);
      columns.containerRuntime[row] = text(container?.runtime);
      return 0;
    } catch (error) {
      if (error instanceof SystemCallError) return -error.errno;
      throw error;
    }
  },
};
