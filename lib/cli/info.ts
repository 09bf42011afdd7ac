import type { Missing } from "../process/errors.ts";
import { openProcess } from "../process/process.ts";
import { type Command, JSON_OPTION, onePid, ROOT_OPTION, sourceOf } from "./command.ts";
import { orMissing, printProperties, type Properties } from "./details.ts";

/** `libproc info`: all about one process. */
export const command: Command = {
  usage: "PID",
  description:
    `Tells about a process what there is to tell: ids, state, program, directories, users, terminal,
memory, limits, control groups and namespaces. What is denied to this user, lost with a zombie or
not there on this system is told as such.`,
  options: { ...JSON_OPTION, ...ROOT_OPTION },
  example: "libproc info 1",
  run(call) {
    const process = openProcess(onePid(call, "info"), sourceOf(call));
    const known: Record<string, unknown> = {};
    const missing: Record<string, Missing> = {};
    const put = (name: string, ask: () => unknown) => {
      const value = orMissing(ask);
      if (isMissing(value)) missing[name] = value;
      else if (value !== undefined) known[name] = value;
    };
    const info: Properties = { ...process.info() };
    // The first lines say which process it is.
    Object.assign(known, info);
    put("executable", () => {
      const { path, deleted } = process.executable();
      return { path, deleted };
    });
    put("arguments", () => process.arguments().arguments);
    put("workingDirectory", () => process.workingDirectory());
    put("rootDirectory", () => process.rootDirectory());
    put("credentials", () => process.credentials());
    put("terminal", () => process.terminal());
    put("priority", () => process.priority());
    put("memory", () => process.memory());
    put("controlGroup", () => process.controlGroup());
    put("namespaces", () => process.namespaces());
    put("limits", () => process.limits());
    // Where all of the others' are denied, so are some of those that came at once.
    if (missing["priority"] === "denied") {
      for (const name of GUARDED) if (info[name] === undefined) missing[name] = "denied";
    }
    return printProperties(call, known, missing);
  },
};

/** What comes at once, but of other users' processes is not told to everybody on every system. */
const GUARDED = ["state", "startedAt", "sessionLeader", "nice"];

function isMissing(value: unknown): value is Missing {
  return value === "denied" || value === "zombie" || value === "unsupported";
}
