/** Prints the counters of a process for each line of input, which contains a way and a pid. */
import process from "node:process";
import { createInterface } from "node:readline";
import { WAYS } from "./counters.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const [way = "", pid] = line.split(" ");
  console.log(JSON.stringify(WAYS[way]!(Number(pid))));
}
