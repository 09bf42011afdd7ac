import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { decodeWaitStatus, signalIn, waitStatus, withSignal } from "../../lib/posix/wait_status.ts";

test("decodeWaitStatus() reports the code of a process that exited", () => {
  assertEquals(decodeWaitStatus(0), { code: 0 });
  assertEquals(decodeWaitStatus(0x0100), { code: 1 });
  assertEquals(decodeWaitStatus(0xff00), { code: 255 });
});

test("decodeWaitStatus() reports the signal that ended a process, and whether it left a core", () => {
  assertEquals(decodeWaitStatus(9), { signal: 9, coreDumped: false });
  assertEquals(decodeWaitStatus(0x80 | 11), { signal: 11, coreDumped: true });
  assertEquals(decodeWaitStatus(64), { signal: 64, coreDumped: false });
});

test("signalIn() is 0 for a process that exited, and withSignal() keeps all but the signal", () => {
  assertEquals([signalIn(0x0700), signalIn(0x80 | 6)], [0, 6]);
  assertEquals(withSignal(0x80 | 7, 10), 0x80 | 10);
});

test("waitStatus() makes of what waitid() reports what wait() would", () => {
  const [EXITED, KILLED, DUMPED] = [1, 2, 3];
  assertEquals(decodeWaitStatus(waitStatus(EXITED, 256 + 3)), { code: 3 });
  assertEquals(waitStatus(KILLED, 15), 15);
  assertEquals(waitStatus(DUMPED, 6), 0x80 | 6);
});
