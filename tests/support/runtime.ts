import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The path of the folder of this project. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** The name of a runtime. */
export type RuntimeName = "bun" | "deno" | "node";

/** The runtime that runs this test. */
export const runtime: RuntimeName = "Bun" in globalThis
  ? "bun"
  : "Deno" in globalThis
  ? "deno"
  : "node";

/**
 * Returns the executable of a runtime that npm has installed. Variables such as `LIBPROC_DENO`
 * replace it. If Bun runs this test, its own executable is used, because there can be several
 * versions.
 *
 * `process.execPath` is not used for other runtimes: under Deno, `node:child_process` starts that
 * path with all permissions if no flag names a permission.
 */
export function executable(name: RuntimeName = runtime): string {
  return process.env[`LIBPROC_${name.toUpperCase()}`] ??
    (name === "bun" && runtime === "bun" ? process.execPath : `${ROOT}node_modules/.bin/${name}`);
}

/** The options for running a script. */
export interface RunOptions {
  /** The runtime. Default: the one that runs this test. */
  readonly runtime?: RuntimeName;
  /** Flags for Deno; ignored by other runtimes. */
  readonly flags?: readonly string[];
  /** Flags for Node; ignored by other runtimes. */
  readonly nodeFlags?: readonly string[];
  /** The arguments of the script. */
  readonly args?: readonly string[];
  /** Variables to add to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The time limit, in milliseconds. Default: none. */
  readonly timeoutMs?: number;
}

/** Returns the command that runs the script at a path; `-` means standard input. */
export function command(script: string, options: RunOptions = {}): [string, ...string[]] {
  const { runtime: name = runtime, flags = ["--allow-all"], nodeFlags = [], args = [] } = options;
  const run = {
    bun: ["run"],
    deno: ["run", "--no-lock", "--no-prompt", "--quiet", ...flags],
    node: [...QUIET_NODE, ...nodeFlags, ...(script === "-" ? ["--input-type=module"] : [])],
  };
  return [executable(name), ...run[name], script, ...args];
}

/** The flags that disable Node's warnings about its experimental FFI and type stripping. */
const QUIET_NODE = ["--disable-warning=ExperimentalWarning"];

/** The result of a script. */
export interface Outcome {
  /** The exit code; null if a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the script at a path, in the folder of this project. */
export function runScript(script: string, options: RunOptions = {}): Outcome {
  return spawn(script, options, "");
}

/** Runs the text of a script. Its imports are relative to the folder of this project. */
export function runSource(source: string, options: RunOptions = {}): Outcome {
  return spawn("-", options, source);
}

/** The limit of a script's output, in bytes, enough for all processes of a busy machine. */
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
  // Early versions of Bun 1.2 also report an error if a program ends with a status other than 0.
  if (error && status === null) throw error;
  return { status, stdout, stderr };
}
