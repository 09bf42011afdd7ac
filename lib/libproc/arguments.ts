import { int32 } from "../system/arguments.ts";
import { optional } from "../system/errors.ts";
import type { SystemOptions } from "../system/system.ts";
import type { ArgumentBytes } from "../system/facts.ts";
import { systemAlone } from "../system/open.ts";

/** What a process was started with. */
export interface ProcessArguments {
  /**
   * The path that was given to `exec()`, which may be relative; for a script, that of its
   * interpreter. Undefined on Linux, which does not keep it.
   */
  readonly executablePath: string | undefined;
  /** The arguments, empty ones too; the first is the name that the program goes by. */
  readonly arguments: readonly string[];
  /**
   * The environment, as in `PATH=/bin`; undefined where the system withholds it. macOS withholds that
   * of programs that are part of it, Linux that of other users' processes.
   */
  readonly environment: readonly string[] | undefined;
  /** The arguments as the kernel has them: bytes that are not UTF-8 are U+FFFD in the text above. */
  readonly bytes: ArgumentBytes;
  /** The environment likewise; undefined if the system withholds it. */
  readonly environmentBytes: readonly Uint8Array[] | undefined;
}

/**
 * Reads the arguments and the environment that a process was started with.
 *
 * A process may have written over them since. Note that the environment may hold secrets.
 *
 * On macOS other users' processes are `EPERM`; on Linux everybody may read arguments, and only the
 * environment is undefined. A kernel thread of Linux has no arguments.
 *
 * @param pid The process.
 * @throws {SystemCallError} `ESRCH` there is no such process or it has ended, `EPERM` it is another
 * user's.
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
