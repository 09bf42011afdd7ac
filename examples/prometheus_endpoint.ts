/**
 * Exports the processes of this machine to Prometheus: `prometheus_endpoint.ts PORT`.
 *
 * @module
 */
import { createServer } from "node:http";
import process from "node:process";
import { openSampler, tableRow } from "../mod.ts";

const sampler = openSampler({ fields: ["name", "cpuTimeNs", "residentBytes"] });

createServer((_, response) => {
  const times = ["# TYPE process_cpu_seconds_total counter"];
  const sizes = ["# TYPE process_resident_memory_bytes gauge"];
  const sample = sampler.sample();
  for (let row = 0; row < sample.count; row++) {
    // An unknown value is exported as NaN, not as 0.
    const { pid, name = "", cpuTimeNs = NaN, residentBytes = NaN } = tableRow(sample, row);
    const label = name.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n");
    times.push(`process_cpu_seconds_total{pid="${pid}",name="${label}"} ${cpuTimeNs / 1e9}`);
    sizes.push(`process_resident_memory_bytes{pid="${pid}",name="${label}"} ${residentBytes}`);
  }
  response.setHeader("content-type", "text/plain; version=0.0.4");
  response.end([...times, ...sizes, ""].join("\n"));
}).listen(Number(process.argv[2]), "127.0.0.1");
