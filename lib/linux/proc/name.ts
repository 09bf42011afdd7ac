import { wholeEnd } from "../../layout/text.ts";
import { COLON, isAt, MINUS, SLASH, SPACE } from "../parse/bytes.ts";
import { isKernelThread } from "../parse/stat.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { programFinder } from "./executable.ts";
import { procFile } from "./proc_fs.ts";
import { readerOf } from "./process.ts";
import type { World } from "./world.ts";

const CMDLINE = procFile("cmdline");
/** The kernel cuts the names of programs and threads after so many bytes. */
export const CUT_NAME = 15;
/** No file has a longer name. */
const LONGEST = 255;
/**
 * The last argument that may be a script. A script's interpreter is put before it, perhaps with one
 * argument; that may be a script too, and so on four times at most.
 */
const LAST_SCRIPT = 10;

/** Finds the names of programs. */
export interface NameFinder {
  /** The name that was found last, in as many bytes as {@linkcode NameFinder.find} returned. */
  readonly bytes: Uint8Array;
  /**
   * Finds the name of the program that the process which was read last runs; returns its length or a
   * negated errno. `fs.text` may be overwritten.
   */
  find(pid: number): DarwinAnswer;
}

/**
 * Makes a finder of names.
 *
 * The kernel's name has at most 15 bytes. One of 15 may have been cut: the whole name is that of the file
 * which was executed, as far as that starts with the kernel's. It is looked for in the first argument, in
 * those that may be the path of a script, and at the end of the path of the program. A process that gave
 * itself another name keeps that.
 */
export function nameFinder(world: World): NameFinder {
  const { fs } = world;
  const reader = readerOf(world);
  const whole = new Uint8Array(LONGEST);
  let findProgram: ReturnType<typeof programFinder> | undefined;
  let bytes = reader.name;

  /** True if the text from `start` to `end` may be a name of which the kernel has the beginning. */
  function isName(text: Uint8Array, start: number, end: number): boolean {
    return end - start <= LONGEST && isAt(text, start, end, reader.name.subarray(0, CUT_NAME));
  }

  function found(text: Uint8Array, start: number, end: number): DarwinAnswer {
    bytes = whole;
    for (let i = 0; i < end - start; i++) whole[i] = text[start + i]!;
    return end - start as DarwinAnswer;
  }

  /** The name of the file of the program; undefined if it does not start as the kernel's name. */
  function programName(pid: number): Uint8Array | undefined {
    const file = (findProgram ??= programFinder(world))(pid);
    if (typeof file === "number") return undefined;
    const { path } = file;
    const start = path.lastIndexOf(SLASH) + 1;
    return isName(path, start, path.length) ? path.subarray(start) : undefined;
  }

  /** The name in the first argument; undefined if there is none. */
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
    // What is behind the spaces may be part of the name or of a title: the program's file decides.
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

/** Where the last part of a path starts. A login shell has a `-` before its name. */
function baseOf(text: Uint8Array, start: number, end: number): number {
  for (let at = end - 1; at >= start; at--) if (text[at] === SLASH) return at + 1;
  return start === 0 && end > 0 && text[0] === MINUS ? 1 : start;
}

/** Where the name in a title ends: before ` -`, as in `chrome --type=renderer`, or before `: `. */
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
