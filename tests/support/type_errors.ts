import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { executable, ROOT } from "./runtime.ts";

/** Returns the path of the compiler's script, which any Node can run. */
export function tsc(): string {
  const { bin } = JSON.parse(readFileSync(`${ROOT}node_modules/typescript/package.json`, "utf8"));
  return join(`${ROOT}node_modules/typescript`, bin.tsc);
}

/**
 * Returns the type errors of the modules in a folder of this project; empty if there are none. The
 * folder gets a `tsconfig.json`.
 *
 * `tsc` takes a quarter of the processor time of `deno check`, which checks the project itself.
 */
export function typeErrors(folder: string): string {
  const config = { extends: `${ROOT}tsconfig.json`, include: ["*.ts"] };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config));
  const { status, stdout, error } = spawnSync(
    executable("node"),
    [tsc(), "--noEmit", "--project", relative(ROOT, folder)],
    { cwd: ROOT, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  if (error) throw error;
  return status === 0 ? "" : stdout;
}
