import { decodeText } from "./texts.ts";

/** The programs that run containers. */
export type ContainerRuntime =
  | "docker"
  | "containerd"
  | "podman"
  | "cri-o"
  | "lxc"
  | "libvirt-lxc"
  | "systemd-nspawn"
  | "garden";

/** A container that the path of a control group names. */
export interface Container {
  /** The id of the container. For lxc, Incus, LXD, libvirt and systemd-nspawn, the name. */
  readonly id: string;
  /** The program that runs the container; undefined if the path does not show it. */
  readonly runtime: ContainerRuntime | undefined;
}

/** The runtimes, by the prefix of the id of a container or by the name of the group above it. */
const RUNTIMES: Readonly<Record<string, ContainerRuntime>> = {
  "docker": "docker",
  "cri-containerd": "containerd",
  "k8s.io": "containerd",
  "nerdctl": "containerd",
  "libpod": "podman",
  "libpod-payload": "podman",
  "crio": "cri-o",
};

const ID = /^(?:([a-z-]+)-)?([0-9a-f]{64})(?:\.scope)?$/;
/** A container of AWS Fargate: the id of its task, and a number. */
const FARGATE_ID = /^[0-9a-f]{32}-\d+$/;
const GARDEN_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){4}$/;
const LXC = /^lxc\.payload\.(.+)$/;
/**
 * The groups of lxc whose child groups have the plain names of containers. `lxc.monitor` is not
 * among them, as it contains lxc's own process.
 */
const LXC_GROUPS: ReadonlySet<string | undefined> = new Set(["lxc", "lxc.payload"]);
const LIBVIRT = /^(.+)\.libvirt-lxc$/;
const LIBVIRT_MACHINE = /^lxc-\d+-(.+)$/;
const NSPAWN = /^systemd-nspawn@(.+)\.service$/;
const MACHINE = /^machine-(.+)\.scope$/;
const VIRTUAL_MACHINE = /^qemu-\d+-/;
/** The group of the process that supervises a container of systemd-nspawn. */
const SUPERVISOR = "supervisor";

/**
 * Returns the innermost container that the path of a control group names; undefined if it names
 * none.
 */
export function containerIn(path: string): Container | undefined {
  const names = path.split(/[/:]/);
  for (let i = names.length - 1; i >= 0; i--) {
    const found = containerAt(names, i);
    if (found !== undefined) return found;
  }
  return undefined;
}

function containerAt(names: readonly string[], at: number): Container | undefined {
  const name = names[at]!, above = names[at - 1];
  const [, prefix, id] = ID.exec(name) ?? [];
  if (id !== undefined) {
    // The group of the program that monitors a container is outside the container.
    return prefix?.endsWith("conmon")
      ? undefined
      : { id, runtime: RUNTIMES[prefix ?? above ?? ""] };
  }
  if (FARGATE_ID.test(name) && names[at - 2] === "ecs") return { id: name, runtime: undefined };
  if (GARDEN_ID.test(name)) return { id: name, runtime: "garden" };
  const payload = LXC.exec(name)?.[1] ?? (name !== "" && LXC_GROUPS.has(above) ? name : undefined);
  if (payload !== undefined) {
    return { id: payload, runtime: names[at - 2] === "libvirt" ? "libvirt-lxc" : "lxc" };
  }
  const libvirt = LIBVIRT.exec(name)?.[1];
  if (libvirt !== undefined) return { id: libvirt, runtime: "libvirt-lxc" };
  if (names[at + 1] === SUPERVISOR) return undefined;
  const machine = unescapeUnit((NSPAWN.exec(name) ?? MACHINE.exec(name))?.[1] ?? "");
  if (machine === "" || VIRTUAL_MACHINE.test(machine)) return undefined;
  const domain = LIBVIRT_MACHINE.exec(machine)?.[1];
  return domain === undefined
    ? { id: machine, runtime: "systemd-nspawn" }
    : { id: domain, runtime: "libvirt-lxc" };
}

/** Decodes the escapes in a part of the name of a systemd unit, such as `\x2d`. */
function unescapeUnit(part: string): string {
  return part.replaceAll(/(?:\\x[0-9a-f]{2})+/g, (escapes) => {
    const bytes = escapes.slice(2).split("\\x").map((digits) => parseInt(digits, 16));
    return decodeText(Uint8Array.from(bytes));
  });
}

const POD =
  /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
const PODMAN_POD = /-libpod_pod_([0-9a-f]{64})\.slice$/;

/**
 * Returns the id of the innermost pod that the path of a control group names; undefined if it names
 * none.
 */
export function podIn(path: string): string | undefined {
  for (const name of path.split(/[/:]/).reverse()) {
    const pod = POD.exec(name)?.[1]?.replaceAll("_", "-") ?? PODMAN_POD.exec(name)?.[1];
    if (pod !== undefined) return pod;
  }
  return undefined;
}

/** The systemd names in the path of a control group. */
export interface SystemdNames {
  /** The unit of the user's service manager; the unit of the system if there is no such manager. */
  readonly unit: string | undefined;
  /** The innermost slice that contains the unit. */
  readonly slice: string | undefined;
}

const UNIT = /^.+\.(?:service|scope|socket|mount|swap)$/;
const SLICE = /^.+\.slice$/;
const USER_MANAGER = /^user@\d+\.service$/;

/** Returns the unit and the slice that the path of a control group names. */
export function systemdNamesIn(path: string): SystemdNames {
  let unit: string | undefined, slice: string | undefined;
  for (const part of path.split("/").slice(1)) {
    // systemd prepends `_` to a name that could conflict with a file of the kernel.
    const name = part.replace(/^_/, "");
    if (SLICE.test(name) && (unit === undefined || USER_MANAGER.test(unit))) slice = name;
    else if (UNIT.test(name) && (unit === undefined || USER_MANAGER.test(unit))) unit = name;
    else break;
  }
  return { unit, slice };
}

/** The names in the paths of the control groups of a process. */
export interface GroupNames extends SystemdNames {
  /** The path of each hierarchy. */
  readonly paths: readonly string[];
  /** The path in the unified hierarchy; with cgroup v1 alone, the longest path. */
  readonly path: string | undefined;
  /** The innermost container. */
  readonly container: Container | undefined;
  /** The id of the innermost pod. */
  readonly pod: string | undefined;
}

/** Returns the names in the control group paths of a process, which are keyed by controllers. */
export function groupNamesIn(groups: Readonly<Record<string, string>>): GroupNames {
  const paths = Object.values(groups);
  const first = <T>(find: (path: string) => T | undefined): T | undefined => {
    for (const path of paths) {
      const found = find(path);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    paths,
    path: groups[""] ?? paths.toSorted((a, b) => b.length - a.length)[0],
    container: first(containerIn),
    pod: first(podIn),
    ...systemdNamesIn(groups["name=systemd"] ?? groups[""] ?? ""),
  };
}
