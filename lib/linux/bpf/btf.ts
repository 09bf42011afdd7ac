import { blockOf } from "../../layout/block.ts";
import { ERRNO, SystemCallError } from "../../system/errors.ts";

// The layout of `struct btf_header`, of `struct btf_type`, and of the data after the latter
// (linux/btf.h).
const MAGIC = 0xeb9f;
const HEADER = { magic: 0, length: 4, typeOffset: 8, typeSize: 12, textOffset: 16, textSize: 20 };
const HEADER_SIZE = 24;
const TYPE_WORDS = 3;
const ARRAY_WORDS = 3;
const MEMBER_WORDS = 3;

/** The kinds of types. */
const KIND = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  function: 12,
  functionPrototype: 13,
  variable: 14,
  dataSection: 15,
  declarationTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

const KINDS = 32;
/** The kinds that only modify the type that they refer to. */
const QUALIFIERS: ReadonlySet<number> = new Set([
  KIND.typedef,
  KIND.volatile,
  KIND.const,
  KIND.restrict,
  KIND.typeTag,
]);

/** Returns the number of words that follow a type with `n` parts. */
function wordsBehind(kind: number, n: number): number {
  switch (kind) {
    case KIND.int:
    case KIND.variable:
    case KIND.declarationTag:
      return 1;
    case KIND.array:
      return ARRAY_WORDS;
    case KIND.struct:
    case KIND.union:
    case KIND.dataSection:
    case KIND.enum64:
      return n * MEMBER_WORDS;
    case KIND.enum:
    case KIND.functionPrototype:
      return n * 2;
    default:
      return 0;
  }
}

/** The place of a member in a struct. */
export interface Member {
  /** The offset of the member in the struct, in bytes. */
  readonly offset: number;
  /** The size of the member, in bytes. For a bit field, the size of its declared type. */
  readonly size: number;
  /**
   * The first bit of a bit field, counted from `offset`, and the number of its bits. Undefined for
   * other members.
   */
  readonly bits: { readonly first: number; readonly count: number } | undefined;
  /** The number of the member's type, without qualifiers. */
  readonly type: number;
  /** The number of elements: 1 if the member is not an array, 0 for a flexible array. */
  readonly count: number;
}

/**
 * The kernel's description of its own types (BPF Type Format).
 *
 * Structs, functions and enumerations are found by name, and members by a path such as
 * `"se.sum_exec_runtime"`. A path omits unnamed structs and unions. Methods other than `has()` and
 * `hasFunction()` throw a {@linkcode SystemCallError} with `ENOTSUP` if the kernel lacks a type or
 * a member.
 */
export interface Btf {
  /** Returns true if a struct has a member. */
  has(struct: string, path: string): boolean;
  /** Returns a member of a struct. */
  member(struct: string, path: string): Member;
  /** Returns the size of a struct, in bytes. */
  size(struct: string): number;
  /** Returns the name of a type, without qualifiers. The name of an unnamed type is `""`. */
  typeName(type: number): string;
  /** Returns the number of a struct. */
  struct(name: string): number;
  /** Returns the number of the type of a function. */
  function(name: string): number;
  /** Returns true if the kernel has a function. */
  hasFunction(name: string): boolean;
  /** Returns the value of a constant of an enumeration. */
  enumerator(enumeration: string, name: string): number;
}

/**
 * Parses the content of `/sys/kernel/btf/vmlinux`.
 *
 * @throws {SystemCallError} The format is unknown (`ENOTSUP`).
 */
