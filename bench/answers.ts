/**
 * Measures the operations of the benchmarks. Each program stays warm, reads requests from standard
 * input, replies to each with one line, and ends when its input is closed.
 *
 * A request consists of the words of an operation and the milliseconds for which to repeat it. The
 * reply consists of the nanoseconds of the shortest run, the number of runs, and the result of the
 * last run. Several runs are timed together if a single one is too short for the clock. answers.h
 * and answers.py do the same. If the operation is impossible, the reply is `unavailable: ` and the
 * reason.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";

/** The time in milliseconds below which a single run is too short for the clock. */
const COARSE = 0.1;

/** The operation of a request. */
export interface Work {
  /** Runs the operation once. */
  readonly run: () => unknown;
  /** Formats the result of a run, which is compared between programs. */
  readonly text: (found: unknown) => string;
}

/**
 * Creates the operation of a request.
 *
 * @param run Runs the operation once.
 * @param rows Returns the rows of a result, which are compared between programs.
 */
export function work<Found>(
  run: () => Found | Promise<Found>,
  rows: (found: Found) => readonly (string | number)[],
): Work {
  return { run, text: (found) => rows(found as Found).join(" ") };
}

/**
 * Replies to all requests.
 *
 * @param workFor Returns the operation for the words of a request.
 */
export async function answerRequests(workFor: (...words: string[]) => Work): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const words = line.split(" ");
    const milliseconds = Number(words.pop());
    let found: Work;
    try {
      found = workFor(...words);
    } catch (error) {
      console.log(`unavailable: ${`${error}`.replaceAll("\n", " ")}`);
      continue;
    }
    console.log(await answer(found, milliseconds));
  }
}

async function answer({ run, text }: Work, milliseconds: number): Promise<string> {
  let shortest = Infinity;
  let runs = 0;
  let batch = 1;
  let found: unknown;
  let start = performance.now();
  const end = start + milliseconds;
  do {
    for (let i = 1; i < batch; i++) {
      const one = run();
      if (one instanceof Promise) await one;
    }
    found = run();
    if (found instanceof Promise) found = await found;
    const time = performance.now() - start;
    if (time / batch < shortest) shortest = time / batch;
    runs += batch;
    if (time < COARSE) batch *= 2;
    start = performance.now();
  } while (start < end);
  return `${Math.round(shortest * 1e6)} ${runs} ${text(found)}`;
}

/** Formats the bytes of a text as hexadecimal digits, which do not contain spaces. */
export const hex = (text: string): string => hexOf(new TextEncoder().encode(text));

/** Formats bytes as hexadecimal digits. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
