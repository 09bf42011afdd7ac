/** One call of a kernel, without the contents of its buffer. */
export interface KernelCall {
  /** The callnum: a `PROC_INFO_CALL_*` number. */
  readonly callnum: number;
  /** The process, or what the callnum takes in its place. */
  readonly pid: number;
  /** The flavor, or what the callnum takes in its place. */
  readonly flavor: number;
  /** The further argument. */
  readonly arg: bigint;
  /** The size of the buffer in bytes; null where there was none. */
  readonly size: number | null;
  /** `PIF_COMPARE_*`; only there in a call of `procInfoExtendedId()`. */
  readonly flags?: number;
  /** What was compared; only there in a call of `procInfoExtendedId()`. */
  readonly extId?: bigint;
}

/** Describes a call in the words of the code that makes it. */
export function describeCall(call: KernelCall): string {
  const { callnum, pid, flavor, arg, size, flags, extId } = call;
  const buffer = size === null ? "null" : `${size} bytes`;
  return flags === undefined
    ? `procInfo(${callnum}, ${pid}, ${flavor}, ${arg}n, ${buffer})`
    : `procInfoExtendedId(${callnum}, ${pid}, ${flavor}, ${flags}, ${extId}n, ${arg}n, ${buffer})`;
}
