import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A descriptor of a process. */
export interface Place {
  readonly pid: number;
  readonly fd: number;
}

/** The processes of `ends.py`, and the descriptors that they hold. */
export interface Ends extends AsyncDisposable {
  /** The path of the folder with its files. */
  readonly folder: string;
  /** All pids, in ascending order. */
  readonly pids: readonly number[];
  /** Returns the pid of a role. P and C hold the ends, R has another root directory. */
  pid(role: "P" | "C" | "R"): number;
  /** The names of the ends. */
  readonly names: readonly string[];
  /** Returns all descriptors of an end, in the order of the pids. */
  places(name: string): readonly Place[];
  /** Returns the only descriptor of an end. */
  place(name: string): Place;
  /** Returns a value that was printed: a port, or an address with one character per byte. */
  said(name: string): string | number;
}

const SCRIPT = fileURLToPath(new URL("ends.py", import.meta.url));

/** Starts `ends.py` and waits until it is ready. */
export async function startEnds(): Promise<Ends> {
  const folder = realpathSync(mkdtempSync(`${tmpdir()}/libproc-ends-`));
  const child: ChildProcess = spawn("python3", [SCRIPT, folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const { value, done } = await lines.next();
  if (done) throw new Error("ends.py ended before it was ready");
  const { pids, ends, said } = JSON.parse(value) as {
    readonly pids: Readonly<Record<string, number>>;
    readonly ends: Readonly<Record<string, readonly (readonly [string, number])[]>>;
    readonly said: Readonly<Record<string, string | number>>;
  };
  const places = (name: string) => {
    const found = ends[name];
    if (!found) throw new Error(`Cannot find "${name}" among the ends: ${Object.keys(ends)}`);
    return found.map(([role, fd]) => ({ pid: pids[role]!, fd })).sort((a, b) => a.pid - b.pid);
  };
  return {
    folder,
    pids: Object.values(pids).sort((a, b) => a - b),
    pid(role) {
      const pid = pids[role];
      if (pid === undefined) throw new Error(`There is no process "${role}"`);
      return pid;
    },
    names: Object.keys(ends),
    places,
    place(name) {
      const [first, ...others] = places(name);
      if (!first || others.length > 0) throw new Error(`"${name}" is held by several`);
      return first;
    },
    said: (name) => said[name]!,
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.stdin!.end();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
