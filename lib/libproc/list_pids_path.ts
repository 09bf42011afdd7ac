import { PROX_FDTYPE_VNODE } from "../abi/fd_info.ts";
import {
  PROC_LISTPIDSPATH_EXCLUDE_EVTONLY,
  PROC_LISTPIDSPATH_PATH_IS_VOLUME,
} from "../abi/list_pids_path.ts";
import { PROC_PIDFDVNODEINFO } from "../abi/pid_fd_info.ts";
import {
  PROC_PIDLISTFDS,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDVNODEPATHINFO,
} from "../abi/pid_info.ts";
import type { VnodeInfo } from "../abi/vnode_info.ts";
import { listPids } from "../calls/list_pids.ts";
import { pidFdInfo } from "../calls/pid_fd_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { regions } from "../calls/regions.ts";
import { path as checkPath, uint32, word32 } from "../system/arguments.ts";
import type { System, SystemOptions } from "../system/system.ts";
import { ERRNO, type ProcInfoError } from "../system/errors.ts";
import { systemAlone } from "../system/open.ts";
import { hasThreadIn } from "./own_directory.ts";
import { errnoOf, unlessRefused } from "./refused.ts";

/** A flag of `fi_openflags`: the file was opened for events only (sys/fcntl.h). */
const O_EVTONLY = 0x8000;

/**
 * Lists the processes that use a file: `proc_listpidspath()`.
 *
 * A process uses a file if it has the file open or mapped, or if the file is its root directory,
 * its working directory, or the working directory of one of its threads. Each process is listed
 * **once**, whereas the C function may list it twice. The names of a file do not matter: hard links
 * are the same file.
 *
 * Processes that the caller may not query are omitted. Without privilege, only processes of the
 * caller's user are found.
 *
 * @param type The processes to search: a `PROC_*_ONLY` number, or `PROC_ALL_PIDS`.
 * @param typeinfo The value that `type` compares with: an id or a device number.
 * @param path The path of the file. Symbolic links are followed.
 * @param flags A set of `PROC_LISTPIDSPATH_*`: whether any file on the volume of `path` matches,
 * and whether descriptors that were opened with `O_EVTONLY` are ignored.
 * @param options The system to query; this host by default.
 * @returns The pids of the processes, the oldest process first.
 * @throws {SystemCallError} The file cannot be found: `ENOENT`, `EACCES`...
 * @throws {ProcInfoError} The kernel refused to list processes. `ENOTSUP` if this system cannot
 * answer any of the queries.
 * @throws {RangeError} A number is not a 32-bit integer, or the path contains a NUL.
 *
 * @example
 * ```ts
 * import { PROC_ALL_PIDS, procListpidspath, SystemCallError } from "@libproc/libproc/libproc";
 *
 * try {
 *   console.log(procListpidspath(PROC_ALL_PIDS, 0, "/dev/null"));
 * } catch (error) {
 *   if (!(error instanceof SystemCallError)) throw error;
 *   console.log(error.code);
 * }
 * ```
 */
export function procListpidspath(
  type: number,
  typeinfo: number,
  path: string,
  flags = 0,
  options: SystemOptions = {},
): number[] {
  const system = systemAlone(options);
  uint32("type", type);
  word32("typeinfo", typeinfo);
  uint32("flags", flags);
  checkPath("path", path);
  const { device, inode } = system.fileId(path);
  const wholeVolume = (flags & PROC_LISTPIDSPATH_PATH_IS_VOLUME) !== 0;
  const isMeant = ({ vi_stat: { vst_dev, vst_ino } }: VnodeInfo) =>
    // An unknown vnode has device 0.
    vst_dev !== 0 && vst_dev === device && (wholeVolume || vst_ino === inode);
  const search: Search = {
    system,
    isMeant,
    eventsCount: (flags & PROC_LISTPIDSPATH_EXCLUDE_EVTONLY) === 0,
  };

  const found: number[] = [];
  let unsupported: ProcInfoError | undefined;
  let answered = false;
  // The kernel, pid 0, does not use files, and a query of its memory leaves a crash report.
  for (const pid of listPids(type, typeinfo, { system }).reverse()) {
    if (pid === 0) continue;
    for (const isUsed of WAYS) {
      try {
        const used = isUsed(search, pid);
        answered = true;
        if (!used) continue;
        found.push(pid);
        break;
      } catch (error) {
        if (errnoOf(error) === ERRNO.ENOTSUP) unsupported ??= error as ProcInfoError;
      }
    }
  }
  if (unsupported !== undefined && !answered) throw unsupported;
  return found;
}

/** The file to search for, and the system to search. */
interface Search {
  readonly system: System;
  readonly isMeant: (vnode: VnodeInfo) => boolean;
  readonly eventsCount: boolean;
}

/** The ways in which a process can use a file, the cheapest check first. */
const WAYS: readonly ((search: Search, pid: number) => boolean)[] = [
  isDirectory,
  isOpen,
  isMapped,
];

/** Returns true if the file is a directory of the process or the working directory of a thread. */
function isDirectory({ system, isMeant }: Search, pid: number): boolean {
  const paths = unlessRefused(() => pidInfo(pid, PROC_PIDVNODEPATHINFO, 0n, { system }));
  if (paths && (isMeant(paths.pvi_cdir.vip_vi) || isMeant(paths.pvi_rdir.vip_vi))) return true;
  return hasThreadIn(pid, ({ vip_vi }) => isMeant(vip_vi), system);
}

function isOpen({ system, isMeant, eventsCount }: Search, pid: number): boolean {
  return pidInfo(pid, PROC_PIDLISTFDS, 0n, { system }).some(({ proc_fd, proc_fdtype }) => {
    if (proc_fdtype !== PROX_FDTYPE_VNODE) return false;
    // The descriptor may have been closed since, and its file may have been revoked.
    const file = unlessRefused(() => pidFdInfo(pid, proc_fd, PROC_PIDFDVNODEINFO, { system }));
    return file !== undefined && isMeant(file.pvi) &&
      (eventsCount || (file.pfi.fi_openflags & O_EVTONLY) === 0);
  });
}

function isMapped({ system, isMeant }: Search, pid: number): boolean {
  for (const { prp_vip } of regions(pid, PROC_PIDREGIONPATHINFO2, { system })) {
    if (isMeant(prp_vip.vip_vi)) return true;
  }
  return false;
}
