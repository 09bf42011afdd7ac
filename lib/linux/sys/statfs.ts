import { type Struct, struct } from "../../layout/struct.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import type { LinuxAnswer } from "./errno.ts";
import type { Libc } from "./libc.ts";

/** `struct statfs` (asm-generic/statfs.h), as far as it is read. */
export interface Statfs {
  readonly f_type: bigint;
}

/** The layout of {@linkcode Statfs}. */
export const statfs: Struct<Statfs> = struct(
  "statfs",
  { size: 120, align: 8 },
  (c) => ({ f_type: c.i64() }),
);

/** Process file systems. */
export const PROC_SUPER_MAGIC = 0x9fa0;
/** Control groups of the first version. */
export const CGROUP_SUPER_MAGIC = 0x27e0eb;
/** Control groups of the second version. */
export const CGROUP2_SUPER_MAGIC = 0x63677270;

const BTRFS_SUPER_MAGIC = 0x9123683e;
const BCACHEFS_STATFS_MAGIC = 0xca451a4e;
const OVERLAYFS_SUPER_MAGIC = 0x794c7630;

/** File systems whose files may be on other devices than their mounts: by subvolumes, or by layers. */
export const OF_MANY_DEVICES: ReadonlySet<number> = new Set([
  BTRFS_SUPER_MAGIC,
  BCACHEFS_STATFS_MAGIC,
  OVERLAYFS_SUPER_MAGIC,
]);

/** The `*_SUPER_MAGIC` of the file system in which a path lies. */
export function fileSystemOf(libc: Libc, path: Uint8Array): LinuxAnswer {
  const { bytes, view } = block(statfs.size);
  const error = libc.statfs(path, bytes);
  return error < 0 ? error : view.getUint32(offsetsOf(statfs).f_type, true);
}
