import type { ListenerScan } from "../../system/facts.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import type { BpfIterator } from "./bpf.ts";
import { LISTENER, listenerRecord } from "./files.ts";

const RECORD_WORDS = listenerRecord.size / Uint32Array.BYTES_PER_ELEMENT;
const RECORD_SHIFT = Math.log2(listenerRecord.size);

/**
 * Finds the descriptors of sockets that may be listening, with one run of a program for all
 * processes.
 */
export class BpfListeners implements ListenerScan {
  pids: Int32Array = new Int32Array(0);
  fds: Int32Array = new Int32Array(0);
  sockets: Uint32Array = new Uint32Array(0);
  readonly #iterator: BpfIterator;
  readonly #plain: ListenerScan;
  readonly #wanted = new Set<number>();

  /** @param plain The scan to fall back to if the program fails. */
  constructor(iterator: BpfIterator, plain: ListenerScan) {
    this.#iterator = iterator;
    this.#plain = plain;
  }

  add(pid: number): DarwinAnswer {
    this.#wanted.add(pid);
    return 0;
  }

  finish(): DarwinAnswer {
    const size = this.#iterator.run();
    if (size < 0) return this.#findPlainly();
    const { words } = this.#iterator;
    const most = size >> RECORD_SHIFT;
    this.pids = new Int32Array(most);
    this.fds = new Int32Array(most);
    this.sockets = new Uint32Array(most);
    const tasks = new Map<number, number>();
    let count = 0;
    for (let at = 0; at < most * RECORD_WORDS; at += RECORD_WORDS) {
      const pid = words[at + LISTENER.pid]!, task = words[at + LISTENER.task]!;
      if (!this.#wanted.has(pid)) continue;
      // Once the leader has ended, `/proc` shows only the descriptors of the next thread.
      const first = tasks.get(pid);
      if (first === undefined) tasks.set(pid, task);
      else if (first !== task) continue;
      this.pids[count] = pid;
      this.fds[count] = words[at + LISTENER.fd]!;
      this.sockets[count++] = words[at + LISTENER.inode]!;
    }
    return count;
  }

  #findPlainly(): DarwinAnswer {
    const plain = this.#plain;
    for (const pid of this.#wanted) plain.add(pid);
    const count = plain.finish();
    this.pids = plain.pids;
    this.fds = plain.fds;
    this.sockets = plain.sockets;
    return count;
  }
}
