import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { folded } from "../../lib/cli/help.ts";
import type { Screen } from "../../lib/cli/main.ts";
import { nearest } from "../../lib/cli/nearest.ts";
import { widthOf } from "../../lib/cli/table.ts";
import { libproc, libprocWith } from "../support/cli.ts";

let folder: string;
before(() => void (folder = mkdtempSync(`${tmpdir()}/libproc-manual-`)));
after(() => rmSync(folder, { recursive: true }));

const NAMES = Object.keys(COMMANDS);

/** Writes the manual page to a file and returns its path. */
async function page(): Promise<string> {
  const { status, out, err } = await libproc("help", "--man");
  assertEquals([status, err], [0, ""]);
  const path = `${folder}/libproc.1`;
  writeFileSync(path, `${out}\n`);
  return path;
}

const has = (program: string) => spawnSync(program, ["--version"]).error === undefined;

test("the manual page has nothing that mandoc complains about", {
  skip: has("mandoc") ? false : "needs mandoc",
}, async () => {
  const { stdout } = spawnSync("mandoc", ["-T", "lint", await page()], { encoding: "utf8" });
  // The pages in its references may not be installed.
  assertEquals(stdout.split("\n").filter((line) => line && !line.includes("mandoc.db")), []);
});

test("man prints every command with its options, description and example", {
  skip: has("man") ? false : "needs man",
}, async () => {
  const { stdout, status } = spawnSync("man", ["-l", await page()], {
    encoding: "utf8",
    env: { ...process.env, MANWIDTH: "200", LC_ALL: "C.UTF-8", MAN_KEEP_FORMATTING: "" },
  });
  assertEquals(status, 0);
  const words = (text: string) => text.replace(/\s+/g, " ");
  const shown = words(stdout.replaceAll("\u2010\n", "\n").replaceAll(/[\u2010\u2212]/g, "-"));
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const { options, example } = await load();
    assertStringIncludes(shown, words(`Example: ${example}`), name);
    for (const option of Object.keys(options)) assertStringIncludes(shown, `--${option}`, name);
  }
});

test("the date of the manual page is that of SOURCE_DATE_EPOCH", async () => {
  const kept = process.env["SOURCE_DATE_EPOCH"];
  process.env["SOURCE_DATE_EPOCH"] = "1700000000";
  try {
    assertMatch((await libproc("help", "--man")).out, /^\.Dd November 14, 2023\n/);
  } finally {
    if (kept === undefined) delete process.env["SOURCE_DATE_EPOCH"];
    else process.env["SOURCE_DATE_EPOCH"] = kept;
  }
});

test("help NAME prints what NAME --help does, and help alone lists the commands", async () => {
  assertEquals(await libproc("help", "ps"), await libproc("ps", "--help"));
  assertEquals(await libproc("help"), await libproc("--help"));
  assertMatch((await libproc("help", "ps", "top")).err, /Cannot use "top" after help ps$/);
  assertMatch((await libproc("help", "ps", "--man")).err, /Cannot use "ps" with --man/);
  assertEquals((await libproc("help", "nope")).status, 2);
});

const screenOf = (columns: number) => ({ width: () => columns }) as unknown as Screen;

for (const columns of [40, 60, 100]) {
  test(`help is folded to ${columns} columns`, async () => {
    for (const words of [["help"], ...NAMES.map((name) => ["help", name])]) {
      const { out } = await libprocWith({ screen: screenOf(columns) }, ...words);
      const long = out.split("\n").filter((line) => widthOf(line) > columns);
      // A longer word, or line of a list, cannot be folded.
      assertEquals(long.filter((line) => line.trim().includes(" ") && !/^ {2,}/.test(line)), []);
    }
  });
}

test("folded() breaks between words, keeps the indent, and moves a word to one that is alone", () => {
  assertEquals(folded("one two three four", 13), ["one two", "three four"]);
  assertEquals(folded("  one two three four", 12), ["  one two", "  three four"]);
  assertEquals(folded("a: one two three", 12, 3), ["a: one", "   two three"]);
  assertEquals(folded("unbreakable", 4), ["unbreakable"]);
  assertEquals(folded("", 10), [""]);
});

test("a word that is not a command is answered with the nearest one, or with what does the same", async () => {
  const cases: [string, string][] = [
    ["lsof", "fds PID"],
    ["pgrep", "pids --name NAME"],
    ["pstree", "tree"],
    ["sokets", "sockets"],
    ["prots", "ports"],
    ["Top", "top"],
  ];
  for (const [word, meant] of cases) {
    const { status, err } = await libproc(word);
    assertEquals([status, err], [
      2,
      `libproc: Cannot run "${word}" as there is no such command: did you mean "libproc ${meant}"?`,
    ]);
  }
  assertMatch((await libproc("xyzzy")).err, /: try libproc help$/);
  assertMatch((await libproc("ps", "--usr", "x")).err, /did you mean --user\?$/);
});

test("ps aux and its like are answered with what lists the same", async () => {
  for (const word of ["aux", "ax", "-ef", "-eF", "-aux"]) {
    const { status, out, err } = await libproc("ps", word);
    assertEquals([status, out], [2, ""]);
    assertMatch(
      err,
      /"libproc ps" lists all processes, and "libproc ps --all" also kernel threads$/,
    );
    assert(err.includes(`"${word}"`));
  }
});

test("nearest() finds a word by few changes, or by its beginning, and nothing else", () => {
  const known = ["user", "name", "ignore-case", "min-rss"];
  assertEquals(nearest("usre", known), "user");
  assertEquals(nearest("nam", known), "name");
  assertEquals(nearest("ignore", known), "ignore-case");
  assertEquals(nearest("verbose", known), undefined);
  assertEquals(nearest("x", known), undefined);
});
