import { type ListeningPort, listeningPorts } from "../process/ports.ts";
import { processes } from "../process/snapshot.ts";
import { atMost, type Call, type Command, ROOT_OPTION } from "./command.ts";
import { place } from "./descriptors.ts";
import { readFrom } from "./select.ts";
import { type Fields, LIST_OPTIONS, printRows } from "./table.ts";

/** A port with the name of its process. */
type Row = ListeningPort & { readonly name: string | undefined };

const FIELDS: Fields<Row> = {
  protocol: { title: "PROTOCOL", value: ({ protocol }) => protocol },
  family: { title: "FAMILY", value: ({ family }) => family },
  address: { title: "ADDRESS", value: ({ address }) => address },
  port: { title: "PORT", value: ({ port }) => port, right: true },
  local: { title: "LOCAL", value: ({ address, port }) => place(address, port) },
  dual: {
    title: "DUAL",
    value: ({ dualStack }) => dualStack,
    text: ({ dualStack }) => dualStack ? "yes" : "no",
  },
  backlog: { title: "BACKLOG", value: ({ backlog }) => backlog, right: true },
  pid: { title: "PID", value: ({ pid }) => pid, right: true },
  fd: { title: "FD", value: ({ fd }) => fd, right: true },
  holders: {
    title: "HOLDERS",
    value: ({ holders }) => holders.map(({ pid, fd }) => `${pid}/${fd}`),
  },
  name: { title: "NAME", value: ({ name }) => name },
};

/** `libproc ports`: the ports that processes wait on. */
export const command: Command = {
  usage: "",
  description:
    `Lists the ports that processes wait on: TCP sockets that listen, and UDP sockets that are bound.
Without privilege those of other users' processes are not seen.

Fields: ${Object.keys(FIELDS).join(", ")}.`,
  options: { ...LIST_OPTIONS, ...ROOT_OPTION },
  fields: Object.keys(FIELDS),
  example: "libproc ports --jsonl",
  run(call) {
    atMost(call, "ports", 0);
    const shown = ["protocol", "local", "pid", "name"];
    return printRows(call, named(call, listeningPorts(readFrom(call))), FIELDS, shown);
  },
};

function named(call: Call, ports: readonly ListeningPort[]): Row[] {
  const pids = [...new Set(ports.map(({ pid }) => pid))];
  const names = new Map<number, string>();
  for (const { pid, names: group } of processes({ groups: ["names"], pids, ...readFrom(call) })) {
    if (typeof group === "object") names.set(pid, group.name);
  }
  return ports.map((port) => ({ ...port, name: names.get(port.pid) }));
}
