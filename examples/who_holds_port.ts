/**
 * Who holds a port: `who_holds_port.ts PORT`.
 *
 * Without a port it opens one itself, to find itself.
 *
 * @module
 */
import { createServer } from "node:net";
import process from "node:process";
import { openProcess, whoHas } from "../mod.ts";

function tell(port: number): void {
  const holders = whoHas({ port });
  if (holders.length === 0) console.log(`nobody that I may look at holds port ${port}`);
  for (const { pid, descriptors } of holders) {
    const { arguments: command } = openProcess(pid).arguments();
    for (const { fd, socket } of descriptors) {
      const { localAddress, localPort, state } = socket!;
      console.log(`${pid} ${command.join(" ")}: fd ${fd}, ${localAddress}:${localPort} ${state}`);
    }
  }
}

const port = Number(process.argv[2] ?? 0);
if (port > 0) tell(port);
else {
  const server = createServer().listen(0, "127.0.0.1", () => {
    tell((server.address() as { port: number }).port);
    server.close();
  });
}
