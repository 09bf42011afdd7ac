const CONTINUATION = 0x80;
const CONTINUATION_MASK = 0xc0;
/** The most bytes of a character of UTF-8. */
const LONGEST = 4;

/**
 * Where text ends that was cut at `end`, without a character of UTF-8 that lacks its last bytes.
 *
 * @param bytes The text.
 * @param start Where it starts.
 * @param end Where it was cut.
 */
export function wholeEnd(bytes: Uint8Array, start: number, end: number): number {
  const least = Math.max(start, end - LONGEST);
  for (let at = end - 1; at >= least; at--) {
    if ((bytes[at]! & CONTINUATION_MASK) === CONTINUATION) continue;
    return at + sizeAfter(bytes[at]!) > end ? at : end;
  }
  return end;
}

/** How many bytes a character has that starts with this one; 1 for a byte that starts none. */
function sizeAfter(first: number): number {
  if (first < 0xc2) return 1;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 1;
}
