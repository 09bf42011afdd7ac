import {
  LISTCOALITIONS_ALL_COALS,
  LISTCOALITIONS_SINGLE_TYPE,
  procInfoCoalInfo,
} from "../../abi/list_coalitions.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { hierarchies, type Hierarchy } from "../proc/cgroups.ts";
import { toDarwin } from "../sys/errno.ts";
import { type Folder, parseFolders } from "../parse/folders.ts";
import type { Call } from "./answer.ts";
import type { World } from "../proc/world.ts";

const AT = offsetsOf(procInfoCoalInfo);
const ROW = procInfoCoalInfo.size;
const PROCS = new TextEncoder().encode("/cgroup.procs\0");
const CHUNK = 16384;
const CHUNK_SIZE = BigInt(CHUNK);
const STATX_SIZE = 256;
const STATX_INO = 0x100;
const STX_INO = 32;
const INO_SIZE = 8;
const NEWLINE = 10;
const SLASH = 47;
/** Linux's `EOPNOTSUPP`: the group is one of threads, whose processes are counted above it. */
const EOPNOTSUPP = 95;

/** A control group: its path without a NUL, and the 8 bytes of its inode number. */
interface Group {
  readonly path: Uint8Array;
  readonly inode: Uint8Array;
}

/**
 * Answers `PROC_INFO_CALL_LISTCOALITIONS`: every control group is a coalition, also one without tasks.
 *
 * A group is listed before the groups in it.
 */
export function listCoalitions({ fs, libc }: World): Call {
  const chunk = new Uint8Array(new ArrayBuffer(CHUNK));
  const statx = block(STATX_SIZE);
  const row = block(ROW);
  let trees: readonly (Hierarchy | null)[] | undefined;

  /** The groups in a group, or a negated errno. */
  function folders(path: Uint8Array): Folder[] | number {
    const fd = libc.open(ended(path));
    if (fd < 0) return fd;
    const found: Folder[] = [];
    for (;;) {
      const length = libc.getdents64(fd, chunk, CHUNK_SIZE);
      if (length <= 0) {
        libc.close(fd);
        return length < 0 ? length : found;
      }
      found.push(...parseFolders(chunk, length));
    }
  }

  /** All groups of a hierarchy. */
  function groups({ root }: Hierarchy): Group[] | number {
    const error = libc.statx(ended(root), STATX_INO, statx.bytes);
    if (error < 0) return toDarwin(error);
    const found: Group[] = [];
    const left: Group[] = [{ path: root, inode: statx.bytes.slice(STX_INO, STX_INO + INO_SIZE) }];
    for (let group = left.pop(); group; group = left.pop()) {
      const below = folders(group.path);
      if (typeof below === "number") {
        if (isGone(below)) continue;
        return toDarwin(below);
      }
      found.push(group);
      for (const { name, inode } of below.reverse()) {
        left.push({ path: joined(group.path, name), inode });
      }
    }
    return found;
  }

  /** How many processes are in a group itself, or a negated errno. */
  function tasks(path: Uint8Array): number {
    const fd = libc.open(concatenated(path, PROCS));
    if (fd < 0) return fd;
    let lines = 0;
    for (;;) {
      const length = libc.read(fd, chunk, CHUNK_SIZE);
      if (length <= 0) {
        libc.close(fd);
        return length < 0 ? length : lines;
      }
      for (let i = 0; i < length; i++) if (chunk[i] === NEWLINE) lines++;
    }
  }

  return (flavor, type, _arg, buffer) => {
    const single = flavor === LISTCOALITIONS_SINGLE_TYPE;
    if (!single && flavor !== LISTCOALITIONS_ALL_COALS) return -ERRNO.EINVAL;
    if (!fs.mounted) return -ERRNO.ENOTSUP;
    trees ??= hierarchies(libc);
    if (single && (type < 0 || type >= trees.length)) return -ERRNO.EINVAL;
    if (trees.every((tree) => tree === null)) return -ERRNO.ENOTSUP;

    const room = buffer === null ? 0 : buffer.byteLength;
    let size = 0;
    for (const [coalitionType, tree] of trees.entries()) {
      if (tree === null || (single && coalitionType !== type)) continue;
      const found = groups(tree);
      if (typeof found === "number") return found;
      for (const { path, inode } of found) {
        if (size < room) {
          const count = tasks(path);
          if (count < 0 && isGone(count)) continue;
          if (count < 0 && count !== -EOPNOTSUPP) return toDarwin(count);
          row.bytes.set(inode, AT.coalition_id);
          row.view.setUint32(AT.coalition_type, coalitionType, true);
          row.view.setUint32(AT.coalition_tasks, Math.max(count, 0), true);
          // XNU cuts its list to the buffer, even within a row.
          buffer!.set(row.bytes.subarray(0, room - size), size);
        }
        size += ROW;
      }
    }
    return room === 0 ? size : Math.min(size, room);
  };
}

/** Whether an error says that a group was removed meanwhile. */
function isGone(answer: number): boolean {
  return answer === -ERRNO.ENOENT || answer === -ERRNO.ENODEV;
}

function concatenated(path: Uint8Array, rest: Uint8Array): Uint8Array {
  const whole = new Uint8Array(new ArrayBuffer(path.length + rest.length));
  whole.set(path);
  whole.set(rest, path.length);
  return whole;
}

/** A path as C takes it. */
function ended(path: Uint8Array): Uint8Array {
  return concatenated(path, new Uint8Array(1));
}

function joined(path: Uint8Array, name: Uint8Array): Uint8Array {
  const whole = new Uint8Array(new ArrayBuffer(path.length + 1 + name.length));
  whole.set(path);
  whole[path.length] = SLASH;
  whole.set(name, path.length + 1);
  return whole;
}
