import process from "node:process";
import type { Library } from "../../ffi/adapter.ts";
import { openAdapter, openLibrary } from "../../ffi/runtime.ts";
import { architectureOf } from "../../lib/linux/sys/architecture.ts";
import { type Libc, libcPaths, openLibc } from "../../lib/linux/sys/libc.ts";

/** The C library of this host, or the one that is given, as lib/linux uses it. */
export function hostLibc(library: Library = hostLibrary()): Libc {
  return openLibc(library, architectureOf(process.arch));
}

/** The C library of this host. */
export function hostLibrary(): Library {
  return openLibrary(openAdapter(), libcPaths(architectureOf(process.arch)));
}
