/**
 * Reads and decodes the answers of `__proc_info()`: one small function for each way in which XNU
 * fills a buffer.
 *
 * @module
 */
import { shown } from "../system/arguments.ts";
import { ERRNO, ProcInfoError, SystemCallError } from "../system/errors.ts";
import { type Kernel, ret } from "../system/kernel.ts";
import { type Block, block } from "../layout/block.ts";
import type { Struct } from "../layout/struct.ts";

/** Makes one call with a buffer, or with null to query its size. Throws if the call fails. */
export type Query = (buffer: Uint8Array | null) => number;

/**
 * Returns a function that makes a call with a buffer, and that can be called repeatedly.
 *
 * @param input The buffer that the call reads if the reply does not have one to write to.
 */
export function querying(
  kernel: Kernel,
  callnum: number,
  pid: number,
  flavor: number,
  arg: bigint,
  input: Uint8Array | null = null,
): Query {
  // A flavor of -0 becomes 0, as in the tables.
  const flavor32 = flavor | 0;
  return (buffer) =>
    ret(kernel.procInfo(callnum, pid, flavor32, arg, buffer ?? input), callnum, pid, flavor32);
}

/** The meaning of the number that a flavor returns. */
export type Returns =
  /** The number of bytes written. */
  | "bytes"
  /** The number of existing rows, even if fewer fit in the buffer. */
  | "count"
  /** Always 0. */
  | "zero"
  /** The signal that was sent. */
  | "signal"
  /** The answer itself. */
  | "answer";

/** The way in which one flavor is called and its answer is decoded. */
export interface Reply<T> {
  /** The meaning of the number that the call returns. */
  readonly returns: Returns;
  /** Makes as many calls as necessary, and decodes the answer. */
  readonly read: (query: Query) => T;
}

/** Thrown if the kernel wrote only a part of a struct. */
export class ShortAnswerError extends Error {
  /** `"ShortAnswerError"`. */
  override readonly name = "ShortAnswerError";
  /** The size of the struct, in bytes. */
  readonly expected: number;
  /** The number of bytes that the kernel wrote. */
  readonly actual: number;

