import type { Confinement } from "../system/details.ts";
import { AccessDeniedError, NotSupportedError } from "./errors.ts";
import { known } from "./known.ts";
import type { Life } from "./life.ts";

/** What runs containers. */
export type ContainerRuntime = "docker" | "containerd" | "podman" | "cri-o";

/** The control groups of a process. */
export interface ControlGroups {
  /** The path of each hierarchy by its controllers, as in `"cpu,cpuacct"`; `""` for cgroup v2. */
  readonly paths: Readonly<Record<string, string>>;
  /** The id of the container that it is in, 64 hexadecimal digits; left out where no path names one. */
  readonly containerId?: string;
  /** What runs that container, where the path tells. */
  readonly containerRuntime?: ContainerRuntime;
}

/** The namespaces of a process. */
export interface ProcessNamespaces {
  /** The inode of each by its kind, as in `pid` and `net`: processes that share one have the same. */
  readonly inodes: Readonly<Record<string, bigint>>;
  /** Its process id in each process namespace that it is in, the outermost that we see first. */
  readonly pids?: readonly number[];
}

/** Reads the control groups of a process, also of a zombie. */
export function controlGroupsOf(life: Life): ControlGroups {
  const { controlGroups: paths } = confinementOf(
    "read the control groups of",
    "controlGroups",
    life,
  );
  const container = Object.values(paths).map(containerIn).find((found) => found !== undefined);
  return known<ControlGroups>({
    paths,
    containerId: container?.id,
    containerRuntime: container?.runtime,
  });
}

/** Reads the namespaces of a process. */
export function namespacesOf(life: Life): ProcessNamespaces {
  const { namespaces, namespacePids } = confinementOf("read the namespaces of", "namespaces", life);
  return known<ProcessNamespaces>({ inodes: namespaces, pids: namespacePids });
}

type With<N extends keyof Confinement> = Confinement & Required<Pick<Confinement, N>>;

function has<N extends keyof Confinement>(found: Confinement, name: N): found is With<N> {
  return found[name] !== undefined;
}

/** Asks for what shuts a process in; it is an error if a certain part of it is missing. */
function confinementOf<N extends keyof Confinement>(doing: string, name: N, life: Life): With<N> {
  const { pid, source: { host } } = life;
  const found = life.present(doing, () => host.confinement(pid));
  if (has(found, name)) return found;
  // A zombie may have lost it.
  life.living(doing, () => undefined);
  // What the caller is told of itself, the system has: of others it refuses it.
  const own = life.about(doing, () => host.confinement(host.pid()));
  throw has(own, name) ? new AccessDeniedError(doing, pid) : new NotSupportedError(doing, pid);
}

/** The prefixes that runtimes put before the id of a container, without and with systemd. */
const RUNTIMES: Readonly<Record<string, ContainerRuntime>> = {
  "docker": "docker",
  "cri-containerd": "containerd",
  "nerdctl": "containerd",
  "libpod": "podman",
  "crio": "cri-o",
};

const ID = /^(?:([a-z-]+)-)?([0-9a-f]{64})(?:\.scope)?$/;

/** The innermost container that the path of a control group names. */
export function containerIn(
  path: string,
): { readonly id: string; readonly runtime: ContainerRuntime | undefined } | undefined {
  const names = path.split(/[/:]/);
  for (let i = names.length - 1; i >= 0; i--) {
    const [, prefix, id] = ID.exec(names[i]!) ?? [];
    // The group of the program that watches over a container is outside of it.
    if (id === undefined || prefix?.endsWith("conmon")) continue;
    return { id, runtime: RUNTIMES[prefix ?? names[i - 1] ?? ""] };
  }
  return undefined;
}
