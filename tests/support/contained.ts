/**
 * Prints, as JSON, what a confined process can read about its own processes and about one of
 * another user.
 *
 * The environment variable `STRANGER` contains the pid of the process of another user and the port
 * that it listens on. `PROC_ROOT` is the path of another process file system.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { type AddressInfo, connect, createServer } from "node:net";
import process from "node:process";
import { kernMsgBuf } from "../../lib/calls/mod.ts";
import { examine } from "../../lib/doctor/examine.ts";
import {
  descriptors,
  type FieldName,
  killTree,
  listeningPorts,
  openSampler,
  openSystem,
  ProcessError,
  processes,
  ProcInfoError,
  SystemCallError,
  tableRow,
  waitForExit,
  watch,
} from "../../mod.ts";

/** The fields that the kernel reports to every user. */
const PUBLIC: readonly FieldName[] = [
  ...["name", "state", "parentPid", "userId", "realUserId", "residentBytes", "cpuTimeNs"] as const,
  ...["startedAt", "arguments", "threadCount", "nice", "sessionId"] as const,
];
/** The fields that the kernel reports only to a user with permission to trace the process. */
const PRIVATE: readonly FieldName[] = [
  ...["executablePath", "workingDirectory", "environment", "readBytes"] as const,
];

const [stranger = 0, strangerPort = 0] = (process.env["STRANGER"] ?? "").split(" ").map(Number);
const procRoot = process.env["PROC_ROOT"];
const system = openSystem(procRoot === undefined ? {} : { procRoot });

/** Returns the result of a function, or the word for its error. Throws unexpected errors. */
async function attempt(run: () => string | Promise<string>): Promise<string> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ProcessError) return error.missing;
    if (!(error instanceof SystemCallError || error instanceof ProcInfoError)) throw error;
    return error.code === "EPERM"
      ? "denied"
      : error.code === "ENOTSUP"
      ? "unsupported"
      : error.code;
  }
}

/** Joins the distinct words; returns `all` if there are none. */
function wordsOf(words: Iterable<string>): string {
  return [...new Set(words)].sort().join(" ") || "all";
}

function fieldsOf(pid: number, fields: readonly FieldName[]): string {
  const row = processes({ pids: [pid], fields, system }).at(0);
  return row === undefined ? "not listed" : wordsOf(Object.values(row.missing));
}

function isListed(pid: number): string {
  return processes({ fields: [], system }).some((row) => row.pid === pid) ? "all" : "not listed";
}

function descriptorsOf(pid: number): string {
  const { descriptors: found, missing } = descriptors({ pids: [pid], system });
  if (missing.length === 0 && found.length === 0) return "none";
  return wordsOf(missing.map(({ why }) => why));
}

function holderOf(port: number): string {
  const found = listeningPorts({ system }).find((one) => one.port === port);
  if (found === undefined) return "not listed";
  return found.pid === undefined ? found.missing.pid ?? "no process" : "all";
}

/** A shell command that ends when this process does, because its standard input is closed then. */
const WAITING = "read line";

/** Starts a shell script with a unique last argument, by which it can be found. */
function start(script: string): { readonly child: ChildProcess; readonly mark: string } {
  const mark = `${process.pid}-${performance.now()}`;
  return {
    child: spawn("sh", ["-c", `${script}; :`, mark], { stdio: ["pipe", "ignore", "ignore"] }),
    mark,
  };
}

/** Finds the pid of a process by its last argument; returns 0 if it is not listed in time. */
async function find(mark: string): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    const found = processes({ fields: ["arguments"], system })
      .find((row) => row.arguments?.at(-1) === mark);
    if (found !== undefined) return found.pid;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return 0;
}

/** Starts a server in this process, connects to it, and returns its port. */
async function serve(): Promise<number> {
  const server = createServer((socket) => void socket.unref());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = connect(port, "127.0.0.1");
  await new Promise((resolve) => client.once("connect", resolve));
  server.unref();
  client.unref();
  return port;
}

