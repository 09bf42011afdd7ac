import { COLON, lineAfter } from "./bytes.ts";

const COMMA = 44;

/**
 * Finds the path of a process in one hierarchy of control groups, in `/proc/PID/cgroup`. Each of its
 * lines is `number:controllers:path`.
 *
 * @param text The file.
 * @param length How many bytes it has.
 * @param controller One of the hierarchy's controllers; none for the unified hierarchy, whose number
 * is 0.
 * @param span Where the path starts and ends goes here.
 * @returns Whether there is a line of that hierarchy.
 */
export function parseCgroup(
  text: Uint8Array,
  length: number,
  controller: Uint8Array,
  span: Int32Array,
): boolean {
  for (let at = 0; at < length;) {
    let number = at;
    while (number < length && text[number] !== COLON) number++;
    let path = number + 1;
    while (path < length && text[path] !== COLON) path++;
    const next = lineAfter(text, path + 1, length);
    if (isOf(text, number + 1, path, controller)) {
      span[0] = path + 1;
      span[1] = next - 1;
      return true;
    }
    at = next;
  }
  return false;
}

/** True if a list with commas between has the item; the empty list has only the empty item. */
function isOf(text: Uint8Array, start: number, end: number, item: Uint8Array): boolean {
  for (let at = start; at <= end; at++) {
    let same = 0;
    while (same < item.length && text[at + same] === item[same]) same++;
    at += same;
    if (same === item.length && (at === end || text[at] === COMMA)) return true;
    while (at < end && text[at] !== COMMA) at++;
  }
  return false;
}

/** What the kernel puts behind the path of a control group that was removed. */
const REMOVED = " (deleted)";

/**
 * The path of a process in each hierarchy of `/proc/PID/cgroup`, by the controllers of the hierarchy;
 * the unified one has the empty list.
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
