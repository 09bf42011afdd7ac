import { assert, assertEquals, assertGreater } from "@std/assert";
import { readdirSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { descriptors } from "../../lib/process/descriptors.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { openSystem } from "../../lib/system/open.ts";
import { systemOf } from "../../lib/system/system.ts";
import { scriptedKernel } from "../../lib/testing/scripted_kernel.ts";
import { differing, places, startZoo, type Zoo } from "../support/descriptor_zoo.ts";
import { failingSystem } from "../support/failing_system.ts";
import { kernelSystem } from "../support/kernel_system.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const skipRoot = skip || (root ? false : "needs root");

let zoo: Zoo;
before(async () => {
  if (linux) zoo = await startZoo();
});
after(() => zoo?.[Symbol.asyncDispose]());

for (
  const [what, groups] of [
    ["one process after the other", () => zoo.pids.map((pid) => [pid])],
    // The first process has more sockets than are queried one by one.
    ["and sockets at once", () => [zoo.pids]],
  ] as const
) {
  test(`the host's scan reads what __proc_info() reports, ${what}`, { skip }, () => {
    const all = groups().flatMap((pids) => {
      const found = descriptors({ pids });
      const expected = descriptors({ pids, system: kernelSystem() });
      assertEquals(found.missing, expected.missing);
      assertEquals(differing(found.descriptors, expected.descriptors), []);
      return expected.descriptors;
    });
    const types = new Set(all.map(({ type }) => type));
    assertGreater(types.size, 16, [...types].join());
    assertGreater(all.filter(({ socket }) => socket !== undefined).length, 40);
  });
}

test("a scan of a process without descriptors, and of none, ends", { skip }, () => {
  const scan = openSystem().descriptors();
  assertEquals(scan.begin(2 ** 22 + 1), -ERRNO.ESRCH);
  assertEquals(scan.next(), 0);
  if (root && readdirSync("/proc").includes("2")) {
    assertEquals(scan.begin(2), 0);
    assertEquals(scan.next(), 0);
  }
});

test("a scan through a kernel reads a list again that fills its room, and passes on what the kernel reports", () => {
  const FULL = 8192 * 8;
  const kernel = scriptedKernel(({ callnum, size }, buffer) => {
    if (callnum !== 2) return -ERRNO.ENOTSOCK;
    if (size === FULL) return FULL;
    new Int32Array(buffer!.buffer, 0, 4).set([3, 2, 4, 99]);
    return 16;
  });
  const scan = systemOf(kernel).descriptors();
  assertEquals(scan.begin(7), 0);
  assertEquals([scan.next(), scan.fd, scan.type], [1, 3, 2]);
  assertEquals(scan.read(), -ERRNO.EBADF);
  assertEquals([scan.next(), scan.fd, scan.type], [1, 4, 99]);
  assertEquals(scan.read(), -ERRNO.ENOTSUP);
  assertEquals(scan.next(), 0);
});

test("the host's scan leaks nothing and loses one process at the most when any call fails", {
  skip: skipRoot,
}, () => {
  const { state, system } = failingSystem();
  const pids = [zoo.pids[0]!, ...zoo.ends];
  const read = () => places(system.descriptors(), pids);
  read();
  state.made = 0;
  const truth = read();
  assert(typeof truth === "object");
  const total = state.made;
  for (const name of ["open", "read", "readlink", "getdents64", "socket", "send", "recv"]) {
    assert(state.names.has(name), name);
  }
  const before = readdirSync("/proc/self/fd").length;
  const EPERM = 1, ESRCH = 3, EBADF = 9, EMFILE = 24;
  let refused = 0;
  const step = Math.max(1, Math.floor(total / 150));
  for (let nth = 1, round = 0; nth <= total; nth += step, round++) {
    for (const errno of [[EPERM, ESRCH, EBADF][round % 3]!, EMFILE]) {
      Object.assign(state, { left: nth, errno });
      const found = read();
      state.left = 0;
      if (typeof found === "number") {
        assertEquals([found, errno], [-ERRNO.EMFILE, EMFILE]);
        refused++;
        continue;
      }
      assertEquals(found.places.filter((place) => !truth.places.includes(place)), []);
      assert(found.lost.length <= 1, `${nth} ${errno} ${found.lost}`);
      const gone = truth.places.filter((place) =>
        !found.places.includes(place) && !found.lost.includes(Number(place.split(":")[0]))
      );
      assert(gone.length <= 1, `${nth} ${errno} ${gone}`);
    }
  }
  assertGreater(refused, 10);
  assertEquals(read(), truth);
  assertEquals(readdirSync("/proc/self/fd").length, before);
});
