import type {
  Library,
  NativeFunction,
  Signature,
  Signatures,
  Symbols,
} from "../../../ffi/adapter.ts";
import type { Architecture, CallNumbers } from "./architecture.ts";

/**
 * Returns a C library that does not lack functions that are plain system calls. musl lacks some
 * functions of glibc, and an older version of either lacks some functions of a newer one. Functions
 * that the library has are bound as usual.
 */
export function completed(library: Library, { calls }: Architecture): Library {
  function bind<const T extends Signatures>(signatures: T): Symbols<T> {
    return tryBind(signatures) ?? library.bind(signatures);
  }

  function tryBind<const T extends Signatures>(signatures: T): Symbols<T> | null {
    const bound = library.tryBind(signatures);
    if (bound !== null) return bound;
    const symbols: Record<string, unknown> = {};
    for (const [name, signature] of Object.entries(signatures)) {
      const one = bindOne(name, signature);
      if (one === undefined) return null;
      symbols[name] = one;
    }
    return symbols as Symbols<T>;
  }

  function bindOne(name: string, signature: Signature): NativeFunction<Signature> | undefined {
    const own = library.tryBind({ [name]: signature });
    if (own !== null) return own[name];
    // `open` is variadic, and so is `syscall`. On x86-64 and arm64 Linux, a variadic integer or
    // pointer is passed like a declared one, and `open` reads a third argument only if it may
    // create a file.
    if (name === "__open_2") return library.bind({ open: signature }).open;
    if (!(name in calls)) return undefined;
    const { parameters, result } = signature;
    // The library passes whole registers. The kernel uses the part of each that the prototype of
    // the call declares.
    const { syscall } = library.bind({
      syscall: { parameters: ["u64", ...parameters], result },
    });
    // Not a wrapper function: the caller copies errno before any other function is entered.
    return syscall.bind(undefined, calls[name as keyof CallNumbers]);
  }

  return { bind, tryBind };
}
