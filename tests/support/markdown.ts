import { readdirSync } from "node:fs";
import { ROOT } from "./runtime.ts";

/** The folders of the project that have pages, below which every page is one of the project. */
const FOLDERS = ["docs", "tests", "bench", "examples", "lib", "ffi"];

/** The paths of every page of Markdown of the project. */
export const MARKDOWN: readonly string[] = [
  ...readdirSync(ROOT).filter((file) => file.endsWith(".md")).sort(),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md")).sort().map((file) => `${folder}/${file}`)
  ),
];
