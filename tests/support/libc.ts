import process from "node:process";
import type { Library, Signatures, Symbols } from "../../ffi/adapter.ts";
import { FfiError } from "../../ffi/error.ts";
import { hostSystem, openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { architectureOf, type CallNumbers } from "../../lib/linux/sys/architecture.ts";
import { type Libc, libcPaths, openLibc } from "../../lib/linux/sys/libc.ts";

/**
 * Opens a C library as lib/linux uses it.
 *
 * @param library The library. Default: that of this host.
 * @param numbers Numbers of system calls that replace those of the kernel.
 */
export function hostLibc(
  library: Library = hostLibrary(),
  numbers: Partial<CallNumbers> = {},
): Libc {
  const architecture = architectureOf(process.arch);
  return openLibc(library, { ...architecture, calls: { ...architecture.calls, ...numbers } });
}

/** Opens the C library of this host. */
export function hostLibrary(): Library {
  return openLibrary(openAdapter(), libcPaths(architectureOf(process.arch), hostSystem().libc));
}

/** The functions that replace symbols, by the name of the symbol; null for a missing symbol. */
export type LibraryChanges = Readonly<Record<string, ((...args: never[]) => unknown) | null>>;

/** A number that no system call has. */
const NONE = 9999n;

/** Opens the C library of this host with changes. Null symbols are also missing as system calls. */
export function changedLibc(changes: LibraryChanges): Libc {
  const calls = Object.keys(architectureOf(process.arch).calls);
  const lacking = calls.filter((name) => changes[name] === null);
  const numbers = Object.fromEntries(lacking.map((name) => [name, NONE]));
  return hostLibc(changedLibrary(changes), numbers);
}

/** Opens the C library of this host with some of its functions replaced or removed. */
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
