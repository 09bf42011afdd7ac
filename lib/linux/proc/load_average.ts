import { LOADAVG, LOADAVG_COUNT, parseLoadavg } from "../parse/loadavg.ts";
import { openKeptCalls } from "../sys/kept.ts";
import { fileSystemOf, PROC_SUPER_MAGIC } from "../sys/statfs.ts";
import { procFile } from "./proc_fs.ts";
import type { World } from "./world.ts";

const FILE = procFile("loadavg");
const LINE_SIZE = 128;
const LINE_ROOM = BigInt(LINE_SIZE);
const CLOSED = -1;

/**
 * Reads `/proc/loadavg` again and again through one descriptor. It ends in the id that was given out last in
 * the reader's process namespace, so it is read only where that is the namespace of `/proc`.
 */
export class LoadAverage {
  /** The id that was given out last, to a process or to a thread. */
  newestPid = 0;
  /** The number of threads on the machine, whatever namespaces they are in. */
  threads = 0;
  readonly #world: World;
  readonly #line = new Uint8Array(new ArrayBuffer(LINE_SIZE));
  readonly #fields = new Float64Array(LOADAVG_COUNT);
  #fd = CLOSED;

  /** Reads from a world; nothing is opened before the first read. */
  constructor(world: World) {
    this.#world = world;
  }

  /** Reads; returns false if nothing is known, and leaves the numbers as they were. */
  read(): boolean {
    const { libc } = this.#world;
    const isOwn = this.#fd === CLOSED;
    if (isOwn && !this.#open()) return false;
    const length = openKeptCalls(libc.more).pread(this.#fd, this.#line, LINE_ROOM);
    const fields = this.#fields;
    // An imitation of the kernel may show 0.
    if (!parseLoadavg(this.#line, length, fields) || fields[LOADAVG.newestPid] === 0) {
      // Later, its number may stand for another file: the program has closed it.
      if (isOwn) libc.close(this.#fd);
      this.#fd = CLOSED;
      return false;
    }
    this.newestPid = fields[LOADAVG.newestPid]!;
    this.threads = fields[LOADAVG.threads]!;
    return true;
  }

  #open(): boolean {
    const { fs, libc } = this.#world;
    if (!fs.local) return false;
    const path = fs.rootPath(FILE);
    // Some containers have a file of another file system in its place, with a number of its own.
    if (fileSystemOf(libc, path) !== PROC_SUPER_MAGIC) return false;
    const fd = libc.open(path);
    this.#fd = fd < 0 ? CLOSED : fd;
    return fd >= 0;
  }

  /** Closes what is open; the next read opens it again. */
  close(): void {
    if (this.#fd !== CLOSED) this.#world.libc.close(this.#fd);
    this.#fd = CLOSED;
  }
}
