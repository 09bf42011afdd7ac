import type { Line } from "./canvas.ts";
import type { Key } from "./keys.ts";

/** Lets the user choose one of several words, with the arrow keys or by typing its beginning. */
export class Picker {
  readonly #title: string;
  readonly #words: readonly string[];
  #typed = "";
  #at: number;

  /**
   * @param title The purpose of the choice.
   * @param words The choices.
   * @param first The choice that is selected first.
   */
  constructor(title: string, words: readonly string[], first: string) {
    this.#title = title;
    this.#words = words;
    this.#at = Math.max(0, words.indexOf(first));
  }

  /** The selected word; undefined if no word matches what was typed. */
  get chosen(): string | undefined {
    return this.#offered[this.#at];
  }

  get #offered(): readonly string[] {
    const typed = this.#typed.toLowerCase();
    const starting = this.#words.filter((word) => word.toLowerCase().startsWith(typed));
    return starting.length > 0
      ? starting
      : this.#words.filter((word) => word.toLowerCase().includes(typed));
  }

  /** Handles a key, except those that confirm or cancel. */
  press(key: Key, page: number): void {
    const count = this.#offered.length;
    const steps: Readonly<Record<Key, number>> = {
      up: -1,
      down: 1,
      left: -1,
      right: 1,
      pageup: -page,
      pagedown: page,
      home: -count,
      end: count,
    };
    const step = steps[key];
    if (step !== undefined) {
      this.#at = Math.min(Math.max(this.#at + step, 0), Math.max(count - 1, 0));
    } else if (key === "backspace") this.#type(this.#typed.slice(0, -1));
    else if (key === "ctrl-u") this.#type("");
    else if (key.length === 1) this.#type(this.#typed + key);
  }

  #type(typed: string): void {
    const { chosen } = this;
    this.#typed = typed;
    this.#at = Math.max(0, this.#offered.indexOf(chosen ?? ""));
  }

  /** Returns the lines that show the words, as many as fit. */
  lines(room: number): Line[] {
    const offered = this.#offered;
    const height = Math.max(1, room - 1);
    const from = Math.max(0, Math.min(this.#at - (height >> 1), offered.length - height));
    const typed = this.#typed === "" ? "" : `: ${this.#typed}`;
    return [
      { text: `${this.#title}${typed}  (arrows or letters, Enter, Esc)`, style: "bold" },
      ...offered.slice(from, from + height).map((word, i): Line => {
        const isChosen = from + i === this.#at;
        return { text: `${isChosen ? ">" : " "} ${word}`, style: isChosen ? "marked" : "plain" };
      }),
    ];
  }
}
