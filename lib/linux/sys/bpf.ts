import { block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import { LINUX, type LinuxAnswer } from "./errno.ts";
import type { More } from "./libc.ts";

// The C library does not have this function.
const BPF = {
  /** `int bpf(int cmd, union bpf_attr *attr, unsigned size)` */
  bpf: { parameters: ["i32", "buffer", "u32"], result: "i32" },
} as const;

const ADDRESS = {
  /** `void *memmove(void *to, const void *from, size_t n)`, for the address that it returns. */
  memmove: { parameters: ["buffer", "buffer", "u64"], result: "u64" },
} as const;

const SIGNALS = {
  /** `int sigprocmask(int how, const sigset_t *set, sigset_t *before)` */
  sigprocmask: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
} as const;

const SIG_BLOCK = 0;
const SIG_SETMASK = 2;
/** The size of the C library's `sigset_t`, in bytes. */
const SIGNALS_SIZE = 128;

const MAP_CREATE = 0;
const PROG_LOAD = 5;
const LINK_CREATE = 28;
const ITER_CREATE = 33;

/** `BPF_MAP_TYPE_PERCPU_ARRAY` */
const PERCPU_ARRAY = 6;
/** `BPF_PROG_TYPE_TRACING` */
const TRACING = 26;
/** `BPF_TRACE_ITER` */
const TRACE_ITER = 28;

/**
 * The part of `union bpf_attr` (linux/bpf.h) for `BPF_PROG_LOAD`, up to the last member that is
 * used.
 */
export interface BpfProgLoad {
  readonly prog_type: number;
  readonly insn_cnt: number;
  readonly insns: bigint;
  readonly license: bigint;
  readonly log_level: number;
  readonly log_size: number;
  readonly log_buf: bigint;
  readonly kern_version: number;
  readonly prog_flags: number;
  readonly prog_name: string;
  readonly prog_ifindex: number;
  readonly expected_attach_type: number;
  readonly prog_btf_fd: number;
  readonly func_info_rec_size: number;
  readonly func_info: bigint;
  readonly func_info_cnt: number;
  readonly line_info_rec_size: number;
  readonly line_info: bigint;
  readonly line_info_cnt: number;
  readonly attach_btf_id: number;
}

/** The layout of {@linkcode BpfProgLoad}. */
export const bpfProgLoad: Struct<BpfProgLoad> = struct(
  "bpf_attr",
  { size: 112, align: 8 },
  (c) => ({
    prog_type: c.u32(),
    insn_cnt: c.u32(),
    insns: c.u64(),
    license: c.u64(),
    log_level: c.u32(),
    log_size: c.u32(),
    log_buf: c.u64(),
    kern_version: c.u32(),
    prog_flags: c.u32(),
    prog_name: c.chars(16),
    prog_ifindex: c.u32(),
    expected_attach_type: c.u32(),
    prog_btf_fd: c.u32(),
    func_info_rec_size: c.u32(),
    func_info: c.u64(),
    func_info_cnt: c.u32(),
    line_info_rec_size: c.u32(),
    line_info: c.u64(),
    line_info_cnt: c.u32(),
    attach_btf_id: c.u32(),
  }),
);

/**
 * The part of `union bpf_attr` (linux/bpf.h) for `BPF_LINK_CREATE`, up to the last member that is
 * used.
 */
export interface BpfLinkCreate {
  readonly prog_fd: number;
  readonly target_fd: number;
  readonly attach_type: number;
  readonly flags: number;
  readonly iter_info: bigint;
  readonly iter_info_len: number;
}

/** The layout of {@linkcode BpfLinkCreate}. */
export const bpfLinkCreate: Struct<BpfLinkCreate> = struct(
  "link_create",
  { size: 32, align: 8 },
  (c) => ({
    prog_fd: c.u32(),
    target_fd: c.u32(),
    attach_type: c.u32(),
    flags: c.u32(),
    iter_info: c.u64(),
    iter_info_len: c.u32(),
  }),
);

/** The part of `union bpf_attr` (linux/bpf.h) for `BPF_ITER_CREATE`. */
export interface BpfIterCreate {
  readonly link_fd: number;
  readonly flags: number;
}

/** The layout of {@linkcode BpfIterCreate}. */
export const bpfIterCreate: Struct<BpfIterCreate> = struct(
  "iter_create",
  { size: 8, align: 4 },
  (c) => ({ link_fd: c.u32(), flags: c.u32() }),
);

/**
 * The part of `union bpf_attr` (linux/bpf.h) for `BPF_MAP_CREATE`, up to the last member that is
 * used.
 */
export interface BpfMapCreate {
  readonly map_type: number;
  readonly key_size: number;
  readonly value_size: number;
  readonly max_entries: number;
}

/** The layout of {@linkcode BpfMapCreate}. */
export const bpfMapCreate: Struct<BpfMapCreate> = struct(
  "bpf_attr",
  { size: 16, align: 8 },
  (c) => ({
    map_type: c.u32(),
    key_size: c.u32(),
    value_size: c.u32(),
    max_entries: c.u32(),
  }),
);

/** A program that was not loaded: the error, and what the verifier wrote about it. */
export interface Refusal {
  /** The negated errno. */
  readonly answer: LinuxAnswer;
  /** The verifier's log; "" if the program did not reach the verifier. */
  readonly log: string;
}

/**
 * The calls of `bpf(2)` for iterators. Their descriptors are closed by `execve()`. Nothing that
 * they create has a name in a file system, so the kernel removes it with the last descriptor.
 */
export interface BpfCalls {
  /**
   * Loads a program for an iterator.
   *
   * @param name The name that administrators see: at most 15 letters, digits, `_` and `.`.
   * @param program The instructions, in memory that never moves.
   * @param target The number of the type of the iterator's function.
   * @returns A descriptor, or the reason for the failure.
   */
  load(name: string, program: Uint8Array, target: number): number | Refusal;
  /**
   * Creates a map with `size` bytes of memory for each processor. Returns a descriptor or a negated
   * errno.
   */
  processorMap(size: number): LinuxAnswer;
  /**
   * Attaches a program to the iterator for which it was loaded. Returns a descriptor or a negated
   * errno.
   */
  link(program: number): LinuxAnswer;
  /**
   * Creates an iterator that can be read to its end once. Returns a descriptor or a negated errno.
   */
  iterate(link: number): LinuxAnswer;
}

/** The size of the verifier's log, in bytes. It can hold the messages about any program here. */
const LOG_SIZE = 1 << 20;

/** Binds the functions of {@linkcode BpfCalls}. */
export function openBpfCalls({ library, memmove, location }: More): BpfCalls {
  const { bpf } = library.bind(BPF);
  const address = library.bind(ADDRESS).memmove;
  const signals = library.bind(SIGNALS);
  const all = block(SIGNALS_SIZE).bytes.fill(0xff);
  const before = block(SIGNALS_SIZE).bytes;
  const errno = new Int32Array(new ArrayBuffer(4));
  const loading = block(bpfProgLoad.size);
  const mapping = block(bpfMapCreate.size);
  const linking = block(bpfLinkCreate.size);
  const iterating = block(bpfIterCreate.size);
  const license = block(4).bytes;
  new TextEncoder().encodeInto("GPL", license);

  const addressOf = (bytes: Uint8Array) => address(bytes, bytes, 0n);

  /** Loads the program that `loading` describes. */
  function load(): LinuxAnswer {
    // The verifier gives up when a signal arrives, such as one of a profiler.
    signals.sigprocmask(SIG_BLOCK, all, before);
    const answer = bpf(PROG_LOAD, loading.bytes, bpfProgLoad.size);
    if (answer < 0) memmove(errno, location, 4n);
    signals.sigprocmask(SIG_SETMASK, before, null);
    return answer < 0 ? -errno[0]! : answer;
  }

  // As in libc.ts, nothing runs between a call and the copy of its errno.
  return {
    load(name, program, target) {
      const attributes = {
        prog_type: TRACING,
        insn_cnt: program.byteLength / 8,
        insns: addressOf(program),
        license: addressOf(license),
        prog_name: name,
        expected_attach_type: TRACE_ITER,
        attach_btf_id: target,
      };
      bpfProgLoad.encode(attributes, loading.bytes);
      const answer = load();
      if (answer >= 0) return answer;
      if (answer === -LINUX.EPERM || answer === -LINUX.ENOSYS) return { answer, log: "" };
      // The verifier takes several times as long if it must write a log.
      const log = block(LOG_SIZE).bytes;
      bpfProgLoad.encode(
        { ...attributes, log_level: 1, log_size: LOG_SIZE, log_buf: addressOf(log) },
        loading.bytes,
      );
      const again = load();
      return again >= 0 ? again : { answer, log: textIn(log) };
    },
    processorMap(size) {
      bpfMapCreate.encode(
        { map_type: PERCPU_ARRAY, key_size: 4, value_size: size, max_entries: 1 },
        mapping.bytes,
      );
      const answer = bpf(MAP_CREATE, mapping.bytes, bpfMapCreate.size);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    link(program) {
      bpfLinkCreate.encode({ prog_fd: program, attach_type: TRACE_ITER }, linking.bytes);
      const answer = bpf(LINK_CREATE, linking.bytes, bpfLinkCreate.size);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
    iterate(link) {
      iterating.view.setUint32(offsetsOf(bpfIterCreate).link_fd, link, true);
      const answer = bpf(ITER_CREATE, iterating.bytes, bpfIterCreate.size);
      if (answer >= 0) return answer;
      memmove(errno, location, 4n);
      return -errno[0]!;
    },
  };
}

function textIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end));
}
