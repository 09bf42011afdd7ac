import { NEWLINE } from "./bytes.ts";

const LESS = 60;
const GREATER = 62;

/**
 * Takes the priority, as in `<6>`, from the start of each line of the kernel's log.
 *
 * @param text The log, which is changed.
 * @param length How many bytes it has.
 * @returns How many it has now.
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
