import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { ERRNO } from "../../lib/system/errors.ts";
import { RegionReading } from "../../lib/linux/proc/region_reading.ts";
import { MAPS } from "../../lib/linux/parse/maps.ts";
import type { ProcFs } from "../../lib/linux/proc/proc_fs.ts";

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Returns regions of two pages with gaps of one page. Every other region maps a file. */
function mapsOf(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => {
    const start = 0x10000 + i * 0x3000;
    const range = `${start.toString(16)}-${(start + 0x2000).toString(16)}`;
    return i % 2 ? `${range} r--p 00000000 fe:01 ${i}  /file-${i}\n` : `${range} rw-p 0 00:00 0 \n`;
  });
  return `${lines.join("")}ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n`;
}

/**
 * Returns a process file system in which every process has these regions, with the number of reads.
 */
function scriptedFs(maps: () => string | number) {
  const stat = `1 (x) S ${"0 ".repeat(34)}17 0 0 0 0\n`;
  const fs = {
    reads: 0,
    text: new Uint8Array(0),
    read() {
      fs.text = latin1(stat);
      return stat.length;
    },
    readAll() {
      fs.reads++;
      const file = maps();
      if (typeof file === "number") return file;
      fs.text = latin1(file);
      return file.length;
    },
  };
  return fs as typeof fs & ProcFs;
}

/** Runs a function with a clock that only advances when it is moved, in milliseconds. */
function withClock(run: (move: (by: number) => void) => void): void {
  let time = 1000;
  const real = performance.now;
  performance.now = () => time;
  try {
    run((by) => time += by);
  } finally {
    performance.now = real;
  }
}

const START = 0x10000n;
const at = (i: number) => START + BigInt(i) * 0x3000n;

test("RegionReading reads once for a walk", () => {
  withClock(() => {
    const fs = scriptedFs(() => mapsOf(1000));
    const regions = new RegionReading(fs, (pid) => pid, false);
    let address = 0n, count = 0;
    while (regions.find(1, address, false) === 0) {
      assertEquals(BigInt(regions.line[MAPS.start]!), at(count++));
      address = BigInt(regions.line[MAPS.end]!);
    }
    assertEquals([count, fs.reads], [1000, 1]);
    // There is no region after the end.
    assertEquals(regions.find(1, address, false), -ERRNO.EINVAL);
    assertEquals(fs.reads, 2);
  });
});

test("RegionReading reads again for any other address, also one within the last region", () => {
  withClock(() => {
    const fs = scriptedFs(() => mapsOf(10));
    const regions = new RegionReading(fs, (pid) => pid, false);
    const asked = [at(3), at(3), at(3) + 0x1000n, at(2), at(4) - 1n, 0n];
    const found = asked.map((address, i) => {
      regions.find(1, address, false);
      assertEquals(fs.reads, i + 1);
      return BigInt(regions.line[MAPS.start]!);
    });
    assertEquals(found, [at(3), at(3), at(3), at(2), at(4), at(0)]);
  });
});

test("RegionReading goes on with the process whose walk it was only", () => {
  withClock(() => {
    const fs = scriptedFs(() => mapsOf(10));
    const regions = new RegionReading(fs, (pid) => pid, false);
    const end = at(0) + 0x2000n;
    assertEquals(regions.find(1, 0n, false), 0);
    assertEquals(regions.find(2, end, false), 0);
    assertEquals(fs.reads, 2);
    assertEquals(regions.find(1, at(1) + 0x2000n, false), 0);
    assertEquals(fs.reads, 3);
  });
});

test("RegionReading goes on for a tenth of a second, and then sees what has changed", () => {
  withClock((move) => {
    let count = 10;
    const fs = scriptedFs(() => mapsOf(count));
    const regions = new RegionReading(fs, (pid) => pid, false);
    assertEquals(regions.find(1, 0n, false), 0);
    count = 2;
    move(99);
    assertEquals(regions.find(1, at(0) + 0x2000n, false), 0);
    assertEquals(fs.reads, 1);
    move(1);
    assertEquals(regions.find(1, at(1) + 0x2000n, false), -ERRNO.EINVAL);
    assertEquals(fs.reads, 2);
  });
});

