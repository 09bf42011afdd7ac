import { procBsdShortInfo } from "../abi/bsd_info.ts";
import { PROC_INFO_CALL_PIDINFO, PROC_INFO_CALL_PIDRUSAGE } from "../abi/callnum.ts";
import { PROC_PIDT_SHORTBSDINFO, PROC_PIDVNODEPATHINFO } from "../abi/pid_info.ts";
import { RUSAGE_INFO_V0, RUSAGE_INFO_V2 } from "../abi/pid_rusage.ts";
import { rusageInfoV0, rusageInfoV2 } from "../abi/rusage_info.ts";
import { procVnodePathInfo, vnodeInfo, vnodeInfoPath } from "../abi/vnode_info.ts";
import { id } from "../system/arguments.ts";
import type { Census } from "../system/table.ts";
import type { Host } from "../system/system.ts";
import { ERRNO, SystemCallError } from "../system/errors.ts";
import type { Kernel } from "../system/kernel.ts";
import { type Block, block } from "../layout/block.ts";
import { getU64, offsetsOf } from "../layout/offsets.ts";
import { censusOf } from "./census.ts";
import { columnNames, type Columns, type ColumnsOf, Store } from "./columns.ts";
import { MISSING, type Missing, missingOf } from "./errors.ts";
import { ALL_GROUPS, DEFAULT_GROUPS, type DefaultGroup, type Group } from "./groups.ts";
import { ZOMBIES_TOO } from "./life.ts";
import { type Source, sourceOf, type SourceOptions } from "./source.ts";
import { SRUN, stateNumber, STATES, SZOMB } from "./state.ts";

/** What {@linkcode processTable} and `processes()` read. */
export interface TableOptions<G extends Group = DefaultGroup> extends SourceOptions {
  /** Which groups are read; each costs time. Names, ids, user, state, times and memory when left out. */
  readonly groups?: readonly G[];
  /** Which processes are read; all when left out. Those that are not there are left out. */
  readonly pids?: readonly number[];
}

/**
 * Processes in columns: row `i` of each is one process. It is made of typed arrays alone, so it can be
 * posted to another thread; {@linkcode tableBuffers} lists what may be handed over with it.
 *
 * @typeParam G The groups that were asked for.
 */
export type ProcessTable<G extends Group = DefaultGroup> =
  & Omit<TableHead, "groups" | "status">
  & {
    readonly groups: readonly G[];
    readonly status: { readonly [N in G]: Uint8Array<ArrayBuffer> };
  }
  & { readonly [N in keyof Columns as N extends ColumnName<G> ? N : never]: Columns[N] };

/** The names of the columns of each of some groups. */
export type ColumnName<G extends Group> = G extends Group ? keyof ColumnsOf[G] : never;

/** What every table has. */
export interface TableHead {
  /** How many processes there are. */
  readonly count: number;
  /** The groups that were asked for. */
  readonly groups: readonly Group[];
  /** The process ids, in ascending order. */
  readonly pid: Int32Array<ArrayBuffer>;
  /** When each row was read, in milliseconds by the clock of `performance.now()`. */
  readonly readAtMs: Float64Array<ArrayBuffer>;
  /** For each group whether there is a value: 0 there is, else the number that `MISSING` has for it. */
  readonly status: { readonly [N in Group]?: Uint8Array<ArrayBuffer> };
  /** The bytes of all texts, one behind the other. */
  readonly textBytes: Uint8Array<ArrayBuffer>;
  /** Where each text ends; it starts where the one before ends. Text 0 is none. */
  readonly textEnds: Uint32Array<ArrayBuffer>;
}

/** What {@linkcode processTable} takes. */
export interface ProcessTableOptions<G extends Group = DefaultGroup> extends TableOptions<G> {
  /**
   * An older table of the same groups whose memory is used again: it must not be looked at any more.
   * One that was handed to another thread is left alone.
   */
  readonly reuse?: TableHead;
}

const stores = new WeakMap<TableHead, Store>();

/**
 * Reads the processes of this host into columns, in one pass: for whoever reads thousands of them every
 * second, or hands them to another thread.
 *
 * @typeParam G The groups that are read.
 * @param options What is read, of whom.
 * @throws {FfiError} The system's library cannot be opened.
 * @throws {SystemCallError} The processes cannot be listed, or there are too many open files.
 * @throws {RangeError} A group is none, or a process id is no integer from 0 to 2147483647.
 *
 * @example The most memory
 * ```ts
 * import { processTable, tableText } from "@libproc/libproc";
 *
 * const table = processTable({ groups: ["names", "memory"] });
 * let most = 0;
 * for (let row = 0; row < table.count; row++) {
 *   if (table.residentBytes[row]! > table.residentBytes[most]!) most = row;
 * }
 * console.log(table.pid[most], tableText(table, table.name[most]!));
 * ```
 */
