import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { compileProgram } from "./compile.ts";

/** The processes that a source such as `cast.c` makes, by what they are there for. */
export interface Cast extends AsyncDisposable {
  /** The roles, in the order in which they were made. */
  readonly roles: readonly string[];
  /** The process id of a role. */
  pid(role: string): number;
  /** The path of the terminal that the role printed. */
  said(role: string): string;
}

/**
 * Starts the cast of a source with some arguments, and waits until everybody stands. It ends when
 * disposed of.
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
