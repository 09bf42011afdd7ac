/**
 * The command `libproc`.
 *
 * @example
 * ```ts
 * import { main } from "@libproc/libproc/cli";
 *
 * const lines: string[] = [];
 * const status = main(["pids", "--json"], { out: (line) => lines.push(line), err: console.error });
 * console.log(status, JSON.parse(lines[0] ?? "[]").length > 0); // 0 true
 * ```
 *
 * @module
 */
import process from "node:process";
import config from "../../deno.json" with { type: "json" };
import { aix } from "./aix.ts";
import { type Command, EXIT, isExpected, type Output, parse, UsageError } from "./command.ts";
import { doctor } from "./doctor.ts";
import { pids } from "./pids.ts";

export type { Output } from "./command.ts";

const COMMANDS: Readonly<Record<string, Command>> = { aix, pids, doctor };

const HELP = `Usage: libproc COMMAND [ARGUMENT...] [OPTION...]

Commands:
${
  Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`).join(
    "\n",
  )
}

Options:
  --json       print JSON
  -h, --help   print what a command does
  --version    print the version`;

/**
 * Runs the command with its arguments.
 *
 * Wrong arguments, and a system that cannot be asked, are told in one line and are exit status 2.
 *
 * @param args The words behind `libproc`.
 * @param output Where the lines go.
 * @returns The exit status: 0 something was found, 1 nothing was, 2 an error.
 */
export function main(args: readonly string[], output: Output): number {
  try {
    const parsed = parse(args);
    if (parsed.version) {
      output.out(config.version);
      return EXIT.found;
    }
    const [name, ...words] = parsed.words;
    if (name === undefined) {
      if (!parsed.help) throw new UsageError("Cannot run without a command: try --help");
      output.out(HELP);
      return EXIT.found;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) {
      throw new UsageError(`Cannot run "${name}" as there is no such command: try --help`);
    }
    if (parsed.help) {
      output.out(command.help);
      return EXIT.found;
    }
    return command.run({ ...parsed, words }, output);
  } catch (error) {
    if (!isExpected(error)) throw error;
    output.err(`libproc: ${error.message}`);
    return EXIT.error;
  }
}

if (import.meta.main) {
  // A reader that closes early, such as head(1), is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  process.exitCode = main(process.argv.slice(2), {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  });
}
