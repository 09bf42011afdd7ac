/**
 * Serves the processes of this machine to Prometheus, with the server that the runtime has:
 * `prometheus_endpoint.ts PORT`. Without a port it asks itself once and ends.
 *
 * @module
 */
import { createServer } from "node:http";
import process from "node:process";
import { processes } from "../mod.ts";

/** The processes in the text format of Prometheus. */
function metrics(): string {
  const rows = processes({ groups: ["names", "cpu", "memory"] });
  const lines = [
    "# HELP process_cpu_seconds_total Time on processors.",
    "# TYPE process_cpu_seconds_total counter",
  ];
  const label = (pid: number, name: string) =>
    `{pid="${pid}",name="${
      name.replaceAll(/[\\"\n]/g, (char) => char === "\n" ? "\\n" : `\\${char}`)
    }"}`;
  for (const { pid, names, cpu } of rows) {
    if (typeof names === "string" || typeof cpu === "string") continue; // unknown is no 0
    lines.push(`process_cpu_seconds_total${label(pid, names.name)} ${cpu.cpuTimeNs / 1e9}`);
  }
  lines.push(
    "# HELP process_resident_memory_bytes Resident memory.",
    "# TYPE process_resident_memory_bytes gauge",
  );
  for (const { pid, names, memory } of rows) {
    if (typeof names === "string" || typeof memory === "string") continue;
    lines.push(`process_resident_memory_bytes${label(pid, names.name)} ${memory.residentBytes}`);
  }
  return `${lines.join("\n")}\n`;
}

const TYPE = { "content-type": "text/plain; version=0.0.4" };

/** What is used of the servers of two runtimes. */
interface Runtimes {
  readonly Deno?: {
    serve(
      options: { port: number; hostname: string; onListen(at: { port: number }): void },
      handler: () => Response,
    ): { shutdown(): Promise<void> };
  };
  readonly Bun?: {
    serve(options: { port: number; hostname: string; fetch: () => Response }): {
      readonly port: number;
      stop(): void;
    };
  };
}

const hostname = "127.0.0.1";
const answer = () => new Response(metrics(), { headers: TYPE });

/** Starts to serve; calls back with the port, and with how to end it. */
function serve(port: number, ready: (port: number, stop: () => void) => void): void {
  const { Deno, Bun } = globalThis as Runtimes;
  if (Deno !== undefined) {
    const onListen = (at: { port: number }) => ready(at.port, () => void server.shutdown());
    const server = Deno.serve({
      port,
      hostname,
      onListen: (at) => queueMicrotask(() => onListen(at)),
    }, answer);
  } else if (Bun !== undefined) {
    const server = Bun.serve({ port, hostname, fetch: answer });
    ready(server.port, () => server.stop());
  } else {
    const server = createServer((_, response) => response.writeHead(200, TYPE).end(metrics()));
    server.listen(port, hostname, () => {
      ready((server.address() as { port: number }).port, () => server.close());
    });
  }
}

const wanted = Number(process.argv[2] ?? 0);
serve(wanted, async (port, stop) => {
  console.log(`http://${hostname}:${port}/metrics`);
  if (wanted > 0) return;
  const text = await (await fetch(`http://${hostname}:${port}/metrics`)).text();
  console.log(text.split("\n").filter((line) => !line.startsWith("#")).length - 1, "samples");
  stop();
});
