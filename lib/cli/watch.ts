import { type ProcessEvent, watch } from "../process/watch.ts";
import { atMost, type Command, EXIT, json, text } from "./command.ts";
import { escaped, moment } from "./table.ts";
import { countOf, intervalOf } from "./repeat.ts";
import { interrupted, inWords } from "./wait.ts";

/** `libproc watch`: processes that come and go. */
export const command: Command = {
  usage: "",
  description:
    `Prints a line whenever a process starts, runs another program, or ends, until it is interrupted.
What lives shorter than the interval is not seen.`,
  options: {
    interval: { type: "string", word: "SECONDS", help: "look that often; 0.5 by default" },
    name: { type: "string", short: "n", word: "TEXT", help: "only those with this in their name" },
    count: { type: "string", word: "N", help: "end after N events" },
    json: { type: "boolean", help: "print a line of JSON for each event" },
    jsonl: { type: "boolean", help: "the same" },
  },
  exits: "0 something happened, 1 nothing did, 2 an error",
  example: "libproc watch --name make --interval 0.1",
  async run(call) {
    atMost(call, "watch", 0);
    const { options, output } = call;
    const part = text(options["name"]);
    const interval = text(options["interval"]);
    const count = countOf(call) ?? Infinity;
    let seen = 0;
    try {
      const events = watch({
        ...call.from,
        ref: true,
        ...(interval === undefined ? {} : { intervalMs: intervalOf("--interval", interval) }),
        ...(part === undefined ? {} : { filter: ({ name }) => name?.includes(part) === true }),
        ...(output.signal === undefined ? {} : { signal: output.signal }),
      });
      for await (const event of events) {
        output.out(options["json"] || options["jsonl"] ? json(event) : lineOf(event));
        if (++seen === count) break;
      }
    } catch (error) {
      if (!interrupted(call)) throw error;
    }
    return seen > 0 ? EXIT.found : EXIT.none;
  },
};

/** Stands for the name of a process that had gone before its name could be read. */
const UNKNOWN = "?";

/** As wide as the ids of processes get. */
const PID_WIDTH = 7;

function lineOf({ at, type, pid, parentPid, name, exit }: ProcessEvent): string {
  const how = exit === undefined ? "" : `: ${inWords(exit)}`;
  const id = String(pid).padStart(PID_WIDTH);
  return `${moment(at)}  ${type.padEnd(5)}  ${id}  ${
    escaped(name ?? UNKNOWN)
  }${how}  parent ${parentPid}`;
}
