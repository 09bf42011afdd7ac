/**
 * What packages of npm take for what friendly.ts and one_process.ts do: ps-list, pid-port, pidtree and
 * pidusage, each in a process that stays warm. The first three start `ps` or `ss` each time, which counts.
 *
 * Requests and answers are as in friendly.ts.
 *
 * @module
 */
import { answerRequests, hex, work } from "./answers.ts";

/** What each operation does, and which rows are made of what was found. */
const OPERATIONS = {
  ps_list(parent) {
    const psList = import("ps-list");
    const rowOf = ({ pid, ppid, uid, path, cmd }) =>
      [pid, ppid, uid, ...(ppid === parent ? [hex(path), hex(cmd)] : [])].join(":");
    return [async () => (await psList).default(), (found) => found.map(rowOf)];
  },
  ports(own) {
    const pidPort = import("pid-port");
    return [
      async () => (await pidPort).allPortsWithPid({ host: "*" }),
      (found) => [...found].filter(([, pid]) => pid === own).map(([port]) => `${own}:${port}`),
    ];
  },
  children(parent) {
    const pidtree = import("pidtree");
    return [async () => (await pidtree).default(parent), (found) => found.map(String)];
  },
  one_process(pid) {
    const pidusage = import("pidusage");
    // Its memory lacks what the processors have not added up yet.
    return [async () => (await pidusage).default(pid), (found) => [`${found.pid}:-:-`]];
  },
};
// What pidtree answers serves all.
OPERATIONS.tree = OPERATIONS.children_again = OPERATIONS.children;

await answerRequests((operation, pid) => work(...OPERATIONS[operation](Number(pid))));
