/**
 * Lists zombies and their parents, which have not waited for them.
 *
 * @module
 */
import { processes } from "../mod.ts";

const zombies = processes({ state: "zombie", fields: ["name", "parentPid"] });
const pids = zombies.flatMap(({ parentPid }) => parentPid ?? []);
const parents = new Map(processes({ pids, fields: ["name"] }).map(({ pid, name }) => [pid, name]));
for (const { pid, name, parentPid = 0 } of zombies) {
  const parent = JSON.stringify(parents.get(parentPid));
  console.log(pid, JSON.stringify(name), "is left by", parentPid, parent);
}
console.log(`${zombies.length} zombies`);
