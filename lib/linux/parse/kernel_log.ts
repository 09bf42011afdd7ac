import { NEWLINE } from "./bytes.ts";

const LESS = 60;
const GREATER = 62;

/**
 * Removes the priority, such as `<6>`, from the start of each line of the kernel's log.
 *
 * @param text The log, which is modified.
 * @param length The length of the log, in bytes.
 * @returns The new length of the log.
 */
export function stripPriorities(text: Uint8Array, length: number): number {
  let to = 0;
  for (let at = 0; at < length;) {
    if (text[at] === LESS) {
      while (at < length && text[at] !== GREATER) at++;
      at++;
    }
    while (at < length) {
      const byte = text[at++]!;
      text[to++] = byte;
      if (byte === NEWLINE) break;
    }
  }
  return to;
}
