import type { ArgumentBytes } from "../system/facts.ts";

/** What the kernel keeps of what a process was started with. */
export interface ProcArgs extends ArgumentBytes {
  /** The environment, as in `PATH=/bin`; undefined if the system withholds it. */
  readonly environment: readonly Uint8Array[] | undefined;
}

/** The size of the count that comes before the strings. */
const ARGC = 4;

/**
 * What the kernel's own strings begin with, the first of which follows the environment. Once a
 * program runs, it has overwritten that one with NULs.
 */
const KERNEL_STRINGS: readonly string[] = ["pfz=", "stack_guard="];

/**
 * Reads what the sysctl `KERN_PROCARGS2` answers: the number of arguments, the path that was given to
 * `exec()`, the arguments, the environment, and strings of the kernel's own.
 *
 * The path is padded with NULs until the next pointer could follow, and there the arguments begin:
 * a search for the first byte that is not NUL loses empty arguments, and mistakes as many
 * strings of the environment for arguments.
 *
 * @param blob The answer.
 * @param pointerSize The size of a pointer in the process: 4 in a 32-bit one.
 */
export function parseProcArgs(blob: Uint8Array, pointerSize = 8): ProcArgs {
  const argc = argumentCount(blob);
  const path = stringAt(blob, ARGC);
  const afterPath = ARGC + path.length + 1;
  const args: Uint8Array[] = [];
  let at = isWithheld(blob, argc, path)
    ? afterPath + 1
    : ARGC + Math.ceil((path.length + 1) / pointerSize) * pointerSize;
  while (args.length < argc && at < blob.length) {
    const text = stringAt(blob, at);
    args.push(text);
    at += text.length + 1;
  }
  return {
    executablePath: path.length === 0 ? undefined : path,
    arguments: args,
    // Strings of the kernel's own end every answer that is whole.
    environment: at < blob.length ? readEnvironment(blob, at, pointerSize) : undefined,
    // The count of arguments stays true when a process writes over them, so it proves nothing.
    title: undefined,
  };
}

function argumentCount(blob: Uint8Array): number {
  if (blob.length < ARGC) return 0;
  return new DataView(blob.buffer, blob.byteOffset, ARGC).getInt32(0, true);
}

/**
 * True if a program hides its arguments (newer macOS): then the answer is a count of 1 and
 * twice the path, with two NULs between and no padding.
 */
function isWithheld(blob: Uint8Array, argc: number, path: Uint8Array): boolean {
  const again = ARGC + path.length + 2;
  return argc === 1 && path.length > 0 && blob.length === again + path.length + 1 &&
    blob[again - 1] === 0 && path.every((byte, i) => blob[again + i] === byte);
}

/** The strings up to an empty one, or to the kernel's own, which begin where a pointer could. */
function readEnvironment(blob: Uint8Array, start: number, pointerSize: number): Uint8Array[] {
  const strings: Uint8Array[] = [];
  for (let at = start; at < blob.length;) {
    const text = stringAt(blob, at);
    if (text.length === 0) break;
    if ((at - ARGC) % pointerSize === 0 && KERNEL_STRINGS.some((key) => startsWith(text, key))) {
      break;
    }
    strings.push(text);
    at += text.length + 1;
  }
  return strings;
}

/** The bytes up to the next NUL, or to the end, in memory of their own. */
function stringAt(blob: Uint8Array, at: number): Uint8Array {
  const end = blob.indexOf(0, at);
  return blob.slice(at, end < 0 ? blob.length : end);
}

function startsWith(text: Uint8Array, ascii: string): boolean {
  for (let i = 0; i < ascii.length; i++) if (text[i] !== ascii.charCodeAt(i)) return false;
  return true;
}
