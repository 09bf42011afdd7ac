import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertMatch } from "@std/assert";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { defaultSystem } from "../../lib/system/open.ts";
import type { Screen } from "../../lib/cli/main.ts";
import { libproc, libprocWith } from "../support/cli.ts";
import {
  childrenOf,
  type Speaker,
  startShell,
  startSpeaker,
  stateOf,
  until,
} from "../support/lines.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const root = process.getuid?.() === 0;

/** The output of `cli_server.py`. */
interface Server {
  readonly pid: number;
  readonly child: number;
  readonly port: number;
  readonly udp: number;
  readonly clientPort: number;
  readonly program: string;
  readonly fds: Readonly<Record<string, number>>;
  readonly cpuTimeNs: number;
}

const SCRIPT = fileURLToPath(new URL("../support/cli_server.py", import.meta.url));
let folder: string;
let speaker: Speaker;
let server: Server;
let started: number;
before(async () => {
  if (skip) return;
  folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-cli-`));
  started = Date.now();
  speaker = startSpeaker(["env", "-i", "A=1", "B=two words", "python3", SCRIPT, folder, ""]);
  server = JSON.parse(await speaker.next());
  await until("it waits for its input", () => stateOf(server.pid) === "S");
});
after(async () => {
  await speaker?.[Symbol.asyncDispose]();
  if (folder) rmSync(folder, { recursive: true });
});

/** Runs a command, which must succeed, and returns its JSON output. */
async function answer<T>(...args: string[]): Promise<T> {
  const { status, out, err } = await libproc(...args, "--json");
  assertEquals([status, err], [0, ""], args.join(" "));
  return JSON.parse(out);
}

/** Returns the kernel's name of a process, or "" if the process does not exist. */
function commOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

/** The name of this process's user. */
const user = defaultSystem().userName(process.geteuid!());

const linesOf = async (...args: string[]) => (await libproc(...args)).out.split("\n");

test("libproc pids finds the children of a process", { skip }, async () => {
  const { pid, child } = server;
  assertEquals(await libproc("pids", "ppid", `${pid}`), { status: 0, out: `${child}`, err: "" });
});

test("libproc ps reports the true values of a process", { skip }, async () => {
  const { pid, program, cpuTimeNs } = server;
  type Row = Readonly<Record<string, unknown>>;
  const names = "pid,ppid,uid,state,threads,nice,args,cwd,exe,start,time,rss,vsz";
  const rows = await answer<Row[]>("ps", "--name", "python", "--fields", names);
  const row = rows.find((row) => row["pid"] === pid)!;
  const { startedAt: start, cpuTimeNs: time, residentBytes: rss, virtualBytes: vsz, ...rest } =
    row as { readonly [name: string]: number };
  assertEquals<unknown>(rest, {
    pid,
    parentPid: process.pid,
    userId: process.getuid!(),
    state: "sleeping",
    threadCount: 3,
    nice: getPriority(),
    arguments: ["python3", SCRIPT, folder, ""],
    workingDirectory: folder,
    executablePath: program,
  });
  // The clock of the machine may have been adjusted after the start of the process.
  assert(start! >= started - 2000 && start! <= Date.now() + 2000, `${start} ${started}`);
  assertGreaterOrEqual(time, cpuTimeNs * 0.9);
  assert(rss! > 1 << 20 && rss! < vsz!, `${rss} ${vsz}`);
  const shown = (await linesOf("ps", "--fields", "args,pid")).find((line) =>
    line.endsWith(` ${pid}`)
  );
  assertMatch(shown!, new RegExp(`^python3 ${SCRIPT} ${folder} '' +${pid}$`));
});

test("libproc tree prints a process and its child, and what is above them", { skip }, async () => {
  const { pid, child } = server;
  const line = `${pid} ${user} python3 ${SCRIPT} ${folder} `;
  const [top, below, ...rest] = await linesOf("tree", `${pid}`);
  assertEquals(top, line);
  assertMatch(below!, new RegExp(`^└─ ${child} ${user} sleep \\d+$`));
  assertEquals(rest, []);
  const tree = await answer<{ pid: number; children: unknown[] }>("tree", `${pid}`);
  assertEquals([tree.pid, tree.children.length], [pid, 1]);
  const above = await linesOf("tree", "--ancestors", `${pid}`);
  assert(above.at(-1)!.endsWith(`└─ ${line}`), above.join("\n"));
  assertMatch(above.at(-2)!, new RegExp(`(?:^|└─ )${process.pid} `));
  // Without a pid, the command prints its own ancestors.
  assertEquals(await linesOf("tree", "--ancestors"), above.slice(0, -1));
});

test("libproc tree folds equal processes without children, and has the command itself stand out", {
  skip,
}, async () => {
  await using shell = startShell("for i in 1 2 3; do sleep 1000 & done; echo ready; wait");
  await shell.next();
  await until("the shell has three children", () => {
    const children = childrenOf(shell.pid);
    return children.length === 3 && children.every((pid) => commOf(pid) === "sleep");
  });
  const pids = childrenOf(shell.pid).sort((a, b) => a - b);
  const [top, folded, ...rest] = await linesOf("tree", `${shell.pid}`);
  assertMatch(top!, new RegExp(`^${shell.pid} ${user} \\S*sh -c for i in 1 2 3;`));
  assertMatch(folded!, new RegExp(`^└─ 3\\*\\[${user} sleep 1000\\] (\\d+) (\\d+) (\\d+)$`));
  assertEquals(folded!.split(" ").slice(-3).map(Number).sort((a, b) => a - b), pids);
  assertEquals(rest, []);
  const screen: Screen = {
    ...{ width: () => 40, height: () => 24, colors: true, moves: true },
    ...{ write: () => {}, keys: () => {}, resized: () => {}, continued: () => {} },
  };
  const { out } = await libprocWith({ screen }, "tree", "--ancestors", `${shell.pid}`);
  const bold = out.split("\n").filter((line) => line.startsWith("\x1b[1m"));
  assertEquals(bold.length, 1);
  assertMatch(bold[0]!, new RegExp(`(?:m|└─ )${process.pid} `));
  assert(bold[0]!.length <= 40 + "\x1b[1m\x1b[22m".length, bold[0]);
});

const noThreads = commOf(2) === "kthreadd" ? false : "needs a namespace with kernel threads";

test(
  "libproc tree leaves out kernel threads, and --all does not",
  { skip: noThreads },
  async () => {
    const below = await linesOf("tree", "2");
    assertEquals(below[0], "2 root [kthreadd]");
    assert(below.length > 1);
    const all = await linesOf("tree", "--all");
    assert(all.includes("2 root [kthreadd]"), all.join("\n"));
    const few = await linesOf("tree");
    assert(!few.some((line) => line.endsWith(" [kthreadd]")), few.join("\n"));
  },
);

test("libproc info reports the true values of a process", { skip }, async () => {
  const { pid, program } = server;
  const info = await answer<Record<string, never>>("info", `${pid}`);
  assertEquals<unknown>(
    ["pid", "parentPid", "arguments", "workingDirectory", "rootDirectory"].map((key) => info[key]),
    [pid, process.pid, ["python3", SCRIPT, folder, ""], folder, "/"],
  );
  assertEquals<unknown>([info["executablePath"], info["executableDeleted"]], [program, false]);
  const lines = await linesOf("info", `${pid}`);
  assert(lines.some((line) => /^workingDirectory +/.test(line) && line.endsWith(` ${folder}`)));
  assert(lines.some((line) => /^state +sleeping$/.test(line)), lines.join("\n"));
});

test("libproc fds lists what a process has open", { skip }, async () => {
  const { pid, fds, port, udp, clientPort } = server;
  type Row = Readonly<Record<string, unknown>> & { readonly fd: number };
  const rows = await answer<Row[]>("fds", `${pid}`, "--fields", "fd,type,mode,size,deleted,name");
  const opened = rows.filter(({ fd }) => fd !== null);
  const at = (name: string) => {
    const { fd: _, ...rest } = rows.find(({ fd }) => fd === fds[name])!;
    return Object.values(rest);
  };
  assertEquals(at("log"), ["file", "a", 8, false, `${folder}/log`]);
  assertEquals(at("gone"), ["file", "rw", 0, true, `${folder}/gone (deleted)`]);
  const tcp = `tcp 127.0.0.1:${port}`;
  assertEquals(at("tcp"), ["socket", "rw", null, null, `${tcp} listen`]);
  assertEquals(at("udp"), ["socket", "rw", null, null, `udp 127.0.0.1:${udp}`]);
  assertEquals(at("unix"), ["socket", "rw", null, null, `unix ${folder}/socket listen`]);
  assertEquals(at("accepted").at(-1), `${tcp} -> 127.0.0.1:${clientPort} established`);
  assertEquals([at("reading")[1], at("writing")[1]], ["r", "w"]);
  const sorted = (await linesOf("fds", `${pid}`, "--fields", "fd", "--sort", "-fd", "--no-headers"))
    .map(Number).filter((fd) => !Number.isNaN(fd));
  assertEquals(sorted, opened.map(({ fd }) => fd).sort((a, b) => b - a));
});

test("libproc sockets reports the other end of a connection", { skip }, async () => {
  const { pid, fds, port, clientPort } = server;
  const comm = readFileSync(`/proc/${pid}/comm`, "utf8").trim(),
    user = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
  type Row = { readonly pid: number; readonly fd: number; readonly [name: string]: unknown };
  const { status, out } = await libproc("sockets", "--json");
  assert(status === 0 || status === 3, `${status}`);
  const rows: Row[] = JSON.parse(out);
  assertEquals(rows.find((row) => row.pid === pid && row.fd === fds["client"]), {
    pid,
    fd: fds["client"]!,
    command: comm,
    user,
    protocol: "tcp",
    state: "established",
    received: 0,
    sent: 0,
    local: `127.0.0.1:${clientPort}`,
    remote: `127.0.0.1:${port}`,
    peers: [`${pid}/${fds["accepted"]}`],
  });
  const own = await answer<Row[]>("sockets", `${pid}`);
  // The standard streams may be sockets, too.
  const named = own.map(({ fd }) => fd).filter((fd) => fd > 2);
  const expected = ["tcp", "udp", "unix", "client", "accepted"].map((name) => fds[name]!);
  assertEquals(named, expected.sort((a, b) => a - b));
});

test("libproc sockets lists what is left of a connection that has ended", { skip }, async () => {
  const listener = createServer((socket) => void socket.end()).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const client = connect(port, "127.0.0.1").resume();
  const { localPort } = await new Promise<{ localPort: number }>((found) =>
    client.on("connect", () => found({ localPort: client.localPort! }))
  );
  await once(client, "close");
  listener.close();
  const sides = [`127.0.0.1:${port}`, `127.0.0.1:${localPort}`];
  // The connection reaches TIME_WAIT only when the second FIN has been acknowledged.
  for (let tries = 0;; tries++) {
    const { out } = await libproc(
      "sockets",
      "--state",
      "TIME_WAIT",
      "--port",
      `${port}`,
      "--jsonl",
    );
    const rows = out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    const found = rows.find(({ local }) => sides.includes(local));
    if (found === undefined && tries < 1000) {
      await sleep(10);
      continue;
    }
    const { pid, state, local, remote, missing } = found;
    assertEquals([pid, state, missing], [null, "timeWait", undefined]);
    assertEquals([local, remote].sort(), [...sides].sort());
    break;
  }
});

test("libproc fds lists the directories, the program and the mapped files that lsof lists", {
  skip: skip || (spawnSync("lsof", ["-v"]).error ? "needs lsof" : false),
}, async () => {
  const { pid, program } = server;
  type Row = { readonly as: string | null; readonly path: string; readonly inode: string | null };
  const rows = await answer<Row[]>("fds", `${pid}`, "--fields", "as,inode,path");
  const used = rows.filter(({ as }) => as !== null);
  // Each field that lsof prints is a line: f and the kind, i and the inode, n and the name.
  const shown = execFileSync("lsof", ["-nP", "-p", `${pid}`, "-Ffin"], { encoding: "utf8" });
  const kinds = { cwd: "cwd", rtd: "root", txt: "executable", mem: "mapped" };
  const expected = shown.split(/^f/m).slice(1).flatMap((record) => {
    const [kind = "", ...fields] = record.trim().split("\n");
    const as = kinds[kind as "cwd"];
    const field = (letter: string) => fields.find((one) => one.startsWith(letter))?.slice(1);
    return as === undefined ? [] : [`${as} ${as === "root" ? "" : field("i")} ${field("n")}`];
  });
  const found = used.map(({ as, inode, path }) => `${as} ${inode ?? ""} ${path}`);
  assertEquals(found.sort(), expected.sort());
  assertEquals(used.filter(({ as }) => as === "executable").map(({ path }) => path), [program]);
  assertGreaterOrEqual(used.length, 5);
});

test("libproc fds lists several processes, those of a name, and all", { skip }, async () => {
  const { pid, child } = server;
  type Row = { readonly pid: number; readonly command: string; readonly fd: number | null };
  const pidsOf = (rows: readonly Row[]) => [...new Set(rows.map((row) => row.pid))];
  const two = await answer<Row[]>("fds", `${child}`, `${pid}`);
  assertEquals(pidsOf(two), [pid, child].sort((a, b) => a - b));
  const some = await libproc("fds", `${pid}`, "2147483647", "--json");
  assertEquals([some.status, some.err], [0, "libproc: process 2147483647 was not found"]);
  assertEquals(pidsOf(JSON.parse(some.out)), [pid]);
  const named = await libproc("fds", "--name", SCRIPT, "--json", "--fields", "pid,fd");
  const found = pidsOf(JSON.parse(named.out));
  // Other runs of this test may have a process with the same command line.
  assertEquals([found.includes(pid), found.includes(child)], [true, false]);
  const all = await libproc("fds", "--json", "--fields", "pid,fd");
  for (const one of [pid, child]) assert(pidsOf(JSON.parse(all.out)).includes(one));
});

test("libproc ports and who find a port, a file and a socket", { skip }, async () => {
  const { pid, port, udp, fds, program } = server;
  const { name, commandLine: command } = await answer<Record<string, string>>("info", `${pid}`);
  const user = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
  const ports = await libproc("ports", "--json");
  // Other containers may share the network namespace of this one.
  assert([0, 3].includes(ports.status), ports.err);
  const rows: { readonly local: string; readonly [name: string]: unknown }[] = JSON.parse(
    ports.out,
  );
  const { backlog, ...listening } = rows.find(({ local }) => local === `127.0.0.1:${port}`)!;
  assertGreaterOrEqual(backlog as number, 1);
  assertEquals(listening, {
    protocol: "tcp",
    address: "127.0.0.1",
    port,
    local: `127.0.0.1:${port}`,
    pending: 0,
    pid,
    user,
    name,
  });
  const who = (word: string) => answer("who", word);
  const holder = { pid, user, as: [], name, command };
  assertEquals(await who(`tcp:${port}`), [
    { ...holder, fds: [fds["tcp"], fds["accepted"]] },
  ]);
  assertEquals(await who(`udp:${udp}`), [{ ...holder, fds: [fds["udp"]] }]);
  assertEquals((await libproc("who", `udp:${port}`)).status, port === udp ? 0 : 1);
  assertEquals(await who(`${folder}/log`), [{ ...holder, fds: [fds["log"]] }]);
  assertEquals(await who(`unix:${folder}/socket`), [{ ...holder, fds: [fds["unix"]] }]);
  const below = await answer<{ readonly pid: number; readonly fds: number[] }[]>(
    "who",
    "--below",
    folder,
  );
  const inFolder = below.find((one) => one.pid === pid)!.fds;
  for (const name of ["log", "unix"]) assert(inFolder.includes(fds[name]!), name);
  const busy = await answer<{ readonly pid: number; readonly fds: number[] }[]>(
    "who",
    "--mount",
    folder,
  );
  assert(busy.find((one) => one.pid === pid)!.fds.includes(fds["log"]!));
  const running = await who(program) as { readonly pid: number; readonly as: string[] }[];
  assertEquals(running.find((one) => one.pid === pid)!.as, ["executable"]);
});

test("libproc threads lists as many as there are, the first with the process's id", {
  skip,
}, async () => {
  const { pid } = server;
  const rows = await answer<{ readonly id: number; readonly state: string }[]>("threads", `${pid}`);
  assertEquals([rows.length, rows[0]!.id], [3, pid]);
  assert(rows.every(({ state }) => state === "waiting"));
  assertEquals((await linesOf("threads", `${pid}`)).length, 4);
});

test("libproc regions has a file that is mapped", { skip }, async () => {
  const { pid } = server;
  type Row = Readonly<Record<string, unknown>>;
  const rows = await answer<Row[]>("regions", `${pid}`, "--fields", "size,protection,path,offset");
  assertEquals(rows.find(({ path }) => path === `${folder}/mapped`), {
    size: 12288,
    protection: "rw-",
    path: `${folder}/mapped`,
    offset: 0,
  });
  const line = (await linesOf("regions", `${pid}`)).find((line) => line.endsWith("/mapped"));
  assertMatch(line!, /^ *0x[\da-f]+ +12288 +rw- /);
});

test(
  "libproc regions names what has no file as the kernel does, and adds up",
  { skip },
  async () => {
    const { pid } = server;
    const names = new Map(
      readFileSync(`/proc/${pid}/maps`, "utf8").split("\n").flatMap((line) => {
        const [, start, name] = /^0*(\w+)-.* (\[.+\])$/.exec(line) ?? [];
        return name === undefined || name === "[vsyscall]" ? [] : [[`0x${start}`, name]];
      }),
    );
    type Row = { readonly address: string; readonly name: string | null; readonly size: number };
    const rows = await answer<Row[]>("regions", `${pid}`, "--fields", "address,name,size");
    const found = rows.filter(({ name }) => name?.startsWith("["));
    assertEquals(found.map(({ address, name }) => [address, name]), [...names]);
    assert(["[heap]", "[stack]", "[vdso]"].every((name) => [...names.values()].includes(name)));
    const lines = await linesOf("regions", `${pid}`, "--fields", "address,size");
    const sum = rows.reduce((sum, { size }) => sum + size, 0);
    assertMatch(lines.at(-1)!, new RegExp(`^ *total +${sum}$`));
    const bare = await linesOf("regions", `${pid}`, "--fields", "address,size", "--no-headers");
    assertEquals(bare.length, rows.length);
  },
);

test("libproc threads --watch shows which thread keeps a processor busy", { skip }, async () => {
  await using busy = startSpeaker(["sh", "-c", "echo ready; while :; do :; done"]);
  await busy.next();
  const words = ["threads", `${busy.pid}`, "--watch", ".1", "--count", "2", "--jsonl"];
  const { status, out, err } = await libproc(...words);
  assertEquals([status, err], [0, ""]);
  const rows = out.split("\n").map((line) => JSON.parse(line));
  assertEquals(rows.map(({ id }) => id), [busy.pid, busy.pid]);
  // The share depends on the load of the machine.
  for (const { cpu } of rows) assert(cpu > 0 && cpu < 150, `${cpu}`);
  const quiet = await libproc("threads", `${server.pid}`, "--count", "2");
  assertEquals([quiet.status, quiet.err], [2, "libproc: Cannot use --count without --watch"]);
});

test("libproc usage reports the processor time that a process has used", { skip }, async () => {
  const { pid, cpuTimeNs } = server;
  const usage = await answer<Record<string, number>>("usage", `${pid}`);
  assertGreaterOrEqual(usage["cpuTimeNs"], cpuTimeNs * 0.9);
  const parts = usage["userTimeNs"]! + usage["systemTimeNs"]!;
  assertGreaterOrEqual(usage["cpuTimeNs"], parts);
  assertLess(usage["cpuTimeNs"]! - parts, 2e7);
  const line = (await linesOf("usage", `${pid}`)).find((line) => line.startsWith("cpuTime "));
  assertMatch(line!, /^cpuTime +\d+:\d\d\.\d\d$/);
});

test("libproc args and env print what a process was started with", { skip }, async () => {
  const { pid } = server;
  assertEquals(await linesOf("args", `${pid}`), ["python3", SCRIPT, folder, ""]);
  assertEquals(await answer("args", `${pid}`), { arguments: ["python3", SCRIPT, folder, ""] });
  assertEquals(await linesOf("env", `${pid}`), ["A=********", "B=********"]);
  assertEquals(await linesOf("env", `${pid}`, "--reveal"), ["A=1", "B=two words"]);
  assertEquals(await answer("env", `${pid}`, "--reveal"), { A: "1", B: "two words" });
});

test("libproc call, aix and doctor query another process", { skip }, async () => {
  const { pid } = server;
  const { returned, bytes, value } = await answer<
    { readonly returned: number; readonly bytes: string; readonly value: { pbsi_ppid: number } }
  >("call", "PIDINFO", `${pid}`, "PROC_PIDT_SHORTBSDINFO");
  assertEquals([returned, bytes.length, value.pbsi_ppid], [64, 128, process.pid]);
  const entry = await answer<{ readonly pi_ppid: number }>("aix", "entry", `${pid}`);
  assertEquals(entry.pi_ppid, process.pid);
  const { status, out } = await libproc("doctor", `${pid}`);
  assertEquals(status, 0, out);
});

const noMessages = skip || (root ? false : "needs root, to write to the kernel's messages");

test("libproc dmesg has a message that was just written", { skip: noMessages }, async () => {
  const message = `libproc cli ${process.pid} ${Math.random()}`;
  writeFileSync("/dev/kmsg", `${message}\n`);
  const lines = await linesOf("dmesg");
  assert(lines.some((line) => line.endsWith(message)));
  assert((await answer<string[]>("dmesg")).some((line) => line.endsWith(message)));
});
