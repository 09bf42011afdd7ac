import { clearTimeout, setTimeout } from "node:timers";

/** Something that is polled until it is complete. */
export interface Wait {
  /** True if the wait keeps the program running. */
  readonly ref: boolean;
  /** Polls; returns true if the wait is complete. Must not throw. */
  look(): boolean;
}

/** The shortest and the longest time between two polls, in milliseconds. */
const SHORTEST = 1;
const LONGEST = 32;
/** Polling delays the end of a wait by at most this fraction of its length. */
const PART = 1 / 8;

const waits = new Set<Wait>();
let timer: ReturnType<typeof setTimeout> | undefined;
/**
 * The time when the timer fires, and when a wait last began or ended, as `performance.now()`
 * returns it.
 */
let due = 0;
let since = 0;
/** The number of waits that keep the program running. */
let holding = 0;

/**
 * Polls something at increasing intervals until it is complete.
 *
 * The runtimes cannot wait for a descriptor that they did not open, so all waits share one timer.
 * It fires after 1 ms, then after an eighth of the time since a wait last began or ended, but at
 * least every 32 ms.
 */
export function addWait(wait: Wait): void {
  waits.add(wait);
  if (wait.ref) holding++;
  since = performance.now();
  if (timer !== undefined && due > since + SHORTEST) {
    clearTimeout(timer);
    timer = undefined;
  }
  schedule();
}

/** Stops polling. */
export function removeWait(wait: Wait): void {
  forget(wait);
  schedule();
}

function forget(wait: Wait): void {
  if (waits.delete(wait) && wait.ref) holding--;
}

function look(): void {
  timer = undefined;
  for (const wait of waits) {
    if (!wait.look()) continue;
    forget(wait);
    since = performance.now();
  }
  schedule();
}

function schedule(): void {
  if (waits.size === 0) {
    clearTimeout(timer);
    timer = undefined;
    return;
  }
  if (timer === undefined) {
    const now = performance.now();
    const delay = Math.min(LONGEST, Math.max(SHORTEST, (now - since) * PART));
    due = now + delay;
    timer = setTimeout(look, delay);
  }
  if (holding > 0) timer.ref();
  else timer.unref();
}

/**
 * Waits for a value that must be polled.
 *
 * @param look Polls; returns the value, or undefined if it is not available yet.
 * @param options `ref` is true if the wait keeps the program running; `signal` ends the wait.
 * @returns The value that `look` returned. The promise rejects with the error that `look` throws,
 * or with the reason of the signal.
 */
export function waitFor<T>(
  look: () => T | undefined,
  { ref, signal }: { readonly ref: boolean; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      removeWait(wait);
      signal?.removeEventListener("abort", abort);
    };
    const abort = () => {
      settle();
      reject(signal!.reason);
    };
    const wait: Wait = {
      ref,
      look() {
        try {
          const found = look();
          if (found === undefined) return false;
          resolve(found);
        } catch (error) {
          reject(error);
        }
        signal?.removeEventListener("abort", abort);
        return true;
      },
    };
    if (signal?.aborted) return reject(signal.reason);
    signal?.addEventListener("abort", abort);
    addWait(wait);
  });
}