export function parseBtf(bytes: Uint8Array<ArrayBuffer>): Btf {
  const { view } = blockOf(bytes);
  const end = bytes.byteLength;
  const header = end >= HEADER_SIZE ? view.getUint32(HEADER.length, true) : 0;
  const types = end >= HEADER_SIZE ? header + view.getUint32(HEADER.typeOffset, true) : 0;
  const typesEnd = end >= HEADER_SIZE ? types + view.getUint32(HEADER.typeSize, true) : 0;
  const texts = end >= HEADER_SIZE ? header + view.getUint32(HEADER.textOffset, true) : 0;
  const textsEnd = end >= HEADER_SIZE ? texts + view.getUint32(HEADER.textSize, true) : 0;
  const isKnown = header >= HEADER_SIZE && view.getUint16(HEADER.magic, true) === MAGIC &&
    types % 4 === 0 && typesEnd % 4 === 0 && typesEnd <= end && textsEnd <= end;
  if (!isKnown) throw lacking("a description of its types in the known format");

  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, typesEnd >> 2);
  const ids: number[][] = Array.from({ length: KINDS }, () => []);
  /** The index of the first word of each type. Type 0 is `void`. */
  let places = new Uint32Array(1 << 17);
  let count = 1;
  for (let at = types >> 2; at + TYPE_WORDS <= words.length;) {
    const info = words[at + 1]!;
    const kind = info >>> 24 & 31;
    if (count === places.length) {
      const more = new Uint32Array(count * 2);
      more.set(places);
      places = more;
    }
    places[count] = at;
    ids[kind]!.push(count++);
    at += TYPE_WORDS + wordsBehind(kind, info & 0xffff);
  }

  const kindOf = (id: number) => words[places[id]! + 1]! >>> 24 & 31;
  const known = new Map<string, number>();
  const encoder = new TextEncoder();

  /** Returns true if the text at a place is the given name, which ends in a NUL. */
  function isText(place: number, name: Uint8Array): boolean {
    const start = texts + place;
    for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
    return true;
  }

  function find(kind: number, name: string): number {
    const key = `${kind} ${name}`;
    let id = known.get(key);
    if (id === undefined) {
      const text = encoder.encode(`${name}\0`);
      id = ids[kind]!.find((one) => isText(words[places[one]!]!, text)) ?? -1;
      known.set(key, id);
    }
    return id;
  }

  /** Returns the type without its typedefs and qualifiers. */
  function bare(id: number): number {
    while (id > 0 && id < count && QUALIFIERS.has(kindOf(id))) id = words[places[id]! + 2]!;
    return id < count ? id : 0;
  }

  function sizeOf(id: number): number {
    const type = bare(id);
    if (type === 0) return 0;
    const at = places[type]!;
    switch (kindOf(type)) {
      case KIND.pointer:
        return 8;
      case KIND.array:
        return sizeOf(words[at + 3]!) * words[at + 5]!;
      default:
        return words[at + 2]!;
    }
  }

  /**
   * Finds a member in a struct, or in an unnamed struct or union inside it. Its offset is in bits.
   */
  function inside(
    id: number,
    name: Uint8Array,
  ): { type: number; bit: number; bits: number } | undefined {
    const at = places[id]!;
    const info = words[at + 1]!;
    const hasBits = info >>> 31 === 1;
    for (let i = 0; i < (info & 0xffff); i++) {
      const member = at + TYPE_WORDS + i * MEMBER_WORDS;
      const place = words[member + 2]!;
      const bit = hasBits ? place & 0xffffff : place;
      const bits = hasBits ? place >>> 24 : 0;
      const type = words[member + 1]!;
      if (words[member] !== 0) {
        if (isText(words[member]!, name)) return { type, bit, bits };
        continue;
      }
      const part = bare(type);
      if (part === 0 || !isCompound(part)) continue;
      const found = inside(part, name);
      if (found !== undefined) return { ...found, bit: found.bit + bit };
    }
    return undefined;
  }

  function isCompound(id: number): boolean {
    const kind = kindOf(id);
    return kind === KIND.struct || kind === KIND.union;
  }

  function lookUp(struct: string, path: string): Member | undefined {
    let type = find(KIND.struct, struct);
    let bit = 0;
    let bits = 0;
    if (type < 0) return undefined;
    for (const name of path.split(".")) {
      const found = isCompound(type) ? inside(type, encoder.encode(`${name}\0`)) : undefined;
      if (found === undefined) return undefined;
      bit += found.bit;
      bits = found.bits;
      type = bare(found.type);
    }
    const size = sizeOf(type);
    const isArray = type !== 0 && kindOf(type) === KIND.array;
    const unit = bits > 0 ? size * 8 : 8;
    const offset = Math.floor(bit / unit) * unit / 8;
    return {
      offset,
      size,
      bits: bits > 0 ? { first: bit - offset * 8, count: bits } : undefined,
      type,
      count: isArray ? words[places[type]! + 5]! : 1,
    };
  }

  function needed(kind: number, what: string, name: string): number {
    const id = find(kind, name);
    if (id < 0) throw lacking(`${what} ${name}`);
    return id;
  }

  return {
    has: (struct, path) => lookUp(struct, path) !== undefined,
    member(struct, path) {
      const found = lookUp(struct, path);
      if (found === undefined) throw lacking(`a member ${path} of struct ${struct}`);
      return found;
    },
    size: (struct) => sizeOf(needed(KIND.struct, "a struct", struct)),
    struct: (name) => needed(KIND.struct, "a struct", name),
    typeName(type) {
      const id = bare(type);
      if (id === 0) return "";
      const start = texts + words[places[id]!]!;
      let stop = start;
      while (stop < textsEnd && bytes[stop] !== 0) stop++;
      return new TextDecoder().decode(bytes.subarray(start, stop));
    },
    function: (name) => needed(KIND.function, "a function", name),
    hasFunction: (name) => find(KIND.function, name) >= 0,
    enumerator(enumeration, name) {
      const at = places[needed(KIND.enum, "an enumeration", enumeration)]!;
      const text = encoder.encode(`${name}\0`);
      for (let i = 0; i < (words[at + 1]! & 0xffff); i++) {
        const one = at + TYPE_WORDS + i * 2;
        if (isText(words[one]!, text)) return words[one + 1]! | 0;
      }
      throw lacking(`a constant ${name} in enum ${enumeration}`);
    },
  };
}

/** Returns the error for a feature that this kernel lacks. */
export function lacking(what: string): SystemCallError {
  return new SystemCallError(
    `read processes by BPF as this kernel lacks ${what}`,
    "bpf",
    ERRNO.ENOTSUP,
  );
}
