import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { compileProgram } from "./compile.ts";

/** A process that prints what can be found in it, and a folder that it may use. */
export interface Stage extends AsyncDisposable {
  /** Its id. */
  readonly pid: number;
  /** The folder, which is removed with all that is in it when the stage is disposed of. */
  readonly folder: string;
  /** All names that it printed. */
  readonly names: readonly string[];
  /** The word behind a name. */
  said(name: string): string;
}

/**
 * Compiles and starts a program that prints lines of a name and a word, then `ready`, and ends when
 * its input does.
 *
 * @param source The program's source in this folder.
 * @param args Its arguments, made from the folder.
 */
export async function startStage(
  source: string,
  args: (folder: string) => readonly string[],
): Promise<Stage> {
  const folder = mkdtempSync(`${tmpdir()}/libproc-stage-`);
  const program = compileProgram([source], source.replace(/\.c$/, ""));
  const child: ChildProcess = spawn(program, args(folder), {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true, // leads a group of its own, which it may end
  });
  const found = new Map<string, string>();
  let ready = false;
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line === "ready") {
      ready = true;
      break;
    }
    const [name = "", word = ""] = line.split(" ");
    found.set(name, word);
  }
  if (!ready) throw new Error(`"${source}" ended before it was ready`);
  return {
    pid: child.pid!,
    folder,
    names: [...found.keys()],
    said(name) {
      const word = found.get(name);
      if (word === undefined) throw new Error(`Cannot find "${name}" among: ${[...found.keys()]}`);
      return word;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, "exit");
        child.stdin!.end();
        await gone;
      }
      // Names may be longer, and other bytes, than the runtimes take.
      execFileSync("rm", ["-rf", folder]);
    },
  };
}
