import { block } from "../../layout/block.ts";
import type { Libc } from "../sys/libc.ts";
import { parseCgroup } from "../parse/cgroup.ts";
import { procFile, type ProcFs } from "./proc_fs.ts";

/**
 * A tree of control groups, which stand for the coalitions of one type. A coalition's id is the inode
 * number of its folder.
 */
export interface Hierarchy {
  /** The path of its root, without a NUL behind. */
  readonly root: Uint8Array;
  /** The controller that names it in `/proc/PID/cgroup`; none for the unified hierarchy. */
  readonly controller: Uint8Array;
}

const TEXT = new TextEncoder();
const CGROUP2_SUPER_MAGIC = 0x63677270;
const CGROUP_SUPER_MAGIC = 0x27e0eb;
const STATFS_SIZE = 120;
const STATX_SIZE = 256;
const STATX_INO = 0x100;
const STX_INO = 32;
const CGROUP_FILE = procFile("cgroup");
/** Bytes of one id. */
const ID_SIZE = 8;

/** The places where distributions mount them, the likeliest of each type first. */
const PLACES: readonly (readonly (readonly [root: string, controller: string])[])[] = [
  [["/sys/fs/cgroup", ""], ["/sys/fs/cgroup/unified", ""], ["/sys/fs/cgroup/cpuacct", "cpuacct"]],
  [["/sys/fs/cgroup", ""], ["/sys/fs/cgroup/memory", "memory"], ["/sys/fs/cgroup/unified", ""]],
];

/**
 * The hierarchies that stand for resource coalitions and for jetsam coalitions, in this order: the
 * unified hierarchy for both, but where memory is kept in a hierarchy of its own that one for the
 * latter. Null where none is mounted.
 */
export function hierarchies(libc: Libc): readonly (Hierarchy | null)[] {
  const { bytes, view } = block(STATFS_SIZE);
  return PLACES.map((places) => {
    for (const [root, controller] of places) {
      if (libc.statfs(TEXT.encode(`${root}\0`), bytes) < 0) continue;
      const magic = controller === "" ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC;
      if (view.getUint32(0, true) !== magic) continue;
      return { root: TEXT.encode(root), controller: TEXT.encode(controller) };
    }
    return null;
  });
}

/**
 * Makes a function that writes the ids of a process's coalitions to the start of a buffer of 16 bytes,
 * one for each type, and returns 0 or a negated Darwin errno.
 *
 * An id is 0 where there is no such hierarchy, or its folder is outside of what this process sees.
 */
export function coalitionsOf(
  fs: ProcFs,
  libc: Libc,
): (pid: number, ids: Uint8Array) => number {
  const statx = block(STATX_SIZE);
  const span = new Int32Array(2);
  let trees: readonly (Hierarchy | null)[] | undefined;

  return (pid, ids) => {
    // What this machine mounts says nothing about a tree that was copied from another.
    trees ??= fs.mounted ? hierarchies(libc) : [];
    const length = fs.read(pid, CGROUP_FILE);
    if (length < 0) return length;
    ids.fill(0, 0, PLACES.length * ID_SIZE);
    for (const [type, tree] of trees.entries()) {
      if (!tree || !parseCgroup(fs.text, length, tree.controller, span)) continue;
      const group = fs.text.subarray(span[0]!, span[1]!);
      if (startsWith(group, OUTSIDE)) continue;
      const path = new Uint8Array(new ArrayBuffer(tree.root.length + group.length + 1));
      path.set(tree.root);
      path.set(group, tree.root.length);
      if (libc.statx(path, STATX_INO, statx.bytes) < 0) continue;
      ids.set(statx.bytes.subarray(STX_INO, STX_INO + ID_SIZE), type * ID_SIZE);
    }
    return 0;
  };
}

/** How the path of a group starts that is outside of this process's namespace. */
const OUTSIDE = TEXT.encode("/..");

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
