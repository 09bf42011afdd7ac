import { type KillReport, killTree } from "../process/kill_tree.ts";
import { SIGNAL_NAMES, type SignalName } from "../process/signals.ts";
import { type Command, EXIT, json, JSON_OPTION, onePid, text, UsageError } from "./command.ts";
import { escaped } from "./table.ts";
import { parseDuration } from "./units.ts";
import { interrupted, inWords } from "./wait.ts";

/** `libproc kill-tree`: a process and all below it. */
export const command: Command = {
  usage: "PID",
  description:
    `Ends a process and all that it has started: sends a signal, and after a time of grace SIGKILL. Nobody
else sees more than the end of its child. Prints what has ended, and what has not.`,
  options: {
    signal: {
      type: "string",
      short: "s",
      word: "NAME",
      help: "send this first; SIGTERM by default",
    },
    grace: {
      type: "string",
      word: "SECONDS",
      help: "wait that long before SIGKILL; 2 by default",
    },
    ...JSON_OPTION,
  },
  exits: "0 all have ended, 1 there is no such process, 2 an error, 3 some have not ended",
  example: "libproc kill-tree 4242 --grace 5",
  async run(call) {
    const pid = onePid(call, "kill-tree");
    const { options, output } = call;
    const signal = text(options["signal"]);
    const grace = text(options["grace"]);
    let report: KillReport;
    try {
      report = await killTree(pid, {
        ...call.from,
        ...(signal === undefined ? {} : { with: signalOf(signal) }),
        ...(grace === undefined ? {} : { graceMs: parseDuration("--grace", grace) }),
        ...(output.signal === undefined ? {} : { signal: output.signal }),
      });
    } catch (error) {
      if (!interrupted(call)) throw error;
      output.err(`libproc: process ${pid} and those below it may not have ended`);
      return EXIT.partly;
    }
    const { ended, escaped: left } = report;
    if (options["json"]) output.out(json({ ended, escaped: left }));
    else {
      for (const { pid, name, exit } of ended) {
        output.out(`${pid} ${escaped(name)}: ${inWords(exit)}`);
      }
      for (const { pid, name, why } of left) {
        output.out(`${pid} ${escaped(name)}: NOT ENDED, ${why}`);
      }
    }
    return left.length > 0 ? EXIT.partly : EXIT.found;
  },
};

/** A signal by its name, as kill(1) takes it: `SIGTERM`, `TERM` or `term`. */
function signalOf(word: string): SignalName {
  const name = word.toUpperCase();
  const found = SIGNAL_NAMES.find((signal) => signal === name || signal === `SIG${name}`);
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot use --signal as it must be a name such as SIGTERM: current value is ${
      JSON.stringify(word)
    }`,
  );
}
