/**
 * Measures listPids() in the runtime that this program runs in.
 *
 * Reads requests from standard input, `TYPE TYPEINFO MILLISECONDS` a line, where TYPE is a
 * `PROC_*_ONLY` number. To each it repeats that list for so long and answers with one line: the
 * nanoseconds of the shortest run, then the process ids that the last run listed. Ends when the
 * input does. list_pids.c does the same in C.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { listPids } from "../mod.ts";

function answer(type: number, typeinfo: number, milliseconds: number): string {
  let pids: Int32Array;
  let shortest = Infinity;
  let start = performance.now();
  const end = start + milliseconds;
  do {
    pids = listPids(type, typeinfo);
    const time = performance.now() - start;
    if (time < shortest) shortest = time;
    start = performance.now();
  } while (start < end);
  return `${Math.round(shortest * 1e6)} ${pids.join(" ")}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [type, typeinfo, milliseconds] = line.split(" ").map(Number);
  console.log(answer(type!, typeinfo!, milliseconds!));
}
