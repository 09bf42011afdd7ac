import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { compileProgram } from "./compile.ts";

/** A process that prints names and words about itself, and a folder for its files. */
export interface Stage extends AsyncDisposable {
  /** Its pid. */
  readonly pid: number;
  /** The path of the folder, which is removed when the stage is disposed of. */
  readonly folder: string;
  /** All names that it printed. */
  readonly names: readonly string[];
  /** Returns the word that it printed after a name. */
  said(name: string): string;
}

/**
 * Compiles and starts a program. It must print lines of a name and a word, then `ready`, and end
 * when its standard input is closed.
 *
 * @param source The name of the program's source in this folder.
 * @param args Returns the arguments of the program.
 */
export async function startStage(
  source: string,
  args: (folder: string) => readonly string[],
): Promise<Stage> {
  const folder = mkdtempSync(`${tmpdir()}/libproc-stage-`);
  const program = compileProgram([source], source.replace(/\.c$/, ""));
  const child: ChildProcess = spawn(program, args(folder), {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true, // The program leads a process group, which it may kill.
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
      // The runtimes do not accept all names of files: they may be too long or not valid UTF-8.
      execFileSync("rm", ["-rf", folder]);
    },
  };
}
