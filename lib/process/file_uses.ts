import {
  PROC_PIDPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDVNODEPATHINFO,
} from "../abi/pid_info.ts";
import type { VnodeInfoPath } from "../abi/vnode_info.ts";
import { pidInfo } from "../calls/pid_info.ts";
import { regions } from "../calls/regions.ts";
import type { System } from "../system/system.ts";
import type { Descriptor } from "./descriptors.ts";
import { fileNameIn, type FileUse, ifKnown, isSameVnode, mappedAt } from "./who_has.ts";

/** A file that a process uses other than by a descriptor. */
export interface UsedFile
  extends Pick<Descriptor, "pid" | "type" | "path" | "deleted" | "device" | "inode" | "sizeBytes"> {
  /** How the process uses it. */
  readonly as: FileUse;
}

/** The `vi_type` of an absent file. */
const NONE = 0;

/**
 * Reads the files that a process uses other than by descriptors: its working directory, its root
 * directory, its program and its mapped files. Each mapped file is reported once. Files that cannot
 * be read are omitted.
 */
export function usedFilesOf(pid: number, system: System): UsedFile[] {
  const used: UsedFile[] = [];
  // The kernel does not use files as processes do.
  if (pid === 0) return used;
  const folders = ifKnown(() => pidInfo(pid, PROC_PIDVNODEPATHINFO, 0n, { system }));
  if (folders === undefined) return used;
  const { pvi_cdir, pvi_rdir } = folders;
  if (pvi_cdir.vip_vi.vi_type !== NONE) {
    used.push({
      ...described(pid, pvi_cdir, () => system.file(pid, "cwd")),
      as: "cwd",
      type: "directory",
    });
  }
  used.push(
    pvi_rdir.vip_vi.vi_type === NONE ? { pid, as: "root", type: "directory", path: "/" } : {
      ...described(pid, pvi_rdir, () => system.file(pid, "root")),
      as: "root",
      type: "directory",
    },
  );
  const program = ifKnown(() => pidInfo(pid, PROC_PIDPATHINFO, 0n, { system }));
  const mapped = ifKnown(() => mappedIn(pid, program, system)) ?? [];
  const isProgram = ({ as }: UsedFile) => as === "executable";
  if (program !== undefined && !mapped.some(isProgram)) {
    used.push({ pid, as: "executable", type: "file", path: program });
  }
  return [
    ...used,
    ...mapped.filter(isProgram),
    ...mapped.filter((file) => !isProgram(file)),
  ];
}

function mappedIn(pid: number, program: string | undefined, system: System): UsedFile[] {
  const found = new Map<string, UsedFile>();
  let last: VnodeInfoPath | undefined;
  for (const { prp_prinfo, prp_vip } of regions(pid, PROC_PIDREGIONPATHINFO2, { system })) {
    // Most files are mapped in several consecutive regions.
    if (last !== undefined && isSameVnode(last, prp_vip)) continue;
    last = prp_vip;
    const { vst_dev, vst_ino } = prp_vip.vip_vi.vi_stat;
    const key = `${vst_dev} ${vst_ino}`;
    if (vst_ino === 0n || found.has(key)) continue;
    found.set(key, {
      ...described(pid, prp_vip, () => mappedAt(pid, prp_prinfo.pri_address, system)),
      as: prp_vip.vip_path === program ? "executable" : "mapped",
      type: "file",
    });
  }
  return [...found.values()];
}

function described(
  pid: number,
  vnode: VnodeInfoPath,
  query: Parameters<typeof fileNameIn>[1],
): Pick<UsedFile, "pid" | "path" | "deleted" | "device" | "inode" | "sizeBytes"> {
  const { vst_dev, vst_ino, vst_size, vst_mode } = vnode.vip_vi.vi_stat;
  const { path, deleted } = fileNameIn(vnode, query);
  return {
    pid,
    ...(path !== undefined && { path }),
    ...(deleted !== undefined && { deleted }),
    device: vst_dev >>> 0,
    inode: `${vst_ino}`,
    // For a file outside this mount namespace, only the device and inode numbers are known.
    ...(vst_mode !== 0 && { sizeBytes: Number(vst_size) }),
  };
}
