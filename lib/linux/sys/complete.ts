import type {
  Library,
  NativeFunction,
  Signature,
  Signatures,
  Symbols,
} from "../../../ffi/adapter.ts";
import type { Architecture, CallNumbers } from "./architecture.ts";

/**
 * A C library in which no function is missing that is a system call and nothing more: musl has not all that
 * glibc has, nor an older version of either what a newer has. What the library has itself is bound as ever.
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
    // Variadic, as `syscall` is. On x86-64 and arm64 Linux an integer or a pointer among the variable arguments
    // is passed as one that is declared, and `open` looks for a third only where it may create a file.
    if (name === "__open_2") return library.bind({ open: signature }).open;
    if (!(name in calls)) return undefined;
    const { parameters, result } = signature;
    // The library hands on whole registers. The kernel uses the part of each that the call's own prototype declares.
    const { syscall } = library.bind({
      syscall: { parameters: ["u64", ...parameters], result },
    });
    // Not a function around it: the caller copies errno before any other function is entered.
    return syscall.bind(undefined, calls[name as keyof CallNumbers]);
  }

  return { bind, tryBind };
}
