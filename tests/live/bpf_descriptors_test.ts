import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { readdirSync, readlinkSync } from "node:fs";
import { after, before, test } from "node:test";
import { descriptors } from "../../lib/process/descriptors.ts";
import { listeningPorts } from "../../lib/process/ports.ts";
import { whoHas } from "../../lib/process/who_has.ts";
import { SystemCallError } from "../../lib/system/errors.ts";
import { openSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";
import { skipBpfFiles as skip } from "../support/bpf.ts";
import { differing, places, startZoo, type Zoo } from "../support/descriptor_zoo.ts";
import { failingSystem } from "../support/failing_system.ts";
import { runWrapped } from "../support/wrapped.ts";

let zoo: Zoo;
let bpf: System;
before(async () => {
  if (skip) return;
  zoo = await startZoo();
  bpf = openSystem({ bpf: true });
});
after(async () => {
  bpf?.[Symbol.dispose]();
  await zoo?.[Symbol.asyncDispose]();
});

/**
 * The pids of the processes that are read one by one before BPF is used. They have no descriptors
 * or do not exist.
 */
const FIRST = [2, 3, 4, 5];

test("descriptors() by BPF reports what it reports otherwise", { skip }, () => {
  const pids = [...FIRST, ...zoo.pids];
  const found = descriptors({ pids, system: bpf });
  const expected = descriptors({ pids });
  assertEquals(found.missing, expected.missing);
  assertEquals(differing(found.descriptors, expected.descriptors), []);
  const types = new Set(expected.descriptors.map(({ type }) => type));
  assertGreater(types.size, 16, [...types].join());
});

test("descriptors() by BPF reports the same with details", { skip }, () => {
  const pids = [...FIRST, ...zoo.pids];
  const options = { pids, details: true };
  // The time until the next expiration decreases.
  const still = (all: ReturnType<typeof descriptors>) =>
    all.descriptors.map(({ timer: _, ...one }) => one);
  assertEquals(
    differing(still(descriptors({ ...options, system: bpf })), still(descriptors(options))),
    [],
  );
});

test("descriptors() and listeningPorts() by BPF are those of all processes", { skip }, () => {
  const ours = new Set(zoo.pids);
  const those = <T extends { readonly pid: number | undefined }>(all: readonly T[]) =>
    all.filter(({ pid }) => pid !== undefined && ours.has(pid));
  // The peers may be processes outside of the zoo.
  const plain = descriptors().descriptors, fast = descriptors({ system: bpf }).descriptors;
  const alone = (all: typeof plain) => those(all).map(({ peers: _, ...one }) => one);
  assertEquals(differing(alone(fast), alone(plain)), []);
  const ports = those(listeningPorts());
  assertEquals(those(listeningPorts({ system: bpf })), ports);
  assertGreater(ports.length, 20);
});

test("listeningPorts() by BPF lists only the ports of the requested processes", {
  skip,
}, () => {
  for (const pids of [[], zoo.pids.slice(0, 1), zoo.ends, zoo.pids]) {
    assertEquals(listeningPorts({ pids, system: bpf }), listeningPorts({ pids }));
  }
});

test("listeningPorts() by BPF queries no socket that is in the tables", { skip }, () => {
  const asked: number[] = [];
  const { kernel } = bpf;
  const system: System = {
    ...bpf,
    kernel: {
      ...kernel,
      procInfo(...args) {
        asked.push(args[1]);
        return kernel.procInfo(...args);
      },
    },
  };
  const [pid] = zoo.pids;
  assertEquals(listeningPorts({ system }).filter((port) => port.pid === pid).length, 16);
  assertGreater(asked.length, 0);
  assert(!asked.includes(pid!));
});

test(
  "descriptors() and listeningPorts() by BPF make few calls, and none is a must",
  { skip },
  () => {
    const { state, system } = failingSystem(true);
    const plain = failingSystem();
    const pids = [...FIRST, zoo.pids[0]!, ...zoo.ends];
    const scan = (of: System) => places(of.descriptors(), pids);
    const listen = (of: System) => {
      const scan = of.listeners()!;
      for (const pid of pids) assertEquals(scan.add(pid), 0);
      const count = scan.finish();
      return Array.from({ length: count }, (_, i) => `${scan.pids[i]}:${scan.fds[i]}`);
    };
    for (const read of [scan, listen]) {
      const truth = read(system);
      assertEquals(read(plain.system), truth);
      state.made = plain.state.made = 0;
      read(system);
      read(plain.system);
      const total = state.made;
      assert(total * 3 < plain.state.made, `${total} ${plain.state.made}`);
      const before = readdirSync("/proc/self/fd").length;
      const EPERM = 1, EMFILE = 24;
      let lost = 0;
      const step = Math.ceil(total / 60);
      let failed = 0;
      for (let nth = 1; nth <= total; nth += step) {
        for (const errno of [EPERM, EMFILE]) {
          Object.assign(state, { left: nth, errno });
          if (JSON.stringify(read(system)) !== JSON.stringify(truth)) lost++;
          failed++;
          state.left = 0;
        }
      }
      // After a failed call, the value is read in another way, or a descriptor is missing.
      assert(lost * 2 < failed, `${lost} of ${failed}`);
      assertEquals(read(system), truth);
      assertEquals(readdirSync("/proc/self/fd").length, before);
    }
    system[Symbol.dispose]();
  },
);

test("a program refused when it is first needed is an error with true alone", { skip }, () => {
  for (const ask of ["descriptors", "listeners"] as const) {
    /** Returns true if the programs are used although one call is refused. */
    const asking = (bpf: true | "auto", left: number) => {
      const { state, system } = failingSystem(bpf);
      using _ = system;
      Object.assign(state, { left, errno: 1 });
      try {
        return system[ask]() !== undefined;
      } catch (error) {
        // Errors in looking up an address of the kernel are not refusals.
        if (!(error instanceof SystemCallError)) return undefined;
        assertMatch(error.message, /BPF/);
        return false;
      }
    };
    const lefts = Array.from({ length: 8 }, (_, i) => i + 1);
    const refused = lefts.filter((left) => asking(true, left) === false);
    assertGreater(refused.length, 1);
    for (const left of refused) assertEquals(asking("auto", left), true);
  }
});

test("whoHas() by BPF finds the same holders", { skip }, () => {
  const pids = [...FIRST, ...zoo.pids];
  const whats = [{ path: "/dev/null" }, { path: "/" }, { mount: "/dev" }, { below: "/proc" }];
  for (const what of whats) {
    const holders = (options: { readonly system?: System }) =>
      whoHas(what, { pids, ...options }).map(({ pid, as, descriptors }) => ({
        pid,
        as,
        fds: descriptors.map(({ fd }) => fd),
      }));
    assertEquals(holders({ system: bpf }), holders({}), JSON.stringify(what));
  }
});

test("nothing of the programs stays after their system was disposed of", { skip }, () => {
  const programs = () =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).includes("bpf");
      } catch {
        return false;
      }
    }).length;
  const before = programs();
  {
    using system = openSystem({ bpf: true });
    descriptors({ system });
    listeningPorts({ system });
    assertGreater(programs(), before);
  }
  assertEquals(programs(), before);
});

