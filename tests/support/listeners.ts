import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The processes of `listeners.py`, and their sockets. */
export interface Listeners extends AsyncDisposable {
  /** The pids of all processes, by their roles. */
  readonly pids: Readonly<Record<string, number>>;
  /** The sockets that wait for peers: listening TCP and unconnected UDP; pid, number and name. */
  readonly waiting: readonly (readonly [number, number, string])[];
  /** All other sockets: pid, number and name. */
  readonly others: readonly (readonly [number, number, string])[];
}

const SCRIPT = fileURLToPath(new URL("listeners.py", import.meta.url));

/** Starts `listeners.py` and waits until it is ready. */
export async function startListeners(): Promise<Listeners> {
  const child: ChildProcess = spawn("python3", [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const { value, done } = await lines.next();
  if (done) throw new Error("listeners.py ended before it was ready");
  const found = JSON.parse(value) as Pick<Listeners, "pids" | "waiting" | "others">;
  return {
    ...found,
    async [Symbol.asyncDispose]() {
      // Other processes have inherited its output, and must have ended too.
      const gone = once(child, "close");
      child.stdin!.end();
      await gone;
    },
  };
}
