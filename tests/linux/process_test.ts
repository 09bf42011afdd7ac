import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import type { Library, Pointer } from "../../ffi/adapter.ts";
import type { World } from "../../lib/linux/proc/world.ts";
import { comparison, uniqueId } from "../../lib/linux/answer/unique_id.ts";
import type { Libc } from "../../lib/linux/sys/libc.ts";
import { type ProcessReader, readerOf } from "../../lib/linux/proc/process.ts";
import type { ProcFs } from "../../lib/linux/proc/proc_fs.ts";
import { PROC_PIDUNIQIDENTIFIERINFO } from "../../lib/abi/pid_info.ts";
import { procUniqIdentifierInfo } from "../../lib/abi/unique_id.ts";
import { PIF_COMPARE_IDVERSION, PIF_COMPARE_UNIQUEID } from "../../lib/abi/extended_id.ts";

const ESRCH = 3;
const TICK = 10_000_000;

/** The calling thread. */
const THREAD = 77;

/** A simulated process. */
interface Told {
  ppid?: number;
  utime?: number;
  stime?: number;
  start?: number;
  /** The signal to its parent at its end, or -1 for a thread that is not the leader. */
  exitSignal?: number;
  /** The number of threads, or 0 after the process was reaped. */
  threads?: number;
  /** The processor time according to the process's clock, in nanoseconds. */
  clock?: number;
}

