const NEWLINE = 10;
const COMMA = 44;
const COLON = 58;

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
    let end = path + 1;
    while (end < length && text[end] !== NEWLINE) end++;
    if (isOf(text, number + 1, path, controller)) {
      span[0] = path + 1;
      span[1] = end;
      return true;
    }
    at = end + 1;
  }
  return false;
}

/** Whether a list with commas between has the item; nothing is in the empty list alone. */
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
