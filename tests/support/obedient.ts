import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { compileProgram } from "./compile.ts";

/** A process that follows commands: `obedient.c`. It ends when it is disposed of. */
export interface Obedient extends AsyncDisposable {
  /** Its id. */
  readonly pid: number;
  /** Gives an order; answers with the numbers of its answer. */
  tell(order: string): Promise<number[]>;
}

/** Starts a process that follows commands. */
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
