/** The programs that run containers. */
export type ContainerRuntime = "docker" | "containerd" | "podman" | "cri-o";

/** The prefixes that runtimes put before the id of a container, without and with systemd. */
const RUNTIMES: Readonly<Record<string, ContainerRuntime>> = {
  "docker": "docker",
  "cri-containerd": "containerd",
  "nerdctl": "containerd",
  "libpod": "podman",
  "crio": "cri-o",
};

const ID = /^(?:([a-z-]+)-)?([0-9a-f]{64})(?:\.scope)?$/;

/** The innermost container that the path of a control group names; undefined if it names none. */
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
