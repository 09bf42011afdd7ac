/**
 * Prints a process, by default its own, and its ancestors: `who_launched_me.ts [PID]`.
 *
 * @module
 */
import process from "node:process";
import { openProcess } from "../mod.ts";

const self = openProcess(Number(process.argv[2] ?? process.pid));
for (const each of [self, ...self.ancestors()]) {
  const row = each.read("userName", "startedAt", "commandLine");
  const { pid, userName, startedAt, commandLine, missing } = row;
  const since = startedAt === undefined ? missing.startedAt : new Date(startedAt).toISOString();
  console.log(pid, userName, since, JSON.stringify(commandLine ?? missing.commandLine));
}
