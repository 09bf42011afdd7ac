import { assertEquals, assertGreater } from "@std/assert";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { anchors, links } from "../../docs/generator/markdown.ts";
import { ROOMS } from "../support/architecture.ts";
import { MARKDOWN } from "../support/markdown.ts";
import { ROOT } from "../support/runtime.ts";

/** Returns what is wrong with a link of a page, or undefined. */
function broken(page: string, target: string, read = (path: string) => readFileSync(path, "utf8")) {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : join(dirname(page), path);
  if (!existsSync(ROOT + file)) return `${page} links to ${target}, which is not there`;
  if (anchor === undefined || !file.endsWith(".md")) return undefined;
  if (anchors(read(ROOT + file)).has(anchor)) return undefined;
  return `${page} links to ${target}, which has no such heading`;
}

test("no link in the documentation is broken", () => {
  let count = 0;
  const wrong = MARKDOWN.flatMap((page) =>
    links(readFileSync(ROOT + page, "utf8")).flatMap((target) => {
      count++;
      return broken(page, target) ?? [];
    })
  );
  assertEquals(wrong, []);
  assertGreater(count, 1000);
});

test("a broken link is found: a file, a heading, a heading of the same page", () => {
  const page = "docs/README.md";
  const text = [
    "[a](aix.md) [`b`](nowhere.md) [c](aix.md#nowhere) [d](#linux) [e](#nowhere)",
    "[f](https://example.com/#x) `[g](nowhere.md)` ![h](../README.md)",
    "",
    "```",
    "[i](nowhere.md)",
    "```",
  ].join("\n");
  assertEquals(links(text).filter((target) => broken(page, target)), [
    "nowhere.md",
    "aix.md#nowhere",
    "#nowhere",
  ]);
  assertEquals(links(text).length, 6);
});

test("docs/README.md leads to every page that is not led to by an index of its own", () => {
  const led = new Set(
    links(readFileSync(`${ROOT}docs/README.md`, "utf8")).map((target) => join("docs", target)),
  );
  const own = MARKDOWN.filter((page) => /^docs\/(?:linux\/)?[^/]+$/.test(page));
  assertEquals(own.filter((page) => !led.has(page)), ["docs/README.md"]);
  for (const folder of ["call", "abi", "guide"]) {
    const index = links(readFileSync(`${ROOT}docs/${folder}/README.md`, "utf8"))
      .map((target) => join(`docs/${folder}`, target.split("#")[0]!));
    const pages = MARKDOWN.filter((page) => page.startsWith(`docs/${folder}/`));
    assertEquals(pages.filter((page) => !index.includes(page)), [`docs/${folder}/README.md`]);
  }
});

const WRITTEN = [
  "docs/README.md",
  "docs/architecture.md",
  "docs/verification.md",
  "docs/release.md",
  "CONTRIBUTING.md",
];

test("every file that the pages about the project name is there", () => {
  const missing: string[] = [];
  let count = 0;
  for (const page of WRITTEN) {
    const text = readFileSync(ROOT + page, "utf8").replaceAll(/^ *```[^]*?^ *```/gm, "");
    for (const [, path = ""] of text.matchAll(/`((?:lib|ffi|tests|docs|bench)\/[^`\s]+)`/g)) {
      // NAME is a placeholder for a new file.
      if (path.includes("NAME")) continue;
      count++;
      if (!existsSync(ROOT + path)) missing.push(`${page}: ${path}`);
    }
  }
  assertEquals(missing, []);
  assertGreater(count, 60);
});

test("the rooms of docs/architecture.md are those of tests/support/architecture.ts", () => {
  const text = readFileSync(`${ROOT}docs/architecture.md`, "utf8");
  const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  const base = names(/\*\*Base\*\* is[^]*?\n\n/.exec(text)?.[0] ?? "");
  const told = text.split("\n").flatMap((line) => {
    const [, room, imports] = /^\| `([\w/.]+)` +\| (.*?) \| /.exec(line) ?? [];
    if (room === undefined || imports === undefined) return [];
    const all = [...names(imports), ...(/\bbase\b/.test(imports) ? base : [])];
    return [[room, [...new Set(all)].sort()] as const];
  });
  assertEquals(
    Object.fromEntries(told),
    Object.fromEntries(
      Object.entries(ROOMS).map(([room, imports]) => [room, [...new Set(imports)].sort()]),
    ),
  );
  assertEquals(told.map(([room]) => room), Object.keys(ROOMS));
  assertEquals(told.filter(([room]) => !statSync(ROOT + room)), []);
});
