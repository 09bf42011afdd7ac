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

/** How a command ended, in the manner of grep(1). */
export const EXIT = {
  /** Something was found. */
  found: 0,
  /** Nothing was found. */
  none: 1,
  /** The arguments were wrong, or the system could not be queried. */
  error: 2,
  /** Some of it was denied to this user; for the doctor: it is not as it must be. */
  partly: 3,
} as const;

/** Where a command's lines go, and what it may make of them. */
export interface Output {
  /** Writes a line of the answer. */
  out(line: string): void;
  /** Writes a line that is not part of the answer. */
  err(line: string): void;
  /** The screen that the answer goes to; undefined if it goes to a file or another program. */
  readonly screen?: Screen | undefined;
  /** Puts a question to the user; undefined if there is no terminal for that. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** The system to query, also with `--proc-root` and `--bpf`. Default: this host. */
  readonly system?: System;
  /** Aborted when the command is to end, as by Ctrl-C. */
  readonly signal?: AbortSignal;
}

/** The terminal that an answer goes to. */
export interface Screen {
  /** How many columns it has now. */
  width(): number;
  /** How many lines it has now. */
  height(): number;
  /** True if it takes colours. */
  readonly colors: boolean;
  /** True if its cursor can be moved. */
  readonly moves: boolean;
  /** Writes text as it is, with control sequences. */
  write(text: string): void;
  /** Calls back for each key that is pressed, until the signal is aborted. */
  keys(pressed: (key: string) => void, signal: AbortSignal): void;
  /** Calls back whenever its width or height has changed, until the signal is aborted. */
  resized(changed: () => void, signal: AbortSignal): void;
  /** Stops this program, in the place of the signal that Ctrl-Z sends. Default: its process group is stopped. */
  stop?(): void;
  /** Calls back whenever this program goes on after it was stopped, until the signal is aborted. */
  continued(called: () => void, signal: AbortSignal): void;
}

/** One option of a command. */
export interface Option {
  /** A flag, or an option with a word behind it. */
  readonly type: "boolean" | "string";
  /** Its letter. */
  readonly short?: string;
  /** What stands for its word in the help, as in `FIELD`; in brackets a number that can be left out. */
  readonly word?: string;
  /** What it does, in a line. */
  readonly help: string;
}

/** Options by their names. */
export type Options = Readonly<Record<string, Option>>;

/** One subcommand. */
export interface Command {
  /** The words after the name in the help, as in `PID`. */
  readonly usage: string;
  /** What it does, in lines. */
  readonly description: string;
  /** The options that it takes in addition to `--help`. */
  readonly options: Options;
  /** The names of the fields that `--fields` and `--sort` take, in short where they have a short one. */
  readonly fields?: readonly string[];
  /** How it ends; by default, as all commands do. */
  readonly exits?: string;
  /** A command line that shows it. */
  readonly example: string;
  /** Does it; returns the exit status. */
  run(call: Call): number | Promise<number>;
}

/** What a subcommand is run with. */
export interface Call {
  /** The words that are not options. */
  readonly words: readonly string[];
  /** The options that were given. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Where the lines go. */
  readonly output: Output;
  /** The system to query: that of the output, that of `--proc-root` or `--bpf`, or this host. */
  readonly from: SystemOptions;
}

/** Thrown for wrong arguments; the message is the one line that the user sees. */
export class UsageError extends Error {
  /** `"UsageError"`. */
  override readonly name = "UsageError";
}

/** `--json`, for commands that print one thing. */
export const JSON_OPTION: Options = {
  json: { type: "boolean", help: "print JSON" },
};

/** `--proc-root`, for commands that query processes. */
export const ROOT_OPTION: Options = {
  "proc-root": {
    type: "string",
    word: "PATH",
    help: "Linux: read the process file system at PATH, or a copy of one",
  },
};

/** `--bpf`, for commands that read all processes, or what all of them have open. */
export const BPF_OPTION: Options = {
  bpf: {
    type: "boolean",
    help: "Linux: read all at once by BPF programs, which takes privileges",
  },
};

