import { assert, assertEquals, assertThrows } from "@std/assert";
import { symlinkSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { PROC_INFO_CALL_LISTPIDS } from "../../lib/abi/callnum.ts";
import { ERRNO, ProcInfoError, SystemCallError } from "../../lib/system/errors.ts";
import { kernelDescriptors } from "../../lib/system/kernel_descriptors.ts";
import { openSystem } from "../../lib/system/open.ts";
import { systemOf } from "../../lib/system/system.ts";
import { type Held, whoHas } from "../../lib/process/who_has.ts";
import { scriptedKernel } from "../../lib/testing/scripted_kernel.ts";
import { compileProgram } from "../support/compile.ts";
import { type Holder, startHolder } from "../support/descriptors.ts";
import { type Ends, startEnds } from "../support/ends.ts";
import { openedSince, openFiles } from "../support/open_files.ts";
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

/** Returns the descriptors and the uses of each holder. */
function found(what: Held, pids: readonly number[] = ends.pids) {
  return Object.fromEntries(
    whoHas(what, { pids }).map((
      { pid, descriptors, as },
    ) => [pid!, [...descriptors.map(({ fd }) => fd), ...as]]),
  );
}

const P = () => ends.pid("P");
const C = () => ends.pid("C");
const fd = (name: string) => ends.places(name)[0]!.fd;

// Files.

test("whoHas() finds a file under all of its names, and by a link to it", { skip }, () => {
  const link = `${ends.folder}/link`;
  symlinkSync("file", link);
  const expected = { [P()]: [fd("file")], [C()]: [fd("hard-link")] };
  for (const name of ["file", "other name", "link"]) {
    assertEquals(found({ path: `${ends.folder}/${name}` }), expected, name);
  }
  const [first] = whoHas({ path: link }, { pids: [C()] });
  assertEquals(first!.descriptors.map(({ path, access }) => [path, access?.append]), [
    [`${ends.folder}/other name`, true],
  ]);
  assert(first!.name?.startsWith("python"), first!.name);
});

test("whoHas() finds a deleted file, and one whose name is not UTF-8, by a descriptor", {
  skip,
}, () => {
  for (const name of ["deleted", "odd-file"]) {
    const { pid, fd } = ends.place(name);
    assertEquals(found({ path: `/proc/${pid}/fd/${fd}` }), { [pid]: [fd] });
  }
});

test("whoHas() reports working and root directories, mapped files and programs", { skip }, () => {
  const inner = found({ path: `${ends.folder}/inner` });
  assertEquals(inner[C()], ["cwd"]);
  if (root) assertEquals(inner[ends.pid("R")], ["cwd", "root"]);
  const mapped = whoHas({ path: `${ends.folder}/mapped` }, { pids: ends.pids });
  assertEquals(mapped.map(({ pid, as }) => [pid, as]), [[C(), ["mapped"]]]);
  const program = compileProgram(["descriptors.c"], "descriptors");
  assertEquals(found({ path: program }, [holder.pid, ...ends.pids]), {
    [holder.pid]: ["executable"],
  });
});

test("whoHas() joins the ends of a fifo", { skip }, () => {
  const holders = whoHas({ path: `${ends.folder}/fifo` }, { pids: ends.pids });
  const peers = Object.fromEntries(
    holders.map(({ pid, descriptors }) => [pid!, descriptors[0]!.peers]),
  );
  assertEquals(peers, {
    [P()]: [{ pid: C(), fd: fd("fifo-write") }],
    [C()]: [{ pid: P(), fd: fd("fifo-read") }],
  });
});

test("whoHas() finds them among all processes", { skip }, () => {
  const everybody = whoHas({ path: `${ends.folder}/mapped` });
  assertEquals(everybody.map(({ pid, as }) => [pid, as]), [[C(), ["mapped"]]]);
  const pids = whoHas({ path: "/dev/null" }).map(({ pid }) => pid);
  assert(pids.includes(holder.pid));
  assertEquals(pids, [...new Set(pids)].sort((a, b) => a! - b!));
});

test("whoHas() finds shared memory by its path", { skip }, () => {
  const path = `/dev/shm${holder.said("shm")[0]}`;
  assertEquals(found({ path }, [holder.pid]), { [holder.pid]: [holder.fd("shm")] });
});

test("whoHas() throws the error of the system about a path that does not exist", { skip }, () => {
  const error = assertThrows(
    () => whoHas({ path: `${ends.folder}/nothing` }),
    SystemCallError,
    `${ends.folder}/nothing`,
  );
  assertEquals(error.code, "ENOENT");
  const loop = `${ends.folder}/loop`;
  symlinkSync("loop", loop);
  assertEquals(assertThrows(() => whoHas({ path: loop }), SystemCallError).code, "ELOOP");
  const below = `${ends.folder}/file/below`;
  assertEquals(assertThrows(() => whoHas({ path: below }), SystemCallError).code, "ENOTDIR");
});

// Ports.

test("whoHas() finds the listener of a port and what was accepted, not the client", {
  skip,
}, () => {
  for (const name of ["tcp", "tcp6", "mapped"]) {
    const port = ends.said(name) as number;
    const expected = { [P()]: [fd(`${name}-listener`), fd(`${name}-accepted`)] };
    assertEquals(found({ port }), expected, name);
    assertEquals(found({ port, protocol: "tcp" }), expected, name);
    assertEquals(found({ port, protocol: "udp" }), {}, name);
    const [held] = whoHas({ port }, { pids: ends.pids });
    assertEquals(held!.descriptors[1]!.peers, ends.places(`${name}-client`));
  }
  const udp = ends.said("udp-bound") as number;
  assertEquals(found({ port: udp, protocol: "udp" }), { [P()]: [fd("udp-bound")] });
});

test("whoHas() finds every holder of a port that several have", { skip }, () => {
  assertEquals(found({ port: ends.said("reuse") as number }), {
    [P()]: [fd("reuse-one")],
    [C()]: [fd("reuse-two")],
  });
  assertEquals(found({ port: ends.said("shared-listener") as number }), {
    [P()]: [fd("shared-listener")],
    [C()]: [fd("shared-listener")],
  });
});

// UNIX-domain sockets.

test("whoHas() finds a UNIX-domain socket by its path, and by another path of the file", {
  skip,
}, () => {
  const path = ends.said("unix") as string;
  const expected = { [P()]: [fd("unix-listener"), fd("unix-accepted")] };
  assertEquals(found({ socket: path }), expected);
  const folder = `${ends.folder}/folder`;
  symlinkSync(".", folder);
  assertEquals(found({ socket: `${folder}/listener` }), expected);
  assertEquals(found({ socket: `${ends.folder}/nothing` }), {});
  const [held] = whoHas({ socket: path }, { pids: ends.pids });
  assertEquals(held!.descriptors.map(({ peers }) => peers), [
    undefined,
    ends.places("unix-client"),
  ]);
});

test("whoHas() finds an abstract name, with NULs and newlines in it", { skip }, () => {
  for (const name of ["plain", "abstract", "nul"]) {
    const said = ends.said(name) as string;
    const expected = { [P()]: [fd(`${name}-listener`), fd(`${name}-accepted`)] };
    assertEquals(found({ socket: said }), expected, name);
    assertEquals(found({ socket: `@${said.slice(1)}` }), expected, name);
    // A part of a name does not match.
    assertEquals(found({ socket: said.slice(0, -1) }), {}, name);
  }
});

// Invalid arguments.

test("whoHas() refuses none or several things to look for", () => {
  const refused = (what: unknown) => assertThrows(() => whoHas(what as Held), TypeError).message;
  assertEquals(
    refused({}),
    "Cannot pass what as it must have exactly one of path, mount, below, port and socket: it has none",
  );
  assert(refused(undefined).endsWith("must be an object: it is undefined"));
  assert(refused({ path: undefined }).endsWith("it has none"));
  assert(refused({ path: "/", port: 80 }).endsWith("it has path and port"));
  assert(refused({ socket: "@a", path: "/", port: 1 }).endsWith("it has path and port and socket"));
  assert(refused({ path: 1 }).includes("path") && refused({ socket: 1 }).includes("socket"));
});

test("whoHas() names an argument that is out of its range, and its value", () => {
  const refused = (what: unknown) => assertThrows(() => whoHas(what as Held), RangeError).message;
  for (const port of [0, -1, 65536, 1.5, NaN, "80"]) {
    assert(refused({ port }).includes(`port as it must be an integer from 1 to 65535`), `${port}`);
  }
  assert(refused({ port: 65536 }).endsWith("current value is 65536"));
  assert(refused({ port: "80" }).endsWith('current value is "80"'));
  assert(refused({ port: 1, protocol: "icmp" }).endsWith('current value is "icmp"'));
  assert(refused({ path: "/a\0b" }).includes('"/a\\u0000b"'));
  assert(refused({ socket: "/a\0b" }).includes("socket"));
  assert(refused({ socket: "" }).includes("socket"));
});

test("whoHas() passes over what it may not look at", { skip: skipRoot }, () => {
  const script = `
    import process from "node:process";
    import { whoHas } from "./lib/process/who_has.ts";
    const pids = whoHas({ path: "/dev/null" }).map(({ pid }) => pid);
    console.log(JSON.stringify([pids.includes(${holder.pid}), whoHas({ path: process.cwd() })
      .filter(({ pid }) => pid === process.pid).map(({ as }) => as)]));
  `;
  assertEquals(runWrapped(AS_NOBODY, script), [false, [["cwd"]]]);
});

// Failures.

test("whoHas() survives any failure of any one call, and leaks no descriptor", { skip }, () => {
  const live = openSystem();
  const kernel = scriptedKernel(({ callnum, pid, flavor, arg }, buffer) =>
    live.kernel.procInfo(callnum, pid, flavor, arg, buffer)
  );
  const system = { ...live, kernel, descriptors: () => kernelDescriptors(kernel) };
  const pids = ends.pids;
  const before = openFiles();
  const { EBADF, EIO, EINVAL, ENOENT, EPERM, ESRCH } = ERRNO;
  const errnos = [EBADF, EIO, EINVAL, ENOENT, EPERM, ESRCH];
  const whats: readonly Held[] = [
    { path: `${ends.folder}/file` },
    { port: ends.said("tcp") as number },
    { socket: ends.said("unix") as string },
  ];
  for (const what of whats) {
    const start = kernel.calls.length;
    const whole = JSON.stringify(whoHas(what, { pids, system }).map(({ pid }) => pid));
    const total = kernel.calls.length - start;
    // Most calls are about regions and descriptors, which are handled alike.
    const step = Math.ceil(total / 50);
    for (let nth = 1; nth <= total; nth += step) {
      kernel.fail(nth, errnos[nth % errnos.length]!);
      for (const { pid } of whoHas(what, { pids, system })) assert(whole.includes(`${pid}`));
      kernel.fail(nth, ERRNO.EMFILE);
      const error = assertThrows(() => whoHas(what, { pids, system }), ProcInfoError);
      assertEquals(error.code, "EMFILE", `call ${nth} of ${total}`);
    }
  }
  assertEquals(openedSince(before), []);
});

test("whoHas() throws where processes cannot be listed, or the file cannot be identified", () => {
  const kernel = scriptedKernel([{ callnum: PROC_INFO_CALL_LISTPIDS, answer: -ERRNO.EPERM }]);
  const system = systemOf(kernel);
  assertThrows(() => whoHas({ port: 80 }, { system }), ProcInfoError, "EPERM");
  assertThrows(() => whoHas({ path: "/" }, { system }), SystemCallError, "ENOTSUP");
});
