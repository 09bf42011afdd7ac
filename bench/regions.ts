/**
 * Measures `PROC_PIDREGIONPATHINFO` in the runtime that this program runs in.
 *
 * Reads requests from standard input, `PID MILLISECONDS` a line. To each it repeats the walk over all
 * regions of that process for so long and answers with one line: the nanoseconds of the shortest
 * walk, the number of regions, and a digest of all answers. Ends when the input does. regions.c does
 * the same in C.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { offsetsOf } from "../lib/layout/offsets.ts";
import { ERRNO, openSystem } from "../mod.ts";
import {
  PROC_INFO_CALL_PIDINFO,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO_SIZE as SIZE,
  procRegionInfo,
} from "../lib/abi/mod.ts";

const { kernel } = openSystem();
const bytes = new Uint8Array(new ArrayBuffer(SIZE));
const view = new DataView(bytes.buffer);
const { pri_address, pri_size } = offsetsOf(procRegionInfo);

/** Walks over all regions; returns how many. Each byte of the answers goes into the digest, if any. */
function walk(pid: number, digest: Uint32Array | null): number {
  let count = 0;
  for (let address = 0n;; count++) {
    const written = kernel.procInfo(
      PROC_INFO_CALL_PIDINFO,
      pid,
      PROC_PIDREGIONPATHINFO,
      address,
      bytes,
    );
    if (written === -ERRNO.EINVAL) return count;
    if (written !== SIZE) throw new Error(`Cannot walk: the answer is ${written}`);
    address = view.getBigUint64(pri_address, true) + view.getBigUint64(pri_size, true);
    if (digest === null) continue;
    for (const byte of bytes) digest[0] = Math.imul(digest[0]! ^ byte, 16777619);
  }
}

function answer(pid: number, milliseconds: number): string {
  const digest = Uint32Array.of(2166136261);
  const count = walk(pid, digest);
  let shortest = Infinity;
  let start = performance.now();
  const end = start + milliseconds;
  while (start < end) {
    walk(pid, null);
    const time = performance.now() - start;
    if (time < shortest) shortest = time;
    start = performance.now();
  }
  return `${Number.isFinite(shortest) ? Math.round(shortest * 1e6) : 0} ${count} ${digest[0]}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [pid, milliseconds] = line.split(" ").map(Number);
  console.log(answer(pid!, milliseconds!));
}