/** Returns `all` if a watch reports the start and the end of a child, or else what it reports. */
async function watched(): Promise<string> {
  const signal = AbortSignal.timeout(60_000);
  let mark = "", pid = 0;
  let child: ChildProcess | undefined;
  const seen = new Set<string>();
  for await (const { type, pid: one } of watch({ system, signal, initial: true })) {
    if (child === undefined) {
      ({ child, mark } = start(WAITING));
      pid = await find(mark);
    }
    if (one !== pid) continue;
    seen.add(type);
    if (type === "start") child.kill("SIGKILL");
    if (type === "exit") break;
  }
  return seen.has("start") ? "all" : [...seen].join(" ");
}

/** Returns the source from which a watch learns of starts. */
function wayOfWatch(): string {
  try {
    system.kernelEvents().close();
    return "events";
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return system.newPids() === undefined ? "lists" : "new ids";
  }
}

/** Returns `all` if the exit code of a process that is not a child is reported. */
async function statusOfOther(): Promise<string> {
  // A shell redirects the input of a background command to /dev/null, unless it is set.
  const { child, mark } = start(`exec 3<&0; sh -c "${WAITING} <&3; exit 5" "$0-x" & wait`);
  const ended = waitForExit(await find(`${mark}-x`), { system });
  child.stdin?.end();
  const { code } = await ended;
  return code === 5 ? "all" : code === undefined ? "without status" : `wrong: ${code}`;
}

async function tree(): Promise<string> {
  const { mark } = start("sleep 1000 & sleep 1000");
  const { ended, escaped } = await killTree(await find(mark), { system, graceMs: 20_000 });
  return ended.length > 0 && escaped.length === 0 ? "all" : `${ended.length} of ${escaped.length}`;
}

function sampled(pid: number): string {
  using sampler = openSampler({ system });
  sampler.sample();
  const sample = sampler.sample();
  const row = sample.pid.indexOf(pid);
  if (row < 0) return "not listed";
  return wordsOf(Object.values(tableRow(sample, row).missing));
}

function examined(pid: number): string {
  const subject = { pid, facts: {}, timebase: system.timebase() };
  const wrong = examine(system.kernel, subject).flatMap(({ rows }) => rows)
    .filter(({ verdict }) => verdict === "WRONG");
  return wrong.length === 0 ? "all" : wrong.map(({ name, note }) => `${name}: ${note}`).join("; ");
}

/** Returns `all` if both ends of the connection to the server of this process are found. */
function connectionOf(port: number): string {
  const { descriptors: found } = descriptors({ pids: [self], system });
  const ends = found.flatMap(({ socket }) => socket ?? [])
    .filter(({ state, localPort, remotePort }) =>
      state === "established" && (localPort === port || remotePort === port)
    );
  return ends.length === 2 ? "all" : `${ends.length} ends`;
}

const self = procRoot === undefined ? process.pid : system.pid();
const port = await serve();
const { child, mark } = start(WAITING);
const own = await find(mark);
const report: Record<string, string> = {
  "processes": fieldsOf(own, PUBLIC),
  "processes of others": isListed(stranger) === "all" ? fieldsOf(stranger, PUBLIC) : "not listed",
  "files and environment": fieldsOf(own, PRIVATE),
  "files and environment of others": fieldsOf(stranger, PRIVATE),
  "descriptors": descriptorsOf(self),
  "descriptors of others": descriptorsOf(stranger),
  "sockets": connectionOf(port),
  "ports": holderOf(port),
  "ports of others": holderOf(strangerPort),
  "sampler": sampled(own),
  "doctor": examined(self),
};
// Variants that differ little skip the slow checks.
if (process.env["QUICKLY"] === undefined) {
  const seen = await attempt(watched);
  Object.assign(report, {
    "watch": seen === "all" ? `by ${wayOfWatch()}` : seen,
    "exit of a process that is not a child": await attempt(statusOfOther),
    "killTree": await attempt(tree),
    "kernel log": await attempt(() => kernMsgBuf({ system }).length > 0 ? "all" : "none"),
    "BPF": await attempt(() => (openSystem({ bpf: true })[Symbol.dispose](), "all")),
  });
}
child.kill("SIGKILL");
console.log(JSON.stringify(report));
