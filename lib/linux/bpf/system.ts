import { SystemCallError } from "../../system/errors.ts";
import type { TableReader } from "../../system/table.ts";
import { readerOf } from "../proc/process.ts";
import type { World } from "../proc/world.ts";
import { openBpf } from "./bpf.ts";
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
}

/**
 * Loads the programs that read a machine.
 *
 * @throws {SystemCallError} They cannot be loaded; the message says what is missing.
 */
export function openBpfReaders(world: World): BpfReaders {
  const bpf = openBpf(world);
  try {
    const tasks = openTasks(bpf, readerOf(world));
    return {
      table: (plain) => bpfTable(world, tasks, plain),
      [Symbol.dispose]: () => bpf[Symbol.dispose](),
    };
  } catch (error) {
    bpf[Symbol.dispose]();
    throw error;
  }
}

/** The same, but undefined where they cannot be loaded. */
export function tryBpfReaders(world: World): BpfReaders | undefined {
  try {
    return openBpfReaders(world);
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}