/**
 * Takes the words behind a subcommand apart. As getopt(3) has it, the word behind an option that takes
 * one is its, also if it starts with `-`.
 *
 * @throws {UsageError} The command lacks an option, or an option lacks its word.
 */
export function parse(
  args: readonly string[],
  options: Options,
): Pick<Call, "words" | "options"> {
  // What is strict is done here, as the runtimes word it each in its own way.
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

/** True for an option whose word can be left out, and is: the next word is not a number. */
function isBare(arg: string, next: string | undefined, options: Options): boolean {
  const name = arg.slice(2);
  if (!arg.startsWith("--") || !Object.hasOwn(options, name)) return false;
  return canBeBare(options[name]!) && !/^\.?\d/.test(next ?? "");
}

/** True for an option whose word can be left out. */
export function canBeBare({ word = "" }: Option): boolean {
  return /^\[[A-Z]+\]$/.test(word);
}

/** The word of an option that takes one. */
export function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Reads a whole number from a word, or returns that of `otherwise` if there is none. */
export function number(name: string, word: string | undefined, otherwise: () => number): number {
  if (word === undefined) return otherwise();
  if (!/^-?\d+$/.test(word)) {
    throw new UsageError(
      `Cannot read ${name} as it must be a whole number: current value is ${JSON.stringify(word)}`,
    );
  }
  return Number(word);
}

/** Reads the process id that a command is about, its only word. */
export function onePid({ words }: Call, name: string): number {
  const [word, extra] = words;
  if (extra !== undefined) {
    throw new UsageError(`Cannot use ${JSON.stringify(extra)} behind ${name} ${word}`);
  }
  return number("PID", word, () => {
    throw new UsageError(`Cannot run ${name} without a process id`);
  });
}

/** Refuses words where a command takes at most some. */
export function atMost({ words }: Call, name: string, most: number): void {
  const extra = words[most];
  if (extra === undefined) return;
  const before = [name, ...words.slice(0, most)].join(" ");
  throw new UsageError(`Cannot use ${JSON.stringify(extra)} behind ${before}`);
}

/** True for an error that is reported to the user in one line; any other is a fault of this program. */
export function isExpected(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof RangeError ||
    error instanceof SystemCallError || error instanceof ProcessError ||
    error instanceof FfiError;
}

/**
 * Reports what was refused; returns the exit status. This and an error are the only ways to end with it, so
 * that it never comes without its line.
 */
export function partly({ err }: Pick<Output, "err">, what: string): number {
  err(`libproc: ${printable(what)}`);
  return EXIT.partly;
}

/** Reports what this user may not read, and what would help; returns the exit status. */
export function refused({ output, from }: Pick<Call, "output" | "from">, what: string): number {
  const isRoot = optional(() => systemIn(from).euid()) === 0;
  return partly(output, `${what}: ${isRoot ? "it takes more than root has here" : "root may"}`);
}

/** The exit status for an expected error, whose message is its line. */
export function statusOf(error: Error): number {
  // A zombie has nothing any more.
  if (error instanceof ProcessGoneError || error instanceof ZombieError) return EXIT.none;
  return error instanceof AccessDeniedError ? EXIT.partly : EXIT.error;
}

// Control characters, those that end lines, those that turn the direction of what follows, and those
// that take no room.
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text in which whatever could move the cursor, change the screen or hide something is spelled out. */
export function printable(shown: string): string {
  // A surrogate alone is not a character.
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
 * JSON in which a terminal finds nothing to obey. It has no bigint: those that a number holds exactly
 * become one, others a string.
 *
 * @param indent How many spaces each level is indented by; all is one line by default.
 */
export function json(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, (_, member) => {
    if (member instanceof Uint8Array) return Array.from(member);
    if (typeof member !== "bigint") return member;
    return Number.isSafeInteger(Number(member)) ? Number(member) : String(member);
  }, indent);
  return text.replace(UNSAFE, (char) => {
    // No text in JSON holds one as it is, so it ends a line.
    if (char === "\n") return char;
    // It names units of UTF-16, of which some characters are two.
    return char.split("").map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`).join("");
  });
}
