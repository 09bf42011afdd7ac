import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HEADER = fileURLToPath(new URL("double/double.h", import.meta.url));

function readEnums(): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  const source = readFileSync(HEADER, "utf8").replace(/\/\*[^]*?\*\//g, "");
  for (const [, body = ""] of source.matchAll(/\benum\s*\{([^}]*)\}/g)) {
    let next = 0;
    for (const item of body.split(",")) {
      const [name = "", value] = item.split("=").map((part) => part.trim());
      if (!name) continue;
      const number = value === undefined ? next : names.get(value) ?? Number(value);
      names.set(name, number);
      next = number + 1;
    }
  }
  return names;
}

const names = readEnums();

/** Returns the number of a constant in double.h, as in `named("DOUBLE_FD")`. */
export function named(name: string): number {
  const number = names.get(name);
  if (number === undefined) throw new Error(`double.h has no ${name}`);
  return number;
}
