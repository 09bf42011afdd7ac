/** A key: one character, or the name of one that has none. */
export type Key = string;

/** What keys without a character send behind ESC. */
const SEQUENCES: Readonly<Record<string, Key>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "[H": "home",
  "[F": "end",
  "[1~": "home",
  "[4~": "end",
  "[7~": "home",
  "[8~": "end",
  "[5~": "pageup",
  "[6~": "pagedown",
};

const CHARACTERS: Readonly<Record<string, Key>> = {
  "\x1b": "escape",
  "\r": "enter",
  "\n": "enter",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x03": "ctrl-c",
  "\x0c": "ctrl-l",
  "\x15": "ctrl-u",
  "\x1a": "ctrl-z",
};

// CSI with its parameters, or SS3 with a letter.
// deno-lint-ignore no-control-regex
const SEQUENCE = /^\x1b(?:(\[)[0-?]*[ -/]*([@-~])|O([@-~]))/;
// deno-lint-ignore no-control-regex
const UNFINISHED = /^\x1b(?:\[[0-?]*[ -/]*|O)$/;

/** Takes what a terminal sends apart into keys. A sequence may come in two pieces. */
export class KeyReader {
  #rest = "";

  /** The keys in a piece of input, of which those that mean nothing here are left out. */
  read(input: string): Key[] {
    let left = this.#rest + input;
    this.#rest = "";
    const keys: Key[] = [];
    while (left !== "") {
      if (UNFINISHED.test(left)) {
        this.#rest = left;
        break;
      }
      const sequence = SEQUENCE.exec(left);
      if (sequence === null) {
        const [character = ""] = left;
        left = left.slice(character.length);
        const key = CHARACTERS[character] ?? character;
        if (key.length > 1 || key >= " ") keys.push(key);
        continue;
      }
      const [whole] = sequence;
      left = left.slice(whole.length);
      // Modifiers, as in ESC [ 1 ; 5 A, make no difference.
      const name = whole.slice(1).replace("O", "[").replace(/^\[1;\d(?=[A-H])/, "[")
        .replace(/;\d~$/, "~");
      const key = SEQUENCES[name];
      if (key !== undefined) keys.push(key);
    }
    return keys;
  }
}
