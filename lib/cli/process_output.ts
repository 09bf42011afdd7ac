import process from "node:process";
import { wantsColors } from "../open.ts";
import type { Output, Screen } from "./command.ts";

/** The output of this process: its standard streams, its terminal, and the signal that ends it. */
export function processOutput(): Output {
  // A reader that closes early, such as head(1), is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const interrupted = new AbortController();
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    ...(process.stdout.isTTY ? { screen: screen() } : {}),
    get signal() {
      // Listened to only where a command waits: others end as the system has it.
      if (process.listenerCount("SIGINT") === 0) {
        for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
          process.once(name, () => interrupted.abort(new Error(name)));
        }
      }
      return interrupted.signal;
    },
  };
}

function screen(): Screen {
  const { stdout, stdin } = process;
  return {
    width: () => stdout.columns || 80,
    height: () => stdout.rows || 24,
    colors: wantsColors(),
    write: (text) => void stdout.write(text),
    keys(pressed, signal) {
      if (!stdin.isTTY) return;
      const listen = (bytes: Uint8Array) => pressed(new TextDecoder().decode(bytes));
      stdin.setRawMode(true);
      stdin.on("data", listen);
      stdin.resume();
      signal.addEventListener("abort", () => {
        stdin.off("data", listen);
        stdin.setRawMode(false);
        stdin.pause();
      }, { once: true });
    },
  };
}
