/**
 * Measures `PROC_PIDREGIONPATHINFO` in the runtime that runs this program.
 *
 * Replies to requests as answers.ts describes, one line `PID MILLISECONDS` each. It reads all
 * regions of the process. The result is the number of regions and a digest of their structs.
 * regions.c does the same in C.
 *
 * @module
 */
import { offsetsOf } from "../lib/layout/offsets.ts";
import { ERRNO, openSystem } from "../mod.ts";
import {
  PROC_INFO_CALL_PIDINFO,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO_SIZE as SIZE,
  procRegionInfo,
} from "../lib/abi/mod.ts";
import { answerRequests, work } from "./answers.ts";

const { kernel } = openSystem();
const bytes = new Uint8Array(new ArrayBuffer(SIZE));
const view = new DataView(bytes.buffer);
const { pri_address, pri_size } = offsetsOf(procRegionInfo);

/** Reads all regions; returns their number. Adds each byte of their structs to a digest, if any. */
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

await answerRequests((id) => {
  const pid = Number(id);
  const digest = Uint32Array.of(2166136261);
  const count = walk(pid, digest);
  return work(() => walk(pid, null), () => [count, digest[0]!]);
});
