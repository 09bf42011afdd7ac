import { offsetsOf } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import { wordOffsetsOf } from "../../layout/words.ts";
import { O_CLOEXEC } from "../proc/descriptor.ts";
import { Assembler, HELPER } from "./assembler.ts";
import type { Bpf, BpfIterator } from "./bpf.ts";
import { NUMBERS_SIZE, PidNumbers } from "./numbers.ts";

/**
 * The record of a descriptor. It is followed by the path, which is padded to a multiple of 8 bytes.
 */
export interface FileRecord {
  /** The process id. */
  readonly pid: number;
  /**
   * The id of the thread that has the descriptor: the leader, or another thread if the leader has
   * ended.
   */
  readonly task: number;
  readonly fd: number;
  /** The flags, as `fdinfo` has them. */
  readonly flags: number;
  readonly mode: number;
  readonly links: number;
  /** The magic number of the file system: the lower half of `s_magic`. */
  readonly magic: number;
  /** 1 if the file system has no `stat()` function of its own. */
  readonly plain: number;
  /** The device of the file system and that of a device file, in the kernel's own encoding. */
  readonly device: number;
  readonly special: number;
  /** The length of the path, in bytes; 0 if the path was not read or is too long. */
  readonly length: number;
  /** 1 if the number belonged to another file when the flags were read. */
  readonly moved: number;
  readonly offset: bigint;
  readonly inode: bigint;
  readonly size: bigint;
}

/** The layout of {@linkcode FileRecord}. */
export const fileRecord: Struct<FileRecord> = struct("file", { size: 72, align: 8 }, (c) => ({
  pid: c.u32(),
  task: c.u32(),
  fd: c.u32(),
  flags: c.u32(),
  mode: c.u32(),
  links: c.u32(),
  magic: c.u32(),
  plain: c.u32(),
  device: c.u32(),
  special: c.u32(),
  length: c.u32(),
  moved: c.u32(),
  offset: c.u64(),
  inode: c.u64(),
  size: c.u64(),
}));

/** The offsets of the members of a {@linkcode FileRecord}, in words. */
export const FILE = wordOffsetsOf(fileRecord);

/** The record of a socket that may be listening. */
export interface ListenerRecord {
  /** The process id. */
  readonly pid: number;
  /** As in {@linkcode FileRecord}. */
  readonly task: number;
  readonly fd: number;
  readonly inode: number;
}

/** The layout of {@linkcode ListenerRecord}. */
export const listenerRecord: Struct<ListenerRecord> = struct(
  "listener",
  { size: 16, align: 4 },
  (c) => ({ pid: c.u32(), task: c.u32(), fd: c.u32(), inode: c.u32() }),
);

/** The offsets of the members of a {@linkcode ListenerRecord}, in words. */
export const LISTENER = wordOffsetsOf(listenerRecord);

/** The magic numbers of the file systems of sockets and of pipes (linux/magic.h). */
export const SOCKFS = 0x534f434b;
export const PIPEFS = 0x50495045;

/** The maximum size of a path with its NUL, in bytes, which is also that of a link in `/proc`. */
export const PATH_SIZE = 4096;

const record = offsetsOf(fileRecord);
const short = offsetsOf(listenerRecord);
const POINTER = 8;
const PIDTYPE_TGID = 1;
/** The number of bits in a word of a descriptor set. */
const WORD_BITS = 64;
const WORD = 8;

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const TCP_CLOSE = 7;
const TCP_LISTEN = 10;
const IPPROTO_UDP = 17;
const IPPROTO_UDPLITE = 136;

// The offsets in the frame of the programs.
const FD = -8;
const PID = -16;
const TASK = -24;
const BITS = -32;
const KEY = -40;
const NOW = -48;
const PLACE = -56;
const SHORT = -72;
const NUMBERS = SHORT - NUMBERS_SIZE;

/** Loads the program that writes a record for each descriptor. */
export function openFiles(bpf: Bpf): BpfIterator {
  const open = (path: number) =>
    bpf.open({
      name: "libproc_files",
      target: "bpf_iter_task_file",
      program: filesProgram(bpf, path),
    });
  return bpf.withProcessorMap(open, fileRecord.size + PATH_SIZE + WORD);
}

/** Loads the program that writes a record for each socket that may be listening. */
export function openListeners(bpf: Bpf): BpfIterator {
  return bpf.open({
    name: "libproc_ports",
    target: "bpf_iter_task_file",
    program: listenersProgram(bpf),
  });
}

/**
 * Emits the code with which both programs begin. It leaves the sequence in `r6`, the file in `r7`
 * and the task in `r8`.
 */
