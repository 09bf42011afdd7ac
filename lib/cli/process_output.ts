import { writeSync } from "node:fs";
import process from "node:process";
import { isatty } from "node:tty";
import { isDumb, wantsColors } from "../system/open.ts";
import { EXIT, type Output, type Screen } from "./command.ts";

/** The output of this process, which is to be ended. */
export interface ProcessOutput extends Output {
  /**
   * Writes what is left.
   *
   * @param status The exit status of the command.
   * @returns The exit status: 2 if something could not be written.
   */
  end(status: number): number;
}

/** The output of this process: its standard streams, its terminal, and the signal that ends it. */
export function processOutput(): ProcessOutput {
  const interrupted = new AbortController();
  const answer = writer(OUT, (error) => interrupted.abort(error));
  let onScreen: Screen | undefined;

  return {
    out: answer.line,
    err(line) {
      answer.flush();
      const other = writer(ERR, () => {});
      other.line(line);
      other.flush();
    },
    get screen() {
      if (!isatty(OUT)) return undefined;
      return onScreen ??= screen(answer.flush, (error) => interrupted.abort(error));
    },
    get confirm() {
      return process.stdin.isTTY && process.stderr.isTTY ? confirm : undefined;
    },
    get signal() {
      // Listened to only where a command waits: others end as the system has it.
      if (process.listenerCount("SIGINT") === 0) {
        for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
          process.once(name, () => interrupted.abort(new Error(name)));
        }
      }
      return interrupted.signal;
    },
    end(status) {
      const code = answer.flush();
      if (code === undefined) return status;
      // A reader that has left, such as head(1), and a terminal that is gone, need no message.
      if (code !== "EPIPE" && !(code === "EIO" && isatty(OUT))) {
        const why = MEANING[code] ?? "it was refused";
        this.err(`libproc: Cannot write to standard output: ${code} (${why})`);
      }
      return EXIT.error;
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

const OUT = 1, ERR = 2;

/** Why something could not be written. */
const MEANING: Readonly<Record<string, string>> = {
  EBADF: "it is closed",
  EDQUOT: "the quota is used up",
  EFBIG: "the file is too large",
  EIO: "input or output error",
  ENOSPC: "no space left on device",
};

/** Writes lines to a descriptor, many at once. */
interface Writer {
  /** Writes a line: at once, or before the command waits. */
  line(text: string): void;
  /** Writes what is left; returns the code of the error if something could not be written. */
  flush(): string | undefined;
}

/** How many characters are written at once. */
const CHUNK = 1 << 16;
/** How long a reader is waited for that has to read before more can be written. */
const PAUSE_MS = 5;

function writer(fd: number, fails: (error: unknown) => void): Writer {
  let waiting = "";
  let isScheduled = false;
  let failure: string | undefined;

  function flush(): string | undefined {
    isScheduled = false;
    let bytes = new TextEncoder().encode(waiting);
    waiting = "";
    while (bytes.length > 0 && failure === undefined) {
      try {
        bytes = bytes.subarray(writeSync(fd, bytes));
      } catch (error) {
        const code = codeOf(error);
        if (code === "EAGAIN") Atomics.wait(CELL, 0, 0, PAUSE_MS);
        else if (code !== "EINTR") {
          failure = code;
          fails(error);
        }
      }
    }
    return failure;
  }

  return {
    line(text) {
      if (failure !== undefined) return;
      waiting += `${text}\n`;
      if (waiting.length >= CHUNK) flush();
      else if (!isScheduled) {
        isScheduled = true;
        queueMicrotask(flush);
      }
    },
    flush,
  };
}

const CELL = new Int32Array(new SharedArrayBuffer(4));

/** The code of an error, as in `"EPIPE"`. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === "string" ? code : error.name;
}

function screen(flush: () => void, fails: (error: unknown) => void): Screen {
  const { stdin, stdout } = process;
  stdout.on("error", fails);
  return {
    width: () => stdout.columns || 80,
    height: () => stdout.rows || 24,
    colors: wantsColors() && !isDumb(),
    moves: !isDumb(),
    write(text) {
      flush();
      stdout.write(text);
    },
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
      stdout.on("resize", changed);
      signal.addEventListener("abort", () => stdout.off("resize", changed), { once: true });
    },
    continued(called, signal) {
      process.on("SIGCONT", called);
      signal.addEventListener("abort", () => process.off("SIGCONT", called), { once: true });
    },
  };
}
