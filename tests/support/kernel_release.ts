import { release } from "node:os";
import process from "node:process";

/** Returns true on a version of Linux or a later one. */
export function isLinuxSince(major: number, minor: number): boolean {
  if (process.platform !== "linux") return false;
  const [, first = 0, second = 0] = /^(\d+)\.(\d+)/.exec(release())?.map(Number) ?? [];
  return first > major || (first === major && second >= minor);
}
