import { shown } from "../system/arguments.ts";
/**
 * How the answers of `__proc_info()` are read and decoded: one small function for each form
 * that XNU has of filling a buffer.
 *
 * @module
 */
import { ERRNO, ProcInfoError, SystemCallError } from "../system/errors.ts";
import { type Kernel, ret } from "../system/kernel.ts";
import { type Block, block } from "../layout/block.ts";
import type { Struct } from "../layout/struct.ts";

/** Makes one call with a buffer, or with null for its size; a negative answer has been thrown. */
export type Ask = (buffer: Uint8Array | null) => number;

/**
 * A query of a kernel that can be repeated.
 *
 * @param input What the call reads, where the reply brings no buffer to write to.
 */
export function asking(
  kernel: Kernel,
  callnum: number,
  pid: number,
  flavor: number,
  arg: bigint,
  input: Uint8Array | null = null,
): Ask {
  // A flavor of -0 is 0, as it is in the tables.
  const flavor32 = flavor | 0;
  return (buffer) =>
    ret(kernel.procInfo(callnum, pid, flavor32, arg, buffer ?? input), callnum, pid, flavor32);
}

/** What the number that a flavor returns stands for. */
export type Returns =
  /** Bytes that were written. */
  | "bytes"
  /** Rows that there are, also when fewer fit. */
  | "count"
  /** Nothing: it is 0. */
  | "zero"
  /** The signal that was sent. */
  | "signal"
  /** The answer itself. */
  | "answer";

/** How one flavor is called, and the result for its caller. */
export interface Reply<T> {
  /** What the number that the call returns stands for. */
  readonly returns: Returns;
  /** Calls as often as necessary, and decodes. */
  readonly read: (ask: Ask) => T;
}

/** Thrown where the kernel wrote less of a struct than the struct has. */
export class ShortAnswerError extends Error {
  /** `"ShortAnswerError"`. */
  override readonly name = "ShortAnswerError";
  /** The struct's size in bytes. */
  readonly expected: number;
  /** How many bytes of it the kernel wrote. */
  readonly actual: number;

