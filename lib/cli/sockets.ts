import { BPF_OPTION, type Command, ROOT_OPTION } from "./command.ts";
import { DESCRIPTOR_FIELDS, listOpen, OWNER_OPTIONS, printOpen } from "./descriptors.ts";
import { SOCKET_OPTIONS, socketFilterIn } from "./socket_filter.ts";
import { LIST_OPTIONS, shownOn } from "./table.ts";

/**
 * The minimum widths of the screen for some of the fields. They keep addresses from being
 * truncated.
 */
const LEAST = { fd: 120, peers: 120, user: 100, received: 80, sent: 80, command: 80 };

const SHOWN = [
  ...["pid", "fd", "command", "user", "protocol", "state", "received", "sent", "local", "remote"],
  "peers",
];

/** `libproc sockets`: lists the sockets of processes. */
export const command: Command = {
  usage: "[PID...]",
  description:
    `Lists the sockets of processes. Without PID, and without an option that selects processes, it lists those
of all processes. PEERS are the processes at the other end, with their descriptors, as far as this user may
inspect them. On Linux, the process is - if this user may not inspect it, or if the kernel itself has the
socket.

Fields: ${Object.keys(DESCRIPTOR_FIELDS).join(", ")}.`,
  options: {
    ...OWNER_OPTIONS,
    ...SOCKET_OPTIONS,
    ...LIST_OPTIONS,
    ...BPF_OPTION,
    ...ROOT_OPTION,
  },
  fields: Object.keys(DESCRIPTOR_FIELDS),
  example: "libproc sockets --tcp --established",
  run(call) {
    const isWanted = socketFilterIn(call);
    const hasFilter = Object.keys(SOCKET_OPTIONS).some((name) => call.options[name] !== undefined);
    const shown = shownOn(call, SHOWN, LEAST);
    const listing = listOpen(call, shown, true);
    const rows = listing.rows.filter(({ socket }) =>
      socket === undefined ? !hasFilter : isWanted(socket)
    );
    return printOpen(call, { ...listing, rows }, shown);
  },
};
