import { ERRNO, SystemCallError } from "../../system/errors.ts";
import { bytesOf } from "../parse/bytes.ts";
import { parseLinkInode } from "../parse/fd_link.ts";
import { procFile } from "../proc/proc_fs.ts";
import type { World } from "../proc/world.ts";
import { type BpfCalls, openBpfCalls } from "../sys/bpf.ts";
import { openClock, SC_PAGESIZE } from "../sys/clock.ts";
import { converted, type DarwinAnswer, type LinuxAnswer, toDarwin } from "../sys/errno.ts";
import { type Btf, lacking, parseBtf } from "./btf.ts";

const TYPES_PATH = "/sys/kernel/btf/vmlinux";
const PROCESSORS_PATH = "/sys/devices/system/cpu/possible";
const PID_NAMESPACE = procFile("ns/pid");
const USER_NAMESPACE = procFile("ns/user");

/** The inode of the initial pid namespace: `PROC_PID_INIT_INO`. */
const INITIAL_PIDS = 0xeffffffc;
/** The inode of the initial user namespace: `PROC_USER_INIT_INO`. */
const INITIAL_USERS = 0xeffffffd;

/** The size of the kernel's buffer, in pages. A read returns at most this much. */
const BUFFER_PAGES = 8;
/** The number of such buffers for which memory is allocated at first. */
const FIRST_BUFFERS = 16;
const NUMBER_SIZE = 8;
const FIRST_TYPES_SIZE = 8 << 20;

/** A program that the kernel runs for each object of an iterator. */
export interface IteratorProgram {
  /** The name that administrators see: at most 15 letters, digits, `_` and `.`. */
  readonly name: string;
  /** The kernel function whose arguments the program takes, as in `"bpf_iter_task"`. */
  readonly target: string;
  /** The instructions of the program. */
  readonly program: Uint8Array<ArrayBuffer>;
}

/** The output of a program. */
export interface IteratorMemory {
  /** The output, in bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The output, in 32-bit words. */
  readonly words: Uint32Array<ArrayBuffer>;
}

/** An iterator whose program is loaded. It holds the output of the last run. */
export interface BpfIterator extends IteratorMemory, Disposable {
  /**
   * Runs the program for all objects. Returns the number of bytes that it wrote, or a negated
   * errno.
   */
  run(): DarwinAnswer;
  /** Removes and returns the output, so that the next run does not change it. */
  take(): IteratorMemory;
  /** Takes back memory that is no longer read, for the next run. */
  give(memory: IteratorMemory): void;
}

/** Loads the BPF programs of a system. */
export interface Bpf extends Disposable {
  /** The files and the system calls that everything else is read from. */
  readonly world: World;
  /** The kernel's types. */
  readonly btf: Btf;
  /** True if the caller is in the initial pid namespace. */
  readonly isInitial: boolean;
  /** The number of processors that the machine may have. The id of each processor is below it. */
  readonly processors: number;
  /**
   * Calls a function with the descriptor of a new map, and closes the descriptor afterwards. The
   * map has one number for each processor, or `size` bytes. A program that uses the map keeps it.
   */
  withProcessorMap<T>(use: (map: number) => T, size?: number): T;
  /**
   * Loads a program. It stays loaded until the iterator or this object is disposed of.
   *
   * @throws {SystemCallError} The kernel refuses the program. The verifier's log is the `cause`.
   */
  open(program: IteratorProgram): BpfIterator;
}

/**
 * Checks that the caller may load programs, as far as that is known before one is loaded.
 *
 * @throws {SystemCallError} The caller may not load programs. The message states what is missing.
 */
export function openBpf(world: World): Bpf {
  const { fs, libc } = world;
  if (!fs.local) {
    throw unable("/proc is of another PID namespace, whose ids they cannot report");
  }
  if (namespaceOf(world, USER_NAMESPACE) !== INITIAL_USERS) {
    throw unable("this process is in a user namespace of its own");
  }
  return new Programs(
    world,
    openBpfCalls(libc.more),
    namespaceOf(world, PID_NAMESPACE) === INITIAL_PIDS,
  );
}