  /** Makes the error for a struct of a name. */
  constructor(name: string, expected: number, actual: number) {
    super(`Cannot decode struct ${name} as it takes ${expected} bytes: the kernel wrote ${actual}`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** A struct, whole. */
export function whole<T extends object>(type: Struct<T>): Reply<T> {
  let scratch: Block | undefined;
  return {
    returns: "bytes",
    read(ask) {
      scratch ??= block(type.size);
      const written = ask(scratch.bytes);
      if (written !== type.size) throw new ShortAnswerError(type.name, type.size, written);
      return type.decodeBlock(scratch, 0);
    },
  };
}

/** A struct, or null where the call succeeds and writes nothing. */
export function wholeOrNone<T extends object>(type: Struct<T>): Reply<T | null> {
  const { read } = whole(type);
  return {
    returns: "bytes",
    read(ask) {
      let none = false;
      const value = read((buffer) => {
        const written = ask(buffer);
        none = written === 0;
        return none ? type.size : written;
      });
      return none ? null : value;
    },
  };
}

/** A struct that the call fills while it returns 0. */
export function silent<T extends object>(type: Struct<T>): Reply<T> {
  const { read } = whole(type);
  return {
    returns: "zero",
    read: (ask) => read((buffer) => ask(buffer) === 0 ? type.size : 0),
  };
}

/** Nothing: the call does something and returns 0. */
export const done: Reply<void> = {
  returns: "zero",
  read(ask) {
    ask(null);
  },
};

/** The number of the signal that was sent. */
export const signal: Reply<number> = { returns: "signal", read: (ask) => ask(null) };

/** The number that the call returns. */
export const answer: Reply<number> = { returns: "answer", read: (ask) => ask(null) };

/** Bytes of a fixed number. */
export function bytes(name: string, size: number): Reply<Uint8Array> {
  return {
    returns: "bytes",
    read(ask) {
      const { bytes } = block(size);
      const written = ask(bytes);
      if (written !== size) throw new ShortAnswerError(name, size, written);
      return bytes;
    },
  };
}

/** A 32-bit number. */
export const word: Reply<number> = {
  returns: "bytes",
  read(ask) {
    const { bytes, view } = block(4);
    const written = ask(bytes);
    if (written !== 4) throw new ShortAnswerError("uint32_t", 4, written);
    return view.getUint32(0, true);
  },
};

/** How the rows of a list are decoded, from bytes that hold whole rows. */
export interface Rows<T> {
  /** The size of a row in bytes. */
  readonly size: number;
  /** Decodes all the rows. */
  readonly decode: (bytes: Uint8Array) => T;
}

/** Rows that are structs. */
export function rowsOf<T extends object>(type: Struct<T>): Rows<T[]> {
  return { size: type.size, decode: (bytes) => type.decodeAll(bytes) };
}

/** Rows that are 64-bit numbers. */
export const words64: Rows<BigUint64Array> = {
  size: 8,
  decode: (bytes) => new BigUint64Array(bytes.slice().buffer),
};

/** Room for rows that come up between the call that sizes and the call that fills. */
const SLACK = 16;

/** A list that reports its size, and is cut without an error when it has grown. */
export function list<T>({ size, decode }: Rows<T>): Reply<T> {
  return {
    returns: "bytes",
    read: (ask) => grow(ask, ask(null) + SLACK * size, size, decode),
  };
}

/** The number of rows with room at first, if the kernel does not report their number. */
const UNSIZED = 512;

/** A list that does not report its size. */
export function unsizedList<T>({ size, decode }: Rows<T>): Reply<T> {
  return { returns: "bytes", read: (ask) => grow(ask, UNSIZED * size, size, decode) };
}

/** Refuses an answer of more bytes than were there to be written: more room would not mend it. */
export function fitting(written: number, { byteLength }: Uint8Array): number {
  if (written <= byteLength) return written;
  throw new SystemCallError(
    `read an answer of ${written} bytes in a buffer of ${byteLength}`,
    "__proc_info",
    ERRNO.EIO,
  );
}

/** Calls with more room until the answer leaves room for one more row. */
function grow<T>(ask: Ask, room: number, size: number, decode: (bytes: Uint8Array) => T): T {
  for (;; room *= 2) {
    const bytes = new Uint8Array(new ArrayBuffer(room));
    const written = fitting(ask(bytes), bytes);
    if (written + size <= room) return decode(bytes.subarray(0, written - written % size));
  }
}

/**
 * A list whose call returns how many rows there are, also when fewer fit.
 *
 * @param most The kernel writes no more rows than this, however many it counts.
 * @param none The buffer that queries the count alone: null, or an empty one if null is an error.
 */
export function countedList<T>(
  { size, decode }: Rows<T>,
  most: number,
  none: Uint8Array | null = null,
): Reply<T> {
  return {
    returns: "count",
    read(ask) {
      for (let room = ask(none) + SLACK;; room *= 2) {
        const bytes = new Uint8Array(new ArrayBuffer(Math.min(room, most) * size));
        const count = ask(bytes);
        if (count <= room || room >= most) {
          // Not past the end of what was written: subarray() does not.
          return decode(bytes.subarray(0, count * size));
        }
      }
    },
  };
}

/** A list that fails with `ENOMEM` until it fits, and returns how many rows it wrote. */
export function fittingList<T>({ size, decode }: Rows<T>, rows: number): Reply<T> {
  return {
    returns: "count",
    read(ask) {
      for (let room = rows;; room *= 2) {
        const bytes = new Uint8Array(new ArrayBuffer(room * size));
        try {
          return decode(bytes.subarray(0, Math.min(ask(bytes), room) * size));
        } catch (error) {
          const full = error instanceof ProcInfoError && error.errno === ERRNO.ENOMEM;
          if (!full || room >= rows * 1024) throw error;
        }
      }
    },
  };
}

/** A struct with a flexible array behind it, cut without a word where the buffer ends. */
export function flexible<T extends object>(
  type: Struct<T>,
  guess: number,
  isWhole: (value: T) => boolean,
): Reply<T> {
  return {
    returns: "bytes",
    read(ask) {
      for (let room = guess;; room *= 2) {
        const bytes = new Uint8Array(new ArrayBuffer(room));
        const written = fitting(ask(bytes), bytes);
        if (written < type.size) throw new ShortAnswerError(type.name, type.size, written);
        const value = type.decode(bytes.subarray(0, written));
        if (isWhole(value) || written < room) return value;
      }
    },
  };
}

/** Text that ends in a NUL, in a buffer of a fixed size, while the call returns 0. */
export function text(room: number): Reply<string> {
  return {
    returns: "zero",
    read(ask) {
      const bytes = new Uint8Array(new ArrayBuffer(room));
      ask(bytes);
      return decodeText(bytes);
    },
  };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text up to the first NUL, bytes that are not UTF-8 as U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Text without the NUL that ends it, bytes that are not UTF-8 as U+FFFD. */
export function decodeTerminated(bytes: Uint8Array): string {
  return decoder.decode(bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes);
}

/** Calls up to `tries` times while the call fails with an error that also means "busy at present". */
export function retried<T>({ returns, read }: Reply<T>, errno: number, tries: number): Reply<T> {
  return {
    returns,
    read(ask) {
      for (let left = tries - 1;; left--) {
        try {
          return read(ask);
        } catch (error) {
          if (left === 0 || !(error instanceof ProcInfoError && error.errno === errno)) throw error;
        }
      }
    },
  };
}

/** The reply of a flavor, or a `RangeError` for a number that has none. */
export function replyOf<R extends object, F extends keyof R>(replies: R, flavor: F): R[F] {
  if (typeof flavor === "number" && Object.hasOwn(replies, flavor)) return replies[flavor];
  throw new RangeError(
    `Cannot pass flavor as it must be one of ${Object.keys(replies).join(", ")}: ` +
      `current value is ${shown(flavor)}`,
  );
}
