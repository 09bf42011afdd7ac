import { setTimeout as sleep } from "node:timers/promises";
import { type Deltas, deltas } from "../process/deltas.ts";
import type { Group } from "../process/groups.ts";
import { tableRow } from "../process/snapshot.ts";
import { STATES } from "../process/state.ts";
import { type ProcessTable, processTable, tableText } from "../process/table.ts";
import {
  atMost,
  type Call,
  type Command,
  EXIT,
  number,
  ROOT_OPTION,
  type Screen,
  sourceOf,
  text,
  UsageError,
} from "./command.ts";
import {
  type Metric,
  METRIC_FIELDS,
  onlyMetrics,
  printMetrics,
  PROMETHEUS_OPTION,
} from "./prometheus.ts";
import {
  PROCESS_FIELDS,
  type ProcessFields,
  processFields,
  type ProcessRow,
  readFrom,
  SELECT_OPTIONS,
  userOf,
} from "./select.ts";
import {
  bold,
  cut,
  fieldNames,
  type Fields,
  layout,
  LIST_OPTIONS,
  moment,
  printRows,
  size,
  widthOf,
} from "./table.ts";
import { milliseconds } from "./wait.ts";

/** What was done per second between two readings; undefined where it is not known. */
interface Rates {
  /** Processor time, in percent of one processor. */
  readonly percent: number | undefined;
  /** Bytes read from disks. */
  readonly reads: number | undefined;
  /** Bytes written to disks. */
  readonly writes: number | undefined;
}

type TopRow = ProcessRow & Rates;

const RATES: Fields<TopRow> = {
  cpu: {
    title: "CPU%",
    value: ({ percent }) => percent,
    // As wide as most others, so that the columns behind stay where they are.
    text: ({ percent }) => percent?.toFixed(1).padStart(5),
    right: true,
  },
  reads: {
    title: "READ/s",
    value: ({ reads }) => reads,
    text: ({ reads }) => size(reads),
    right: true,
  },
  writes: {
    title: "WRITTEN/s",
    value: ({ writes }) => writes,
    text: ({ writes }) => size(writes),
    right: true,
  },
};

const RATE: Metric<TopRow> = {
  name: "cpu_ratio",
  help: "Processors that were kept busy over the last interval.",
  type: "gauge",
  samples: ({ percent }) => [[percent === undefined ? undefined : percent / 100]],
};

const SHOWN = ["pid", "user", "state", "cpu", "rss", "time", "threads", "name"];

/** What the rows can be sorted by, from the highest down. */
const ORDERS = ["cpu", "memory"] as const;
type Order = typeof ORDERS[number];

/** What the rates of the first table are measured over, in milliseconds. */
const FIRST = 250;

/** `libproc top`: the busiest processes. */
export const command: Command = {
  usage: "",
  description:
    `Shows the processes that use the most processor time, or memory, again and again. A process that was
not there the last time has no rate yet: -. The head counts the processes that are shown, with what
they use; resident memory that is shared with others counts in each.

Keys: q ends, c sorts by processor time, m by memory, Ctrl-L draws anew.

Where the answer goes to no terminal, or is asked for in JSON or metrics, it is one table, or as many
as --count says, measured over --interval, a quarter of a second when left out.

Fields: cpu (percent of one processor), reads and writes (bytes per second), and those of ps.`,
  options: {
    ...SELECT_OPTIONS,
    ...LIST_OPTIONS,
    sort: { type: "string", word: ORDERS.join("|"), help: "sort by this, from the highest down" },
    interval: { type: "string", word: "SECONDS", help: "look that often; 2 when left out" },
    count: { type: "string", word: "N", help: "end after N tables" },
    once: { type: "boolean", help: "print one table" },
    ...PROMETHEUS_OPTION,
    ...ROOT_OPTION,
  },
  fields: [...Object.keys(RATES), ...PROCESS_FIELDS],
  example: "libproc top --once --sort memory --fields pid,rss,cpu,name",
  async run(call) {
    atMost(call, "top", 0);
    const { options, output } = call;
    if (options["prometheus"]) onlyMetrics(call);
    const settings = settingsOf(call);
    const plain = ["once", "json", "jsonl", "prometheus"].some((name) => options[name]);
    if (output.screen === undefined || plain) return await printTables(call, settings);
    return await new Live(call, settings, output.screen).run();
  },
};

/** What the options ask for. */
interface Settings {
  readonly order: Order;
  /** Milliseconds between two tables; undefined when left out. */
  readonly interval: number | undefined;
  /** How many tables; undefined when left out. */
  readonly count: number | undefined;
}

function settingsOf({ options }: Call): Settings {
  const sort = text(options["sort"]) ?? ORDERS[0];
  const order = ORDERS.find((name) => name === sort);
  if (order === undefined) {
    throw new UsageError(
      `Cannot use --sort ${JSON.stringify(sort)}: it must be one of ${ORDERS.join(", ")}`,
    );
  }
  const seconds = text(options["interval"]);
  const interval = seconds === undefined ? undefined : milliseconds("--interval", seconds);
  if (interval === 0) {
    throw new RangeError(
      `Cannot use --interval as it must be above 0: current value is ${seconds}`,
    );
  }
  const times = text(options["count"]);
  const count = times === undefined ? undefined : number("--count", times, () => 1);
  if (count !== undefined && count < 1) {
    throw new RangeError(`Cannot use --count as it must be above 0: current value is ${times}`);
  }
  return { order, interval, count: options["once"] ? 1 : count };
}

