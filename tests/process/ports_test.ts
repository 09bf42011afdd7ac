import { assert, assertEquals, assertThrows } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { after, before, test } from "node:test";
import { PROC_INFO_CALL_LISTPIDS, PROC_INFO_CALL_PIDFDINFO } from "../../lib/abi/callnum.ts";
import { ERRNO, ProcInfoError } from "../../lib/system/errors.ts";
import { kernelDescriptors } from "../../lib/system/kernel_descriptors.ts";
import { openSystem } from "../../lib/system/open.ts";
import { systemOf } from "../../lib/system/system.ts";
import { type ListeningPort, listeningPorts } from "../../lib/process/ports.ts";
import { scriptedKernel } from "../../lib/testing/scripted_kernel.ts";
import { compileProgram } from "../support/compile.ts";
import { type Holder, startHolder, startListener } from "../support/descriptors.ts";
import { type Ends, startEnds } from "../support/ends.ts";
import { failingSystem } from "../support/failing_system.ts";
import { type Listeners, startListeners } from "../support/listeners.ts";
import { openedSince, openFiles } from "../support/open_files.ts";
import { inShell, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const skipRoot = skip || (root ? false : "needs root");

let holder: Holder;
let ends: Ends;
before(async () => {
  if (linux) [holder, ends] = await Promise.all([startHolder(), startEnds()]);
});
after(() => Promise.all([holder?.[Symbol.asyncDispose](), ends?.[Symbol.asyncDispose]()]));

/** Returns the ports as ss prints them, one entry for each descriptor. */
function ss(pids: readonly number[]): string[] {
  const { stdout } = spawnSync("ss", ["-Htulnp"], { encoding: "utf8" });
  return stdout.split("\n").flatMap((line) => {
    const [protocol, , , backlog, local] = line.trim().split(/\s+/);
    return [...line.matchAll(/pid=(\d+),fd=(\d+)/g)]
      .filter(([, pid]) => pids.includes(Number(pid)))
      .map(([, pid, fd]) => {
        const queue = protocol === "tcp" ? ` ${backlog}` : "";
        return `${protocol} ${local}${queue} ${pid}:${fd}`;
      });
  }).sort();
}

function shown({ protocol, address, port, dualStack, backlog, holders }: ListeningPort): string[] {
  const host = dualStack ? "*" : address.includes(":") ? `[${address}]` : address;
  const queue = backlog === undefined ? "" : ` ${backlog}`;
  return holders.map(({ pid, fd }) => `${protocol} ${host}:${port}${queue} ${pid}:${fd}`);
}

test("listeningPorts() lists the sockets that ss lists", { skip }, () => {
  const pids = [holder.pid, ...ends.pids];
  const ports = listeningPorts({ pids });
  assertEquals(ports.flatMap(shown).sort(), ss(pids));
  assert(ports.length > 12);
  assertEquals(ports.map(({ port }) => port), ports.map(({ port }) => port).sort((a, b) => a - b));
  assertEquals(new Set(ports.map(({ family }) => family)), new Set(["inet", "inet6"]));
});

test("listeningPorts() finds them among all processes, each socket once", { skip }, () => {
  const pids = [holder.pid, ...ends.pids];
  const ours = (port: ListeningPort) => pids.includes(port.pid!);
  assertEquals(listeningPorts().filter(ours), listeningPorts({ pids }));
});

test("listeningPorts() lists every holder of a shared socket, the lowest first", { skip }, () => {
  const port = ends.said("shared-listener");
  const places = ends.places("shared-listener");
  assertEquals(listeningPorts({ pids: ends.pids }).filter((found) => found.port === port), [{
    protocol: "tcp",
    family: "inet",
    address: "127.0.0.1",
    port: port as number,
    dualStack: false,
    pendingConnections: 0,
    backlog: 5,
    ...places[0]!,
    holders: places,
    missing: {},
  }]);
  assertEquals(places.length, 2);
});

test("listeningPorts() lists every socket of a port that several have", { skip }, () => {
  const port = ends.said("reuse");
  const found = listeningPorts({ pids: ends.pids }).filter((found) => found.port === port);
  const expected = ["reuse-one", "reuse-two"].map((name, i) => ({
    ...ends.place(name),
    backlog: 3 + i,
  })).sort((a, b) => a.pid - b.pid);
  assertEquals(found.map(({ pid, fd, backlog }) => ({ pid, fd, backlog })), expected);
});

test(
  "listeningPorts() leaves out what is connected, and what is bound to no port",
  { skip },
  () => {
    const listed = (pid: number, fd: number) =>
      listeningPorts({ pids: [pid] }).some(({ holders }) => holders.some((held) => held.fd === fd));
    for (const name of ["udp-a", "tcp-client", "tcp-accepted", "unix-listener"]) {
      const { pid, fd } = ends.place(name);
      assertEquals(listed(pid, fd), false, name);
    }
    for (const name of ["udp-closed", "udp-connected", "udp-refused", "raw", "tcp-closed"]) {
      assertEquals(listed(holder.pid, holder.fd(name)), false, name);
    }
    const bound = ends.place("udp-bound");
    assertEquals(listed(bound.pid, bound.fd), true);
  },
);

test("listeningPorts() lists the ports of another network namespace", {
  skip: skipRoot,
}, async () => {
  await using elsewhere = await startHolder({ net: true });
  const found = listeningPorts({ pids: [elsewhere.pid] });
  const fds = found.map(({ fd }) => fd);
  for (const name of ["tcp-listen", "tcp6-all", "udp-bound"]) {
    assert(fds.includes(elsewhere.fd(name)), name);
  }
});

test("listeningPorts() lists 500 ports of one process", { skip }, async () => {
  await using many = await startListener(500);
  const found = listeningPorts({ pids: [many.pid] });
  assertEquals(found.map(({ fd }) => fd!).sort((a, b) => a - b), many.fds);
  assertEquals(new Set(found.map(({ port }) => port)).size, 500);
});

// The host's own scan, and the scan through the kernel.

const placesOf = (ports: readonly ListeningPort[]) =>
  ports.flatMap(({ holders }) => holders.map(({ pid, fd }) => `${pid}:${fd}`)).sort();

/** Returns this host's kernel without the rest of the system. */
const kernelOnly = () => systemOf(openSystem().kernel);

/** Returns the results of both scans about processes, in this order. */
function bothWays(pids: readonly number[]) {
  return [listeningPorts({ pids }), listeningPorts({ pids, system: kernelOnly() })] as const;
}

/**
 * Returns the stable listening descriptors of a scene, including those of a process that opens and
 * closes others.
 */
function stable({ pids, waiting }: Listeners, ports: readonly ListeningPort[]): string[] {
  const busy = waiting.filter(([pid]) => pid === pids["busy"]).map(([pid, fd]) => `${pid}:${fd}`);
  return placesOf(ports).filter((place) =>
    !place.startsWith(`${pids["busy"]}:`) || busy.includes(place)
  );
}

const expectedPlaces = ({ waiting }: Listeners) =>
  waiting.map(([pid, fd]) => `${pid}:${fd}`).sort();

test("listeningPorts() reports the same by the host's way as by the kernel's", {
  skip: skipRoot,
}, async () => {
  await using scene = await startListeners();
  const { busy, ...others } = scene.pids;
  const all = Object.values(others);
  const [found, asked] = bothWays([...all, holder.pid, ...ends.pids]);
  assertEquals(found, asked);
  assertEquals(
    placesOf(found.filter(({ pid }) => all.includes(pid!))),
    expectedPlaces(scene).filter((place) => !place.startsWith(`${busy}:`)),
  );
  for (const pid of all) {
    const [one, same] = bothWays([pid]);
    assertEquals(one, same);
  }
});

test("listeningPorts() misses no port while others are opened and closed", {
  skip: skipRoot,
}, async () => {
  await using scene = await startListeners();
  const pids = Object.values(scene.pids);
  const expected = expectedPlaces(scene);
  for (let i = 0; i < 50; i++) assertEquals(stable(scene, listeningPorts({ pids })), expected);
});

/** Returns the results of both scans in a process for which some calls are refused. */
function seenWhere(refused: readonly string[], pids: readonly number[]): ListeningPort[][] {
  const script = `
    import { listeningPorts } from "./lib/process/ports.ts";
    import { openSystem } from "./lib/system/open.ts";
    import { systemOf } from "./lib/system/system.ts";
    const system = systemOf(openSystem().kernel);
    const pids = ${JSON.stringify(pids)};
    console.log(JSON.stringify([
      listeningPorts({ pids }), listeningPorts({ pids, system }),
    ]));
  `;
  const wrapper = [compileProgram(["refuse.c"], "refuse"), ...refused, "--"];
  return runWrapped(wrapper, script) as ListeningPort[][];
}

for (const refused of [["getfd"], ["getfd", "netlink"], ["netlink"]]) {
  test(`listeningPorts() reports the same both ways where ${refused.join(" and ")} is refused`, {
    skip: skipRoot,
  }, async () => {
    await using scene = await startListeners();
    const { busy, ...others } = scene.pids;
    const [found = [], asked = []] = seenWhere(refused, [...Object.values(others), ...ends.pids]);
    const bare = (ports: readonly ListeningPort[]) => ports.map(({ holders: _, ...port }) => port);
    assertEquals(bare(found), bare(asked));
    const places = placesOf(found);
    // A socket that one holder can identify is known for all holders, so the host's own scan may
    // report more.
    assertEquals(placesOf(asked).filter((place) => !places.includes(place)), []);
    if (!refused.includes("getfd")) assertEquals(found, asked);
    // A socket is unknown if it can be neither duplicated nor found in the tables of its namespace.
    // The tables report a peer address for a socket that is connected to port 0.
    const known = scene.waiting.filter(([pid, , name]) =>
      pid !== busy && (!refused.includes("getfd") ||
        name !== "home tcp" && !name.endsWith("nowhere") && pid !== scene.pids["back"])
    );
    const expected = known.map(([pid, fd]) => `${pid}:${fd}`);
    assertEquals(expected.filter((place) => !places.includes(place)), []);
    const wrong = scene.others.filter(([pid, fd]) => places.includes(`${pid}:${fd}`));
    assertEquals(wrong, []);
  });
}

test(
  "listeningPorts() queries the kernel alone only where the system has no other way",
  { skip },
  () => {
    const pids = ends.pids;
    const own = listeningPorts({ pids });
    const { kernel, ...live } = openSystem();
    let questions: string[] = [];
    const noted = {
      ...kernel,
      procInfo(...args: Parameters<typeof kernel.procInfo>) {
        questions.push(`${args[0]} ${args[2]}`);
        return kernel.procInfo(...args);
      },
    };
    const [few, all] = [() => live.listeners(), () => undefined].map((listeners) => {
      questions = [];
      const descriptors = () => kernelDescriptors(noted);
      const system = { ...live, kernel: noted, listeners, descriptors };
      assertEquals(listeningPorts({ pids, system }), own);
      return questions;
    });
    assertEquals(new Set(few), new Set(["3 3"]));
    assertEquals(new Set(all), new Set(["2 1", "3 3"]));
    assert(all!.length > 2 * few!.length, `${all!.length}`);
  },
);

test("the host's way leaks no descriptor and loses one process at the most when any call fails", {
  skip: skipRoot,
}, async () => {
  await using scene = await startListeners();
  const pids = Object.entries(scene.pids).filter(([role]) => role !== "busy").map(([, pid]) => pid);
  const { state, system } = failingSystem();
  const find = () => {
    const scan = system.listeners()!;
    for (const pid of pids) {
      const error = scan.add(pid);
      if (error === -ERRNO.EMFILE) return error;
    }
    const count = scan.finish();
    return count < 0 ? count : Array.from({ length: count }, (_, i) => ({
      place: `${scan.pids[i]}:${scan.fds[i]}`,
      socket: scan.sockets[i]!,
    }));
  };
  const truth = find();
  assert(typeof truth === "object");
  state.made = 0;
  assertEquals(find(), truth);
  const total = state.made;
  for (
    const name of ["open", "getdents64", "readlinkat", "pidfd_open", "pidfd_getfd", "getsockopt"]
  ) {
    assert(state.names.has(name), name);
  }
  const expected = expectedPlaces(scene).filter((place) =>
    !place.startsWith(`${scene.pids["busy"]}:`)
  );
  assertEquals(expected.filter((place) => !truth.some((found) => found.place === place)), []);
  const sockets = [...scene.waiting, ...scene.others].map(([pid, fd]) => `${pid}:${fd}`);
  const before = openFiles();
  const EPERM = 1, ESRCH = 3, EBADF = 9, EMFILE = 24;
  const step = Math.max(1, Math.floor(total / 150));
  for (let nth = 1, round = 0; nth <= total; nth += step, round++) {
    for (const errno of [[EPERM, ESRCH, EBADF][round % 3]!, EMFILE]) {
      Object.assign(state, { left: nth, errno });
      const found = find();
      state.left = 0;
      if (typeof found === "number") {
        assertEquals([found, errno], [-ERRNO.EMFILE, EMFILE]);
        continue;
      }
      const places = found.map(({ place }) => place);
      assertEquals(new Set(places).size, places.length);
      const strange = places.filter((place) => !sockets.includes(place) && !/:[012]$/.test(place));
      assertEquals(strange, []);
      const lost = expected.filter((place) => !places.includes(place));
      assert(new Set(lost.map((place) => place.split(":")[0])).size <= 1, `${nth} ${errno}`);
    }
  }
  assertEquals(find(), truth);
  assertEquals(openedSince(before), []);
});

test("listeningPorts() throws where this process may open nothing more", { skip }, () => {
  const script = `
    import { listeningPorts } from "./lib/process/ports.ts";
    import { closeSync, openSync } from "node:fs";
    listeningPorts();
    const open = [];
    try {
      for (;;) open.push(openSync("/dev/null"));
    } catch {}
    let code;
    try {
      listeningPorts({ pids: [${holder.pid}] });
    } catch (error) {
      code = [error.name, error.code];
    }
    open.forEach((fd) => closeSync(fd));
    console.log(JSON.stringify({ code, ports: listeningPorts({ pids: [${holder.pid}] }).length }));
  `;
  const found = runWrapped(inShell('ulimit -n 200; exec "$@"'), script);
  const ports = listeningPorts({ pids: [holder.pid] }).length;
  assertEquals(found, { code: ["ProcInfoError", "EMFILE"], ports });
});

// Failures.

function failingKernel() {
  const { kernel } = openSystem();
  return scriptedKernel(({ callnum, pid, flavor, arg }, buffer) =>
    kernel.procInfo(callnum, pid, flavor, arg, buffer)
  );
}

test("listeningPorts() survives any failure of any one call, and leaks no descriptor", {
  skip,
}, () => {
  const kernel = failingKernel();
  const pids = ends.pids;
  const system = systemOf(kernel);
  const whole = listeningPorts({ pids, system }).flatMap(shown);
  const total = kernel.calls.length;
  // Only the lists and the sockets are queried.
  assertEquals(
    new Set(kernel.calls.map(({ callnum, flavor }) => `${callnum} ${flavor}`)),
    new Set(["2 1", "3 3"]),
  );
  const before = openFiles();
  const { EBADF, EIO, ENOENT, ENOTSOCK, EPERM, ESRCH } = ERRNO;
  const errnos = [EBADF, EIO, ENOENT, ENOTSOCK, EPERM, ESRCH];
  for (let nth = 1; nth <= total; nth++) {
    kernel.fail(nth, errnos[nth % errnos.length]!);
    const found = listeningPorts({ pids, system }).flatMap(shown);
    assertEquals(found.filter((port) => !whole.includes(port)), []);
    kernel.fail(nth, ERRNO.EMFILE);
    const error = assertThrows(() => listeningPorts({ pids, system }), ProcInfoError);
    assertEquals(error.code, "EMFILE");
  }
  assertEquals(openedSince(before), []);
});

test("listeningPorts() loses one socket by a failure, and no more", { skip }, () => {
  const kernel = failingKernel();
  const { pid } = holder;
  const system = systemOf(kernel);
  const whole = listeningPorts({ pids: [pid], system });
  const questions = kernel.calls.filter(({ callnum }) => callnum === PROC_INFO_CALL_PIDFDINFO);
  const nth = questions.findIndex(({ arg }) => arg === BigInt(holder.fd("tcp-listen"))) + 1;
  kernel.fail(nth, ERRNO.EPERM, { callnum: PROC_INFO_CALL_PIDFDINFO });
  const found = listeningPorts({ pids: [pid], system });
  assertEquals(found, whole.filter(({ fd }) => fd !== holder.fd("tcp-listen")));
  assertEquals(found.length, whole.length - 1);
});

test("listeningPorts() throws where processes cannot be listed", () => {
  const kernel = scriptedKernel([{ callnum: PROC_INFO_CALL_LISTPIDS, answer: -ERRNO.EPERM }]);
  assertThrows(() => listeningPorts({ system: systemOf(kernel) }), ProcInfoError, "EPERM");
});
