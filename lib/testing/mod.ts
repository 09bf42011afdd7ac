/**
 * Kernels for tests: one that answers what a test says, one that records what a real kernel answers,
 * and one that replays such a recording on any system.
 *
 * Every function of this package that asks the kernel takes one as its last argument, so what is
 * tested needs no process to look at, no privilege and no Mac.
 *
 * @example Test what a program does where a process is another user's
 * ```ts
 * import { ERRNO, PROC_INFO_CALL_PIDINFO, procInfo } from "@libproc/libproc";
 * import { scriptedKernel } from "@libproc/libproc/testing";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const kernel = scriptedKernel([
 *   { callnum: PROC_INFO_CALL_PIDINFO, pid: 501, answer: -ERRNO.EPERM },
 * ]);
 *
 * const ask = () => procInfo(PROC_INFO_CALL_PIDINFO, 501, 3, 0n, new Uint8Array(136), 136, kernel);
 * assertThrows(ask, Error, "EPERM");
 * assertEquals(kernel.calls.length, 1);
 * ```
 *
 * @module
 */
export type { Kernel } from "../system/kernel.ts";
export type { KernelCall } from "./call.ts";
export { type RecordingKernel, recordKernel } from "./record_kernel.ts";
export type { KernelRecord } from "./recording.ts";
export { replayKernel } from "./replay_kernel.ts";
export {
  type Answer,
  type CallPattern,
  type Rule,
  type ScriptedKernel,
  scriptedKernel,
} from "./scripted_kernel.ts";
