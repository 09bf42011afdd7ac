import { ERRNO } from "../../system/errors.ts";
import { NEWLINE } from "../parse/bytes.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import { openProcessCalls } from "../sys/process.ts";
import { stripPriorities } from "../parse/kernel_log.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

const SYSLOG_ACTION_READ_ALL = 3;
const SYSLOG_ACTION_SIZE_BUFFER = 10;
/** More than the size of the longest record with the prefixes of its lines, in bytes. */
const RECORD = 8192;
/** The number of bytes that may follow the text: a newline if it does not end in one, and a NUL. */
const END = 2;
/** The maximum size of the text, in bytes: the kernel takes the size as an `int`. */
const MOST = 1 << 30;

/**
 * Answers `PROC_INFO_CALL_KERNMSGBUF` as XNU does. The answer is the text without the priorities of
 * its lines, followed by a newline and a NUL. If it does not fit, the buffer gets its last bytes.
 */
export function kernMsgBuf({ fs, libc }: World): Call {
  const calls = openProcessCalls(libc.more);

  /** Returns the whole log with room for its end, or a negated errno. */
  function read(size: number): { text: Uint8Array; length: number } | DarwinAnswer {
    // The kernel reports the size of the text as it is stored, without the prefixes.
    for (let room = size * 2 + RECORD;; room *= 2) {
      const text = new Uint8Array(new ArrayBuffer(room + END));
      const length = calls.klogctl(SYSLOG_ACTION_READ_ALL, text, room);
      if (length < 0) return toDarwin(length);
      // The kernel omits whole records that do not fit, the oldest first.
      if (length + RECORD < room || room >= MOST) return { text, length };
    }
  }

  return (_pid, _flavor, _arg, buffer) => {
    if (!fs.mounted) return -ERRNO.ENOTSUP;
    const size = calls.klogctl(SYSLOG_ACTION_SIZE_BUFFER, null, 0);
    if (size < 0) return toDarwin(size);
    if (buffer === null || buffer.byteLength === 0) return 0;
    const log = read(size);
    if (typeof log === "number") return log;
    const { text } = log;
    let length = stripPriorities(text, log.length);
    if (text[length - 1] !== NEWLINE) text[length++] = NEWLINE;
    text[length++] = 0;
    const written = Math.min(length, buffer.byteLength);
    buffer.set(text.subarray(length - written, length));
    return written;
  };
}
