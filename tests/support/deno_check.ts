import { spawnSync } from "node:child_process";
import process from "node:process";
import { executable, ROOT } from "./runtime.ts";

/** Returns the type errors that `deno check` finds in files; "" if there are none. */
export function typeErrors(files: readonly string[]): string {
  const { status, stderr, error } = spawnSync(executable("deno"), ["check", ...files], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (error) throw error;
  return status === 0 ? "" : stderr;
}
