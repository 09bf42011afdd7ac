import { assertEquals } from "@std/assert";
import process from "node:process";
import { defaultSystem } from "../../lib/system/open.ts";
import { PROC_PIDTASKINFO } from "../../lib/abi/pid_info.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { machTime } from "../../lib/libproc/time.ts";
import { openScene } from "./scene.ts";
import { doubleTest as test, SELF } from "../support/double.ts";

test("machTime() gives the nanoseconds of what the kernel answered", () => {
  const { system, set } = openScene();
  set(SELF, "USER_TICKS", 2n ** 60n + 1n);
  const { pti_total_user } = pidInfo(SELF, PROC_PIDTASKINFO, 0n, { system });
  assertEquals(machTime(pti_total_user, { system }), (2n ** 60n + 1n) * 125n / 3n);
});

test("machTime() passes a time on as it is on Linux", {
  skip: process.platform !== "linux",
}, () => {
  assertEquals(defaultSystem().timebase(), { numer: 1, denom: 1 });
  assertEquals(machTime(2n ** 60n + 1n), 2n ** 60n + 1n);
});
