import { assertEquals } from "@std/assert";
import process from "node:process";
import { openHost } from "../../lib/system/open.ts";
import { PROC_PIDTASKINFO } from "../../lib/abi/pid_info.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { machTime, machToNanoseconds } from "../../lib/system/timebase.ts";
import { openScene } from "./scene.ts";
import { doubleTest as test, SELF } from "../support/double.ts";

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

test("machTime() gives the nanoseconds of what the kernel answered", () => {
  const { kernel, host, set } = openScene();
  set(SELF, "USER_TICKS", 2n ** 60n + 1n);
  const { pti_total_user } = pidInfo(SELF, PROC_PIDTASKINFO, 0n, kernel);
  assertEquals(machTime(pti_total_user, host), (2n ** 60n + 1n) * 125n / 3n);
});

test("machTime() passes a time on as it is on Linux", {
  skip: process.platform !== "linux",
}, () => {
  assertEquals(openHost().timebase(), { numer: 1, denom: 1 });
  assertEquals(machTime(2n ** 60n + 1n), 2n ** 60n + 1n);
});
