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

/** The inode of the namespace of process ids that the machine starts with: `PROC_PID_INIT_INO`. */
const INITIAL_PIDS = 0xeffffffc;
/** The inode of the namespace of users that the machine starts with: `PROC_USER_INIT_INO`. */
const INITIAL_USERS = 0xeffffffd;

/** The kernel fills a buffer of so many pages at a time, and hands out no more at once. */
const BUFFER_PAGES = 8;
/** How many such buffers are made room for at first. */
const FIRST_BUFFERS = 16;
const NUMBER_SIZE = 8;
const FIRST_TYPES_SIZE = 8 << 20;

/** A program that the kernel runs for each of the things that an iterator goes over. */
export interface IteratorProgram {
  /** How administrators see it: at most 15 letters, digits, `_` and `.`. */
  readonly name: string;
  /** The function whose arguments it takes, as in `"bpf_iter_task"`. */
  readonly target: string;
  /** Its instructions. */
  readonly program: Uint8Array<ArrayBuffer>;
}

/** What a program wrote. */
export interface IteratorMemory {
  /** In bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** In words of 32 bits. */
  readonly words: Uint32Array<ArrayBuffer>;
}

/** An iterator whose program is loaded; it has what the program wrote, until the next run. */
export interface BpfIterator extends IteratorMemory, Disposable {
  /** Runs the program for everything; returns how many bytes it wrote, or a negated errno. */
  run(): DarwinAnswer;
  /** Takes away what the program wrote, so that no other run changes it. */
  take(): IteratorMemory;
  /** Frees memory that is not read any more. */
  give(memory: IteratorMemory): void;
}

/** What a system loads its BPF programs with. */
export interface Bpf extends Disposable {
  /** Where everything else is read. */
  readonly world: World;
  /** The kernel's types. */
  readonly btf: Btf;
  /** True if the process ids of the caller are those that the kernel numbers first. */
  readonly isInitial: boolean;
  /** The processors that the machine may have: their numbers are below. */
  readonly processors: number;
  /**
   * Hands a function a map that has one number for each processor, or one piece of memory of that size, and
   * closes it afterwards: a program that uses it keeps it.
   */
  withProcessorMap<T>(use: (map: number) => T, size?: number): T;
  /**
   * Loads a program. It stays loaded until the iterator is disposed of, or this is.
   *
   * @throws {SystemCallError} The kernel refuses it; the verifier's log is the `cause`.
   */
  open(program: IteratorProgram): BpfIterator;
}

/**
 * Finds out whether programs may be loaded at all, as far as that shows before one is.
 *
 * @throws {SystemCallError} They may not; the message states what is missing.
 */
export function openBpf(world: World): Bpf {
  const { fs, libc } = world;
  if (!fs.local) {
    throw unable("/proc is of another process namespace, whose ids they cannot report");
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
  /** 6 MB that are needed only while programs are made. */
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
    // The link keeps the program.
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

  /** @param buffer How many bytes the kernel hands out at once. */
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

/** Reads a file that is not of a process. */
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

/** The messages of different verifiers about a function that does not exist, or not for such programs. */
const LACKS_FUNCTION =
  /invalid func|unknown func|cannot use helper|helper call is not allowed|calling kernel function/;

/** The error of a call of `bpf()` that the kernel refuses, with the verifier's log. */
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
