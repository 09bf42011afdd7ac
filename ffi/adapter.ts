/**
 * The interface for calling C from TypeScript on every runtime.
 *
 * A table of {@linkcode Signatures} mirrors the C prototypes, and the types of the calls are
 * derived from it. Integers are not checked here: the runtimes handle invalid ones differently, so
 * callers must check all integers first.
 *
 * @module
 */

/** The C types of arguments. `buffer` is memory of JavaScript, `pointer` an address of C. */
export type CType = keyof ArgumentTypes;

/**
 * The JavaScript type of an argument for each C type. A 64-bit integer is a bigint, as a number is
 * slow on Deno.
 */
export interface ArgumentTypes {
  /** `int32_t`. */
  readonly i32: number;
  /** `uint32_t`. */
  readonly u32: number;
  /** `int64_t`, `ssize_t`, `long`, `off_t`. */
  readonly i64: bigint;
  /** `uint64_t`, `size_t`. */
  readonly u64: bigint;
  /**
   * The address of the first byte of a typed array, or NULL for null. An empty array must not be
   * passed to mean NULL.
   */
  readonly buffer: Uint8Array | Int32Array | null;
  /** An address that C returned. */
  readonly pointer: Pointer | null;
}

/** The JavaScript type of a result for each C type. */
export interface ResultTypes {
  /** `int32_t`, or a `ssize_t` that stays below 2^31. */
  readonly i32: number;
  /** `int64_t`. */
  readonly i64: bigint;
  /** `uint64_t`. */
  readonly u64: bigint;
  /** An address. */
  readonly pointer: Pointer | null;
  /** No result. */
  readonly void: undefined;
}

declare const pointer: unique symbol;
/** An address that a C function returned. Its form depends on the runtime. */
export interface Pointer {
  readonly [pointer]: never;
}

/**
 * The prototype of one C function. Variadic functions are not supported: such calls would fail on
 * arm64 macOS.
 */
export interface Signature {
  /** The types of the parameters. */
  readonly parameters: readonly CType[];
  /** The type of the result. */
  readonly result: keyof ResultTypes;
}

/** The prototypes of a library by symbol. */
export type Signatures = Readonly<Record<string, Signature>>;

/** The JavaScript form of a prototype. */
export type NativeFunction<S extends Signature> = (
  ...args: ArgumentsOf<S["parameters"]>
) => ResultTypes[S["result"]];

/** The JavaScript arguments for a list of C types. */
export type ArgumentsOf<P extends readonly CType[]> = {
  -readonly [I in keyof P]: ArgumentTypes[P[I]];
};

/** The functions of an open library. */
export type Symbols<T extends Signatures> = { readonly [N in keyof T]: NativeFunction<T[N]> };

/** The operations that each runtime implements. */
export interface Adapter {
  /** Returns true if {@linkcode Adapter.open} can open `path` without prompting the user. */
  mayOpen(path: string): boolean;
  /**
   * Opens a library for the lifetime of the process: closing it safely during a call is impossible.
   *
   * If a call returns an `i32` below 0, the next call can copy its errno, from the address that the
   * library's errno function returns.
   *
   * @throws {FfiError} The library, a symbol, or the permission is missing.
   */
  open<const T extends Signatures>(path: string, signatures: T): Symbols<T>;
}

/** A library whose symbols are bound in groups, each when it is first needed. */
export interface Library {
  /**
   * Binds all functions of a table, or none.
   *
   * @throws {FfiError} The library, a symbol, or the permission is missing.
   */
  bind<const T extends Signatures>(signatures: T): Symbols<T>;
  /** Binds all functions of a table; returns null if the library lacks one of them. */
  tryBind<const T extends Signatures>(signatures: T): Symbols<T> | null;
}
