import type { Adapter, Signatures, Symbols } from "./adapter.ts";
import { FfiError } from "./error.ts";

/** The members of the module `bun:ffi` that are used. */
export interface BunFfi {
  /** Opens a library and binds all symbols of the table, or none. */
  dlopen(
    path: string,
    symbols: BunSymbols,
  ): { readonly symbols: Readonly<Record<string, unknown>> };
}

/** Prototypes in the form that Bun takes. */
export type BunSymbols = Readonly<
  Record<string, { readonly args: readonly string[]; readonly returns: string }>
>;

/** Creates the adapter that calls native libraries through `bun:ffi`. */
export function bunAdapter(bun: BunFfi): Adapter {
  return {
    mayOpen: () => true,
    open<const T extends Signatures>(path: string, signatures: T): Symbols<T> {
      try {
        return bun.dlopen(path, toBun(signatures)).symbols as Symbols<T>;
      } catch (error) {
        throw toFfiError(error, path);
      }
    },
  };
}

function toBun(signatures: Signatures): BunSymbols {
  const bunType = (type: string) => type === "buffer" || type === "pointer" ? "ptr" : type;
  return Object.fromEntries(
    Object.entries(signatures).map(([name, { parameters, result }]) => [
      name,
      { args: parameters.map(bunType), returns: bunType(result) },
    ]),
  );
}

function toFfiError(error: unknown, path: string): FfiError {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  const symbol = /^Symbol "(.*?)" not found/.exec(message)?.[1];
  if (symbol !== undefined) {
    return new FfiError(
      "ERR_SYMBOL_NOT_FOUND",
      `Cannot find "${symbol}" in "${path}": this version of the system has no such function`,
      error,
    );
  }
  if (code === "ERR_DLOPEN_FAILED") {
    return new FfiError(
      "ERR_LIBRARY_NOT_FOUND",
      `Cannot open "${path}" as it is not a library that can be loaded here: ${message}`,
      error,
    );
  }
  return new FfiError(
    "ERR_UNSUPPORTED_RUNTIME",
    `Cannot call native libraries with this Bun: ${message}: ` +
      "run the program with another build of it, or with `deno run --allow-ffi`",
    error,
  );
}
