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

/** What a system reads by BPF programs, until it is disposed of. */
export interface BpfReaders extends Disposable {
  /**
   * Makes a reader of many processes.
   *
   * @param plain Reads what the programs do not report.
   */
  table(plain: TableReader): TableReader;
  /**
   * Makes a reader of descriptors, likewise; undefined if the kernel refuses its program and all may be read
   * in the plain way.
   *
   * @throws {SystemCallError} The kernel refuses it otherwise.
   */
  descriptors(plain: LinuxDescriptors): DescriptorScan | undefined;
  /** Makes a scan for sockets that listen, likewise. */
  listeners(plain: ListenerScan): ListenerScan | undefined;
}

/**
 * Loads the programs that read a machine: those for descriptors and sockets when they are first needed.
 *
 * @param mayRefuse Whether the kernel may refuse those: then the plain way is taken without them.
 * @throws {SystemCallError} They cannot be loaded; the message states what is missing.
 */
export function openBpfReaders(world: World, mayRefuse = false): BpfReaders {
  const bpf = openBpf(world);
  try {
    const tasks = openTasks(bpf, readerOf(world));
    const times = loadedOnce(() => openTasks(bpf, readerOf(world), false), true);
    // Most programs need only one of them, or none.
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

/** Loads a program when it is first needed; undefined if the kernel refuses it, and may do so. */
function loadedOnce(load: () => BpfIterator, mayRefuse: boolean): () => BpfIterator | undefined {
  let loaded: BpfIterator | undefined | null = null;
  return () => loaded === null ? loaded = mayRefuse ? unlessRefused(load) : load() : loaded;
}

/** The same, but undefined where they cannot be loaded. */
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
