import type { ArgumentBytes } from "../system/facts.ts";

/** The arguments and the environment that the kernel keeps of a process. */
export interface ProcArgs extends ArgumentBytes {
  /** The environment, as in `PATH=/bin`; undefined if the system withholds it. */
  readonly environment: readonly Uint8Array[] | undefined;
}

/** The size of the argument count before the strings. */
const ARGC = 4;

/**
 * The prefixes of the kernel's own strings. The first of these strings follows the environment. A
 * running program has overwritten it with NULs.
 */
const KERNEL_STRINGS: readonly string[] = ["pfz=", "stack_guard="];

/**
 * Parses the answer of the sysctl `KERN_PROCARGS2`: the number of arguments, the path that was
 * passed to `exec()`, the arguments, the environment, and the kernel's own strings.
 *
 * The path is padded with NULs to a multiple of the pointer size, and the arguments begin there. A
 * search for the first byte that is not NUL would skip empty arguments, and would mistake as many
 * strings of the environment for arguments.
 *
 * @param blob The answer.
 * @param pointerSize The size of a pointer in the process: 4 in a 32-bit process.
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
    // A whole answer ends with the kernel's own strings.
    environment: at < blob.length ? readEnvironment(blob, at, pointerSize) : undefined,
    // A title cannot be detected, as overwriting the arguments does not change their count.
    title: undefined,
  };
}

function argumentCount(blob: Uint8Array): number {
  if (blob.length < ARGC) return 0;
  return new DataView(blob.buffer, blob.byteOffset, ARGC).getInt32(0, true);
}

/**
 * Returns true if a program hides its arguments (newer macOS). The answer is then a count of 1 and
 * twice the path, with two NULs in between and no padding.
 */
function isWithheld(blob: Uint8Array, argc: number, path: Uint8Array): boolean {
  const again = ARGC + path.length + 2;
  return argc === 1 && path.length > 0 && blob.length === again + path.length + 1 &&
    blob[again - 1] === 0 && path.every((byte, i) => blob[again + i] === byte);
}

/** Reads the strings before an empty one, or before the kernel's own, which are pointer-aligned. */
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

/** Copies the bytes before the next NUL, or before the end. */
function stringAt(blob: Uint8Array, at: number): Uint8Array {
  const end = blob.indexOf(0, at);
  return blob.slice(at, end < 0 ? blob.length : end);
}

function startsWith(text: Uint8Array, ascii: string): boolean {
  for (let i = 0; i < ascii.length; i++) if (text[i] !== ascii.charCodeAt(i)) return false;
  return true;
}
