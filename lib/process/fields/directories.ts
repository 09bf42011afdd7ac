import { PROC_INFO_CALL_PIDINFO } from "../../abi/callnum.ts";
import { PROC_PIDVNODEPATHINFO } from "../../abi/pid_info.ts";
import { procVnodePathInfo, vinfoStat, vnodeInfo, vnodeInfoPath } from "../../abi/vnode_info.ts";
import { type Block, block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { ERRNO } from "../../system/errors.ts";
import type { NamedFile } from "../../system/facts.ts";
import { type FoundPath, foundPath } from "../paths.ts";
import type { Texts } from "../texts.ts";
import type { FieldGroup } from "./field.ts";

/**
 * The directories of a process. Undefined for zombies. Only root can read them for processes of
 * other users.
 *
 * The paths are those that the process itself would use. If it is in another mount namespace, they
 * can lead the caller to other directories.
 */
export interface DirectoryFields {
  /**
   * The path of the working directory, or its last path if it was deleted. Undefined if the system
   * has no path for it, or if the path is too long. On Linux, a path has up to 4,095 bytes. On
   * macOS, a path has up to 1,023 bytes.
   */
  readonly workingDirectory: string | undefined;
  /**
   * True if the working directory no longer has that path because it was deleted. Undefined if the
   * system does not report it.
   */
  readonly workingDirectoryDeleted: boolean | undefined;
  /**
   * The path of the root directory, which is `/` unless `chroot()` has changed it. Undefined under
   * the conditions of `workingDirectory`.
   */
  readonly rootDirectory: string | undefined;
  /**
   * True if the root directory no longer has that path because it was deleted. Undefined if the
   * system does not report it.
   */
  readonly rootDirectoryDeleted: boolean | undefined;
}

/** The directories of a process. */
export const group: FieldGroup<DirectoryFields> = {
  source: { linux: ["cwd", "root"], macos: ["PROC_PIDVNODEPATHINFO"] },
  fields: {
    workingDirectory: { kind: "text", title: "CWD", alias: "cwd" },
    workingDirectoryDeleted: { kind: "flag", title: "CWD DELETED" },
    rootDirectory: { kind: "text", title: "ROOT", alias: "root" },
    rootDirectoryDeleted: { kind: "flag", title: "ROOT DELETED" },
  },
  apart: true,
  needsSystem: true,
  read({ pid, system, texts }, columns, row) {
    places ??= findPlaces();
    const { cwd, root, type, answer: { bytes, view } } = places;
    const { procInfo } = system.kernel;
    const answer = procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDVNODEPATHINFO, 0n, bytes);
    if (answer < 0) return answer;
    if (answer < bytes.byteLength) return -ERRNO.EIO;
    const working = directoryAt(cwd, () => system.file(pid, "cwd"));
    columns.workingDirectory[row] = added(texts, working);
    columns.workingDirectoryDeleted[row] = flag(working);
    if (view.getInt32(root + type, true) === NONE) {
      // The struct is zero unless the process has called chroot().
      columns.rootDirectory[row] = texts.constant("/");
      columns.rootDirectoryDeleted[row] = 0;
      return 0;
    }
    const changed = directoryAt(root, () => system.file(pid, "root"));
    columns.rootDirectory[row] = added(texts, changed);
    columns.rootDirectoryDeleted[row] = flag(changed);
    return 0;
  },
};

interface Places {
  readonly answer: Block;
  /** The offset of the `struct vnode_info_path` of the working directory. */
  readonly cwd: number;
  /** The offset of the `struct vnode_info_path` of the root directory. */
  readonly root: number;
  /** The offset of the vnode type in that struct. */
  readonly type: number;
  /** The offset of the number of links in that struct. */
  readonly links: number;
  /** The offset of the path in that struct. */
  readonly path: number;
}

let places: Places | undefined;

function findPlaces(): Places {
  const { pvi_cdir, pvi_rdir } = offsetsOf(procVnodePathInfo);
  const { vip_vi, vip_path } = offsetsOf(vnodeInfoPath);
  const { vi_stat, vi_type } = offsetsOf(vnodeInfo);
  return {
    answer: block(procVnodePathInfo.size),
    cwd: pvi_cdir,
    root: pvi_rdir,
    type: vip_vi + vi_type,
    links: vip_vi + vi_stat + offsetsOf(vinfoStat).vst_nlink,
    path: vip_path,
  };
}

/** The vnode type of an absent directory. */
const NONE = 0;

/** Returns the path of the directory whose `struct vnode_info_path` is at an offset. */
function directoryAt(at: number, query: () => NamedFile): FoundPath {
  const { answer: { bytes, view }, links, path } = places!;
  const start = at + path;
  const end = bytes.indexOf(0, start);
  const from = bytes.subarray(start, end < 0 ? bytes.length : end);
  return foundPath(from, view.getUint16(at + links, true), query);
}

function added(texts: Texts, { path }: FoundPath): number {
  return path === undefined || path.length === 0 ? 0 : texts.add(path, 0, path.length);
}

function flag({ deleted }: FoundPath): number {
  return deleted === undefined ? -1 : deleted ? 1 : 0;
}
