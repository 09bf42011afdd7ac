/**
 * The texts of the help, and `libproc help`.
 *
 * @module
 */
import { type Call, type Command, EXIT, type Option, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { unknownCommand } from "./suggest.ts";
import { widthOf } from "./table.ts";

/** The help on the exit statuses of a command without its own. */
export const EXITS = "0 something was found, 1 nothing was, 2 an error, 3 some of it was denied";

/** The width of a line without a terminal, and the largest width that is easy to read. */
const WIDTH = 100;
/** The smallest width to which lines are folded. */
const NARROWEST = 40;
/** The rightmost column at which an option's help starts. */
const MOST_LEFT = 28;
/** The indentation of an option's help that starts below the option. */
const BELOW = 8;

/** `libproc help`: prints what a command does, or the manual page of all commands. */
export const command: Command = {
  usage: "[COMMAND]",
  description: `Lists the commands, or prints the help of one, as COMMAND --help does.

With --man, prints the source of the manual page, for mandoc(1) and man(1):
  libproc help --man > libproc.1; man -l libproc.1`,
  options: { man: { type: "boolean", help: "print the manual page of all commands" } },
  exits: "0 it was printed, 2 an error",
  example: "libproc help ps",
  async run({ words, options, output }: Call) {
    const [name, extra] = words;
    if (extra !== undefined) {
      throw new UsageError(`Cannot use ${JSON.stringify(extra)} after help ${name}`);
    }
    if (options["man"] === true) {
      if (name !== undefined) {
        throw new UsageError(
          `Cannot use ${JSON.stringify(name)} with --man, which covers all commands`,
        );
      }
      const { manual } = await import("./manual.ts");
      output.out(await manual());
      return EXIT.found;
    }
    const width = widthIn(output);
    if (name === undefined) output.out(overview(width));
    else {
      const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
      if (found === undefined) throw unknownCommand(name);
      output.out(helpOf(name, await found.load(), width));
    }
    return EXIT.found;
  },
};

/** Returns the width of the help, in columns. */
export function widthIn({ screen }: Pick<Call["output"], "screen">): number {
  return Math.max(NARROWEST, Math.min(WIDTH, screen?.width() ?? WIDTH));
}

/** Returns the text of `libproc --help`. */
export function overview(width: number): string {
  return [
    ...folded("Usage: libproc COMMAND [ARGUMENT...] [OPTION...]", width, 7),
    "",
    "Commands:",
    ...inColumns(
      Object.entries(COMMANDS).map(([name, { summary }]) => [`  ${name}`, summary]),
      width,
    ),
    "",
    "Options:",
    ...inColumns([
      ["  -h, --help", "list the commands, or print the help of one"],
      ["  --version", "print the version"],
    ], width),
    "",
    "Example: libproc ps --sort -rss",
  ].join("\n");
}

/** Returns the text of `--help` for a subcommand. */
export function helpOf(name: string, command: Command, width: number): string {
  const { usage, description, options, exits = EXITS, example } = command;
  const lines = Object.entries(options).map(([option, spec]) => line(option, spec));
  const usageLine = `libproc ${name}${usage && ` ${usage}`}${
    lines.length > 0 ? " [OPTION...]" : ""
  }`;
  return [
    ...folded(`Usage: ${usageLine}`, width, 7),
    "",
    ...paragraphsOf(description).flatMap((text) => folded(text, width, leadOf(text))),
    "",
    "Options:",
    ...inColumns([...lines, ["  -h, --help", "print this help"]], width),
    "",
    ...folded(`Exit status: ${exits}.`, width),
    "",
    ...folded(`Example: ${example}`, width, 9),
  ].join("\n");
}

/**
 * Returns the lines of a description. A paragraph becomes one line, and the items of a list start
 * with spaces. An item continues in lines that start at its second column.
 */
export function paragraphsOf(description: string): string[] {
  const lines: string[] = [];
  for (const line of description.split("\n")) {
    const last = lines.at(-1);
    const indent = /^ */.exec(line)![0].length;
    const isMore = last !== undefined && last !== "" && line !== "" &&
      (indent === 0 ? !last.startsWith(" ") : indent === leadOf(last));
    if (isMore) lines[lines.length - 1] = `${last} ${line.trimStart()}`;
    else lines.push(line);
  }
  return lines;
}

/** Returns the position of the second column of a list item; undefined if it has one column. */
function leadOf(text: string): number | undefined {
  return /^ +\S+(?: \S+)* {2,}(?=\S)/.exec(text)?.[0].length;
}

/**
 * Formats pairs as two columns. If there is not enough space, the right one is below the left one.
 */
function inColumns(pairs: readonly (readonly [string, string])[], width: number): string[] {
  const widest = Math.max(...pairs.map(([left]) => left.length)) + 2;
  const isBelow = widest > Math.max(MOST_LEFT, width / 2);
  return pairs.flatMap(([left, right]) => {
    if (!isBelow) return folded(left.padEnd(widest) + right, width, widest);
    return [left, ...folded(" ".repeat(BELOW) + right, width, BELOW)];
  });
}

/**
 * Folds a line that is too long into several. The last has more than one word if possible.
 *
 * @param hanging The indentation of all lines but the first. Default: that of the first.
 */
export function folded(text: string, width: number, hanging?: number): string[] {
  const indent = /^ */.exec(text)![0];
  const before = " ".repeat(hanging ?? indent.length);
  // Several spaces belong to the preceding word, as they align columns.
  const words = text.slice(indent.length).match(/\S+\s*/g) ?? [];
  const lines: string[][] = [];
  let used = 0;
  for (const word of words) {
    const length = widthOf(word.trimEnd());
    if (lines.length === 0 || (used + length > width && used > before.length)) {
      lines.push([]);
      used = lines.length === 1 ? indent.length : before.length;
    }
    lines.at(-1)!.push(word);
    used += widthOf(word);
  }
  const last = lines.at(-1), other = lines.at(-2);
  if (last?.length === 1 && other !== undefined && other.length > 2) {
    const moved = other.at(-1)!;
    if (before.length + widthOf(`${moved.trimEnd()} ${last[0]!.trimEnd()}`) <= width) {
      other.pop();
      last.unshift(moved);
    }
  }
  return lines.length === 0
    ? [""]
    : lines.map((line, i) => `${i === 0 ? indent : before}${line.join("")}`.trimEnd());
}

function line(name: string, { short, word, help }: Option): [string, string] {
  const letter = short === undefined ? "    " : `-${short}, `;
  return [`  ${letter}--${name}${word === undefined ? "" : ` ${word}`}`, help];
}
