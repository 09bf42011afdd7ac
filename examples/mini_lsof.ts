/**
 * A small lsof: lists the descriptors of a process, by default its own: `mini_lsof.ts [PID]`.
 *
 * @module
 */
import process from "node:process";
import { openProcess } from "../mod.ts";

const target = openProcess(Number(process.argv[2] ?? process.pid));
const name = target.name();
console.log("COMMAND PID FD TYPE NAME");
for (const { fd, type, access, path, socket, pipe } of target.descriptors()) {
  const mode = access === undefined ? "" : access.read ? (access.write ? "u" : "r") : "w";
  const shown = socket !== undefined
    ? [socket.protocol ?? socket.family, socket.localAddress ?? socket.path, socket.localPort]
      .filter((part) => part !== undefined).join(":")
    : pipe !== undefined
    ? `pipe ${pipe.id}`
    : path ?? "";
  console.log(name, target.pid, `${fd}${mode}`, type, JSON.stringify(shown));
}
