/**
 * A terminal that interprets the output of the command.
 *
 * @module
 */

/** A character on the terminal. */
export interface Cell {
  /** The character. */
  readonly text: string;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isReversed: boolean;
}

type Style = Omit<Cell, "text">;

const PLAIN: Style = { isBold: false, isDim: false, isReversed: false };

// Matches a control sequence, the end of a line, or one character.
const ESC = "\x1b";
const PIECES = new RegExp(`${ESC}\\[(\\??)([\\d;]*)([A-Za-z])|\\r?\\n|[^${ESC}]`, "gu");

/**
 * Returns the cells of a terminal after some text was written to it, without the empty last lines.
 *
 * @param text The text, with control sequences.
 */
export function screenOf(text: string): Cell[][] {
  const lines: Cell[][] = [];
  let row = 0, column = 0, style = PLAIN;
  const at = (): Cell[] => {
    while (lines.length <= row) lines.push([]);
    return lines[row]!;
  };
  for (const [piece, mode, numbers = "", letter] of text.matchAll(PIECES)) {
    if (letter === undefined) {
      if (piece.endsWith("\n")) [row, column] = [row + 1, 0];
      else {
        const line = at();
        while (line.length < column) line.push({ text: " ", ...PLAIN });
        line[column++] = { text: piece, ...style };
      }
      continue;
    }
    if (mode === "?") continue;
    const [first = 0, second = 0] = numbers.split(";").map(Number);
    if (letter === "H") [row, column] = [Math.max(first - 1, 0), Math.max(second - 1, 0)];
    else if (letter === "K") at().length = Math.min(at().length, column);
    else if (letter === "J") {
      if (first === 2) lines.length = 0;
      else {
        lines.length = Math.min(lines.length, row + 1);
        at().length = Math.min(at().length, column);
      }
    } else if (letter === "m") style = styled(style, first);
    else throw new Error(`Cannot show the control sequence "${letter}"`);
  }
  while (lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

function styled(style: Style, code: number): Style {
  switch (code) {
    case 0:
      return PLAIN;
    case 1:
      return { ...style, isBold: true };
    case 2:
      return { ...style, isDim: true };
    case 7:
      return { ...style, isReversed: true };
    case 22:
      return { ...style, isBold: false, isDim: false };
    case 27:
      return { ...style, isReversed: false };
  }
  throw new Error(`Cannot show the rendition ${code}`);
}
