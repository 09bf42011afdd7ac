import { SIGNAL_NAMES, type SignalName, signalNumber } from "../../process/signals.ts";
import { openProcess } from "../../process/process.ts";
import { processes } from "../../process/rows.ts";
import { systemIn } from "../../system/open.ts";
import type { System } from "../../system/system.ts";
import { type Call, EXIT, isExpected, type Screen } from "../command.ts";
import { forestOf, withLead } from "../forest.ts";
import { pause } from "../repeat.ts";
import { suspend } from "./suspend.ts";
import { samplerOf, type SelectedSampler } from "../selected_sampler.ts";
import { THREAD_FIELDS, threadMeter, type ThreadRow, WATCHED_FIELDS } from "../threads.ts";
import { escaped, layout, shortened, shortNames, sortNames, sortRows } from "../table.ts";
import { Canvas, type Line } from "./canvas.ts";
import { NEEDED, sourceOf, TOP_FIELDS, type TopRow, topRow, type TopSample } from "./fields.ts";
import { MachineHead, summary } from "./head.ts";
import { type Key, KeyReader } from "./keys.ts";
import { detailsOf, firstRows, wantedRows } from "./order.ts";
import { Picker } from "./picker.ts";
import { fasterSystem } from "./system.ts";

/** The options of the table. */
export interface LiveOptions {
  /** The fields of the columns. */
  readonly names: readonly string[];
  /** The fields to sort by, in the form of `--sort`. */
  readonly sort: string;
  /** The time between two tables, in milliseconds. */
  readonly interval: number;
  /** The number of tables. */
  readonly count: number;
  /** The time from the start to the first table, in milliseconds. */
  readonly first: number;
}

/** The identity of a process, which distinguishes it from a later process with the same pid. */
interface Marked {
  readonly pid: number;
  readonly uniqueId: bigint;
}

/** The current meaning of the keys. */
type Mode =
  | { readonly name: "list" | "filter" | "help" | "threads" }
  | { readonly name: "pick"; readonly picker: Picker; readonly chosen: (word: string) => void }
  | { readonly name: "question"; readonly text: string; readonly agreed: () => void };

const LIST: Mode = { name: "list" };

/** The number of lines above the table. */
const HEAD = 4;

const HELP: readonly string[] = [
  "up down            mark a process; the mark follows it",
  "page up, page down, home, end",
  "Esc                unmark, leave the filter, go back",
  "/                  show only those with a text in their name or command line",
  "s                  sort by a field             r   reverse the order",
  "c  m               sort by processor time, by memory",
  "t                  each process below its parent",
  "K                  show kernel threads, or hide them",
  "h                  the threads of the marked process",
  "k                  send a signal to the marked process",
  "Ctrl-L             redraw                      Ctrl-Z  stop; fg continues",
  "?                  this help                   q   quit",
];

/** The most common signals, which are listed first. */
const COMMON: readonly SignalName[] = [
  ...["SIGTERM", "SIGKILL", "SIGINT", "SIGHUP", "SIGSTOP", "SIGCONT", "SIGUSR1"] as const,
];

/** The longest time until a signal that stops this program takes effect, in milliseconds. */
const STOPPING = 100;

/** A live table on a screen. */
export class Live {
  readonly #call: Call;
  /** The system that was opened for it. */
  readonly #system: System | undefined;
  readonly #screen: Screen;
  readonly #options: LiveOptions;
  #sampler: SelectedSampler;
  /** The fields that are read of all processes. */
  #sampled: ReadonlySet<string>;
  /** The sampler that replaces it at the next sample. */
  #next: SelectedSampler | undefined;
  readonly #canvas: Canvas;
  readonly #head: MachineHead;
  readonly #stop = new AbortController();
  readonly #widths = new Map<string, number>();
  #keys = new AbortController();
  #reader = new KeyReader();
  /** True while other programs use the screen. */
  #away = false;
  #mode = LIST;
  #sort: string;
  #filter = "";
  #tree = false;
  #kernel: boolean;
  #mark: Marked | undefined;
  /** The index of the first visible row. */
  #from = 0;
  /** The number of rows that fit on the screen. */
  #room = 0;
  #message = "";
  #sample: TopSample | undefined;
  /** The memory for the selected rows. */
  #wanted = new Int32Array(0);
  /** The rows in the order of the table, as far as they were needed. */
  #order: readonly number[] = [];
  #threads: readonly ThreadRow[] = [];
  #measure = threadMeter();

