import { type Missing, ProcessError } from "../process/errors.ts";
import { PLACES } from "../process/fields/mod.ts";
import { openProcess, type Process } from "../process/process.ts";
import { type Command, JSON_OPTION, onePid, ROOT_OPTION } from "./command.ts";
import { printProperties } from "./details.ts";
import { NAMES } from "./select.ts";

const READ = NAMES.filter((name) => !PLACES.get(name)!.field.secret);

/** What is known of a process in addition to its fields. */
const MORE: Readonly<Record<string, (process: Process) => unknown>> = {
  controlGroups: (process) => process.controlGroup().paths,
  namespaces: (process) => process.namespaces(),
  limits: (process) =>
    Object.fromEntries(
      Object.entries(process.limits()).map(([name, { soft = UNLIMITED, hard = UNLIMITED }]) => [
        name,
        { soft, hard },
      ]),
    ),
};

const UNLIMITED = "unlimited";

/** `libproc info`: all about one process. */
export const command: Command = {
  usage: "PID",
  description:
    `Prints what is known of a process: the fields of ps except the environment, control groups,
namespaces and limits. What is denied to this user, lost with a zombie or unsupported by this system
is printed as such.`,
  options: { ...JSON_OPTION, ...ROOT_OPTION },
  example: "libproc info 1",
  run(call) {
    const process = openProcess(onePid(call, "info"), call.from);
    const { missing, ...values } = process.read(...READ);
    const known: Record<string, unknown> = values;
    const reasons: Record<string, Missing> = { ...missing };
    for (const [name, read] of Object.entries(MORE)) {
      try {
        known[name] = read(process);
      } catch (error) {
        if (!(error instanceof ProcessError) || error.missing === "gone") throw error;
        reasons[name] = error.missing;
      }
    }
    return printProperties(call, known, reasons);
  },
};
