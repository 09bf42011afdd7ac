import { writeSync } from "node:fs";
import process from "node:process";
import { isatty } from "node:tty";
import { isDumb, wantsColors } from "../system/open.ts";
import { EXIT, type Output, type Screen } from "./command.ts";

/** The output of this process, which must be ended. */
export interface ProcessOutput extends Output {
  /**
   * Writes the buffered output.
   *
   * @param status The exit status of the command.
   * @returns The exit status: 2 if something could not be written.
   */
  end(status: number): number;
}

/**
 * Creates the output of this process from its standard streams, its terminal, and the signals that
 * end it.
 */
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
      // Signals are handled only while a command waits. Otherwise, they end the process as usual.
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
      // A closed pipe, as of head(1), and a disconnected terminal need no message.
      if (code !== "EPIPE" && !(code === "EIO" && isatty(OUT))) {
        const why = MEANING[code] ?? "it was refused";
        this.err(`libproc: Cannot write to standard output: ${code} (${why})`);
      }
      return EXIT.error;
    },
  };
}

/** Reads a line from the terminal. Returns true if it starts with a y. */
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

/** The reasons why something could not be written. */
const MEANING: Readonly<Record<string, string>> = {
  EBADF: "it is closed",
  EDQUOT: "the quota is used up",
  EFBIG: "the file is too large",
  EIO: "input or output error",
  ENOSPC: "no space left on device",
};

/** Writes lines to a descriptor, many at once. */
interface Writer {
  /** Buffers a line. It is written when the buffer is full, or before the command waits. */
  line(text: string): void;
  /** Writes the buffered lines. Returns the code of the error if something could not be written. */
  flush(): string | undefined;
}

/** The number of characters that are written at once. */
const CHUNK = 1 << 16;
/** The time to wait for a slow reader before another attempt to write, in milliseconds. */
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

/** Returns the code of an error, such as `"EPIPE"`. */
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
