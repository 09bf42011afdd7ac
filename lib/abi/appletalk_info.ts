/**
 * AppleTalk sockets: `PROC_PIDFDATALKINFO` (bsd/sys/proc_info.h).
 *
 * The kernel still declares these and fills them in no more: the answer is always `EINVAL`.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";
import { type VinfoStat, vinfoStat } from "./vnode_info.ts";

/** `struct appletalk_info`: an AppleTalk socket, once. */
export interface AppletalkInfo {
  /** Its attributes. Never filled in. */
  readonly atalk_stat: VinfoStat;
}

/** The layout of {@linkcode AppletalkInfo}. */
export const appletalkInfo: Struct<AppletalkInfo> = struct(
  "appletalk_info",
  { size: 136, align: 8 },
  (c): AppletalkInfo => ({
    atalk_stat: c.struct(vinfoStat),
  }),
);

/** `struct appletalk_fdinfo`: what `PROC_PIDFDATALKINFO` wrote once. */
export interface AppletalkFdInfo {
  /** The open file. */
  readonly pfi: ProcFileInfo;
  /** The socket. */
  readonly appletalkinfo: AppletalkInfo;
}

/** The layout of {@linkcode AppletalkFdInfo}. */
export const appletalkFdInfo: Struct<AppletalkFdInfo> = struct(
  "appletalk_fdinfo",
  { size: 160, align: 8 },
  (c): AppletalkFdInfo => ({
    pfi: c.struct(procFileInfo),
    appletalkinfo: c.struct(appletalkInfo),
  }),
);
