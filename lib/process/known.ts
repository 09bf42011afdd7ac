/** Leaves out what is not known. */
export function known<T extends object>(found: { [N in keyof T]: T[N] | undefined }): T {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as T;
}

/** A count as a number; undefined for 0, where that may also mean that nobody counts. */
export function counted(count: bigint): number | undefined {
  return count === 0n ? undefined : Number(count);
}
