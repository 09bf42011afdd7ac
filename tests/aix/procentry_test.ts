import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import * as aix from "../../lib/aix/mod.ts";
import type { Field, Struct } from "../../lib/layout/struct.ts";
import golden from "../golden/aix_layout.json" with { type: "json" };

const structs = Object.values<unknown>(aix).filter((value): value is Struct<object> =>
  typeof value === "object" && value !== null && "decodeBlock" in value
);

/**
 * Returns a field with its type in the notation of the golden file: `u64[3]`, `bytes[33]`,
 * `struct rlimit64[10]`.
 */
function inGoldenWords({ name, offset, size, type, count }: Field) {
  const text = /^char\[(\d+)\]$/.exec(type);
  const words = text
    ? `bytes[${text[1]}]`
    : type === "bytes" || count > 1
    ? `${type}[${count}]`
    : type;
  return { name, offset, size, type: words };
}

for (const [name, { size, fields }] of Object.entries(golden)) {
  test(`struct ${name} has the members and the places that AIX gives them`, () => {
    const type = structs.find((type) => type.name === name);
    assertEquals(type && { size: type.size, fields: type.fields.map(inGoldenWords) }, {
      size,
      fields: fields.map(({ name, offset, size, type }) => ({ name, offset, size, type })),
    });
  });
}

test("procentry64 has no struct beside those of the golden file", () => {
  assertEquals(structs.map(({ name }) => name).sort(), Object.keys(golden).sort());
});

test("decodeProcentry64() reads a record of AIX, which is big-endian", () => {
  const record = new Uint8Array(4944);
  const view = new DataView(record.buffer);
  view.setInt32(0, 0x1234567);
  view.setUint32(16, 4294967294);
  view.setBigUint64(32, 0x8000000a00000001n);
  view.setInt16(96, 0o22);
  record.set(new TextEncoder().encode("inetd"), 100);
  view.setBigInt64(1520, 1_700_000_000n);
  view.setBigUint64(1528 + 7 * 16, 2000n);
  view.setBigUint64(1528 + 9 * 16 + 8, aix.RLIM64_INFINITY);
  view.setInt32(1216 + 8, 999_999_999);
  const entry = aix.decodeProcentry64(record, { littleEndian: false });
  assertEquals(
    [entry.pi_pid, entry.pi_uid, entry.pi_ttyd, entry.pi_cmask, entry.pi_comm, entry.pi_start],
    [0x1234567, 4294967294, 0x8000000a00000001n, 0o22, "inetd", 1_700_000_000n],
  );
  assertEquals(entry.pi_rlimit[aix.RLIMIT_NOFILE]!.rlim_cur, 2000n);
  assertEquals(entry.pi_rlimit[aix.RLIMIT_NPROC]!.rlim_max, aix.RLIM64_INFINITY);
  assertEquals(entry.pi_ru.ru_utime.tv_usec, 999_999_999);
  assertEquals(aix.decodeProcentry64(record).pi_pid, 0x67452301);
  assertThrows(() => aix.decodeProcentry64(record.subarray(1)), RangeError, "4944");
});

test("procentry64 encodes and decodes every member in either order", () => {
  for (const order of ["little", "big"] as const) {
    const bytes = Uint8Array.from({ length: 4944 }, (_, i) => (i * 7 + (i >> 8) * 13) & 0x7f | 1);
    const entry = aix.procentry64.decode(bytes, 0, order);
    const again = new Uint8Array(4944);
    aix.procentry64.encode(entry, again, 0, order);
    assertEquals(aix.procentry64.decode(again, 0, order), {
      ...entry,
      // A text that fills its field loses its last byte to the NUL.
      pi_comm: entry.pi_comm.slice(0, 32),
      pi_classname: entry.pi_classname.slice(0, 33),
      pi_tag: entry.pi_tag.slice(0, 30),
    });
  }
});
