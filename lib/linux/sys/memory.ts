import type { Symbols } from "../../../ffi/adapter.ts";
import { block } from "../../layout/block.ts";
import { getU64 } from "../../layout/offsets.ts";
import { type Libc, READING } from "./libc.ts";

const MEMORY = {
  /** `int __open_2(const char *path, int flags)` */
  __open_2: { parameters: ["buffer", "i32"], result: "i32" },
  /** `ssize_t pread(int fd, void *to, size_t n, off_t offset)` */
  pread: { parameters: ["i32", "buffer", "u64", "i64"], result: "i32" },
  /** `int close(int fd)` */
  close: { parameters: ["i32"], result: "i32" },
} as const;

const WORD_SIZE = 8n;

/** Reads the memory of other processes. */
export interface Memory {
  /**
   * Returns the 64-bit word at an address, from the path of a process's `mem`. Returns undefined if
   * the kernel denies access, or if the word is not a safe integer.
   */
  word(path: Uint8Array, address: bigint): number | undefined;
}

const opened = new WeakMap<Libc["more"], Memory>();

/**
 * Binds the functions that read the memory of other processes. Binding is slow, so it is done once
 * for a library.
 */
export function openMemory(more: Libc["more"]): Memory {
  let memory = opened.get(more);
  if (memory === undefined) opened.set(more, memory = bindMemory(more));
  return memory;
}

function bindMemory({ library }: Libc["more"]): Memory {
  const { __open_2, pread, close }: Symbols<typeof MEMORY> = library.bind(MEMORY);
  const { bytes, view } = block(Number(WORD_SIZE));
  return {
    word(path, address) {
      const fd = __open_2(path, READING);
      if (fd < 0) return undefined;
      const length = pread(fd, bytes, WORD_SIZE, address);
      close(fd);
      const word = length === Number(WORD_SIZE) ? getU64(view, 0) : NaN;
      return Number.isSafeInteger(word) ? word : undefined;
    },
  };
}
