/**
 * The output of one object with many properties: a line for each, or an object in JSON.
 *
 * @module
 */
import type { Missing } from "../process/errors.ts";
import type { Unit } from "../process/fields/field.ts";
import { PLACES } from "../process/fields/mod.ts";
import { type Call, EXIT, json, refused } from "./command.ts";
import { escaped, plain, quoted } from "./table.ts";

/** The largest number of names that are listed in a message. */
const FEW = 4;

/** Properties by name; undefined if unknown. */
export type Properties = Readonly<Record<string, unknown>>;

/** Prints properties. Returns the exit status. */
export function printProperties(
  call: Call,
  properties: Properties,
  missing: Readonly<Record<string, Missing>> = {},
): number {
  if (call.options["json"]) printJson(call, properties, missing);
  else printLines(call, Object.entries({ ...properties, ...missing }));
  return statusFor(call, missing);
}

/** Prints properties as JSON, with the reasons why others are missing. */
export function printJson(
  { output }: Call,
  properties: Properties,
  missing: Readonly<Record<string, Missing>>,
): void {
  output.out(json(Object.keys(missing).length > 0 ? { ...properties, missing } : properties));
}

/** Prints properties as lines. */
export function printLines(
  { output }: Call,
  properties: readonly (readonly [string, unknown])[],
  least = 0,
): void {
  const lines = properties.flatMap(([name, value]) => linesOf(name, value));
  const width = Math.max(least, ...lines.map(([name]) => name.length));
  for (const [name, value] of lines) output.out(`${name.padEnd(width)}  ${value}`);
}

/** Reports which properties were denied. Returns the exit status. */
export function statusFor(call: Call, missing: Readonly<Record<string, Missing>>): number {
  const denied = Object.keys(missing).filter((name) => missing[name] === "denied");
  if (denied.length === 0) return EXIT.found;
  const what = denied.length > FEW ? `${denied.length} values` : denied.join(", ");
  return refused(call, `this user may not read ${what}, shown as denied`);
}

/** Formats a property as lines, one for each member of an object. */
function linesOf(name: string, value: unknown): [string, string][] {
  if (value === undefined || value === null) return [];
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
  return [[labelOf(name), shown(name, value)]];
}

/** Returns the label of a property. It lacks `Ns`, as times are not shown in nanoseconds. */
export function labelOf(name: string): string {
  return unitOf(name) === "nanoseconds" ? name.replace(/Ns$/, "") : name;
}

/** Formats a value in its unit. */
function shown(name: string, value: unknown): string {
  const unit = typeof value === "number" ? unitOf(name) : "none";
  const text = escaped(plain(value, unit)!);
  if (unit === "bytes") return `${value} (${text})`;
  return text + (unit === "time" ? " UTC" : unit === "percent" ? "%" : "");
}

/** Returns the unit of a field, or of a property with the unit in its name. */
function unitOf(name: string): Unit {
  const field = PLACES.get(name)?.field;
  if (field !== undefined) return field.unit ?? "none";
  // Limits have the unit of the limited resource.
  if (/Bytes(\.\w+)?$/.test(name)) return "bytes";
  return name.endsWith("Ns") ? "nanoseconds" : "none";
}
