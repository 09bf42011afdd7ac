import { constants } from "node:os";
import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { ERRNO } from "../../lib/system/errors.ts";
import {
  converted,
  type DarwinAnswer,
  darwinError,
  LINUX as NAMED,
  type LinuxAnswer,
  linuxError,
  toDarwin,
} from "../../lib/linux/sys/errno.ts";

/** Linux's numbers of the errors that have a name in this library (asm-generic/errno.h). */
const LINUX: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
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
  ENOSPC: 28,
  ERANGE: 34,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  ENOATTR: 61, // ENODATA
  EOVERFLOW: 75,
  ENOTSOCK: 88,
  ENOTSUP: 95,
  ENOBUFS: 105,
  ETIMEDOUT: 110,
};

for (const [name, errno] of Object.entries(LINUX)) {
  test(`toDarwin() gives ${name} its number on Darwin`, () => {
    assertEquals(toDarwin(-errno), -ERRNO[name as keyof typeof ERRNO]);
  });
}

test("toDarwin() is tested with the numbers that this system has", () => {
  const system = constants.errno as Readonly<Record<string, number>>;
  for (const [name, errno] of Object.entries(LINUX)) {
    if (system[name] !== undefined) assertEquals(errno, system[name], name);
  }
});

test("LINUX has the numbers of Linux", () => {
  for (const [name, errno] of Object.entries(NAMED)) {
    if (name !== "ENXIO") assertEquals(errno, LINUX[name], name);
  }
});

/** True if a value of the second type is assignable to the first. */
type Takes<Wanted, Given> = Given extends Wanted ? true : false;

test("the compiler refuses a raw errno where a Darwin one is wanted, and the reverse", () => {
  const raw: Takes<DarwinAnswer, LinuxAnswer> = false;
  const darwin: Takes<LinuxAnswer, DarwinAnswer> = false;
  const plain: Takes<LinuxAnswer, number> & Takes<DarwinAnswer, number> = true;
  assertEquals([raw, darwin, plain], [false, false, true]);
});

test("converted() leaves an answer that is not an errno as it is", () => {
  assertEquals([0, 1, 105].map((answer) => converted(answer)), [0, 1, 105]);
  assertEquals(converted(-LINUX.ENOBUFS!), -ERRNO.ENOBUFS);
});

test("linuxError() and darwinError() make the error of an answer", () => {
  const { errno, code } = linuxError("send", "send", -LINUX.ENOBUFS!);
  assertEquals([errno, code], [ERRNO.ENOBUFS, "ENOBUFS"]);
  assertEquals(darwinError("send", "send", -ERRNO.ENOBUFS).code, "ENOBUFS");
});
