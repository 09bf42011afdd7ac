/**
 * The contract of `__proc_info()`, and of `KERN_PROC` of `sysctl()`, on macOS, in the form of
 * headers. It has every constant and every struct under its C name. Each struct has a layout that
 * converts bytes to an object and back.
 *
 * The contract is the same on x86-64 and arm64. A 64-bit member is a `bigint`, and text ends at its
 * first NUL. The comment of a member states its meaning and its unit.
 *
 * @example Write a struct and read it back
 * ```ts
 * import { PROC_PIDTBSDINFO, PROC_PIDTBSDINFO_SIZE, procBsdInfo } from "@libproc/libproc/abi";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new Uint8Array(PROC_PIDTBSDINFO_SIZE);
 * procBsdInfo.encode({ pbi_pid: 1, pbi_comm: "launchd" }, bytes);
 *
 * assertEquals(PROC_PIDTBSDINFO, 3);
 * assertEquals(procBsdInfo.decode(bytes).pbi_comm, "launchd");
 * ```
 *
 * @module
 */

export { type Block, block, blockOf } from "../layout/block.ts";
export type { Cursor, Union } from "../layout/cursor.ts";
export type { ByteOrder, Encodable, Field, Struct, Write } from "../layout/struct.ts";
export * from "./appletalk_info.ts";
export * from "./arch_info.ts";
export * from "./audit_token.ts";
export * from "./bsd_info.ts";
export * from "./callnum.ts";
export * from "./can_use_fg_hw.ts";
export * from "./channel_info.ts";
export * from "./coalition_info.ts";
export * from "./cpu_security.ts";
export * from "./dirty_control.ts";
export * from "./exit_reason.ts";
export * from "./extended_id.ts";
export * from "./fd_info.ts";
export * from "./file_info.ts";
export * from "./in_sockinfo.ts";
export * from "./ipc_table_info.ts";
export * from "./kinfo_proc.ts";
export * from "./kqueue_info.ts";
export * from "./list_coalitions.ts";
export * from "./list_pids.ts";
export * from "./list_pids_path.ts";
export * from "./pid_dyn_kqueue_info.ts";
export * from "./pid_fd_info.ts";
export * from "./pid_fileport_info.ts";
export * from "./pid_info.ts";
export * from "./pid_originator_info.ts";
export * from "./pid_rusage.ts";
export * from "./pipe_info.ts";
export * from "./psem_info.ts";
export * from "./pshm_info.ts";
export * from "./region_info.ts";
export * from "./rlimit_control.ts";
export * from "./rusage_info.ts";
export * from "./set_control.ts";
export * from "./socket_address.ts";
export * from "./socket_info.ts";
export * from "./structs.ts";
export * from "./task_info.ts";
export * from "./thread_counts.ts";
export * from "./thread_info.ts";
export * from "./udata_info.ts";
export * from "./un_sockinfo.ts";
export * from "./unique_id.ts";
export * from "./vm_rtfault_info.ts";
export * from "./vnode_info.ts";
export * from "./workqueue_info.ts";
