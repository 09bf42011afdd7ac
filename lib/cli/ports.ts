import { type ListeningPort, listeningPorts } from "../process/ports.ts";
import { processes } from "../process/rows.ts";
import { atMost, BPF_OPTION, type Call, type Command, ROOT_OPTION } from "./command.ts";
import { place, warnOfDenied } from "./descriptors.ts";
import { type Fields, LIST_OPTIONS, printRows } from "./table.ts";

/** A port with the name of its process. */
type Row = ListeningPort & { readonly name: string | undefined };

const FIELDS: Fields<Row> = {
  protocol: { title: "PROTOCOL", value: ({ protocol }) => protocol },
  family: { title: "FAMILY", value: ({ family }) => family },
  address: { title: "ADDRESS", value: ({ address }) => address },
  port: { title: "PORT", value: ({ port }) => port, unit: "none" },
  local: { title: "LOCAL", value: ({ address, port }) => place(address, port) },
  dual: { title: "DUAL", value: ({ dualStack }) => dualStack },
  backlog: { title: "BACKLOG", value: ({ backlog }) => backlog, unit: "none" },
  pid: {
    title: "PID",
    value: ({ pid }) => pid,
    missing: ({ missing }) => missing.pid,
    unit: "none",
  },
  fd: { title: "FD", value: ({ fd }) => fd, missing: ({ missing }) => missing.pid, unit: "none" },
  holders: {
    title: "HOLDERS",
    value: ({ holders }) => holders.map(({ pid, fd }) => `${pid}/${fd}`),
  },
  name: { title: "NAME", value: ({ name }) => name, missing: ({ missing }) => missing.pid },
};

/** `libproc ports`: the ports that processes wait on. */
export const command: Command = {
  usage: "",
  description:
    `Lists the ports that processes wait on: sockets that listen, as those of TCP, and those of UDP and
UDP-Lite that are bound.
On Linux, - is the process of a port whose process this user may not inspect; macOS does not list it.

Fields: ${Object.keys(FIELDS).join(", ")}.`,
  options: { ...LIST_OPTIONS, ...BPF_OPTION, ...ROOT_OPTION },
  fields: Object.keys(FIELDS),
  example: "libproc ports --jsonl",
  run(call) {
    atMost(call, "ports", 0);
    const shown = ["protocol", "local", "pid", "name"];
    const rows = named(call, listeningPorts(call.from));
    return warnOfDenied(call, rows, printRows(call, rows, FIELDS, shown));
  },
};

function named(call: Call, ports: readonly ListeningPort[]): Row[] {
  const pids = ports.flatMap(({ pid }) => pid ?? []);
  const rows = processes({ ...call.from, fields: ["name"], pids });
  const names = new Map(rows.map(({ pid, name }) => [pid, name]));
  return ports.map((port) => ({ ...port, name: names.get(port.pid ?? NaN) }));
}
