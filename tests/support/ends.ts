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

/** The processes of `ends.py`, and who of them holds what. */
export interface Ends extends AsyncDisposable {
  /** The folder that its files are in. */
  readonly folder: string;
  /** All processes, in ascending order. */
  readonly pids: readonly number[];
  /** The process of a role: P and C hold the ends, R has a root directory of its own. */
  pid(role: "P" | "C" | "R"): number;
  /** The names of what is held. */
  readonly names: readonly string[];
  /** Everybody who holds what has a name, by process. */
  places(name: string): readonly Place[];
  /** The only one who holds it. */
  place(name: string): Place;
  /** A port, or an address whose characters are bytes. */
  said(name: string): string | number;
}

const SCRIPT = fileURLToPath(new URL("ends.py", import.meta.url));

/** Starts `ends.py` and waits until everything is in its place. */
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
