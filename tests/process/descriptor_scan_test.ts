import { assert, assertEquals, assertGreater } from "@std/assert";
import { readdirSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { type Descriptor, descriptors } from "../../lib/process/descriptors.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { openSystem } from "../../lib/system/open.ts";
import { systemOf } from "../../lib/system/system.ts";
import { scriptedKernel } from "../../lib/testing/scripted_kernel.ts";
import {
  type Holder,
  startHolder,
  startListener,
  startTransports,
} from "../support/descriptors.ts";
import { type Ends, startEnds } from "../support/ends.ts";
import { failingSystem } from "../support/failing_system.ts";
import { kernelSystem } from "../support/kernel_system.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const skipRoot = skip || (root ? false : "needs root");

/** How many sockets a scan asks one by one. */
const FEW = 8;

const scene: { holders: Holder[]; ends?: Ends; many?: { readonly pid: number } } = { holders: [] };
const stack = new AsyncDisposableStack();
before(async () => {
  if (!linux) return;
  const many = stack.use(await startListener(2 * FEW));
  const ends = stack.use(await startEnds());
  const places = root ? [{}, { net: true }] : [{}];
  for (const place of places) {
    scene.holders.push(
      stack.use(await startHolder(place)),
      stack.use(await startTransports(place)),
    );
  }
  Object.assign(scene, { ends, many });
});
after(() => stack.disposeAsync());

/** The processes that have descriptors of every kind. */
function zoo(): number[] {
  return [...scene.holders.map(({ pid }) => pid), ...scene.ends!.pids];
}

/** The descriptors of which two readings differ. */
function differing(found: readonly Descriptor[], expected: readonly Descriptor[]): unknown[] {
  const shown = (descriptors: readonly Descriptor[]) =>
    new Map(
      descriptors.map((one) => [`${one.pid}:${one.fd}`, JSON.stringify(sorted(atRest(one)))]),
    );
  const [a, b] = [shown(found), shown(expected)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((place) => a.get(place) !== b.get(place))
    .map((place) => [a.get(place), b.get(place)]);
}

/** A descriptor without what the traffic of others changes: raw sockets and those of packets see all of it. */
function atRest(descriptor: Descriptor): Descriptor {
  const { socket } = descriptor;
  if (socket?.type !== "raw" && socket?.family !== "packet") return descriptor;
  return { ...descriptor, socket: { ...socket, receiveQueueBytes: 0 } };
}

/** A value whose members stand in the order of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, of]) => [name, sorted(of)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1));
}

test(
  "the host's scan reads what __proc_info() reports, of every kind of descriptor",
  { skip },
  () => {
    const system = openSystem();
    const pids = zoo();
    const all = descriptors({ pids, system });
    const { descriptors: expected, missing } = descriptors({ pids, system: kernelSystem() });
    assertEquals(all.missing, missing);
    assertEquals(differing(all.descriptors, expected), []);
    const types = new Set(expected.map(({ type }) => type));
    assertGreater(types.size, 12, [...types].join());
    assertGreater(expected.filter(({ socket }) => socket !== undefined).length, 40);
  },
);

test("the host's scan reads sockets at once as it reads them one by one", { skip }, () => {
  // Whichever is read first, the sockets of that process are more than are asked one by one.
  const pids = [scene.many!.pid, ...zoo()];
  assert(pids.every((pid) => pid >= scene.many!.pid));
  const { descriptors: expected } = descriptors({ pids, system: kernelSystem() });
  assertEquals(differing(descriptors({ pids }).descriptors, expected), []);
});

test("a scan of a process without descriptors, and of none, ends", { skip }, () => {
  const scan = openSystem().descriptors();
  assertEquals(scan.begin(2 ** 22 + 1), -ERRNO.ESRCH);
  assertEquals(scan.next(), 0);
  if (root && readdirSync("/proc").includes("2")) {
    assertEquals(scan.begin(2), 0);
    assertEquals(scan.next(), 0);
  }
});

test("a scan through a kernel reads a list again that fills its room, and says what it is told", () => {
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
  const pids = [scene.many!.pid, ...scene.ends!.pids];
  /** What is read of all, or the errno of a shortage. */
  const read = () => {
    const scan = system.descriptors();
    const places: string[] = [], lost: number[] = [];
    for (const pid of pids) {
      let answer = scan.begin(pid);
      const start = places.length;
      while (answer >= 0 && (answer = scan.next()) > 0) {
        const error = scan.read();
        if (error === -ERRNO.EMFILE) return error;
        if (error === -ERRNO.ESRCH) answer = error;
        else if (error !== -ERRNO.EBADF) places.push(`${pid}:${scan.fd}`);
      }
      if (answer === -ERRNO.EMFILE) return answer;
      if (answer < 0) lost.push(pid);
      if (answer < 0) places.length = start;
    }
    return { places, lost };
  };
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
  const step = Math.max(1, Math.floor(total / 400));
  for (let nth = 1; nth <= total; nth += step) {
    for (const errno of [[EPERM, ESRCH, EBADF][nth % 3]!, EMFILE]) {
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
