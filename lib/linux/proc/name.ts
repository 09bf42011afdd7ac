import { wholeEnd } from "../../layout/text.ts";
import { COLON, isAt, MINUS, SLASH, SPACE } from "../parse/bytes.ts";
import { isKernelThread } from "../parse/stat.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { programFinder } from "./executable.ts";
import { procFile } from "./proc_fs.ts";
import { readerOf } from "./process.ts";
import type { World } from "./world.ts";

const CMDLINE = procFile("cmdline");
/** The length to which the kernel truncates the names of programs and threads, in bytes. */
export const CUT_NAME = 15;
/** The maximum length of the name of a file, in bytes. */
const LONGEST = 255;
/**
 * The index of the last argument that may be a script. The kernel inserts the interpreter of a
 * script before it, with at most one argument. The interpreter may be a script too, up to four
 * times.
 */
const LAST_SCRIPT = 10;

/** Finds the names of programs. */
export interface NameFinder {
  /** The name that was found last, with the length that {@linkcode NameFinder.find} returned. */
  readonly bytes: Uint8Array;
  /**
   * Finds the name of the program of the process that was read last. Returns the length of the name
   * or a negated errno. May overwrite `fs.text`.
   */
  find(pid: number): DarwinAnswer;
}

/**
 * Creates a finder of names.
 *
 * The kernel's name has at most 15 bytes, so a name of 15 bytes may have been truncated. The whole
 * name is that of the executed file, if it starts with the kernel's name. The finder searches the
 * first argument, the arguments that may be the path of a script, and the end of the program's
 * path. A process that has changed its name keeps the new name.
 */
export function nameFinder(world: World): NameFinder {
  const { fs } = world;
  const reader = readerOf(world);
  const whole = new Uint8Array(LONGEST);
  let findProgram: ReturnType<typeof programFinder> | undefined;
  let bytes = reader.name;

  /** True if the text from `start` to `end` may be a name that starts with the kernel's name. */
  function isName(text: Uint8Array, start: number, end: number): boolean {
    return end - start <= LONGEST && isAt(text, start, end, reader.name.subarray(0, CUT_NAME));
  }

  function found(text: Uint8Array, start: number, end: number): DarwinAnswer {
    bytes = whole;
    for (let i = 0; i < end - start; i++) whole[i] = text[start + i]!;
    return end - start as DarwinAnswer;
  }

  /**
   * Returns the name of the program's file; undefined if it does not start with the kernel's name.
   */
  function programName(pid: number): Uint8Array | undefined {
    const file = (findProgram ??= programFinder(world))(pid);
    if (typeof file === "number") return undefined;
    const { path } = file;
    const start = path.lastIndexOf(SLASH) + 1;
    return isName(path, start, path.length) ? path.subarray(start) : undefined;
  }

  /**
   * Finds the name in the first argument. Returns its length; undefined if the argument has no
   * name.
   */
  function firstName(pid: number, end: number): DarwinAnswer | undefined {
    const { text } = fs;
    const options = titleEnd(text, end);
    let stop = options;
    let start = baseOf(text, 0, stop);
    if (!isName(text, start, stop)) {
      stop = end;
      start = baseOf(text, 0, stop);
      if (!isName(text, start, stop)) return undefined;
    }
    if (options === end && !hasSpace(text, start, end)) return found(text, start, end);
    // The text after a space may belong to the name or to a title. The program's file decides.
    const name = programName(pid);
    if (name === undefined || !isAt(text, start, end, name)) return found(text, start, stop);
    const next = start + name.length;
    const isWhole = next === end || text[next] === SPACE || text[next] === COLON;
    return isWhole ? found(name, 0, name.length) : found(text, start, stop);
  }

  function find(pid: number): DarwinAnswer {
    bytes = reader.name;
    if (reader.nameLength !== CUT_NAME || isKernelThread(reader.stat)) {
      return reader.nameLength as DarwinAnswer;
    }
    const length = reader.readFile(pid, CMDLINE);
    if (length < 0) return length;
    const { text } = fs;
    for (let i = 0, at = 0; i <= LAST_SCRIPT && at < length; i++) {
      let end = at;
      while (end < length && text[end] !== 0) end++;
      if (i === 0) {
        const name = firstName(pid, end);
        if (name !== undefined) return name;
      } else {
        const start = baseOf(text, at, end);
        if (isName(text, start, end)) return found(text, start, end);
      }
      at = end + 1;
    }
    const name = programName(pid);
    if (name !== undefined) return found(name, 0, name.length);
    return wholeEnd(reader.name, 0, CUT_NAME) as DarwinAnswer;
  }

  return {
    get bytes() {
      return bytes;
    },
    find,
  };
}

/** Returns the offset of the last part of a path. The name of a login shell has a leading `-`. */
function baseOf(text: Uint8Array, start: number, end: number): number {
  for (let at = end - 1; at >= start; at--) if (text[at] === SLASH) return at + 1;
  return start === 0 && end > 0 && text[0] === MINUS ? 1 : start;
}

/**
 * Returns the offset at which the name in a title ends: before ` -`, as in
 * `chrome --type=renderer`, or before `: `.
 */
function titleEnd(text: Uint8Array, end: number): number {
  for (let at = 0; at + 1 < end; at++) {
    const next = text[at + 1];
    if (text[at] === SPACE && next === MINUS || text[at] === COLON && next === SPACE) return at;
  }
  return end;
}

function hasSpace(text: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text[at] === SPACE) return true;
  return false;
}
