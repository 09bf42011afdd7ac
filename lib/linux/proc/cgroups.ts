import { ERRNO } from "../../system/errors.ts";
import { bytesOf, isAt, NEWLINE, SLASH } from "../parse/bytes.ts";
import { parseCgroup } from "../parse/cgroup.ts";
import { type Folder, foldersIn } from "../sys/dirents.ts";
import { type DarwinAnswer, toDarwin } from "../sys/errno.ts";
import type { Libc } from "../sys/libc.ts";
import { CGROUP2_SUPER_MAGIC, CGROUP_SUPER_MAGIC, fileSystemOf } from "../sys/statfs.ts";
import { inodeOf, MASK, statxBlock } from "../sys/statx.ts";
import { procFile } from "./proc_fs.ts";
import { readerOf } from "./process.ts";
import type { World } from "./world.ts";

/**
 * A tree of control groups, which represent the coalitions of one type. The id of a coalition is
 * the inode number of the directory of its group.
 */
export interface Hierarchy {
  /** The path of the root, without a terminating NUL. */
  readonly root: Uint8Array;
  /**
   * The controller by which `/proc/PID/cgroup` names the hierarchy. It is empty for the unified
   * hierarchy.
   */
  readonly controller: Uint8Array;
}

const CGROUP_FILE = procFile("cgroup");
const PROCS = bytesOf("/cgroup.procs\0");
/** The start of the path of a group outside of this process's namespace. */
const OUTSIDE = bytesOf("/..");
/** The size of an id, in bytes. */
const ID_SIZE = 8;
const CHUNK = 16384;
const CHUNK_SIZE = BigInt(CHUNK);

/**
 * The places where distributions mount the hierarchies, the most likely place of each type first.
 */
const PLACES: readonly (readonly (readonly [root: string, controller: string])[])[] = [
  [["/sys/fs/cgroup", ""], ["/sys/fs/cgroup/unified", ""], ["/sys/fs/cgroup/cpuacct", "cpuacct"]],
  [["/sys/fs/cgroup", ""], ["/sys/fs/cgroup/memory", "memory"], ["/sys/fs/cgroup/unified", ""]],
];

/**
 * Returns the hierarchies that represent resource coalitions and jetsam coalitions, in this order.
 * The unified hierarchy represents both. If memory is in a hierarchy of its own, that one
 * represents jetsam coalitions. If no unified hierarchy is mounted, `cpuacct` represents resource
 * coalitions. An element is null if no such hierarchy is mounted.
 */
export function hierarchies(libc: Libc): readonly (Hierarchy | null)[] {
  return PLACES.map((places) => {
    for (const [root, controller] of places) {
      const magic = controller === "" ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC;
      if (fileSystemOf(libc, bytesOf(`${root}\0`)) !== magic) continue;
      return { root: bytesOf(root), controller: bytesOf(controller) };
    }
    return null;
  });
}

/**
 * Makes a function that writes the ids of the coalitions of the process that was read last to the
 * start of a 16-byte buffer, one for each type. The function returns 0 or a negated Darwin errno.
 *
 * An id is 0 if the hierarchy is not mounted, or if the directory of the group is outside of what
 * this process sees.
 */
export function coalitionsOf(world: World): (pid: number, ids: Uint8Array) => DarwinAnswer {
  const { fs, libc } = world;
  const reader = readerOf(world);
  const statx = statxBlock();
  const span = new Int32Array(2);
  let trees: readonly (Hierarchy | null)[] | undefined;

  return (pid, ids) => {
    // The mounts of this machine do not apply to a tree that was copied from another machine.
    trees ??= fs.mounted ? hierarchies(libc) : [];
    const length = reader.readFile(pid, CGROUP_FILE);
    if (length < 0) return length;
    ids.fill(0, 0, PLACES.length * ID_SIZE);
    const view = new DataView(ids.buffer, ids.byteOffset, ids.byteLength);
    for (const [type, tree] of trees.entries()) {
      if (!tree || !parseCgroup(fs.text, length, tree.controller, span)) continue;
      const start = span[0]!, end = span[1]!;
      if (isAt(fs.text, start, end, OUTSIDE)) continue;
      const path = joined(tree.root, fs.text.subarray(start, end), END);
      if (libc.statx(path, MASK.INO, statx.bytes) < 0) continue;
      view.setBigUint64(type * ID_SIZE, inodeOf(statx.view), true);
    }
    return 0;
  };
}

/** A control group. */
export interface Group {
  /** The path, without a terminating NUL. */
  readonly path: Uint8Array;
  /** The inode number, in 8 bytes. */
  readonly inode: Uint8Array;
}

/** Reads the groups of hierarchies. */
export interface GroupReader {
  /** Returns the groups of a hierarchy, each before its subgroups, or a negated Darwin errno. */
  groups(of: Hierarchy): Group[] | DarwinAnswer;
  /**
   * Returns the number of processes in a group itself, without its subgroups. Returns `-ENOENT` if
   * the group has been removed meanwhile. A threaded group has no processes: they are counted in a
   * group above it.
   */
  processes(of: Group): DarwinAnswer;
}

/** Creates a {@linkcode GroupReader}. */
export function groupReader(libc: Libc): GroupReader {
  const chunk = new Uint8Array(new ArrayBuffer(CHUNK));
  const statx = statxBlock();

  function folders(path: Uint8Array): Folder[] | DarwinAnswer {
    const fd = libc.open(joined(path, END));
    if (fd < 0) return toDarwin(fd);
    const found: Folder[] = [];
    for (;;) {
      const length = libc.getdents64(fd, chunk, CHUNK_SIZE);
      if (length > 0) {
        found.push(...foldersIn(chunk, length));
        continue;
      }
      libc.close(fd);
      return length < 0 ? toDarwin(length) : found;
    }
  }

  function lines(path: Uint8Array): DarwinAnswer {
    const fd = libc.open(path);
    if (fd < 0) return toDarwin(fd);
    let count = 0;
    for (;;) {
      const length = libc.read(fd, chunk, CHUNK_SIZE);
      for (let i = 0; i < length; i++) if (chunk[i] === NEWLINE) count++;
      if (length > 0) continue;
      libc.close(fd);
      return length < 0 ? toDarwin(length) : count;
    }
  }

  return {
    groups({ root }) {
      const error = libc.statx(joined(root, END), MASK.INO, statx.bytes);
      if (error < 0) return toDarwin(error);
      const inode = new Uint8Array(BigUint64Array.of(inodeOf(statx.view)).buffer);
      const found: Group[] = [];
      const left: Group[] = [{ path: root, inode }];
      for (let group = left.pop(); group; group = left.pop()) {
        const below = folders(group.path);
        if (typeof below === "number") {
          if (isGone(below)) continue;
          return below;
        }
        found.push(group);
        for (const { name, inode } of below.reverse()) {
          left.push({ path: joined(group.path, Uint8Array.of(SLASH), name), inode });
        }
      }
      return found;
    },

    processes({ path }) {
      const count = lines(joined(path, PROCS));
      if (isGone(count)) return -ERRNO.ENOENT;
      return count === -ERRNO.ENOTSUP ? 0 : count;
    },
  };
}

/** True for the errors of a group that has been removed meanwhile. */
function isGone(answer: DarwinAnswer): boolean {
  return answer === -ERRNO.ENOENT || answer === -ERRNO.ENODEV;
}

const END = Uint8Array.of(0);

/** Joins the parts of a path in one buffer that can be passed to C. */
function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const whole = new Uint8Array(new ArrayBuffer(size));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
