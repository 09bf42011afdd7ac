/**
 * The working directories of the shells in all terminals, or in one, as a terminal shows it in its
 * title: `shell_cwd.ts [TTY]`, as in `/dev/pts/3`.
 *
 * @module
 */
import process from "node:process";
import { processes } from "../mod.ts";

const wanted = process.argv[2];
const fields = ["sessionLeader", "terminalPath", "name", "directories"] as const;
let count = 0;
for (const row of processes({ fields })) {
  const { terminalPath, sessionLeader, name, workingDirectory, missing } = row;
  const removed = row.workingDirectoryDeleted ? "(deleted)" : "";
  if (terminalPath === undefined || !sessionLeader) continue;
  if (wanted !== undefined && wanted !== terminalPath) continue;
  console.log(terminalPath, name, workingDirectory ?? missing.workingDirectory, removed);
  count++;
}
console.log(`${count} terminals`);
