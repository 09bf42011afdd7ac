import type { Library, Signatures, Symbols } from "../../../ffi/adapter.ts";
import { block } from "../../layout/block.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import type { Architecture } from "./architecture.ts";
import { statx } from "./statx.ts";
import { type Timespec, timespec } from "./time.ts";

/** `struct stat` (sys/stat.h), up to the last member that is read. */
export interface Stat {
  readonly st_dev: bigint;
  readonly st_ino: bigint;
  readonly st_nlink: bigint | number;
  readonly st_mode: number;
  readonly st_uid: number;
  readonly st_gid: number;
  readonly st_rdev: bigint;
  readonly st_size: bigint;
  readonly st_blksize: bigint | number;
  readonly st_blocks: bigint;
  readonly st_atim: Timespec;
  readonly st_mtim: Timespec;
  readonly st_ctim: Timespec;
}

/** The layout of {@linkcode Stat} on each processor, by the kernel's name for the processor. */
export const STATS: Readonly<Record<Architecture["machine"], Struct<Stat>>> = {
  x86_64: struct("stat", { size: 144, align: 8 }, (c) => ({
    st_dev: c.u64(),
    st_ino: c.u64(),
    st_nlink: c.u64(),
    st_mode: c.u32(),
    st_uid: c.u32(),
    st_gid: c.u32(),
    st_rdev: c.u64(),
    st_size: c.i64(),
    st_blksize: c.i64(),
    st_blocks: c.i64(),
    st_atim: c.struct(timespec),
    st_mtim: c.struct(timespec),
    st_ctim: c.struct(timespec),
  })),
  aarch64: struct("stat", { size: 128, align: 8 }, (c) => ({
    st_dev: c.u64(),
    st_ino: c.u64(),
    st_mode: c.u32(),
    st_nlink: c.u32(),
    st_uid: c.u32(),
    st_gid: c.u32(),
    st_rdev: c.u64(),
    _pad: c.u64(),
    st_size: c.i64(),
    st_blksize: c.i32(),
    _pad2: c.i32(),
    st_blocks: c.i64(),
    st_atim: c.struct(timespec),
    st_mtim: c.struct(timespec),
    st_ctim: c.struct(timespec),
  })),
};

const STATX = {
  /** `int statx(int dir, const char *path, int flags, unsigned mask, struct statx *to)` */
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
} as const;

const FSTATAT = {
  /** `int fstatat(int dir, const char *path, struct stat *to, int flags)` */
  fstatat: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
} as const;

type CallStatx = Symbols<typeof STATX>["statx"];

const AT_FDCWD = -100;
const ROOT = new TextEncoder().encode("/\0");
/**
 * `STATX_BASIC_STATS`: all fields except the time of birth, the attributes and the id of the mount.
 */
const BASIC_STATS = 0x7ff;

/**
 * Returns a C library whose `statx()` works even if a filter denies that call with `EPERM`, as
 * container runtimes older than the call do. The C library itself falls back to the old call only
 * after `ENOSYS`.
 *
 * The library stays unchanged without `fstatat()`, which glibc has since 2.33.
 */
export function withStatx(library: Library, { machine }: Architecture): Library {
  let instead: CallStatx | null | undefined;

  function changed<const T extends Signatures>(symbols: Symbols<T>): Symbols<T> {
    if (!("statx" in symbols)) return symbols;
    if (instead === undefined) {
      const real = symbols["statx"] as unknown as CallStatx;
      const fstatat = isShown(real) ? undefined : library.tryBind(FSTATAT)?.fstatat;
      instead = fstatat === undefined ? null : statxOf(fstatat, machine);
    }
    return instead === null ? symbols : { ...symbols, statx: instead };
  }

  return {
    bind: (signatures) => changed(library.bind(signatures)),
    tryBind(signatures) {
      const symbols = library.tryBind(signatures);
      return symbols && changed(symbols);
    },
  };
}

/** True if the call reports the root directory, which every user can read. */
function isShown(call: CallStatx): boolean {
  return call(AT_FDCWD, ROOT, 0, BASIC_STATS, block(statx.size).bytes) >= 0;
}

/** Makes a `statx()` from `fstatat()`. It ignores the mask. */
function statxOf(
  fstatat: Symbols<typeof FSTATAT>["fstatat"],
  machine: Architecture["machine"],
): CallStatx {
  const type = STATS[machine];
  const { bytes } = block(type.size);
  return (dir, path, flags, _mask, to) => {
    const answer = fstatat(dir, path, bytes, flags);
    // The caller copies errno, so nothing may run in between.
    if (answer < 0) return answer;
    const file = type.decode(bytes);
    statx.encode({
      stx_mask: BASIC_STATS,
      stx_blksize: Number(file.st_blksize),
      stx_nlink: Number(file.st_nlink),
      stx_uid: file.st_uid,
      stx_gid: file.st_gid,
      stx_mode: file.st_mode,
      stx_ino: file.st_ino,
      stx_size: file.st_size,
      stx_blocks: file.st_blocks,
      stx_atime: time(file.st_atim),
      stx_ctime: time(file.st_ctim),
      stx_mtime: time(file.st_mtim),
      ...device("stx_rdev", file.st_rdev),
      ...device("stx_dev", file.st_dev),
    }, to as Uint8Array);
    return 0;
  };
}

function time({ tv_sec, tv_nsec }: Timespec): { tv_sec: bigint; tv_nsec: number } {
  return { tv_sec, tv_nsec: Number(tv_nsec) };
}

/**
 * Returns both parts of a device number, which `stat()` reports in the encoding of
 * `encodeDevice()`.
 */
function device(name: "stx_dev" | "stx_rdev", encoded: bigint): Record<string, number> {
  const number = Number(encoded);
  return {
    [`${name}_major`]: number >>> 8 & 0xfff,
    [`${name}_minor`]: number & 0xff | number >>> 12 & 0xfff00,
  };
}
