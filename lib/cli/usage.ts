import { openProcess } from "../process/process.ts";
import { type Command, JSON_OPTION, onePid, ROOT_OPTION, sourceOf } from "./command.ts";
import { orMissing, printProperties } from "./details.ts";

/** `libproc usage`: what a process has used. */
export const command: Command = {
  usage: "PID",
  description:
    `Tells what a process has used since it started: processor time, memory, page faults, what it
read from disks and wrote to them, and what more the system counts. What it does not count is left
out.`,
  options: { ...JSON_OPTION, ...ROOT_OPTION },
  example: "libproc usage $$",
  run(call) {
    const process = openProcess(onePid(call, "usage"), sourceOf(call));
    const used = process.resourceUsage();
    // A zombie has no memory any more.
    const memory = orMissing(() => process.memory());
    return typeof memory === "string"
      ? printProperties(call, { ...used }, { memory })
      : printProperties(call, { ...used, ...memory });
  },
};