/** The processes at one time, with what changed since the time before. */
interface Sample {
  readonly table: ProcessTable<Group>;
  readonly changes: Deltas;
  /** The rows of those that the options choose, in ascending order of their ids. */
  readonly chosen: readonly number[];
}

/** Reads the processes again and again, into two tables in turn. */
class Sampler {
  readonly processFields: ProcessFields;
  readonly fields: Fields<TopRow>;
  readonly names: readonly string[];
  readonly #call: Call;
  readonly #groups: readonly Group[];
  readonly #user: number | undefined;
  readonly #part: string | undefined;
  #spare: ProcessTable<Group> | undefined;
  #last: ProcessTable<Group>;

  constructor(call: Call) {
    this.#call = call;
    this.processFields = processFields(() => sourceOf(call).host);
    this.fields = { ...RATES, ...this.processFields };
    this.names = fieldNames(text(call.options["fields"]), this.fields, SHOWN);
    const needed = call.options["prometheus"] ? METRIC_FIELDS : this.names;
    const groups = needed.flatMap((name) => this.processFields[name]?.group ?? []);
    const rates: Group[] = ["reads", "writes"].some((name) => needed.includes(name)) ? ["io"] : [];
    this.#groups = ["ids", "names", "state", "user", "cpu", "memory", ...rates, ...groups];
    this.#user = userOf(call);
    this.#part = text(call.options["name"]);
    this.#last = this.#read();
  }

  #read(): ProcessTable<Group> {
    const spare = this.#spare;
    return processTable({
      groups: this.#groups,
      ...readFrom(this.#call),
      ...(spare === undefined ? {} : { reuse: spare }),
    });
  }

  /** Reads the processes, and what changed since they were read last. */
  next(): Sample {
    const previous = this.#last;
    this.#last = this.#read();
    this.#spare = previous;
    return this.#sample(previous, this.#last);
  }

  #sample(previous: ProcessTable<Group>, table: ProcessTable<Group>): Sample {
    const chosen: number[] = [];
    for (let row = 0; row < table.count; row++) {
      if (this.#user !== undefined && table.userId[row] !== this.#user) continue;
      const part = this.#part;
      if (part !== undefined && !tableText(table, table.name[row]!).includes(part)) continue;
      chosen.push(row);
    }
    return { table, changes: deltas(previous, table), chosen };
  }
}

/** The highest rows of a sample, the highest first. */
function sorted({ table, changes, chosen }: Sample, order: Order, most = Infinity): TopRow[] {
  const column = order === "cpu" ? changes.cpuPercent : table.residentBytes;
  // What is not known comes last.
  const key = (row: number) => Number.isNaN(column[row]!) ? -1 : column[row]!;
  const rows = chosen.toSorted((a, b) => key(b) - key(a) || a - b);
  return rows.slice(0, most).map((row) => ({
    ...tableRow(table, row),
    percent: defined(changes.cpuPercent[row]!),
    reads: defined(changes.readBytesPerSecond[row]!),
    writes: defined(changes.writtenBytesPerSecond[row]!),
  }));
}

function defined(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

/** How many processes there are and in which states, and what they use together. */
function summary({ table, changes, chosen }: Sample): string {
  const states = STATES.map((state, i) => {
    const count = chosen.reduce((sum, row) => sum + Number(table.state[row] === i), 0);
    return count > 0 ? `${count} ${state ?? "unknown"}` : undefined;
  }).filter((part) => part !== undefined);
  const counts = `${chosen.length} processes${chosen.length > 0 ? `: ${states.join(", ")}` : ""}`;
  const percent = sum(changes.cpuPercent, chosen)?.toFixed(1) ?? "-";
  const resident = size(sum(table.residentBytes, chosen)) ?? "-";
  return `${counts}  cpu ${percent}%  resident ${resident}`;
}

/** The sum of what is known of a column; undefined where nothing is. */
function sum(column: Float64Array, rows: readonly number[]): number | undefined {
  const known = rows.map((row) => column[row]!).filter((value) => !Number.isNaN(value));
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : undefined;
}

/** Prints tables one below the other. */
async function printTables(
  call: Call,
  { order, interval = FIRST, count = 1 }: Settings,
): Promise<number> {
  const { options, output } = call;
  const sampler = new Sampler(call);
  const { signal } = output;
  // The rows are in order already.
  const unsorted: Call = { ...call, options: { ...options, sort: undefined } };
  const asText = !options["json"] && !options["jsonl"];
  let status: number = EXIT.none;
  for (let printed = 0; printed < count; printed++) {
    if (!await pause(interval, signal)) break;
    const sample = sampler.next();
    const rows = sorted(sample, order);
    if (options["prometheus"]) {
      status = printMetrics(call, rows, sampler.processFields, [RATE]);
      continue;
    }
    if (asText && rows.length > 0 && !options["no-headers"]) {
      if (printed > 0) output.out("");
      output.out(summary(sample));
    }
    status = printRows(unsorted, rows, sampler.fields, SHOWN);
  }
  return status;
}

/** Waits; tells whether nothing has ended the wait. */
async function pause(time: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(time, undefined, signal === undefined ? {} : { signal });
    return true;
  } catch (error) {
    if (!signal?.aborted) throw error;
    return false;
  }
}

