import { ProcessError } from "../process/errors.ts";
import { Process } from "../process/process.ts";
import { type ProcessEvent, watch } from "../process/watch.ts";
import type { SystemOptions } from "../system/system.ts";
import { atMost, type Command, EXIT, json, text, UsageError } from "./command.ts";
import { escaped } from "./table.ts";
import { countOf, intervalOf } from "./repeat.ts";
import { patternIn } from "./conditions.ts";
import { moment, zone } from "./units.ts";
import { interrupted, inWords } from "./wait.ts";

/** `libproc watch`: reports processes that start and end. */
export const command: Command = {
  usage: "",
  description:
    `Prints a line whenever a process starts, runs another program, or ends, until it is interrupted: the
local time, the id, and the command line, or the name of a process that has ended.
Linux's process connector reports all of them, and how each ended, to every user since Linux 6.6 and
before that to root, but not in a container. Otherwise the processes are polled: one that runs for less
than two intervals may be missed. The name is ? if a process ended before it could be read.`,
  options: {
    via: {
      type: "string",
      word: "connector|polling|auto",
      help: "the source of the events; the connector if possible",
    },
    interval: {
      type: "string",
      word: "SECONDS",
      help: "poll this often; 0.005 by default, 0.5 if polling takes long",
    },
    name: {
      type: "string",
      short: "n",
      word: "TEXT",
      help: "only those with TEXT or /EXPRESSION/ in their name",
    },
    count: { type: "string", word: "N", help: "end after N events" },
    json: { type: "boolean", help: "print a line of JSON for each event" },
    jsonl: { type: "boolean", help: "the same as --json" },
  },
  exits: "0 something happened, 1 nothing did, 2 an error",
  example: "libproc watch --name make --interval 0.1",
  async run(call) {
    atMost(call, "watch", 0);
    const { options, output } = call;
    const part = text(options["name"]);
    const isNamed = part === undefined ? undefined : nameTest(part);
    const via = text(options["via"]);
    const interval = text(options["interval"]);
    const count = countOf(call) ?? Infinity;
    let seen = 0;
    try {
      const events = watch({
        ...call.from,
        ref: true,
        ...(via === undefined ? {} : { via: viaOf(via) }),
        ...(interval === undefined ? {} : { intervalMs: intervalOf("--interval", interval) }),
        ...(isNamed && { filter: ({ name }) => name !== undefined && isNamed(name) }),
        ...(output.signal === undefined ? {} : { signal: output.signal }),
      });
      for await (const event of events) {
        const seenEvent = { ...event, ...commandLineOf(event, call.from) };
        output.out(options["json"] || options["jsonl"] ? json(seenEvent) : lineOf(seenEvent));
        if (++seen === count) break;
      }
    } catch (error) {
      if (!interrupted(call)) throw error;
    }
    return seen > 0 ? EXIT.found : EXIT.none;
  },
};

const VIA = ["connector", "polling", "auto"] as const;

function viaOf(word: string): typeof VIA[number] {
  const via = VIA.find((via) => via === word);
  if (via !== undefined) return via;
  throw new UsageError(
    `Cannot use --via as it must be one of ${VIA.join(", ")}: current value is ${
      JSON.stringify(word)
    }`,
  );
}

/** The name of a process that ended before its name could be read. */
const UNKNOWN = "?";

/** The width of the longest pids. */
const PID_WIDTH = 7;

/**
 * Returns the command line of a process that started or runs another program; an empty object if it
 * has ended.
 */
function commandLineOf(
  { type, pid, uniqueId }: ProcessEvent,
  from: SystemOptions,
): { readonly commandLine?: string } {
  if (type === "exit" || uniqueId === undefined) return {};
  try {
    using process = new Process({ pid, uniqueId }, from);
    const { commandLine } = process.read("commandLine");
    return commandLine === undefined ? {} : { commandLine };
  } catch (error) {
    if (error instanceof ProcessError) return {};
    throw error;
  }
}

function lineOf(
  { at, type, pid, parentPid, name = UNKNOWN, commandLine = name, exit }: ProcessEvent & {
    readonly commandLine?: string;
  },
): string {
  const how = exit === undefined ? "" : `: ${inWords(exit)}`;
  const id = String(pid).padStart(PID_WIDTH);
  return `${moment(at)} ${zone()}  ${type.padEnd(5)}  ${id}  ${
    escaped(commandLine)
  }${how}  parent ${parentPid}`;
}

function nameTest(word: string): (name: string) => boolean {
  const pattern = patternIn("--name", word, false);
  return (name) => typeof pattern === "string" ? name.includes(pattern) : pattern.test(name);
}
