/**
 * Zombies, and the parents that forgot to wait for them.
 *
 * @module
 */
import { processes } from "../mod.ts";

const rows = processes({ groups: ["ids", "names", "state"] });
const names = new Map(
  rows.map(({ pid, names }) => [pid, typeof names === "string" ? names : names.name]),
);
let count = 0;
for (const { pid, ids, state } of rows) {
  if (typeof state === "string" || state.state !== "zombie" || typeof ids === "string") continue;
  const parent = JSON.stringify(names.get(ids.parentPid) ?? "?");
  console.log(pid, JSON.stringify(names.get(pid)), "is left by", ids.parentPid, parent);
  count++;
}
console.log(`${count} zombies`);
