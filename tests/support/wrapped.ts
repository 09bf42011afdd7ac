import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { command, MOST_OUTPUT, ROOT } from "./runtime.ts";

const NOBODY = 65534;

/** A command that runs the command in its arguments as another user without any privilege. */
export const AS_NOBODY: readonly string[] = [
  ...["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--inh-caps=-all"],
  "--bounding-set=-all",
];

/**
 * Returns a command that runs a shell script. `"$@"` in the script is the command in its arguments.
 * If the script sets `TARGET` to a pid, that process is killed when the script ends or fails.
 */
export function inShell(script: string): readonly string[] {
  return [
    "sh",
    "-ec",
    `trap '[ -z "$TARGET" ] || kill -9 $TARGET 2>&- || :' EXIT\n${script}`,
    "sh",
  ];
}

/** A command that runs the command in its arguments in a new mount namespace. */
export const OWN_MOUNTS: readonly string[] = ["unshare", "--mount", "--propagation=private"];

/**
 * Returns a folder in which a runtime caches compiled modules for a user, so that later processes
 * do not compile them again.
 */
function modulesOf(user: number): string {
  const folder = `${tmpdir()}/libproc-tests-modules-${user}`;
  if (!existsSync(folder)) {
    const made = mkdtempSync(`${folder}-`);
    if (process.getuid?.() === 0) chownSync(made, user, user);
    try {
      renameSync(made, folder);
    } catch {
      rmdirSync(made); // Another test has made it.
    }
  }
  const { uid, mode } = lstatSync(folder);
  // A folder that another user can write to must not be used.
  if (uid !== user || (mode & 0o022) !== 0) throw new Error(`"${folder}" is not the user's own`);
  return folder;
}

/**
 * Runs the text of a script through a command, which receives the command of the runtime as its
 * arguments. Parses the output of the script as JSON. It can import `mod.ts` and Node's modules.
 */
export function runWrapped(wrapper: readonly string[], source: string): unknown {
  // The runtime writes to its own folders, for which another user lacks permission.
  const home = mkdtempSync(`${tmpdir()}/libproc-home-`);
  chmodSync(home, 0o777);
  try {
    const modules = modulesOf(wrapper.includes(AS_NOBODY[1]!) ? NOBODY : process.getuid?.() ?? 0);
    const [file = "", ...args] = [...wrapper, ...command("-", { flags: ["-A", "--no-check"] })];
    const { status, stdout, stderr, error } = spawnSync(file, args, {
      cwd: ROOT,
      encoding: "utf8",
      maxBuffer: MOST_OUTPUT,
      env: {
        ...process.env,
        HOME: home,
        DENO_DIR: modules,
        NODE_COMPILE_CACHE: modules,
        BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
        NO_COLOR: "1",
      },
      input: source,
    });
    if (error || status !== 0) {
      throw new Error(`The script ended with ${status}: ${error ?? stderr}`);
    }
    return JSON.parse(stdout);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
