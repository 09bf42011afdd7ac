/**
 * Numbers in their units: formatted for people or exactly, and parsed from arguments.
 *
 * @module
 */
import type { Unit } from "../process/fields/field.ts";
import { UsageError } from "./command.ts";

const UNITS = ["B", "K", "M", "G", "T", "P"];

/** Formats bytes for people: `1023B`, `4.0K`, `12M`. */
export function size(bytes: number): string {
  let value = bytes, unit = 0;
  for (; value >= 1023.5 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)}${UNITS[unit]}`;
}

/** Formats a processor time for people: `0:00.05`, `12:34.56`, `3:07:00`. */
export function duration(nanoseconds: number): string {
  const hundredths = Math.floor(nanoseconds / 1e7);
  const minutes = Math.floor(hundredths / 6000);
  const seconds = Math.floor(hundredths / 100) % 60;
  if (minutes < 60) return `${minutes}:${two(seconds)}.${two(hundredths % 100)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/**
 * Formats a point in time for people, in the time zone of {@linkcode zone}: `2026-11-21 23:59:08`.
 */
export function moment(milliseconds: number): string {
  return iso(milliseconds).slice(0, 19).replace("T", " ");
}

/** Returns the current time zone, such as `UTC` or `UTC+5:30`. */
export function zone(): string {
  const minutes = -offset();
  if (minutes === 0) return "UTC";
  const hours = Math.floor(Math.abs(minutes) / 60), rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? "-" : "+"}${hours}${rest === 0 ? "" : `:${two(rest)}`}`;
}

/**
 * All times have the current offset, even if daylight saving time differs: one zone is printed
 * above all of them.
 */
function offset(): number {
  return new Date(Date.now()).getTimezoneOffset();
}

function iso(milliseconds: number): string {
  return new Date(milliseconds - offset() * 60_000).toISOString();
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Formats a point in time briefly: `23:59` today, `Nov 21` this year, otherwise `2025`. */
function shortMoment(milliseconds: number): string {
  const then = iso(milliseconds), now = iso(Date.now());
  if (then.slice(0, 10) === now.slice(0, 10)) return then.slice(11, 16);
  const [year = "", month = "", day = ""] = then.slice(0, 10).split("-");
  return year === now.slice(0, 4) ? `${MONTHS[Number(month) - 1]} ${day}` : year;
}

/** The form of a number: in full or in short on a terminal, or exact for programs. */
export type Form = "full" | "short" | "exact";

const SHOWN: Readonly<Record<Unit, Readonly<Record<Form, (value: number) => string>>>> = {
  bytes: { full: size, short: size, exact: String },
  // Seconds.
  nanoseconds: { full: duration, short: duration, exact: (value) => String(value / 1e9) },
  time: {
    full: moment,
    short: shortMoment,
    exact: (value) => new Date(value).toISOString(),
  },
  percent: { full: tenths, short: tenths, exact: (value) => String(Number(value.toFixed(3))) },
  none: { full: String, short: String, exact: String },
};

function tenths(value: number): string {
  return value.toFixed(1);
}

/** Formats a number in its unit. */
export function inUnit(value: number, unit: Unit, form: Form): string {
  return SHOWN[unit][form](value);
}

/** The factors of the letters after a number of bytes. */
const FACTORS: Readonly<Record<string, number>> = Object.fromEntries(
  UNITS.map((unit, power) => [unit, 1024 ** power]),
);

/** Parses a number of bytes: `4096`, `100M`, `1.5G`, with a factor of 1024. */
export function parseSize(option: string, word: string): number {
  const found = /^(\d+\.?\d*|\.\d+)(?:B|([KMGTP])(?:i?B)?)?$/i.exec(word);
  if (found !== null) return Number(found[1]) * FACTORS[found[2]?.toUpperCase() ?? "B"]!;
  throw new UsageError(
    `Cannot use ${option} as it must be a size such as 4096, 100M or 1.5G: current value is ${
      JSON.stringify(word)
    }`,
  );
}

const LONGEST_MS = 2 ** 31 - 1;
const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Parses a duration: `2`, `.3` and `90s` are seconds, `1m`, `1h30m` and `250ms` have other units.
 * Returns milliseconds.
 */
export function parseDuration(option: string, word: string): number {
  const isOne = /^(\d+\.?\d*|\.\d+)$|^(?:(?:\d+\.?\d*|\.\d+)(?:ms|[smhd]))+$/.test(word);
  const parts = isOne ? word.matchAll(/(\d+\.?\d*|\.\d+)(ms|[smhd])?/g) : [];
  let sum = isOne ? 0 : NaN;
  for (const [, digits, unit = "s"] of parts) sum += Number(digits) * UNITS_MS[unit]!;
  if (sum <= LONGEST_MS) return sum;
  throw new UsageError(
    `Cannot use ${option} as it must be a time such as 2, .5, 90s or 1m: current value is ${
      JSON.stringify(word)
    }`,
  );
}
