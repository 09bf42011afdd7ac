import { setImmediate } from "node:timers";
import { abortSignal } from "../system/arguments.ts";

/**
 * Long work in steps: it yields where it may be interrupted, and returns its result.
 *
 * Other work may run between two steps and uses the same readers of the system. So a step must not
 * leave anything in their memory that the next one needs.
 */
export type Steps<T> = Generator<void, T, void>;

/** Options of functions that work in slices. */
export interface AsyncOptions {
  /** Stops the work: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** After how many descriptors a step ends. */
export const STRIDE = 32;

/** How many milliseconds a slice lasts before the event loop gets a turn. */
const SLICE_MS = 8;

/** Does all steps at once; returns the result of the work. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Does the steps in slices of some milliseconds, between which the event loop gets a turn.
 *
 * @param steps The work. Its `finally` blocks run if it is stopped, too.
 * @param options The signal that stops it.
 * @returns The result of the work.
 * @throws {TypeError} `signal` is not an `AbortSignal`.
 */
export async function inSlices<T>(steps: Steps<T>, { signal }: AsyncOptions): Promise<T> {
  abortSignal("signal", signal);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const until = performance.now() + SLICE_MS;
      do {
        const { done, value } = steps.next();
        if (done) return value;
      } while (performance.now() < until);
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
  } finally {
    steps.return(undefined as T);
  }
}
