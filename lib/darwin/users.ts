import { type Struct, struct } from "../layout/struct.ts";
import { type UserFinder, userFinder } from "../posix/users.ts";
import { SystemCallError } from "../system/errors.ts";
import type { LibSystem } from "./libsystem.ts";

/** `struct passwd` (pwd.h), up to the last member that is read. */
export interface Passwd {
  readonly pw_name: bigint;
  readonly pw_passwd: bigint;
  readonly pw_uid: number;
}

/** The layout of {@linkcode Passwd}. */
export const passwd: Struct<Passwd> = struct("passwd", { size: 72, align: 8 }, (c) => ({
  pw_name: c.u64(),
  pw_passwd: c.u64(),
  pw_uid: c.u32(),
}));

/** On macOS, an unknown user is not an error. */
const UNKNOWN: ReadonlySet<number> = new Set();

/** Returns a finder of the users in the system's directory. */
export function openUsers(library: LibSystem): UserFinder {
  return userFinder(
    library.users(),
    passwd,
    UNKNOWN,
    (doing, call, errno) => new SystemCallError(doing, call, errno),
  );
}
