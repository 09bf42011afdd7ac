// struct linux_dirent64: u64 d_ino, i64 d_off, u16 d_reclen, u8 d_type, char d_name[].
const D_RECLEN = 16;
const D_NAME = 19;
const DIGIT_0 = 48;
const DIGIT_9 = 57;

/**
 * Takes the numbers out of the names that `getdents64()` wrote: the process ids in `/proc`.
 *
 * @param entries What was written.
 * @param length How many bytes of it.
 * @param numbers Where the numbers go; it must have room for one in every 24 bytes, the shortest entry.
 * @param count How many it holds already.
 * @returns How many it holds now.
 */
export function parseNumericNames(
  entries: Uint8Array,
  length: number,
  numbers: Int32Array,
  count: number,
): number {
  for (let at = 0; at < length;) {
    const name = at + D_NAME;
    let digit = entries[name]!;
    if (digit > DIGIT_0 && digit <= DIGIT_9) {
      let number = 0;
      for (let i = name; digit >= DIGIT_0 && digit <= DIGIT_9; digit = entries[++i]!) {
        number = number * 10 + digit - DIGIT_0;
      }
      if (digit === 0) numbers[count++] = number;
    }
    at += entries[at + D_RECLEN]! | entries[at + D_RECLEN + 1]! << 8;
  }
  return count;
}
