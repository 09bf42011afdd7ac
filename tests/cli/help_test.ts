import { assert, assertEquals, assertMatch } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { parse } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { widthOf } from "../../lib/cli/table.ts";
import { libproc, libprocWith, REFUSED } from "../support/cli.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** The width of the help, in columns. */
const WIDTH = 100;

/** Matches an option in the help: its letter, its name, its argument and its description. */
const OPTION = /^ {2}(?:-(\w), | {4})--([\w-]+)(?: (\S+))? {2,}(\S.*)$/;

/** Collapses whitespace into single spaces. */
const words = (text: string) => text.replace(/\s+/g, " ");

async function helpOf(name: string): Promise<string> {
  const { status, out, err } = await libproc(name, "--help");
  assertEquals([status, err], [0, ""], name);
  return out;
}

test("the help of every command has its usage, its options, its statuses and an example", async () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const { usage, description, options, example } = await load();
    const help = await helpOf(name);
    const lines = help.split("\n");
    assertEquals(
      words(help.slice(0, help.indexOf("\n\n"))),
      `Usage: libproc ${name}${usage && ` ${usage}`}${
        Object.keys(options).length > 0 ? " [OPTION...]" : ""
      }`,
    );
    // Long lines are folded.
    assert(words(help).includes(`${words(description)} Options: `), name);
    assertMatch(words(help), / Exit status: 0 .*\b2 an error.*\. Example: /);
    assertEquals(lines.at(-1), `Example: ${example}`);
    assertMatch(example, new RegExp(`^libproc ${name}\\b`));
    assert(
      lines.every((line) => widthOf(line) <= WIDTH),
      `${name} ${lines.find((l) => widthOf(l) > WIDTH)}`,
    );
    assertEquals(await libproc(name, "-h"), await libproc(name, "--help"));
  }
});

test("every option in the help of a command is one that it takes, and every one is there", async () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const { options } = await load();
    const help = await helpOf(name);
    const found = help.slice(help.indexOf("\nOptions:\n")).split("\n")
      .map((line) => OPTION.exec(line)).filter((match) => match !== null);
    assertEquals(found.map(([, , option]) => option), [...Object.keys(options), "help"], name);
    const all = { ...options, help: { type: "boolean", short: "h", help: "" } } as const;
    for (const [, letter, option = "", word] of found) {
      const spelled = [`--${option}`, ...(letter === undefined ? [] : [`-${letter}`])];
      for (const one of spelled) {
        const value = word?.startsWith("[S") ? "1" : "-x";
        const given = parse(word === undefined ? [one] : [one, value], all);
        assertEquals(given, { words: [], options: { [option]: word === undefined || value } });
      }
    }
  }
});

test("the word of an option in brackets can be left out, and is a number if it is there", () => {
  const options = {
    watch: { type: "string", word: "[SECONDS]", help: "" },
    json: { type: "boolean", help: "" },
  } as const;
  const cases: [string[], Record<string, string | boolean>, string[]][] = [
    [["--watch"], { watch: "" }, []],
    [["--watch", "--json"], { watch: "", json: true }, []],
    [["--watch", ".5"], { watch: ".5" }, []],
    [["--watch=", "12"], { watch: "" }, ["12"]],
    [["12", "--watch"], { watch: "" }, ["12"]],
    [["--watch", "x"], { watch: "" }, ["x"]],
  ];
  for (const [args, given, words] of cases) {
    assertEquals(parse(args, options), { words, options: given });
  }
});

test("the help of a command names each of its fields", async () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const { fields, options } = await load();
    assertEquals(fields !== undefined, Object.hasOwn(options, "fields"), name);
    // The help of top does not repeat the fields of ps.
    if (fields === undefined || name === "top") continue;
    const words = (await helpOf(name)).split(/[\s,.]+/);
    for (const field of fields) assert(words.includes(field), `${name} ${field}`);
  }
});

/**
 * Returns the words of an example for a shell, with the pid of this process for `$$`, up to a pipe
 * or a redirection.
 */
function wordsOf(example: string): string[] {
  const [line = ""] = example.split(/ [|>] /);
  return line.replaceAll("$$", `${process.pid}`).split(" ").slice(1);
}

/** The pid of no process, so the examples wait for no process and end none. */
const NOBODY = "2147483647";

test("the example of every command runs, or is refused for its process or terminal alone", {
  skip,
}, async () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const { example, options } = await load();
    const words = wordsOf(example).map((word) => word === "4242" ? NOBODY : word);
    // Examples that end processes must not end those of this machine.
    if (Object.hasOwn(options, "dry-run")) words.push("--dry-run");
    const controller = new AbortController();
    // `watch` does not end until it is interrupted.
    if (name === "watch") setTimeout(() => controller.abort(), 50);
    const { status, out, err } = await libprocWith({ signal: controller.signal }, ...words);
    const what = `${words.join(" ")}: ${status} ${err}`;
    if (name === "pids" && status === 2) {
      assertMatch(err, /"\/dev\/pts\/3".*ENOENT/);
      continue;
    }
    assert([0, 1, 3].includes(status), what);
    assert(status !== 3 || err !== "", what);
    if (err === "" || REFUSED.test(err)) assert(out !== "" || status !== 0, what);
    else {assertMatch(
        err,
        /^libproc: (?:Cannot [^\n]* process \d+: |Cannot read the kernel's|no process matches)/,
        what,
      );}
    if (words.includes("--json") && out !== "") JSON.parse(out);
  }
});

test("libproc --help lists every command in one line, and -h is the same", async () => {
  const { status, out } = await libproc("--help");
  assertEquals(status, 0);
  const listed = out.slice(out.indexOf("Commands:\n"), out.indexOf("\n\nOptions:")).split("\n")
    .slice(1);
  assertEquals(
    listed.map((line) => /^ {2}(\S+) +(\S.*)$/.exec(line)?.slice(1)),
    Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]),
  );
  assertEquals((await libproc("-h")).out, out);
  // The help of a command takes precedence: the option can come before the command, and words can
  // be missing or superfluous.
  const own = (await libproc("info", "--help")).out;
  for (const args of [["--help", "info"], ["-h", "info"], ["info", "1", "2", "-h"]]) {
    assertEquals((await libproc(...args)).out, own, args.join(" "));
  }
});
