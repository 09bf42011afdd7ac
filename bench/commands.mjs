/**
 * Measures commands for the operations of friendly.ts: `ss` and `lsof`, which are started each time
 * and whose output is parsed.
 *
 * The requests and replies are those of friendly.ts.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { answerRequests, work } from "./answers.ts";

/** Runs a command; returns the lines of its output. */
function run(command, ...args) {
  // The status is ignored: lsof fails if it lacks permission to read something.
  const { stdout, error } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (error) throw error;
  return stdout.split("\n");
}

/** Returns the parent of a process; undefined if the process does not exist anymore. */
function parentOf(pid) {
  try {
    return Number(/^.*\) . (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1]);
  } catch {
    return undefined;
  }
}

function ports(pid) {
  return [
    () => run("ss", "-ltnp"),
    (lines) => {
      const own = lines.filter((line) => line.includes(`,pid=${pid},`));
      return own.map((line) => `${pid}:${/:(\d+) /.exec(line)?.[1]}`);
    },
  ];
}

function descriptors(parent) {
  return [
    () => run("lsof", "-n"),
    (lines) => {
      const byPid = new Map();
      for (const line of lines) {
        const [, pid, fd] = /^\S.*? (\d+) +\S+ +(\d+)[rwu -]/.exec(line) ?? [];
        if (pid !== undefined) byPid.set(pid, [...(byPid.get(pid) ?? []), fd]);
      }
      return [...byPid].filter(([pid]) => parentOf(pid) === parent)
        .map(([pid, fds]) => `${pid}:${fds.join(",")}`);
    },
  ];
}

const OPERATIONS = { ports, bpf_ports: ports, descriptors, bpf_descriptors: descriptors };

await answerRequests((operation, pid) => work(...OPERATIONS[operation](Number(pid))));
