import { parseArgs } from "node:util";
import { FfiError } from "../../ffi/error.ts";
import { SystemCallError } from "../kernel.ts";

/** How a command ended, in the manner of grep(1). */
export const EXIT = {
  /** Something was found. */
  found: 0,
  /** Nothing was found. */
  none: 1,
  /** The arguments were wrong, or the system could not be asked. */
  error: 2,
  /** Something is not as it must be. */
  wrong: 3,
} as const;

/** Where a command's lines go. */
export interface Output {
  /** Writes a line of the answer. */
  out(line: string): void;
  /** Writes a line that is not part of the answer. */
  err(line: string): void;
}

/** One subcommand. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** Does it; returns the exit code. */
  run(args: Arguments, output: Output): number;
}

/** What was typed behind the subcommand. */
export interface Arguments {
  /** The words that are no options. */
  readonly words: readonly string[];
  /** Whether `--json` was given. */
  readonly json: boolean;
}

/** Thrown for wrong arguments; the message is the one line that the user sees. */
export class UsageError extends Error {
  /** `"UsageError"`. */
  override readonly name = "UsageError";
}

/** A command line taken apart. */
export interface Parsed extends Arguments {
  /** Whether `--help` was given. */
  readonly help: boolean;
  /** Whether `--version` was given. */
  readonly version: boolean;
}

/**
 * Takes a command line apart.
 *
 * @throws {UsageError} It has an option that there is not.
 */
export function parse(args: readonly string[]): Parsed {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        json: { type: "boolean", default: false },
        version: { type: "boolean", default: false },
      },
    });
    return {
      words: positionals,
      help: values.help ?? false,
      json: values.json ?? false,
      version: values.version ?? false,
    };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Reads a whole number from a word, or answers `otherwise` where there is none. */
export function number(name: string, word: string | undefined, otherwise: () => number): number {
  if (word === undefined) return otherwise();
  if (!/^-?\d+$/.test(word)) {
    throw new UsageError(
      `Cannot read ${name} as it must be a whole number: current value is ${JSON.stringify(word)}`,
    );
  }
  return Number(word);
}

/** Whether an error is told to the user in its one line; any other is a fault of this program. */
export function isExpected(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof RangeError ||
    error instanceof SystemCallError || error instanceof FfiError;
}