  constructor(call: Call, screen: Screen, options: LiveOptions) {
    const system = this.#system = fasterSystem(call);
    this.#call = system === undefined ? call : { ...call, from: { ...call.from, system } };
    this.#screen = screen;
    this.#options = options;
    this.#canvas = new Canvas(screen);
    this.#head = new MachineHead(systemIn(this.#call.from));
    this.#sort = options.sort;
    this.#tree = call.options["tree"] === true;
    this.#sampled = fieldsFor(options.sort);
    this.#sampler = samplerOf(this.#call, [...this.#sampled]);
    this.#kernel = this.#sampler.selection.wantsKernel;
  }

  /** Closes the samplers and the system. */
  [Symbol.dispose](): void {
    this.#sampler[Symbol.dispose]();
    this.#next?.[Symbol.dispose]();
    this.#system?.[Symbol.dispose]();
  }

  /** Shows the table until it is ended. Returns the exit status. */
  async run(): Promise<number> {
    const { first, interval, count } = this.#options;
    const stopped = this.#stop.signal;
    const { signal } = this.#call.output;
    const ended = signal === undefined ? stopped : AbortSignal.any([signal, stopped]);
    this.#sampler.sample();
    this.#head.read();
    // Nothing was shown yet.
    if (!await pause(Math.min(first, interval), signal)) return EXIT.found;
    this.#canvas.enter();
    try {
      this.#listen();
      this.#screen.resized(() => this.#react(() => this.#draw()), stopped);
      this.#screen.continued(() => this.#react(() => this.#return()), stopped);
      for (let drawn = 0; drawn < count; drawn++) {
        if (drawn > 0 && !await pause(interval, ended)) break;
        this.#look();
        this.#draw();
      }
    } finally {
      this.#stop.abort();
      this.#keys.abort();
      if (!this.#away) this.#canvas.leave();
    }
    if (stopped.reason instanceof Failure) throw stopped.reason.cause;
    return EXIT.found;
  }

  #listen(): void {
    this.#keys = new AbortController();
    this.#reader = new KeyReader();
    this.#screen.keys(
      (input) => this.#react(() => this.#input(input)),
      AbortSignal.any([this.#keys.signal, this.#stop.signal]),
    );
  }

  /** Runs a callback outside the loop. An error in it ends the loop. */
  #react(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#stop.abort(new Failure(error));
    }
  }

  /** Reads the machine and the processes. */
  #look(): void {
    this.#head.read();
    if (this.#next !== undefined) {
      this.#sampler[Symbol.dispose]();
      this.#sampler = this.#next;
      this.#next = undefined;
    }
    this.#sample = this.#sampler.sample();
    const mark = this.#mark;
    if (mark !== undefined && this.#rowOf(mark) === undefined) {
      this.#message = `process ${mark.pid} has ended`;
      this.#mark = undefined;
      this.#mode = LIST;
    }
    if (this.#mode.name === "threads") this.#lookAtThreads();
  }

  #lookAtThreads(): void {
    const { pid } = this.#mark!;
    this.#attempt(() => {
      const rows = this.#measure(openProcess(pid, this.#call.from).threads());
      this.#threads = sortRows(rows, "-cpu,-time,id", THREAD_FIELDS);
    });
  }

  /** Runs an action on one process. If it fails, the error is shown as a message. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!isExpected(error)) throw error;
      this.#message = error.message;
      this.#mode = LIST;
    }
  }

  #input(input: string): void {
    for (const key of this.#reader.read(input)) {
      if (this.#stop.signal.aborted || this.#away) return;
      this.#press(key);
    }
    if (!this.#stop.signal.aborted) this.#draw();
  }

  #press(key: Key): void {
    this.#message = "";
    const mode = this.#mode;
    if (key === "ctrl-c") this.#stop.abort();
    else if (key === "ctrl-l") this.#canvas.forget();
    else if (key === "ctrl-z") this.#suspend();
    else if (mode.name === "list") this.#pressInList(key);
    else if (mode.name === "filter") this.#pressInFilter(key);
    else if (mode.name === "pick") this.#pressInPicker(key, mode);
    else if (mode.name === "question") {
      this.#mode = LIST;
      if (key === "y" || key === "Y") mode.agreed();
      else this.#message = "no signal was sent";
    } else if (key === "q" && mode.name === "threads") this.#stop.abort();
    else if (mode.name === "help" || key === "escape" || key === "h") this.#mode = LIST;
  }

  #pressInList(key: Key): void {
    const page = Math.max(1, this.#room - 1);
    const steps: Readonly<Record<Key, number>> = {
      up: -1,
      down: 1,
      pageup: -page,
      pagedown: page,
      home: -Infinity,
      end: Infinity,
    };
    const step = steps[key];
    if (step !== undefined) return this.#move(step);
    switch (key) {
      case "q":
        return this.#stop.abort();
      case "c":
        return this.#sortBy("-cpuPercent");
      case "m":
        return this.#sortBy("-residentBytes");
      case "r":
        return this.#sortBy(turned(this.#sort));
      case "s":
        return this.#pickOrder();
      case "t":
        this.#tree = !this.#tree;
        break;
      case "K":
        this.#kernel = !this.#kernel;
        break;
      case "k":
        return this.#pickSignal();
      case "h":
        if (this.#mark === undefined) this.#message = UNMARKED;
        else {
          this.#mode = { name: "threads" };
          this.#measure = threadMeter();
          this.#lookAtThreads();
        }
        break;
      case "/":
        this.#mode = { name: "filter" };
        break;
      case "?":
        this.#mode = { name: "help" };
        break;
      case "escape":
        // Undoes the most recent choice first.
        if (this.#mark !== undefined) {
          this.#mark = undefined;
          this.#from = 0;
        } else this.#filter = "";
    }
  }

  #pressInFilter(key: Key): void {
    if (key === "enter") this.#mode = LIST;
    else if (key === "escape") {
      this.#filter = "";
      this.#mode = LIST;
    } else if (key === "backspace") this.#filter = this.#filter.replace(/.$/su, "");
    else if (key === "ctrl-u") this.#filter = "";
    else if ([...key].length === 1) this.#filter += key;
    else return this.#pressInList(key);
    this.#from = 0;
  }

  #pressInPicker(key: Key, { picker, chosen }: Mode & { readonly name: "pick" }): void {
    if (key === "escape") this.#mode = LIST;
    else if (key === "enter") {
      const word = picker.chosen;
      if (word === undefined) return;
      this.#mode = LIST;
      chosen(word);
    } else picker.press(key, Math.max(1, this.#room - 1));
  }

  #sortBy(sort: string): void {
    this.#sort = sort;
    this.#from = 0;
    const fields = fieldsFor(sort);
    if (fields.isSubsetOf(this.#sampled)) return;
    // Until the next sample, the field is read separately: the current sample has the rates.
    this.#next?.[Symbol.dispose]();
    this.#sampled = fields;
    this.#next = samplerOf(this.#call, [...fields]);
    this.#next.sample();
  }

  #pickOrder(): void {
    const [current] = sortNames(this.#sort, TOP_FIELDS);
    const words = shortNames(TOP_FIELDS);
    const first = TOP_FIELDS[current!]!.alias ?? current!;
    this.#mode = {
      name: "pick",
      picker: new Picker("sort by", words, first),
      chosen: (word) => {
        const [name = ""] = sortNames(word, TOP_FIELDS);
        // Numbers are sorted in descending order, except ids.
        const { unit = "none" } = TOP_FIELDS[name]!;
        this.#sortBy(unit === "none" ? name : `-${name}`);
      },
    };
  }

  #pickSignal(): void {
    const mark = this.#mark;
    if (mark === undefined) {
      this.#message = UNMARKED;
      return;
    }
    const { pid } = mark;
    const what = `process ${pid} ${this.#nameOf(mark)}`;
    this.#mode = {
      name: "pick",
      picker: new Picker(`signal for ${what}`, this.#signals(pid), "SIGTERM"),
      chosen: (signal) => {
        this.#mode = {
          name: "question",
          text: `Send ${signal} to ${what}? y or n`,
          agreed: () => this.#send(mark, signal as SignalName),
        };
      },
    };
  }

  /** Returns the signals that the system supports. */
  #signals(pid: number): string[] {
    const system = systemIn(this.#call.from);
    return [...new Set([...COMMON, ...SIGNAL_NAMES])].filter((name) => {
      try {
        signalNumber("signal", name, pid, system);
        return true;
      } catch (error) {
        if (isExpected(error)) return false;
        throw error;
      }
    });
  }

  #send({ pid, uniqueId }: Marked, signal: SignalName): void {
    this.#attempt(() => {
      const process = openProcess(pid, this.#call.from);
      if (process.uniqueId !== String(uniqueId)) this.#message = `process ${pid} has ended`;
      else {
        process.signal(signal);
        this.#message = `${signal} was sent to process ${pid}`;
      }
    });
  }

  /** Returns the command line of a process, shortened. */
  #nameOf({ pid }: Marked): string {
    const [row] = processes({ ...this.#call.from, pids: [pid], fields: ["commandLine"] });
    return shortened(escaped(row?.commandLine ?? ""), 40);
  }

  /** Returns the row of a process; undefined if it has ended. */
  #rowOf({ pid, uniqueId }: Marked): number | undefined {
    const { pid: pids, uniqueId: ids, count } = this.#sample!;
    let low = 0, high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pids[middle]! < pid) low = middle + 1;
      else high = middle;
    }
    return low < count && pids[low] === pid && ids[low] === uniqueId ? low : undefined;
  }

  #move(step: number): void {
    if (this.#sample === undefined) return;
    this.#arrange(true);
    const order = this.#order;
    if (order.length === 0) return;
    const row = this.#mark && this.#rowOf(this.#mark);
    const at = row === undefined ? -1 : order.indexOf(row);
    const next = at < 0 ? Math.abs(step) === Infinity ? step : this.#from : at + step;
    const to = order[Math.min(Math.max(next, 0), order.length - 1)]!;
    this.#mark = { pid: this.#sample.pid[to]!, uniqueId: this.#sample.uniqueId[to]! };
  }

  /** Releases the screen to other programs until this program continues. */
  #suspend(): void {
    this.#away = true;
    this.#keys.abort();
    this.#canvas.leave();
    if (this.#screen.stop) this.#screen.stop();
    else suspend();
    // If this program cannot be stopped, as no shell could continue it, it gets no SIGCONT.
    setTimeout(() => this.#react(() => this.#away ? this.#return() : undefined), STOPPING);
  }

  /** Takes the screen, which another program may have used. */
  #return(): void {
    if (this.#stop.signal.aborted) return;
    this.#keys.abort();
    this.#away = false;
    this.#canvas.enter();
    this.#listen();
    this.#draw();
  }

  /** Sorts the rows: all of them, or only the visible ones. */
  #arrange(all: boolean): Int32Array {
    const sample = this.#sample!;
    const { selection } = this.#sampler;
    const choice = { filter: this.#filter, kernel: this.#kernel };
    // Allocating memory for each table would cost as much as reading some hundred processes.
    if (this.#wanted.length < sample.count) this.#wanted = new Int32Array(sample.count * 2);
    const rows = wantedRows(sample, selection, choice, this.#wanted);
    const most = all || this.#tree ? Infinity : this.#from + this.#room;
    this.#order = firstRows(sample, rows, this.#sort, selection, most);
    return rows;
  }

  /** Updates the screen. */
  #draw(): void {
    if (this.#sample === undefined || this.#away) return;
    const width = this.#screen.width(), height = this.#screen.height();
    this.#room = Math.max(0, height - HEAD - (this.#call.options["no-headers"] ? 0 : 1));
    const mark = this.#mark;
    const rows = this.#arrange(mark !== undefined);
    this.#canvas.draw([
      { text: this.#head.title() },
      { text: this.#head.bars(width) },
      { text: this.#summary(this.#sample, rows) },
      this.#status(),
      ...this.#body(this.#sample, height - HEAD),
    ]);
  }

  #summary(sample: TopSample, rows: Int32Array): string {
    const hidden = this.#kernel
      ? 0
      : sample.kernelThread.reduce((sum, flag) => sum + (flag === 1 ? 1 : 0), 0);
    return summary(sample, rows) + (hidden === 0 ? "" : `  (${hidden} kernel threads hidden)`);
  }

  /** Returns the line between the head and the table. */
  #status(): Line {
    const mode = this.#mode;
    if (mode.name === "question") return { text: mode.text, style: "bold" };
    if (mode.name === "filter") return { text: `filter: ${escaped(this.#filter)}_`, style: "bold" };
    if (this.#message !== "") return { text: escaped(this.#message), style: "bold" };
    const sort = this.#sort.split(",").map((word) => {
      const [name = ""] = sortNames(word, TOP_FIELDS);
      return `${word.startsWith("-") ? "-" : ""}${TOP_FIELDS[name]!.alias ?? name}`;
    });
    const parts = [
      `every ${this.#options.interval / 1000} s, by ${sort.join(",")}`,
      ...(this.#tree ? ["tree"] : []),
      ...(this.#filter === "" ? [] : [`filter ${escaped(JSON.stringify(this.#filter))}`]),
      "? lists the keys",
    ];
    return { text: parts.join("  "), style: "dim" };
  }

  #body(sample: TopSample, room: number): Line[] {
    const mode = this.#mode;
    switch (mode.name) {
      case "help":
        return HELP.map((text) => ({ text }));
      case "pick":
        return mode.picker.lines(room);
      case "threads":
        return this.#threadTable();
      default:
        return this.#table(sample);
    }
  }

  #threadTable(): Line[] {
    const { pid } = this.#mark!;
    const lines = layout(this.#call, this.#threads, WATCHED_FIELDS, THREAD_FIELDS);
    return [
      {
        text: `threads of process ${pid} ${this.#nameOf(this.#mark!)}  (Esc goes back)`,
        style: "bold",
      },
      ...lines.map((text): Line => ({ text })),
    ];
  }

  #table(sample: TopSample): Line[] {
    const { names } = this.#options;
    const leads = new Map<number, string>();
    let order = this.#order;
    if (this.#tree) {
      const branches = forestOf(order, sample.pid, sample.parentPid);
      for (const { row, lead } of branches) leads.set(row, lead);
      order = this.#order = branches.map(({ row }) => row);
    }
    const marked = this.#mark && this.#rowOf(this.#mark);
    const at = marked === undefined ? -1 : order.indexOf(marked);
    // Scrolls to the marked process.
    if (at >= 0) this.#from = Math.min(at, Math.max(this.#from, at - this.#room + 1));
    this.#from = Math.max(0, Math.min(this.#from, order.length - this.#room));
    const shown = order.slice(this.#from, this.#from + this.#room);
    if (shown.length === 0) return [];
    const pids = shown.map((row) => sample.pid[row]!).sort((a, b) => a - b);
    const details = detailsOf(this.#sampler.selection.options, pids, names, sample);
    const leadOf = new Map<TopRow, string>();
    const rows = shown.map((row) => {
      const found = topRow(sample, row, details(row));
      leadOf.set(found, leads.get(row) ?? "");
      return found;
    });
    const fields = this.#tree ? withLead(TOP_FIELDS, names, (row) => leadOf.get(row)!) : TOP_FIELDS;
    const hasNames = !this.#call.options["no-headers"];
    const gutter = this.#screen.colors ? "" : " ";
    const room = this.#screen.width() - gutter.length;
    return layout(this.#call, rows, names, fields, this.#widths, room).map((text, i): Line => {
      if (hasNames && i === 0) return { text: gutter + text, style: "bold" };
      const isMarked = marked !== undefined && shown[i - Number(hasNames)] === marked;
      if (!isMarked) return { text: gutter + text };
      return { text: (gutter && ">") + text, style: "marked" };
    });
  }
}

const UNMARKED = "mark a process first, with the arrow keys";

/**
 * Returns the fields to read of all processes for an order. Other fields are read only of visible
 * processes.
 */
function fieldsFor(sort: string): Set<string> {
  return new Set([...NEEDED, ...sortNames(sort, TOP_FIELDS).map(sourceOf)]);
}

/** Reverses an order. */
function turned(sort: string): string {
  return sort.split(",").map((word) => word.startsWith("-") ? word.slice(1) : `-${word}`).join(",");
}

/** The reason why the loop was ended, if that was an error. */
class Failure extends Error {
  constructor(cause: unknown) {
    super("Cannot continue", { cause });
  }
}
