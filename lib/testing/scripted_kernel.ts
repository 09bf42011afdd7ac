import { ERRNO } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import type { KernelCall } from "./call.ts";
import { kernelOf } from "./kernel_of.ts";

/**
 * The answer of a scripted kernel: the number that the call returns, which is a negated errno for a
 * failure, or the bytes that it writes, or a function that returns either. The function may also
 * write into the buffer.
 *
 * Bytes are written as far as they fit into the buffer. The call then returns the number of written
 * bytes, or without a buffer the number of all bytes.
 */
export type Answer =
  | number
  | Uint8Array
  | ((call: KernelCall, buffer: Uint8Array | null) => number | Uint8Array);

/** A pattern that matches calls. Members that are absent match any value. */
export interface CallPattern {
  /** A `PROC_INFO_CALL_*` number. */
  readonly callnum?: number;
  /** The process, or the argument that the callnum takes instead. */
  readonly pid?: number;
  /** The flavor, or the argument that the callnum takes instead. */
  readonly flavor?: number;
  /** The further argument. */
  readonly arg?: bigint | number;
}

/** A pattern of calls and the answer to them. */
export interface Rule extends CallPattern {
  /** The answer. */
  readonly answer: Answer;
  /**
   * The result of a call that writes bytes. `PROC_INFO_CALL_PIDRUSAGE` and `PROC_PIDPATHINFO`
   * return 0, some lists a count. Default: the number of written bytes.
   */
  readonly returns?: number;
}

/** A kernel that answers by the rules of a test and records its calls. */
export interface ScriptedKernel extends Kernel {
  /** All calls so far, including failed ones, the oldest first. */
  readonly calls: readonly KernelCall[];
  /**
   * Makes the `nth` matching call from now fail, whatever its answer is. That call writes nothing.
   * Each failure happens once; several can be pending.
   *
   * @param nth The number of the call to fail; 1 is the next.
   * @param errno A Darwin error number, such as `ERRNO.EPERM`.
   * @param of The calls that count. Default: every call.
   * @throws {RangeError} `nth` or `errno` is not an integer above 0.
   */
  fail(nth: number, errno: number, of?: CallPattern): void;
}

/**
 * Creates a {@linkcode Kernel} that answers by rules, for the tests of code that uses a kernel.
 *
 * The first rule that matches a call answers it, whichever of the two functions is called.
 *
 * @param script The rules, or one answer for every call.
 * @param otherwise The answer to a call that no rule matches. Default: `ESRCH`.
 *
 * @example
 * ```ts
 * import { ERRNO, getAllPids, systemOf } from "@libproc/libproc";
 * import { PROC_INFO_CALL_LISTPIDS } from "@libproc/libproc/calls";
 * import { scriptedKernel } from "@libproc/libproc/testing";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const pids = new Uint8Array(Int32Array.of(812, 1, 0).buffer);
 * const kernel = scriptedKernel([{ callnum: PROC_INFO_CALL_LISTPIDS, answer: pids }]);
 * const system = systemOf(kernel);
 * assertEquals(getAllPids({ system }), [812, 1, 0]);
 * assertEquals(kernel.calls.map(({ size }) => size), [null, 12, 24]);
 *
 * kernel.fail(2, ERRNO.EPERM);
 * assertThrows(() => getAllPids({ system }), Error, "EPERM");
 * ```
 */
export function scriptedKernel(
  script: Answer | readonly Rule[],
  otherwise: Answer = -ERRNO.ESRCH,
): ScriptedKernel {
  const rules: readonly Rule[] = isRules(script) ? script : [{ answer: script }];
  const calls: KernelCall[] = [];
  const failures: { left: number; errno: number; of: CallPattern }[] = [];

  /** Counts a call. Returns the errno of the failure that is due, or 0. */
  function failureOf(call: KernelCall): number {
    let errno = 0;
    for (const failure of failures) {
      if (failure.left > 0 && matches(failure.of, call) && --failure.left === 0) {
        errno ||= failure.errno;
      }
    }
    return errno;
  }

  const kernel = kernelOf((call, buffer) => {
    calls.push(call);
    const errno = failureOf(call);
    if (errno !== 0) return -errno;
    const { answer, returns } = rules.find((rule) => matches(rule, call)) ?? { answer: otherwise };
    const given = typeof answer === "function" ? answer(call, buffer) : answer;
    if (typeof given === "number") return given;
    const written = writeBytes(given, buffer);
    return returns ?? written;
  });
  return {
    ...kernel,
    calls,
    fail(nth, errno, of = {}) {
      failures.push({ left: positive("nth", nth), errno: positive("errno", errno), of });
    },
  };
}

function isRules(script: Answer | readonly Rule[]): script is readonly Rule[] {
  return Array.isArray(script);
}

/** Compares numbers as 32 bits: -2 and 0xfffffffe are the same uid. */
function matches(pattern: CallPattern, call: KernelCall): boolean {
  const { callnum, pid, flavor, arg } = pattern;
  return (callnum === undefined || (callnum | 0) === (call.callnum | 0)) &&
    (pid === undefined || (pid | 0) === (call.pid | 0)) &&
    (flavor === undefined || (flavor | 0) === (call.flavor | 0)) &&
    (arg === undefined || BigInt(arg) === call.arg);
}

function writeBytes(bytes: Uint8Array, buffer: Uint8Array | null): number {
  if (buffer === null) return bytes.byteLength;
  const room = Math.min(bytes.byteLength, buffer.byteLength);
  buffer.set(bytes.subarray(0, room));
  return room;
}

function positive(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(
    `Cannot pass ${name} as it must be an integer above 0: current value is ${value}`,
  );
}
