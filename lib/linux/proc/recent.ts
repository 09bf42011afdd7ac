/** How many keys are new before the oldest are dropped: more than any table of processes has. */
const GENERATION = 65536;

/**
 * A map that forgets what has not been requested in a long time, so that it does not grow with every
 * process that ever was.
 */
export class Recent<V> {
  #young = new Map<number, V>();
  #old = new Map<number, V>();
  readonly #size: number;

  /** Keeps at least the last `size` keys. */
  constructor(size = GENERATION) {
    this.#size = size;
  }

  /** What was last set under a key. */
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
