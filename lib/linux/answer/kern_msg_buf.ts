import { ERRNO } from "../../system/errors.ts";
import { NEWLINE } from "../parse/bytes.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import { openProcessCalls } from "../sys/process.ts";
import { stripPriorities } from "../parse/kernel_log.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

const SYSLOG_ACTION_READ_ALL = 3;
const SYSLOG_ACTION_SIZE_BUFFER = 10;
/** More than the longest record, each of whose lines has a prefix. */
const RECORD = 8192;
/** What is put behind the text: a newline if it does not end in one, and a NUL. */
const END = 2;
/** The kernel takes the size as an `int`. */
const MOST = 1 << 30;

/**
 * Answers `PROC_INFO_CALL_KERNMSGBUF` as XNU does: the text without the priorities before its lines, a
 * newline and a NUL behind it, and of all that as many of the last bytes as fit.
 */
export function kernMsgBuf({ fs, libc }: World): Call {
  const calls = openProcessCalls(libc.more);

  /** The whole log and room for its end, or a negated errno. */
  function read(size: number): { text: Uint8Array; length: number } | DarwinAnswer {
    // What is reported is the size of the text as the kernel keeps it, without the prefixes.
    for (let room = size * 2 + RECORD;; room *= 2) {
      const text = new Uint8Array(new ArrayBuffer(room + END));
      const length = calls.klogctl(SYSLOG_ACTION_READ_ALL, text, room);
      if (length < 0) return toDarwin(length);
      // Whole records are left out where they do not fit, the oldest first.
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
