import { type ListeningPort, listeningPorts } from "../process/ports.ts";
import { atMost, BPF_OPTION, type Command, ROOT_OPTION } from "./command.ts";
import { isChoosing, OWNER_OPTIONS, place, processesChosen, socketDenial } from "./descriptors.ts";
import type { Row } from "./select.ts";
import { PORT_OPTIONS, portFilterIn, portIn } from "./socket_filter.ts";
import { fieldNames, type Fields, LIST_OPTIONS, printRows, shownOn } from "./table.ts";

/** A port and the row of its process. */
type PortRow = ListeningPort & { readonly of: Row | undefined };

const FIELDS: Fields<PortRow> = {
  protocol: { title: "PROTOCOL", value: ({ protocol }) => protocol },
  family: { title: "FAMILY", value: ({ family }) => family },
  address: { title: "ADDRESS", value: ({ address }) => address },
  port: { title: "PORT", value: ({ port }) => port, unit: "none" },
  local: { title: "LOCAL", value: ({ address, port }) => place(address, port) },
  dual: { title: "DUAL", value: ({ dualStack }) => dualStack },
  pending: { title: "PENDING", value: (row) => row.pendingConnections, unit: "none" },
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
  user: {
    title: "USER",
    value: ({ of }) => of?.userName ?? of?.userId,
    missing: ({ missing }) => missing.pid,
  },
  name: { title: "NAME", value: ({ of }) => of?.name, missing: ({ missing }) => missing.pid },
};

const SHOWN = ["protocol", "local", "pending", "backlog", "pid", "user", "name"];

/** The minimum widths of the screen for some of the fields. */
const LEAST = { pending: 80, backlog: 80 };

/** `libproc ports`: lists the ports on which processes listen. */
export const command: Command = {
  usage: "",
  description:
    `Lists the ports that processes wait on: sockets that listen, as those of TCP, and those of UDP and
UDP-Lite that are bound. PENDING are the connections that wait to be accepted, BACKLOG how many may.
On Linux, - is the process of a port whose process this user may not inspect, and of one that the kernel
itself has; macOS does not list those.

Fields: ${Object.keys(FIELDS).join(", ")}. JSON has address and port, too.`,
  options: { ...OWNER_OPTIONS, ...PORT_OPTIONS, ...LIST_OPTIONS, ...BPF_OPTION, ...ROOT_OPTION },
  fields: Object.keys(FIELDS),
  example: "libproc ports --tcp --jsonl",
  run(call) {
    atMost(call, "ports", 0);
    const isJson = call.options["json"] === true || call.options["jsonl"] === true;
    const shown = isJson
      ? ["protocol", "address", "port", ...SHOWN.slice(1)]
      : shownOn(call, SHOWN, LEAST);
    const isOfProtocol = portFilterIn(call), wanted = portIn(call);
    const found = listeningPorts(call.from).filter(({ protocol, port }) =>
      isOfProtocol(protocol) && (wanted === undefined || wanted === port)
    );
    const pids = [...new Set(found.flatMap(({ pid }) => pid ?? []))];
    const names = fieldNames(call, FIELDS, shown);
    const rows = new Map(processesChosen(call, names, pids).map((row) => [row.pid, row]));
    const chosen = isChoosing(call) ? found.filter(({ pid }) => rows.has(pid ?? NaN)) : found;
    const ports = chosen.map((port): PortRow => ({ ...port, of: rows.get(port.pid ?? NaN) }));
    return printRows(call, ports, FIELDS, shown, { denial: socketDenial });
  },
};
