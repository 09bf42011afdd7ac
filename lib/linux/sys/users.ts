import type { Symbols } from "../../../ffi/adapter.ts";
import { block } from "../../layout/block.ts";
import type { More } from "./libc.ts";

const USERS = {
  /**
   * `int getpwuid_r(uid_t uid, struct passwd *to, char *texts, size_t n, struct passwd **found)`
   */
  getpwuid_r: { parameters: ["u32", "buffer", "buffer", "u64", "buffer"], result: "i32" },
  /**
   * `int getpwnam_r(const char *name, struct passwd *to, char *texts, size_t n,
   * struct passwd **found)`
   */
  getpwnam_r: { parameters: ["buffer", "buffer", "buffer", "u64", "buffer"], result: "i32" },
} as const;

/** For what lies at an address that C left in memory of ours. */
const AT_ADDRESS = {
  /** `size_t strnlen(const char *text, size_t n)` */
  strnlen: { parameters: ["u64", "u64"], result: "u64" },
  /** `void *memmove(void *to, const void *from, size_t n)` */
  memmove: { parameters: ["buffer", "u64", "u64"], result: "u64" },
} as const;

// struct passwd.
const PASSWD_SIZE = 48;
const PW_NAME = 0;
const PW_UID = 16;

const TEXTS_SIZE = 1024;
/** More than the texts of any user take. */
const TEXTS_MAX = 1 << 20;

// Linux's error numbers.
const ENOENT = 2;
const ESRCH = 3;
const EINTR = 4;
const EBADF = 9;
const EPERM = 1;
const ERANGE = 34;

/** What the sources of users say, one or the other, of a user that they do not know. */
const UNKNOWN: ReadonlySet<number> = new Set([ENOENT, ESRCH, EBADF, EPERM]);

/** The users that the system knows, wherever it has them from. */
export interface UserCalls {
  /** The name of a user, null where there is none, or a negated errno. */
  name(user: number): Uint8Array | number | null;
  /** The id of the user whose name, which ends in a NUL, this is; null, or a negated errno. */
  id(name: Uint8Array): number | null;
}

/** The functions of {@linkcode UserCalls}. */
export function openUserCalls({ library }: More): UserCalls {
  const { getpwuid_r, getpwnam_r }: Symbols<typeof USERS> = library.bind(USERS);
  const { strnlen, memmove } = library.bind(AT_ADDRESS);
  const entry = block(PASSWD_SIZE);
  const found = block(8);
  let texts = new Uint8Array(new ArrayBuffer(TEXTS_SIZE));

  /** Asks with as much room as it takes; answers 0 when a user was found, 1 when none, or as C does. */
  function ask(call: (size: bigint) => number): number {
    for (;;) {
      found.view.setBigUint64(0, 0n, true);
      // These return their errno.
      const error = call(BigInt(texts.byteLength));
      if (error === EINTR) continue;
      if (error === ERANGE && texts.byteLength < TEXTS_MAX) {
        texts = new Uint8Array(new ArrayBuffer(texts.byteLength * 4));
        continue;
      }
      if (error !== 0 && !UNKNOWN.has(error)) return -error;
      return error === 0 && found.view.getBigUint64(0, true) !== 0n ? 0 : 1;
    }
  }

  return {
    name(user) {
      const answer = ask((size) => getpwuid_r(user, entry.bytes, texts, size, found.bytes));
      if (answer !== 0) return answer < 0 ? answer : null;
      // It lies among the texts, or where the source of users keeps it.
      const address = entry.view.getBigUint64(PW_NAME, true);
      const length = strnlen(address, BigInt(TEXTS_MAX));
      const bytes = new Uint8Array(new ArrayBuffer(Number(length)));
      if (length > 0n) memmove(bytes, address, length);
      return bytes;
    },
    id(name) {
      const answer = ask((size) => getpwnam_r(name, entry.bytes, texts, size, found.bytes));
      if (answer !== 0) return answer < 0 ? answer : null;
      return entry.view.getUint32(PW_UID, true);
    },
  };
}
