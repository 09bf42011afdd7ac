import type { Libc } from "./libc.ts";
import { bytesOf } from "../parse/bytes.ts";
import { parseTtyDrivers, type TtyDriver } from "../parse/tty_drivers.ts";
import { deviceItIs, isCharacterDevice, MASK, statxBlock } from "./statx.ts";

const CONSOLE = "/dev/console";
const DRIVERS = bytesOf("/proc/tty/drivers\0");
const DRIVERS_SIZE = 16384;

const PTY_MAJOR = 136;
const PTY_MAJORS = 8;
const PTYS_OF_MAJOR = 256;
const TTY_MAJOR = 4;
const FIRST_SERIAL = 64;
const ALTERNATIVE_MAJOR = 5;
const CONSOLE_MINOR = 1;

const NODEV = 0xffffffff;

/**
 * Makes a function that finds the path of a terminal by its device number. It tries the possible
 * paths of that number, and only returns a path that leads to a terminal with the number.
 */
export function terminalFinder(libc: Libc): (device: number) => string | undefined {
  const { bytes, view } = statxBlock();

  function is(path: string, device: number): boolean {
    if (libc.statx(bytesOf(`${path}\0`), MASK.TYPE, bytes) < 0) return false;
    return isCharacterDevice(view) && deviceItIs(view) === device;
  }

  /** Returns the current drivers of the system, which change with its modules. */
  function drivers(): TtyDriver[] {
    const fd = libc.open(DRIVERS);
    if (fd < 0) return [];
    const text = new Uint8Array(new ArrayBuffer(DRIVERS_SIZE));
    const length = libc.read(fd, text, BigInt(DRIVERS_SIZE));
    libc.close(fd);
    return parseTtyDrivers(new TextDecoder().decode(text.subarray(0, Math.max(length, 0))));
  }

  return (device) => {
    if (device === 0 || device === NODEV) return undefined;
    const major = device >>> 8 & 0xfff;
    const minor = device & 0xff | device >>> 12 & 0xfff00;
    const usual = usualPath(major, minor);
    if (usual !== undefined && is(usual, device)) return usual;
    for (const driver of drivers()) {
      if (driver.major !== major || minor < driver.first || minor > driver.last) continue;
      const { prefix, first } = driver;
      for (const path of [`${prefix}${minor - first}`, `${prefix}${minor}`, prefix]) {
        if (is(path, device)) return path;
      }
    }
    // In a container, the console may be a terminal of the host that has no other name there.
    return is(CONSOLE, device) ? CONSOLE : undefined;
  };
}

/** Returns the path of a terminal that has a fixed device number, the same on every system. */
function usualPath(major: number, minor: number): string | undefined {
  if (major >= PTY_MAJOR && major < PTY_MAJOR + PTY_MAJORS) {
    return `/dev/pts/${(major - PTY_MAJOR) * PTYS_OF_MAJOR + minor}`;
  }
  if (major === TTY_MAJOR) {
    return minor < FIRST_SERIAL ? `/dev/tty${minor}` : `/dev/ttyS${minor - FIRST_SERIAL}`;
  }
  return major === ALTERNATIVE_MAJOR && minor === CONSOLE_MINOR ? CONSOLE : undefined;
}
