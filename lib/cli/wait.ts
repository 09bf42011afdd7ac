import { type Exit, waitForExit } from "../process/exit.ts";
import { type Call, type Command, EXIT, json, JSON_OPTION, onePid, text } from "./command.ts";
import { parseDuration } from "./units.ts";

/** `libproc wait`: until a process has ended. */
export const command: Command = {
  usage: "PID",
  description:
    `Waits until a process has ended, and prints how, as far as the kernel reports it: "exited CODE",
"killed SIGNAL" or "ended". It need not be a child.`,
  options: {
    timeout: { type: "string", word: "SECONDS", help: "wait no longer than that" },
    ...JSON_OPTION,
  },
  exits: "0 it has ended, 1 there is no such process or it has not ended in time, 2 an error",
  example: "libproc wait 4242 --timeout 60",
  async run(call) {
    const pid = onePid(call, "wait");
    const { options, output } = call;
    const limit = timeout(text(options["timeout"]));
    const signals = [output.signal, limit].filter((signal) => signal !== undefined);
    try {
      const exit = await waitForExit(pid, { ...call.from, signal: AbortSignal.any(signals) });
      output.out(options["json"] ? json(exit) : inWords(exit));
      return EXIT.found;
    } catch (error) {
      if (!signals.some(({ aborted }) => aborted)) throw error;
      output.err(`libproc: process ${pid} has not ended`);
      return EXIT.none;
    }
  },
};

/** A signal that is aborted after some seconds; none for no limit. */
export function timeout(word: string | undefined): AbortSignal | undefined {
  return word === undefined ? undefined : AbortSignal.timeout(parseDuration("--timeout", word));
}

/** How a process ended, in words. */
export function inWords({ code, signal, coreDumped }: Exit): string {
  if (signal !== undefined) return `killed ${signal}${coreDumped ? " (core dumped)" : ""}`;
  return code === undefined ? "ended" : `exited ${code}`;
}

/** True if the command is to end because its output says so. */
export function interrupted({ output }: Call): boolean {
  return output.signal?.aborted === true;
}
