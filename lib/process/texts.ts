/**
 * The texts of a table, one after the other. The first is always empty and denotes a missing value.
 */
export class Texts {
  /** The bytes of the texts. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  /** The offset at which each text ends. A text starts where the previous one ends. */
  ends: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  /** The number of texts. */
  count = 1;
  #size = 0;
  readonly #constants = new Map<string, number>();
  // The last two texts: most rows have the state and the user of the previous row.
  #last = "";
  #lastNumber = 0;
  #older = "";
  #olderNumber = 0;

  /** Removes all texts, but keeps their memory. */
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

  /**
   * Adds a list of texts without NULs as one text; returns its number. Each text of the list ends
   * with a NUL there.
   */
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

  /** Adds a text that many rows have; returns its number. Equal texts share a number. */
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

  /** Makes room for a text; returns the offset at which it will end. */
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

  /** The number of bytes of all texts. */
  get size(): number {
    return this.#size;
  }

  /** True if the texts still have their memory. */
  get whole(): boolean {
    return this.bytes.length > 0 && this.ends.length > 0;
  }
}

const encoder = new TextEncoder();

/** Copies a typed array to the start of a longer one; returns the longer one. */
export function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Decodes bytes of the kernel as text. Bytes that are not UTF-8 become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Returns a list as one text of a table, in which each element ends with a NUL. */
export function listText(list: readonly (string | number)[]): string {
  return list.map((text) => `${text}\0`).join("");
}
