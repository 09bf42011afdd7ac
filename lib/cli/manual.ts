/**
 * The manual page in the language of mdoc(7), generated from the declarations of the commands.
 *
 * @module
 */
import process from "node:process";
import config from "../../deno.json" with { type: "json" };
import type { Command, Option } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXITS, folded, paragraphsOf } from "./help.ts";

/** The length of the lines of the source. Escapes make them longer. */
const WIDTH = 70;
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July", "August", "September"],
  ...["October", "November", "December"],
];

/** Returns the manual page. Its date is that of `SOURCE_DATE_EPOCH`, in seconds, or today. */
export async function manual(): Promise<string> {
  const commands = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { load }]) => ({ name, command: await load() })),
  );
  const examples = commands.filter(({ name }) => EXAMPLES.has(name));
  return [
    `.Dd ${dateOf(process.env["SOURCE_DATE_EPOCH"])}`,
    ".Dt LIBPROC 1",
    ".Os",
    ".Sh NAME",
    ".Nm libproc",
    ".Nd query and end processes",
    ".Sh SYNOPSIS",
    ".Nm",
    ".Ar command",
    ".Op Ar argument ...",
    ".Op Ar option ...",
    ".Sh DESCRIPTION",
    "The",
    ".Nm",
    "utility prints what the system reports about processes, their files,",
    "sockets and ports, waits for processes and ends them.",
    "A value that the system does not report is a dash with a reason, never 0.",
    ".Pp",
    "On a terminal, tables fit its width, and sizes and times are in readable",
    "units.",
    "Elsewhere everything is printed in full.",
    ".Sh COMMANDS",
    ...commands.flatMap(({ name, command }) => commandOf(name, command)),
    ".Sh ENVIRONMENT",
    ".Bl -tag -width NO_COLOR",
    ".It Ev NO_COLOR",
    "If it is not empty, nothing is printed in colours.",
    ".It Ev TERM",
    "If it is",
    ".Dq dumb ,",
    "the cursor is not moved and nothing is printed in colours.",
    ".El",
    ".Sh EXIT STATUS",
    ...wrapped(`${capital(EXITS)}.`),
    "Other exit statuses are listed with their command above.",
    ".Sh EXAMPLES",
    ".Bd -literal",
    ...examples.map(({ command }) => escaped(command.example)),
    ".Ed",
    ".Sh SEE ALSO",
    ".Xr kill 1 ,",
    ".Xr ps 1 ,",
    ".Xr top 1 ,",
    ".Xr lsof 8",
    ".Sh HISTORY",
    `This page describes version ${config.version}.`,
  ].join("\n");
}

/** The commands whose examples are listed together at the end. */
const EXAMPLES: ReadonlySet<string> = new Set(["ps", "info", "ports", "who", "fds", "watch"]);

function commandOf(name: string, command: Command): string[] {
  const { usage, description, options, exits, example } = command;
  return [
    `.Ss ${name}`,
    `.Dl ${escaped(`libproc ${name} ${usage}`.trim())}`,
    ".Pp",
    ...descriptionOf(description),
    ...optionsOf(options),
    ...(exits === undefined ? [] : [".Pp", ...sentences(`Exit status: ${exits}.`)]),
    ".Pp",
    "Example:",
    `.Dl ${escaped(example)}`,
  ];
}

/** Formats a description: paragraphs, and lists whose lines start with spaces. */
function descriptionOf(description: string): string[] {
  const lines: string[] = [];
  let isList = false;
  for (const text of paragraphsOf(description)) {
    const starts = text.startsWith(" ");
    if (starts !== isList && text !== "") {
      lines.push(...(starts ? [".Bd -literal -offset indent"] : [".Ed", ".Pp"]));
    }
    if (text !== "") isList = starts;
    if (text === "") {
      if (!isList && lines.at(-1) !== ".Pp") lines.push(".Pp");
    } else if (isList) lines.push(escaped(text));
    else lines.push(...sentences(text));
  }
  if (isList) lines.push(".Ed");
  // `.Bd` starts a new line, which makes a `.Pp` before it redundant.
  return lines.filter((line, i) => line !== ".Pp" || !isEmptied(lines[i + 1]));
}

/** Returns true for a line that makes the preceding paragraph break redundant. */
function isEmptied(next: string | undefined): boolean {
  return next === undefined || next === ".Pp" || next.startsWith(".Bd");
}

function optionsOf(options: Command["options"]): string[] {
  const items = Object.entries(options).flatMap(([name, option]) => itemOf(name, option));
  return items.length === 0 ? [] : [".Bl -tag -width Ds", ...items, ".El"];
}

function itemOf(name: string, { short, word, help }: Option): string[] {
  const ends = word === undefined ? "" : ` Ar ${escaped(word)}`;
  const letter = short === undefined ? "" : `Fl ${short} , `;
  return [`.It ${letter}Fl \\-${escaped(name)}${ends}`, ...wrapped(`${capital(help)}.`)];
}

/** Splits a text into sentences, each of which starts on a new line. */
function sentences(text: string): string[] {
  return text.split(/(?<=[.:?]) (?=\S)/).flatMap(wrapped);
}

/** Wraps a text into lines. */
function wrapped(text: string): string[] {
  return folded(text, WIDTH).map(escaped);
}

/**
 * Escapes a text so that mdoc prints it unchanged: without macros or requests, and with a minus
 * sign that can be copied.
 */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^(?=[.'])/, "\\&")
    .replace(/(?<= )(?=[.,:;()[\]?!|](?: |$))/g, "\\&").replaceAll("()", "\\&()");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function dateOf(epoch: string | undefined): string {
  const date = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000);
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
}
