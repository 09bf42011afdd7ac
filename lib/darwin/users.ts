import { SystemCallError } from "../system/errors.ts";
import { block } from "../layout/block.ts";
import type { LibSystem } from "./libsystem.ts";

// struct passwd (pwd.h).
const PASSWD_SIZE = 72;
const PW_NAME = 0;
const PW_UID = 16;

const TEXTS_SIZE = 1024;
/** More than the texts of any user take. */
const TEXTS_MAX = 1 << 20;

const EINTR = 4;
const ERANGE = 34;

/** The users that the system knows, wherever it has them from. */
export interface UserFinder {
  /** The name of a user; null where there is none. */
  name(user: number): Uint8Array | null;
  /** The id of the user whose name, which ends in a NUL, this is; null where there is none. */
  id(name: Uint8Array): number | null;
}

/** Finds users in what the system calls its directory. */
export function userFinder(library: LibSystem): UserFinder {
  const { getpwuid_r, getpwnam_r, strnlen, memmove } = library.users();
  const entry = block(PASSWD_SIZE);
  const found = block(8);
  let texts = new Uint8Array(new ArrayBuffer(TEXTS_SIZE));

  /** Asks with as much room as it takes; answers whether a user was found. */
  function ask(name: string, call: (size: bigint) => number): boolean {
    for (;;) {
      found.view.setBigUint64(0, 0n, true);
      // These return their errno.
      const error = call(BigInt(texts.byteLength));
      if (error === 0) return found.view.getBigUint64(0, true) !== 0n;
      if (error === ERANGE && texts.byteLength < TEXTS_MAX) {
        texts = new Uint8Array(new ArrayBuffer(texts.byteLength * 4));
      } else if (error !== EINTR) throw new SystemCallError("find a user", name, error);
    }
  }

  return {
    name(user) {
      const call = (size: bigint) => getpwuid_r(user, entry.bytes, texts, size, found.bytes);
      if (!ask("getpwuid_r", call)) return null;
      // It lies among the texts, and C tells where by its address.
      const address = entry.view.getBigUint64(PW_NAME, true);
      const length = strnlen(address, BigInt(TEXTS_MAX));
      const bytes = new Uint8Array(new ArrayBuffer(Number(length)));
      if (length > 0n) memmove(bytes, address, length);
      return bytes;
    },
    id(name) {
      const call = (size: bigint) => getpwnam_r(name, entry.bytes, texts, size, found.bytes);
      return ask("getpwnam_r", call) ? entry.view.getUint32(PW_UID, true) : null;
    },
  };
}
