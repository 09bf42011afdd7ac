import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import {
  PROC_INFO_CALL_UDATA_INFO,
  PROC_UDATA_INFO_GET,
  PROC_UDATA_INFO_SET,
} from "../../lib/calls/mod.ts";
import { defaultSystem } from "../../lib/system/open.ts";

/** The input of the worker: the values to set in turn, and the number of repetitions. */
export interface Orders {
  readonly values: readonly bigint[];
  readonly rounds: number;
}

// Sets each value and reads it again. Posts the value before the first one, and all that were read.
const { values, rounds } = workerData as Orders;
const { kernel } = defaultSystem();
const bytes = new Uint8Array(8);
const view = new DataView(bytes.buffer);
const ask = (flavor: number) =>
  kernel.procInfo(PROC_INFO_CALL_UDATA_INFO, process.pid, flavor, 0n, bytes);
const errors = new Set<number>();
errors.add(ask(PROC_UDATA_INFO_GET));
const first = view.getBigUint64(0, true);
const seen = new Set<bigint>();
for (let round = 0; round < rounds; round++) {
  for (const value of values) {
    view.setBigUint64(0, value, true);
    errors.add(ask(PROC_UDATA_INFO_SET));
    bytes.fill(0xee);
    errors.add(ask(PROC_UDATA_INFO_GET));
    seen.add(view.getBigUint64(0, true));
  }
}
if (!parentPort) process.exit(1);
parentPort.postMessage({ first, seen: [...seen], errors: [...errors] });
