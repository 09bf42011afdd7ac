import { type ChildProcess, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { until } from "./lines.ts";

/** Closes what was inherited, as runtimes leave different descriptors open, and sleeps with so many more. */
const START = `
import os, sys
os.closerange(3, 65536)
for _ in range(int(sys.argv[1])): os.set_inheritable(os.open("/dev/null", os.O_RDONLY), True)
os.execvp("sleep", ["sleep", "600"])
`;

/** Children of one thread that sleep. */
export class Sleepers implements Disposable {
  readonly #children: ChildProcess[] = [];

  /** Starts one child for each number, which has that many descriptors more than the three. */
  async start(...more: readonly number[]): Promise<void> {
    for (const count of more) {
      this.#children.push(spawn("python3", ["-c", START, `${count}`], { stdio: "ignore" }));
    }
    for (const { pid } of this.#children) {
      await until(
        "it has executed",
        () => /sleep|coreutils|busybox/.test(readlinkSync(`/proc/${pid}/exe`)),
      );
    }
  }

  /** The pid of a child, from the end if below 0. */
  pid(at: number): number {
    return this.#children.at(at)!.pid!;
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}
