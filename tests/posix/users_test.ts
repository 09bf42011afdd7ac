import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import * as darwin from "../../lib/darwin/users.ts";
import * as linux from "../../lib/linux/sys/users.ts";
import { type UserCalls, userFinder } from "../../lib/posix/users.ts";

const [ENOENT, EINTR, EIO, ERANGE] = [2, 4, 5, 34];
const NAME = 0x1000n;

/** Returns a C library with one user, `zoë` with the id 501. It first returns these errnos. */
function library(errnos: number[], { name_at = 0, uid_at = 16 } = {}) {
  const sizes: number[] = [];
  const name = new TextEncoder().encode("zoë");
  const answer = (known: boolean, to: Uint8Array, n: bigint, found: Uint8Array): number => {
    sizes.push(Number(n));
    const errno = errnos.shift() ?? 0;
    if (errno !== 0 || !known) return errno;
    const view = new DataView(to.buffer, to.byteOffset, to.byteLength);
    view.setBigUint64(name_at, NAME, true);
    view.setUint32(uid_at, 501, true);
    found[0] = 1;
    return 0;
  };
  const calls: UserCalls = {
    getpwuid_r: (user, to, _texts, n, found) => answer(user === 501, to, n, found),
    getpwnam_r: (bytes, to, _texts, n, found) =>
      answer(new TextDecoder().decode(bytes) === "zoë\0", to, n, found),
    strnlen: (address) => address === NAME ? BigInt(name.length) : 0n,
    memmove: (to) => to.set(name),
  };
  return { calls, sizes };
}

const failed = (doing: string, call: string, errno: number) =>
  new Error(`Cannot ${doing}: ${call} failed with ${errno}`);

for (const [system, { passwd }] of Object.entries({ darwin, linux })) {
  const finder = (...errnos: number[]) => {
    const { calls, sizes } = library(errnos);
    return { users: userFinder(calls, passwd, new Set([ENOENT]), failed), sizes };
  };

  test(`userFinder() finds names and ids in the struct passwd of ${system}`, () => {
    const { users } = finder();
    assertEquals([users.name(501), users.name(502)], ["zoë", undefined]);
    assertEquals([users.id("zoë"), users.id("zoe")], [501, undefined]);
    assertEquals(users.id("zoë\0x"), undefined);
  });

  test(`userFinder() calls again with more room, and after a signal, on ${system}`, () => {
    const { users, sizes } = finder(ERANGE, EINTR, ERANGE);
    assertEquals(users.name(501), "zoë");
    assertEquals(sizes, [1024, 4096, 4096, 16384]);
    assertThrows(() => finder(...Array(6).fill(ERANGE)).users.id("zoë"), Error, "getpwnam_r");
  });

  test(`userFinder() distinguishes an unknown user from a failure on ${system}`, () => {
    assertEquals(finder(ENOENT).users.name(501), undefined);
    assertThrows(() => finder(EIO).users.name(501), Error, "find the name of user 501");
  });
}
