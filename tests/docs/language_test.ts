import { assertEquals, assertGreater } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT } from "../support/runtime.ts";
import { proseOf, REFUSALS, refusalsIn } from "../support/language.ts";

for (const { pattern, refused, accepted } of REFUSALS) {
  test(`${pattern.source} is refused in prose, and nothing like it`, () => {
    const found = (text: string) => refusalsIn("page.md", text).length;
    assertGreater(refused.length, 0);
    assertGreater(accepted.length, 0);
    assertEquals(refused.filter((text) => found(text) === 0), []);
    assertEquals(accepted.filter((text) => found(text) > 0), []);
  });
}

test("proseOf() reads comments, messages and test names, and no code", () => {
  const source = [
    "/** Returns the `said` pid. {@link nobody} */",
    "const told = /said/.exec(`says`) ? 4 / 2 : 1; // first",
    "// second",
    'throw new Error("could not be opened");',
  ].join("\n");
  const prose = proseOf("a.ts", source).map(({ line, text }) => [line, text.trim()]);
  assertEquals(prose, [
    [1, "Returns the        pid."],
    [2, "first\nsecond"],
    [4, '"could not be opened"'],
  ]);
});

test("proseOf() reads a page without its code and its links, and the comments of C", () => {
  const page = "A `told` [word](said.md).\n```ts\ntold();\n```\nsecond";
  assertEquals(proseOf("a.md", page)[0]!.text.match(/\w+/g), ["A", "word", "second"]);
  const c = 'char *s = "/* told */"; /* one\n * two */\n// three\n';
  assertEquals(
    proseOf("a.c", c).map(({ line, text }) => [line, text.trim()]),
    [[1, "one\ntwo"], [3, "three"]],
  );
});

test("a refusal names the file, the line, the words and what to write instead", () => {
  assertEquals(
    refusalsIn("a.ts", "const a = 1;\n/**\n * Returns it.\n * 7 is no pid.\n */\n"),
    ['a.ts:4: "is no": is not a'],
  );
});

/** The files with prose, except third-party files and the patterns themselves. */
const FILES = [
  ...readdirSync(ROOT).filter((name) => /\.(?:md|ts)$/.test(name)),
  ...["lib", "ffi", "tests", "bench", "docs", "examples"].flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(?:ts|mjs|md|c|h)$/.test(path)).map((path) => `${folder}/${path}`)
  ),
].filter((path) =>
  !/^tests\/(?:fixtures|golden)\/|node_modules|support\/(?:language|std_assert)|docs\/language_test/
    .test(path)
)
  .sort();

test("no file uses a refused pattern", () => {
  assertGreater(FILES.length, 800);
  assertEquals(FILES.flatMap((path) => refusalsIn(path, readFileSync(ROOT + path, "utf8"))), []);
});