function namespaceOf({ fs }: World, link: Uint8Array): number {
  const length = fs.link(fs.self, link);
  return length < 0 ? -1 : parseLinkInode(fs.target, length);
}

class Programs implements Bpf {
  readonly world: World;
  readonly isInitial: boolean;
  readonly #calls: BpfCalls;
  readonly #open = new Set<Disposable>();
  /** The kernel's types: 6 MB that are needed only while programs are assembled. */
  #btf: WeakRef<Btf> | undefined;
  #processors = 0;
  readonly #buffer: number;

  constructor(world: World, calls: BpfCalls, isInitial: boolean) {
    this.world = world;
    this.#calls = calls;
    this.#buffer = BUFFER_PAGES * openClock(world.libc.more).sysconf(SC_PAGESIZE);
    this.isInitial = isInitial;
  }

  get btf(): Btf {
    const known = this.#btf?.deref();
    if (known !== undefined) return known;
    const btf = parseBtf(readWhole(this.world, TYPES_PATH));
    this.#btf = new WeakRef(btf);
    return btf;
  }

  get processors(): number {
    if (this.#processors === 0) {
      const text = new TextDecoder().decode(readWhole(this.world, PROCESSORS_PATH));
      this.#processors = Number(/(\d+)\s*$/.exec(text)?.[1]) + 1;
      if (!(this.#processors > 0)) throw lacking(`a list of its processors in ${PROCESSORS_PATH}`);
    }
    return this.#processors;
  }

  withProcessorMap<T>(use: (map: number) => T, size = NUMBER_SIZE): T {
    const map = this.#calls.processorMap(size);
    if (map < 0) throw refusedBy("make a BPF map", map);
    try {
      return use(map);
    } finally {
      this.world.libc.close(map);
    }
  }

  open({ name, target, program }: IteratorProgram): BpfIterator {
    const { libc } = this.world;
    const loaded = this.#calls.load(name, program, this.btf.function(target));
    if (typeof loaded !== "number") {
      throw refusedBy(`load the BPF program ${name}`, loaded.answer, loaded.log);
    }
    const link = this.#calls.link(loaded);
    // The link keeps the program loaded.
    libc.close(loaded);
    if (link < 0) throw refusedBy(`attach the BPF program ${name}`, link);
    const { world } = this;
    const iterator = new LinkedIterator(world, this.#calls, this.#buffer, link, () => {
      this.#open.delete(iterator);
    });
    this.#open.add(iterator);
    return iterator;
  }

  [Symbol.dispose](): void {
    for (const one of this.#open) one[Symbol.dispose]();
  }
}

class LinkedIterator implements BpfIterator {
  #memory = memoryOf(0);
  readonly #world: World;
  readonly #calls: BpfCalls;
  readonly #buffer: number;
  readonly #closed: () => void;
  #link: number;

  /** @param buffer The maximum number of bytes that one read returns. */
  constructor(
    world: World,
    calls: BpfCalls,
    buffer: number,
    link: number,
    closed: () => void,
  ) {
    this.#world = world;
    this.#calls = calls;
    this.#buffer = buffer;
    this.#link = link;
    this.#closed = closed;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#memory.bytes;
  }

  get words(): Uint32Array<ArrayBuffer> {
    return this.#memory.words;
  }

  take(): IteratorMemory {
    const memory = this.#memory;
    this.#memory = memoryOf(0);
    return memory;
  }

  give(memory: IteratorMemory): void {
    if (memory.bytes.length > this.bytes.length) this.#memory = memory;
  }

  run(): DarwinAnswer {
    if (this.#link < 0) return -ERRNO.EBADF;
    const { libc } = this.#world;
    const fd = this.#calls.iterate(this.#link);
    if (fd < 0) return toDarwin(fd);
    let size = 0;
    for (;;) {
      if (this.bytes.length - size < this.#buffer) this.#grow(size);
      const room = this.bytes.length - size;
      const length = libc.read(
        fd,
        size === 0 ? this.bytes : this.bytes.subarray(size),
        BigInt(room),
      );
      if (length <= 0) {
        libc.close(fd);
        return length < 0 ? converted(length) : size;
      }
      size += length;
    }
  }

  #grow(size: number): void {
    const more = memoryOf(Math.max(this.bytes.length * 2, FIRST_BUFFERS * this.#buffer));
    more.bytes.set(this.bytes.subarray(0, size));
    this.#memory = more;
  }

  [Symbol.dispose](): void {
    if (this.#link < 0) return;
    this.#world.libc.close(this.#link);
    this.#link = -1;
    this.#closed();
  }
}

function memoryOf(size: number): IteratorMemory {
  const bytes = new Uint8Array(new ArrayBuffer(size));
  return { bytes, words: new Uint32Array(bytes.buffer) };
}

/** Reads a whole file that does not belong to a process. */
function readWhole({ libc }: World, path: string): Uint8Array<ArrayBuffer> {
  const fd = libc.open(bytesOf(`${path}\0`));
  if (fd < 0) {
    const errno = -toDarwin(fd);
    throw errno === ERRNO.ENOENT
      ? unable(`there is no ${path}: the kernel was built without it, or /sys is not mounted`)
      : failed(`read ${path}, which BPF programs are made from`, fd, "open");
  }
  let bytes = new Uint8Array(new ArrayBuffer(FIRST_TYPES_SIZE));
  for (let size = 0;;) {
    if (size === bytes.length) {
      const more = new Uint8Array(new ArrayBuffer(size * 2));
      more.set(bytes);
      bytes = more;
    }
    const length = libc.read(fd, bytes.subarray(size), BigInt(bytes.length - size));
    if (length > 0) {
      size += length;
      continue;
    }
    libc.close(fd);
    if (length < 0) throw failed(`read ${path}, which BPF programs are made from`, length, "read");
    return bytes.subarray(0, size);
  }
}

function unable(why: string): SystemCallError {
  return new SystemCallError(`read processes by BPF programs as ${why}`, "bpf", ERRNO.ENOTSUP);
}

function failed(doing: string, answer: LinuxAnswer, call = "bpf", cause?: string): SystemCallError {
  return new SystemCallError(doing, call, -toDarwin(answer), "", cause ? { cause } : undefined);
}

/**
 * The messages of verifiers about a function that does not exist, or that such programs may not
 * call.
 */
const LACKS_FUNCTION =
  /invalid func|unknown func|cannot use helper|helper call is not allowed|calling kernel function/;

/** Returns the error for a call of `bpf()` that the kernel refused, with the verifier's log. */
function refusedBy(doing: string, answer: LinuxAnswer, log = ""): SystemCallError {
  if (LACKS_FUNCTION.test(log)) {
    const why = "as the kernel is too old to have, or to let it call, a function that it calls";
    return new SystemCallError(`${doing} ${why} (see cause)`, "bpf", ERRNO.ENOTSUP, "", {
      cause: log,
    });
  }
  if (log !== "") {
    return failed(`${doing} as the kernel's verifier refuses it (see cause)`, answer, "bpf", log);
  }
  return failed(`${doing}${REASONS[-toDarwin(answer)] ?? ""}`, answer);
}

const PRIVILEGES =
  " as that takes CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, and neither a seccomp " +
  "filter nor a security module may forbid it";

/** The meaning of an errno of `bpf()`, if the verifier has no message. */
const REASONS: Readonly<Record<number, string>> = {
  [ERRNO.EPERM]: PRIVILEGES,
  [ERRNO.EACCES]: PRIVILEGES,
  [ERRNO.ENOSYS]: " as the kernel has no such call, or a seccomp filter hides it",
  [ERRNO.EINVAL]: " as the kernel does not know its kind: it is older than Linux 5.8",
};
