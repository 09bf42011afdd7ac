/**
 * Checks of the callers' arguments, made before any native call: the runtimes wrap, truncate or
 * crash on wrong ones, each in its own way.
 *
 * @module
 */

function refuse(name: string, kind: string, value: unknown): never {
  throw new RangeError(
    `Cannot pass ${name} as it must be ${kind}: current value is ${shown(value)}`,
  );
}

function refuseType(name: string, kind: string, value: unknown): never {
  throw new TypeError(`Cannot pass ${name} as it must be ${kind}: it is ${kindOf(value)}`);
}

/** Formats a value for an error message. Does not throw for any value. */
export function shown(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value);
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

/**
 * Describes the kind of a value for an error message: its class or its type, or a string itself.
 */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return typeof value === "function" ? "function" : shown(value);
  try {
    return String(value.constructor.name);
  } catch {
    return "object";
  }
}

/**
 * Returns `value` if it is an `int32_t`. Otherwise throws a `RangeError` that names the argument
 * and its value.
 */
export function int32(name: string, value: number): number {
  if (typeof value !== "number" || value !== (value | 0)) {
    refuse(name, "an integer from -2147483648 to 2147483647", value);
  }
  return value | 0;
}

/** Returns `value` if it is a process or group id: an `int32_t` that is not negative. */
export function id(name: string, value: number): number {
  if (typeof value !== "number" || value !== (value | 0) || value < 0) {
    refuse(name, "an integer from 0 to 2147483647", value);
  }
  return value | 0;
}

/** Returns `value` if it is a `uint32_t`. */
export function uint32(name: string, value: number): number {
  if (typeof value !== "number" || value !== value >>> 0) {
    refuse(name, "an integer from 0 to 4294967295", value);
  }
  return value >>> 0;
}

/**
 * Returns `value` as a signed number if it is an `int32_t` or a `uint32_t`, for 32 bits that C
 * declares signed in one place and unsigned in another.
 */
export function word32(name: string, value: number): number {
  if (typeof value !== "number" || (value !== (value | 0) && value !== value >>> 0)) {
    refuse(name, "an integer from -2147483648 to 4294967295", value);
  }
  return value | 0;
}

/**
 * Returns `value` as a bigint if it is a `uint64_t`: a bigint, or a number that is a safe integer.
 */
export function uint64(name: string, value: bigint | number): bigint {
  if (typeof value === "bigint") {
    if (BigInt.asUintN(64, value) === value) return value;
  } else if (Number.isSafeInteger(value) && value >= 0) {
    return BigInt(value);
  }
  return refuse(name, "an integer from 0 to 2^64 - 1, as a bigint if above 2^53 - 1", value);
}

/** Returns `value` if it is a bigint of any size. */
export function bigint(name: string, value: bigint): bigint {
  return typeof value === "bigint" ? value : refuseType(name, "a bigint", value);
}

const at = Uint8Array.prototype.at;

/**
 * Returns the bytes of any view, limited to its offset and length within its buffer.
 *
 * @throws {TypeError} `view` is not a view, or its memory is gone: detached or shrunk.
 */
export function bytesOf(name: string, view: ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(view)) {
    refuseType(name, "a typed array or DataView", view);
  }
  try {
    // Both are specified to throw if the memory is gone; the plain accessors return 0.
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

/**
 * Returns `value` if it is a path that C can take. Otherwise throws an error that names the
 * argument and its value.
 */
export function path(name: string, value: string): string {
  return withoutNul(name, value, "a path");
}

/** Returns `value` if it is a string that C can take. */
export function withoutNul(name: string, value: string, kind = "a string"): string {
  if (typeof value !== "string") return refuseType(name, kind, value);
  return value.includes("\0") ? refuse(name, `${kind} without NUL`, value) : value;
}

/**
 * Returns an option if it is an `AbortSignal` or undefined.
 *
 * @throws {TypeError} The option is something else, such as the name of a UNIX signal.
 */
export function abortSignal(
  name: string,
  signal: AbortSignal | undefined,
): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  return refuseType(name, "an AbortSignal", signal);
}

/** Returns `value` if it is an object, and neither an array nor a function. */
export function object<T extends object>(name: string, value: T): T {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  return refuseType(name, "an object", value);
}

/** Returns `value` if it is an array. */
export function array<T extends readonly unknown[]>(name: string, value: T): T {
  return Array.isArray(value) ? value : refuseType(name, "an array", value);
}

/** Returns `value` if it is a function. */
export function callback<T>(name: string, value: T): T {
  return typeof value === "function" ? value : refuseType(name, "a function", value);
}

/** Returns `value` if it is one of `values`. */
export function oneOf<T>(name: string, values: readonly T[], value: T): T {
  return values.includes(value) ? value : refuse(name, `one of ${values.join(", ")}`, value);
}

/** Returns `value` if it is a string. */
export function text(name: string, value: string): string {
  return typeof value === "string" ? value : refuseType(name, "a string", value);
}

/** Returns `value` if it is a boolean. */
export function flag(name: string, value: boolean): boolean {
  return typeof value === "boolean" ? value : refuseType(name, "true or false", value);
}

type Names<T> = T extends unknown ? keyof T & string : never;

/**
 * Returns the options of a function if all their names are known.
 *
 * @param names The names that options may have; the compiler demands all of them.
 * @throws {TypeError} `options` is not an object, or has a member with another name, which would
 * otherwise be ignored.
 */
export function checkOptions<T extends object, const N extends Names<T>>(
  options: T,
  names: readonly N[] & ([Exclude<Names<T>, N>] extends [never] ? unknown : Exclude<Names<T>, N>),
): T {
  object("options", options);
  for (const name in options) {
    if ((names as readonly string[]).includes(name)) continue;
    throw new TypeError(
      `Cannot pass ${name} as it is not one of the options: these are ${names.join(", ")}`,
    );
  }
  return options;
}
