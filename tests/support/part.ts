import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** How a part of the checks is run. */
export interface PartOptions {
  /** The folder that it runs in. */
  readonly cwd: string;
  /** Its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The absolute path of the file that it writes to. */
  readonly log: string;
  /** For how many milliseconds it may run. */
  readonly limitMs: number;
  /** For how many milliseconds what it started may outlive it. */
  readonly graceMs: number;
}

/** What came of a part. */
export interface Part {
  /** Its exit code; undefined if a signal ended it, or if it could not be started. */
  readonly status: number | undefined;
  /** What it wrote, to standard output and to standard error. */
  readonly output: string;
  /** How many seconds it ran. */
  readonly seconds: number;
  /** The processes that it left behind, which were killed: ids and command lines. */
  readonly left: readonly string[];
}

/** The variable that the processes of a part inherit. */
const MARK = "LIBPROC_PART";

/** The parts that run now. */
const running = new Set<() => Processes>();
let count = 0;

/**
 * Runs a part of the checks in a session of its own, and ends what it leaves behind.
 *
 * It writes to a file: the end of a pipe comes only when all who have inherited it have ended.
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
    // Not `close`, for which every process would have to end that has its output.
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

/** Kills all parts that run now, with all that they have started. */
export function killParts(): void {
  for (const find of running) kill(find);
}

/** Processes by their ids, with their command lines. */
type Processes = ReadonlyMap<number, string>;

/** Waits until the processes of a part have ended; kills those that have not in time, and returns them. */
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

/** Kills processes until there are none, as they may start others meanwhile; returns the first. */
function kill(find: () => Processes): Processes {
  const first = find();
  for (let tries = 0, found = first; found.size > 0 && tries < 100; tries++, found = find()) {
    for (const pid of found.keys()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    }
  }
  return first;
}

/** What the processes of a part have in common. */
interface Signs {
  /** The session of the first, undefined if it could not be started. */
  readonly session: number | undefined;
  /** The value of {@linkcode MARK}, if they have not changed their environment. */
  readonly mark: string;
  /** The file that they have open, if they have inherited the output. */
  readonly log: string;
}

/** The processes that have a sign of a part, without zombies. */
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
      // It has ended, or is another user's.
    }
  }
  return found;
}

function hasOpen(pid: string, path: string): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === path;
    } catch {
      return false; // It was closed meanwhile.
    }
  });
}

/** The processes of a process group, from `ps`. */
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