function begin(bpf: Bpf): { readonly a: Assembler; readonly numbers: PidNumbers } {
  const { btf } = bpf;
  const a = new Assembler();
  const numbers = new PidNumbers(a, bpf, NUMBERS);
  const at = (struct: string, path: string) => btf.member(struct, path).offset;
  a.load(8, "r7", "r1", at("bpf_iter__task_file", "file"));
  a.jumpIf("r7", "==", 0, "end");
  a.load(8, "r8", "r1", at("bpf_iter__task_file", "task"));
  a.jumpIf("r8", "==", 0, "end");
  a.load(4, "r2", "r1", at("bpf_iter__task_file", "fd"));
  a.store(8, "r10", FD, "r2");
  a.load(8, "r6", "r1", at("bpf_iter__task_file", "meta"));
  a.load(8, "r6", "r6", at("bpf_iter_meta", "seq"));
  // Another thread counts only if the leader has ended, as `/proc` shows the descriptors of the
  // leader.
  a.load(4, "r1", "r8", at("task_struct", "pid"));
  a.load(4, "r2", "r8", at("task_struct", "tgid"));
  a.jumpIf("r1", "==", "r2", "first");
  a.load(8, "r1", "r8", at("task_struct", "group_leader"));
  a.load(8, "r1", "r1", at("task_struct", "files"));
  a.jumpIf("r1", "!=", 0, "end");
  a.label("first");
  return { a, numbers };
}

/** Emits the code that stores the ids of the process and of the thread in the frame. */
function storeIds(a: Assembler, numbers: PidNumbers, { btf }: Bpf): void {
  numbers.begin();
  a.load(8, "r1", "r8", btf.member("task_struct", "signal").offset);
  a.load(8, "r1", "r1", btf.member("signal_struct", "pids").offset + PIDTYPE_TGID * POINTER);
  a.jumpIf("r1", "==", 0, "end");
  numbers.store(PID);
  a.load(8, "r1", "r8", btf.member("task_struct", "thread_pid").offset);
  a.jumpIf("r1", "==", 0, "end");
  numbers.store(TASK);
}

/** Emits the end of a program, and returns the program. */
function finish(a: Assembler): Uint8Array<ArrayBuffer> {
  a.label("end");
  a.alu("r0", "=", 0).exit();
  return a.program();
}

/**
 * Returns the program that writes a record for each descriptor. `map` has room for a record with
 * its path.
 */
export function filesProgram(bpf: Bpf, map: number): Uint8Array<ArrayBuffer> {
  const { btf } = bpf;
  const at = (struct: string, path: string) => btf.member(struct, path).offset;
  const { a, numbers } = begin(bpf);
  storeIds(a, numbers, bpf);

  // r9: the record.
  a.store(4, "r10", KEY, 0);
  a.map("r1", map);
  a.alu("r2", "=", "r10").alu("r2", "+=", KEY);
  a.call(HELPER.mapLookupElem);
  a.jumpIf("r0", "==", 0, "end");
  a.alu("r9", "=", "r0");
  for (const [from, to] of [[PID, record.pid], [TASK, record.task], [FD, record.fd]] as const) {
    a.load(4, "r1", "r10", from);
    a.store(4, "r9", to, "r1");
  }

  // The close-on-exec flag is in the table of descriptors, not in the file.
  a.store(8, "r10", BITS, 0);
  a.store(8, "r10", NOW, 0);
  a.load(8, "r2", "r8", at("task_struct", "files"));
  a.jumpIf("r2", "==", 0, "end");
  a.load(8, "r2", "r2", at("files_struct", "fdt"));
  a.load(8, "r1", "r10", FD);
  a.load(4, "r3", "r2", at("fdtable", "max_fds"));
  a.jumpIf("r1", ">=", "r3", "end");
  a.load(8, "r3", "r2", at("fdtable", "fd"));
  a.alu("r1", "*=", POINTER).alu("r3", "+=", "r1");
  a.store(8, "r10", PLACE, "r3");
  a.load(8, "r1", "r10", FD);
  a.load(8, "r3", "r2", at("fdtable", "close_on_exec"));
  a.alu("r1", "/=", WORD_BITS).alu("r1", "*=", WORD).alu("r3", "+=", "r1");
  readWord(BITS);
  a.load(8, "r1", "r10", BITS);
  a.load(8, "r2", "r10", FD).alu("r2", "%=", WORD_BITS);
  a.alu("r1", ">>=", "r2").alu("r1", "&=", 1);
  a.load(4, "r2", "r7", at("file", "f_flags"));
  a.jumpIf("r1", "==", 0, "flags");
  a.alu("r2", "|=", O_CLOEXEC);
  a.label("flags");
  a.store(4, "r9", record.flags, "r2");

  // If the number belongs to another file by now, the flag may be the one of that file.
  a.load(8, "r3", "r10", PLACE);
  readWord(NOW);
  a.store(8, "r10", BITS, "r7");
  a.alu("r3", "=", "r10").alu("r3", "+=", BITS);
  readWord(PLACE);
  a.load(8, "r1", "r10", NOW);
  a.load(8, "r2", "r10", PLACE);
  a.store(4, "r9", record.moved, 0);
  a.jumpIf("r1", "==", "r2", "same");
  a.store(4, "r9", record.moved, 1);
  a.label("same");
  a.load(8, "r1", "r7", at("file", "f_pos"));
  a.store(8, "r9", record.offset, "r1");

  a.load(8, "r1", "r7", at("file", "f_inode"));
  a.load(2, "r2", "r1", at("inode", "i_mode"));
  a.store(4, "r9", record.mode, "r2");
  a.load(4, "r2", "r1", at("inode", "i_nlink"));
  a.store(4, "r9", record.links, "r2");
  a.load(4, "r2", "r1", at("inode", "i_rdev"));
  a.store(4, "r9", record.special, "r2");
  a.load(8, "r2", "r1", at("inode", "i_ino"));
  a.store(8, "r9", record.inode, "r2");
  a.load(8, "r2", "r1", at("inode", "i_size"));
  a.store(8, "r9", record.size, "r2");
  a.load(8, "r2", "r1", at("inode", "i_op"));
  a.load(8, "r2", "r2", at("inode_operations", "getattr"));
  a.alu("r3", "=", 1);
  a.jumpIf("r2", "==", 0, "plain");
  a.alu("r3", "=", 0);
  a.label("plain");
  a.store(4, "r9", record.plain, "r3");
  a.load(8, "r1", "r1", at("inode", "i_sb"));
  a.load(4, "r2", "r1", at("super_block", "s_dev"));
  a.store(4, "r9", record.device, "r2");
  a.load(4, "r2", "r1", at("super_block", "s_magic"));
  a.store(4, "r9", record.magic, "r2");

  a.store(4, "r9", record.length, 0);
  a.alu("r3", "=", fileRecord.size);
  a.jumpIf32("r2", "==", SOCKFS, "write");
  a.jumpIf32("r2", "==", PIPEFS, "write");
  a.alu("r1", "=", "r7").alu("r1", "+=", at("file", "f_path"));
  a.alu("r2", "=", "r9").alu("r2", "+=", fileRecord.size);
  a.alu("r3", "=", PATH_SIZE);
  a.call(HELPER.dPath);
  a.alu("r3", "=", fileRecord.size);
  a.jumpIf("r0", "s<=", 1, "write");
  a.jumpIf("r0", "s>", PATH_SIZE, "write");
  // The length includes the NUL.
  a.alu("r0", "-=", 1);
  a.store(4, "r9", record.length, "r0");
  a.alu("r0", "+=", 7).alu("r0", "&=", -8).alu("r3", "+=", "r0");
  a.label("write");
  a.alu("r2", "=", "r9");
  a.alu("r1", "=", "r6");
  a.call(HELPER.seqWrite);
  return finish(a);

  /** Emits the code that reads the word at the address in `r3` into the frame. */
  function readWord(to: number): void {
    a.alu("r2", "=", WORD);
    a.alu("r1", "=", "r10").alu("r1", "+=", to);
    a.call(HELPER.probeReadKernel);
  }
}

