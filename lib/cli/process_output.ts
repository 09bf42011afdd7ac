import process from "node:process";
import { getPidsForPgrp } from "../calls/list_pids.ts";
import { SystemCallError } from "../system/errors.ts";
import { defaultSystem, isDumb, wantsColors } from "../system/open.ts";
import type { Output, Screen } from "./command.ts";

/** Its number on Darwin, as `System.kill()` takes it. */
const SIGTSTP = 18;

/** The output of this process: its standard streams, its terminal, and the signal that ends it. */
export function processOutput(): Output {
  let stream: NodeJS.WriteStream | undefined;
  const interrupted = new AbortController();

  // Opened when it is needed: that takes longer than many a command.
  function standardOutput(): NodeJS.WriteStream {
    if (stream !== undefined) return stream;
    stream = process.stdout;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // A reader that closes early, such as head(1), is not an error, nor is a terminal that is gone.
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
      interrupted.abort(error);
    });
    return stream;
  }

  return {
    // Only the stream reports that its reader has left, which ends a command that waits.
    out(line) {
      if (stream === undefined) console.log(line);
      else stream.write(`${line}\n`);
    },
    err: (line) => console.error(line),
    get screen() {
      const output = standardOutput();
      return output.isTTY ? screen(output) : undefined;
    },
    get confirm() {
      return process.stdin.isTTY && process.stderr.isTTY ? confirm : undefined;
    },
    get signal() {
      standardOutput();
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

/** Reads a line from the terminal, and returns true if it starts with a y. */
async function confirm(question: string): Promise<boolean> {
  const { stdin, stderr } = process;
  stderr.write(question);
  try {
    return await new Promise((resolve) => {
      stdin.once("data", (bytes) => resolve(/^y/i.test(String(bytes))));
      stdin.once("end", () => resolve(false));
    });
  } finally {
    stdin.pause();
  }
}

function screen(output: NodeJS.WriteStream): Screen {
  const { stdin } = process;
  return {
    width: () => output.columns || 80,
    height: () => output.rows || 24,
    colors: wantsColors() && !isDumb(),
    moves: !isDumb(),
    write: (text) => void output.write(text),
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
    resized(changed, signal) {
      output.on("resize", changed);
      signal.addEventListener("abort", () => output.off("resize", changed), { once: true });
    },
    stop() {
      const system = defaultSystem();
      const own = system.pid();
      // The shell takes over when all have stopped; a runtime may have been started by another one.
      const others = getPidsForPgrp(system.pgrp(), { system }).filter((pid) => pid !== own);
      for (const pid of [...others, own]) {
        try {
          system.kill(pid, SIGTSTP);
        } catch (error) {
          if (!(error instanceof SystemCallError)) throw error;
        }
      }
    },
    continued(called, signal) {
      process.on("SIGCONT", called);
      signal.addEventListener("abort", () => process.off("SIGCONT", called), { once: true });
    },
  };
}
