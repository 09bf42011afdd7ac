import { type Struct, struct } from "../../layout/struct.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import type { LinuxAnswer } from "./errno.ts";
import type { Libc } from "./libc.ts";

/** `struct statfs` (asm-generic/statfs.h), up to the last member that is read. */
export interface Statfs {
  readonly f_type: bigint;
}

/** The layout of {@linkcode Statfs}. */
export const statfs: Struct<Statfs> = struct(
  "statfs",
  { size: 120, align: 8 },
  (c) => ({ f_type: c.i64() }),
);

/** The type of process file systems. */
export const PROC_SUPER_MAGIC = 0x9fa0;
/** The type of control groups of version 1. */
export const CGROUP_SUPER_MAGIC = 0x27e0eb;
/** The type of control groups of version 2. */
export const CGROUP2_SUPER_MAGIC = 0x63677270;

const BTRFS_SUPER_MAGIC = 0x9123683e;
const BCACHEFS_STATFS_MAGIC = 0xca451a4e;
const OVERLAYFS_SUPER_MAGIC = 0x794c7630;

/**
 * The types of file systems whose files may be on other devices than their mounts, because they
 * have subvolumes or layers.
 */
export const OF_MANY_DEVICES: ReadonlySet<number> = new Set([
  BTRFS_SUPER_MAGIC,
  BCACHEFS_STATFS_MAGIC,
  OVERLAYFS_SUPER_MAGIC,
]);

/** Returns the `*_SUPER_MAGIC` of the file system that contains a path, or a negated errno. */
export function fileSystemOf(libc: Libc, path: Uint8Array): LinuxAnswer {
  const { bytes, view } = block(statfs.size);
  const error = libc.statfs(path, bytes);
  return error < 0 ? error : view.getUint32(offsetsOf(statfs).f_type, true);
}