/** Returns the program that writes a record for each socket that may be listening. */
export function listenersProgram(bpf: Bpf): Uint8Array<ArrayBuffer> {
  const { btf } = bpf;
  const at = (struct: string, path: string) => btf.member(struct, path).offset;
  const { a, numbers } = begin(bpf);
  a.alu("r1", "=", "r7");
  a.call(HELPER.sockFromFile);
  a.jumpIf("r0", "==", 0, "end");
  a.load(8, "r9", "r0", at("socket", "sk"));
  a.jumpIf("r9", "==", 0, "end");
  a.load(2, "r2", "r9", at("sock", "__sk_common.skc_family"));
  a.jumpIf("r2", "==", AF_UNIX, "end");
  a.load(1, "r1", "r9", at("sock", "__sk_common.skc_state"));
  a.jumpIf("r1", "==", TCP_LISTEN, "waits");
  a.jumpIf("r2", "==", AF_INET, "internet");
  a.jumpIf("r2", "!=", AF_INET6, "end");
  a.label("internet");
  const protocol = btf.member("sock", "sk_protocol");
  a.load(protocol.size === 2 ? 2 : 1, "r2", "r9", protocol.offset);
  a.jumpIf("r2", "==", IPPROTO_UDP, "datagrams");
  a.jumpIf("r2", "!=", IPPROTO_UDPLITE, "end");
  a.label("datagrams");
  // A datagram socket may be listening if it is bound to a port and not connected.
  a.load(2, "r2", "r9", at("sock", "__sk_common.skc_num"));
  a.jumpIf("r2", "==", 0, "end");
  a.jumpIf("r1", "==", TCP_CLOSE, "waits");
  a.load(2, "r2", "r9", at("sock", "__sk_common.skc_dport"));
  a.jumpIf("r2", "!=", 0, "end");
  a.label("waits");

  storeIds(a, numbers, bpf);
  for (const [from, to] of [[PID, short.pid], [TASK, short.task], [FD, short.fd]] as const) {
    a.load(4, "r1", "r10", from);
    a.store(4, "r10", SHORT + to, "r1");
  }
  a.load(8, "r1", "r7", at("file", "f_inode"));
  a.load(4, "r1", "r1", at("inode", "i_ino"));
  a.store(4, "r10", SHORT + short.inode, "r1");
  a.alu("r1", "=", "r6");
  a.alu("r2", "=", "r10").alu("r2", "+=", SHORT);
  a.alu("r3", "=", listenerRecord.size);
  a.call(HELPER.seqWrite);
  return finish(a);
}
