import type { Symbols } from "../../../ffi/adapter.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import { type UserFinder, userFinder } from "../../posix/users.ts";
import { LINUX, linuxError } from "./errno.ts";
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

/** Functions that read memory at an address that C left in a buffer. */
const AT_ADDRESS = {
  /** `size_t strnlen(const char *text, size_t n)` */
  strnlen: { parameters: ["u64", "u64"], result: "u64" },
  /** `void *memmove(void *to, const void *from, size_t n)` */
  memmove: { parameters: ["buffer", "u64", "u64"], result: "u64" },
} as const;

/** `struct passwd` (pwd.h), up to the last member that is read. */
export interface Passwd {
  readonly pw_name: bigint;
  readonly pw_passwd: bigint;
  readonly pw_uid: number;
}

/** The layout of {@linkcode Passwd}. */
export const passwd: Struct<Passwd> = struct("passwd", { size: 48, align: 8 }, (c) => ({
  pw_name: c.u64(),
  pw_passwd: c.u64(),
  pw_uid: c.u32(),
}));

/**
 * The errnos by which sources of users report that they do not know a user. Each source has its
 * own.
 */
const UNKNOWN: ReadonlySet<number> = new Set([
  LINUX.ENOENT,
  LINUX.ESRCH,
  LINUX.EBADF,
  LINUX.EPERM,
]);

/** Binds the functions that find the users of this system. Their errors have Darwin's numbers. */
export function openUsers({ library }: More): UserFinder {
  const { getpwuid_r, getpwnam_r }: Symbols<typeof USERS> = library.bind(USERS);
  const { strnlen, memmove }: Symbols<typeof AT_ADDRESS> = library.bind(AT_ADDRESS);
  return userFinder(
    { getpwuid_r, getpwnam_r, strnlen, memmove },
    passwd,
    UNKNOWN,
    (doing, call, errno) => linuxError(doing, call, -errno),
  );
}
