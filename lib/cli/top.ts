import type { FieldName } from "../process/fields/mod.ts";
import { tableRow } from "../process/row.ts";
import { STATES } from "../process/state.ts";
import type { Sample } from "../process/sampler.ts";
import { tableText } from "../process/table.ts";
import {
  atMost,
  BPF_OPTION,
  type Call,
  type Command,
  EXIT,
  ROOT_OPTION,
  type Screen,
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
import { countOf, pause } from "./repeat.ts";
import {
  PROCESS_FIELDS,
  type Row,
  samplerOf,
  SELECT_OPTIONS,
  type SelectedSampler,
} from "./select.ts";
import {
  bold,
  cut,
  type Field,
  fieldNames,
  type Fields,
  layout,
  LIST_OPTIONS,
  printRows,
  shortNames,
  widthOf,
} from "./table.ts";
import { moment, parseDuration, size } from "./units.ts";

/** A process, with the rates between two readings; a rate is undefined if it is unknown. */
type TopRow = Row & {
  /** Bytes read from disks, per second. */
  readonly readBytesPerSecond: number | undefined;
  /** Bytes written to disks, per second. */
  readonly writtenBytesPerSecond: number | undefined;
};

/** The rates, and the fields that they are computed from. */
const SOURCES: Readonly<Record<string, FieldName>> = {
  cpuPercent: "cpuTimeNs",
  readBytesPerSecond: "readBytes",
  writtenBytesPerSecond: "writtenBytes",
};

function rate(
  name: keyof TopRow & keyof typeof SOURCES,
  look: Omit<Field<TopRow>, "value">,
): Field<TopRow> {
  const source = SOURCES[name]!;
  return { ...look, value: (row) => row[name], missing: ({ missing }) => missing[source] };
}

const RATES: Fields<TopRow> = {
  cpuPercent: rate("cpuPercent", {
    ...PROCESS_FIELDS["cpuPercent"]!,
    // As wide as most others, so that the columns behind stay where they are.
    text: ({ cpuPercent }) => cpuPercent?.toFixed(1).padStart(5),
  }),
  readBytesPerSecond: rate("readBytesPerSecond", {
    title: "READ/s",
    alias: "reads",
    unit: "bytes",
  }),
  writtenBytesPerSecond: rate("writtenBytesPerSecond", {
    title: "WRITTEN/s",
    alias: "writes",
    unit: "bytes",
  }),
};
const ALL: Fields<TopRow> = { ...RATES, ...PROCESS_FIELDS, ...RATES };

const BUSY: Metric = {
  name: "cpu_ratio",
  help: "Processors that were kept busy over the last interval.",
  type: "gauge",
  fields: { cpuPercent: {} },
};

const SHOWN: readonly FieldName[] = [
  "pid",
  "userName",
  "state",
  "cpuPercent",
  "residentBytes",
  "cpuTimeNs",
  "threadCount",
  "name",
];

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

If the answer does not go to a terminal, or is JSON or metrics, it is one table, or as many as --count
says, measured over --interval, a quarter of a second by default.

Fields: cpu (cpuPercent), which is in percent of one processor, reads (readBytesPerSecond), writes
(writtenBytesPerSecond), and those of ps.`,
  options: {
    ...SELECT_OPTIONS,
    ...LIST_OPTIONS,
    sort: { type: "string", word: ORDERS.join("|"), help: "sort by this, from the highest down" },
    interval: { type: "string", word: "SECONDS", help: "look that often; 2 by default" },
    count: { type: "string", word: "N", help: "end after N tables" },
    once: { type: "boolean", help: "print one table" },
    ...PROMETHEUS_OPTION,
    ...BPF_OPTION,
    ...ROOT_OPTION,
  },
  fields: shortNames(ALL),
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

/** What the options choose. */
interface Settings {
  readonly order: Order;
  /** Milliseconds between two tables; undefined if not given. */
  readonly interval: number | undefined;
  /** How many tables; undefined if not given. */
  readonly count: number | undefined;
}

function settingsOf(call: Call): Settings {
  const { options } = call;
  const sort = text(options["sort"]) ?? ORDERS[0];
  const order = ORDERS.find((name) => name === sort);
  if (order === undefined) {
    throw new UsageError(
      `Cannot use --sort ${JSON.stringify(sort)}: it must be one of ${ORDERS.join(", ")}`,
    );
  }
  const seconds = text(options["interval"]);
  const interval = seconds === undefined ? undefined : parseDuration("--interval", seconds);
  if (interval === 0) {
    throw new RangeError(
      `Cannot use --interval as it must be above 0: current value is ${seconds}`,
    );
  }
  const count = countOf(call);
  return { order, interval, count: options["once"] ? 1 : count };
}

/** The fields that the head and the order need. */
const NEEDED = ["state", "cpuTimeNs", "residentBytes"] as const;

type TopSample = Sample<FieldName>;

/** The names of the fields that are shown, and what reads the processes again and again. */
interface Source extends Disposable {
  readonly names: readonly string[];
  readonly sampler: SelectedSampler;
}

/** Reads the processes for a first time. */
function openSource(call: Call): Source {
  const names = fieldNames(call, ALL, SHOWN);
  const shown = call.options["prometheus"] ? METRIC_FIELDS : names;
  const sampler = samplerOf(call, [...NEEDED, ...shown.map((name) => SOURCES[name] ?? name)]);
  sampler.sample();
  return { names, sampler, [Symbol.dispose]: () => sampler[Symbol.dispose]() };
}

/** The highest rows of a sample, the highest first. */
function sorted(sample: TopSample, order: Order, most = Infinity): TopRow[] {
  const { changes } = sample;
  const column = order === "cpu" ? changes.cpuPercent : sample.residentBytes;
  // What is not known comes last.
  const key = (row: number) => Number.isNaN(column[row]!) ? -1 : column[row]!;
  const rows = Array.from(column, (_, row) => row).sort((a, b) => key(b) - key(a) || a - b);
  return rows.slice(0, most).map((row) => ({
    ...tableRow(sample, row),
    cpuPercent: defined(changes.cpuPercent[row]!),
    readBytesPerSecond: defined(changes.readBytesPerSecond[row]!),
    writtenBytesPerSecond: defined(changes.writtenBytesPerSecond[row]!),
  }));
}

function defined(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

/** How many processes there are and in which states, and what they use together. */
function summary(sample: TopSample): string {
  const known = Array.from(sample.state, (text) => tableText(sample, text));
  const states = STATES.flatMap((state) => {
    const count = known.filter((one) => one === (state ?? "")).length;
    return count > 0 ? `${count} ${state ?? "unknown"}` : [];
  });
  const counts = [`${sample.count} processes`, ...(states.length > 0 ? [states.join(", ")] : [])];
  const percent = sum(sample.changes.cpuPercent)?.toFixed(1) ?? "-";
  const resident = sum(sample.residentBytes);
  return `${counts.join(": ")}  cpu ${percent}%  resident ${
    resident === undefined ? "-" : size(resident)
  }`;
}

/** The sum of what is known of a column; undefined where nothing is. */
function sum(column: Float64Array): number | undefined {
  const known = column.filter((value) => !Number.isNaN(value));
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : undefined;
}

/** Prints tables one below the other. */
async function printTables(
  call: Call,
  { order, interval = FIRST, count = 1 }: Settings,
): Promise<number> {
  const { options, output } = call;
  using source = openSource(call);
  const { signal } = output;
  // The rows are in order already.
  const unsorted: Call = { ...call, options: { ...options, sort: undefined } };
  const asText = !options["json"] && !options["jsonl"];
  let status: number = EXIT.none;
  for (let printed = 0; printed < count; printed++) {
    if (!await pause(interval, signal)) break;
    const sample = source.sampler.sample();
    const rows = sorted(sample, order);
    if (options["prometheus"]) {
      status = printMetrics(call, rows, [BUSY]);
      continue;
    }
    if (asText && rows.length > 0 && !options["no-headers"]) {
      if (printed > 0) output.out("");
      output.out(summary(sample));
    }
    status = printRows(unsorted, rows, ALL, SHOWN);
  }
  return status;
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

/** How often the table is drawn by default, in milliseconds. */
const INTERVAL = 2000;

/** The table on a screen, until it is ended. */
class Live {
  readonly #call: Call;
  readonly #screen: Screen;
  readonly #interval: number;
  readonly #count: number;
  readonly #stop = new AbortController();
  #source: Source | undefined;
  #order: Order;
  #sample: TopSample | undefined;
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
  }

  async run(): Promise<number> {
    const screen = this.#screen;
    const stopped = this.#stop.signal;
    const { signal } = this.#call.output;
    using source = this.#source = openSource(this.#call);
    const ended = signal === undefined ? stopped : AbortSignal.any([signal, stopped]);
    // There is nothing to show yet.
    if (!await pause(Math.min(FIRST, this.#interval), signal)) return EXIT.found;
    screen.write(ENTER);
    try {
      screen.keys((keys) => this.#react(() => this.#press(keys)), stopped);
      screen.resized(() => this.#react(() => this.#draw()), stopped);
      for (let drawn = 0; drawn < this.#count; drawn++) {
        if (drawn > 0 && !await pause(this.#interval, ended)) break;
        this.#sample = source.sampler.sample();
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
    // The cursor keys and their like send several characters, which do not stand for themselves.
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

  #frame(sample: TopSample, width: number, height: number): string[] {
    const room = Math.max(0, height - HEAD - Number(this.#hasNames));
    const rows = sorted(sample, this.#order, room);
    const every = `every ${this.#interval / 1000} s, by ${this.#order}`;
    const head = [
      `libproc top  ${moment(Date.now())}  ${every}  (q ends, c by cpu, m by memory)`,
      summary(sample),
      "",
    ].map((line) => cut(line, width));
    const table = rows.length > 0 ? layout(this.#call, rows, this.#source!.names, ALL) : [];
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
