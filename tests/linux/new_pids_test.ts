import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { newPids } from "../../lib/linux/new_pids.ts";
import { LOADAVG, LOADAVG_COUNT, parseLoadavg } from "../../lib/linux/parse/loadavg.ts";
import type { World } from "../../lib/linux/proc/world.ts";
import { PROC_SUPER_MAGIC } from "../../lib/linux/sys/statfs.ts";
import { ERRNO } from "../../lib/system/errors.ts";

const encoder = new TextEncoder();

test("parseLoadavg() reads the threads and the newest id, and nothing of another form", () => {
  const fields = new Float64Array(LOADAVG_COUNT);
  const parse = (text: string, length = text.length) =>
    parseLoadavg(encoder.encode(text), length, fields);
  assertEquals(parse("0.20 0.18 0.12 1/80 11206\n"), true);
  assertEquals([fields[LOADAVG.threads], fields[LOADAVG.newestPid]], [80, 11206]);
  assertEquals(parse("123.45 0.18 0.12 12/4194000 4194303\n"), true);
  assertEquals([fields[LOADAVG.threads], fields[LOADAVG.newestPid]], [4194000, 4194303]);
  for (const text of ["", "0.20", "0.20 0.18 0.12 1/", "1/80 ", "1/80 x\n", "1/ 5\n", "/8"]) {
    assertEquals(parse(text), false, text);
  }
  assertEquals(parse("0.20 0.18 0.12 1/80 11206\n", 20), false);
});

/** The state of a simulated process file system. */
interface Shown {
  loadavg: string;
  pidMax: string;
  processes: number;
  /** The result of opening `loadavg`. */
  opened: number;
  /** The file system that contains `loadavg`. */
  fileSystem?: number;
}

function worldOf(shown: Shown, local = true) {
  const closed: number[] = [];
  const text = new Uint8Array(64);
  const write = (line: string, to: Uint8Array) => to.set(encoder.encode(line));
  const world = {
    fs: {
      local,
      text,
      rootPath: () => text,
      readRoot() {
        write(shown.pidMax, text);
        return shown.pidMax.length;
      },
      estimate: () => shown.processes,
    },
    libc: {
      open: () => shown.opened,
      statfs(_: Uint8Array, to: Uint8Array) {
        to[0] = (shown.fileSystem ?? PROC_SUPER_MAGIC) & 0xff;
        to[1] = (shown.fileSystem ?? PROC_SUPER_MAGIC) >> 8;
        return 0;
      },
      close: (fd: number) => closed.push(fd),
      more: {
        library: {
          bind: () => ({
            statx: () => 0,
            getrlimit: () => 0,
            pread(_: number, to: Uint8Array) {
              write(shown.loadavg, to);
              return shown.loadavg.length;
            },
          }),
        },
      },
    },
  };
  return { world: world as unknown as World, closed };
}

const line = (newest: number, threads = 80) => `0.20 0.18 0.12 1/${threads} ${newest}\n`;

/**
 * Returns the pids that each look finds, after the pids of `newest` were allocated in this order.
 */
function found(shown: Partial<Shown>, ...newest: number[]): (number[] | "many")[] {
  const all: Shown = {
    ...{ loadavg: line(newest[0]!), pidMax: "32768\n", processes: 100, opened: 7 },
    ...shown,
  };
  const source = newPids(worldOf(all).world)!;
  return newest.slice(1).map((pid) => {
    all.loadavg = line(pid);
    const count = source.look();
    return count < 0 ? "many" : [...source.pids.subarray(0, count)];
  });
}

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

test("newPids() finds exactly the ids that were given out, in order", () => {
  assertEquals(found({}, 500, 500, 501, 504, 504), [[], [501], [502, 503, 504], []]);
});

test("newPids() begins again where the kernel does", () => {
  assertEquals(found({}, 32765, 301), [[32766, 32767, 300, 301]]);
  assertEquals(found({}, 32767, 300, 302), [[300], [301, 302]]);
  // The last allocated pid is the highest possible one.
  assertEquals(found({ pidMax: "400\n" }, 398, 399, 303), [[399], [300, 301, 302, 303]]);
  // `pid_max` was lowered, or the next pid was set.
  assertEquals(found({ pidMax: "350\n" }, 398, 302), [[300, 301, 302]]);
  assertEquals(found({ pidMax: "350\n" }, 348, 9), [[349, ...range(1, 9)]]);
  assertEquals(found({ pidMax: "" }, 398, 302), ["many"]);
});

test("newPids() gives up counting where a list of the processes takes less", () => {
  assertEquals(found({}, 500, 564, 629, 630), [range(501, 564), "many", [630]]);
  assertEquals(found({ processes: 4000 }, 500, 1500, 2501), [range(501, 1500), "many"]);
  assertEquals(found({}, 32000, 31990), ["many"]);
});

test("newPids() notices that the number of threads has changed", () => {
  const shown = { loadavg: line(500), pidMax: "32768\n", processes: 100, opened: 7 };
  const source = newPids(worldOf(shown).world)!;
  const moved = (threads: number, newest = 500) => {
    shown.loadavg = line(newest, threads);
    source.look();
    return source.moved;
  };
  assertEquals([moved(80), moved(79), moved(79), moved(80, 501)], [false, true, false, true]);
});

test("newPids() reports that it does not know when the file cannot be read", () => {
  const shown = { loadavg: line(500), pidMax: "32768\n", processes: 100, opened: 7 };
  const source = newPids(worldOf(shown).world)!;
  shown.loadavg = "";
  assertEquals([source.look(), source.moved], [-1, true]);
  // Pids that were allocated meanwhile are not lost.
  shown.loadavg = line(502);
  assertEquals([source.look(), ...source.pids.subarray(0, 2)], [2, 501, 502]);
});

test("newPids() is undefined where ids are others, and where the file is not the kernel's", () => {
  const shown = { loadavg: line(500), pidMax: "32768\n", processes: 100, opened: 7 };
  assertEquals(newPids(worldOf(shown, false).world), undefined);
  assertEquals(newPids(worldOf({ ...shown, opened: -ERRNO.EMFILE }).world), undefined);
  const other = worldOf({ ...shown, fileSystem: 0x65735546 });
  assertEquals([newPids(other.world), other.closed], [undefined, []]);
  // An emulated kernel may report 0.
  for (const loadavg of [line(0), "0.00 0.00 0.00\n", ""]) {
    const { world, closed } = worldOf({ ...shown, loadavg });
    assertEquals(newPids(world), undefined);
    assertEquals(closed, [7]);
  }
});

test("newPids() closes its descriptor once, and finds nothing afterwards", () => {
  const shown = { loadavg: line(500), pidMax: "32768\n", processes: 100, opened: 7 };
  const { world, closed } = worldOf(shown);
  const source = newPids(world)!;
  source.close();
  source.close();
  assertEquals(closed, [7]);
  shown.loadavg = line(501);
  assertEquals(source.look(), -1);
});
