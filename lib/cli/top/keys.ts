/** A key: its character, or its name if it has none. */
export type Key = string;

/** The keys that send a sequence, by the sequence after ESC. */
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

/** Splits the input from a terminal into keys. A sequence may arrive in two pieces. */
export class KeyReader {
  #rest = "";

  /** Returns the keys in a piece of input. Unknown keys are omitted. */
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
      // Modifiers are ignored, as in ESC [ 1 ; 5 A.
      const name = whole.slice(1).replace("O", "[").replace(/^\[1;\d(?=[A-H])/, "[")
        .replace(/;\d~$/, "~");
      const key = SEQUENCES[name];
      if (key !== undefined) keys.push(key);
    }
    return keys;
  }
}
