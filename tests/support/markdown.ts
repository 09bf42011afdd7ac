import { readdirSync } from "node:fs";
import { ROOT } from "./runtime.ts";

/** The folders with pages. Every page below them belongs to the project. */
const FOLDERS = ["docs", "tests", "bench", "examples", "lib", "ffi"];

/** The paths of all Markdown pages of the project. */
export const MARKDOWN: readonly string[] = [
  ...readdirSync(ROOT).filter((file) => file.endsWith(".md")).sort(),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md")).sort().map((file) => `${folder}/${file}`)
  ),
];
