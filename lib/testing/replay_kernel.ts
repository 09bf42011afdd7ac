import { text } from "../system/arguments.ts";
import type { Kernel } from "../system/kernel.ts";
import { describeCall } from "./call.ts";
import { kernelOf } from "./kernel_of.ts";
import { type KernelRecord, parseRecording } from "./recording.ts";

/**
 * Creates a {@linkcode Kernel} that replays a recording: it returns the same results and writes the
 * same bytes.
 *
 * A call gets the result of the recorded call with the same arguments and the same size of the
 * buffer, or also without one. If there were several such calls, their results are replayed in
 * order, and the last one is then repeated. The content of the buffer before the call is ignored.
 *
 * @param recording The result of `toJsonLines()` of a `recordKernel()`. Several recordings can be
 * concatenated.
 * @returns A kernel that throws an `Error` for a call that was not recorded; the message names the
 * call.
 * @throws {SyntaxError} The recording is malformed; the message names the line.
 *
 * @example
 * ```ts
 * import { getPidsForPpid, systemOf } from "@libproc/libproc";
 * import { replayKernel } from "@libproc/libproc/testing";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const system = systemOf(replayKernel(`
 *   {"callnum":1,"pid":6,"flavor":1,"result":88}
 *   {"callnum":1,"pid":6,"flavor":1,"size":88,"result":8,"written":8,"bytes":"LAEAAMgA"}
 * `));
 * assertEquals(getPidsForPpid(1, { system }), [300, 200]);
 * assertThrows(() => getPidsForPpid(2, { system }), Error, "procInfo(1, 6, 2, 0n, null)");
 * ```
 */
export function replayKernel(recording: string): Kernel {
  const recorded = new Map<string, KernelRecord[]>();
  for (const record of parseRecording(text("recording", recording))) {
    const key = describeCall(record.call);
    const same = recorded.get(key);
    if (same === undefined) recorded.set(key, [record]);
    else same.push(record);
  }
  return kernelOf((call, buffer) => {
    const key = describeCall(call);
    const records = recorded.get(key);
    const record = records !== undefined && records.length > 1 ? records.shift() : records?.[0];
    if (record === undefined) {
      throw new Error(`Cannot replay ${key} as no such call was recorded`);
    }
    buffer?.set(record.written);
    return record.result;
  });
}
