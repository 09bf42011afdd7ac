import { darwinLayout, type GoldenField } from "../golden/golden.ts";

/** The seed of the bytes that the double fills a buffer with. See double.h. */
export interface Seed {
  readonly callnum: number;
  readonly flavor: number;
  readonly pid: number;
}

/** Returns the bytes with which the double fills a buffer, beginning at an offset. */
export function patternBytes({ callnum, flavor, pid }: Seed, size: number, start = 0): Uint8Array {
  const seed = (callnum * 1000003 + flavor * 101 + pid) >>> 0;
  return Uint8Array.from({ length: size }, (_, at) => {
    const i = start + at;
    return (Math.imul(seed, 31) + i * 7 + (i >>> 8) * 13 + 1) & 0xff;
  });
}

/** Writes a number into the bytes of a struct, at the offset from the headers. */
export function put(bytes: Uint8Array, struct: string, path: string, value: number | bigint): void {
  const { offset, size } = place(struct, path.split("."));
  for (let i = 0; i < size; i++) {
    bytes[offset + i] = Number(BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i) & 0xffn);
  }
}

function place(struct: string, [name = "", ...rest]: string[]): { offset: number; size: number } {
  const field = darwinLayout[struct]?.fields.find((field) => field.name === name);
  if (!field) throw new Error(`struct ${struct} has no ${name}`);
  if (rest.length === 0) return field;
  const inner = place(field.type.replace(/^struct /, ""), rest);
  return { offset: field.offset + inner.offset, size: inner.size };
}

/**
 * Decodes a struct with the offsets of the headers, independently of the library.
 *
 * @param name The C name of the struct.
 * @param bytes The memory that contains it.
 * @param at The offset at which it begins.
 */
export function expectedStruct(name: string, bytes: Uint8Array, at = 0): Record<string, unknown> {
  const golden = darwinLayout[name];
  if (!golden) throw new Error(`the headers have no struct ${name}`);
  return members(name, golden.fields, "", bytes, at);
}

function members(
  struct: string,
  fields: readonly GoldenField[],
  outer: string,
  bytes: Uint8Array,
  at: number,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const field of fields) {
    if (!field.name.startsWith(outer)) continue;
    const name = field.name.slice(outer.length);
    if (name.includes(".")) continue;
    found[name] = value(struct, fields, field, bytes, at, found);
  }
  return found;
}

function value(
  struct: string,
  fields: readonly GoldenField[],
  field: GoldenField,
  bytes: Uint8Array,
  at: number,
  before: Record<string, unknown>,
): unknown {
  const { name, type, offset, size, count } = field;
  const from = at + offset;
  if (type === "bytes") return bytes.slice(from, from + size);
  if (type.startsWith("char[")) return text(bytes.slice(from, from + size));
  if (type === "struct") return members(struct, fields, `${name}.`, bytes, at);
  if (type === "union") {
    const all = members(struct, fields, `${name}.`, bytes, at);
    const used = memberInUse(struct, before);
    return used === null ? {} : { [used]: all[used] };
  }
  if (type.endsWith("[]")) return rows(type.slice("struct ".length, -2), bytes, from);
  const one = (i: number) =>
    type.startsWith("struct ")
      ? expectedStruct(type.slice("struct ".length), bytes, from)
      : number(type, bytes, from + i * size / count);
  return count === 1 ? one(0) : Array.from({ length: count }, (_, i) => one(i));
}

/** Decodes an array of structs, up to the last one that is completely in the memory. */
export function rows(name: string, bytes: Uint8Array, from = 0): Record<string, unknown>[] {
  const { size } = darwinLayout[name]!;
  return Array.from(
    { length: Math.floor((bytes.length - from) / size) },
    (_, i) => expectedStruct(name, bytes, from + i * size),
  );
}

const SOCKET_KINDS = [
  null,
  "pri_in",
  "pri_tcp",
  "pri_un",
  "pri_ndrv",
  "pri_kern_event",
  "pri_kern_ctl",
  "pri_vsock",
];

/** Returns the member of a union that is in use, according to the kernel's source. */
function memberInUse(struct: string, before: Record<string, unknown>): string | null {
  switch (struct) {
    case "socket_info":
      return SOCKET_KINDS[before.soi_kind as number] ?? null;
    case "in_sockinfo": {
      const vflag = before.insi_vflag as number;
      return vflag & 2 ? "ina_6" : vflag & 1 ? "ina_46" : null;
    }
    case "in6_addr":
      return "__u6_addr8";
    case "un_sockinfo":
      return "ua_sun";
    default:
      throw new Error(`the member of a union that struct ${struct} uses is not known`);
  }
}

function text(bytes: Uint8Array): string {
  const [before = ""] = new TextDecoder("latin1").decode(bytes).split("\0");
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, before.length));
}

function number(type: string, bytes: Uint8Array, at: number): number | bigint {
  const width = Number(type.slice(1));
  let bits = 0n;
  for (let i = width / 8 - 1; i >= 0; i--) bits = bits << 8n | BigInt(bytes[at + i]!);
  const signed = type.startsWith("i") ? BigInt.asIntN(width, bits) : bits;
  return width === 64 ? signed : Number(signed);
}
