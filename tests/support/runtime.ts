import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The folder of this project. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** A runtime that the tests know. */
export type RuntimeName = "bun" | "deno" | "node";

/** The runtime that runs this test. */
export const runtime: RuntimeName = "Bun" in globalThis
  ? "bun"
  : "Deno" in globalThis
  ? "deno"
  : "node";

/**
 * The executable of a runtime, as npm installed it, but for a Bun that runs this test: there are several.
 * `LIBPROC_DENO` and its like name another version's.
 *
 * It is not `process.execPath` otherwise: under Deno, `node:child_process` gives that one every permission
 * where no flag names a permission.
 */
export function executable(name: RuntimeName = runtime): string {
  return process.env[`LIBPROC_${name.toUpperCase()}`] ??
    (name === "bun" && runtime === "bun" ? process.execPath : `${ROOT}node_modules/.bin/${name}`);
}

/** How a script is run. */
export interface RunOptions {
  /** The runtime; the one that runs this test when left out. */
  readonly runtime?: RuntimeName;
  /** Deno's flags; the others have none of them and get none. */
  readonly flags?: readonly string[];
  /** Node's flags. */
  readonly nodeFlags?: readonly string[];
  /** What the script gets as its arguments. */
  readonly args?: readonly string[];
  /** What is added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** After how many milliseconds it is killed. Default: never. */
  readonly timeoutMs?: number;
}

/** The command that runs the script at a path, `-` being standard input. */
export function command(script: string, options: RunOptions = {}): [string, ...string[]] {
  const { runtime: name = runtime, flags = ["--allow-all"], nodeFlags = [], args = [] } = options;
  const run = {
    bun: ["run"],
    deno: ["run", "--no-lock", "--no-prompt", "--quiet", ...flags],
    node: [...QUIET_NODE, ...nodeFlags, ...(script === "-" ? ["--input-type=module"] : [])],
  };
  return [executable(name), ...run[name], script, ...args];
}

/** Node warns on standard error that its FFI, and the stripping of types, are experimental. */
const QUIET_NODE = ["--disable-warning=ExperimentalWarning"];

/** What a script left behind. */
export interface Outcome {
  /** Its exit code, null if a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the script at a path, in the folder of this project. */
export function runScript(script: string, options: RunOptions = {}): Outcome {
  return spawn(script, options, "");
}

/** Runs the text of a script; `./` in its imports is the folder of this project. */
export function runSource(source: string, options: RunOptions = {}): Outcome {
  return spawn("-", options, source);
}

/** What a script over all processes of a busy machine may print, in bytes. */
export const MOST_OUTPUT: number = 1 << 28;

function spawn(script: string, options: RunOptions, input: string): Outcome {
  const [file, ...args] = command(script, options);
  const env = { ...process.env, NO_COLOR: "1", ...options.env };
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd: ROOT,
    env,
    input,
    encoding: "utf8",
    maxBuffer: MOST_OUTPUT,
    killSignal: "SIGKILL",
    ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs }),
  });
  // The first Bun 1.2 has an error also where a program ends with a status that is not 0.
  if (error && status === null) throw error;
  return { status, stdout, stderr };
}
