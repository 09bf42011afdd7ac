/** A driver of terminals, a line of `/proc/tty/drivers`. */
export interface TtyDriver {
  /** What the paths of its devices begin with, as in `/dev/ttyUSB`. */
  readonly prefix: string;
  /** The part of the device number that names the driver. */
  readonly major: number;
  /** The first of its devices. */
  readonly first: number;
  /** The last of its devices. */
  readonly last: number;
}

/** Reads `/proc/tty/drivers`, whose lines are a name, a path, a major number and a range of minors. */
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
