import { readdirSync, readlinkSync } from "node:fs";

/** The descriptors of this process, each with what it leads to. */
export function openFiles(): ReadonlySet<string> {
  return new Set(
    readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return `${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`;
      } catch {
        return []; // That of the directory.
      }
    }),
  );
}

/**
 * The descriptors of this process that were not open before. Their number proves less: the runtime
 * closes those of earlier children when it comes to that.
 */
export function openedSince(before: ReadonlySet<string>): string[] {
  return [...openFiles()].filter((file) => !before.has(file));
}
