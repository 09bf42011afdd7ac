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
 * Reads `/proc/loadavg` repeatedly through one descriptor. The file ends with the id that was
 * assigned last in the reader's pid namespace, so it is only read if that is the namespace of
 * `/proc`.
 */
export class LoadAverage {
  /** The id that was assigned last, to a process or to a thread. */
  newestPid = 0;
  /** The number of threads on the machine, in all namespaces. */
  threads = 0;
  readonly #world: World;
  readonly #line = new Uint8Array(new ArrayBuffer(LINE_SIZE));
  readonly #fields = new Float64Array(LOADAVG_COUNT);
  #fd = CLOSED;

  /** Creates a reader for a world. It opens nothing before the first read. */
  constructor(world: World) {
    this.#world = world;
  }

  /** Reads the file. Returns false and leaves the numbers unchanged if they are unavailable. */
  read(): boolean {
    const { libc } = this.#world;
    const isOwn = this.#fd === CLOSED;
    if (isOwn && !this.#open()) return false;
    const length = openKeptCalls(libc.more).pread(this.#fd, this.#line, LINE_ROOM);
    const fields = this.#fields;
    // An emulation of the kernel may report 0.
    if (!parseLoadavg(this.#line, length, fields) || fields[LOADAVG.newestPid] === 0) {
      // An older descriptor is not closed: the program may have closed it, and its number may refer
      // to another file.
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
    // In some containers, the file belongs to another file system and has a number of its own.
    if (fileSystemOf(libc, path) !== PROC_SUPER_MAGIC) return false;
    const fd = libc.open(path);
    this.#fd = fd < 0 ? CLOSED : fd;
    return fd >= 0;
  }

  /** Closes the descriptor. The next read opens it again. */
  close(): void {
    if (this.#fd !== CLOSED) this.#world.libc.close(this.#fd);
    this.#fd = CLOSED;
  }
}
