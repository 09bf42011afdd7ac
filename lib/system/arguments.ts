/**
 * Checks of what callers pass in, made before anything reaches a native call: below this line the
 * runtimes wrap, truncate or crash, each in its own way.
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

/** A value in an error: no value makes it fail. */
export function shown(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value);
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

/** What kind of value it is, in an error: its class, its type, or a text itself. */
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

/** Passes on a bigint of any size. */
export function bigint(name: string, value: bigint): bigint {
  return typeof value === "bigint" ? value : refuseType(name, "a bigint", value);
}

const at = Uint8Array.prototype.at;

/**
 * The bytes of any view: exactly those it shows, wherever it starts in its buffer.
 *
 * @throws {TypeError} It is not a view, or its memory is gone: detached or shrunk.
 */
export function bytesOf(name: string, view: ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(view)) {
    refuseType(name, "a typed array or DataView", view);
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
  return withoutNul(name, value, "a path");
}

/** Passes on a text that C can take. */
export function withoutNul(name: string, value: string, kind = "a text"): string {
  if (typeof value !== "string") return refuseType(name, kind, value);
  return value.includes("\0") ? refuse(name, `${kind} without NUL`, value) : value;
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
  return refuseType(name, "an AbortSignal", signal);
}

/** Passes on an object, which is neither an array nor a function. */
export function object<T extends object>(name: string, value: T): T {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  return refuseType(name, "an object", value);
}

/** Passes on an array. */
export function array<T extends readonly unknown[]>(name: string, value: T): T {
  return Array.isArray(value) ? value : refuseType(name, "an array", value);
}

/** Passes on a function. */
export function callback<T>(name: string, value: T): T {
  return typeof value === "function" ? value : refuseType(name, "a function", value);
}

/** Passes on one of a few values. */
export function oneOf<T>(name: string, values: readonly T[], value: T): T {
  return values.includes(value) ? value : refuse(name, `one of ${values.join(", ")}`, value);
}

/** Passes on a text. */
export function text(name: string, value: string): string {
  return typeof value === "string" ? value : refuseType(name, "a string", value);
}

/** Passes on true or false. */
export function flag(name: string, value: boolean): boolean {
  return typeof value === "boolean" ? value : refuseType(name, "true or false", value);
}

type Names<T> = T extends unknown ? keyof T & string : never;

/**
 * Passes on the options of a function.
 *
 * @param names The names that options may have; the compiler demands all of them.
 * @throws {TypeError} They are not an object, or one has another name: it would be ignored otherwise.
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
