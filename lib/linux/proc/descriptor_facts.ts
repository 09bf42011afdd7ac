import type { DescriptorFacts, LockFact, WatchedFileId } from "../../system/facts.ts";
import { encodeDevice } from "../sys/statx.ts";

/** Parses the lines of `/proc/PID/fdinfo/FD` that only some kinds of files have. */
export function factsIn(text: string): DescriptorFacts {
  const count = /^eventfd-count: *([0-9a-f]+)$/m.exec(text)?.[1];
  const counter = /^eventfd-id: *(\d+)$/m.exec(text)?.[1];
  const pid = /^Pid:\s*(-?\d+)$/m.exec(text)?.[1];
  const signals = /^sigmask:\s*([0-9a-f]+)$/m.exec(text)?.[1];
  const timer = timerIn(text);
  const watchedFiles = watchedIn(text);
  const locks = locksIn(text);
  return {
    ...(count !== undefined && {
      eventCounter: {
        id: counter === undefined ? undefined : Number(counter),
        value: BigInt(`0x${count}`),
      },
    }),
    ...(pid !== undefined && { processId: Number(pid) }),
    ...(signals !== undefined && { signals: BigInt(`0x${signals}`) }),
    ...(timer !== undefined && { timer }),
    ...(watchedFiles.length > 0 && { watchedFiles }),
    ...(locks.length > 0 && { locks }),
  };
}

function timerIn(text: string): DescriptorFacts["timer"] {
  const [, clock, ticks] = /^clockid: (\d+)\nticks: (\d+)$/m.exec(text) ?? [];
  if (clock === undefined || ticks === undefined) return undefined;
  const time = (name: string) => {
    const [, seconds = 0, rest = 0] =
      new RegExp(`^${name}: \\((\\d+), (\\d+)\\)$`, "m").exec(text) ?? [];
    return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
  };
  return {
    clock: Number(clock),
    expirations: BigInt(ticks),
    remainingNs: time("it_value"),
    intervalNs: time("it_interval"),
  };
}

function watchedIn(text: string): WatchedFileId[] {
  const lines = text.matchAll(/^(?:inotify wd:|fanotify (?:ino|mnt_id|sdev):).*$/gm);
  return Array.from(lines, ([line]) => {
    const hex = (name: string) => new RegExp(` ${name}:([0-9a-f]+)`).exec(line)?.[1];
    const device = hex("sdev"), inode = hex("ino"), mountId = hex("mnt_id");
    // The kernel's own form of a device number has the minor number in its low 20 bits.
    const number = device === undefined ? undefined : parseInt(device, 16);
    return {
      device: number === undefined ? undefined : encodeDevice(number >>> 20, number & 0xfffff),
      inode: inode === undefined ? undefined : BigInt(`0x${inode}`),
      mountId: mountId === undefined ? undefined : parseInt(mountId, 16),
    };
  });
}

const LOCK_KINDS: Readonly<Record<string, LockFact["kind"]>> = {
  FLOCK: "flock",
  POSIX: "posix",
  OFDLCK: "openFile",
  LEASE: "lease",
  DELEG: "lease",
};

/** A lock as in `lock:	1: POSIX  ADVISORY  WRITE 359 fe:00:2262300 5 EOF`. */
const LOCK = /^lock:\s+\d+: (\w+) +\S+ +(\w+) +-?\d+ \S+ (\d+) (\d+|EOF)$/gm;

function locksIn(text: string): LockFact[] {
  return Array.from(text.matchAll(LOCK)).flatMap(([, kind = "", access, start = "", end = ""]) => {
    const known = LOCK_KINDS[kind];
    if (known === undefined) return [];
    return {
      kind: known,
      exclusive: access === "WRITE",
      start: BigInt(start),
      end: end === "EOF" ? undefined : BigInt(end),
    };
  });
}
