import type { KernelCall } from "./call.ts";

/** One call and its result. */
export interface KernelRecord {
  /** The call. */
  readonly call: KernelCall;
  /** The result of the call: a negated errno if it failed. */
  readonly result: number;
  /** The bytes that the call wrote at the start of its buffer; empty if it wrote none. */
  readonly written: Uint8Array;
}

/** A record as JSON, which has neither bigints nor bytes. */
interface Line {
  readonly callnum: number;
  readonly pid: number;
  readonly flavor: number;
  /** Decimal; absent for 0. */
  readonly arg?: string;
  readonly flags?: number;
  /** Decimal. */
  readonly extId?: string;
  /** Absent without a buffer. */
  readonly size?: number;
  readonly result: number;
  /** The number of written bytes; absent for 0. */
  readonly written?: number;
  /** The written bytes without trailing zeros, in Base64; absent if all are 0. */
  readonly bytes?: string;
}

/** Formats a record as one line of JSON. */
export function formatRecord({ call, result, written }: KernelRecord): string {
  const { callnum, pid, flavor, arg, flags, extId, size } = call;
  const end = written.findLastIndex((byte) => byte !== 0) + 1;
  const line: Line = {
    callnum,
    pid,
    flavor,
    ...(arg === 0n ? {} : { arg: `${arg}` }),
    ...(flags === undefined ? {} : { flags, extId: `${extId}` }),
    ...(size === null ? {} : { size }),
    result,
    ...(written.length === 0 ? {} : { written: written.length }),
    ...(end === 0 ? {} : { bytes: toBase64(written.subarray(0, end)) }),
  };
  return JSON.stringify(line);
}

/**
 * Parses a recording, which has one record on each line. Empty lines are ignored.
 *
 * @throws {SyntaxError} A line is not a record; the message names the line.
 */
export function parseRecording(recording: string): KernelRecord[] {
  const records: KernelRecord[] = [];
  recording.split("\n").forEach((line, i) => {
    if (line.trim() === "") return;
    try {
      records.push(parseRecord(line));
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new SyntaxError(`Cannot read the recording at line ${i + 1}: ${reason}`, { cause });
    }
  });
  return records;
}

const KEYS = new Set([
  "callnum",
  "pid",
  "flavor",
  "arg",
  "flags",
  "extId",
  "size",
  "result",
  "written",
  "bytes",
]);

function parseRecord(text: string): KernelRecord {
  const line: unknown = JSON.parse(text);
  if (typeof line !== "object" || line === null || Array.isArray(line)) {
    throw new SyntaxError("it must be a JSON object");
  }
  const values = line as Record<string, unknown>;
  const strange = Object.keys(values).find((key) => !KEYS.has(key));
  if (strange !== undefined) throw new SyntaxError(`it must not have "${strange}"`);
  const extended = values["flags"] !== undefined || values["extId"] !== undefined;
  const size = values["size"] === undefined ? null : integer(values, "size", 0);
  const call: KernelCall = {
    callnum: integer(values, "callnum"),
    pid: integer(values, "pid"),
    flavor: integer(values, "flavor"),
    arg: values["arg"] === undefined ? 0n : uint64(values, "arg"),
    size,
    ...(extended ? { flags: integer(values, "flags"), extId: uint64(values, "extId") } : {}),
  };
  const length = values["written"] === undefined ? 0 : integer(values, "written", 0);
  const bytes = values["bytes"] === undefined ? new Uint8Array(0) : base64(values, "bytes");
  if (bytes.length > length || length > (size ?? 0)) {
    throw new SyntaxError(
      `it must not have more bytes than "written" nor that more than "size": ` +
        `it has ${bytes.length}, ${length} and ${size ?? 0}`,
    );
  }
  const written = new Uint8Array(length);
  written.set(bytes);
  return { call, result: integer(values, "result"), written };
}

function refuse(key: string, kind: string, value: unknown): never {
  const shown = value === undefined ? "missing" : JSON.stringify(value);
  throw new SyntaxError(`"${key}" must be ${kind}: it is ${shown}`);
}

const LEAST = -(2 ** 31), MOST = 2 ** 32 - 1;

function integer(values: Record<string, unknown>, key: string, least = LEAST): number {
  const value = values[key];
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= MOST) {
    return Number(value);
  }
  return refuse(key, `an integer from ${least} to ${MOST}`, value);
}

function uint64(values: Record<string, unknown>, key: string): bigint {
  const value = values[key];
  if (typeof value === "string" && /^\d{1,20}$/.test(value)) {
    const number = BigInt(value);
    if (BigInt.asUintN(64, number) === number) return number;
  }
  return refuse(key, "the digits of an integer from 0 to 2^64 - 1", value);
}

function base64(values: Record<string, unknown>, key: string): Uint8Array {
  const value = values[key];
  if (
    typeof value !== "string" || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)
  ) {
    return refuse(key, "Base64", value);
  }
  return Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
}

/** A number of characters that a function can take as its arguments. */
const CHUNK = 8192;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(text);
}
