/**
 * Small pieces of Markdown.
 *
 * @module
 */

/** The anchor that a heading gets, as GitHub makes it. */
export function slug(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

/** Every anchor of a page; a heading that comes again gets a number. */
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

/** Where the links of a page lead, without those to other sites. */
export function links(page: string): string[] {
  return [...withoutFences(page).replaceAll(/`[^`\n]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function withoutFences(page: string): string {
  return page.replaceAll(/^```[^]*?^```/gm, "");
}

/** A table. Bars in cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll(/(?<!\\)\|/g, "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The way from a page to another place under docs, as links have it. */
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
