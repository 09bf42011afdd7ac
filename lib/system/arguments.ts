/**
 * Checks of what callers pass in, made before anything reaches a native call: below this line the
 * runtimes wrap, truncate or crash, each in its own way.
 *
 * @module
 */

function refuse(name: string, kind: string, value: unknown): never {
  const shown = typeof value === "bigint"
    ? `${value}n`
    : typeof value === "string"
    ? JSON.stringify(value)
    : String(value);
  throw new RangeError(`Cannot pass ${name} as it must be ${kind}: current value is ${shown}`);
}

/** Passes on an `int32_t`, or throws a `RangeError` that names the argument and its value. */
export function int32(name: string, value: number): number {
  if (typeof value !== "number" || value !== (value | 0)) {
    refuse(name, "an integer from -2147483648 to 2147483647", value);
  }
  return value | 0;
}

/** Passes on a process or group id: an `int32_t` that is not negative. */
export function id(name: string, value: number): number {
  if (typeof value !== "number" || value !== (value | 0) || value < 0) {
    refuse(name, "an integer from 0 to 2147483647", value);
  }
  return value | 0;
}

/** Passes on a `uint32_t`. */
export function uint32(name: string, value: number): number {
  if (typeof value !== "number" || value !== value >>> 0) {
    refuse(name, "an integer from 0 to 4294967295", value);
  }
  return value >>> 0;
}

/**
 * Passes on 32 bits that C declares signed in one place and unsigned in another, as their signed
 * form.
 */
export function word32(name: string, value: number): number {
  if (typeof value !== "number" || (value !== (value | 0) && value !== value >>> 0)) {
    refuse(name, "an integer from -2147483648 to 4294967295", value);
  }
  return value | 0;
}

/** Passes on a `uint64_t`, given as a bigint or as a number that is exact. */
export function uint64(name: string, value: bigint | number): bigint {
  if (typeof value === "bigint") {
    if (BigInt.asUintN(64, value) === value) return value;
  } else if (Number.isSafeInteger(value) && value >= 0) {
    return BigInt(value);
  }
  return refuse(name, "an integer from 0 to 2^64 - 1, as a bigint if above 2^53 - 1", value);
}

const at = Uint8Array.prototype.at;

/**
 * The bytes of any view: exactly those it shows, wherever it starts in its buffer.
 *
 * @throws {TypeError} It is no view, or its memory is gone: detached, or shrunk from under it.
 */
export function bytesOf(name: string, view: ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(view)) {
    const value: unknown = view;
    const kind = value instanceof Object
      ? value.constructor.name
      : value === null
      ? "null"
      : typeof value;
    throw new TypeError(
      `Cannot pass ${name} as it must be a typed array or DataView: it is ${kind}`,
    );
  }
  try {
    // Both are specified to throw where the memory is gone; the plain accessors answer 0.
    if (view instanceof DataView) void view.byteLength;
    else at.call(view as Uint8Array, 0);
  } catch (cause) {
    throw new TypeError(
      `Cannot pass ${name} as its memory is detached or has shrunk below its length`,
      { cause },
    );
  }
  if (view instanceof Uint8Array) return view;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Passes on a path that C can take, or throws an error that names the argument and its value. */
export function path(name: string, value: string): string {
  if (typeof value !== "string") {
    throw new TypeError(`Cannot pass ${name} as it must be a path: it is ${typeof value}`);
  }
  if (value.includes("\0")) refuse(name, "a path without NUL", value);
  return value;
}

/**
 * Passes on an option that is an `AbortSignal`, if it is given.
 *
 * @throws {TypeError} It is something else, such as the name of a UNIX signal.
 */
export function abortSignal(
  name: string,
  signal: AbortSignal | undefined,
): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  const value: unknown = signal;
  const shown = value instanceof Object
    ? value.constructor.name
    : typeof value === "string"
    ? JSON.stringify(value)
    : String(value);
  throw new TypeError(`Cannot pass ${name} as it must be an AbortSignal: it is ${shown}`);
}
