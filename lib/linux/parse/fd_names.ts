// struct linux_dirent64: u64 d_ino, i64 d_off, u16 d_reclen, u8 d_type, char d_name[].
const D_RECLEN = 16;
const D_NAME = 19;
const DIGIT_0 = 48;
const DIGIT_9 = 57;

/**
 * Takes the descriptors out of the names that `getdents64()` wrote for `/proc/PID/fd`, 0 among them.
 *
 * @param entries What was written.
 * @param length How many bytes of it.
 * @param fds Where the descriptors go; it must have room for one in every 24 bytes.
 * @param count How many it holds already.
 * @returns How many it holds now.
 */
export function parseFdNames(
  entries: Uint8Array,
  length: number,
  fds: Int32Array,
  count: number,
): number {
  for (let at = 0; at < length;) {
    const name = at + D_NAME;
    let digit = entries[name]!;
    let fd = 0;
    for (let i = name; digit >= DIGIT_0 && digit <= DIGIT_9; digit = entries[++i]!) {
      fd = fd * 10 + digit - DIGIT_0;
    }
    // What is no number, `.` and `..`, does not end where its digits do.
    if (digit === 0) fds[count++] = fd;
    at += entries[at + D_RECLEN]! | entries[at + D_RECLEN + 1]! << 8;
  }
  return count;
}
