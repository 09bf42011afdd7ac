/** Returns the members that are not undefined. */
export function known<T extends object>(found: { [N in keyof T]: T[N] | undefined }): T {
  // Object.fromEntries() takes several times as long.
  const left: Partial<T> = {};
  for (const name in found) {
    if (found[name] !== undefined) left[name] = found[name];
  }
  return left as T;
}
