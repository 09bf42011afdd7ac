import { openProcess } from "../process/process.ts";
import { type Command, EXIT, json, JSON_OPTION, onePid, ROOT_OPTION } from "./command.ts";
import { escaped } from "./table.ts";

/** `libproc args`: prints the arguments that a process was started with. */
export const command: Command = {
  usage: "PID",
  description:
    `Prints the arguments of a process exactly, one per line; an empty argument is an empty line. If the
process wrote a title over its arguments, only the title is printed, and JSON has it under "title".`,
  options: { ...JSON_OPTION, ...ROOT_OPTION },
  exits: "0 it has arguments, 1 it has none or does not exist, 2 an error, 3 they are denied",
  example: "libproc args 1 --json",
  run(call) {
    const process = openProcess(onePid(call, "args"), call.from);
    const list = process.arguments();
    const { output } = call;
    if (call.options["json"]) {
      output.out(json({ arguments: list, title: process.read("title").title }));
    } else for (const argument of list) output.out(escaped(argument));
    return list.length > 0 ? EXIT.found : EXIT.none;
  },
};
