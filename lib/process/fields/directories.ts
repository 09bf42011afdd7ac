import { PROC_INFO_CALL_PIDINFO } from "../../abi/callnum.ts";
import { PROC_PIDVNODEPATHINFO } from "../../abi/pid_info.ts";
import { procVnodePathInfo, vnodeInfo, vnodeInfoPath } from "../../abi/vnode_info.ts";
import { type Block, block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { ERRNO } from "../../system/errors.ts";
import type { Texts } from "../texts.ts";
import type { FieldGroup } from "./field.ts";

/** The directories of a process. Not of zombies; only root may read them of other users' processes. */
export interface DirectoryFields {
  /**
   * The path of the working directory; undefined if it has lost its name, or if the path is longer than
   * 1,022 bytes.
   */
  readonly workingDirectory: string | undefined;
  /** The path of the root directory, likewise: `/` unless `chroot()` has changed it. */
  readonly rootDirectory: string | undefined;
}

/** The directories of a process. */
export const group: FieldGroup<DirectoryFields> = {
  fields: {
    workingDirectory: { kind: "text", title: "CWD", alias: "cwd" },
    rootDirectory: { kind: "text", title: "ROOT", alias: "root" },
  },
  apart: true,
  read({ pid, system, texts }, columns, row) {
    places ??= findPlaces();
    const { cwd, root, type, answer: { bytes, view } } = places;
    const { procInfo } = system.kernel;
    const answer = procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDVNODEPATHINFO, 0n, bytes);
    if (answer < 0) return answer;
    if (answer < bytes.byteLength) return -ERRNO.EIO;
    columns.workingDirectory[row] = addPath(texts, bytes, cwd);
    // It is all zero for a process that has not called chroot().
    columns.rootDirectory[row] = view.getInt32(type, true) === NONE
      ? texts.constant("/")
      : addPath(texts, bytes, root);
    return 0;
  },
};

interface Places {
  readonly answer: Block;
  /** Where the path of the working directory starts, and that of the root directory. */
  readonly cwd: number;
  readonly root: number;
  /** Where the type of the root directory is. */
  readonly type: number;
}

let places: Places | undefined;

function findPlaces(): Places {
  const { pvi_cdir, pvi_rdir } = offsetsOf(procVnodePathInfo);
  const { vip_vi, vip_path } = offsetsOf(vnodeInfoPath);
  return {
    answer: block(procVnodePathInfo.size),
    cwd: pvi_cdir + vip_path,
    root: pvi_rdir + vip_path,
    type: pvi_rdir + vip_vi + offsetsOf(vnodeInfo).vi_type,
  };
}

/** The type of what is not there. */
const NONE = 0;
const PATH_SIZE = 1024;

/** Adds the path in a field; 0 if there is none, or if it fills the field and may be cut. */
function addPath(texts: Texts, bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(0, at);
  const length = (end < 0 || end > at + PATH_SIZE ? at + PATH_SIZE : end) - at;
  return length === 0 || length >= PATH_SIZE - 1 ? 0 : texts.add(bytes, at, length);
}
