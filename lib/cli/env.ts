import { openProcess } from "../process/process.ts";
import { type Command, EXIT, json, JSON_OPTION, onePid, ROOT_OPTION } from "./command.ts";
import { escaped, MASK } from "./table.ts";

/** `libproc env`: prints the environment that a process was started with. */
export const command: Command = {
  usage: "PID",
  description:
    `Prints the environment that a process was started with, one variable per line. Environments can hold
passwords and keys, so values are masked without --reveal.`,
  options: {
    reveal: { type: "boolean", help: "print the values" },
    ...JSON_OPTION,
    ...ROOT_OPTION,
  },
  exits: "0 it has variables, 1 it has none or does not exist, 2 an error, 3 they are denied",
  example: "libproc env 1 --reveal",
  run(call) {
    const process = openProcess(onePid(call, "env"), call.from);
    const { options, output } = call;
    const found = Object.entries(process.environment());
    const shown = found.map(([name, value]): [string, string] => [
      name,
      options["reveal"] ? value : MASK,
    ]);
    if (options["json"]) output.out(json(Object.fromEntries(shown)));
    else for (const [name, value] of shown) output.out(`${escaped(name)}=${escaped(value)}`);
    return found.length > 0 ? EXIT.found : EXIT.none;
  },
};
