import { kernMsgBuf } from "../calls/kern_msg_buf.ts";
import { ERRNO, ProcInfoError } from "../system/errors.ts";
import { atMost, type Call, type Command, EXIT, json, partly } from "./command.ts";
import { escaped } from "./table.ts";

/** `libproc dmesg`: prints the messages of the kernel. */
export const command: Command = {
  usage: "",
  description:
    "Prints the messages of the kernel, the oldest first. Usually, only root may read them.",
  options: { json: { type: "boolean", help: "print a JSON array of lines" } },
  exits: "0 there are some, 1 there are none, 2 an error, 3 they are denied",
  example: "libproc dmesg | tail",
  run(call) {
    atMost(call, "dmesg", 0);
    const { options, output } = call;
    const lines = messages(call);
    if (lines === undefined) {
      return partly(output, "Cannot read the kernel's messages: permission denied");
    }
    if (options["json"]) output.out(json(lines));
    else for (const line of lines) output.out(escaped(line));
    return lines.length > 0 ? EXIT.found : EXIT.none;
  },
};

/** Returns the messages as lines; undefined if this user may not read them. */
function messages({ from }: Call): string[] | undefined {
  try {
    return kernMsgBuf(from).split("\n").filter((line) => line !== "");
  } catch (error) {
    if (error instanceof ProcInfoError && error.errno === ERRNO.EPERM) return undefined;
    throw error;
  }
}
