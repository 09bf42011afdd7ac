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

/** A container, as the path of a control group names it. */
export interface Container {
  /** Its id; the name of one of lxc, Incus, LXD, libvirt or systemd-nspawn. */
  readonly id: string;
  /** The program that runs it; undefined if the path does not show it. */
  readonly runtime: ContainerRuntime | undefined;
}

/** The names that runtimes put before the id of a container, and the groups that they put it in. */
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
/** A task of AWS Fargate, and a container in it. */
const FARGATE_ID = /^[0-9a-f]{32}-\d+$/;
const GARDEN_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){4}$/;
const LXC = /^lxc\.payload\.(.+)$/;
/** The groups that lxc puts containers in without their names: `lxc.monitor` is that of its own program. */
const LXC_GROUPS: ReadonlySet<string | undefined> = new Set(["lxc", "lxc.payload"]);
const LIBVIRT = /^(.+)\.libvirt-lxc$/;
const LIBVIRT_MACHINE = /^lxc-\d+-(.+)$/;
const NSPAWN = /^systemd-nspawn@(.+)\.service$/;
const MACHINE = /^machine-(.+)\.scope$/;
const VIRTUAL_MACHINE = /^qemu-\d+-/;
/** The group of the program that watches over a container of systemd-nspawn. */
const SUPERVISOR = "supervisor";

/** The innermost container that the path of a control group names; undefined if it names none. */
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
    // The group of the program that watches over a container is outside of it.
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

/** A part of the name of a unit, in which systemd writes other characters as in `\x2d`. */
function unescapeUnit(part: string): string {
  return part.replaceAll(/(?:\\x[0-9a-f]{2})+/g, (escapes) => {
    const bytes = escapes.slice(2).split("\\x").map((digits) => parseInt(digits, 16));
    return decodeText(Uint8Array.from(bytes));
  });
}

const POD =
  /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
const PODMAN_POD = /-libpod_pod_([0-9a-f]{64})\.slice$/;

/** The id of the innermost pod that the path of a control group names; undefined if it names none. */
export function podIn(path: string): string | undefined {
  for (const name of path.split(/[/:]/).reverse()) {
    const pod = POD.exec(name)?.[1]?.replaceAll("_", "-") ?? PODMAN_POD.exec(name)?.[1];
    if (pod !== undefined) return pod;
  }
  return undefined;
}

/** What systemd calls the group of a process. */
export interface SystemdNames {
  /** Its unit: of the user's manager if that has one, or else of the system's. */
  readonly unit: string | undefined;
  /** The innermost slice that the unit is in. */
  readonly slice: string | undefined;
}

const UNIT = /^.+\.(?:service|scope|socket|mount|swap)$/;
const SLICE = /^.+\.slice$/;
const USER_MANAGER = /^user@\d+\.service$/;

/** The unit and the slice that the path of a control group names. */
export function systemdNamesIn(path: string): SystemdNames {
  let unit: string | undefined, slice: string | undefined;
  for (const part of path.split("/").slice(1)) {
    // systemd puts a _ before a name that could conflict with a file of the kernel.
    const name = part.replace(/^_/, "");
    if (SLICE.test(name) && (unit === undefined || USER_MANAGER.test(unit))) slice = name;
    else if (UNIT.test(name) && (unit === undefined || USER_MANAGER.test(unit))) unit = name;
    else break;
  }
  return { unit, slice };
}

/** What the control groups of a process name. */
export interface GroupNames extends SystemdNames {
  /** The path of each hierarchy. */
  readonly paths: readonly string[];
  /** The path in the unified hierarchy; with cgroup v1 alone, the longest of its paths. */
  readonly path: string | undefined;
  /** The innermost container. */
  readonly container: Container | undefined;
  /** The id of the innermost pod. */
  readonly pod: string | undefined;
}

/** The names in the paths of a process, which are by the controllers of their hierarchies. */
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
