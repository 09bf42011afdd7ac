import { assert, assertEquals, assertGreater, assertLessOrEqual, assertThrows } from "@std/assert";
import { readFileSync, statSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { type Descriptor, descriptors } from "../../lib/process/descriptors.ts";
import { openProcess } from "../../lib/process/process.ts";
import { openSystem } from "../../lib/system/open.ts";
import { type Stage, startStage } from "../support/stage.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

let stage: Stage;
let open: readonly Descriptor[];
before(async () => {
  if (skip) return;
  stage = await startStage("details.c", (folder) => [folder]);
  open = openProcess(stage.pid).descriptors({ details: true });
});
after(() => stage?.[Symbol.asyncDispose]());

function held(name: string): Descriptor {
  const found = open.find(({ fd }) => fd === Number(stage.said(name)));
  assert(found !== undefined, name);
  return found;
}
const file = (name: string) => statSync(`${stage.folder}/${name}`);

test("details of an epoll are the descriptors that it watches, and for what", { skip }, () => {
  const { watches } = held("epoll");
  const fd = (name: string) => Number(stage.said(name));
  assertEquals(
    watches,
    [
      { fd: fd("counter"), read: true, write: false },
      { fd: fd("counter-other"), read: true, write: true },
      { fd: fd("timer"), read: false, write: false },
    ].sort((a, b) => a.fd - b.fd),
  );
  assertEquals(held("epoll-empty").watches, []);
});

test("details of an eventfd are its value, and who else has the same", { skip }, () => {
  assertEquals([held("counter").counter, held("counter-other").counter], [`${0xab}`, "0"]);
  const { counterId } = held("counter");
  assertEquals(held("counter-twin").counterId, counterId);
  assert(held("counter-other").counterId !== counterId);
  const heir = Number(stage.said("heir"));
  const graph = descriptors({ pids: [stage.pid, heir], details: true });
  const places = (name: string, pids: readonly number[]) =>
    pids.map((pid) => ({ pid, fd: Number(stage.said(name)) }));
  const peersOf = (name: string) =>
    graph.descriptors.find(({ pid, fd }) => pid === stage.pid && fd === held(name).fd)?.peers;
  const order = (list: readonly { pid: number; fd: number }[] | undefined) =>
    [...list ?? []].sort((a, b) => a.pid - b.pid || a.fd - b.fd);
  assertEquals(
    order(peersOf("counter")),
    order([...places("counter-twin", [stage.pid, heir]), ...places("counter", [heir])]),
  );
  assertEquals(peersOf("counter-other"), places("counter-other", [heir]));
});

test("details of a pidfd are the process, as long as there is one", { skip }, () => {
  assertEquals(held("pidfd").processId, Number(stage.said("heir")));
  assert(!("processId" in held("pidfd-gone")));
});

test("details of an inotify and a fanotify are the files, by device and inode", { skip }, () => {
  const id = (stat: { dev: number; ino: number }) => ({ device: stat.dev, inode: `${stat.ino}` });
  const byInode = (list: readonly { inode?: string }[] | undefined) =>
    [...list ?? []].sort((a, b) => Number(a.inode) - Number(b.inode));
  assertEquals(
    byInode(held("inotify").watchedFiles),
    byInode([id(file("watched")), id(file("."))]),
  );
  assertEquals(held("inotify-empty").watchedFiles, []);
  if (!stage.names.includes("fanotify")) return;
  const watched = held("fanotify").watchedFiles!;
  assertEquals(watched.filter(({ inode }) => inode !== undefined), [id(file("watched"))]);
  const proc = readFileSync("/proc/self/mountinfo", "utf8").split("\n")
    .map((line) => line.split(" ")).findLast(([, , , , at]) => at === "/proc");
  assertEquals(watched.filter(({ inode }) => inode === undefined), [{ mountId: Number(proc![0]) }]);
});

test("details of a timer are its clock and its times", { skip }, () => {
  const { timer } = held("timer");
  assertEquals([timer?.clock, timer?.intervalNs, timer?.expirations], ["boottime", 2.5e9, 0]);
  assertGreater(timer!.remainingNs!, 0);
  assertLessOrEqual(timer!.remainingNs!, 5000e9);
  assertEquals(held("timer-unset").timer, { clock: "realtime", expirations: 0 });
  assertEquals(held("timer-expired").timer, { clock: "monotonic", expirations: 1 });
});

test("details of a signalfd are the names of its signals", { skip }, () => {
  assertEquals([...held("signals").signals!].sort(), ["SIG40", "SIGCHLD", "SIGHUP", "SIGUSR1"]);
});

test("details of a file are the locks on it, of every kind", { skip }, () => {
  assertEquals(held("flock").locks, [{ kind: "flock", exclusive: false, start: 0 }]);
  assertEquals(held("posix").locks, [{ kind: "posix", exclusive: true, start: 5, end: 14 }]);
  // The lock was set through the other descriptor, although it belongs to the process.
  assertEquals(held("posix-again").locks, []);
  assertEquals(held("openFile").locks, [{ kind: "openFile", exclusive: false, start: 100 }]);
  assertEquals(held("lease").locks, [{ kind: "lease", exclusive: false, start: 0 }]);
  assertEquals(held("unlocked").locks, []);
});

test("a memory file has the name that it was given, and no path", { skip }, () => {
  const { type, name, path, deleted, locks } = held("memory");
  assertEquals([type, name, path, deleted, locks], [
    "memoryFile",
    "a name",
    undefined,
    undefined,
    [],
  ]);
});

test("details are absent unless requested, and are queried only where they can exist", {
  skip,
}, () => {
  const system = openSystem();
  const asked: number[] = [];
  const counting = {
    ...system,
    descriptorFacts(pid: number, fd: number) {
      asked.push(fd);
      return system.descriptorFacts(pid, fd);
    },
  };
  const names = [
    "watches",
    "watchedFiles",
    "counter",
    "counterId",
    "processId",
    "timer",
    "signals",
  ];
  for (const one of descriptors({ pids: [stage.pid], system: counting }).descriptors) {
    assertEquals([...names, "locks"].filter((name) => name in one), []);
  }
  assertEquals(asked, []);
  descriptors({ pids: [stage.pid], system: counting, details: true });
  const others = new Set(["pipe", "socket", "kqueue", "characterDevice", "directory", "fifo"]);
  assertEquals(asked, open.filter(({ type }) => !others.has(type)).map(({ fd }) => fd));
});

test("details must be a boolean", () => {
  for (const details of [null, 1, "yes", {}] as unknown as boolean[]) {
    assertThrows(() => descriptors({ pids: [process.pid], details }), TypeError, "details");
  }
});
