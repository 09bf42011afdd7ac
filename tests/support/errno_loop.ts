import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { hostLibc } from "./libc.ts";

/** The result of a loop of failing calls. */
export interface Tally {
  /** The number of calls. */
  calls: number;
  /** The number of calls that returned a wrong error number. */
  wrong: number;
  /** The number of calls by each wrong error number, as in `"open a loop: 11"`. */
  readonly numbers: Record<string, number>;
}

/** Calls of the C library that fail, each with a known error number. */
export interface FailingCalls {
  /** The error numbers of the calls. At least seven are distinct. */
  readonly errnos: readonly number[];
  /** Makes every call `rounds` times, and calls `before` before each. */
  run(rounds: number, before: (call: number) => void): Tally;
  /** Closes and deletes the files of the calls. */
  end(): void;
}

const ENOENT = 2, EIO = 5, EBADF = 9, ENOTDIR = 20, EISDIR = 21, EINVAL = 22;
const ENAMETOOLONG = 36, ELOOP = 40;
const STATX_RESERVED = 0x8000_0000;

/** Prepares the calls, with files in a new folder. */
export function failingCalls(): FailingCalls {
  const libc = hostLibc();
  const folder = mkdtempSync(`${tmpdir()}/libproc-errno-`);
  symlinkSync("loop", `${folder}/loop`);
  writeFileSync(`${folder}/file`, "");
  const path = (name: string) => new TextEncoder().encode(`${name}\0`);
  const missing = path(`${folder}/missing`);
  const loop = path(`${folder}/loop`);
  const through = path(`${folder}/file/x`);
  const long = path(`${folder}/${"x".repeat(256)}`);
  const here = path(folder);
  const to = new Uint8Array(new ArrayBuffer(256));
  const directory = libc.open(here);
  const file = libc.open(path(`${folder}/file`));
  const memory = libc.open(path("/proc/self/mem"));
  if (directory < 0 || file < 0 || memory < 0) throw new Error("Cannot open what calls fail on");

  const calls: readonly (readonly [string, number, () => number])[] = [
    ["open missing", ENOENT, () => libc.open(missing)],
    ["open through a file", ENOTDIR, () => libc.open(through)],
    ["open a loop", ELOOP, () => libc.open(loop)],
    ["open a long name", ENAMETOOLONG, () => libc.open(long)],
    ["read a directory", EISDIR, () => libc.read(directory, to, 256n)],
    ["read memory at 0", EIO, () => libc.read(memory, to, 256n)],
    ["close -1", EBADF, () => libc.close(-1)],
    ["getdents64 of a file", ENOTDIR, () => libc.getdents64(file, to, 256n)],
    ["getdents64 into one byte", EINVAL, () => libc.getdents64(directory, to, 1n)],
    ["statx with a reserved bit", EINVAL, () => libc.statx(here, STATX_RESERVED, to)],
    ["statx a loop", ELOOP, () => libc.statx(loop, 1, to)],
    ["statfs missing", ENOENT, () => libc.statfs(missing, to)],
  ];

  return {
    errnos: calls.map(([, errno]) => errno),
    run(rounds, before) {
      const tally: Tally = { calls: 0, wrong: 0, numbers: {} };
      for (let round = 0; round < rounds; round++) {
        for (const [name, errno, call] of calls) {
          before(tally.calls++);
          const answer = call();
          if (answer === -errno) continue;
          tally.wrong++;
          const number = `${name}: ${-answer}`;
          tally.numbers[number] = (tally.numbers[number] ?? 0) + 1;
        }
      }
      return tally;
    },
    end() {
      for (const fd of [directory, file, memory]) libc.close(fd);
      rmSync(folder, { recursive: true });
    },
  };
}

const kept: unknown[] = [];

/** Allocates objects that are kept for some calls, and sometimes a large block. */
export function allocate(call: number): void {
  kept[call % 1000] = { call, list: [call, `${call}`], next: kept[(call * 7) % 1000] && null };
  if (call % 64 === 0) kept[call % 997] = new Uint8Array(1 << 16);
  if (call % 4096 === 0) kept[call % 991] = new Array(100_000).fill(call);
}
