/** The texts of a table, one behind the other. The first is always empty, and stands for none. */
export class Texts {
  /** Their bytes. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  /** Where each ends; it starts where the one before ends. */
  ends: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  /** How many there are. */
  count = 1;
  #size = 0;
  readonly #constants = new Map<string, number>();
  // The last two: most rows have the state and the user of the row before.
  #last = "";
  #lastNumber = 0;
  #older = "";
  #olderNumber = 0;

  /** Forgets all texts, and keeps their memory. */
  clear(): void {
    this.count = 1;
    this.#size = 0;
    this.#constants.clear();
    this.#lastNumber = this.#olderNumber = 0;
  }

  /** Adds a text; returns its number. */
  add(from: Uint8Array, start: number, length: number): number {
    const end = this.#grow(length);
    const { bytes } = this;
    const to = this.#size;
    for (let i = 0; i < length; i++) bytes[to + i] = from[start + i]!;
    return this.#close(end);
  }

  /** Adds a list of texts without NULs as one text, in which each ends in a NUL; returns its number. */
  addList(list: readonly Uint8Array[]): number {
    let length = list.length;
    for (const text of list) length += text.length;
    const end = this.#grow(length);
    let at = this.#size;
    for (const text of list) {
      this.bytes.set(text, at);
      at += text.length;
      this.bytes[at++] = 0;
    }
    return this.#close(end);
  }

  /** Adds a text that many rows have: equal ones share a number. */
  constant(text: string): number {
    if (this.#lastNumber !== 0 && text === this.#last) return this.#lastNumber;
    const number = this.#olderNumber !== 0 && text === this.#older
      ? this.#olderNumber
      : this.#constantOf(text);
    this.#older = this.#last;
    this.#olderNumber = this.#lastNumber;
    this.#last = text;
    return this.#lastNumber = number;
  }

  #constantOf(text: string): number {
    let number = this.#constants.get(text);
    if (number === undefined) {
      const bytes = encoder.encode(text);
      number = this.add(bytes, 0, bytes.length);
      this.#constants.set(text, number);
    }
    return number;
  }

  /** Makes room for a text; returns where it ends. */
  #grow(length: number): number {
    const end = this.#size + length;
    if (end > this.bytes.length) {
      this.bytes = copied(this.bytes, new Uint8Array(Math.max(end, this.bytes.length * 2)));
    }
    if (this.count === this.ends.length) {
      this.ends = copied(this.ends, new Uint32Array(this.ends.length * 2));
    }
    return end;
  }

  #close(end: number): number {
    this.#size = end;
    this.ends[this.count] = end;
    return this.count++;
  }

  /** How many bytes they have together. */
  get size(): number {
    return this.#size;
  }

  /** True if its memory is still there. */
  get whole(): boolean {
    return this.bytes.length > 0 && this.ends.length > 0;
  }
}

const encoder = new TextEncoder();

/** Copies a typed array to the start of a longer one; returns that. */
export function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text that the kernel has as bytes; what is not UTF-8 becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** A list as one text of a table, in which each ends in a NUL. */
export function listText(list: readonly (string | number)[]): string {
  return list.map((text) => `${text}\0`).join("");
}
