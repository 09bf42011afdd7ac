import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  parseLoadAverages,
  parseMeminfo,
  parseProcessors,
  parseUptime,
} from "../../lib/linux/parse/machine.ts";

test("parseLoadAverages() and parseUptime() read the first numbers", () => {
  assertEquals(parseLoadAverages("0.20 1.18 12.00 1/80 11206\n"), [0.2, 1.18, 12]);
  assertEquals(parseUptime("4260.37 8011.02\n"), 4260370);
  for (const text of ["", "\n", "x 1 2 3/4 5", "0.20 0.18", "1..2 1 1 1/1 1"]) {
    assertEquals(parseLoadAverages(text), undefined, text);
  }
  for (const text of ["", "-1 2", "x"]) assertEquals(parseUptime(text), undefined, text);
});

test("parseMeminfo() reads what is used, and nothing that is not there", () => {
  const text = "MemTotal:       16384 kB\nMemFree: 1 kB\nMemAvailable:   4096 kB\n" +
    "SwapTotal:           0 kB\nSwapFree:            0 kB\n";
  assertEquals(parseMeminfo(text), {
    memory: { totalBytes: 16384 * 1024, usedBytes: 12288 * 1024 },
    swap: { totalBytes: 0, usedBytes: 0 },
  });
  // Linux before 3.14 does not report the available memory.
  assertEquals(parseMeminfo(text.replace("MemAvailable", "Other")).memory, undefined);
  assertEquals(parseMeminfo(""), { memory: undefined, swap: undefined });
});

test("parseProcessors() counts the processors, and adds their times but for those of guests", () => {
  const text =
    "cpu  10 20 30 400 50 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu12 1 2 3 4 5 6 7 8\nintr 5\n";
  assertEquals(parseProcessors(text), {
    processorCount: 2,
    processorTimes: { busy: 81, total: 531 },
  });
  for (const other of ["", "cpu  1 2 3\n", "cpu  a b c d e\n"]) {
    assertEquals(parseProcessors(other).processorTimes, undefined, other);
  }
  assertEquals(parseProcessors("").processorCount, undefined);
});
