import type { Screen } from "../command.ts";
import { cut, widthOf } from "../table.ts";

/** The style of a line. */
export type Style = "plain" | "bold" | "marked" | "dim";

/** A line of a screen. */
export interface Line {
  /** The text. */
  readonly text: string;
  /** The style on a screen with colours. */
  readonly style?: Style;
}

/** Enters the alternate screen, hides the cursor, and turns off the wrapping of long lines. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const CLEAR = "\x1b[2J";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
const STYLES: Readonly<Record<Style, readonly [on: string, off: string]>> = {
  plain: ["", ""],
  bold: ["\x1b[1m", "\x1b[22m"],
  marked: ["\x1b[7m", "\x1b[27m"],
  dim: ["\x1b[2m", "\x1b[22m"],
};

function goto(line: number): string {
  return `\x1b[${line + 1};1H`;
}

/**
 * The content of a screen. To draw a picture, only the lines that differ are written, all at once.
 */
export class Canvas {
  readonly #screen: Screen;
  #lines: readonly string[] = [];
  #width = 0;
  #height = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  enter(): void {
    this.forget();
    this.#screen.write(ENTER);
  }

  leave(): void {
    this.#screen.write(LEAVE);
  }

  /** Forgets the lines on the screen, so that the next picture is written completely. */
  forget(): void {
    this.#lines = [];
  }

  draw(picture: readonly Line[]): void {
    const screen = this.#screen;
    const width = screen.width(), height = screen.height();
    if (width !== this.#width || height !== this.#height) this.forget();
    const before = this.#lines;
    const lines = picture.slice(0, height).map((line) => this.#shown(line, width));
    let changes = before.length === 0 ? CLEAR : "";
    for (const [i, line] of lines.entries()) {
      if (line !== before[i]) changes += goto(i) + line;
    }
    if (lines.length < before.length) changes += goto(lines.length) + CLEAR_BELOW;
    if (changes !== "") screen.write(changes);
    this.#lines = lines;
    this.#width = width;
    this.#height = height;
  }

  /**
   * Returns a line followed by a sequence that clears the rest. A full line has no such sequence:
   * the cursor is on its last character.
   */
  #shown({ text, style = "plain" }: Line, width: number): string {
    const shown = cut(text, width);
    const room = width - widthOf(shown);
    if (!this.#screen.colors) return shown + (room > 0 ? CLEAR_LINE : "");
    const [on, off] = STYLES[style];
    if (style === "marked") return on + shown + " ".repeat(room) + off;
    return on + shown + off + (room > 0 ? CLEAR_LINE : "");
  }
}