  /** Creates the error for the struct `name`. */
  constructor(name: string, expected: number, actual: number) {
    super(`Cannot decode struct ${name} as it takes ${expected} bytes: the kernel wrote ${actual}`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** Returns the reply of a flavor that writes a whole struct. */
export function whole<T extends object>(type: Struct<T>): Reply<T> {
  let scratch: Block | undefined;
  return {
    returns: "bytes",
    read(query) {
      scratch ??= block(type.size);
      const written = query(scratch.bytes);
      if (written !== type.size) throw new ShortAnswerError(type.name, type.size, written);
      return type.decodeBlock(scratch, 0);
    },
  };
}

/**
 * Returns the reply of a flavor that writes a whole struct, or nothing, which is decoded as null.
 */
export function wholeOrNone<T extends object>(type: Struct<T>): Reply<T | null> {
  const { read } = whole(type);
  return {
    returns: "bytes",
    read(query) {
      let none = false;
      const value = read((buffer) => {
        const written = query(buffer);
        none = written === 0;
        return none ? type.size : written;
      });
      return none ? null : value;
    },
  };
}

/** Returns the reply of a flavor that writes a whole struct and returns 0. */
export function silent<T extends object>(type: Struct<T>): Reply<T> {
  const { read } = whole(type);
  return {
    returns: "zero",
    read: (query) => read((buffer) => query(buffer) === 0 ? type.size : 0),
  };
}

/** The reply of a call that writes nothing and returns 0. */
export const done: Reply<void> = {
  returns: "zero",
  read(query) {
    query(null);
  },
};

/** The reply of a call that returns the number of the signal that it sent. */
export const signal: Reply<number> = { returns: "signal", read: (query) => query(null) };

/** The reply of a call whose return value is the answer. */
export const answer: Reply<number> = { returns: "answer", read: (query) => query(null) };

/** Returns the reply of a flavor that writes a fixed number of bytes. */
export function bytes(name: string, size: number): Reply<Uint8Array> {
  return {
    returns: "bytes",
    read(query) {
      const { bytes } = block(size);
      const written = query(bytes);
      if (written !== size) throw new ShortAnswerError(name, size, written);
      return bytes;
    },
  };
}

/** The reply of a flavor that writes a 32-bit number. */
export const word: Reply<number> = {
  returns: "bytes",
  read(query) {
    const { bytes, view } = block(4);
    const written = query(bytes);
    if (written !== 4) throw new ShortAnswerError("uint32_t", 4, written);
    return view.getUint32(0, true);
  },
};

/** The decoder of the rows of a list. */
export interface Rows<T> {
  /** The size of a row in bytes. */
  readonly size: number;
  /** Decodes all rows. The bytes contain whole rows only. */
  readonly decode: (bytes: Uint8Array) => T;
}

/** Returns the decoder of rows that are structs. */
export function rowsOf<T extends object>(type: Struct<T>): Rows<T[]> {
  return { size: type.size, decode: (bytes) => type.decodeAll(bytes) };
}

/** The decoder of rows that are 64-bit numbers. */
export const words64: Rows<BigUint64Array> = {
  size: 8,
  decode: (bytes) => new BigUint64Array(bytes.slice().buffer),
};

/** The room for rows that appear between the sizing call and the reading call, in rows. */
const SLACK = 16;

/** Returns the reply of a list that reports its size, and that is silently cut if it has grown. */
export function list<T>({ size, decode }: Rows<T>): Reply<T> {
  return {
    returns: "bytes",
    read: (query) => grow(query, query(null) + SLACK * size, size, decode),
  };
}

/** The initial room for a list that does not report its size, in rows. */
const UNSIZED = 512;

/** Returns the reply of a list that does not report its size. */
export function unsizedList<T>({ size, decode }: Rows<T>): Reply<T> {
  return { returns: "bytes", read: (query) => grow(query, UNSIZED * size, size, decode) };
}

/**
 * Returns `written`, or throws if it exceeds the size of the buffer. Such an answer is wrong, and a
 * retry with more room would not help.
 */
export function fitting(written: number, { byteLength }: Uint8Array): number {
  if (written <= byteLength) return written;
  throw new SystemCallError(
    `read an answer of ${written} bytes in a buffer of ${byteLength}`,
    "__proc_info",
    ERRNO.EIO,
  );
}

/** Retries with more room until the answer leaves room for another row. */
function grow<T>(query: Query, room: number, size: number, decode: (bytes: Uint8Array) => T): T {
  for (;; room *= 2) {
    const bytes = new Uint8Array(new ArrayBuffer(room));
    const written = fitting(query(bytes), bytes);
    if (written + size <= room) return decode(bytes.subarray(0, written - written % size));
  }
}

/**
 * Returns the reply of a list whose call returns the number of existing rows, even if fewer fit.
 *
 * @param most The maximum number of rows that the kernel writes, even if it counts more.
 * @param none The buffer with which the call only counts: null, or an empty one if null is an
 * error.
 */
export function countedList<T>(
  { size, decode }: Rows<T>,
  most: number,
  none: Uint8Array | null = null,
): Reply<T> {
  return {
    returns: "count",
    read(query) {
      for (let room = query(none) + SLACK;; room *= 2) {
        const bytes = new Uint8Array(new ArrayBuffer(Math.min(room, most) * size));
        const count = query(bytes);
        if (count <= room || room >= most) {
          // The count may exceed the room: subarray() stops at the end of the buffer.
          return decode(bytes.subarray(0, count * size));
        }
      }
    },
  };
}

/**
 * Returns the reply of a list that fails with `ENOMEM` if it does not fit, and otherwise returns
 * the number of rows written.
 */
export function fittingList<T>({ size, decode }: Rows<T>, rows: number): Reply<T> {
  return {
    returns: "count",
    read(query) {
      for (let room = rows;; room *= 2) {
        const bytes = new Uint8Array(new ArrayBuffer(room * size));
        try {
          return decode(bytes.subarray(0, Math.min(query(bytes), room) * size));
        } catch (error) {
          const full = error instanceof ProcInfoError && error.errno === ERRNO.ENOMEM;
          if (!full || room >= rows * 1024) throw error;
        }
      }
    },
  };
}

/** Returns the reply of a struct that ends with a flexible array, silently cut to the buffer. */
export function flexible<T extends object>(
  type: Struct<T>,
  guess: number,
  isWhole: (value: T) => boolean,
): Reply<T> {
  return {
    returns: "bytes",
    read(query) {
      for (let room = guess;; room *= 2) {
        const bytes = new Uint8Array(new ArrayBuffer(room));
        const written = fitting(query(bytes), bytes);
        if (written < type.size) throw new ShortAnswerError(type.name, type.size, written);
        const value = type.decode(bytes.subarray(0, written));
        if (isWhole(value) || written < room) return value;
      }
    },
  };
}

/** Returns the reply of a flavor that writes text with a final NUL and returns 0. */
export function text(room: number): Reply<string> {
  return {
    returns: "zero",
    read(query) {
      const bytes = new Uint8Array(new ArrayBuffer(room));
      query(bytes);
      return decodeText(bytes);
    },
  };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Decodes text up to the first NUL. Bytes that are not UTF-8 become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Decodes text without its final NUL. Bytes that are not UTF-8 become U+FFFD. */
export function decodeTerminated(bytes: Uint8Array): string {
  return decoder.decode(bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes);
}

/** Returns a reply that makes up to `tries` attempts, for an `errno` that can also mean "busy". */
export function retried<T>({ returns, read }: Reply<T>, errno: number, tries: number): Reply<T> {
  return {
    returns,
    read(query) {
      for (let left = tries - 1;; left--) {
        try {
          return read(query);
        } catch (error) {
          if (left === 0 || !(error instanceof ProcInfoError && error.errno === errno)) throw error;
        }
      }
    },
  };
}

/** Returns the reply of a flavor. Throws a `RangeError` for an unknown flavor. */
export function replyOf<R extends object, F extends keyof R>(replies: R, flavor: F): R[F] {
  if (typeof flavor === "number" && Object.hasOwn(replies, flavor)) return replies[flavor];
  throw new RangeError(
    `Cannot pass flavor as it must be one of ${Object.keys(replies).join(", ")}: ` +
      `current value is ${shown(flavor)}`,
  );
}
