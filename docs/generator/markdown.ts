/**
 * Small pieces of Markdown.
 *
 * @module
 */

/** Returns the anchor that GitHub generates for a heading. */
export function slug(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

/** Returns all anchors of a page. A repeated heading gets a number. */
export function anchors(page: string): Set<string> {
  const found = new Set<string>();
  const times = new Map<string, number>();
  for (const [, heading = ""] of withoutFences(page).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const name = slug(heading);
    const seen = times.get(name) ?? 0;
    times.set(name, seen + 1);
    found.add(seen === 0 ? name : `${name}-${seen}`);
  }
  return found;
}

/** Returns the targets of the links of a page, except those of links to other sites. */
export function links(page: string): string[] {
  return [...withoutFences(page).replaceAll(/`[^`\n]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function withoutFences(page: string): string {
  return page.replaceAll(/^```[^]*?^```/gm, "");
}

/** Returns a table, with the bars in its cells escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll(/(?<!\\)\|/g, "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Returns the relative path from a page to another place under docs, for a link. */
export function relative(from: string, to: string): string {
  const [path = "", anchor] = to.split("#");
  const hash = anchor === undefined ? "" : `#${anchor}`;
  if (path === from) return hash || path.split("/").at(-1)!;
  const here = from.split("/").slice(0, -1);
  const there = path.split("/");
  while (here.length > 0 && here[0] === there[0]) {
    here.shift();
    there.shift();
  }
  return `${"../".repeat(here.length)}${there.join("/")}${hash}`;
}
