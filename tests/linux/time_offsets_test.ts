import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { parseBootOffset } from "../../lib/linux/parse/time_offsets.ts";

test("parseBootOffset() reads the clock that counts from the start of the machine", () => {
  const parsed = (text: string) => {
    const bytes = new TextEncoder().encode(`${text}boottime 9 9\n`);
    return parseBootOffset(bytes, text.length);
  };
  const monotonic = "monotonic           5         6\n";
  assertEquals(parsed(`${monotonic}boottime         1000        20\n`), {
    seconds: 1000,
    nanoseconds: 20,
  });
  assertEquals(parsed(`${monotonic}boottime        -1000 999999999\n`), {
    seconds: -1000,
    nanoseconds: 999_999_999,
  });
  assertEquals(parsed("boottime            0         0\n"), { seconds: 0, nanoseconds: 0 });
  for (const none of ["", monotonic]) {
    assertEquals(parsed(none), { seconds: 0, nanoseconds: 0 });
  }
});
