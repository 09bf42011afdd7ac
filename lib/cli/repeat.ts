/**
 * Options of commands that wait or repeat something.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Call, number, text, UsageError } from "./command.ts";
import { parseDuration } from "./units.ts";

/** Parses an interval, which must not be 0. Returns milliseconds. */
export function intervalOf(name: string, word: string): number {
  const interval = parseDuration(name, word);
  if (interval >= 1) return interval;
  throw new UsageError(
    `Cannot use ${name} as it must be at least 0.001: current value is ${JSON.stringify(word)}`,
  );
}

/** Returns the number of repetitions, which must not be 0; undefined without `--count`. */
export function countOf({ options }: Call): number | undefined {
  const word = text(options["count"]);
  if (word === undefined) return undefined;
  const count = number("--count", word, () => 1);
  if (count >= 1) return count;
  throw new RangeError(`Cannot use --count as it must be above 0: current value is ${word}`);
}

/** Waits for some milliseconds. Returns false if the signal was aborted, otherwise true. */
export async function pause(time: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(time, undefined, signal === undefined ? {} : { signal });
    return true;
  } catch (error) {
    if (!signal?.aborted) throw error;
    return false;
  }
}
