import { test } from "node:test";
import { assertEquals, assertInstanceOf } from "@std/assert";
import { ERRNO, errnoName, ProcInfoError, SystemCallError } from "../../lib/system/errors.ts";

/** The errnos of bsd/sys/errno.h. Linux's number is in brackets if it differs. */
const DARWIN: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  ECHILD: 10,
  EDEADLK: 11, // [35]
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  ENODEV: 19,
  ENOTDIR: 20,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  EFBIG: 27,
  ENOSPC: 28,
  ERANGE: 34,
  EAGAIN: 35, // [11]
  EALREADY: 37, // [114]
  ENOTSOCK: 38, // [88]
  EPROTONOSUPPORT: 43, // [93]
  ENOTSUP: 45, // [95]
  EAFNOSUPPORT: 47, // [97]
  ENOBUFS: 55, // [105]
  ETIMEDOUT: 60, // [110]
  ECONNREFUSED: 61, // [111]
  ELOOP: 62, // [40]
  ENAMETOOLONG: 63, // [36]
  ENOSYS: 78,
  EFTYPE: 79, // [38]
  EOVERFLOW: 84, // [75]
  ENOATTR: 93,
  EOPNOTSUPP: 102, // [95]
};

test("ERRNO has Darwin's numbers, on every system", () => {
  assertEquals({ ...ERRNO } as Record<string, number>, DARWIN);
});

test("errnoName() names every number of ERRNO, and no two have one number", () => {
  for (const [name, errno] of Object.entries(DARWIN)) assertEquals(errnoName(errno), name);
});

test("errnoName() writes a number that has no name here as E and the number", () => {
  assertEquals([errnoName(200), errnoName(7), errnoName(0)], ["E200", "E7", "E0"]);
});

test("ProcInfoError is a SystemCallError and an Error", () => {
  const error = new ProcInfoError(1, 2, 3, 4);
  assertInstanceOf(error, SystemCallError);
  assertInstanceOf(error, Error);
});

test("ProcInfoError's message reports the call as it was made, and what the number means", () => {
  assertEquals(
    new ProcInfoError(3, 2, -1, 13).message,
    "Cannot get process information: __proc_info(2, -1, 13) failed with ESRCH (no such process)",
  );
  assertEquals(
    new ProcInfoError(12, 1, 1, 0).message,
    "Cannot get process information: __proc_info(1, 1, 0) failed with ENOMEM " +
      "(the buffer is too small)",
  );
  assertEquals(
    new ProcInfoError(200, 1, 1, 0).message,
    "Cannot get process information: __proc_info(1, 1, 0) failed with E200",
  );
});

test("SystemCallError has the call, the code and the number, and names its purpose", () => {
  const error = new SystemCallError('list the processes of "/dev/x"', "stat", 2);
  const { name, code, errno, syscall, message } = error;
  assertEquals({ name, code, errno, syscall, message }, {
    name: "SystemCallError",
    code: "ENOENT",
    errno: 2,
    syscall: "stat",
    message:
      'Cannot list the processes of "/dev/x": stat failed with ENOENT (no such file or directory)',
  });
});

test("SystemCallError's message is one line that follows the style: no period at its end", () => {
  for (const errno of Object.values(DARWIN)) {
    const { message } = new SystemCallError("do this", "call", errno);
    assertEquals(/^Cannot do this: call failed with E[A-Z]+( \([^().\n]+\))?$/.test(message), true);
  }
});

test("a SystemCallError prints under its own name", () => {
  assertEquals(String(new ProcInfoError(3, 2, 1, 13)).startsWith("ProcInfoError: Cannot"), true);
  assertEquals(String(new SystemCallError("do", "x", 2)).startsWith("SystemCallError: Can"), true);
});
