import { clearTimeout, setTimeout } from "node:timers";

/** Something that is waited for, which can only be looked at. */
export interface Wait {
  /** Whether the program goes on as long as it is waited for. */
  readonly ref: boolean;
  /** Looks; tells whether it need not be looked at again. Must not throw. */
  look(): boolean;
}

/** Milliseconds between two looks: the fewest, and the most. */
const SHORTEST = 1;
const LONGEST = 32;
/** A wait lasts at most this part longer than it would with a look at every moment. */
const PART = 1 / 8;

const waits = new Set<Wait>();
let timer: ReturnType<typeof setTimeout> | undefined;
/** When the timer fires, and when something last began or ended, by the clock of `performance`. */
let due = 0;
let since = 0;
/** How many of the waits hold the program. */
let holding = 0;

/**
 * Has something looked at, soon and then again and again, until it is over.
 *
 * The runtimes cannot wait for a descriptor that they did not open. So all waits share one timer:
 * it looks at each of them after 1 ms, and then ever more rarely, by an eighth of the time that has
 * passed since any of them began or ended, but every 32 ms at least.
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

/** Has something looked at no more. */
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
 * Waits for something that can only be looked at.
 *
 * @param look Looks: anything but undefined is what was waited for.
 * @param options `ref`: whether the program goes on meanwhile; `signal`: what ends the wait.
 * @returns What was waited for; it rejects with what `look` throws, or with the reason of the signal.
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
