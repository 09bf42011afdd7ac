import { openProcess } from "../process/process.ts";
import { type Command, JSON_OPTION, onePid, ROOT_OPTION } from "./command.ts";
import { printProperties } from "./details.ts";

/** The groups of fields that are printed. */
const GROUPS = [
  ...["cpuModes", "cpu", "childTimes", "footprint", "memory", "faults", "switches"] as const,
  ...["io", "counters"] as const,
];

/** `libproc usage`: prints the resources that a process has used. */
export const command: Command = {
  usage: "PID",
  description:
    `Prints the resources that a process has used since it started: processor time, memory, page faults, the
bytes read from disks and written to them, and others. Those that the system does not count are left out.`,
  options: { ...JSON_OPTION, ...ROOT_OPTION },
  example: "libproc usage $$",
  run(call) {
    const process = openProcess(onePid(call, "usage"), call.from);
    const { pid: _, missing, ...used } = process.read(...GROUPS);
    const why = Object.entries(missing).filter(([, why]) => why !== "unsupported");
    return printProperties(call, used, Object.fromEntries(why));
  },
};
