import { clearTimeout, setTimeout } from "node:timers";

/** Something that is polled until it is over. */
export interface Wait {
  /** True if it keeps the program running. */
  readonly ref: boolean;
  /** Polls; returns true if it is over. Must not throw. */
  look(): boolean;
}

/** The shortest and the longest time between two polls, in milliseconds. */
const SHORTEST = 1;
const LONGEST = 32;
/** Polling delays the end of a wait by at most this fraction of its length. */
const PART = 1 / 8;

const waits = new Set<Wait>();
let timer: ReturnType<typeof setTimeout> | undefined;
/** When the timer fires, and when a wait last began or ended, by the clock of `performance`. */
let due = 0;
let since = 0;
/** How many of the waits keep the program running. */
let holding = 0;

/**
 * Polls something, soon and then less and less often, until it is over.
 *
 * The runtimes cannot wait for a descriptor that they did not open. So all waits share one timer. It
 * fires after 1 ms, and then after an eighth of the time since a wait last began or ended, at least
 * every 32 ms.
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
 * Waits for something that has to be polled.
 *
 * @param look Polls; returns what is waited for, or undefined if it is not there yet.
 * @param options `ref`: whether the wait keeps the program running; `signal`: what ends it.
 * @returns What `look` returned. The promise rejects with what `look` throws, or with the reason of the
 * signal.
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
