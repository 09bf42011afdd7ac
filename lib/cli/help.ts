import type { Command, Option } from "./command.ts";

const EXITS = "0 something was found, 1 nothing was, 2 an error, 3 some of it was denied";

/** What `--help` prints for a subcommand. */
export function helpOf(name: string, command: Command): string {
  const { usage, description, options, exits = EXITS, example } = command;
  const lines = Object.entries(options).map(([option, spec]) => line(option, spec));
  lines.push(["  -h, --help", "print this"]);
  const width = Math.max(...lines.map(([left]) => left.length)) + 2;
  return [
    `Usage: libproc ${name}${usage && ` ${usage}`}${lines.length > 1 ? " [OPTION...]" : ""}`,
    "",
    // The lines of a paragraph are one; those of a list start with spaces.
    ...description.replaceAll(
      /\n(?=\S)/g,
      (_, at: number) => description[at - 1] === "\n" ? "\n" : " ",
    )
      .split("\n").flatMap(folded),
    "",
    "Options:",
    ...lines.map(([left, right]) => left.padEnd(width) + right),
    "",
    ...folded(`Exit status: ${exits}.`),
    "",
    `Example: ${example}`,
  ].join("\n");
}

/** How many columns a line has. */
const WIDTH = 100;

/** A line as several, if it is too long for one. */
function folded(text: string): string[] {
  const lines = [""];
  for (const word of text.split(/(?<=\S )/)) {
    if (`${lines.at(-1)}${word}`.trimEnd().length > WIDTH) lines.push("");
    lines[lines.length - 1] += word;
  }
  return lines.map((line) => line.trimEnd());
}

function line(name: string, { short, word, help }: Option): [string, string] {
  const letter = short === undefined ? "    " : `-${short}, `;
  return [`  ${letter}--${name}${word === undefined ? "" : ` ${word}`}`, help];
}
