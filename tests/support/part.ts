import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** The options of {@linkcode runPart}. */
export interface PartOptions {
  /** The working directory. */
  readonly cwd: string;
  /** The environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The absolute path of the file for its output. */
  readonly log: string;
  /** The time limit, in milliseconds. */
  readonly limitMs: number;
  /** The time until processes that outlive the part are killed, in milliseconds. */
  readonly graceMs: number;
}

/** The result of a part. */
export interface Part {
  /** The exit code; undefined if a signal ended it, or if it could not be started. */
  readonly status: number | undefined;
  /** Its standard output and standard error. */
  readonly output: string;
  /** Its duration, in seconds. */
  readonly seconds: number;
  /** The processes that it left behind, which were killed: pids and command lines. */
  readonly left: readonly string[];
}

/** The environment variable that marks the processes of a part. */
const MARK = "LIBPROC_PART";

/** The functions that find the processes of a running part. */
const running = new Set<() => Processes>();
let count = 0;

/**
 * Runs a part of the checks in a new session, and kills the processes that it leaves behind.
 *
 * Its output is a file. A pipe would stay open until all processes that inherited it have ended.
 */
export async function runPart(
  [file, ...args]: readonly [string, ...string[]],
  { cwd, env, log, limitMs, graceMs }: PartOptions,
): Promise<Part> {
  mkdirSync(dirname(log), { recursive: true });
  const fd = openSync(log, "w");
  const start = performance.now();
  const mark = `${process.pid}-${++count}`;
  const child = spawn(file, args, {
    ...{ cwd, detached: true, stdio: ["ignore", fd, fd] },
    env: { ...env, [MARK]: mark },
  });
  closeSync(fd);
  const find = () => processesOf({ session: child.pid, mark, log });
  running.add(find);
  let note = "";
  const timer = setTimeout(() => {
    note = `\nIt was ended after ${limitMs / 1000} s.\n`;
    kill(find);
  }, limitMs);
  const status = await new Promise<number | undefined>((resolve) => {
    // Not `close`, which waits for all processes that have inherited the output.
    child.once("exit", (code) => resolve(code ?? undefined));
    child.once("error", (error) => {
      note = `\n${error}\n`;
      resolve(undefined);
    });
  });
  clearTimeout(timer);
  const seconds = (performance.now() - start) / 1000;
  const left = await endRest(find, graceMs);
  running.delete(find);
  return { status, output: readFileSync(log, "utf8") + note, seconds, left };
}

/** Kills all processes of all running parts. */
export function killParts(): void {
  for (const find of running) kill(find);
}

/** Command lines of processes, by pid. */
type Processes = ReadonlyMap<number, string>;

/** Waits until the processes of a part have ended. After a time, kills and returns those left. */
async function endRest(find: () => Processes, graceMs: number): Promise<string[]> {
  const end = performance.now() + graceMs;
  while (find().size > 0) {
    if (performance.now() > end) {
      return [...kill(find)].map(([pid, line]) => `${pid} ${line}`);
    }
    await sleep(50);
  }
  return [];
}

/** Kills processes, repeatedly because they may start others. Returns those that it found first. */
function kill(find: () => Processes): Processes {
  const first = find();
  for (let tries = 0, found = first; found.size > 0 && tries < 100; tries++, found = find()) {
    for (const pid of found.keys()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // The process has ended.
      }
    }
  }
  return first;
}

/** The signs of a process that belongs to a part. One of them is enough. */
interface Signs {
  /** The session of the first process; undefined if it could not be started. */
  readonly session: number | undefined;
  /** The value of {@linkcode MARK} in the environment. */
  readonly mark: string;
  /** The path of the open file for the output. */
  readonly log: string;
}

/** Returns the processes with a sign of a part, except for zombies. */
function processesOf({ session, mark, log }: Signs): Processes {
  if (session === undefined) return new Map();
  if (process.platform !== "linux") return membersOf(session);
  const found = new Map<number, string>();
  for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const read = (file: string) => readFileSync(`/proc/${name}/${file}`, "latin1");
    try {
      const stat = read("stat");
      const [state, , , itsSession] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z" || state === "X") continue;
      const isOurs = itsSession === `${session}` ||
        read("environ").split("\0").includes(`${MARK}=${mark}`) || hasOpen(name, log);
      if (isOurs) found.set(Number(name), read("cmdline").replaceAll("\0", " ").trim() || stat);
    } catch {
      // The process has ended, or belongs to another user.
    }
  }
  return found;
}

function hasOpen(pid: string, path: string): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === path;
    } catch {
      return false; // The descriptor was closed meanwhile.
    }
  });
}

/** Returns the processes of a process group, from `ps`. */
function membersOf(group: number): Processes {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pgid=,pid=,state=,command="], {
    encoding: "utf8",
  });
  const lines = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  return new Map(
    lines.filter(([pgid, , state]) => pgid === `${group}` && !state?.startsWith("Z"))
      .map(([, pid, , ...words]) => [Number(pid), words.join(" ")]),
  );
}
