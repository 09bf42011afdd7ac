import { int32 } from "../system/arguments.ts";
import { optional } from "../system/errors.ts";
import type { SystemOptions } from "../system/system.ts";
import type { ArgumentBytes } from "../system/facts.ts";
import { systemAlone } from "../system/open.ts";

/** The arguments and the environment that a process was started with. */
export interface ProcessArguments {
  /**
   * The path that was passed to `exec()`, which may be relative. For a script, it is the path of
   * the interpreter. On Linux, the path is undefined, as the kernel does not keep it.
   */
  readonly executablePath: string | undefined;
  /** The arguments, including empty ones. By convention, the first is the name of the program. */
  readonly arguments: readonly string[];
  /**
   * The environment, as in `PATH=/bin`; undefined if the system withholds it. On macOS, the
   * environment of programs that are part of the system is withheld. On Linux, the environment of
   * processes that the caller may not trace is withheld.
   */
  readonly environment: readonly string[] | undefined;
  /** The arguments as bytes. In the text above, bytes that are not UTF-8 are replaced by U+FFFD. */
  readonly bytes: ArgumentBytes;
  /** The environment as bytes; undefined if the system withholds it. */
  readonly environmentBytes: readonly Uint8Array[] | undefined;
}

/**
 * Reads the arguments and the environment that a process was started with.
 *
 * The process may have overwritten them since. The environment may contain secrets.
 *
 * On macOS, throws `EPERM` for processes of other users unless the caller is root. On Linux, every
 * user can read the arguments of every process, unless the mount option `hidepid` hides it. On
 * Linux, the environment is undefined for processes that the caller may not trace. On Linux, kernel
 * threads have no arguments.
 *
 * @param pid The process.
 * @throws {SystemCallError} `ESRCH` if there is no such process or it has ended, `EPERM` if the
 * caller may not read its arguments.
 * @throws {RangeError} `pid` is not a 32-bit integer.
 *
 * @example
 * ```ts
 * import { getArguments } from "@libproc/libproc/libproc";
 * import process from "node:process";
 *
 * const { arguments: [name], environment } = getArguments(process.pid);
 * console.log(name, environment?.length);
 * ```
 */
export function getArguments(
  pid: number,
  options: SystemOptions = {},
): ProcessArguments {
  const system = systemAlone(options);
  const bytes = system.arguments(int32("pid", pid));
  const environmentBytes = optional(() => system.environment(pid));
  return {
    executablePath: bytes.executablePath && decoder.decode(bytes.executablePath),
    arguments: bytes.arguments.map((text) => decoder.decode(text)),
    environment: environmentBytes?.map((text) => decoder.decode(text)),
    bytes,
    environmentBytes,
  };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
