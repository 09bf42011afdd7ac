import { block } from "../layout/block.ts";
import { offsetsOf } from "../layout/offsets.ts";
import type { Struct } from "../layout/struct.ts";

/** The members of `struct passwd` (pwd.h) that are read. Their offsets depend on the system. */
export interface Passwd {
  readonly pw_name: bigint;
  readonly pw_uid: number;
}

/** The functions of a C library that find users. The first two return an errno. */
export interface UserCalls {
  /** Finds a user by id. */
  getpwuid_r(user: number, to: Uint8Array, texts: Uint8Array, n: bigint, found: Uint8Array): number;
  /** Finds a user by name. */
  getpwnam_r(
    name: Uint8Array,
    to: Uint8Array,
    texts: Uint8Array,
    n: bigint,
    found: Uint8Array,
  ): number;
  /** Counts the bytes of the text at an address, at most `n`. */
  strnlen(text: bigint, n: bigint): bigint;
  /** Copies the memory at an address. */
  memmove(to: Uint8Array, from: bigint, n: bigint): unknown;
}

/** Finds the users that the system knows, from all of its sources. */
export interface UserFinder {
  /** Returns the name of a user; undefined if there is no such user. */
  name(user: number): string | undefined;
  /** Returns the id of the user with a name; undefined if there is no such user. */
  id(name: string): number | undefined;
}

const TEXTS_SIZE = 1024;
/** The maximum size of the texts of a user. */
const TEXTS_MAX = 1 << 20;
const POINTER_SIZE = 8;

// The numbers are the same on both systems.
const EINTR = 4;
const ERANGE = 34;

/**
 * Returns a finder that uses the calls which both systems have.
 *
 * @param passwd The system's `struct passwd`.
 * @param unknown The errnos with which sources of users report an unknown user.
 * @param failed Creates the error of a failed call from its purpose, its name and its errno.
 */
export function userFinder(
  { getpwuid_r, getpwnam_r, strnlen, memmove }: UserCalls,
  passwd: Struct<Passwd>,
  unknown: ReadonlySet<number>,
  failed: (doing: string, call: string, errno: number) => Error,
): UserFinder {
  const entry = block(passwd.size);
  const found = block(POINTER_SIZE);
  const { pw_name, pw_uid } = offsetsOf(passwd);
  let texts = new Uint8Array(new ArrayBuffer(TEXTS_SIZE));

  /**
   * Retries a call with more room until it fits. Returns 0 if it found a user, -1 if there is no
   * such user, or an errno.
   */
  function query(call: (size: bigint) => number): number {
    for (;;) {
      found.view.setBigUint64(0, 0n, true);
      const error = call(BigInt(texts.byteLength));
      if (error === 0) return found.view.getBigUint64(0, true) === 0n ? -1 : 0;
      if (error === ERANGE && texts.byteLength < TEXTS_MAX) {
        texts = new Uint8Array(new ArrayBuffer(texts.byteLength * 4));
      } else if (error !== EINTR) return unknown.has(error) ? -1 : error;
    }
  }

  return {
    name(user) {
      const error = query((size) => getpwuid_r(user, entry.bytes, texts, size, found.bytes));
      if (error > 0) throw failed(`find the name of user ${user}`, "getpwuid_r", error);
      if (error < 0) return undefined;
      // C returns an address, which may be outside of `texts` if the source keeps the name itself.
      const address = entry.view.getBigUint64(pw_name, true);
      const length = strnlen(address, BigInt(TEXTS_MAX));
      const bytes = new Uint8Array(new ArrayBuffer(Number(length)));
      if (length > 0n) memmove(bytes, address, length);
      return new TextDecoder().decode(bytes);
    },
    id(name) {
      // C would search for the text before the NUL.
      if (name.includes("\0")) return undefined;
      const bytes = new TextEncoder().encode(`${name}\0`);
      const error = query((size) => getpwnam_r(bytes, entry.bytes, texts, size, found.bytes));
      if (error > 0) throw failed(`find the user "${name}"`, "getpwnam_r", error);
      return error < 0 ? undefined : entry.view.getUint32(pw_uid, true);
    },
  };
}
