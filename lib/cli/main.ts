/**
 * The command `libproc`.
 *
 * @example
 * ```ts
 * import { main } from "@libproc/libproc/cli";
 *
 * const lines: string[] = [];
 * const output = { out: (line: string) => lines.push(line), err: console.error };
 * const status = await main(["pids", "--json"], output);
 * console.log(status, JSON.parse(lines[0] ?? "[]").length > 0); // 0 true
 * ```
 *
 * @module
 */
import { array, callback, object, text as checkText } from "../system/arguments.ts";
import config from "../../deno.json" with { type: "json" };
import { openSystem } from "../system/open.ts";
import {
  type Call,
  type Command,
  EXIT,
  isExpected,
  type Options,
  type Output,
  parse,
  printable,
  statusOf,
  text,
  UsageError,
} from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { likePs, unknownCommand } from "./suggest.ts";

export type { Output, Screen } from "./command.ts";
export type * from "../system/facts.ts";
export type { System, SystemOptions } from "../system/system.ts";
export type { TableReader } from "../system/table.ts";
export type { Kernel } from "../system/kernel.ts";
export type { Block } from "../layout/block.ts";

/**
 * Runs the command `libproc` with arguments.
 *
 * Invalid arguments, and errors of a system that cannot be queried, are reported in one line, with
 * the exit status 2.
 *
 * @param args The arguments after `libproc`.
 * @param output The destination of the output.
 * @returns The exit status: 0 something was found, 1 nothing was found, 2 an error, 3 some of it
 * was denied.
 */
export async function main(args: readonly string[], output: Output): Promise<number> {
  for (const [i, arg] of array("args", args).entries()) checkText(`args[${i}]`, arg);
  callback("output.out", object("output", output).out);
  callback("output.err", output.err);
  try {
    return await run(args, output);
  } catch (error) {
    if (!isExpected(error)) throw error;
    output.err(`libproc: ${printable(error.message)}`);
    return statusOf(error);
  }
}

const BASE = {
  help: { type: "boolean", short: "h", help: "print this help" },
  version: { type: "boolean", help: "print the version" },
} as const;

async function run(args: readonly string[], output: Output): Promise<number> {
  // Options that take no value may precede the command.
  const at = args.findIndex((arg) => !arg.startsWith("-") || arg === "-");
  if (at < 0) {
    const { options } = parse(args, BASE);
    if (options["version"]) output.out(config.version);
    else if (options["help"]) {
      const { overview, widthIn } = await import("./help.ts");
      output.out(overview(widthIn(output)));
    } else throw new UsageError("Cannot run without a command: try --help");
    return EXIT.found;
  }
  const name = args[at]!;
  const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (found === undefined) throw unknownCommand(name);
  const command: Command = await found.load();
  const all: Options = { ...command.options, ...BASE };
  if (name === "ps") {
    const slip = likePs(args.slice(at + 1), Object.values(all).map(({ short = "" }) => short));
    if (slip !== undefined) throw slip;
  }
  const { words, options } = parse([...args.slice(0, at), ...args.slice(at + 1)], all);
  if (options["version"]) output.out(config.version);
  else if (options["help"]) {
    const { helpOf, widthIn } = await import("./help.ts");
    output.out(helpOf(name, command, widthIn(output)));
  } else return await runOn(command, { words, options, output });
  return EXIT.found;
}

/** Runs a command on the system that its options select. */
async function runOn(command: Command, call: Omit<Call, "from">): Promise<number> {
  const procRoot = text(call.options["proc-root"]);
  const bpf = call.options["bpf"] === true;
  if (bpf && call.options["no-bpf"]) throw new UsageError("Cannot use --bpf with --no-bpf");
  const opened = call.output.system === undefined && (procRoot !== undefined || bpf)
    ? openSystem({ bpf, ...(procRoot !== undefined && { procRoot }) })
    : undefined;
  const system = call.output.system ?? opened;
  try {
    return await command.run({ ...call, from: system === undefined ? {} : { system } });
  } finally {
    opened?.[Symbol.dispose]();
  }
}

if (import.meta.main) void import("./bin.ts");
