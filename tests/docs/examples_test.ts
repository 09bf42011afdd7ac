import { assertEquals, assertGreater } from "@std/assert";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { MARKDOWN } from "../support/markdown.ts";
import { ROOT } from "../support/runtime.ts";
import { typeErrors } from "../support/type_errors.ts";

const skip = process.platform === "linux" || process.platform === "darwin"
  ? false
  : "needs a system that can be queried";

const ROOT_URL = pathToFileURL(ROOT);

/** Matches a block of TypeScript that is not marked as one that cannot run. */
const EXAMPLE = /^```ts\n(.*?)^```$/gms;

/** Returns the examples of a page, or of the comments of a module. */
function examplesIn(path: string): string[] {
  const text = readFileSync(ROOT + path, "utf8");
  const comments = text.match(/\/\*\*.*?\*\//gs) ?? [];
  const page = path.endsWith(".md") ? text : comments.join("\n").replaceAll(/^ *\* ?/gm, "");
  return [...page.matchAll(EXAMPLE)].map(([, example = ""]) => example);
}

/** Returns an example with imports of the absolute paths of this project's sources. */
function withSources(example: string, path: string): string {
  return example.replaceAll(/from "(\.|@libproc\/libproc)(.*?)"/g, (_, start, rest: string) => {
    const exported = (config.exports as Record<string, string>)[`.${rest}`];
    const source = start === "."
      ? new URL(`.${rest}`, new URL(path, ROOT_URL))
      : new URL(exported!, ROOT_URL);
    return `from "${fileURLToPath(source)}"`;
  });
}

/**
 * Matches the first line of a fenced block in a language of the examples, with or without the
 * prefix of a comment.
 */
const FENCE = /^(?: *\* ?)? *(?:```|~~~) *(?:ts|typescript|tsx|js|javascript|mjs)\b.*$/gim;

/** Returns the first lines of the blocks that neither run nor are marked with a reason. */
function neitherRunNorExcused(text: string): string[] {
  return [...text.matchAll(FENCE)].map(([line]) => line.replace(/^ *\* ?/, ""))
    .filter((line) => line !== "```ts" && !/^```ts ignore \S+ \S/.test(line));
}

// The folder is inside the project, so that packages are found.
mkdirSync(`${ROOT}.cache`, { recursive: true });
const folder = mkdtempSync(`${ROOT}.cache/examples-`);
after(() => rmSync(folder, { recursive: true }));

const PATHS = [
  ...MARKDOWN,
  "mod.ts",
  ...["lib", "ffi"].flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" }).sort()
      .filter((file) => file.endsWith(".ts")).map((file) => `${folder}/${file}`)
  ),
];
const EXAMPLES = PATHS.flatMap((path) =>
  examplesIn(path).map((example, at) => ({
    name: `${path}, example ${at + 1}`,
    module: withSources(example, path),
  }))
);

test("the documentation has examples that can be run", () => assertGreater(EXAMPLES.length, 90));

test("every block of TypeScript or JavaScript is run, or states why it is not", () => {
  const wrong = PATHS.flatMap((path) =>
    neitherRunNorExcused(readFileSync(ROOT + path, "utf8")).map((line) => `${path}: ${line}`)
  );
  assertEquals(wrong, []);
});

test("a block that is not run is found without a reason, in another language, and indented", () => {
  const lines = [
    ...[
      "```ts",
      "```ts ignore is a declaration",
      "```sh",
      " * ```ts",
      " * ```ts ignore needs root",
    ],
    ...[
      "```ts ignore",
      "```js",
      "```typescript",
      "  ```ts",
      " * ```ts ignore ",
      "~~~ts",
      "```ts no_run",
    ],
  ];
  assertEquals(neitherRunNorExcused(lines.join("\n")), [
    ...[
      "```ts ignore",
      "```js",
      "```typescript",
      "  ```ts",
      "```ts ignore ",
      "~~~ts",
      "```ts no_run",
    ],
  ]);
});

for (const [at, { module }] of EXAMPLES.entries()) writeFileSync(`${folder}/${at}.ts`, module);

test("the examples of the documentation have no type errors", () => {
  const named = typeErrors(folder).replaceAll(
    /\S*\/(\d+)\.ts/g,
    (_, at: string) => EXAMPLES[Number(at)]!.name,
  );
  assertEquals(named, "");
});

for (const [at, { name }] of EXAMPLES.entries()) {
  test(`${name} runs as it stands`, { skip }, async () => {
    const file = `${folder}/${at}.ts`;
    const { log } = console;
    console.log = () => {};
    try {
      await import(pathToFileURL(file).href);
    } finally {
      console.log = log;
    }
  });
}
