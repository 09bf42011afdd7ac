/**
 * Compares the values that this library reports about the processes of `support/zoo.c` with
 * independent sources: a second parser of `/proc`, `ps`, `prlimit`, `lsof`, `ss` and Python's
 * psutil. It prints the number of values compared with each source, and every difference with its
 * reason. It exits with 1 if a difference has no reason.
 *
 *     bun tests/differential.ts --scale 2000
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { compareZoo } from "./support/differential.ts";

const { values } = parseArgs({ options: { scale: { type: "string", default: "2000" } } });
const scale = Number(values.scale);
if (!(scale > 0)) throw new RangeError(`--scale must be above 0: it is "${values.scale}"`);

const { processes, compared, differences, absent } = await compareZoo(scale);
let total = 0;
for (const [source, count] of compared) {
  console.log(`${source}: ${count} values`);
  total += count;
}
for (const source of absent) console.log(`${source}: not installed`);
for (const { source, where, ours, theirs, reason } of differences) {
  const values = `${JSON.stringify(ours)} here, ${JSON.stringify(theirs)} there`;
  console.log(`${source}: ${JSON.stringify(where)}: ${values}: ${reason ?? "unexplained"}`);
}
const unexplained = differences.filter(({ reason }) => reason === undefined).length;
console.log(
  `${total} values of ${processes} processes: ${differences.length} differ, ${unexplained} unexplained`,
);
process.exitCode = unexplained === 0 ? 0 : 1;
