import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertMatch } from "@std/assert";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
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

/** What `cli_server.py` says. */
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

/** What a command answers in JSON, which must succeed. */
async function answer<T>(...args: string[]): Promise<T> {
  const { status, out, err } = await libproc(...args, "--json");
  assertEquals([status, err], [0, ""], args.join(" "));
  return JSON.parse(out);
}

/** The kernel's name of a process; "" where there is no such process. */
function commOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

/** The user of this process. */
const user = defaultSystem().userName(process.geteuid!());

const linesOf = async (...args: string[]) => (await libproc(...args)).out.split("\n");

test("libproc pids finds the children of a process", { skip }, async () => {
  const { pid, child } = server;
  assertEquals(await libproc("pids", "ppid", `${pid}`), { status: 0, out: `${child}`, err: "" });
});

test("libproc ps tells of a process what is true of it", { skip }, async () => {
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
    nice: 0,
    arguments: ["python3", SCRIPT, folder, ""],
    workingDirectory: folder,
    executablePath: program,
  });
  // The clock of the machine may have been set a little since it was started.
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
  // Without an id it is the command itself.
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
  assertMatch(top!, new RegExp(`^${shell.pid} ${user} sh -c for i in 1 2 3;`));
  assertMatch(folded!, new RegExp(`^└─ 3\\*\\[${user} sleep 1000\\] (\\d+) (\\d+) (\\d+)$`));
  assertEquals(folded!.split(" ").slice(-3).map(Number).sort((a, b) => a - b), pids);
  assertEquals(rest, []);
  const screen: Screen = {
    ...{ width: () => 40, height: () => 24, colors: true },
    ...{ write: () => {}, keys: () => {}, resized: () => {} },
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

test("libproc info tells of a process what is true of it", { skip }, async () => {
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
    .map(Number);
  assertEquals(sorted, rows.map(({ fd }) => fd).sort((a, b) => b - a));
});

test("libproc sockets tells the other end of a connection", { skip }, async () => {
  const { pid, fds, port, clientPort } = server;
  type Row = { readonly pid: number; readonly fd: number; readonly [name: string]: unknown };
  const { status, out } = await libproc("sockets", "--json");
  assert(status === 0 || status === 3, `${status}`);
  const rows: Row[] = JSON.parse(out);
  assertEquals(rows.find((row) => row.pid === pid && row.fd === fds["client"]), {
    pid,
    fd: fds["client"]!,
    protocol: "tcp",
    state: "established",
    local: `127.0.0.1:${clientPort}`,
    remote: `127.0.0.1:${port}`,
    peers: [`${pid}/${fds["accepted"]}`],
  });
  const own = await answer<Row[]>("sockets", `${pid}`);
  // Its standard streams may be sockets, too.
  const named = own.map(({ fd }) => fd).filter((fd) => fd > 2);
  const expected = ["tcp", "udp", "unix", "client", "accepted"].map((name) => fds[name]!);
  assertEquals(named, expected.sort((a, b) => a - b));
});

test("libproc ports and who find a port, a file and a socket", { skip }, async () => {
  const { pid, port, udp, fds, program } = server;
  const { name } = await answer<{ readonly name: string }>("info", `${pid}`);
  const ports = await libproc("ports", "--json");
  // Other containers may share the network of this one.
  assert([0, 3].includes(ports.status), ports.err);
  const rows: { readonly local: string; readonly [name: string]: unknown }[] = JSON.parse(
    ports.out,
  );
  assertEquals(rows.find(({ local }) => local === `127.0.0.1:${port}`), {
    protocol: "tcp",
    local: `127.0.0.1:${port}`,
    pid,
    name,
  });
  const who = (word: string) => answer("who", word);
  const holder = { pid, as: [], name };
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

test("libproc usage tells the processor time that a process has used", { skip }, async () => {
  const { pid, cpuTimeNs } = server;
  const usage = await answer<Record<string, number>>("usage", `${pid}`);
  assertGreaterOrEqual(usage["cpuTimeNs"], cpuTimeNs * 0.9);
  const parts = usage["userTimeNs"]! + usage["systemTimeNs"]!;
  assertGreaterOrEqual(usage["cpuTimeNs"], parts);
  assertLess(usage["cpuTimeNs"]! - parts, 2e7);
  const line = (await linesOf("usage", `${pid}`)).find((line) => line.startsWith("cpuTimeNs "));
  assertMatch(line!, /^cpuTimeNs +\d+:\d\d\.\d\d$/);
});

test("libproc args and env print what a process was started with", { skip }, async () => {
  const { pid } = server;
  assertEquals(await linesOf("args", `${pid}`), ["python3", SCRIPT, folder, ""]);
  assertEquals(await answer("args", `${pid}`), { arguments: ["python3", SCRIPT, folder, ""] });
  assertEquals(await linesOf("env", `${pid}`), ["A=********", "B=********"]);
  assertEquals(await linesOf("env", `${pid}`, "--reveal"), ["A=1", "B=two words"]);
  assertEquals(await answer("env", `${pid}`, "--reveal"), { A: "1", B: "two words" });
});

test("libproc call, aix and doctor ask about another process", { skip }, async () => {
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
