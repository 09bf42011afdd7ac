import { PROC_INFO_CALL_PIDFDINFO, PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { PROC_PIDFDVNODEPATHINFO } from "../abi/pid_fd_info.ts";
import { PROC_PIDVNODEPATHINFO } from "../abi/pid_info.ts";
import { procVnodePathInfo, vnodeFdInfoWithPath, vnodeInfoPath } from "../abi/vnode_info.ts";
import { block } from "../layout/block.ts";
import { offsetsOf } from "../layout/offsets.ts";
import { ERRNO } from "../system/errors.ts";
import type { FileId, UsedFile } from "../system/facts.ts";
import { type Kernel, ret } from "../system/kernel.ts";

/**
 * Returns the path and the identity of a file that a process uses.
 *
 * @throws {ProcInfoError} The kernel refused the query, or there is no such file.
 */
export function vnodeOf(
  { procInfo }: Kernel,
  pid: number,
  file: UsedFile,
): { readonly path: Uint8Array; readonly id: FileId } {
  const isFd = typeof file === "object";
  const { bytes } = block(isFd ? vnodeFdInfoWithPath.size : procVnodePathInfo.size);
  const callnum = isFd ? PROC_INFO_CALL_PIDFDINFO : PROC_INFO_CALL_PIDINFO;
  const flavor = isFd ? PROC_PIDFDVNODEPATHINFO : PROC_PIDVNODEPATHINFO;
  const answer = procInfo(callnum, pid, flavor, isFd ? BigInt(file.fd) : 0n, bytes);
  const isShort = answer >= 0 && answer < bytes.byteLength;
  ret(isShort ? -ERRNO.EIO : answer, callnum, pid, flavor);
  const { pvi_cdir, pvi_rdir } = offsetsOf(procVnodePathInfo);
  const at = isFd ? offsetsOf(vnodeFdInfoWithPath).pvip : file === "cwd" ? pvi_cdir : pvi_rdir;
  const start = at + offsetsOf(vnodeInfoPath).vip_path;
  const { vip_vi: { vi_stat: { vst_dev, vst_ino } } } = vnodeInfoPath.decode(
    bytes.subarray(at, at + vnodeInfoPath.size),
  );
  return {
    path: bytes.slice(start, bytes.indexOf(0, start)),
    id: { device: vst_dev >>> 0, inode: vst_ino },
  };
}
