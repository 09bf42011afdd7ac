import { assertAlmostEquals, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { pidToPorts, portToPid } from "pid-port";
import psList from "ps-list";
import { getAllPids, listeningPorts, openProcess, processes, whoHas } from "../../mod.ts";
import { type Speaker, startSpeaker } from "../support/lines.ts";

/** The package has no types. */
const pidusage = createRequire(import.meta.url)("pidusage") as (
  pid: number,
) => Promise<{ readonly memory: number; readonly ppid: number; readonly ctime: number }>;

/** A waiting process with a child, an open file, a listening port and two additional threads. */
const SUBJECT = `
import json, os, socket, subprocess, sys, threading
os.closerange(3, 65536)
file = os.open("/etc/passwd", os.O_RDONLY)
listening = socket.create_server(("127.0.0.1", 0))
for _ in range(2): threading.Thread(target=threading.Event().wait, daemon=True).start()
child = subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
print(json.dumps({"file": file, "port": listening.getsockname()[1], "child": child.pid}), flush=True)
sys.stdin.readline()
child.kill()
`;

const PSUTIL = `
import json, psutil, sys
p = psutil.Process(int(sys.argv[1]))
full = p.memory_full_info()
print(json.dumps({
  "listed": p.pid in psutil.pids(), "running": p.is_running(), "name": p.name(), "exe": p.exe(),
  "cwd": p.cwd(), "cmdline": p.cmdline(), "environ": p.environ(), "rss": p.memory_info().rss,
  "swap": full.swap, "times": p.cpu_times()[:2], "created": p.create_time(),
  "status": p.status(), "user": [p.username(), p.uids().effective, p.uids().real],
  "parents": [one.pid for one in p.parents()],
  "children": [one.pid for one in p.children(recursive=True)],
  "files": [[one.path, one.fd] for one in p.open_files() if one.path == "/etc/passwd"],
  "ports": [[one.laddr.port, one.status] for one in p.net_connections()],
  "threads": sorted(one.id for one in p.threads()), "counts": [p.num_fds(), p.num_threads()],
  "limit": p.rlimit(psutil.RLIMIT_NOFILE)[0], "nice": p.nice(),
  "maps": sorted({one.path for one in p.memory_maps() if one.path.startswith("/")}),
}))
`;

/** Runs a program and returns its output, or undefined if the program does not exist. */
function output(file: string, ...args: readonly string[]): string | undefined {
  const { error, stdout, stderr, status } = spawnSync(file, args, { encoding: "utf8" });
  if (error !== undefined) return undefined;
  if (status !== 0) throw new Error(`${file}: ${stderr}`);
  return stdout.trim();
}

const skip = process.platform !== "linux"
  ? "needs Linux"
  : output("python3", "--version") === undefined
  ? "needs Python"
  : false;
const lacks = (...command: readonly [string, ...string[]]) =>
  skip || (spawnSync(command[0], command.slice(1)).status === 0 ? false : `needs ${command[0]}`);
const noPsutil = lacks("python3", "-c", "import psutil");

let subject: Speaker;
let made: { readonly file: number; readonly port: number; readonly child: number };

before(async () => {
  if (skip) return;
  subject = startSpeaker(["python3", "-c", SUBJECT, "with a blank", ""]);
  made = JSON.parse(await subject.next());
});

after(async () => {
  if (!skip) await subject[Symbol.asyncDispose]();
});

test("psutil reports what its counterparts do", { skip: noPsutil }, () => {
  using p = openProcess(subject.pid);
  const peer = JSON.parse(output("python3", "-c", PSUTIL, `${p.pid}`)!);
  const { userName, userId, realUserId, descriptorCount, threadCount, swappedBytes } = p.read(
    ...["userName", "userId", "realUserId", "descriptorCount", "threadCount"] as const,
    "swappedBytes",
  );
  const { created, times, ...exact } = peer;
  assertEquals({
    listed: getAllPids().includes(p.pid),
    running: p.isRunning(),
    name: p.name(),
    exe: p.executable().path,
    cwd: p.workingDirectory().path,
    cmdline: [...p.arguments()],
    environ: { ...p.environment() },
    rss: p.memory().residentBytes,
    // The process that runs psutil shares pages with the subject, which changes the other sums.
    swap: swappedBytes,
    status: p.state(),
    user: [userName, userId, realUserId],
    parents: p.ancestors().map(({ pid }) => pid),
    children: p.children({ recursive: true }).map(({ pid }) => pid),
    files: p.files().flatMap(({ fd, path }) => path === "/etc/passwd" ? [[path, fd]] : []),
    ports: p.sockets().flatMap(({ socket }) =>
      socket?.localPort === undefined ? [] : [[socket.localPort, "LISTEN"]]
    ),
    threads: p.threads().map(({ id }) => id).sort((a, b) => a - b),
    counts: [descriptorCount, threadCount],
    limit: p.limits().openFiles!.soft,
    nice: p.priority().nice,
    maps: [
      ...new Set(p.regions().flatMap(({ path }) => path?.startsWith("/") ? [path] : [])),
    ].sort(),
  }, exact);
  // psutil rounds the start of the machine to seconds.
  assertAlmostEquals(p.info().startedAt! / 1000, created, 1.1);
  const { userTimeNs, systemTimeNs } = p.resourceUsage();
  assertEquals([userTimeNs! / 1e9, systemTimeNs! / 1e9], times);
});

test("ps-list reports what its counterparts do", { skip }, async () => {
  const peer = (await psList()).find(({ pid }) => pid === subject.pid)!;
  const [row] = processes({
    pids: [subject.pid],
    fields: ["parentPid", "executablePath", "commandLine", "userId"],
  });
  assertEquals([row!.parentPid, basename(row!.executablePath!), row!.userId], [
    peer.ppid,
    peer.name,
    peer.uid,
  ]);
  assertEquals(row!.commandLine!.replaceAll("\n", " ").split(" ").slice(0, 2), [
    ...peer.cmd!.split(" ").slice(0, 2),
  ]);
});

test("pidusage reports what its counterparts do", { skip }, async () => {
  const peer = await pidusage(subject.pid);
  const row = openProcess(subject.pid).read("cpuTimeNs", "residentBytes", "parentPid");
  assertEquals(row.parentPid, peer.ppid);
  // pidusage reads an estimate, which may lack some pages for each thread and processor.
  assertAlmostEquals(row.residentBytes!, peer.memory, 4 << 20);
  // pidusage counts ticks of 10 ms, separately in user mode and in the kernel.
  assertAlmostEquals(row.cpuTimeNs! / 1e6, peer.ctime, 20);
});

test("pid-port reports what its counterparts do", { skip: lacks("ss", "--version") }, async () => {
  const { port } = made;
  const ports = listeningPorts();
  assertEquals(ports.find((one) => one.port === port)?.pid, await portToPid(port));
  assertEquals(
    new Set(ports.filter(({ pid }) => pid === subject.pid).map(({ port }) => port)),
    await pidToPorts(subject.pid),
  );
});

test("lsof reports what its counterparts do", { skip: lacks("lsof", "-v") }, () => {
  const { file, port } = made;
  const lines = (...args: readonly string[]) => output("lsof", ...args)!.split("\n");
  const path = lines("-a", "-p", `${subject.pid}`, "-d", `${file}`, "-Fn")
    .find((line) => line.startsWith("n"));
  assertEquals(path, `n${openProcess(subject.pid).files().find(({ fd }) => fd === file)!.path}`);
  const pids = (uses: readonly { readonly pid: number | undefined }[]) => [
    ...new Set(uses.map(({ pid }) => `${pid}`)),
  ];
  assertEquals(pids(whoHas({ port })), lines("-t", "-i", `TCP:${port}`, "-sTCP:LISTEN"));
  const held = realpathSync("/etc/passwd");
  assertEquals(pids(whoHas({ path: held })).includes(`${subject.pid}`), true);
  assertEquals(lines("-t", held).includes(`${subject.pid}`), true);
});

test("ps reports what its counterparts do", { skip: lacks("ps", "--version") }, () => {
  const row = openProcess(subject.pid).read("residentBytes", "parentPid", "threadCount", "nice");
  const columns = ["-o", "rss=,ppid=,nlwp=,ni=", "-p", `${subject.pid}`];
  assertEquals(output("ps", ...columns)!.split(/ +/).map(Number), [
    row.residentBytes! / 1024,
    row.parentPid!,
    row.threadCount!,
    row.nice!,
  ]);
  const children = openProcess(subject.pid).children().map(({ pid }) => `${pid}`);
  assertEquals(output("ps", "--ppid", `${subject.pid}`, "-o", "pid=")!.split(/\s+/), children);
  assertEquals(children, [`${made.child}`]);
  const threads = openProcess(subject.pid).threads().map(({ id }) => `${id}`).sort();
  const shown = output("ps", "-T", "-p", `${subject.pid}`, "-o", "spid=")!.split(/\s+/).sort();
  assertEquals(shown, threads);
});
