import { procFile, type ProcFs } from "./proc_fs.ts";

const RELEASE = procFile("sys/kernel/osrelease");
const decoder = new TextDecoder();

/**
 * True if the kernel is a given version of Linux or a later one; false if the version is unknown.
 * This is for results that newer kernels report differently. A missing feature is detected by the
 * call that fails.
 */
export function isLinuxSince(fs: ProcFs, major: number, minor: number): boolean {
  const length = fs.readRoot(RELEASE);
  if (length < 0) return false;
  const text = decoder.decode(fs.text.subarray(0, length));
  const [first = 0, second = 0] = text.split(".").map(Number);
  return first > major || (first === major && second >= minor);
}
