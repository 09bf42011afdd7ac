/**
 * Options that select sockets.
 *
 * @module
 */
import type { OpenSocket, TcpState } from "../process/sockets.ts";
import { portsOf } from "../process/sockets.ts";
import type { PortProtocol } from "../system/transports.ts";
import { type Call, number, type Options, text, UsageError } from "./command.ts";

/** The options for ports. */
export const PORT_OPTIONS: Options = {
  tcp: { type: "boolean", help: "only those of TCP" },
  udp: { type: "boolean", help: "only those of UDP and UDP-Lite" },
  port: { type: "string", word: "PORT", help: "only those with this port" },
};

/** The options for sockets of any kind. */
export const SOCKET_OPTIONS: Options = {
  ...PORT_OPTIONS,
  unix: { type: "boolean", help: "only those of the UNIX domain" },
  listening: { type: "boolean", help: "only those that listen for connections" },
  established: { type: "boolean", help: "only those that are connected" },
  state: {
    type: "string",
    word: "STATE,...",
    help: "only those in a TCP state, such as timeWait",
  },
};

/** Returns a test for the protocols that the options select. */
export function portFilterIn(call: Call): (protocol: PortProtocol | undefined) => boolean {
  const { tcp, udp, unix } = call.options;
  if (!tcp && !udp) return () => !unix;
  return (protocol) =>
    tcp === true && protocol === "tcp" ||
    udp === true && (protocol === "udp" || protocol === "udpLite");
}

/** Returns the port that the options select; undefined for all ports. */
export function portIn({ options }: Call): number | undefined {
  const word = text(options["port"]);
  return word === undefined ? undefined : number("--port", word.replace(/^:/, ""), () => 0);
}

/** Returns a test for the sockets that the options select. */
export function socketFilterIn(call: Call): (socket: OpenSocket) => boolean {
  const { options } = call;
  const isOfProtocol = portFilterIn(call), port = portIn(call);
  const states = text(options["state"])?.split(",").map(stateIn);
  return (socket) => {
    const { family, listening, connected, state, localPort, remotePort } = socket;
    return (isOfProtocol(portsOf(socket)) || options["unix"] === true && family === "unix") &&
      (port === undefined || localPort === port || remotePort === port) &&
      (options["listening"] !== true || listening) &&
      (options["established"] !== true ||
        (state === undefined ? connected : state === "established")) &&
      (states === undefined || state !== undefined && states.includes(state));
  };
}

const STATES: readonly TcpState[] = [
  ...["closed", "listen", "synSent", "synReceived", "established", "closeWait"] as const,
  ...["finWait1", "closing", "lastAck", "finWait2", "timeWait"] as const,
];

/** Parses a state, by its name here or as other programs write it: `TIME_WAIT`, `time-wait`. */
function stateIn(word: string): TcpState {
  const plain = word.replace(/[-_]/g, "").toLowerCase();
  const found = STATES.find((state) => state.toLowerCase() === plain);
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot use --state as it must be one of ${STATES.join(", ")}: current value is ${
      JSON.stringify(word)
    }`,
  );
}
