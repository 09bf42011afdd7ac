/** One call of a kernel, without the contents of its buffer. */
export interface KernelCall {
  /** The callnum: a `PROC_INFO_CALL_*` number. */
  readonly callnum: number;
  /** The process, or the argument that the callnum takes instead. */
  readonly pid: number;
  /** The flavor, or the argument that the callnum takes instead. */
  readonly flavor: number;
  /** The further argument. */
  readonly arg: bigint;
  /** The size of the buffer in bytes; null if there is none. */
  readonly size: number | null;
  /** `PIF_COMPARE_*`; absent unless this is a call of `procInfoExtendedId()`. */
  readonly flags?: number;
  /** The id to compare with; absent unless this is a call of `procInfoExtendedId()`. */
  readonly extId?: bigint;
}

/** Formats a call as the code that makes it. */
export function describeCall(call: KernelCall): string {
  const { callnum, pid, flavor, arg, size, flags, extId } = call;
  const buffer = size === null ? "null" : `${size} bytes`;
  return flags === undefined
    ? `procInfo(${callnum}, ${pid}, ${flavor}, ${arg}n, ${buffer})`
    : `procInfoExtendedId(${callnum}, ${pid}, ${flavor}, ${flags}, ${extId}n, ${arg}n, ${buffer})`;
}
