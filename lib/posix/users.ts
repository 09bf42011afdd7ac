import { block } from "../layout/block.ts";
import { offsetsOf } from "../layout/offsets.ts";
import type { Struct } from "../layout/struct.ts";

/** The members of `struct passwd` (pwd.h) that are read; the systems put them in different places. */
export interface Passwd {
  readonly pw_name: bigint;
  readonly pw_uid: number;
}

/** The functions of a C library that find users; the first two return their errno. */
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
  /** Counts the bytes of the text at an address, `n` at the most. */
  strnlen(text: bigint, n: bigint): bigint;
  /** Copies what is at an address. */
  memmove(to: Uint8Array, from: bigint, n: bigint): unknown;
}

/** The users that a system knows, wherever it has them from. */
export interface UserFinder {
  /** The name of a user; undefined if there is none. */
  name(user: number): string | undefined;
  /** The id of the user of a name; undefined if there is none. */
  id(name: string): number | undefined;
}

const TEXTS_SIZE = 1024;
/** More than the texts of any user take. */
const TEXTS_MAX = 1 << 20;
const POINTER_SIZE = 8;

// The same numbers on both systems.
const EINTR = 4;
const ERANGE = 34;

/**
 * Finds users as both systems do.
 *
 * @param passwd The system's `struct passwd`.
 * @param unknown The errnos by which sources of users report that they do not know one.
 * @param failed Makes the error of a call that failed, from what it was to do and its errno.
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

  /** Makes a call with as much room as it takes; returns 0 if it found a user, -1 if not, or an errno. */
  function ask(call: (size: bigint) => number): number {
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
      const error = ask((size) => getpwuid_r(user, entry.bytes, texts, size, found.bytes));
      if (error > 0) throw failed(`find the name of user ${user}`, "getpwuid_r", error);
      if (error < 0) return undefined;
      // It lies among the texts, or where the source of users keeps it: C gives an address.
      const address = entry.view.getBigUint64(pw_name, true);
      const length = strnlen(address, BigInt(TEXTS_MAX));
      const bytes = new Uint8Array(new ArrayBuffer(Number(length)));
      if (length > 0n) memmove(bytes, address, length);
      return new TextDecoder().decode(bytes);
    },
    id(name) {
      // C would look up the text before the NUL.
      if (name.includes("\0")) return undefined;
      const bytes = new TextEncoder().encode(`${name}\0`);
      const error = ask((size) => getpwnam_r(bytes, entry.bytes, texts, size, found.bytes));
      if (error > 0) throw failed(`find the user "${name}"`, "getpwnam_r", error);
      return error < 0 ? undefined : entry.view.getUint32(pw_uid, true);
    },
  };
}