/** Returns a world with simulated processes. */
function worldOf(told: Record<number, Told>, local = true): World {
  const files = new Uint8Array(4096);
  const fs = {
    local,
    mounted: true,
    self: 1,
    text: files,
    // The kernel has no time namespaces.
    link: () => -ESRCH,
    read(pid: number) {
      const it = told[pid];
      if (it === undefined) return -ESRCH;
      const { ppid = 1, utime = 0, stime = 0, start = 7, exitSignal = 17, threads = 1 } = it;
      const line =
        `${pid} (x) S ${ppid} 1 1 0 -1 0 0 0 0 0 ${utime} ${stime} 0 0 20 0 ${threads} 0 ${start} ` +
        `4096 1 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 ${exitSignal} 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
      return new TextEncoder().encodeInto(line, files).written;
    },
  } as unknown as ProcFs;
  const symbols: Record<string, (...args: never[]) => unknown> = {
    gettid: () => THREAD,
    sysconf: (name: number) => name === 2 ? 100 : 4096,
    clock_gettime: (clock: number, to: Uint8Array) => {
      const time = told[~(clock >> 3)]?.clock;
      if (time === undefined) return -1;
      const view = new DataView(to.buffer);
      view.setBigInt64(0, BigInt(Math.floor(time / 1e9)), true);
      view.setBigInt64(8, BigInt(time % 1e9), true);
      return 0;
    },
  };
  const library = { bind: () => symbols } as unknown as Library;
  const fail = (errno: Int32Array) => ((errno[0] = 22), null);
  const more = { library, memmove: fail, location: null as unknown as Pointer };
  return { fs, libc: { more } as unknown as Libc };
}

/** Returns the method of a reader as a function without `this`. */
const bound = (reader: ProcessReader) => ({ find: (pid: number) => reader.find(pid) });

/** Returns the times that a reader returns for each state of process 42. */
function timesOf(
  life: readonly Told[],
  local = true,
): (readonly [user: number, system: number, total: number])[] {
  const told: Record<number, Told> = {};
  const reader = readerOf(worldOf(told, local));
  return life.map((moment) => {
    told[42] = moment;
    assertEquals(reader.read(42, false), 0);
    reader.readTimes(42);
    return [reader.user, reader.system, reader.total] as const;
  });
}

test("readTimes() returns the parts in whole ticks, and the clock's time for both", () => {
  assertEquals(timesOf([{ utime: 30, stime: 10, clock: 404_000_000 }]), [
    [30 * TICK, 10 * TICK, 404_000_000],
  ]);
  assertEquals(timesOf([{ clock: 5_000_001 }]), [[0, 0, 5_000_001]]);
  assertEquals(timesOf([{ clock: 0 }]), [[0, 0, 0]]);
});

test("readTimes() returns the sum of the ticks where the clock reports less, or is another process's", () => {
  const ticks = [3 * TICK, 2 * TICK, 5 * TICK] as const;
  assertEquals(timesOf([{ utime: 3, stime: 2, clock: 1 }]), [ticks]);
  assertEquals(timesOf([{ utime: 3, stime: 2 }]), [ticks]);
  assertEquals(timesOf([{ utime: 3, stime: 2, clock: 99 * TICK }], false), [ticks]);
});

test("two readers that look by turns see nothing fall that grows in the kernel", () => {
  let seed = 1;
  const random = (limit: number) => (seed = seed * 48271 % 0x7fffffff) % limit;
  let user = 0, system = 0;
  const told: Record<number, Told> = {};
  const readers = [readerOf(worldOf(told)), readerOf(worldOf(told))];
  let last = [0, 0, 0];
  for (let i = 0; i < 5000; i++) {
    const busy = Math.floor(i / 500) % 2;
    user += random(busy ? 3_000_000 : 30_000);
    system += random(busy ? 30_000 : 3_000_000);
    // The process ran between the two reads, and the kernel later adds that time to either part.
    const later = random(4) === 0 ? random(20_000_000) : 0;
    told[42] = {
      utime: Math.floor(user / TICK),
      stime: Math.floor(system / TICK),
      clock: user + system + later,
    };
    if (random(2)) user += later;
    else system += later;
    const reader = readers[random(2)]!;
    assertEquals(reader.read(42, false), 0);
    reader.readTimes(42);
    const now = [reader.user, reader.system, reader.total];
    assert(now.every((time, which) => time >= last[which]!), `${i}: ${last} then ${now}`);
    assertEquals(now[2], told[42].clock);
    last = now;
  }
});

test("a process that is reaped while it is read is reported as gone, not with zero usage", () => {
  const reader = readerOf(worldOf({ 42: { threads: 0 } }));
  assertEquals([reader.read(42, true), reader.startOf(42)], [-ESRCH, -ESRCH]);
});

test("the id of a thread that does not lead is that of no process", () => {
  for (const local of [true, false]) {
    const reader = readerOf(worldOf({ 42: { exitSignal: -1 } }, local));
    assertEquals([reader.read(42, true), reader.startOf(42), reader.find(42)], [
      -ESRCH,
      -ESRCH,
      -ESRCH,
    ]);
  }
});

test("find() queries the clock, which must not mistake one id for another", () => {
  const told = { 42: { clock: 1 }, [THREAD]: { clock: 1 }, 4194303: { clock: 1 } };
  const { find } = bound(readerOf(worldOf(told)));
  assertEquals([42, 4194303].map(find), [0, 0]);
  // The calling thread has a clock, but it is not a process.
  assertEquals(find(THREAD), -ESRCH);
  // 0 would select the caller's own clock, and only the low bits of a pid that is too high would
  // count.
  assertEquals([0, -1, 43, 4194304, 42 + 2 ** 29].map(find), [
    -ESRCH,
    -ESRCH,
    -ESRCH,
    -ESRCH,
    -ESRCH,
  ]);
  const { find: findElsewhere } = bound(readerOf(worldOf(told, false)));
  assertEquals([42, 43].map(findElsewhere), [0, -ESRCH]);
});

// Identities

/** Returns the answer to PROC_PIDUNIQIDENTIFIERINFO about a process. */
function identityOf(told: Record<number, Told>, pid: number) {
  const bytes = new Uint8Array(56);
  const { answer } = uniqueId(worldOf(told, false))[PROC_PIDUNIQIDENTIFIERINFO]!;
  assertEquals(answer(pid, 0n, bytes), 56);
  return procUniqIdentifierInfo.decode(bytes);
}

test("a unique id is the tick of the start and the process id, however long the machine runs", () => {
  for (const start of [0, 1, 1023, 1024, 2 ** 31 + 5, 2 ** 32 + 7, 2 ** 41 + 9]) {
    for (const pid of [1, 42, 4194303]) {
      const { p_uniqueid, p_idversion } = identityOf({ [pid]: { start, ppid: 0 } }, pid);
      assertEquals(p_uniqueid, (BigInt(start) << 22n) + BigInt(pid));
      assertEquals(p_idversion, Number(BigInt.asIntN(32, BigInt(start))));
    }
  }
});

test("the parent's identity is 0 once it is gone", () => {
  const there = identityOf({ 42: { ppid: 41, start: 9 }, 41: { start: 8 } }, 42);
  assertEquals([there.p_puniqueid, there.p_orig_ppidversion], [(8n << 22n) + 41n, 8]);
  const gone = identityOf({ 42: { ppid: 41, start: 9 } }, 42);
  assertEquals([gone.p_puniqueid, gone.p_orig_ppidversion], [0n, 0]);
});

test("comparison() takes a version with its sign or without, and nothing beside it", () => {
  const start = 2 ** 32 - 2;
  const compare = comparison(worldOf({ 42: { start } }, false));
  const same = (flags: number, id: bigint) => compare(42, flags, id) === 0;
  const version = 0xfffffffen;
  assertEquals(same(PIF_COMPARE_IDVERSION, version), true);
  assertEquals(same(PIF_COMPARE_IDVERSION, 0xffffffff_fffffffen), true);
  for (const wrong of [0x1_fffffffen, version - 1n, 0n, 0x7fffffff_fffffffen]) {
    assertEquals(same(PIF_COMPARE_IDVERSION, wrong), false, `${wrong}`);
  }
  assertEquals(same(PIF_COMPARE_UNIQUEID, (BigInt(start) << 22n) + 42n), true);
  assertEquals(same(PIF_COMPARE_UNIQUEID, version), false);
  assertEquals(compare(43, PIF_COMPARE_UNIQUEID, 0n), -ESRCH);
});
