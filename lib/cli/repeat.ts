/**
 * Options of commands that wait, or do something again and again.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Call, number, text, UsageError } from "./command.ts";
import { parseDuration } from "./units.ts";

/** Reads the time between two looks, which is not 0, in milliseconds. */
export function intervalOf(name: string, word: string): number {
  const interval = parseDuration(name, word);
  if (interval >= 1) return interval;
  throw new UsageError(
    `Cannot use ${name} as it must be at least 0.001: current value is ${JSON.stringify(word)}`,
  );
}

/** How many times something is done, which is not 0; undefined if `--count` is not given. */
export function countOf({ options }: Call): number | undefined {
  const word = text(options["count"]);
  if (word === undefined) return undefined;
  const count = number("--count", word, () => 1);
  if (count >= 1) return count;
  throw new RangeError(`Cannot use --count as it must be above 0: current value is ${word}`);
}

/** Waits for some milliseconds; returns true if nothing has ended the wait. */
export async function pause(time: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(time, undefined, signal === undefined ? {} : { signal });
    return true;
  } catch (error) {
    if (!signal?.aborted) throw error;
    return false;
  }
}
