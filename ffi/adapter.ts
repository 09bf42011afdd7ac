/**
 * One way to call C from TypeScript, whatever the runtime.
 *
 * A table of {@linkcode Signatures} reads like the C prototypes; the types of the calls are derived
 * from it. Integers are not checked here: the runtimes disagree on what they do with a wrong one, so
 * callers hand over only what they have checked.
 *
 * @module
 */

/** The C types that cross the border. `buffer` is memory of ours, `pointer` an address of C's. */
export type CType = keyof ArgumentTypes;

/** What a caller passes for each C type. A 64-bit integer is a bigint: a number is slow on Deno. */
export interface ArgumentTypes {
  /** `int32_t`. */
  readonly i32: number;
  /** `uint32_t`. */
  readonly u32: number;
  /** `int64_t`, `ssize_t`, `long`, `off_t`. */
  readonly i64: bigint;
  /** `uint64_t`, `size_t`. */
  readonly u64: bigint;
  /** The address of a typed array's first byte; NULL for null, which is never left to an empty array. */
  readonly buffer: Uint8Array | Int32Array | null;
  /** An address that C gave us. */
  readonly pointer: Pointer | null;
}

/** What a call returns for each C type. */
export interface ResultTypes {
  /** `int32_t`, or a `ssize_t` that stays below 2^31. */
  readonly i32: number;
  /** `int64_t`. */
  readonly i64: bigint;
  /** `uint64_t`. */
  readonly u64: bigint;
  /** An address. */
  readonly pointer: Pointer | null;
  /** Nothing. */
  readonly void: undefined;
}

declare const pointer: unique symbol;
/** An address that a C function returned. Only its runtime knows what it is. */
export interface Pointer {
  readonly [pointer]: never;
}

/** The prototype of one C function. Variadic functions have none: on arm64 macOS they would break. */
export interface Signature {
  /** The types of the parameters. */
  readonly parameters: readonly CType[];
  /** The type of the result. */
  readonly result: keyof ResultTypes;
}

/** The prototypes of a library, by symbol. */
export type Signatures = Readonly<Record<string, Signature>>;

/** The JavaScript form of a prototype. */
export type NativeFunction<S extends Signature> = (
  ...args: ArgumentsOf<S["parameters"]>
) => ResultTypes[S["result"]];

/** The arguments that a list of C types takes. */
export type ArgumentsOf<P extends readonly CType[]> = {
  -readonly [I in keyof P]: ArgumentTypes[P[I]];
};

/** The functions of an open library. */
export type Symbols<T extends Signatures> = { readonly [N in keyof T]: NativeFunction<T[N]> };

/** What each runtime does in its own way. */
export interface Adapter {
  /** True if {@linkcode Adapter.open} may open `path` without a prompt to the user. */
  mayOpen(path: string): boolean;
  /**
   * Opens a library, for the lifetime of the process: to close one during a call cannot be made
   * safe.
   *
   * The errno of a call whose `i32` is below 0 is there for the next call to copy, from the address that
   * the library's function for it gives.
   *
   * @throws {FfiError} The library, a symbol, or the permission is missing.
   */
  open<const T extends Signatures>(path: string, signatures: T): Symbols<T>;
}

/** A library whose symbols are bound in groups, each when it is first needed. */
export interface Library {
  /**
   * Binds the functions of a table, all or none.
   *
   * @throws {FfiError} The library, a symbol, or the permission is missing.
   */
  bind<const T extends Signatures>(signatures: T): Symbols<T>;
  /** Binds the functions of a table, or answers null where the library lacks one of them. */
  tryBind<const T extends Signatures>(signatures: T): Symbols<T> | null;
}
