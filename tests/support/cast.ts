import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { compileProgram } from "./compile.ts";

/** The processes that a source such as `cast.c` starts, by their roles. */
export interface Cast extends AsyncDisposable {
  /** The roles, in the order in which their processes were started. */
  readonly roles: readonly string[];
  /** Returns the pid of a role. */
  pid(role: string): number;
  /** Returns the word that was printed after the pid of a role, such as the path of a terminal. */
  said(role: string): string;
}

/**
 * Compiles and starts a source with some arguments, and waits until all of its processes are ready.
 * They end when the cast is disposed of.
 */
export async function startCast(name = "cast", args: readonly string[] = []): Promise<Cast> {
  const child: ChildProcess = spawn(compileProgram([`${name}.c`], name), args, {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const roles = new Map<string, { pid: number; said: string }>();
  for await (const line of createInterface({ input: child.stdout! })) {
    const [role = "", pid, said = ""] = line.split(" ");
    roles.set(role, { pid: Number(pid), said });
    if (role === "director") break;
  }
  const get = (role: string) => {
    const found = roles.get(role);
    if (!found) throw new Error(`Cannot find "${role}" in the cast: ${[...roles.keys()]}`);
    return found;
  };
  return {
    roles: [...roles.keys()],
    pid: (role) => get(role).pid,
    said: (role) => get(role).said,
    async [Symbol.asyncDispose]() {
      const gone = child.exitCode !== null || child.signalCode !== null || once(child, "exit");
      child.stdin!.end();
      await gone;
    },
  };
}
