/**
 * How the programs of the bench measure. Each stays warm, reads requests from standard input, answers
 * each with one line, and ends when the input does.
 *
 * A request is some words that name the operation, and the milliseconds for which it is repeated. The
 * answer is the nanoseconds of the shortest run, the number of runs, and what the last run found. Runs
 * that the clock is too coarse for are timed several at once. answers.h and answers.py do the same.
 * If the operation is impossible here, the answer is `unavailable: ` and the reason.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";

/** Milliseconds below which the clock is too coarse for one run. */
const COARSE = 0.1;

/** What is done for a request. */
export interface Work {
  /** Does it once. */
  readonly run: () => unknown;
  /** Makes text of what was found, by which programs are compared. */
  readonly text: (found: unknown) => string;
}

/**
 * Describes what is done for a request.
 *
 * @param run Does it once.
 * @param rows Makes the rows of what was found, by which programs are compared.
 */
export function work<Found>(
  run: () => Found | Promise<Found>,
  rows: (found: Found) => readonly (string | number)[],
): Work {
  return { run, text: (found) => rows(found as Found).join(" ") };
}

/**
 * Answers all requests.
 *
 * @param workFor Finds what is to be done for the words of a request.
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

/** The bytes of a text in hexadecimal digits, which have no space. */
export const hex = (text: string): string => hexOf(new TextEncoder().encode(text));

/** Some bytes in hexadecimal digits. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
