const decoder = new TextDecoder();

/** What the kernel puts behind the path of a control group that was removed. */
const REMOVED = " (deleted)";

/**
 * The path of a process in each hierarchy of `/proc/PID/cgroup`, by the controllers of the hierarchy;
 * those of the unified one are none.
 *
 * @param isZombie Whether the process is a zombie: no other stays in a control group that is removed.
 */
export function parseControlGroups(text: string, isZombie: boolean): Record<string, string> {
  const groups: [string, string][] = [];
  for (const line of text.split("\n")) {
    // A path may hold colons; the names of controllers and hierarchies hold none.
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const removed = isZombie && path.endsWith(REMOVED);
    groups.push([controllers, removed ? path.slice(0, -REMOVED.length) : path]);
  }
  return Object.fromEntries(groups);
}

/** The numbers of a line of `/proc/PID/status`, as in `NStgid`. */
export function parseNumbers(value: string): number[] {
  return value.split(/\s+/).filter((number) => number !== "").map(Number);
}

/** The text of `/proc/PID/attr/current`, without the NUL or the newline that some modules add. */
export function parseLabel(text: Uint8Array, length: number): string {
  let end = length;
  while (end > 0 && (text[end - 1] === 0 || text[end - 1] === 10)) end--;
  return decoder.decode(text.subarray(0, end));
}
