import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A process that reads and prints lines. It leads a process group, which is killed when it is
 * disposed of.
 */
export interface Speaker extends AsyncDisposable {
  /** Its pid. */
  readonly pid: number;
  /** The process. */
  readonly child: ChildProcess;
  /** Returns the next line that it prints. */
  next(): Promise<string>;
  /** Sends a line to it; returns the next line that it prints. */
  ask(line: string): Promise<string>;
}

/** Starts a program that reads lines. */
export function startSpeaker([file, ...args]: readonly [string, ...string[]]): Speaker {
  // The process may dump a core file here.
  const cwd = mkdtempSync(`${tmpdir()}/libproc-speaker-`);
  const child = spawn(file, args, { cwd, stdio: ["pipe", "pipe", "inherit"], detached: true });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`"${file}" has ended and prints no more`);
    return value;
  };
  // The process may be killed while a line is written to it.
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
        // All processes of the group have ended.
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

/** A process that sleeps until it is killed or disposed of. */
export interface Sleeper extends AsyncDisposable {
  /** Its pid. */
  readonly pid: number;
  /** Kills it, and waits until it has ended. */
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

/** Reads a field of `/proc/PID/stat` by its number; undefined if the process does not exist. */
export function statField(pid: number, field: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).trim().split(" ")[field - 3];
  } catch {
    return undefined;
  }
}

/** Reads the letter of a process's state; undefined if the process does not exist. */
export function stateOf(pid: number): string | undefined {
  return statField(pid, 3);
}

/** Returns the children of a process, including zombies, from the kernel's list for each thread. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").split(" ").filter(Boolean)
        .map(Number)
    );
  } catch {
    return []; // The process or one of its threads has ended.
  }
}

/** Returns true if a process exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  return !["Z", "X", undefined].includes(stateOf(pid));
}

/** Waits until a condition holds, for at least a minute, because the machine may be busy. */
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
 * Waits until a new child has executed its program. Before `execve()`, it has the memory and the
 * command line of this process. During `execve()`, it does not have any.
 *
 * @param program The file name of its program, from the first word of its command line. Default:
 * any command line that differs from that of this process.
 */
export async function executed(
  { pid }: { readonly pid?: number | undefined },
  program?: string,
): Promise<void> {
  await until(`${pid} has executed ${program ?? "its program"}`, () => {
    const line = commandLine(pid!);
    // Some runtimes replace the first argument with the full path of the program.
    return program === undefined
      ? line !== "" && line !== commandLine("self")
      : `/${line.split("\0")[0]}`.endsWith(`/${program}`);
  });
}

/** Returns the number of this process's pidfds, or of those for one process. */
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
