/**
 * Prints the working directory of the session leader, usually a shell, of each terminal or of one:
 * `shell_cwd.ts [TTY]`. An example of a TTY is `/dev/pts/3`.
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
