import { openBpfReaders } from "../../lib/linux/bpf/system.ts";
import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import type { Libc } from "../../lib/linux/sys/libc.ts";
import { hostLibc } from "./libc.ts";
import { linuxSystem } from "../../lib/linux/system.ts";
import type { System } from "../../lib/system/system.ts";

/** The call of the C library that fails: the one that decrements `left` to 0 fails with `errno`. */
export interface FailingState {
  left: number;
  errno: number;
  /** The number of calls. */
  made: number;
  /** The names of the functions that were called. */
  readonly names: Set<string>;
}

const NEVER_REFUSED: ReadonlySet<string> = new Set(["close", "sigprocmask"]);

/**
 * Opens this host such that any call of the C library can be made to fail. Calls are counted.
 *
 * @param bpf True to read with BPF programs; `"auto"` to allow the kernel to refuse programs that
 * are loaded later.
 */
export function failingSystem(
  bpf: boolean | "auto" = false,
): { readonly state: FailingState; readonly system: System } {
  const state: FailingState = { left: 0, errno: 0, made: 0, names: new Set<string>() };
  let failed = false;
  const wrapped = <T extends object>(calls: T): T =>
    Object.fromEntries(
      Object.entries(calls).map(([name, call]) => [name, (...args: readonly unknown[]) => {
        state.made++;
        state.names.add(name);
        // The system never refuses these calls. A failure would leak a descriptor, or leave signals
        // blocked, so that the test runner would hang.
        if (--state.left === 0 && !NEVER_REFUSED.has(name)) {
          failed = true;
          return -1;
        }
        return call(...args);
      }]),
    ) as T;
  const real = hostLibc();
  /** Wraps a call that returns the negated errno itself. */
  const direct = <A extends unknown[]>(name: string, call: (...args: A) => number) => {
    const [made] = Object.values(wrapped({ [name]: call }));
    return (...args: A) => {
      const answer = made!(...args);
      if (!failed) return answer;
      failed = false;
      return -state.errno;
    };
  };
  const libc: Libc = {
    ...real,
    open: direct("open", real.open),
    read: direct("read", real.read),
    readlink: direct("readlink", real.readlink),
    getdents64: direct("getdents64", real.getdents64),
    more: {
      ...real.more,
      library: {
        bind: (table) => wrapped(real.more.library.bind(table)),
        tryBind(table) {
          const calls = real.more.library.tryBind(table);
          return calls && wrapped(calls);
        },
      },
      memmove(to, from, size) {
        if (!failed) return real.more.memmove(to, from, size);
        failed = false;
        (to as Int32Array)[0] = state.errno;
        return null;
      },
    },
  };
  const world = { fs: procFs(libc), libc };
  return {
    state,
    system: linuxSystem(world, bpf ? openBpfReaders(world, bpf === "auto") : undefined),
  };
}
