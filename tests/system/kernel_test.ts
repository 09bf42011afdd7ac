import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO, ProcInfoError } from "../../lib/system/errors.ts";
import { ret } from "../../lib/system/kernel.ts";

test("ret() passes on an answer that is not an error, 0 among them", () => {
  for (const answer of [0, 1, 136, 2 ** 31 - 1]) assertEquals(ret(answer, 2, 42, 3), answer);
});

test("ret() throws a ProcInfoError with the query for a negated errno", () => {
  const error = assertThrows(() => ret(-3, 2, 42, 13), ProcInfoError);
  const { name, code, errno, syscall, callnum, pid, flavor } = error;
  assertEquals({ name, code, errno, syscall, callnum, pid, flavor }, {
    name: "ProcInfoError",
    code: "ESRCH",
    errno: 3,
    syscall: "__proc_info",
    callnum: 2,
    pid: 42,
    flavor: 13,
  });
});

test("ret() throws for every errno, EPERM being -1", () => {
  for (const [code, errno] of Object.entries(ERRNO)) {
    const error = assertThrows(() => ret(-errno, 1, 1, 0), ProcInfoError);
    assertEquals([error.code, error.errno], [code, errno]);
  }
});
