import { createRequire } from "node:module";
import process from "node:process";
import type { Adapter, Library, Signatures, Symbols } from "./adapter.ts";
import { bunAdapter, type BunFfi } from "./bun.ts";
import { denoAdapter, type DenoFfi } from "./deno.ts";
import { FfiError } from "./error.ts";
import { nodeAdapter, type NodeFfi } from "./node.ts";

/**
 * The members of Node's `process` that are used. The other runtimes also have one, and are detected
 * first.
 */
interface NodeProcess {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: string): object | undefined;
}

/** The members of Deno's `build` that are used. */
interface DenoBuild {
  readonly build: { readonly target: string };
}

/**
 * Returns the adapter of the runtime that this program runs in.
 *
 * `bun:ffi` and `node:ffi` are loaded by name at run time. So no runtime tries to resolve the
 * module of another, and Node warns of an experimental feature only if it is used.
 *
 * @throws {FfiError} The runtime is neither Bun nor Deno, nor a Node that can call libraries.
 */
export function openAdapter(runtime: object = globalThis): Adapter {
  if ("Bun" in runtime) {
    // The first releases of Bun 1.2 lack getBuiltinModule().
    const load = process.getBuiltinModule ?? createRequire(import.meta.url);
    return bunAdapter(load("bun:ffi") as BunFfi);
  }
  if ("Deno" in runtime) {
    const deno = runtime.Deno as Partial<DenoFfi>;
    if (deno.dlopen !== undefined) return denoAdapter(deno as DenoFfi);
    throw new FfiError(
      "ERR_UNSUPPORTED_RUNTIME",
      "Cannot call native libraries as this Deno has no Deno.dlopen(): " +
        "run the program with `deno run --allow-ffi` of Deno 2.2 or later",
    );
  }
  const node = (runtime as { readonly process?: NodeProcess }).process;
  const ffi = node?.getBuiltinModule?.("node:ffi");
  if (ffi !== undefined) return nodeAdapter(ffi as NodeFfi);
  throw new FfiError("ERR_UNSUPPORTED_RUNTIME", `Cannot call native libraries as ${why(node)}`);
}

/** Describes why a runtime that is neither Bun nor Deno cannot call libraries, and what to do. */
function why(node: NodeProcess | undefined): string {
  const version = node?.versions?.node;
  const others = "with `bun` or with `deno run --allow-ffi`";
  if (version === undefined) {
    return `this runtime is neither Bun nor Deno nor Node: run the program ${others}`;
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const since = (least: number) => major > 26 || major === 26 && minor >= least;
  if (!since(1)) {
    return `Node ${version} has no "node:ffi": run the program with Node 26.1 or later, ${others}`;
  }
  return since(9)
    ? `"node:ffi" of Node ${version} is switched off or was left out when it was built: run the ` +
      `program without --no-experimental-ffi, ${others}`
    : `"node:ffi" of Node ${version} is switched off: run it with \`node --experimental-ffi\``;
}

/**
 * Returns true unless the user has requested text without colours (see no-color.org) or the
 * terminal is dumb. Deno reports the former without the permission to read the environment, and is
 * not queried for the latter.
 */
export function wantsColors(runtime: object = globalThis): boolean {
  if ("Deno" in runtime) return !(runtime.Deno as { readonly noColor: boolean }).noColor;
  return !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
}

/**
 * Returns true for a terminal that cannot move the cursor. Returns false on Deno if reading the
 * environment would prompt the user for permission.
 */
export function isDumb(runtime: object = globalThis): boolean {
  const { permissions } = ("Deno" in runtime ? runtime.Deno : {}) as DenoPermissions;
  const may = permissions?.querySync({ name: "env", variable: "TERM" }).state ?? "granted";
  return may === "granted" && process.env["TERM"] === "dumb";
}

/** The members of Deno's permissions that are used. */
interface DenoPermissions {
  readonly permissions?: {
    querySync(wanted: { name: "env"; variable: string }): { readonly state: string };
  };
}

/** The platform that this program runs on. */
export interface HostSystem {
  /** The operating system, as in `process.platform`. */
  readonly platform: string;
  /** The processor, as in `process.arch`. */
  readonly arch: string;
  /**
   * Linux: the C library that the runtime was built for; undefined if the runtime does not report
   * it.
   */
  readonly libc: "glibc" | "musl" | undefined;
}

/** Returns the platform of this program, as its runtime reports it. */
export function hostSystem(runtime: object = globalThis): HostSystem {
  const target = "Deno" in runtime ? (runtime.Deno as DenoBuild).build.target : "";
  const libc = /-linux-musl/.test(target)
    ? "musl"
    : /-linux-gnu/.test(target)
    ? "glibc"
    : undefined;
  return { platform: process.platform, arch: process.arch, libc };
}

/**
 * Returns the first library of `paths` that exists. Nothing is opened until a function is bound.
 *
 * If the runtime prompts for permission, only the paths that are already allowed are tried, or if
 * there are none, the first path: the user sees at most one prompt.
 */
export function openLibrary(adapter: Adapter, paths: readonly string[]): Library {
  function bind<const T extends Signatures>(signatures: T): Symbols<T> {
    const allowed = paths.filter((path) => adapter.mayOpen(path));
    let first: unknown;
    for (const path of allowed.length > 0 ? allowed : paths.slice(0, 1)) {
      try {
        return adapter.open(path, signatures);
      } catch (error) {
        if (!(error instanceof FfiError && error.code === "ERR_LIBRARY_NOT_FOUND")) throw error;
        first ??= error;
      }
    }
    throw first;
  }

  function tryBind<const T extends Signatures>(signatures: T): Symbols<T> | null {
    try {
      return bind(signatures);
    } catch (error) {
      if (error instanceof FfiError && error.code === "ERR_SYMBOL_NOT_FOUND") return null;
      throw error;
    }
  }

  return { bind, tryBind };
}
