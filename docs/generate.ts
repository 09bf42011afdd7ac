/**
 * Generates docs/call and docs/abi from the code.
 *
 * `deno run -A docs/generate.ts` writes the pages. With `--check`, it writes nothing, prints the
 * pages that differ from the code, and exits with 1 if there are any.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import process from "node:process";
import { ROOT } from "./generator/comments.ts";
import { readContract } from "./generator/contract.ts";
import { makePages } from "./generator/pages.ts";

/** The folders under docs that contain generated pages only. */
const FOLDERS = ["call", "abi"];

/** Formats pages with the settings of the project, in one run. */
function formatted(pages: ReadonlyMap<string, string>): Map<string, string> {
  const { fmt } = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8"));
  const folder = mkdtempSync(`${tmpdir()}/libproc-docs-`);
  try {
    for (const [path, text] of pages) {
      mkdirSync(dirname(`${folder}/${path}`), { recursive: true });
      writeFileSync(`${folder}/${path}`, text);
    }
    const { status, stderr } = spawnSync(
      process.execPath,
      ["fmt", "--no-config", "--line-width", String(fmt.lineWidth), "."],
      { cwd: folder, encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`Cannot format the pages: ${stderr}`);
    return new Map(
      [...pages.keys()].map((path) => [path, readFileSync(`${folder}/${path}`, "utf8")]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Returns the pages that exist under docs, by their paths. */
function present(): Map<string, string> {
  return new Map(FOLDERS.flatMap((folder) => {
    if (!existsSync(`${ROOT}docs/${folder}`)) return [];
    return readdirSync(`${ROOT}docs/${folder}`).map((name) => {
      const path = `${folder}/${name}`;
      return [path, readFileSync(`${ROOT}docs/${path}`, "utf8")] as const;
    });
  }));
}

/** Writes or deletes the stale pages, or only prints them; returns the exit code. */
export function main(args: readonly string[]): number {
  const wanted = formatted(makePages(readContract()));
  const found = present();
  const stale = [...new Set([...wanted.keys(), ...found.keys()])]
    .filter((path) => wanted.get(path) !== found.get(path)).sort();
  if (args.includes("--check")) {
    for (const path of stale) console.log(`docs/${path} differs from the code`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const path of stale) {
    const text = wanted.get(path);
    if (text === undefined) rmSync(`${ROOT}docs/${path}`);
    else {
      mkdirSync(dirname(`${ROOT}docs/${path}`), { recursive: true });
      writeFileSync(`${ROOT}docs/${path}`, text);
    }
    console.log(`docs/${path}`);
  }
  return 0;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