export function processTable<G extends Group = DefaultGroup>(
  options: ProcessTableOptions<G> = {},
): ProcessTable<G> {
  const groups = groupsOf(options.groups ?? DEFAULT_GROUPS) as readonly G[];
  const { reuse } = options;
  const old = reuse && stores.get(reuse);
  const same = old?.whole && groups.length === reuse!.groups.length &&
    groups.every((group, i) => group === reuse!.groups[i]);
  const store = same ? old : new Store(groups);
  // Its memory is the new table's from here on: handed in twice, it must not be taken twice.
  if (same) stores.delete(reuse!);
  const source = sourceOf(options);
  const count = new Reader(groups, source, censusOf(options), store).readAll(options.pids);
  const table = tableOf(groups, store, count);
  stores.set(table, store);
  return table;
}

/** The groups that are asked for, each once. */
function groupsOf(groups: readonly Group[]): readonly Group[] {
  if (groups.every((group) => ALL_GROUPS.includes(group))) {
    return ALL_GROUPS.filter((group) => groups.includes(group));
  }
  const wrong: unknown = groups.find((group) => !ALL_GROUPS.includes(group));
  throw new RangeError(
    `Cannot read groups as each must be one of ${ALL_GROUPS.join(", ")}: current value is ` +
      (typeof wrong === "string" ? JSON.stringify(wrong) : String(wrong)),
  );
}

function tableOf<G extends Group>(
  groups: readonly G[],
  { pid, readAtMs, columns, status, texts }: Store,
  count: number,
): ProcessTable<G> {
  const named = groups.flatMap((group) =>
    columnNames(group).map((name) => [name, columns[name].subarray(0, count)])
  );
  const statuses = groups.map((group) => [group, status[group].subarray(0, count)]);
  return {
    count,
    groups,
    pid: pid.subarray(0, count),
    readAtMs: readAtMs.subarray(0, count),
    status: Object.fromEntries(statuses),
    textBytes: texts.bytes.subarray(0, texts.size),
    textEnds: texts.ends.subarray(0, texts.count),
    ...Object.fromEntries(named),
  } as ProcessTable<G>;
}

/**
 * The text that a column of a table tells the number of; "" for 0, which is none.
 *
 * @param table The table.
 * @param text The number of the text.
 * @throws {RangeError} The table has no such text.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { processTable, tableText } from "@libproc/libproc";
 *
 * const table = processTable({ groups: ["names"], pids: [process.pid] });
 * console.log(tableText(table, table.name[0]!)); // the name of this program
 * ```
 */
export function tableText(
  table: Pick<TableHead, "textBytes" | "textEnds">,
  text: number,
): string {
  if (text === 0) return "";
  const { textBytes, textEnds } = table;
  if (!(Number.isInteger(text) && text > 0 && text < textEnds.length)) {
    throw new RangeError(
      `Cannot read text as it must be an integer below ${textEnds.length}: current value is ${text}`,
    );
  }
  return decoder.decode(textBytes.subarray(textEnds[text - 1]!, textEnds[text]!));
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The memory of a table, to hand it to another thread with the table: nothing is copied then, and the
 * table is empty on this side.
 *
 * @param table The table.
 *
 * @example
 * ```ts
 * import { processTable, tableBuffers } from "@libproc/libproc";
 *
 * const table = processTable();
 * const moved = structuredClone(table, { transfer: tableBuffers(table) });
 * console.log(moved.count > 0, table.pid.length); // true 0
 * ```
 */
export function tableBuffers(table: TableHead): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  for (const value of [...Object.values(table), ...Object.values(table.status)]) {
    if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  }
  return [...found];
}

const short = offsetsOf(procBsdShortInfo);
const usage = offsetsOf(rusageInfoV2);
const { pvi_cdir: CWD, pvi_rdir: ROOT } = offsetsOf(procVnodePathInfo);
const { vip_vi: VNODE, vip_path: PATH } = offsetsOf(vnodeInfoPath);
const TYPE = VNODE + offsetsOf(vnodeInfo).vi_type;
/** The type of what is not there. */
const NONE = 0;
const PATH_SIZE = 1024;

