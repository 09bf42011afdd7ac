/** Leaves out what is not known. */
export function known<T extends object>(found: { [N in keyof T]: T[N] | undefined }): T {
  // Object.fromEntries() takes several times as long.
  const left: Partial<T> = {};
  for (const name in found) {
    if (found[name] !== undefined) left[name] = found[name];
  }
  return left as T;
}

/** A count as a number; undefined for 0, where that may also mean that nobody counts. */
export function counted(count: bigint): number | undefined {
  return count === 0n ? undefined : Number(count);
}
