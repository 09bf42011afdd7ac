import { assert, assertEquals, assertThrows } from "@std/assert";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { PROC_INFO_CALL_LISTPIDS, PROC_INFO_CALL_PIDFDINFO } from "../../lib/abi/callnum.ts";
import { ERRNO, ProcInfoError } from "../../lib/kernel.ts";
import { openKernel } from "../../lib/open.ts";
import { type ListeningPort, listeningPorts } from "../../lib/process/ports.ts";
import { scriptedKernel } from "../../lib/testing/scripted_kernel.ts";
import { type Holder, startHolder, startListener } from "../support/descriptors.ts";
import { type Ends, startEnds } from "../support/ends.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

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

/** The ports as ss shows them, each descriptor on its own. */
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
  const ours = (port: ListeningPort) => pids.includes(port.pid);
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
    backlog: 5,
    ...places[0]!,
    holders: places,
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
  assertEquals(found.map(({ fd }) => fd).sort((a, b) => a - b), many.fds);
  assertEquals(new Set(found.map(({ port }) => port)).size, 500);
});

test("listeningPorts() leaves out the ports of processes it may not look at", {
  skip: skipRoot,
}, () => {
  const script = `
    import { createServer } from "node:net";
    import process from "node:process";
    import { listeningPorts } from "./lib/process/ports.ts";
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      const ports = listeningPorts();
      console.log(JSON.stringify({
        mine: ports.filter((found) => found.port === port).map(({ pid }) => pid === process.pid),
        theirs: ports.filter(({ pid }) => pid === ${holder.pid}).length,
      }));
      server.close();
    });
  `;
  assertEquals(runWrapped(AS_NOBODY, script), { mine: [true], theirs: 0 });
});

// Failures.

function failingKernel() {
  const kernel = openKernel();
  return scriptedKernel(({ callnum, pid, flavor, arg }, buffer) =>
    kernel.procInfo(callnum, pid, flavor, arg, buffer)
  );
}

test("listeningPorts() survives any failure of any one call, and leaks no descriptor", {
  skip,
}, () => {
  const kernel = failingKernel();
  const pids = ends.pids;
  const whole = listeningPorts({ pids, kernel }).flatMap(shown);
  const total = kernel.calls.length;
  // Nothing but the lists and the sockets is asked for.
  assertEquals(
    new Set(kernel.calls.map(({ callnum, flavor }) => `${callnum} ${flavor}`)),
    new Set(["2 1", "3 3"]),
  );
  const before = readdirSync("/proc/self/fd").length;
  const { EBADF, EIO, ENOENT, ENOTSOCK, EPERM, ESRCH } = ERRNO;
  const errnos = [EBADF, EIO, ENOENT, ENOTSOCK, EPERM, ESRCH];
  for (let nth = 1; nth <= total; nth++) {
    kernel.fail(nth, errnos[nth % errnos.length]!);
    const found = listeningPorts({ pids, kernel }).flatMap(shown);
    assertEquals(found.filter((port) => !whole.includes(port)), []);
    kernel.fail(nth, ERRNO.EMFILE);
    const error = assertThrows(() => listeningPorts({ pids, kernel }), ProcInfoError);
    assertEquals(error.code, "EMFILE");
  }
  assertEquals(readdirSync("/proc/self/fd").length, before);
});

test("listeningPorts() loses one socket by a failure, and no more", { skip }, () => {
  const kernel = failingKernel();
  const { pid } = holder;
  const whole = listeningPorts({ pids: [pid], kernel });
  const questions = kernel.calls.filter(({ callnum }) => callnum === PROC_INFO_CALL_PIDFDINFO);
  const nth = questions.findIndex(({ arg }) => arg === BigInt(holder.fd("tcp-listen"))) + 1;
  kernel.fail(nth, ERRNO.EPERM, { callnum: PROC_INFO_CALL_PIDFDINFO });
  const found = listeningPorts({ pids: [pid], kernel });
  assertEquals(found, whole.filter(({ fd }) => fd !== holder.fd("tcp-listen")));
  assertEquals(found.length, whole.length - 1);
});

test("listeningPorts() throws where processes cannot be listed", () => {
  const kernel = scriptedKernel([{ callnum: PROC_INFO_CALL_LISTPIDS, answer: -ERRNO.EPERM }]);
  assertThrows(() => listeningPorts({ kernel }), ProcInfoError, "EPERM");
});
