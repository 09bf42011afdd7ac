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
    `Lists the ports that processes listen on: those of listening sockets, such as those of TCP, and those of
bound UDP and UDP-Lite sockets. PENDING is the number of connections that wait to be accepted, BACKLOG its
maximum. On Linux, the process is - if this user may not inspect it, or if the kernel itself has the port.
macOS does not list such ports.

Fields: ${Object.keys(FIELDS).join(", ")}. JSON also has address and port.`,
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
