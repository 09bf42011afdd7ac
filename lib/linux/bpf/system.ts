import { SystemCallError } from "../../system/errors.ts";
import type { DescriptorScan, ListenerScan } from "../../system/facts.ts";
import type { TableReader } from "../../system/table.ts";
import type { LinuxDescriptors } from "../descriptors.ts";
import { readerOf } from "../proc/process.ts";
import type { World } from "../proc/world.ts";
import { type BpfIterator, openBpf } from "./bpf.ts";
import { BpfDescriptors } from "./descriptors.ts";
import { openFiles, openListeners } from "./files.ts";
import { BpfListeners } from "./listeners.ts";
import { bpfTable } from "./table.ts";
import { openTasks } from "./tasks.ts";

/** Makes the readers of a system that use BPF programs. Disposing of it unloads the programs. */
export interface BpfReaders extends Disposable {
  /**
   * Makes a reader of many processes.
   *
   * @param plain The reader of everything that the programs do not report.
   */
  table(plain: TableReader): TableReader;
  /**
   * Makes a reader of descriptors, which uses `plain` for everything that the program does not
   * report. Returns undefined if the kernel refuses the program and `plain` may read everything.
   *
   * @throws {SystemCallError} The kernel refuses the program, and `plain` may not read everything.
   */
  descriptors(plain: LinuxDescriptors): DescriptorScan | undefined;
  /** Makes a scan for listening sockets in the same way. */
  listeners(plain: ListenerScan): ListenerScan | undefined;
}

/**
 * Loads the program that reads processes. It loads the programs for descriptors and sockets when
 * they are first needed.
 *
 * @param mayRefuse True if the kernel may refuse the programs for descriptors and sockets. Then the
 * system reads these without BPF.
 * @throws {SystemCallError} The program cannot be loaded. The message states what is missing.
 */
export function openBpfReaders(world: World, mayRefuse = false): BpfReaders {
  const bpf = openBpf(world);
  try {
    const tasks = openTasks(bpf, readerOf(world));
    const times = loadedOnce(() => openTasks(bpf, readerOf(world), false), true);
    // Most callers need only one of these programs, or none.
    const files = loadedOnce(() => openFiles(bpf), mayRefuse);
    const sockets = loadedOnce(() => openListeners(bpf), mayRefuse);
    return {
      table: (plain) => bpfTable(world, { tasks, times }, plain),
      descriptors(plain) {
        const iterator = files();
        return iterator && new BpfDescriptors(world, iterator, plain);
      },
      listeners(plain) {
        const iterator = sockets();
        return iterator && new BpfListeners(iterator, plain);
      },
      [Symbol.dispose]: () => bpf[Symbol.dispose](),
    };
  } catch (error) {
    bpf[Symbol.dispose]();
    throw error;
  }
}

/**
 * Returns a function that loads a program when it is first called. If `mayRefuse` is true, it
 * returns undefined when the kernel refuses the program.
 */
function loadedOnce(load: () => BpfIterator, mayRefuse: boolean): () => BpfIterator | undefined {
  let loaded: BpfIterator | undefined | null = null;
  return () => loaded === null ? loaded = mayRefuse ? unlessRefused(load) : load() : loaded;
}

/** Loads the same programs, or returns undefined if they cannot be loaded. */
export function tryBpfReaders(world: World): BpfReaders | undefined {
  return unlessRefused(() => openBpfReaders(world, true));
}

function unlessRefused<T>(load: () => T): T | undefined {
  try {
    return load();
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}
