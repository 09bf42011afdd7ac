import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { compileProgram } from "./compile.ts";

/** The process of `obedient.c`, which executes commands. It ends when it is disposed of. */
export interface Obedient extends AsyncDisposable {
  /** Its pid. */
  readonly pid: number;
  /** Sends a command; returns the numbers in the reply. */
  tell(order: string): Promise<number[]>;
}

/** Starts a process that executes commands. */
export async function startObedient(): Promise<Obedient> {
  const child = spawn(compileProgram(["obedient.c"], "obedient"), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value = "" } = await lines.next() as { value?: string };
    if (value === "" || value.startsWith("error")) {
      throw new Error(`Cannot send a command: "${value}"`);
    }
    return value.split(" ").slice(1).map(Number);
  };
  const [pid = 0] = await answer();
  return {
    pid,
    tell(order) {
      child.stdin.write(`${order}\n`);
      return answer();
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
