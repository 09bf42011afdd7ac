import { PORT_PROTOCOLS, type PortProtocol } from "../system/transports.ts";

/** A port that an argument names. */
export interface PortWord {
  /** The port number. */
  readonly port: number;
  /** Its protocol; undefined for all Internet protocols. */
  readonly protocol: PortProtocol | undefined;
}

/** Parses a port such as `:3000` or `udp:53`; undefined if the argument has another form. */
export function portIn(word: string): PortWord | undefined {
  const [, name, digits] = /^(\w*):(\d+)$/.exec(word) ?? [];
  if (name === undefined) return undefined;
  const protocol = PORT_PROTOCOLS.find((one) => one.toLowerCase() === name.toLowerCase());
  return name === "" || protocol !== undefined ? { port: Number(digits), protocol } : undefined;
}
