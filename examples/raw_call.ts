/**
 * Makes the system call itself, with a buffer of the caller: `raw_call.ts [PID]`.
 *
 * @module
 */
import process from "node:process";
import {
  PROC_INFO_CALL_PIDINFO,
  PROC_PIDT_SHORTBSDINFO,
  procBsdShortInfo,
  procInfo,
  ProcInfoError,
} from "../lib/calls/mod.ts";

const pid = Number(process.argv[2] ?? process.pid);
const buffer = new Uint8Array(procBsdShortInfo.size);
try {
  const written = procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDT_SHORTBSDINFO, 0n, buffer);
  const { pbsi_pid, pbsi_ppid, pbsi_comm } = procBsdShortInfo.decode(buffer);
  console.log(written, "bytes:", pbsi_pid, pbsi_ppid, JSON.stringify(pbsi_comm));
} catch (error) {
  if (!(error instanceof ProcInfoError)) throw error;
  console.log(error.code); // ESRCH, EPERM
}
