import { COLON, lineAfter } from "./bytes.ts";

const COMMA = 44;

/**
 * Finds the path of a process in one hierarchy of control groups, in `/proc/PID/cgroup`. Each line
 * of the file is `number:controllers:path`.
 *
 * @param text The content of the file.
 * @param length The length of the file, in bytes.
 * @param controller One of the controllers of the hierarchy. It is empty for the unified hierarchy,
 * whose number is 0.
 * @param span Receives the offsets of the start and the end of the path.
 * @returns True if the file has a line of that hierarchy.
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

/** True if a comma-separated list has the item. The empty list has only the empty item. */
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

/** The suffix that the kernel appends to the path of a control group that has been removed. */
const REMOVED = " (deleted)";

/**
 * Returns the path of a process in each hierarchy of `/proc/PID/cgroup`, by the controllers of the
 * hierarchy. The unified hierarchy has the empty list of controllers.
 *
 * @param isZombie Whether the process is a zombie. No other process stays in a control group that
 * is removed.
 */
export function parseControlGroups(text: string, isZombie: boolean): Record<string, string> {
  const groups: [string, string][] = [];
  for (const line of text.split("\n")) {
    // A path can contain colons. The names of controllers and hierarchies cannot.
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const removed = isZombie && path.endsWith(REMOVED);
    groups.push([controllers, removed ? path.slice(0, -REMOVED.length) : path]);
  }
  return Object.fromEntries(groups);
}
