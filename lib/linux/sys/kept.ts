import type { Symbols } from "../../../ffi/adapter.ts";
import { block } from "../../layout/block.ts";
import { wordOffsetsOf, wordsOf } from "../../layout/words.ts";
import type { LinuxAnswer } from "./errno.ts";
import type { More } from "./libc.ts";
import { RLIMIT, rlimit } from "./limits.ts";

const KEPT = {
  /** `ssize_t pread(int fd, void *to, size_t n, off_t from)` */
  pread: { parameters: ["i32", "buffer", "u64", "i64"], result: "i32" },
  /** `int statx(int dir, const char *path, int flags, unsigned mask, struct statx *to)` */
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  /** `int getrlimit(int resource, struct rlimit *to)` */
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
} as const;

const AT_EMPTY_PATH = 0x1000;
const EMPTY_PATH = new Uint8Array(new ArrayBuffer(1));
const TWO_32 = 2 ** 32;

/**
 * Functions that read files and directories that stay open. They return the negated errno if C
 * fails.
 */
export interface KeptCalls {
  /**
   * Reads up to `size` bytes from the start of a file. `size` is a bigint of at most the buffer's
   * length.
   */
  pread(fd: number, to: Uint8Array, size: bigint): LinuxAnswer;
  /** Fills the `struct statx` of a file or directory. */
  statx(fd: number, mask: number, to: Uint8Array): LinuxAnswer;
  /** Returns the number of descriptors that this process may have open. */
  descriptorLimit(): LinuxAnswer;
}

const opened = new WeakMap<More, KeptCalls>();

/**
 * Binds the functions of {@linkcode KeptCalls}. Binding is slow, so it is done once for a library.
 */
export function openKeptCalls(more: More): KeptCalls {
  let calls = opened.get(more);
  if (calls === undefined) opened.set(more, calls = bindKeptCalls(more));
  return calls;
}

function bindKeptCalls({ library, memmove, location }: More): KeptCalls {
  const { pread, statx, getrlimit }: Symbols<typeof KEPT> = library.bind(KEPT);
  const errno = new Int32Array(new ArrayBuffer(4));
  const limit = block(rlimit.size);
  const words = wordsOf(limit);
  const { rlim_cur } = wordOffsetsOf(rlimit);
  // As in libc.ts, nothing runs between a call and the copy of its errno.
  return {
    pread(fd, to, size) {
      const answer = pread(fd, to, size, 0n);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    statx(fd, mask, to) {
      const answer = statx(fd, EMPTY_PATH, AT_EMPTY_PATH, mask, to);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    descriptorLimit() {
      const answer = getrlimit(RLIMIT.nofile, limit.bytes);
      if (answer >= 0) return words[rlim_cur]! + words[rlim_cur + 1]! * TWO_32;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
  };
}
