import type { FileId } from "../system/facts.ts";

/**
 * What is known of the examined process from elsewhere. What is left out is not compared.
 */
export interface Facts {
  /** The process id of its parent. */
  readonly ppid?: number;
  /** Its process group id. */
  readonly pgrp?: number;
  /** Its effective user id. */
  readonly euid?: number;
  /** Its real user id. */
  readonly ruid?: number;
  /** The id of the calling thread. */
  readonly threadId?: bigint;
  /** When it began to run its program, in milliseconds since 1970. */
  readonly startedAt?: number;
  /** The names that its program may have, without folders. */
  readonly names?: readonly string[];
  /** The file that it runs. */
  readonly executable?: FileId;
  /** Its working directory. */
  readonly directory?: FileId;
  /** Its processor, in the words of `process.arch`. */
  readonly arch?: string;
  /** Its processor time so far, user and system, in microseconds. */
  readonly processorTime?: () => number;
  /** Its resident memory just now, in bytes. */
  readonly residentSize?: () => number;
  /** The file at a path, with links followed; null if it cannot be found out. */
  readonly fileId?: (path: string) => FileId | null;
}

/** How one value from the kernel compares with another source. */
export interface Check {
  /** What was compared, as in `"start time"`. */
  readonly what: string;
  /** How that went. */
  readonly verdict: "agrees" | "WRONG" | "skipped";
  /** The values of the two sources, or why they were not compared; empty if they agree. */
  readonly note: string;
}

/** Compares what must be equal; `undefined` is what is not known. */
export function same<T>(what: string, said: T, known: T | undefined): Check {
  if (known === undefined) return skipped(what);
  return known === said ? agrees(what) : wrong(what, said, known);
}

/** Compares what must lie between two values. */
export function between(
  what: string,
  said: number,
  least: number | undefined,
  most: number | undefined,
): Check {
  if (least === undefined || most === undefined) return skipped(what);
  if (said >= least && said <= most) return agrees(what);
  return wrong(what, said, `from ${least} to ${most}`);
}

/** Two files that must be one. */
export function sameFile(what: string, said: FileId | null, known: FileId | undefined): Check {
  if (said === null) return skipped(what);
  return same(what, describeFile(said), known && describeFile(known));
}

/** A check that cannot be made. */
export function skipped(what: string): Check {
  return { what, verdict: "skipped", note: "no other source" };
}

function describeFile({ device, inode }: FileId): string {
  return `device ${device >>> 0} inode ${inode}`;
}

function agrees(what: string): Check {
  return { what, verdict: "agrees", note: "" };
}

function wrong(what: string, said: unknown, known: unknown): Check {
  return { what, verdict: "WRONG", note: `the kernel reports ${said}, it is ${known}` };
}
