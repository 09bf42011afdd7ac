import { ERRNO } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import type { KernelCall } from "./call.ts";
import { kernelOf } from "./kernel_of.ts";

/**
 * What a scripted kernel answers: what the call returns, which is a negated errno for a failure, or
 * the bytes that it writes, or a function that gives one of the two and may write into the buffer.
 *
 * Bytes are written as far as the buffer reaches, and the call returns how many were written; where
 * there is no buffer, it returns how many there are.
 */
export type Answer =
  | number
  | Uint8Array
  | ((call: KernelCall, buffer: Uint8Array | null) => number | Uint8Array);

/** Which calls are meant. What is left out may be anything. */
export interface CallPattern {
  /** A `PROC_INFO_CALL_*` number. */
  readonly callnum?: number;
  /** The process, or what the callnum takes in its place. */
  readonly pid?: number;
  /** The flavor, or what the callnum takes in its place. */
  readonly flavor?: number;
  /** The further argument. */
  readonly arg?: bigint | number;
}

/** Which calls are meant, and how they are answered. */
export interface Rule extends CallPattern {
  /** The answer. */
  readonly answer: Answer;
  /**
   * What the call returns when it has written bytes, where that is not their number: 0 from
   * `PROC_INFO_CALL_PIDRUSAGE` and `PROC_PIDPATHINFO`, a count from some lists.
   */
  readonly returns?: number;
}

/** A kernel that gives the answers of a test, and records its calls. */
export interface ScriptedKernel extends Kernel {
  /** Every call so far, the failed ones too, the oldest first. */
  readonly calls: readonly KernelCall[];
  /**
   * Lets the `nth` call from now that matches fail, whatever its answer would be. Nothing is written
   * then. It may be called several times; each failure happens once.
   *
   * @param nth Which of the calls to come; 1 is the next.
   * @param errno A Darwin error number, as in `ERRNO.EPERM`.
   * @param of Which calls count; every call when left out.
   * @throws {RangeError} `nth` or `errno` is not an integer above 0.
   */
  fail(nth: number, errno: number, of?: CallPattern): void;
}

/**
 * Makes a {@linkcode Kernel} that answers by rules: a test gives it to what it tests.
 *
 * The first rule that matches a call answers it, through either entry point.
 *
 * @param script The rules, or one answer for every call.
 * @param otherwise The answer to a call that no rule matches; `ESRCH` when left out.
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

  /** Counts a call; the errno of a failure whose turn it is, else 0. */
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

/** Numbers of 32 bits are compared as such: -2 and 0xfffffffe are one uid. */
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
