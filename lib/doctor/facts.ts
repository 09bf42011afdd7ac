import type { FileId } from "../system/facts.ts";

/**
 * The facts about the examined process from other sources. Those that are absent are not compared.
 */
export interface Facts {
  /** The pid of its parent. */
  readonly ppid?: number;
  /** Its process group id. */
  readonly pgrp?: number;
  /** Its effective user id. */
  readonly euid?: number;
  /** Its real user id. */
  readonly ruid?: number;
  /** The id of the calling thread. */
  readonly threadId?: bigint;
  /** The time at which it began to run its program, in milliseconds since 1970. */
  readonly startedAt?: number;
  /** The names that its program may have, without directories. */
  readonly names?: readonly string[];
  /** The file that it runs. */
  readonly executable?: FileId;
  /** Its working directory. */
  readonly directory?: FileId;
  /** The processor that it runs on, as in `process.arch`. */
  readonly arch?: string;
  /** Returns its processor time so far, user and system, in microseconds. */
  readonly processorTime?: () => number;
  /** Returns its current resident memory, in bytes. */
  readonly residentSize?: () => number;
  /** Returns the file at a path, following symbolic links; null if it cannot be determined. */
  readonly fileId?: (path: string) => FileId | null;
}

/** The comparison of one value from the kernel with another source. */
export interface Check {
  /** The name of the value, such as `"start time"`. */
  readonly what: string;
  /** The outcome of the comparison. */
  readonly verdict: "agrees" | "WRONG" | "skipped";
  /** The two values, or the reason why they were not compared; empty if they agree. */
  readonly note: string;
}

/** Compares two values that must be equal. Skipped if the known one is undefined. */
export function same<T>(what: string, reported: T, known: T | undefined): Check {
  if (known === undefined) return skipped(what);
  return known === reported ? agrees(what) : wrong(what, reported, known);
}

/** Compares a value with its least and greatest permitted value. */
export function between(
  what: string,
  reported: number,
  least: number | undefined,
  most: number | undefined,
): Check {
  if (least === undefined || most === undefined) return skipped(what);
  if (reported >= least && reported <= most) return agrees(what);
  return wrong(what, reported, `from ${least} to ${most}`);
}

/** Compares two files that must be the same. */
export function sameFile(what: string, reported: FileId | null, known: FileId | undefined): Check {
  if (reported === null) return skipped(what);
  return same(what, describeFile(reported), known && describeFile(known));
}

/** Returns a check that cannot be made. */
export function skipped(what: string): Check {
  return { what, verdict: "skipped", note: "no other source" };
}

function describeFile({ device, inode }: FileId): string {
  return `device ${device >>> 0} inode ${inode}`;
}

function agrees(what: string): Check {
  return { what, verdict: "agrees", note: "" };
}

function wrong(what: string, reported: unknown, known: unknown): Check {
  return { what, verdict: "WRONG", note: `the kernel reports ${reported}, but it is ${known}` };
}
