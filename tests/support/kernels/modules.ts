import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A module of a kernel. */
export interface KernelModule {
  readonly name: string;
  /** The decompressed file. */
  readonly content: Uint8Array;
}

/**
 * Finds modules and their dependencies below a folder. Returns them in an order in which they can
 * be loaded. Omits names without a file, which are built into the kernel or missing from it.
 */
export function modulesFor(folder: string, names: readonly string[]): KernelModule[] {
  const paths = new Map<string, string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const name = /([^/]+)\.ko(?:\.xz|\.zst|\.gz)?$/.exec(path)?.[1];
    if (name !== undefined) paths.set(moduleName(name), `${folder}/${path}`);
  }
  const found = new Map<string, KernelModule>();
  function add(name: string): void {
    const path = paths.get(name);
    if (path === undefined || found.has(name)) return;
    const content = unpacked(path);
    for (const needed of dependsOf(content)) add(needed);
    found.set(name, { name, content });
  }
  for (const name of names) add(moduleName(name));
  return [...found.values()];
}

/** Returns the dependencies of a module, from the section `.modinfo` of its file. */
export function dependsOf(content: Uint8Array): string[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    .toString("latin1");
  const names = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? "";
  return names.split(",").filter((name) => name !== "").map(moduleName);
}

/** Normalizes the name of a module. Hyphens and underscores are equivalent. */
function moduleName(name: string): string {
  return name.replaceAll("-", "_");
}

const UNPACKERS: Readonly<Record<string, string>> = { xz: "xz", zst: "zstd", gz: "gzip" };

function unpacked(path: string): Uint8Array {
  const program = UNPACKERS[path.slice(path.lastIndexOf(".") + 1)];
  if (program === undefined) return readFileSync(path);
  const { status, stdout, error } = spawnSync(program, ["-dc", path], { maxBuffer: 1 << 28 });
  if (error || status !== 0) throw new Error(`Cannot unpack "${path}"`, { cause: error });
  return stdout;
}
