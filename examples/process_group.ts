/**
 * Lists the members of a process group with AIX's kget_proc_info: `process_group.ts [PID]`.
 *
 * @module
 */
import process from "node:process";
import {
  GET_PROCENTRY64,
  getProcessGroupByMember,
  kgetProcInfo,
  procentry64,
  VALIDATE_PID,
} from "../lib/aix/mod.ts";

const pid = Number(process.argv[2] ?? process.pid);
if (kgetProcInfo(VALIDATE_PID, pid, null, null) !== 0) {
  console.log(`there is no process ${pid}`);
  process.exit(1);
}
for (const member of getProcessGroupByMember(pid)) {
  const bytes = new Uint8Array(procentry64.size);
  // The member may have ended since it was listed.
  if (kgetProcInfo(GET_PROCENTRY64, member, bytes, { value: bytes.length }) !== 0) continue;
  const { pi_pid, pi_ppid, pi_pgrp, pi_comm } = procentry64.decode(bytes);
  console.log(pi_pid, pi_ppid, pi_pgrp, JSON.stringify(pi_comm));
}
