import { parseArgs } from "node:util";
import { FfiError } from "../../ffi/error.ts";
import { optional, SystemCallError } from "../system/errors.ts";
import { systemIn } from "../system/open.ts";
import {
  AccessDeniedError,
  ProcessError,
  ProcessGoneError,
  ZombieError,
} from "../process/errors.ts";
import type { System, SystemOptions } from "../system/system.ts";
import { nearest } from "./nearest.ts";

/** The exit statuses of the commands, as of grep(1). */
export const EXIT = {
  /** Something was found. */
  found: 0,
  /** Nothing was found. */
  none: 1,
  /** The arguments were invalid, or the system could not be queried. */
  error: 2,
  /** Some of it was denied to this user. For the doctor: an answer was wrong. */
  partly: 3,
} as const;

/** The destination of a command's output, and what it supports. */
export interface Output {
  /** Writes a line of output. */
  out(line: string): void;
  /** Writes a line of diagnostics. */
  err(line: string): void;
  /** The screen that shows the output; undefined if it goes to a file or another program. */
  readonly screen?: Screen | undefined;
  /** Prompts the user for a confirmation; undefined if there is no terminal for that. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** The system to query, also with `--proc-root` and `--bpf`. Default: this host. */
  readonly system?: System;
  /** Aborted to end the command, for example by Ctrl-C. */
  readonly signal?: AbortSignal;
}

/** The terminal that shows the output. */
export interface Screen {
  /** Returns its current number of columns. */
  width(): number;
  /** Returns its current number of lines. */
  height(): number;
  /** True if it shows colours. */
  readonly colors: boolean;
  /** True if its cursor can be moved. */
  readonly moves: boolean;
  /** Writes text without a line end, including control sequences. */
  write(text: string): void;
  /** Calls `pressed` for each key that is pressed, until the signal is aborted. */
  keys(pressed: (key: string) => void, signal: AbortSignal): void;
  /** Calls `changed` whenever the width or height changes, until the signal is aborted. */
  resized(changed: () => void, signal: AbortSignal): void;
  /**
   * Stops this program instead of the signal that Ctrl-Z sends. Default: stops its process group.
   */
  stop?(): void;
  /** Calls `called` whenever this program continues after a stop, until the signal is aborted. */
  continued(called: () => void, signal: AbortSignal): void;
}

/** One option of a command. */
export interface Option {
  /** The type: a flag, or an option that takes a value. */
  readonly type: "boolean" | "string";
  /** The letter of its short form. */
  readonly short?: string;
  /**
   * The name of its value in the help, such as `FIELD`. In brackets: a number that can be omitted.
   */
  readonly word?: string;
  /** The text of its help, in one line. */
  readonly help: string;
}

/** Options by name. */
export type Options = Readonly<Record<string, Option>>;

/** One subcommand. */
export interface Command {
  /** The arguments in the help, such as `PID`. */
  readonly usage: string;
  /** The text of its help, in several lines. */
  readonly description: string;
  /** The options that it takes in addition to `--help`. */
  readonly options: Options;
  /**
   * The names of the fields for `--fields` and `--sort`: the short one of each field that has one.
   */
  readonly fields?: readonly string[];
  /** The help on its exit statuses. Default: that of all commands. */
  readonly exits?: string;
  /** A command line as an example. */
  readonly example: string;
  /** Runs the command and returns the exit status. */
  run(call: Call): number | Promise<number>;
}

/** The arguments of a subcommand. */
export interface Call {
  /** The words that are not options. */
  readonly words: readonly string[];
  /** The options and their values. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** The destination of the output. */
  readonly output: Output;
  /** The system to query: that of the output, that of `--proc-root` or `--bpf`, or this host. */
  readonly from: SystemOptions;
}

/** Thrown for invalid arguments. The message is the one line that the user sees. */
export class UsageError extends Error {
  /** The name of the class. */
  override readonly name = "UsageError";
}

/** The option `--json`, for commands that print one object. */
export const JSON_OPTION: Options = {
  json: { type: "boolean", help: "print JSON" },
};

/** The option `--proc-root`, for commands that query processes. */
export const ROOT_OPTION: Options = {
  "proc-root": {
    type: "string",
    word: "PATH",
    help: "Linux: read the process file system at PATH, or a copy of one",
  },
};

/** The option `--bpf`, for commands that read all processes, or what all of them have open. */
export const BPF_OPTION: Options = {
  bpf: {
    type: "boolean",
    help: "Linux: read all at once with BPF programs, which requires privileges",
  },
};

/** The option `--no-bpf`, for commands that may otherwise use BPF programs without `--bpf`. */
export const NO_BPF_OPTION: Options = {
  "no-bpf": { type: "boolean", help: "Linux: use no BPF programs, even for many processes" },
};

/**
 * Parses the arguments after a subcommand. As in getopt(3), an option that takes a value takes the
 * next argument, even if that starts with `-`.
 *
 * @throws {UsageError} The command does not have an option, or an option lacks its value.
 */