test("RegionReading goes on for longer if the reading took long", () => {
  withClock((move) => {
    const fs = scriptedFs(() => (move(500), mapsOf(10)));
    const regions = new RegionReading(fs, (pid) => pid, false);
    assertEquals(regions.find(1, 0n, false), 0);
    move(4999);
    assertEquals(regions.find(1, at(0) + 0x2000n, false), 0);
    assertEquals(fs.reads, 1);
    move(1);
    assertEquals(regions.find(1, at(1) + 0x2000n, false), 0);
    assertEquals(fs.reads, 2);
  });
});

test("RegionReading does not go on after an error", () => {
  withClock(() => {
    const maps: (string | number)[] = [mapsOf(10), -ERRNO.EACCES, mapsOf(3), -ERRNO.ESRCH];
    const fs = scriptedFs(() => maps.shift()!);
    const regions = new RegionReading(fs, (pid) => pid, false);
    assertEquals(regions.find(1, 0n, false), 0);
    assertEquals(regions.find(2, 0n, false), -ERRNO.EPERM);
    assertEquals(regions.find(1, at(0) + 0x2000n, false), 0);
    assertEquals(regions.find(1, 0n, false), -ERRNO.ESRCH);
    assertEquals(maps, []);
  });
});

test("RegionReading skips regions without a file on request, in a walk too", () => {
  withClock(() => {
    const fs = scriptedFs(() => mapsOf(9));
    const regions = new RegionReading(fs, (pid) => pid, false);
    const found: bigint[] = [];
    for (let address = 0n; regions.find(1, address, true) === 0;) {
      found.push(BigInt(regions.line[MAPS.start]!));
      address = BigInt(regions.line[MAPS.end]!);
    }
    assertEquals(found, [1, 3, 5, 7].map(at));
    assertEquals(fs.reads, 1);
  });
});

test("RegionReading takes nothing over from one reading into another that looks alike", () => {
  const maps = ["42 /a", "43 /b", "43 /b"].map((file) => `1000-2000 r--p 0 fe:01 ${file}\n`);
  const regions = new RegionReading(scriptedFs(() => maps.shift()!), (pid) => pid, false);
  for (const inode of [42, 43, 43]) {
    assertEquals(regions.find(1, 0n, false), 0);
    assertEquals([regions.inodeLow, regions.isOtherFile], [inode, true]);
    regions.isOtherFile = false;
  }
});

test("RegionReading distinguishes the highest addresses", () => {
  withClock(() => {
    const lines = [
      "1ffffffffff000-20000000000000",
      "1ff000000000000-1ff000000001000",
      "1ff000000001000-1fffffffffffff000",
    ];
    const text = lines.map((range) => `${range} rw-p 00000000 00:00 0 \n`).join("");
    const regions = new RegionReading(scriptedFs(() => text), (pid) => pid, false);
    const found = (address: bigint) => {
      const answer = regions.find(1, address, false);
      return answer < 0 ? answer : regions.line[MAPS.start];
    };
    assertEquals(found(0x1fffffffffffffn), 0x1ffffffffff000);
    assertEquals(found(0x20000000000000n), 0x1ff000000000000);
    assertEquals(found(0x1ff000000000001n), 0x1ff000000000000);
    // As a double, an address near the end of the page is rounded to the end.
    assertEquals(found(0x1ff000000000fffn), 0x1ff000000000000);
    assertEquals(found(0x1ff000000001000n), 0x1ff000000001000);
  });
});

test("RegionReading finds no region in an empty file, as a kernel thread's is", () => {
  for (const counts of [false, true]) {
    const regions = new RegionReading(scriptedFs(() => ""), (pid) => pid, counts);
    assertEquals(regions.find(1, 0n, false), -ERRNO.EINVAL);
  }
});
