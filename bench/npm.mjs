/**
 * What packages of npm take for what friendly.ts does: ps-list, pid-port and pidtree, each in a process
 * that stays warm. They start `ps` or `ss` each time, which counts.
 *
 * Requests and answers are as in friendly.ts.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { createInterface } from "node:readline";

const hex = (text) => Buffer.from(text).toString("hex");

/** What each operation does; each answers a function that makes rows of what was found. */
const OPERATIONS = {
  async processes() {
    const { default: psList } = await import("ps-list");
    return async (parent) => {
      const found = await psList();
      return () =>
        found.map(({ pid, ppid, uid, path, cmd }) =>
          [pid, ppid, uid, ...(ppid === parent ? [hex(path), hex(cmd)] : [])].join(":")
        );
    };
  },
  async listening_ports() {
    const { allPortsWithPid } = await import("pid-port");
    return async (own) => {
      const found = await allPortsWithPid({ host: "*" });
      return () => [...found].filter(([, pid]) => pid === own).map(([port]) => `${own}:${port}`);
    };
  },
  async children() {
    const { default: pidtree } = await import("pidtree");
    return async (parent) => {
      const found = await pidtree(parent);
      return () => found.map(String);
    };
  },
};

// What pidtree answers serves both.
OPERATIONS.tree = OPERATIONS.children;

for await (const line of createInterface({ input: process.stdin })) {
  const [operation, pid, milliseconds] = line.split(" ");
  const run = await OPERATIONS[operation]();
  let shortest = Infinity;
  let rows;
  let start = performance.now();
  const end = start + Number(milliseconds);
  do {
    rows = await run(Number(pid));
    const time = performance.now() - start;
    if (time < shortest) shortest = time;
    start = performance.now();
  } while (start < end);
  console.log([Math.round(shortest * 1e6), ...rows()].join(" "));
}
