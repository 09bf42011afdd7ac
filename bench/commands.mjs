/**
 * What commands take for what friendly.ts does: `ss` and `lsof`, which are started each time and whose
 * output is read.
 *
 * Requests and answers are as in friendly.ts.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { answerRequests, work } from "./answers.ts";

/** Runs a command; returns the lines that it writes. */
function run(command, ...args) {
  // lsof fails if there is something that it may not read.
  const { stdout, error } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (error) throw error;
  return stdout.split("\n");
}

/** The parent of a process, or undefined if there is no such process any more. */
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
