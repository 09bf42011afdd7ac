const CONTINUATION = 0x80;
const CONTINUATION_MASK = 0xc0;
/** The number of bytes of the longest UTF-8 character. */
const LONGEST = 4;

/**
 * Returns the end of text that was cut at `end`, without an incomplete UTF-8 character at the end.
 *
 * @param bytes The text.
 * @param start The start of the text.
 * @param end The place at which the text was cut.
 */
export function wholeEnd(bytes: Uint8Array, start: number, end: number): number {
  const least = Math.max(start, end - LONGEST);
  for (let at = end - 1; at >= least; at--) {
    if ((bytes[at]! & CONTINUATION_MASK) === CONTINUATION) continue;
    return at + sizeAfter(bytes[at]!) > end ? at : end;
  }
  return end;
}

/**
 * Returns the number of bytes of a character that starts with `first`; 1 for a byte that starts no
 * character.
 */
function sizeAfter(first: number): number {
  if (first < 0xc2) return 1;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 1;
}
