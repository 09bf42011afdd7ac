/**
 * Draws a terminal as a picture.
 *
 * @module
 */
import type { Cell } from "./terminal.ts";

/** The size of a character, in pixels. */
const CELL = { width: 8, height: 18 };
const MARGIN = 14;
/** The distance from the baseline of the text to the lower edge of a line, in pixels. */
const DESCENT = 5;
const COLORS = { back: "#14181f", text: "#d8dee9", dim: "#7f8a9c", marked: "#2f6f9f" };

/**
 * Draws the lines of a terminal below the command line that printed them.
 *
 * @param title The command line.
 * @param screen The lines.
 * @param columns The width of the terminal, in columns.
 */
export function svg(title: string, screen: readonly (readonly Cell[])[], columns: number): string {
  const width = columns * CELL.width + 2 * MARGIN;
  const height = (screen.length + 1) * CELL.height + 2 * MARGIN;
  const shapes: string[] = [];
  const texts = [textOf(`$ ${title}`, 0, 0, "bold")];
  for (const [i, line] of screen.entries()) {
    for (const { at, cells } of runsOf(line)) {
      const [first] = cells;
      const text = cells.map((cell) => cell.text).join("");
      if (first!.isReversed) {
        shapes.push(
          `<rect x="${x(at)}" y="${y(i + 1) - CELL.height + DESCENT}" width="${
            cells.length * CELL.width
          }" height="${CELL.height}" fill="${COLORS.marked}"/>`,
        );
      }
      if (text.trim() === "") continue;
      texts.push(textOf(text, i + 1, at, first!.isBold ? "bold" : first!.isDim ? "dim" : ""));
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" xml:space="preserve">`,
    `<title>${escaped(title)}</title>`,
    `<style>text{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:${COLORS.text}}.bold{font-weight:bold}.dim{fill:${COLORS.dim}}</style>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${COLORS.back}"/>`,
    ...shapes,
    ...texts,
    "</svg>",
    "",
  ].join("\n");
}

/** Yields the runs of characters with the same style. */
function* runsOf(line: readonly Cell[]): Generator<{ at: number; cells: Cell[] }> {
  let at = 0;
  while (at < line.length) {
    const { isBold, isDim, isReversed } = line[at]!;
    let end = at + 1;
    const isSame = (cell: Cell) =>
      cell.isBold === isBold && cell.isDim === isDim && cell.isReversed === isReversed;
    while (end < line.length && isSame(line[end]!)) end++;
    yield { at, cells: line.slice(at, end) };
    at = end;
  }
}

const x = (column: number) => MARGIN + column * CELL.width;
const y = (line: number) => MARGIN + (line + 1) * CELL.height - DESCENT;

/** Returns text of a fixed width, because the font of the viewer is not known. */
function textOf(text: string, line: number, column: number, style: string): string {
  const lead = text.length - text.trimStart().length;
  const shown = text.trim();
  const name = style === "" ? "" : ` class="${style}"`;
  return `<text x="${x(column + lead)}" y="${y(line)}" textLength="${
    [...shown].length * CELL.width
  }"${name}>${escaped(shown)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
