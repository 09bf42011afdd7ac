/**
 * AppleTalk sockets: `PROC_PIDFDATALKINFO` (bsd/sys/proc_info.h).
 *
 * The kernel still declares these structs but no longer fills them: the call always fails with
 * `EINVAL`.
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";
import { type VinfoStat, vinfoStat } from "./vnode_info.ts";

/** `struct appletalk_info`: an AppleTalk socket. */
export interface AppletalkInfo {
  /** The attributes of the socket. Never filled. */
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

/** `struct appletalk_fdinfo`: the former answer to `PROC_PIDFDATALKINFO`. */
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
