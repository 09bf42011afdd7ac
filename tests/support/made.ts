import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import process from "node:process";

/**
 * Makes a file once for each content of its sources; returns its path. Later tests under any
 * runtime use the same file.
 *
 * @param name The name of the file.
 * @param how The command that makes it, on which it also depends.
 * @param files The absolute paths of its sources.
 * @param make Makes the file at a path.
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
  // Renamed when it is complete, so that concurrent tests do not use an incomplete file.
  const unfinished = `${path}.${process.pid}`;
  make(unfinished);
  renameSync(unfinished, path);
  return path;
}
