import {
  PROX_FDTYPE_PIPE,
  PROX_FDTYPE_PSHM,
  PROX_FDTYPE_SOCKET,
  PROX_FDTYPE_VNODE,
} from "../../abi/fd_info.ts";
import type { Block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { ERRNO } from "../../system/errors.ts";
import type { DescriptorScan } from "../../system/facts.ts";
import { fdAnswerFor, type FdAnswers, fdAnswers } from "../answer/pid_fd_info.ts";
import { type SocketAnswer, socketAnswer } from "../answer/socket_info.ts";
import type { LinuxDescriptors } from "../descriptors.ts";
import { bytesOf, isAt } from "../parse/bytes.ts";
import { parseFdLink } from "../parse/fd_link.ts";
import { fileInfoWriter, type FoundDescriptor, LINK_TYPES } from "../proc/descriptor.ts";
import type { World } from "../proc/world.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { openSocketCalls } from "../sys/socket.ts";
import { isRegular, statx, statxBlock } from "../sys/statx.ts";
import type { BpfIterator } from "./bpf.ts";
import { FILE, fileRecord, PATH_SIZE, PIPEFS, SOCKFS } from "./files.ts";

/** The number of processes that are read without BPF before all processes are read at once. */
const FEW_PROCESSES = 4;

const WORD_BYTES = 4;
const RECORD_WORDS = fileRecord.size / WORD_BYTES;
/** The size to whose multiple a path is padded, in bytes. */
const FILLING = 8;

/**
 * The file systems whose `stat()` reports the values of the inode: ext2 to ext4, XFS, F2FS, tmpfs,
 * ramfs (linux/magic.h). Others may report another device or inode number, as btrfs and overlayfs
 * do, or query a server.
 */
const EXACT: ReadonlySet<number> = new Set([
  0xef53,
  0x58465342,
  0xf2f52010,
  0x01021994,
  0x858458f6,
]);

/** The links of descriptors that have no file and no file type. All of them share an inode. */
const ANONYMOUS = [
  "[eventpoll]",
  "[eventfd]",
  "[timerfd]",
  "[signalfd]",
  "inotify",
  "[fanotify]",
  "[io_uring]",
  "[perf_event]",
  "bpf-map",
  "bpf-prog",
  "bpf_link",
  "bpf_iter",
].map((name) => bytesOf(`anon_inode:${name}`));

/**
 * Reads the descriptors of all processes with one run of a program. Files whose `stat()` computes
 * values, and sockets that are not in the tables, are read one by one.
 */
export class BpfDescriptors implements DescriptorScan {
  fd = -1;
  type = 0;
  answer: Block;
  readonly #iterator: BpfIterator;
  readonly #plain: LinuxDescriptors;
  readonly #record: Record;
  readonly #answers: FdAnswers;
  readonly #socket: SocketAnswer;
  /**
   * The place of the first record of each process, in words; undefined until the program has run.
   */
  #places: Map<number, number> | undefined;
  #words: Uint32Array = new Uint32Array(0);
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;
  #at = 0;
  #pid = 0;
  #begun = 0;
  /** True if the process is read without BPF. */
  #isPlain = true;
  /** True if the descriptor is read without BPF. */
  #isPlainly = true;

  /** @param plain The reader of everything that the program does not report. */
  constructor(world: World, iterator: BpfIterator, plain: LinuxDescriptors) {
    this.#iterator = iterator;
    this.#plain = plain;
    this.#record = new Record();
    this.#answers = fdAnswers(world, this.#record);
    this.#socket = socketAnswer(world, openSocketCalls(world.libc.more), this.#record);
    this.answer = plain.answer;
  }

  begin(pid: number): DarwinAnswer {
    const places = ++this.#begun > FEW_PROCESSES ? this.#places ??= this.#look() : undefined;
    const at = places?.get(pid);
    this.#isPlain = at === undefined;
    if (at === undefined) return this.#plain.begin(pid);
    this.#pid = pid;
    this.#at = at;
    return 0;
  }

  /** Runs the program. Returns the place of the first record of each process, in words. */
  #look(): Map<number, number> {
    const places = new Map<number, number>();
    const size = this.#iterator.run();
    // If the program fails, everything is read without BPF.
    if (size <= 0) return places;
    // Another scan may run the program before this one has ended.
    const { words, bytes } = this.#iterator.take();
    this.#words = words;
    this.#bytes = bytes;
    this.#end = size / WORD_BYTES;
    for (let at = 0; at < this.#end; at += this.#sizeAt(at)) {
      const pid = words[at + FILE.pid]!;
      if (!places.has(pid)) places.set(pid, at);
    }
    return places;
  }

  /** Returns the size of the record at a place, in words. */
  #sizeAt(at: number): number {
    const filled = (this.#words[at + FILE.length]! + FILLING - 1) & -FILLING;
    return RECORD_WORDS + filled / WORD_BYTES;
  }

  next(): DarwinAnswer {
    if (this.#isPlain) return this.#passOn(this.#plain.next());
    const words = this.#words;
    while (this.#at < this.#end && words[this.#at + FILE.pid] === this.#pid) {
      const at = this.#at;
      this.#at += this.#sizeAt(at);
      const record = this.#record;
      // Once the leader has ended, `/proc` shows only the descriptors of the next thread.
      if (words[at + FILE.task] !== words[this.#places!.get(this.#pid)! + FILE.task]) return 0;
      record.set(this.#bytes, words, at);
      this.#isPlainly = !record.isExact();
      if (!this.#isPlainly) {
        this.fd = record.fd;
        this.type = record.type;
        return 1;
      }
      const answer = this.#plain.turn(this.#pid, record.task, record.fd);
      if (answer !== -ERRNO.EBADF) return this.#passOn(answer); // closed since
    }
    return 0;
  }

  /** Copies the descriptor to which the plain scan has moved. Returns the given answer. */
  #passOn(answer: DarwinAnswer): DarwinAnswer {
    this.#isPlainly = true;
    this.fd = this.#plain.fd;
    this.type = this.#plain.type;
    return answer;
  }

  read(): DarwinAnswer {
    if (this.#isPlainly) return this.#readPlainly();
    if (this.type === PROX_FDTYPE_SOCKET) return this.#readSocket();
    const answer = fdAnswerFor(this.#answers, this.type);
    if (answer === undefined) return -ERRNO.ENOTSUP;
    this.answer = answer.block;
    return answer.write();
  }

  #readPlainly(): DarwinAnswer {
    const answer = this.#plain.read();
    this.answer = this.#plain.answer;
    return answer;
  }

  #readSocket(): DarwinAnswer {
    const { dump } = this.#plain;
    const error = dump!.refresh();
    if (error < 0) return error;
    const socket = this.#socket;
    this.answer = socket.block;
    socket.begin();
    if (dump!.write(socket.to, this.#record.inode)) return 0;
    const { task, fd } = this.#record;
    const answer = this.#plain.turn(this.#pid, task, fd);
    if (answer < 0) return answer;
    // The number may belong to another file by now.
    return this.#plain.type === PROX_FDTYPE_SOCKET ? this.#readPlainly() : -ERRNO.EBADF;
  }
}

/** A record of the program, in the form of a descriptor that was found. */
class Record implements FoundDescriptor {
  pid = 0;
  fd = 0;
  task = 0;
  inode = 0;
  length = 0;
  flags = 0;
  type = 0;
  readonly link: Uint8Array = new Uint8Array(new ArrayBuffer(PATH_SIZE));
  readonly #file: Block = statxBlock();
  readonly file: DataView = this.#file.view;
  readonly #stx = offsetsOf(statx);
  readonly #writeInfo = fileInfoWriter();
  #words: Uint32Array = new Uint32Array(0);
  #at = 0;

  /** Reads the record at a place, in words. */
  set(bytes: Uint8Array, words: Uint32Array, at: number): void {
    this.#words = words;
    this.#at = at;
    this.pid = words[at + FILE.pid]!;
    this.fd = words[at + FILE.fd]!;
    this.task = words[at + FILE.task]!;
    this.inode = words[at + FILE.inode]!;
    this.flags = words[at + FILE.flags]!;
    const { link } = this;
    const length = this.length = words[at + FILE.length]!;
    const start = at * WORD_BYTES + fileRecord.size;
    for (let i = 0; i < length; i++) link[i] = bytes[start + i]!;
  }

  /**
   * Returns true if the record has everything that `/proc` has. In this case, it also finds the
   * type.
   */
  isExact(): boolean {
    const words = this.#words, at = this.#at;
    if (words[at + FILE.moved] !== 0) return false;
    switch (words[at + FILE.magic]) {
      case SOCKFS:
        this.type = PROX_FDTYPE_SOCKET;
        return true;
      case PIPEFS:
        this.type = PROX_FDTYPE_PIPE;
        return true;
    }
    // The length is 0 for a path that is too long, as for one that could not be read.
    if (this.length === 0) return false;
    const isExact = words[at + FILE.plain] === 1 || EXACT.has(words[at + FILE.magic]!);
    const isAnonymous = !isExact && this.#isAnonymous();
    if (!isExact && !isAnonymous) return false;
    // Newer kernels give the shared inode a file type, which `stat()` does not report.
    this.#setFile(words[at + FILE.mode]! & (isAnonymous ? PERMISSIONS : ~0));
    this.type = LINK_TYPES[parseFdLink(this.link, this.length)]!;
    if (this.type === PROX_FDTYPE_PSHM && !isRegular(this.file)) this.type = PROX_FDTYPE_VNODE;
    return true;
  }

  #isAnonymous(): boolean {
    return ANONYMOUS.some((name) =>
      name.length === this.length && isAt(this.link, 0, this.length, name)
    );
  }

  #setFile(mode: number): void {
    const words = this.#words, at = this.#at, { file } = this, stx = this.#stx;
    const device = words[at + FILE.device]!, special = words[at + FILE.special]!;
    file.setUint16(stx.stx_mode, mode, true);
    file.setUint32(stx.stx_nlink, words[at + FILE.links]!, true);
    file.setUint32(stx.stx_ino, words[at + FILE.inode]!, true);
    file.setUint32(stx.stx_ino + 4, words[at + FILE.inode + 1]!, true);
    file.setUint32(stx.stx_size, words[at + FILE.size]!, true);
    file.setUint32(stx.stx_size + 4, words[at + FILE.size + 1]!, true);
    file.setUint32(stx.stx_dev_major, device >>> MINOR_BITS, true);
    file.setUint32(stx.stx_dev_minor, device & MINOR_MASK, true);
    file.setUint32(stx.stx_rdev_major, special >>> MINOR_BITS, true);
    file.setUint32(stx.stx_rdev_minor, special & MINOR_MASK, true);
  }

  fileInfo(to: DataView): DarwinAnswer {
    const words = this.#words, at = this.#at + FILE.offset;
    this.#writeInfo(to, this.type, this.flags, words[at]!, words[at + 1]!);
    return 0;
  }

  stat(): DarwinAnswer {
    return 0;
  }

  gone(): DarwinAnswer {
    return -ERRNO.EBADF;
  }
}

/** The bits of a mode that do not denote the file type. */
const PERMISSIONS = 0o7777;
/**
 * The number of bits of the minor number, which are the low bits in the kernel's encoding of a
 * device.
 */
const MINOR_BITS = 20;
const MINOR_MASK = 0xfffff;
