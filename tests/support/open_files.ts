import { readdirSync, readlinkSync } from "node:fs";

/** Returns the descriptors of this process, each with the target of its link. */
export function openFiles(): ReadonlySet<string> {
  return new Set(
    readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return `${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`;
      } catch {
        return []; // The descriptor of the directory, which is closed again.
      }
    }),
  );
}

/**
 * Returns the descriptors of this process that were not open before. Their number would not be
 * enough to find a leak, because the runtime closes descriptors of earlier children at any time.
 */
export function openedSince(before: ReadonlySet<string>): string[] {
  return [...openFiles()].filter((file) => !before.has(file));
}
