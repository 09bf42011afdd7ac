import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const CC = process.env.CC ?? "cc";
/** The compiler of libraries, where the runtime is not on the C library that programs are built for. */
const LIBRARY_CC = process.env.LIBRARY_CC ?? CC;

const HERE = fileURLToPath(new URL(".", import.meta.url));

/**
 * Compiles C sources to a shared library for the C library that this runtime is on; returns its path.
 *
 * @param sources The sources, absolute or from this folder.
 * @param name What the library is called.
 */
export function compileLibrary(sources: string[], name: string): string {
  return compile(LIBRARY_CC, sources, `${name}.so`, ["-shared", "-fPIC"]);
}

/** Compiles C sources, absolute or from this folder, to a program; returns its path. */
export function compileProgram(sources: string[], name: string): string {
  return compile(CC, sources, name, []);
}

/** Compiles once for each content of the sources and of the headers beside them. */
function compile(compiler: string, sources: string[], name: string, flags: string[]): string {
  const files = sources.map((source) => resolve(HERE, source));
  const hash = createHash("sha256").update(`${arch()} ${compiler}`);
  for (const file of [...files, ...headersBeside(files)]) {
    hash.update(`\0${file}\0`).update(readFileSync(file));
  }
  const parent = `${tmpdir()}/libproc-tests-${process.getuid?.() ?? 0}`;
  const folder = `${parent}/${hash.digest("hex").slice(0, 16)}`;
  const output = `${folder}/${name}`;
  if (existsSync(output)) return output;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Renamed when it is whole: tests that run at the same time never use half a file.
  const unfinished = `${output}.${process.pid}`;
  const args = ["-std=gnu11", "-O1", "-pthread", ...flags, "-o", unfinished, ...files];
  const { status, stderr, error } = spawnSync(compiler, args, { encoding: "utf8" });
  if (error || status !== 0) throw new Error(`Cannot compile "${name}": ${error ?? stderr}`);
  renameSync(unfinished, output);
  return output;
}

function headersBeside(files: string[]): string[] {
  return [...new Set(files.map((file) => dirname(file)))].flatMap((folder) =>
    readdirSync(folder).filter((file) => file.endsWith(".h")).sort().map((file) =>
      `${folder}/${file}`
    )
  );
}
