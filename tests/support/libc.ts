import process from "node:process";
import type { Library, Signatures, Symbols } from "../../ffi/adapter.ts";
import { FfiError } from "../../ffi/error.ts";
import { hostSystem, openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { architectureOf, type CallNumbers } from "../../lib/linux/sys/architecture.ts";
import { type Libc, libcPaths, openLibc } from "../../lib/linux/sys/libc.ts";

/**
 * The C library of this host, or the one that is given, as lib/linux uses it.
 *
 * @param numbers Numbers of system calls in place of the kernel's.
 */
export function hostLibc(
  library: Library = hostLibrary(),
  numbers: Partial<CallNumbers> = {},
): Libc {
  const architecture = architectureOf(process.arch);
  return openLibc(library, { ...architecture, calls: { ...architecture.calls, ...numbers } });
}

/** The C library of this host. */
export function hostLibrary(): Library {
  return openLibrary(openAdapter(), libcPaths(architectureOf(process.arch), hostSystem().libc));
}

/** Functions by the symbols in whose place they stand; null for one that is missing. */
export type LibraryChanges = Readonly<Record<string, ((...args: never[]) => unknown) | null>>;

/** A number that no system call has. */
const NONE = 9999n;

/** The C library of this host with some functions changed; those that are missing are so in the kernel, too. */
export function changedLibc(changes: LibraryChanges): Libc {
  const calls = Object.keys(architectureOf(process.arch).calls);
  const lacking = calls.filter((name) => changes[name] === null);
  const numbers = Object.fromEntries(lacking.map((name) => [name, NONE]));
  return hostLibc(changedLibrary(changes), numbers);
}

/** The C library of this host with some of its functions changed. */
export function changedLibrary(changes: LibraryChanges): Library {
  const library = hostLibrary();

  function bind<const T extends Signatures>(signatures: T): Symbols<T> {
    const lacking = Object.keys(signatures).find((name) => changes[name] === null);
    if (lacking !== undefined) {
      throw new FfiError("ERR_SYMBOL_NOT_FOUND", `Cannot find "${lacking}": it is taken away`);
    }
    const ours = Object.keys(signatures).filter((name) => name in changes);
    const others = Object.entries(signatures).filter(([name]) => !(name in changes));
    return {
      ...(others.length > 0 && library.bind(Object.fromEntries(others))),
      ...Object.fromEntries(ours.map((name) => [name, changes[name]])),
    } as Symbols<T>;
  }

  return {
    bind,
    tryBind(signatures) {
      try {
        return bind(signatures);
      } catch (error) {
        if (error instanceof FfiError && error.code === "ERR_SYMBOL_NOT_FOUND") return null;
        throw error;
      }
    },
  };
}
