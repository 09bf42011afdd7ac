import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import type { Libc } from "../../lib/linux/sys/libc.ts";
import { hostLibc } from "./libc.ts";
import { linuxSystem } from "../../lib/linux/system.ts";
import type { System } from "../../lib/system/system.ts";

/** A change of one call of the C library. */
export interface LibcChange {
  /** The Linux errno with which it fails. Default: the call is made. */
  readonly errno?: number;
  /** Pids that replace the pid in a path below `/proc`, by the pid that they replace. */
  readonly inPlaceOf?: Readonly<Record<number, number>>;
}

/** This host, queried through a C library whose calls can be changed. */
export interface ChangedLinux {
  readonly system: System;
  /** The number of calls since this was last set to 0. */
  count: number;
  /** The calls with a path since this was last emptied, such as `open /proc/1/stat`. */
  readonly asked: string[];
  /** Returns the change of the nth call, counted from 1; undefined to leave it unchanged. */
  change: (nth: number) => LibcChange | undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Opens this host such that the calls that read files and folders can be changed. */
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