/** Groups that take further questions, each of which might be answered about another process. */
const ASKED_APART: readonly Group[] = [
  "credentials",
  "footprint",
  "io",
  "executable",
  "cwd",
  "args",
  "environment",
];

/** Reads processes into the rows of a store. */
class Reader {
  readonly #census: Census;
  readonly #store: Store;
  readonly #kernel: Kernel;
  readonly #host: Host;
  readonly #wants: { readonly [G in Group]: boolean };
  readonly #apart: readonly Group[];
  readonly #groups: readonly Group[];

  constructor(groups: readonly Group[], { kernel, host }: Source, census: Census, store: Store) {
    this.#groups = groups;
    this.#census = census;
    this.#store = store;
    this.#kernel = kernel;
    this.#host = host;
    const wants = ALL_GROUPS.map((group) => [group, groups.includes(group)]);
    this.#wants = Object.fromEntries(wants);
    this.#apart = ASKED_APART.filter((group) => groups.includes(group));
  }

  /** Reads some processes, or all; returns how many there are. */
  readAll(pids: readonly number[] | undefined): number {
    if (pids !== undefined) {
      const checked = Int32Array.from(pids, (pid) => id("pids", pid)).sort();
      return this.#readRows(checked, checked.length);
    }
    const count = this.#census.list();
    if (count < 0) throw new SystemCallError("list the processes", "list", -count);
    // Reading a process may list something else into the same memory.
    return this.#readRows(this.#census.pids.slice(0, count), count);
  }

  #readRows(pids: Int32Array, count: number): number {
    const store = this.#store;
    store.begin(count);
    let row = 0;
    for (let i = 0; i < count; i++) {
      const pid = pids[i]!;
      if (i > 0 && pid === pids[i - 1]) continue;
      if (this.#readRow(pid, row)) row++;
    }
    return row;
  }

  /** Reads a process into a row; answers whether there is one. */
  #readRow(pid: number, row: number): boolean {
    const store = this.#store;
    store.pid[row] = pid;
    store.readAtMs[row] = performance.now();
    const answer = this.#census.read(pid, this.#wants.args);
    if (answer === -ERRNO.ESRCH) return false;
    if (answer < 0) {
      this.#missAll(this.#groups, row, why(answer));
      return true;
    }
    this.#readRest(row);
    if (this.#apart.length === 0) return true;
    for (const group of this.#apart) this.#readApart(group, pid, row);
    // If it has ended, another process may have its id and have answered in its place.
    const still = this.#census.compare();
    if (still < 0) this.#missAll(this.#apart, row, why(still));
    else this.#present(row);
    return true;
  }

  /** What is said to be gone of a process that is there is what was asked for. */
  #present(row: number): void {
    const store = this.#store;
    for (const group of this.#apart) {
      if (missingAt(store.status[group], row) === "gone") store.miss(group, row, "unsupported");
    }
  }

