import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { structs } from "../../lib/abi/mod.ts";
import type { Field, Struct } from "../../lib/layout/struct.ts";

const types = new Map(Object.entries<Struct<object>>({ ...structs }));

/** The members of a struct or a union while they are generated. */
type Members = Record<string, unknown>;

/** Pseudo-random numbers that are the same in each run: xorshift with 32 bits. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  u32(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  below(limit: number): number {
    return this.u32() % limit;
  }

  /**
   * Returns all bits 0, all bits 1, a single bit, or random bits. The first three reveal errors of
   * sign and width.
   */
  u64(): bigint {
    return [
      0n,
      ~0n,
      1n << BigInt(this.below(64)),
      (BigInt(this.u32()) << 32n) | BigInt(this.u32()),
    ][this.below(4)] as bigint;
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.below(256));
  }

  /**
   * Returns text without a NUL that fits with its final NUL, in characters of one to four bytes.
   */
  text(size: number): string {
    let room = this.below(size);
    let text = "";
    while (room > 0) {
      const width = 1 + this.below(Math.min(room, 4));
      text += ["a", "é", "\uFEFF", "😀"][width - 1];
      room -= width;
    }
    return text;
  }
}

/**
 * The members that select the members of unions, and the one with the length of a flexible array.
 */
const CHOOSERS: Readonly<Record<string, (random: Random) => number>> = {
  "socket_info.soi_kind": (random) => random.below(9),
  "in_sockinfo.insi_vflag": (random) => random.below(256),
  "proc_threadcounts.ptc_len": (random) => random.below(4),
};

const KINDS: readonly (string | undefined)[] = [
  undefined,
  "pri_in",
  "pri_tcp",
  "pri_un",
  "pri_ndrv",
  "pri_kern_event",
  "pri_kern_ctl",
  "pri_vsock",
];

function chosenAddr({ insi_vflag }: Members): string | undefined {
  return [undefined, "ina_46", "ina_6", "ina_6"][(insi_vflag as number) & 3];
}

/** Returns the member of a union that the members before it select. */
const CHOSEN: Readonly<Record<string, (members: Members) => string | undefined>> = {
  "socket_info.soi_proto": ({ soi_kind }) => KINDS[soi_kind as number],
  "in_sockinfo.insi_faddr": chosenAddr,
  "in_sockinfo.insi_laddr": chosenAddr,
  "un_sockinfo.unsi_addr": () => "ua_sun",
  "un_sockinfo.unsi_caddr": () => "ua_sun",
  "in6_addr.__u6_addr": () => "__u6_addr8",
};

function someStruct(random: Random, name: string): Members {
  return someMembers(random, name, (types.get(name) as Struct<object>).fields);
}

function someMembers(random: Random, type: string, fields: readonly Field[]): Members {
  const members: Members = {};
  for (const field of fields) {
    const name = `${type}.${field.name}`;
    if (field.type === "union") {
      const chosen = CHOSEN[name]?.(members);
      members[field.name] = someMembers(
        random,
        name,
        field.fields.filter((member) => member.name === chosen),
      );
    } else if (field.type.endsWith("[]")) {
      members[field.name] = Array.from(
        { length: members["ptc_len"] as number },
        () => someStruct(random, field.type.slice("struct ".length, -"[]".length)),
      );
    } else {
      members[field.name] = CHOOSERS[name]?.(random) ?? someValue(random, name, field);
    }
  }
  return members;
}

function someValue(random: Random, name: string, field: Field): unknown {
  const { type, count, size, fields } = field;
  if (type === "struct") return someMembers(random, name, fields);
  if (type.startsWith("struct ")) return someStruct(random, type.slice("struct ".length));
  if (type === "bytes") return random.bytes(size);
  if (type.startsWith("char[")) return random.text(size);
  if (count > 1) return Array.from({ length: count }, () => someNumber(random, type));
  return someNumber(random, type);
}

function someNumber(random: Random, type: string): number | bigint {
  const bits = Number(type.slice(1));
  const cut = type.startsWith("u") ? BigInt.asUintN : BigInt.asIntN;
  const value = cut(bits, random.u64());
  return bits === 64 ? value : Number(value);
}

for (const [name, type] of types) {
  for (const order of ["little", "big"] as const) {
    test(`struct ${name} decodes to what was encoded, ${order}-endian`, () => {
      const random = new Random(0x2545f491);
      for (let i = 0; i < 50; i++) {
        const value = someStruct(random, name);
        const rows = Object.values(value).find((member) => Array.isArray(member)) ?? [];
        const size = type.size + (name === "proc_threadcounts" ? rows.length * 40 : 0);
        const offset = 1 + random.below(9);
        const bytes = new Uint8Array(offset + size + 7).fill(0xee);
        type.encode(value, bytes, offset, order);
        assertEquals<object>(type.decode(bytes, offset, order), value);
        assertEquals(
          [...bytes.subarray(0, offset), ...bytes.subarray(offset + size)],
          new Array(offset + 7).fill(0xee),
          "encode() wrote outside of the struct",
        );
      }
    });
  }
}
