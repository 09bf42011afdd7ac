import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import type { Libc } from "../../lib/linux/sys/libc.ts";
import { hostLibc } from "./libc.ts";
import { linuxSystem } from "../../lib/linux/system.ts";
import type { System } from "../../lib/system/system.ts";

/** What becomes of a call; what is left out stays as it is. */
export interface LibcChange {
  /** The Linux errno with which it fails. */
  readonly errno?: number;
  /** The processes, by the ids in whose place their files are read. */
  readonly inPlaceOf?: Readonly<Record<number, number>>;
}

/** Linux through a C library whose calls can be changed. */
export interface ChangedLinux {
  readonly system: System;
  /** How many calls were made since this was last set to 0. */
  count: number;
  /** The calls since this was last emptied, as in `open /proc/1/stat`; without those of a descriptor. */
  readonly asked: string[];
  /** What becomes of the call with a number, from 1. */
  change: (nth: number) => LibcChange | undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** This host, queried through calls that can be changed: those that read files and folders. */
export function changedLinux(): ChangedLinux {
  const real = hostLibc();

  function asking<A extends unknown[]>(
    call: (...args: A) => number,
    name: string,
  ): (...args: A) => number {
    return (...args) => {
      const [asked] = args;
      if (asked instanceof Uint8Array) {
        changed.asked.push(`${name} ${decoder.decode(asked.subarray(0, asked.indexOf(0)))}`);
      }
      const made = changed.change(++changed.count);
      if (made?.errno !== undefined) return -made.errno;
      const [path] = args;
      if (made?.inPlaceOf === undefined || !(path instanceof Uint8Array)) return call(...args);
      return call(...[instead(path, made.inPlaceOf), ...args.slice(1)] as unknown as A);
    };
  }

  function instead(path: Uint8Array, pids: Readonly<Record<number, number>>): Uint8Array {
    const text = decoder.decode(path.subarray(0, path.indexOf(0)));
    const [, pid, rest] = /^\/proc\/(\d+)(.*)$/s.exec(text) ?? [];
    const other = pid === undefined ? undefined : pids[Number(pid)];
    return other === undefined ? path : encoder.encode(`/proc/${other}${rest}\0`);
  }

  const libc: Libc = {
    ...real,
    open: asking(real.open, "open"),
    read: asking(real.read, "read"),
    readlink: asking(real.readlink, "readlink"),
    statx: asking(real.statx, "statx"),
    getdents64: asking(real.getdents64, "getdents64"),
  };
  const changed: { -readonly [N in keyof ChangedLinux]: ChangedLinux[N] } = {
    system: undefined as unknown as System,
    count: 0,
    asked: [],
    change: () => undefined,
  };
  changed.system = linuxSystem({ fs: procFs(libc), libc });
  return changed;
}
