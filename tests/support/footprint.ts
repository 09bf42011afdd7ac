import type { Struct } from "../../lib/layout/struct.ts";

/** Which bytes of a struct move which of its members, by the members' dotted names. */
export type Footprint = ReadonlyMap<string, ReadonlySet<number>>;

/**
 * Flips the bytes of a struct one after the other and notes what changes in its decoded form.
 *
 * It only decodes the struct. A member that a flip brings forth or takes away
 * has changed too.
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

/** The members of a decoded struct that have no members themselves, by their dotted names. */
export function leaves(value: object, outer = "", into = new Map<string, unknown>()) {
  for (const [key, member] of Object.entries(value)) {
    const name = outer + key;
    if (typeof member !== "object") into.set(name, member);
    else if (Array.isArray(member) || member instanceof Uint8Array) into.set(name, String(member));
    else leaves(member, `${name}.`, into);
  }
  return into;
}
