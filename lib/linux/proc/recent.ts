/**
 * The number of new keys after which the oldest are dropped. Process tables rarely have as many.
 */
const GENERATION = 65536;

/**
 * A map that forgets keys that have not been requested for a long time, so that it does not grow
 * with every process that ever existed.
 */
export class Recent<V> {
  #young = new Map<number, V>();
  #old = new Map<number, V>();
  readonly #size: number;

  /** Creates a map that keeps at least the last `size` keys. */
  constructor(size = GENERATION) {
    this.#size = size;
  }

  /** Returns the value that was last set under a key; undefined if the key was forgotten. */
  get(key: number): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  /** Sets the value of a key. */
  set(key: number, value: V): void {
    if (this.#young.size >= this.#size && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
