import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { compileProgram } from "./compile.ts";

/** The process of `descriptors.c` or `transports.c`, and its open descriptors. */
export interface Holder extends AsyncDisposable {
  /** Its pid. */
  readonly pid: number;
  /** The path of the folder with its files. */
  readonly folder: string;
  /** The names of all descriptors. */
  readonly names: readonly string[];
  /** Returns the number of a descriptor. */
  fd(name: string): number;
  /** Returns the words that the process printed after the name and the number of a descriptor. */
  said(name: string): readonly string[];
  /** Makes the process read the pending error of its socket; returns the errno of Linux. */
  pendingError(): Promise<number>;
}

/** Starts `descriptors.c`, optionally in a new network namespace, and waits until it is ready. */
export async function startHolder({ net = false } = {}): Promise<Holder> {
  return await startHolding("descriptors", net);
}

/** Starts `transports.c` in the same way. It has a socket of every transport. */
export async function startTransports({ net = false } = {}): Promise<Holder> {
  return await startHolding("transports", net);
}

async function startHolding(name: string, net: boolean): Promise<Holder> {
  const folder = mkdtempSync(`${tmpdir()}/libproc-fds-`);
  const args = [folder, ...(net ? ["net"] : [])];
  const { child, found, readUntilReady, end } = await start(args, name);
  const words = (name: string) => {
    const said = found.get(name)?.at(-1);
    if (!said) throw new Error(`Cannot find "${name}" among the descriptors: ${[...found.keys()]}`);
    return said;
  };
  return {
    pid: Number(words("pid")[0]),
    folder,
    names: [...found.keys()].filter((name) => name !== "pid"),
    fd: (name) => Number(words(name)[0]),
    said: (name) => words(name).slice(1),
    async pendingError() {
      child.stdin!.write("errors\n");
      await readUntilReady();
      return Number(words("error")[0]);
    },
    async [Symbol.asyncDispose]() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A process with many listening TCP sockets. */
export interface Listener extends AsyncDisposable {
  /** Its pid. */
  readonly pid: number;
  /** The descriptors of the sockets, in ascending order. */
  readonly fds: readonly number[];
}

/** Starts a process with `count` listening TCP sockets, and waits until they listen. */
export async function startListener(count: number): Promise<Listener> {
  const { found, end } = await start(["many", `${count}`]);
  return {
    pid: Number(found.get("pid")![0]![0]),
    fds: found.get("listener")!.map(([fd]) => Number(fd)),
    [Symbol.asyncDispose]: end,
  };
}

/** Starts a program and reads its output: for each name, the words of every line with that name. */
async function start(args: readonly string[], name = "descriptors") {
  const program = compileProgram([`${name}.c`], name);
  const child: ChildProcess = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const found = new Map<string, (readonly string[])[]>();

  async function readUntilReady(): Promise<void> {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${program} ended before it was ready`);
      const [name = "", ...words] = value.split(" ");
      if (name === "ready") return;
      found.set(name, [...(found.get(name) ?? []), words]);
    }
  }

  async function end(): Promise<void> {
    const gone = once(child, "exit");
    child.stdin!.end();
    await gone;
  }

  await readUntilReady();
  return { child, found, readUntilReady, end };
}