  #missAll(groups: readonly Group[], row: number, missing: Missing): void {
    for (const group of groups) this.#store.miss(group, row, missing);
  }

  /** Writes what the census tells of the process that it read last. */
  #readRest(row: number): void {
    const census = this.#census;
    const store = this.#store;
    const { columns } = store;
    const wants = this.#wants;
    if (wants.ids) {
      columns.parentPid[row] = census.parentPid;
      columns.processGroupId[row] = census.processGroupId;
      store.uniqueHalves[row * 2] = census.uniqueLow;
      store.uniqueHalves[row * 2 + 1] = census.uniqueHigh;
    }
    if (wants.start || wants.terminal || wants.priority) this.#readBeginning(row);
    if (wants.state || wants.memory || wants.threads) this.#readTask(row);
    if (wants.cpu) {
      const answer = census.readTimes();
      if (answer < 0) store.miss("cpu", row, this.#whyNoTask(answer));
      else {
        const user = census.userTimeNs;
        const system = census.systemTimeNs;
        columns.userTimeNs[row] = user;
        columns.systemTimeNs[row] = system;
        columns.cpuTimeNs[row] = user + system;
      }
    }
    if (wants.user) {
      const answer = census.readUser();
      if (answer < 0) store.miss("user", row, why(answer));
      else {
        columns.userId[row] = census.userId;
        columns.groupId[row] = census.groupId;
      }
    }
    // Last: on Linux it may read another file into the memory that the others are in.
    if (wants.names) {
      const answer = census.readName();
      if (answer < 0) store.miss("names", row, why(answer));
      else columns.name[row] = store.texts.add(census.name, 0, census.nameLength);
    }
  }

  #readBeginning(row: number): void {
    const census = this.#census;
    const store = this.#store;
    const { columns } = store;
    const wants = this.#wants;
    const answer = census.readBeginning();
    if (answer < 0) {
      if (wants.start) store.miss("start", row, why(answer));
      if (wants.terminal) store.miss("terminal", row, why(answer));
      if (wants.priority) store.miss("priority", row, why(answer));
      return;
    }
    if (wants.start) {
      const started = census.startedAt;
      columns.startedAt[row] = started;
      if (Number.isNaN(started)) store.miss("start", row, "unsupported");
    }
    if (wants.terminal) {
      const device = census.terminalDevice;
      columns.terminalDevice[row] = device < 0 ? NaN : device;
      columns.foregroundProcessGroupId[row] = census.foregroundProcessGroupId;
      columns.sessionLeader[row] = census.sessionLeader ? 1 : 0;
    }
    if (wants.priority) columns.nice[row] = census.nice;
  }

  #readTask(row: number): void {
    const census = this.#census;
    const store = this.#store;
    const { columns } = store;
    const wants = this.#wants;
    const answer = census.readTask();
    const known = answer >= 0;
    if (wants.state) {
      const { status } = census;
      const state = stateNumber(status, known ? census.runningCount : 0);
      if (STATES[state] === undefined) store.miss("state", row, "unsupported");
      // The kernel says of everybody that it runs: whether it does, only its threads tell.
      else if (status === SRUN && !known) store.miss("state", row, why(answer));
      else columns.state[row] = state;
    }
    if (wants.memory) {
      if (!known) store.miss("memory", row, this.#whyNoTask(answer));
      else {
        columns.residentBytes[row] = census.residentBytes;
        columns.virtualBytes[row] = census.virtualBytes;
      }
    }
    if (wants.threads) {
      if (!known) store.miss("threads", row, this.#whyNoTask(answer));
      else {
        columns.threadCount[row] = census.threadCount;
      }
    }
  }

  /** Why there is none of what a zombie does not have. */
  #whyNoTask(answer: number): Missing {
    return answer === -ERRNO.ESRCH && this.#census.status === SZOMB ? "zombie" : why(answer);
  }

  /** Asks for a group that is asked for by a question of its own. */
  #readApart(group: Group, pid: number, row: number): void {
    const store = this.#store;
    // Some systems answer with nothing, or with 0, in place of what it had.
    if (this.#census.status === SZOMB && group !== "credentials") {
      store.miss(group, row, "zombie");
      return;
    }
    const answer = this.#ask(group, pid, row);
    if (answer < 0) store.miss(group, row, why(answer));
  }

  /** Writes the columns of a group; answers 0 or more, or a negated errno. */
  #ask(group: Group, pid: number, row: number): number {
    switch (group) {
      case "credentials":
        return this.#readCredentials(pid, row);
      case "footprint":
        return this.#readFootprint(pid, row);
      case "io":
        return this.#readIo(pid, row);
      case "cwd":
        return this.#readDirectories(pid, row);
      case "executable":
        return this.#readExecutable(row);
      case "args":
        return this.#readArguments(row);
      case "environment":
        return this.#readEnvironment(pid, row);
      default:
        return -ERRNO.ENOTSUP;
    }
  }

  #readCredentials(pid: number, row: number): number {
    const { procInfo } = this.#kernel;
    const answer = procInfo(
      PROC_INFO_CALL_PIDINFO,
      pid,
      PROC_PIDT_SHORTBSDINFO,
      ZOMBIES_TOO,
      shortBlock.bytes,
    );
    if (answer < 0) return answer;
    if (answer < shortBlock.bytes.byteLength) return -ERRNO.EIO;
    const { columns } = this.#store;
    const { view } = shortBlock;
    columns.realUserId[row] = view.getUint32(short.pbsi_ruid, true);
    columns.effectiveUserId[row] = view.getUint32(short.pbsi_uid, true);
    columns.savedUserId[row] = view.getUint32(short.pbsi_svuid, true);
    columns.realGroupId[row] = view.getUint32(short.pbsi_rgid, true);
    columns.effectiveGroupId[row] = view.getUint32(short.pbsi_gid, true);
    columns.savedGroupId[row] = view.getUint32(short.pbsi_svgid, true);
    return 0;
  }

  #readFootprint(pid: number, row: number): number {
    const answer = this.#readUsage(pid, RUSAGE_INFO_V0, usageV0Block);
    if (answer < 0) return answer;
    this.#store.columns.footprintBytes[row] = getU64(usageV0Block.view, usage.ri_phys_footprint);
    return 0;
  }

  #readIo(pid: number, row: number): number {
    const answer = this.#readUsage(pid, RUSAGE_INFO_V2, usageV2Block);
    if (answer < 0) return answer;
    const { columns } = this.#store;
    columns.readBytes[row] = getU64(usageV2Block.view, usage.ri_diskio_bytesread);
    columns.writtenBytes[row] = getU64(usageV2Block.view, usage.ri_diskio_byteswritten);
    return 0;
  }

  #readUsage(pid: number, flavor: number, { bytes }: Block): number {
    return this.#kernel.procInfo(PROC_INFO_CALL_PIDRUSAGE, pid, flavor, 0n, bytes);
  }

  #readDirectories(pid: number, row: number): number {
    const { bytes } = foldersBlock;
    const { procInfo } = this.#kernel;
    const answer = procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDVNODEPATHINFO, 0n, bytes);
    if (answer < 0) return answer;
    if (answer < bytes.byteLength) return -ERRNO.EIO;
    const { columns } = this.#store;
    columns.workingDirectory[row] = this.#addPath(bytes, CWD + PATH);
    // A process that has not called chroot() has none of its own.
    columns.rootDirectory[row] = foldersBlock.view.getInt32(ROOT + TYPE, true) === NONE
      ? this.#store.texts.add(SLASH, 0, 1)
      : this.#addPath(bytes, ROOT + PATH);
    return 0;
  }

  /** Adds the path in a field; 0 where there is none, or it fills the field and may be cut. */
  #addPath(bytes: Uint8Array, at: number): number {
    const end = bytes.indexOf(0, at);
    const length = (end < 0 || end > at + PATH_SIZE ? at + PATH_SIZE : end) - at;
    return length === 0 || length >= PATH_SIZE - 1 ? 0 : this.#store.texts.add(bytes, at, length);
  }

  #readExecutable(row: number): number {
    const answer = this.#census.readExecutable();
    if (answer < 0) return answer;
    const { path, links } = this.#census.executable;
    const { columns, texts } = this.#store;
    columns.executablePath[row] = texts.add(path, 0, path.length);
    columns.deleted[row] = links === undefined ? -1 : links === 0 ? 1 : 0;
    return 0;
  }

  #readArguments(row: number): number {
    const answer = this.#census.readArguments();
    if (answer < 0) return answer;
    const { arguments: list, title } = this.#census.arguments;
    const { columns, texts } = this.#store;
    columns.arguments[row] = texts.count;
    columns.argumentCount[row] = list.length;
    for (const text of list) texts.add(text, 0, text.length);
    columns.title[row] = title === undefined ? 0 : texts.add(title, 0, title.length);
    return 0;
  }

  #readEnvironment(pid: number, row: number): number {
    let environment: readonly Uint8Array[] | undefined;
    try {
      ({ environment } = this.#host.arguments(pid));
    } catch (error) {
      if (error instanceof SystemCallError) return -error.errno;
      throw error;
    }
    if (environment === undefined) return -ERRNO.EPERM;
    const { columns, texts } = this.#store;
    columns.environment[row] = texts.count;
    columns.environmentCount[row] = environment.length;
    for (const text of environment) texts.add(text, 0, text.length);
    return 0;
  }
}

const SLASH = Uint8Array.of(0x2f);
const shortBlock = block(procBsdShortInfo.size);
const usageV0Block = block(rusageInfoV0.size);
const usageV2Block = block(rusageInfoV2.size);
const foldersBlock = block(procVnodePathInfo.size);

/**
 * What an answer says about one process.
 *
 * @throws {SystemCallError} It says something about this one: it has too many open files.
 */
function why(answer: number): Missing {
  const errno = -answer;
  if (errno === ERRNO.EMFILE || errno === ERRNO.ENFILE || errno === ERRNO.ENOMEM) {
    throw new SystemCallError("read the processes", "__proc_info", errno);
  }
  return missingOf(errno) ?? "unsupported";
}

/** What the number in a status column says; undefined where there is a value. */
export function missingAt(status: Uint8Array, row: number): Missing | undefined {
  return MISSING[status[row]!];
}
