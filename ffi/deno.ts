import type { Adapter, Signatures, Symbols } from "./adapter.ts";
import { FfiError } from "./error.ts";

/** The members of the namespace `Deno` that are used. */
export interface DenoFfi {
  /** Opens a library and binds all symbols of the table, or none. */
  dlopen(path: string, symbols: Signatures): {
    readonly symbols: Readonly<Record<string, unknown>>;
  };
  /** The permissions of the program. */
  readonly permissions: {
    querySync(query: { name: "ffi"; path: string }): { readonly state: string };
  };
}

/**
 * Creates the adapter that calls native libraries through `Deno.dlopen`. The prototypes already
 * have Deno's form.
 */
export function denoAdapter(deno: DenoFfi): Adapter {
  return {
    mayOpen: (path) => deno.permissions.querySync({ name: "ffi", path }).state === "granted",
    open<const T extends Signatures>(path: string, signatures: T): Symbols<T> {
      try {
        return deno.dlopen(path, signatures).symbols as Symbols<T>;
      } catch (error) {
        throw toFfiError(error, path);
      }
    },
  };
}

function toFfiError(error: unknown, path: string): FfiError {
  const { name, message } = error as Error;
  if (name === "NotCapable" || name === "PermissionDenied") {
    return new FfiError(
      "ERR_PERMISSION_DENIED",
      `Cannot open "${path}" without permission: run Deno with --allow-ffi`,
      error,
    );
  }
  const symbol = /^Failed to register symbol ([^:]+)/.exec(message)?.[1];
  if (symbol !== undefined) {
    return new FfiError(
      "ERR_SYMBOL_NOT_FOUND",
      `Cannot find "${symbol}" in "${path}": this version of the system has no such function`,
      error,
    );
  }
  if (message.startsWith("Could not open library")) {
    return new FfiError(
      "ERR_LIBRARY_NOT_FOUND",
      `Cannot open "${path}" as it is not a library that can be loaded here: ${message}`,
      error,
    );
  }
  return new FfiError("ERR_UNSUPPORTED_RUNTIME", `Cannot open "${path}": ${message}`, error);
}
