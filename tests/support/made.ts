import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import process from "node:process";

/**
 * Makes a file once for each content of what it is made of; returns its path. It stays for later tests,
 * under whichever runtime.
 *
 * @param name The name of the file.
 * @param how What else it depends on: the words of a command.
 * @param files The absolute paths of what it is made of.
 * @param make Makes it at a path.
 */
export function madeOnce(
  name: string,
  how: string,
  files: readonly string[],
  make: (path: string) => void,
): string {
  const hash = createHash("sha256").update(`${arch()} ${how}`);
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(file));
  const parent = `${tmpdir()}/libproc-tests-${process.getuid?.() ?? 0}`;
  const folder = `${parent}/${hash.digest("hex").slice(0, 16)}`;
  const path = `${folder}/${name}`;
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Renamed when it is whole: tests that run at the same time never use half a file.
  const unfinished = `${path}.${process.pid}`;
  make(unfinished);
  renameSync(unfinished, path);
  return path;
}
