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

/** In `fi_openflags`: opened only for events (sys/fcntl.h). */
const O_EVTONLY = 0x8000;

/**
 * Lists the processes that use a file: `proc_listpidspath()`.
 *
 * A process uses a file that is its working directory, the working directory of one of its threads,
 * its root directory, that it has open or has mapped. Each process that does is listed **once**,
 * where the C function may list it twice. Names do not matter: two names of one file are the same
 * file.
 *
 * What cannot be read is passed over: without privilege, only one's own processes are found.
 *
 * @param type Which processes are looked at: a `PROC_*_ONLY` number, or `PROC_ALL_PIDS`.
 * @param typeinfo What `type` compares with: an id, or a device number.
 * @param path The file; links are followed.
 * @param flags A set of `PROC_LISTPIDSPATH_*`: any file on the volume of `path` counts, descriptors
 * that were opened with `O_EVTONLY` do not.
 * @param options The system to query; this host by default.
 * @returns The ids of the processes, the oldest first.
 * @throws {SystemCallError} The path leads nowhere: `ENOENT`, `EACCES`...
 * @throws {ProcInfoError} The kernel refused to list processes; `ENOTSUP` this system can answer
 * none of these queries.
 * @throws {RangeError} A number is not a 32-bit integer, or the path has a NUL in it.
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
    // A vnode of which nothing is known is on device 0.
    vst_dev !== 0 && vst_dev === device && (wholeVolume || vst_ino === inode);
  const search: Search = {
    system,
    isMeant,
    eventsCount: (flags & PROC_LISTPIDSPATH_EXCLUDE_EVTONLY) === 0,
  };

  const found: number[] = [];
  let unsupported: ProcInfoError | undefined;
  let answered = false;
  // The kernel is not a process that uses files, and a query of its memory leaves a crash report.
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

/** What is looked for, and where. */
interface Search {
  readonly system: System;
  readonly isMeant: (vnode: VnodeInfo) => boolean;
  readonly eventsCount: boolean;
}

/** The ways in which a process can use a file, the cheapest first. */
const WAYS: readonly ((search: Search, pid: number) => boolean)[] = [
  isDirectory,
  isOpen,
  isMapped,
];

/** The directory of the process, or of a thread with one of its own. */
function isDirectory({ system, isMeant }: Search, pid: number): boolean {
  const paths = unlessRefused(() => pidInfo(pid, PROC_PIDVNODEPATHINFO, 0n, { system }));
  if (paths && (isMeant(paths.pvi_cdir.vip_vi) || isMeant(paths.pvi_rdir.vip_vi))) return true;
  return hasThreadIn(pid, ({ vip_vi }) => isMeant(vip_vi), system);
}

function isOpen({ system, isMeant, eventsCount }: Search, pid: number): boolean {
  return pidInfo(pid, PROC_PIDLISTFDS, 0n, { system }).some(({ proc_fd, proc_fdtype }) => {
    if (proc_fdtype !== PROX_FDTYPE_VNODE) return false;
    // It may have been closed since, and the file may have been revoked.
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
