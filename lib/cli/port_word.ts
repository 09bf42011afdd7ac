import { PORT_PROTOCOLS, type PortProtocol } from "../system/transports.ts";

/** A port in the words of a command line. */
export interface PortWord {
  /** The port. */
  readonly port: number;
  /** Its protocol; undefined for any of the Internet. */
  readonly protocol: PortProtocol | undefined;
}

/** Reads `:3000` or `udp:53`; undefined if a word is not a port. */
export function portIn(word: string): PortWord | undefined {
  const [, name, digits] = /^(\w*):(\d+)$/.exec(word) ?? [];
  if (name === undefined) return undefined;
  const protocol = PORT_PROTOCOLS.find((one) => one.toLowerCase() === name.toLowerCase());
  return name === "" || protocol !== undefined ? { port: Number(digits), protocol } : undefined;
}
