import { type ChildProcess, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { until } from "./lines.ts";

/**
 * The program of a child: closes inherited descriptors, which depend on the runtime, opens a number
 * of descriptors, and sleeps.
 */
const START = `
import os, sys
os.closerange(3, 65536)
for _ in range(int(sys.argv[1])): os.set_inheritable(os.open("/dev/null", os.O_RDONLY), True)
os.execvp("sleep", ["sleep", "600"])
`;

/** Children with one thread, which sleep. */
export class Sleepers implements Disposable {
  readonly #children: ChildProcess[] = [];

  /** Starts a child for each number, with that many descriptors in addition to the first three. */
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

  /** Returns the pid of a child; a negative index counts from the end. */
  pid(at: number): number {
    return this.#children.at(at)!.pid!;
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}
