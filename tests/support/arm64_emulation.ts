/**
 * What emulation of arm64 breaks: QEMU in user mode runs a program for another processor as a process of the
 * host's kernel, whose `/proc` shows the emulator.
 *
 * @module
 */
import type { RuntimeName } from "./runtime.ts";

/** Tests that do not hold under emulation. */
export interface Excluded {
  /** The file, from `tests`. */
  readonly file: string;
  /** Which of its tests; all of them if it is left out. */
  readonly test?: RegExp;
  /** Under which runtimes; under all if it is left out. */
  readonly runtimes?: readonly RuntimeName[];
  /** What emulation breaks. */
  readonly why: string;
}

/** Files that are not run. */
export const NOT_RUN: readonly Excluded[] = [];

/** Tests that are run, and whose failures are not counted. */
export const BROKEN: readonly Excluded[] = [];
