/**
 * The tables of docs/linux.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { ROOT } from "./comments.ts";
import { slug } from "./markdown.ts";

/** The answer of Linux to a flavor or a callnum. */
export interface LinuxAnswer {
  /** `"served"`, `"partly"`, or the name of the error that is always returned. */
  readonly status: string;
  /** The details, or the reason of the error. */
  readonly note: string;
  /** The path of the section with the reason, relative to docs. */
  readonly place: string;
}

/**
 * Reads the tables: the answers by the names in their first cell, and the section of each struct.
 */
export function readLinux(): {
  readonly answers: ReadonlyMap<string, LinuxAnswer>;
  readonly structs: ReadonlyMap<string, string>;
} {
  const answers = new Map<string, LinuxAnswer>();
  const structs = new Map<string, string>();
  const folder = `${ROOT}docs/linux/`;
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".md")).sort()) {
    let place = `linux/${file}`;
    let head = "", above = "";
    for (const line of readFileSync(folder + file, "utf8").split("\n")) {
      const heading = /^#+ +(.+)$/.exec(line)?.[1];
      if (heading !== undefined) place = `linux/${file}#${slug(heading)}`;
      if (!line.startsWith("|")) {
        head = "";
        continue;
      }
      const [name = "", second = "", third = ""] = cells(line);
      const note = third.replace(/^(?:the same|as above)\b/, above).replace(/[;,] see below/, "");
      above = note;
      if (head === "") head = name;
      const key = /^(`\w+` ?)+$/.test(name) ? name.replaceAll("`", "") : undefined;
      if (key === undefined) continue;
      if (head === "flavor" || head === "type") {
        answers.set(key, { status: second.replaceAll("`", ""), note, place });
      }
      if (head === "struct" && !structs.has(key)) structs.set(key, place);
    }
  }
  return { answers, structs };
}

function cells(line: string): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
}
