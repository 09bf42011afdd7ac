import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A process that reads lines, and prints some. It leads a process group, and is killed with that when it
 * is disposed of.
 */
export interface Speaker extends AsyncDisposable {
  /** Its id. */
  readonly pid: number;
  /** The process. */
  readonly child: ChildProcess;
  /** Its next line. */
  next(): Promise<string>;
  /** Sends it a line; answers with its next one. */
  ask(line: string): Promise<string>;
}

/** Starts a program that reads lines. */
export function startSpeaker([file, ...args]: readonly [string, ...string[]]): Speaker {
  // Where it leaves a core file, if it does.
  const cwd = mkdtempSync(`${tmpdir()}/libproc-speaker-`);
  const child = spawn(file, args, { cwd, stdio: ["pipe", "pipe", "inherit"], detached: true });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`"${file}" has ended and prints no more`);
    return value;
  };
  // One that is killed while it gets a line.
  child.stdin.on("error", () => {});
  return {
    pid: child.pid!,
    child,
    next,
    ask(line) {
      child.stdin.write(`${line}\n`);
      return next();
    },
    async [Symbol.asyncDispose]() {
      const gone = child.exitCode !== null || child.signalCode !== null || once(child, "exit");
      child.stdin.end();
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // All of them have ended.
      }
      await gone;
      rmSync(cwd, { recursive: true });
    },
  };
}

/** Starts a shell script. */
export function startShell(script: string): Speaker {
  return startSpeaker(["sh", "-c", script]);
}

/** A process that sleeps until it is ended, or disposed of. */
export interface Sleeper extends AsyncDisposable {
  /** Its id. */
  readonly pid: number;
  /** Ends it, and waits for that. */
  end(): Promise<void>;
}

/** Starts a process that sleeps. */
export function startSleeper(): Sleeper {
  const child = spawn("sleep", ["1000"], { stdio: "ignore" });
  const gone = once(child, "exit");
  const end = async () => {
    child.kill("SIGKILL");
    await gone;
  };
  return { pid: child.pid!, end, [Symbol.asyncDispose]: end };
}

/** A field of `/proc/PID/stat` by its number; undefined where there is no such process. */
export function statField(pid: number, field: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).trim().split(" ")[field - 3];
  } catch {
    return undefined;
  }
}

/** The letter of a process's state; undefined where there is no such process. */
export function stateOf(pid: number): string | undefined {
  return statField(pid, 3);
}

/** The children of a process, its zombies too, as the kernel lists them for each thread. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").split(" ").filter(Boolean)
        .map(Number)
    );
  } catch {
    return []; // It has ended, or a thread of it.
  }
}

/** True if a process exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  return !["Z", "X", undefined].includes(stateOf(pid));
}

/** Waits until something holds: a minute at least, which a busy machine may take. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 12_000; tries++) {
    if (holds()) return;
    await sleep(5);
  }
  throw new Error(`It has not come about that ${what}`);
}

const commandLine = (pid: number | "self"): string =>
  readFileSync(`/proc/${pid}/cmdline`, "latin1");

/**
 * Waits until a child that was just started has executed its program. Before, it has the memory and the
 * command line of this process; in the midst of it, none.
 *
 * @param program The first word of the command line that it must have. Default: any but this process's.
 */
export async function executed(
  { pid }: { readonly pid?: number | undefined },
  program?: string,
): Promise<void> {
  await until(`${pid} has executed ${program ?? "its program"}`, () => {
    const line = commandLine(pid!);
    // A runtime may put the whole path of a program before its arguments.
    return program === undefined
      ? line !== "" && line !== commandLine("self")
      : `/${line.split("\0")[0]}`.endsWith(`/${program}`);
  });
}

/** How many descriptors of this process stand for processes, or for one process. */
export function processDescriptors(pid?: number): number {
  const line = pid === undefined ? "\nPid:" : `\nPid:\t${pid}\n`;
  return readdirSync("/proc/self/fdinfo").filter((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, "latin1").includes(line);
    } catch {
      return false;
    }
  }).length;
}