const COMPARED = `
  import { descriptors, getAllPids, listeningPorts, openSystem } from "./mod.ts";
  import { differing, startZoo } from "./tests/support/descriptor_zoo.ts";
  const zoo = await startZoo();
  const system = openSystem({ bpf: true });
  const pids = [2_000_001, 2_000_002, 2_000_003, 2_000_004, ...zoo.pids].sort((a, b) => a - b);
  const fast = descriptors({ pids, system }), plain = descriptors({ pids });
  const ports = [listeningPorts({ pids: zoo.pids }), listeningPorts({ pids: zoo.pids, system })];
  system[Symbol.dispose]();
  await zoo[Symbol.asyncDispose]();
  console.log(JSON.stringify([
    differing(fast.descriptors, plain.descriptors),
    plain.descriptors.length,
    JSON.stringify(ports[0]) === JSON.stringify(ports[1]),
    ports[0].length,
    Math.max(...getAllPids()),
  ]));
`;

test("descriptors() by BPF reports the same in a PID namespace", { skip }, () => {
  const apart = ["unshare", "--pid", "--fork", "--mount-proc"];
  const [different, count, portsAgree, ports, highest] = runWrapped(apart, COMPARED) as [
    unknown[],
    number,
    boolean,
    number,
    number,
  ];
  assertEquals(different, []);
  assertGreater(count, 300);
  assert(portsAgree);
  assertGreater(ports, 20);
  assert(highest < 10_000, `${highest}`);
});
