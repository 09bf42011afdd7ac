/**
 * How one thing with many properties is printed: a line for each, or an object in JSON.
 *
 * @module
 */
import { AccessDeniedError, NotSupportedError, ZombieError } from "../process/errors.ts";
import type { Missing } from "../process/errors.ts";
import { type Call, EXIT, json } from "./command.ts";
import { duration, escaped, moment, quoted, size } from "./table.ts";

/** Properties by their names; undefined is unknown. */
export type Properties = Readonly<Record<string, unknown>>;

/**
 * Asks for something that a process may refuse to tell.
 *
 * @returns What was asked for; a word that says why there is none.
 */
export function orMissing<T>(ask: () => T): T | Missing {
  try {
    return ask();
  } catch (error) {
    if (error instanceof AccessDeniedError) return "denied";
    if (error instanceof ZombieError) return "zombie";
    if (error instanceof NotSupportedError) return "unsupported";
    throw error;
  }
}

/** Prints properties; returns the exit status. */
export function printProperties(
  { options, output }: Call,
  properties: Properties,
  missing: Readonly<Record<string, Missing>> = {},
): number {
  const denied = Object.values(missing).includes("denied");
  if (options["json"]) {
    const rest = Object.keys(missing).length > 0 ? { missing } : {};
    output.out(json({ ...properties, ...rest }));
    return denied ? EXIT.partly : EXIT.found;
  }
  const lines = [
    ...Object.entries(properties).flatMap(([name, value]) => linesOf(name, value)),
    ...Object.entries(missing).map(([name, why]) => [name, why]),
  ] as [string, string][];
  const width = Math.max(...lines.map(([name]) => name.length));
  for (const [name, value] of lines) output.out(`${name.padEnd(width)}  ${value}`);
  return denied ? EXIT.partly : EXIT.found;
}

/** A property in lines: each part of an object is one. */
function linesOf(name: string, value: unknown): [string, string][] {
  if (value === undefined || value === null) return [];
  if (value instanceof Uint8Array) return [];
  if (Array.isArray(value)) {
    return [[
      name,
      value.length === 0 ? "none" : escaped(value.map((part) => quoted(String(part))).join(" ")),
    ]];
  }
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([part, inner]) =>
      linesOf(part === "" ? name : `${name}.${part}`, inner)
    );
  }
  return [[name, shown(name, value)]];
}

/** A value with the unit that the end of its name tells. */
function shown(name: string, value: unknown): string {
  if (typeof value === "number") {
    // Limits are in the unit of what they limit.
    if (/Bytes(\.\w+)?$/.test(name)) return `${value} (${size(value)})`;
    if (name.endsWith("TimeNs")) return duration(value)!;
    if (name.endsWith("At")) return `${moment(value)} UTC`;
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return escaped(String(value));
}
