import { procFile, type ProcFs } from "./proc_fs.ts";

const RELEASE = procFile("sys/kernel/osrelease");
const decoder = new TextDecoder();

/**
 * True if the kernel is Linux of a version or of a later one; false too where that is not known. It is for what
 * an answer that newer kernels give differently, and not for a feature that is missing, which a call shows.
 */
export function isLinuxSince(fs: ProcFs, major: number, minor: number): boolean {
  const length = fs.readRoot(RELEASE);
  if (length < 0) return false;
  const text = decoder.decode(fs.text.subarray(0, length));
  const [first = 0, second = 0] = text.split(".").map(Number);
  return first > major || (first === major && second >= minor);
}
