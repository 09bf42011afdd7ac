import { ERRNO } from "../system/errors.ts";
import type { Outcome } from "./query.ts";

/** The form of a result: what the call must return, and how much it must write. */
export interface Shape {
  /** The size of the buffer, unless the kernel reports it. */
  readonly size: number;
  /**
   * The size of a row in bytes; present if a call with a null buffer returns the size of the list.
   */
  readonly row?: number;
  /** True if the call with a null buffer returns a number of rows. */
  readonly counts?: boolean;
  /** True if the kernel must refuse a null buffer. */
  readonly refusesNull?: boolean;
  /** The errno for a buffer that is one byte too short. */
  readonly short?: number;
  /** Describes the result in words. */
  describe(outcome: Outcome): string;
  /** Describes what is wrong with a result; null if it is correct. */
  complain(outcome: Outcome): string | null;
}

/** Returns the shape of a struct whose size the call returns. */
export function struct(size: number): Shape {
  return {
    size,
    short: ERRNO.ENOMEM,
    refusesNull: true,
    describe: ({ result }) => `${result} bytes`,
    complain: ({ result, extent }) =>
      result !== size
        ? `the kernel returned ${result} for a struct of ${size} bytes`
        : differs(extent, size)
        ? `the kernel wrote ${extent} bytes of a struct of ${size}`
        : null,
  };
}

/** Returns the shape of a struct that the call fills, returning 0. */
export function silent(size: number, short: number = ERRNO.ENOMEM): Shape {
  return {
    size,
    short,
    describe: () => `${size} bytes`,
    complain: ({ result, extent }) =>
      result !== 0
        ? `the kernel returned ${result} instead of 0`
        : differs(extent, size)
        ? `the kernel wrote ${extent} bytes of a struct of ${size}`
        : null,
  };
}

/** Returns the shape of rows whose size in bytes the call returns. */
export function rows(row: number, { sized }: { sized: boolean }): Shape {
  return {
    size: row * ROOM,
    ...(sized ? { row } : {}),
    describe: ({ result }) => describeRows(result / row, row),
    complain: ({ result, size, extent }) =>
      result % row !== 0 || result > size
        ? `the kernel returned ${result} for rows of ${row} bytes in ${size}`
        : differs(extent, result)
        ? `the kernel wrote ${extent} bytes and returned ${result}`
        : null,
  };
}

/** Returns the shape of rows whose number the call returns, even if fewer fit into the buffer. */
export function counted(row: number, { sized }: { sized: boolean }): Shape {
  return {
    size: row * ROOM,
    ...(sized ? { row, counts: true } : {}),
    describe: ({ result }) => describeRows(result, row),
    complain({ result, size, extent }) {
      const expected = Math.min(result, Math.floor(size / row)) * row;
      return !differs(extent, expected)
        ? null
        : `the kernel counted ${result} rows of ${row} bytes and wrote ${extent} bytes`;
    },
  };
}

/** Returns true if another number of bytes was written; false if the number is unknown. */
function differs(extent: number | null, expected: number): boolean {
  return extent !== null && extent !== expected;
}

function describeRows(count: number, size: number): string {
  return `${count} ${count === 1 ? "row" : "rows"} of ${size} bytes`;
}

/** The number of rows that fit into the buffer for a list of unknown length. */
const ROOM = 512;

/** Returns the shape of a path that ends in a NUL; the call returns 0. */
export function path(size: number): Shape {
  return {
    size,
    describe: ({ bytes }) => `a path of ${bytes.indexOf(0)} bytes`,
    complain: ({ result, bytes }) =>
      result !== 0
        ? `the kernel returned ${result} instead of 0`
        : bytes[0] !== SLASH || bytes.indexOf(0) < 0
        ? "the kernel wrote no path that begins with / and ends in a NUL"
        : null,
  };
}

const SLASH = 0x2f;

/** Returns the shape of a text that ends in a NUL and whose size in bytes the call returns. */
export function text(size: number): Shape {
  return {
    size,
    describe: ({ result }) => `${result} bytes`,
    complain: ({ result, bytes }) =>
      result <= size && (result === 0 || bytes[result - 1] === 0)
        ? null
        : `the kernel returned ${result}, but no NUL ends the text there`,
  };
}

/** Returns the shape of a 16-bit number of rows, with the rows after `head` bytes. */
export function flexible(head: number, row: number): Shape {
  return {
    size: head + row * ROOM,
    refusesNull: true,
    describe: ({ result }) => `${result} bytes`,
    complain({ result, bytes, extent }) {
      const count = bytes[0]! | bytes[1]! << 8;
      const expected = head + count * row;
      return result === expected && !differs(extent, expected)
        ? null
        : `the kernel counted ${count} rows, returned ${result} and wrote ${extent} bytes`;
    },
  };
}

/** Returns the shape of a result that is a number from 0 to `most`. */
export function number(most: number, size: number): Shape {
  return {
    size,
    describe: ({ result }) => `${result}`,
    complain: ({ result }) =>
      result <= most ? null : `the kernel returned ${result}, which is more than ${most}`,
  };
}
