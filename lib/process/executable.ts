import { known } from "./known.ts";
import type { Life } from "./life.ts";

/** The file of the program that a process runs. */
export interface ExecutableInfo {
  /** Its path, without what Linux adds for a file that was deleted. */
  readonly path: string;
  /** The path as the kernel has it: bytes that are not UTF-8 are U+FFFD in the text. */
  readonly bytes: Uint8Array;
  /** Whether no name is left of the file; left out where the system does not say. */
  readonly deleted?: boolean;
}

/** Finds the file of the program that a process runs. */
export function executableOf(life: Life): ExecutableInfo {
  return life.living("find the executable of", () => {
    const { path, links } = life.source.host.executable(life.pid);
    return known<ExecutableInfo>({
      path: decoder.decode(path),
      bytes: path,
      deleted: links === undefined ? undefined : links === 0,
    });
  });
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
