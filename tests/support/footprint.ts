import type { Struct } from "../../lib/layout/struct.ts";

/** The offsets of the bytes of a struct that affect a member, by the member's dotted name. */
export type Footprint = ReadonlyMap<string, ReadonlySet<number>>;

/**
 * Flips each byte of a struct in turn, and finds the members whose decoded value changes.
 *
 * A member that exists only before or only after a flip also counts as changed.
 */
export function footprint(type: Struct<object>, bytes: Uint8Array): Footprint {
  const found = new Map<string, Set<number>>();
  const still = leaves(type.decode(bytes));
  for (const name of still.keys()) found.set(name, new Set());
  const flipped = bytes.slice();
  for (let at = 0; at < bytes.length; at++) {
    flipped[at] = (bytes[at] as number) ^ 0xff;
    const moved = leaves(type.decode(flipped));
    flipped[at] = bytes[at] as number;
    for (const name of new Set([...still.keys(), ...moved.keys()])) {
      if (still.get(name) === moved.get(name)) continue;
      if (!found.has(name)) found.set(name, new Set());
      found.get(name)?.add(at);
    }
  }
  return found;
}

/** Returns the members of a decoded struct without members of their own, by their dotted names. */
export function leaves(value: object, outer = "", into = new Map<string, unknown>()) {
  for (const [key, member] of Object.entries(value)) {
    const name = outer + key;
    if (typeof member !== "object") into.set(name, member);
    else if (Array.isArray(member) || member instanceof Uint8Array) into.set(name, String(member));
    else leaves(member, `${name}.`, into);
  }
  return into;
}
