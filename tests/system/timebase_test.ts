import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { machToNanoseconds } from "../../lib/system/timebase.ts";

const M1 = { numer: 125, denom: 3 };

test("machToNanoseconds() is exact, above 2^53 and up to 2^64 - 1", () => {
  assertEquals(machToNanoseconds(0n, M1), 0n);
  assertEquals(machToNanoseconds(1n, M1), 41n);
  assertEquals(machToNanoseconds(2n, M1), 83n);
  assertEquals(machToNanoseconds(3n, M1), 125n);
  assertEquals(machToNanoseconds(24_000_000n, M1), 1_000_000_000n);
  assertEquals(machToNanoseconds(2n ** 53n + 1n, M1), 375299968947541375n);
  assertEquals(machToNanoseconds(2n ** 64n - 1n, M1), 768614336404564650625n);
  assertEquals(machToNanoseconds(2n ** 64n - 1n, { numer: 1, denom: 1 }), 2n ** 64n - 1n);
  const extreme = { numer: 4294967295, denom: 4294967294 };
  assertEquals(machToNanoseconds(2n ** 63n, extreme), 9223372039002259457n);
});

test("machToNanoseconds() rounds a negative span towards zero as a positive one", () => {
  assertEquals(machToNanoseconds(-2n, M1), -83n);
});
