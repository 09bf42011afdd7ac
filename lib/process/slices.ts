import { setImmediate } from "node:timers";
import { abortSignal } from "../system/arguments.ts";

/**
 * Long work in steps. It yields where it can be interrupted, and returns its result.
 *
 * Other work can run between two steps and use the same readers of the system. A step must not
 * leave anything in their memory that the next step needs.
 */
export type Steps<T> = Generator<void, T, void>;

/** The options of functions that work in slices. */
export interface AsyncOptions {
  /** The signal that stops the work. The promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** The number of descriptors after which a step ends. */
export const STRIDE = 32;

/** The time that a slice lasts before the event loop gets a turn, in milliseconds. */
const SLICE_MS = 8;

/** Does all steps without interruption; returns the result of the work. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Does the steps in slices of some milliseconds. The event loop gets a turn between two slices.
 *
 * @param steps The work. Its `finally` blocks also run if it is stopped.
 * @param options The signal that stops the work.
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
