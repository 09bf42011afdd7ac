import { spawnSync } from "node:child_process";
import { executable, ROOT } from "./runtime.ts";

/** Returns a Markdown table. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

/** Formats a page with `deno fmt`. */
export function formatted(text: string): string {
  const { stdout, stderr, status } = spawnSync(
    executable("deno"),
    ["fmt", "--line-width", "100", "--ext", "md", "-"],
    { cwd: ROOT, input: text, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** Returns the first sentence of a comment without its links, for the cell of a table. */
export function sentenceOf(comment: string): string {
  const text = comment.replaceAll(/\{@linkcode (\w+)[^}]*\}/g, "`$1()`");
  const paragraph = text.split("\n\n")[0]!.replaceAll("\n", " ");
  const sentence = /^.*?[.:;](?= [A-Za-z]|$)/.exec(paragraph)?.[0] ?? paragraph;
  return sentence.trim().replace(/[.:;]$/, "").replaceAll("|", "\\|");
}
