/** A terminal driver, from a line of `/proc/tty/drivers`. */
export interface TtyDriver {
  /** The prefix of the paths of its devices, such as `/dev/ttyUSB`. */
  readonly prefix: string;
  /** The major device number, which identifies the driver. */
  readonly major: number;
  /** The minor device number of its first device. */
  readonly first: number;
  /** The minor device number of its last device. */
  readonly last: number;
}

/**
 * Parses `/proc/tty/drivers`. Each line has a name, a path, a major number and a range of minor
 * numbers.
 */
export function parseTtyDrivers(text: string): TtyDriver[] {
  const drivers: TtyDriver[] = [];
  for (const [, prefix = "", major, first, last] of text.matchAll(LINE)) {
    drivers.push({
      prefix,
      major: Number(major),
      first: Number(first),
      last: Number(last ?? first),
    });
  }
  return drivers;
}

const LINE = /^.*?\s(\/dev\/\S+)\s+(\d+)\s+(\d+)(?:-(\d+))?\s/gm;
