/**
 * Kernels for tests: one with scripted results, one that records the results of a real kernel, and
 * one that replays such a recording on any system.
 *
 * `systemOf()` creates a system from such a kernel, and every function of this package takes a
 * system among its options. So a test needs no real process, no privilege and no Mac.
 *
 * @example Test how a program handles a process of another user
 * ```ts
 * import { AccessDeniedError, ERRNO, openProcess, systemOf } from "@libproc/libproc";
 * import { PROC_INFO_CALL_PIDINFO } from "@libproc/libproc/calls";
 * import { scriptedKernel } from "@libproc/libproc/testing";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const kernel = scriptedKernel([
 *   { callnum: PROC_INFO_CALL_PIDINFO, pid: 501, answer: -ERRNO.EPERM },
 * ]);
 *
 * const open = () => openProcess(501, { system: systemOf(kernel) });
 * assertThrows(open, AccessDeniedError);
 * assertEquals(kernel.calls.every(({ pid }) => pid === 501), true);
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