export function parse(
  args: readonly string[],
  options: Options,
): Pick<Call, "words" | "options"> {
  // The strict checks are made here, as the runtimes word their messages differently.
  const { tokens } = parseArgs({
    args: args.map((arg, i) => isBare(arg, args[i + 1], options) ? `${arg}=` : arg),
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { type, short }]) => [
        name,
        short === undefined ? { type } : { type, short },
      ]),
    ),
  });
  const words: string[] = [];
  const given: Record<string, string | boolean> = {};
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) {
      const near = nearest(name, Object.keys(options));
      const hint = near === undefined ? "try --help" : `did you mean --${near}?`;
      throw new UsageError(`Cannot use ${rawName} as there is no such option: ${hint}`);
    }
    if (option.type === "string" && value === undefined) {
      throw new UsageError(`Cannot use ${rawName} without ${option.word ?? "a word"}`);
    }
    if (option.type === "boolean" && value !== undefined) {
      throw new UsageError(`Cannot use ${rawName} with a value: it is ${JSON.stringify(value)}`);
    }
    given[name] = value ?? true;
  }
  return { words, options: given };
}

/** Returns true for an option whose value can be omitted, if the next argument is not a number. */
function isBare(arg: string, next: string | undefined, options: Options): boolean {
  const name = arg.slice(2);
  if (!arg.startsWith("--") || !Object.hasOwn(options, name)) return false;
  return canBeBare(options[name]!) && !/^\.?\d/.test(next ?? "");
}

/** Returns true for an option whose value can be omitted. */
export function canBeBare({ word = "" }: Option): boolean {
  return /^\[[A-Z]+\]$/.test(word);
}

/** Returns the value of an option that takes one. */
export function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Parses an integer. Returns the result of `otherwise` if there is no argument. */
export function number(name: string, word: string | undefined, otherwise: () => number): number {
  if (word === undefined) return otherwise();
  if (!/^-?\d+$/.test(word)) {
    throw new UsageError(
      `Cannot read ${name} as it must be a whole number: current value is ${JSON.stringify(word)}`,
    );
  }
  return Number(word);
}

/** Parses the pid that is the only argument of a command. */
export function onePid({ words }: Call, name: string): number {
  const [word, extra] = words;
  if (extra !== undefined) {
    throw new UsageError(`Cannot use ${JSON.stringify(extra)} after ${name} ${word}`);
  }
  return number("PID", word, () => {
    throw new UsageError(`Cannot run ${name} without a process id`);
  });
}

/** Throws if there are more arguments than a command takes. */
export function atMost({ words }: Call, name: string, most: number): void {
  const extra = words[most];
  if (extra === undefined) return;
  const before = [name, ...words.slice(0, most)].join(" ");
  throw new UsageError(`Cannot use ${JSON.stringify(extra)} after ${before}`);
}

/** Returns true for an error that is reported to the user in one line. Other errors are bugs. */
export function isExpected(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof RangeError ||
    error instanceof SystemCallError || error instanceof ProcessError ||
    error instanceof FfiError;
}

/**
 * Reports what was denied. Returns the exit status, which has no other source except errors: so it
 * is never returned without a message.
 */
export function partly({ err }: Pick<Output, "err">, what: string): number {
  err(`libproc: ${printable(what)}`);
  return EXIT.partly;
}

/** Reports what this user may not read, and a remedy. Returns the exit status. */
export function refused({ output, from }: Pick<Call, "output" | "from">, what: string): number {
  const isRoot = optional(() => systemIn(from).euid()) === 0;
  return partly(output, `${what}: ${isRoot ? "root lacks the privilege here" : "root may"}`);
}

/** Returns the exit status for an expected error, whose message is printed. */
export function statusOf(error: Error): number {
  // A zombie has lost what the command reads.
  if (error instanceof ProcessGoneError || error instanceof ZombieError) return EXIT.none;
  return error instanceof AccessDeniedError ? EXIT.partly : EXIT.error;
}

// Control characters, line separators, directional marks and other characters without a width.
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Escapes all characters that could move the cursor, change the screen or hide text. */
export function printable(shown: string): string {
  // A lone surrogate is not a character.
  return shown.replace(/\p{Surrogate}/gu, "\ufffd").replace(UNSAFE, (char) => {
    const code = char.codePointAt(0)!;
    if (code < 0x80) return NAMED[char] ?? `\\x${hex(code, 2)}`;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/**
 * Formats a value as JSON that is safe for a terminal. A bigint becomes a number if that is exact,
 * otherwise a string.
 *
 * @param indent The number of spaces for each level. Default: everything is on one line.
 */
export function json(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, (_, member) => {
    if (member instanceof Uint8Array) return Array.from(member);
    if (typeof member !== "bigint") return member;
    return Number.isSafeInteger(Number(member)) ? Number(member) : String(member);
  }, indent);
  return text.replace(UNSAFE, (char) => {
    // JSON escapes line feeds in strings, so this one ends a line.
    if (char === "\n") return char;
    // The escapes are UTF-16 code units, and some characters have two.
    return char.split("").map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`).join("");
  });
}
