import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { madeOnce } from "./made.ts";

const CC = process.env.CC ?? "cc";
/** The compiler for libraries. It differs if the runtime uses another C library than programs. */
const LIBRARY_CC = process.env.LIBRARY_CC ?? CC;

const HERE = fileURLToPath(new URL(".", import.meta.url));

/**
 * Compiles C sources to a shared library for the C library of this runtime; returns its path.
 *
 * @param sources The paths of the sources, absolute or relative to this folder.
 * @param name The name of the library, without its suffix.
 */
export function compileLibrary(sources: string[], name: string): string {
  return compile(LIBRARY_CC, sources, `${name}.so`, ["-shared", "-fPIC"]);
}

/**
 * Compiles C sources to a program; returns its path.
 *
 * @param sources The paths of the sources, absolute or relative to this folder.
 * @param name The name of the program.
 */
export function compileProgram(sources: string[], name: string): string {
  return compile(CC, sources, name, []);
}

/** Compiles sources, once for each content of them and of the headers in their folders. */
function compile(compiler: string, sources: string[], name: string, flags: string[]): string {
  const files = sources.map((source) => resolve(HERE, source));
  return madeOnce(name, compiler, [...files, ...headersBeside(files)], (path) => {
    const args = ["-std=gnu11", "-O1", "-pthread", ...flags, "-o", path, ...files];
    const { status, stderr, error } = spawnSync(compiler, args, { encoding: "utf8" });
    if (error || status !== 0) throw new Error(`Cannot compile "${name}": ${error ?? stderr}`);
  });
}

function headersBeside(files: string[]): string[] {
  return [...new Set(files.map((file) => dirname(file)))].flatMap((folder) =>
    readdirSync(folder).filter((file) => file.endsWith(".h")).sort().map((file) =>
      `${folder}/${file}`
    )
  );
}
