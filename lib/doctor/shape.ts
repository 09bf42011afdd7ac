import { ERRNO } from "../system/errors.ts";
import type { Outcome } from "./ask.ts";

/** The form of an answer: what the call must return, and how much it must write. */
export interface Shape {
  /** The size of the buffer, if the kernel is not queried for it. */
  readonly size: number;
  /** The bytes of a row, if a null buffer queries the size of a list. */
  readonly row?: number;
  /** True if the answer to a null buffer is a count of rows. */
  readonly counts?: boolean;
  /** What a null buffer must be refused with, where it must. */
  readonly refusesNull?: boolean;
  /** The errno that a buffer must get which is one byte shorter. */
  readonly short?: number;
  /** What was answered, in words. */
  describe(outcome: Outcome): string;
  /** What is wrong with an answer; null for nothing. */
  complain(outcome: Outcome): string | null;
}

/** A struct, whose size the call returns. */
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

/** A struct that the call fills while it returns 0. */
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

/** Rows, whose bytes the call returns. */
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

/** Rows, whose count the call returns, also where fewer fit. */
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

/** True if another number of bytes was written; false if the number is unknown. */
function differs(extent: number | null, expected: number): boolean {
  return extent !== null && extent !== expected;
}

function describeRows(count: number, size: number): string {
  return `${count} ${count === 1 ? "row" : "rows"} of ${size} bytes`;
}

/** Room for the rows of a list that does not report their number. */
const ROOM = 512;

/** A path that ends in a NUL, while the call returns 0. */
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

/** Text that ends in a NUL, whose bytes the call returns. */
export function text(size: number): Shape {
  return {
    size,
    describe: ({ result }) => `${result} bytes`,
    complain: ({ result, bytes }) =>
      result <= size && (result === 0 || bytes[result - 1] === 0)
        ? null
        : `the kernel returned ${result}, where there is no NUL`,
  };
}

/** A 16-bit count, and rows behind the first 8 bytes. */
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

/** An answer that is the number itself. */
export function number(most: number, size: number): Shape {
  return {
    size,
    describe: ({ result }) => `${result}`,
    complain: ({ result }) =>
      result <= most ? null : `the kernel returned ${result}, which is more than ${most}`,
  };
}
