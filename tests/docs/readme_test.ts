import { assert, assertEquals, assertMatch } from "@std/assert";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { parse } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { libproc } from "../support/cli.ts";
import { MARKDOWN } from "../support/markdown.ts";
import { ROOT } from "../support/runtime.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** The pages with command lines for readers to try. */
const PAGES = [
  "README.md",
  ...readdirSync(`${ROOT}docs/guide`).sort().map((file) => `docs/guide/${file}`),
];

/** The command lines in the shell blocks of these pages. */
const LINES = PAGES.flatMap((page) => {
  const blocks = readFileSync(ROOT + page, "utf8").match(/^```sh\n[^]*?^```$/gm) ?? [];
  return [...blocks.join("\n").matchAll(/^libproc (.+)$/gm)]
    .map(([, words = ""]) => ({ page, words: words.split(" ") }));
});

/** The pid of no process. */
const NOBODY = "2147483646";

test("README.md shows every command", () => {
  assertEquals(
    [...new Set(LINES.filter(({ page }) => page === "README.md").map(({ words }) => words[0]))]
      .sort(),
    Object.keys(COMMANDS).sort(),
  );
});

for (const { page, words } of LINES) {
  test(`${page}: libproc ${words.join(" ")}`, { skip }, async () => {
    const missing = words.includes("4242");
    const terminal = words.find((word) => word.startsWith("pts/"));
    // `watch` needs events. The processes must still run at its next read.
    const busy = words[0] === "watch" ? setInterval(() => spawn("sleep", ["2"]), 300) : undefined;
    const { options } = await COMMANDS[words[0]!]!.load();
    // Commands that end processes must not end those of this machine.
    const harmless = Object.hasOwn(options, "dry-run") ? ["--dry-run"] : [];
    const { status, out, err } = await libproc(
      ...words.map((word) => word === "4242" ? NOBODY : word),
      ...harmless,
    );
    clearInterval(busy);
    if (missing) {
      assertEquals([status, out], [1, ""]);
      assertMatch(err, new RegExp(`${NOBODY}`));
    } else if (terminal !== undefined && !existsSync(`/dev/${terminal}`)) {
      assertEquals([status, out], [2, ""]);
    } else {
      assert([0, 1, 3].includes(status), `${status} ${err}`);
      if (status === 0) assert(out !== "");
    }
  });
}

/**
 * Returns the command lines in the sentences and tables of a page. The first word of each is a
 * command.
 */
function inlineLines(text: string): string[][] {
  return [...text.replaceAll(/^```[^]*?^```/gm, "").matchAll(/`libproc\s+([a-z][^`]*)`/g)]
    .map(([, words = ""]) => words.split(/\s+/));
}

/** Returns why the command refuses the words, or undefined. */
async function refusalOf([name = "", ...words]: readonly string[]): Promise<string | undefined> {
  if (!Object.hasOwn(COMMANDS, name)) return `there is no command ${name}`;
  const { options } = await COMMANDS[name]!.load();
  try {
    parse(words, options);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

test("every command line within a sentence has a command and options that exist", async () => {
  let count = 0;
  const wrong: string[] = [];
  for (const page of MARKDOWN) {
    // The changelog contains options of earlier releases.
    if (page === "CHANGELOG.md") continue;
    for (const words of inlineLines(readFileSync(ROOT + page, "utf8"))) {
      count++;
      const refusal = await refusalOf(words);
      if (refusal !== undefined) wrong.push(`${page}: libproc ${words.join(" ")}: ${refusal}`);
    }
  }
  assertEquals(wrong, []);
  assert(count > 40, `${count}`);
});

test("a command line within a sentence is found with a wrong command, option or word", async () => {
  const text = "`libproc ps --user\n7` `libproc sp` | `libproc ps --usr 7` | `libproc ps --user`";
  const refusals = await Promise.all(inlineLines(text).map(refusalOf));
  assertEquals(refusals, [
    undefined,
    "there is no command sp",
    "Cannot use --usr as there is no such option: did you mean --user?",
    "Cannot use --user without USER",
  ]);
});
