import { getArguments, type ProcessArguments } from "../libproc/arguments.ts";
import { AccessDeniedError } from "./errors.ts";
import { known } from "./known.ts";
import type { Life } from "./life.ts";

/** What a process was started with, but for its environment. */
export interface ArgumentInfo {
  /**
   * The arguments, empty ones too; the first is the name that the program goes by. Where there is a
   * title, it stands here alone. Kernel threads have none.
   */
  readonly arguments: readonly string[];
  /**
   * What the process wrote over its arguments, which are lost then; left out where it did not, and
   * where the system does not let us tell.
   */
  readonly title?: string;
  /**
   * The path that was given to `exec()`, which may be relative; for a script, that of its interpreter.
   * Left out on Linux, which does not keep it.
   */
  readonly executablePath?: string;
  /** The arguments as the kernel has them: bytes that are not UTF-8 are U+FFFD in the text. */
  readonly bytes: readonly Uint8Array[];
}

/** Reads the arguments of a process. */
export function argumentsOf(life: Life): ArgumentInfo {
  const { arguments: texts, executablePath, bytes } = started("read the arguments of", life);
  return known<ArgumentInfo>({
    arguments: texts,
    title: bytes.title === undefined ? undefined : texts[0],
    executablePath,
    bytes: bytes.arguments,
  });
}

/**
 * Reads the environment of a process by its names: of those that stand there twice the first, as
 * `getenv()` finds it. What has no name or no `=` is left out.
 */
export function environmentOf(life: Life): Readonly<Record<string, string>> {
  const doing = "read the environment of";
  const { environment } = started(doing, life);
  const variables = new Map<string, string>();
  for (const text of told(environment, doing, life)) {
    const end = text.indexOf("=");
    const name = text.slice(0, end);
    if (end > 0 && !variables.has(name)) variables.set(name, text.slice(end + 1));
  }
  // It may have a variable of any name, "__proto__" too.
  return Object.fromEntries(variables);
}

/** Reads the environment of a process as the kernel has it. */
export function environmentBytesOf(life: Life): readonly Uint8Array[] {
  const doing = "read the environment of";
  return told(started(doing, life).bytes.environment, doing, life);
}

function started(doing: string, life: Life): ProcessArguments {
  return life.living(doing, () => getArguments(life.pid, life.source.host));
}

/** What the system withholds is undefined. */
function told<T>(environment: T | undefined, doing: string, { pid }: Life): T {
  if (environment === undefined) throw new AccessDeniedError(doing, pid);
  return environment;
}
