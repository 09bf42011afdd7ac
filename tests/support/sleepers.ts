import { type ChildProcess, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { until } from "./lines.ts";

/** Children of one thread that sleep. */
export class Sleepers implements Disposable {
  readonly #children: ChildProcess[] = [];

  /** Starts one child for each number, which has that many descriptors more than the three. */
  async start(...more: readonly number[]): Promise<void> {
    for (const count of more) {
      const words = Array.from({ length: count }, (_, at) => `${at + 3}</dev/null`);
      const script = ["exec sleep 600", ...words].join(" ");
      this.#children.push(spawn("sh", ["-c", script], { stdio: "ignore" }));
    }
    for (const { pid } of this.#children) {
      await until("it has executed", () => !/sh$/.test(readlinkSync(`/proc/${pid}/exe`)));
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
