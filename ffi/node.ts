import type { Adapter, Signature, Signatures, Symbols } from "./adapter.ts";
import { FfiError } from "./error.ts";

/** The members of the module `node:ffi` that are used. */
export interface NodeFfi {
  /** Opens a library. */
  readonly DynamicLibrary: new (path: string) => NodeLibrary;
  /** Reads an `int32_t` at an address. */
  getInt32(address: bigint): number;
  /** Returns the address of the first byte of a view. */
  getRawPointer(view: Int32Array): bigint;
}

/** A library that Node has opened. It stays open as long as one of its functions is referenced. */
export interface NodeLibrary {
  /** Binds a symbol. */
  getFunction(name: string, signature: NodeSignature): (...args: readonly unknown[]) => unknown;
  /** Closes the library and invalidates its functions. */
  close(): void;
}

/** A prototype in the form that Node takes. The names of the types are the same. */
export interface NodeSignature {
  readonly arguments: readonly string[];
  readonly return: string;
}

/** The functions that return the address of errno on Linux and on macOS. */
const ERRNO_LOCATIONS: readonly string[] = ["__errno_location", "__error"];

/** The code of errors of both `dlopen()` and `dlsym()`. */
const FAILED = "ERR_FFI_CALL_FAILED";

/**
 * Creates the adapter that calls native libraries through `node:ffi`. Node has one permission for
 * all paths, and does not prompt.
 *
 * Before a call, Node runs JavaScript that allocates memory, and a garbage collection there makes
 * system calls that can overwrite errno. So errno is copied directly after each failed call, and
 * the errno function returns the address of the copy.
 */
export function nodeAdapter(node: NodeFfi): Adapter {
  const errno = new Int32Array(new ArrayBuffer(4));
  let location: bigint | undefined;

  function bind(library: NodeLibrary, name: string, { parameters, result }: Signature): unknown {
    const call = library.getFunction(name, { arguments: parameters, return: result });
    if (ERRNO_LOCATIONS.includes(name)) {
      return () => {
        location = call() as bigint;
        return node.getRawPointer(errno);
      };
    }
    // An address is a bigint both as an argument and as a result, but NULL is 0n as a result.
    if (result === "pointer") return (...args: readonly unknown[]) => call(...args) || null;
    if (result !== "i32") return call;
    return (...args: readonly unknown[]) => {
      const answer = call(...args) as number;
      // Nothing is allocated and no JavaScript function is entered between these two calls.
      if (answer < 0 && location !== undefined) errno[0] = node.getInt32(location);
      return answer;
    };
  }

  return {
    mayOpen: () => true,
    open<const T extends Signatures>(path: string, signatures: T): Symbols<T> {
      const library = openLibrary(node, path);
      const symbols: Record<string, unknown> = {};
      for (const [name, signature] of Object.entries(signatures)) {
        try {
          symbols[name] = bind(library, name, signature);
        } catch (error) {
          library.close();
          throw toSymbolError(error, path, name);
        }
      }
      return symbols as Symbols<T>;
    },
  };
}

function openLibrary(node: NodeFfi, path: string): NodeLibrary {
  try {
    return new node.DynamicLibrary(path);
  } catch (error) {
    throw toLibraryError(error, path);
  }
}

function toLibraryError(error: unknown, path: string): FfiError {
  const { code, message } = error as NodeError;
  if (code === "ERR_ACCESS_DENIED") {
    return new FfiError(
      "ERR_PERMISSION_DENIED",
      `Cannot open "${path}" without permission: run Node with --allow-ffi`,
      error,
    );
  }
  if (code === FAILED) {
    return new FfiError(
      "ERR_LIBRARY_NOT_FOUND",
      `Cannot open "${path}" as it is not a library that can be loaded here: ${message}`,
      error,
    );
  }
  return new FfiError("ERR_UNSUPPORTED_RUNTIME", `Cannot open "${path}": ${message}`, error);
}

function toSymbolError(error: unknown, path: string, name: string): FfiError {
  const { code, message } = error as NodeError;
  if (code === FAILED) {
    return new FfiError(
      "ERR_SYMBOL_NOT_FOUND",
      `Cannot find "${name}" in "${path}": this version of the system has no such function`,
      error,
    );
  }
  return new FfiError(
    "ERR_UNSUPPORTED_RUNTIME",
    `Cannot bind "${name}" in "${path}": ${message}`,
    error,
  );
}

interface NodeError {
  readonly code?: string;
  readonly message: string;
}
