import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { structs } from "../../lib/abi/mod.ts";
import type { Struct } from "../../lib/layout/struct.ts";
import { darwinLayout, type GoldenStruct } from "../golden/golden.ts";
import { footprint } from "../support/footprint.ts";

/** A member without members of its own, at any depth of a struct. */
interface Leaf {
  readonly offset: number;
  readonly size: number;
  readonly text: boolean;
  /** True for a member of a union: the bytes that choose the member then change it as well. */
  readonly chosen: boolean;
}

function goldenLeaves(
  type: string,
  offset = 0,
  outer = "",
  chosen = false,
  into = new Map<string, Leaf>(),
): Map<string, Leaf> {
  const { fields } = darwinLayout[type] as GoldenStruct;
  const unions = fields.filter((field) => field.type === "union").map((field) => field.name);
  for (const field of fields) {
    const name = outer + field.name;
    const inUnion = chosen || unions.some((union) => field.name.startsWith(`${union}.`));
    const inner = /^struct (\w+)$/.exec(field.type)?.[1];
    if (inner !== undefined) {
      goldenLeaves(inner, offset + field.offset, `${name}.`, inUnion, into);
    } else if (field.type !== "union" && field.type !== "struct") {
      into.set(name, {
        offset: offset + field.offset,
        size: field.size,
        text: field.type.startsWith("char["),
        chosen: inUnion,
      });
    }
  }
  return into;
}

/** Members of unions that are only encoded. The same bytes are decoded by another name. */
const NEVER_DECODED = /(?:__u6_addr16|__u6_addr32|ua_dummy)$/;

/**
 * The members that select the member of a union, and the values for each selection. For
 * `insi_vflag`, 4 is not a flag. A 0 in its place would end the texts at the same bytes in other
 * kinds of sockets.
 */
const CHOOSERS: Readonly<Record<string, readonly number[]>> = {
  soi_kind: [0, 1, 2, 3, 4, 5, 6, 7],
  insi_vflag: [4, 1, 2, 3],
};

/** Matches the member with the length of a text that starts with a NUL. */
const LENGTH = /(?:^|\.)sun_len$/;

interface Chooser extends Leaf {
  readonly values: readonly number[];
}

function choosersOf(leaves: ReadonlyMap<string, Leaf>): Chooser[] {
  return Object.entries(CHOOSERS).flatMap(([name, values]) => {
    const found = [...leaves].find(([leaf]) => leaf === name || leaf.endsWith(`.${name}`));
    return found === undefined ? [] : [{ ...found[1], values }];
  });
}

/**
 * Returns the struct filled with `fill`, once for each combination of the values of its choosers.
 */
function fillings(size: number, fill: number, choosers: readonly Chooser[]): Uint8Array[] {
  return choosers.reduce<Uint8Array[]>(
    (made, { offset, size, values }) =>
      made.flatMap((bytes) =>
        values.map((value) => {
          const next = bytes.slice();
          next.fill(0, offset, offset + size);
          next[offset] = value;
          return next;
        })
      ),
    [new Uint8Array(size).fill(fill)],
  );
}

function range({ offset, size }: Leaf): number[] {
  return Array.from({ length: size }, (_, i) => offset + i);
}

for (const [name, type] of Object.entries<Struct<object>>({ ...structs })) {
  test(`struct ${name} takes each member from its own bytes`, () => {
    const leaves = goldenLeaves(name);
    const choosers = choosersOf(leaves);
    const lengths = [...leaves].filter(([leaf]) => LENGTH.test(leaf)).map(([, leaf]) => leaf);
    const choosing = new Set([...choosers, ...lengths].flatMap(range));
    const seen = new Set<string>();
    for (const fill of [0, 0x41]) {
      for (const bytes of fillings(type.size, fill, choosers)) {
        for (const [member, moved] of footprint(type, bytes)) {
          const leaf = leaves.get(member);
          assert(leaf !== undefined, `${member} is not in the header`);
          seen.add(member);
          const own = (at: number) => !(leaf.chosen && choosing.has(at));
          const got = [...moved].filter(own);
          const golden = range(leaf).filter(own);
          if (leaf.text && fill === 0) {
            // The bytes after the first NUL do not change a text.
            assertEquals(got.filter((at) => !golden.includes(at)), [], member);
          } else if (isThere(member, type, bytes)) {
            assertEquals(got, golden, member);
          }
        }
      }
    }
    assertEquals(
      [...leaves.keys()].filter((member) => !NEVER_DECODED.test(member) && !seen.has(member)),
      [],
    );
  });
}

/**
 * Returns true if the struct has the member with these bytes: a member of a union may be absent.
 */
function isThere(member: string, type: Struct<object>, bytes: Uint8Array): boolean {
  let value: unknown = type.decode(bytes);
  for (const key of member.split(".")) value = (value as Record<string, unknown>)?.[key];
  return value !== undefined;
}