/** The alternate screen without a cursor, on which lines that are too long do not go on in the next. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const CLEAR = "\x1b[2J";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
const CTRL_C = "\x03";
const CTRL_L = "\x0c";

function goto(line: number): string {
  return `\x1b[${line + 1};1H`;
}

/** How often the table is drawn when nothing is said, in milliseconds. */
const INTERVAL = 2000;

/** The table on a screen, until it is ended. */
class Live {
  readonly #call: Call;
  readonly #screen: Screen;
  readonly #interval: number;
  readonly #count: number;
  readonly #stop = new AbortController();
  readonly #sampler: Sampler;
  #order: Order;
  #sample: Sample | undefined;
  /** What stands on the screen, and how large that was. */
  #lines: readonly string[] = [];
  #width = 0;
  #height = 0;

  constructor(call: Call, { order, interval = INTERVAL, count = Infinity }: Settings, to: Screen) {
    this.#call = call;
    this.#screen = to;
    this.#interval = interval;
    this.#count = count;
    this.#order = order;
    this.#sampler = new Sampler(call);
  }

  async run(): Promise<number> {
    const screen = this.#screen;
    const stopped = this.#stop.signal;
    const { signal } = this.#call.output;
    const ended = signal === undefined ? stopped : AbortSignal.any([signal, stopped]);
    // There is nothing to show yet.
    if (!await pause(Math.min(FIRST, this.#interval), signal)) return EXIT.found;
    screen.write(ENTER);
    try {
      screen.keys((keys) => this.#react(() => this.#press(keys)), stopped);
      screen.resized(() => this.#react(() => this.#draw()), stopped);
      for (let drawn = 0; drawn < this.#count; drawn++) {
        if (drawn > 0 && !await pause(this.#interval, ended)) break;
        this.#sample = this.#sampler.next();
        this.#draw();
      }
    } finally {
      this.#stop.abort();
      screen.write(LEAVE);
    }
    if (stopped.reason instanceof Failure) throw stopped.reason.cause;
    return EXIT.found;
  }

  /** Does something outside the loop: what is thrown there must end the loop, too. */
  #react(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#stop.abort(new Failure(error));
    }
  }

  #press(keys: string): void {
    // The cursor keys and their like send several characters, which are no keys of ours.
    if (keys.startsWith("\x1b")) return;
    if (keys.includes("q") || keys.includes(CTRL_C)) return this.#stop.abort();
    for (const key of keys) {
      if (key === "c") this.#order = "cpu";
      else if (key === "m") this.#order = "memory";
      else if (key === CTRL_L) this.#lines = [];
    }
    this.#draw();
  }

  /** Brings the screen up to date: the lines that differ, in one piece. */
  #draw(): void {
    if (this.#sample === undefined) return;
    const screen = this.#screen;
    const width = screen.width(), height = screen.height();
    const same = width === this.#width && height === this.#height;
    const before = same ? this.#lines : [];
    const fresh = before.length === 0;
    const lines = this.#frame(this.#sample, width, height);
    let changes = fresh ? CLEAR : "";
    for (const [i, line] of lines.entries()) {
      if (line === before[i]) continue;
      const shown = i === HEAD && screen.colors && this.#hasNames ? bold(line) : line;
      // Behind a full line the cursor stands on its last character.
      changes += goto(i) + shown + (widthOf(line) < width ? CLEAR_LINE : "");
    }
    if (lines.length < before.length) changes += goto(lines.length) + CLEAR_BELOW;
    if (changes !== "") screen.write(changes);
    this.#lines = lines;
    this.#width = width;
    this.#height = height;
  }

  get #hasNames(): boolean {
    return !this.#call.options["no-headers"];
  }

  #frame(sample: Sample, width: number, height: number): string[] {
    const { fields, names } = this.#sampler;
    const room = Math.max(0, height - HEAD - Number(this.#hasNames));
    const rows = sorted(sample, this.#order, room);
    const every = `every ${this.#interval / 1000} s, by ${this.#order}`;
    const head = [
      `libproc top  ${moment(Date.now())} UTC  ${every}  (q ends, c by cpu, m by memory)`,
      summary(sample),
      "",
    ].map((line) => cut(line, width));
    const table = rows.length > 0 ? layout(this.#call, rows, names, fields) : [];
    return [...head, ...table].slice(0, height);
  }
}

/** How many lines stand above the table. */
const HEAD = 3;

/** Why the loop was ended, where that was an error. */
class Failure extends Error {
  constructor(cause: unknown) {
    super("Cannot go on", { cause });
  }
}
