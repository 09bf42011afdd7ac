import process from "node:process";
import { test } from "node:test";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import * as abi from "../../lib/abi/mod.ts";
import * as aix from "../../lib/aix/mod.ts";
import * as calls from "../../lib/calls/mod.ts";
import * as cli from "../../lib/cli/main.ts";
import * as libproc from "../../lib/libproc/mod.ts";
import * as testing from "../../lib/testing/mod.ts";
import * as front from "../../mod.ts";
import { ENTRIES, type Parameter, readSignatures } from "../support/declarations.ts";

const MODULES: Readonly<Record<string, object>> = {
  ".": front,
  "./abi": abi,
  "./aix": aix,
  "./calls": calls,
  "./cli": cli,
  "./libproc": libproc,
  "./testing": testing,
};

/** The number of random calls, and the seed. The environment can set others for longer runs. */
const RUNS = Number(process.env["LIBPROC_ARGUMENT_RUNS"] ?? 2000);
const SEED = Number(process.env["LIBPROC_ARGUMENT_SEED"] ?? 20260101);

/** The pid of no process. The system below has no processes at all. */
const PID = 0x7ffffffe;
const system = front.systemOf(
  testing.scriptedKernel([{ callnum: calls.PROC_INFO_CALL_LISTPIDS, answer: new Uint8Array(0) }]),
);
const table = front.processTable({ system });
const AUDIT_TOKEN = { val: [0, 0, 0, 0, 0, PID, 0, 1] };

/** A valid value for each parameter, by name. No call has an effect on this system. */
const RIGHT: Readonly<Record<string, unknown>> = {
  "": undefined,
  address: 0n,
  arg: 0n,
  at: 0,
  block: abi.block(8192),
  offset: 0,
  order: "little",
  to: new Uint8Array(8192),
  args: ["pids"],
  buffer: null,
  buffersize: undefined,
  bytes: new Uint8Array(8192),
  callnum: 2,
  cmd: 0,
  control: 0,
  current: table,
  data: null,
  delay: true,
  dirty: true,
  device: 0,
  errno: 1,
  extId: 0n,
  fd: 0,
  fields: "pid",
  file: "cwd",
  flags: 0,
  flavor: 1,
  fsid: { val: [0, 0] },
  id: PID,
  idVersion: undefined,
  identity: { pid: PID, uniqueId: "1" },
  images: new Uint8Array(8),
  instigator: AUDIT_TOKEN,
  kerrno: 0,
  kernel: system.kernel,
  kind: "net",
  limit: { soft: 1, hard: 1 },
  mach: 0n,
  name: "x",
  number: 0,
  options: {},
  otherwise: undefined,
  output: { out() {}, err() {}, system },
  path: "/",
  pgid: PID,
  pid: PID,
  port: 1,
  ppid: PID,
  process: PID,
  previous: table,
  recording: "",
  row: 0,
  script: [],
  signal: 15,
  size: null,
  table,
  target: AUDIT_TOKEN,
  text: 0,
  threadId: undefined,
  timebase: { numer: 1, denom: 1 },
  token: AUDIT_TOKEN,
  tty: 0,
  type: 1,
  typeinfo: 0,
  uid: 0,
  userId: 0,
  value: 0n,
  what: { port: 1 },
};

/** Valid values for the parameters of single functions. */
const RIGHT_OF: Readonly<Record<string, unknown>> = {
  "pidFileportInfo() flavor": calls.PROC_PIDFILEPORTVNODEPATHINFO,
  "procPidfileportinfo() flavor": calls.PROC_PIDFILEPORTVNODEPATHINFO,
  "System.kernProc() value": 0,
  "System.kernProc() what": 0,
  "Struct.encode() value": abi.procBsdInfo.decode(new Uint8Array(abi.procBsdInfo.size)),
  "Process.setLimit() name": "coreBytes",
  "System.setLimit() limit": { current: 1n, maximum: 1n },
  "System.setLimit() name": "core",
  "regions() flavor": calls.PROC_PIDREGIONINFO,
};

/** Thrown by getters and traps, and may reach the caller. */
class Thrown extends Error {}

function fail(): never {
  throw new Thrown();
}

function cyclic(): object {
  const inside: Record<string, unknown> = {};
  const list: unknown[] = [inside];
  inside["system"] = inside["pids"] = inside["kernel"] = list;
  list.push(list);
  return inside;
}

const detached = () => {
  const buffer = new ArrayBuffer(64);
  const view = new Uint8Array(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  return view;
};
const shrunk = () => {
  const buffer = new ArrayBuffer(64, { maxByteLength: 64 });
  const view = new Int32Array(buffer);
  buffer.resize(2);
  return view;
};

/** Values that few functions accept, by what is wrong with them. */
const HOSTILE: Readonly<Record<string, () => unknown>> = {
  "undefined": () => undefined,
  "null": () => null,
  "true": () => true,
  "NaN": () => NaN,
  "Infinity": () => Infinity,
  "-1": () => -1,
  "-0": () => -0,
  "0.5": () => 0.5,
  "1": () => 1,
  "2^31": () => 2 ** 31,
  "2^53": () => 2 ** 53,
  "1e300": () => 1e300,
  "1n": () => 1n,
  "-1n": () => -1n,
  "2n ** 64n": () => 2n ** 64n,
  "an empty text": () => "",
  "a text": () => "x",
  "digits": () => "5",
  "NUL": () => "a\0b",
  "half a character": () => "\ud800",
  "__proto__": () => "__proto__",
  "a symbol": () => Symbol("x"),
  "an array": () => [],
  "an array of undefined": () => [undefined],
  "an array of null": () => [null],
  "an array of text": () => ["x"],
  "an array of symbols": () => [Symbol("x")],
  "an array of objects": () => [Object.create(null)],
  "an array with a hole": () => new Array(3),
  "a long array": () => ({ length: 2 ** 53 }),
  "an array in itself": () => (cyclic() as { pids: unknown }).pids,
  "an object": () => ({}),
  "an object in itself": cyclic,
  "an object without a prototype": () => Object.create(null),
  "an object with another option": () => ({ feilds: [] }),
  "an object of null": () => ({ system: null, kernel: null, val: null, path: null, pid: null }),
  "an object of symbols": () => ({ val: [Symbol("x")], path: Symbol("x"), pid: Symbol("x") }),
  "an object whose toString() is nothing": () => ({ toString: undefined, valueOf: undefined }),
  "an object whose constructor is nothing": () => ({ constructor: undefined }),
  "a throwing getter": () => ({
    get system() {
      return fail();
    },
    get pid() {
      return fail();
    },
    get val() {
      return fail();
    },
  }),
  "a throwing proxy": () =>
    new Proxy({}, { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail }),
  "a proxy": () => new Proxy({}, {}),
  "a proxy of an array": () => new Proxy([], {}),
  "a function": () => () => {},
  "a class": () => class {},
  "a date": () => new Date(NaN),
  "a map": () => new Map([["pid", 1]]),
  "an expression": () => /x/g,
  "bytes": () => new Uint8Array(8),
  "words": () => new Uint32Array(2),
  "a view": () => new DataView(new ArrayBuffer(8), 3),
  "shared bytes": () => new Uint8Array(new SharedArrayBuffer(8)),
  "detached bytes": detached,
  "shrunk words": shrunk,
  "a buffer": () => new ArrayBuffer(8),
};

/** A place for a hostile value: an argument, or a member of one. */
interface Place {
  readonly call: string;
  readonly parameter: Parameter;
  /** Calls the function with a value at this place. */
  run(value: unknown): unknown;
}

type Callable = (...args: unknown[]) => unknown;

/** Returns the places of every function of the library. */
function places(): Place[] {
  const found: Place[] = [];
  const seen = new Set<unknown>();
  readSignatures().forEach((signatures, i) => {
    const entry = Object.keys(ENTRIES)[i]!;
    for (const [name, value] of Object.entries(MODULES[entry]!)) {
      // Only this library creates its errors.
      if (typeof value !== "function" || value.prototype instanceof Error) continue;
      if (seen.has(value)) continue;
      seen.add(value);
      const parameters = signatures.get(name);
      if (parameters === undefined) throw new Error(`Cannot find the declaration of ${name}`);
      const isClass = value === front.Process;
      const call: Callable = isClass
        ? (...args) => Reflect.construct(value, args)
        : (...args) => value(...args);
      found.push(...placesOf(`${entry} ${name}()`, call, parameters));
    }
    for (const [name, parameters] of signatures) {
      if (entry !== "./abi" || !name.startsWith("Struct.")) continue;
      const { [name.slice(7)]: member } = abi.procBsdInfo as unknown as Record<string, Callable>;
      if (member) found.push(...placesOf(`${name}()`, (...args) => member(...args), parameters));
    }
    if (entry !== ".") return;
    const own = new front.Process({ pid: PID, uniqueId: "1" }, { system });
    const host = process.platform === "linux" ? front.openSystem() : system;
    for (const [name, parameters] of signatures) {
      const [type, method = ""] = name.split(".");
      // Nothing is done to processes of this host.
      const of = {
        Process: own,
        System: ["kill", "setLimit"].includes(method) ? system : host,
        Kernel: host.kernel,
      }[type!] as Readonly<Record<string, Callable>> | undefined;
      if (of === undefined || method === "" || method.startsWith("[")) continue;
      found.push(...placesOf(`${name}()`, (...args) => of[method]!(...args), parameters));
    }
  });
  return found;
}

/** Functions whose options do not contain a system. */
const ALONE =
  /\b(openSystem|System\.table|decodeProcentry64|Process\.children|Process\.descriptors|Process\.files|Process\.wait)\(\)/;

/** Objects that callers write, whose members are places as well. */
const OPEN: ReadonlySet<string> = new Set(["options", "what", "identity"]);

function placesOf(call: string, run: Callable, parameters: readonly Parameter[]): Place[] {
  const right = parameters.map(({ name, members }) => {
    if (members.some((member) => member.name === "system") && name !== "output") return { system };
    // Options without a system would query this host.
    if (!(name in RIGHT) || (name === "options" && !ALONE.test(call))) {
      throw new Error(`Cannot call ${call} as ${name} has no right value`);
    }
    const own = `${call.replace(/^.* /, "")} ${name}`;
    return RIGHT_OF[own] ?? RIGHT[name];
  });
  const isHeld = (at: number) => right[at] !== null && typeof right[at] === "object";
  return parameters.flatMap((parameter, at) => [
    { call, parameter, run: (value) => run(...right.with(at, value)) },
    ...(OPEN.has(parameter.name) ? parameter.members : []).map((member): Place => ({
      call,
      parameter: member,
      run: (value) =>
        run(
          ...right.with(at, { ...(isHeld(at) ? right[at] as object : {}), [member.name]: value }),
        ),
    })),
  ]);
}

const OURS = [
  front.SystemCallError,
  front.ProcessError,
  front.ShortAnswerError,
  front.FfiError,
  aix.KerrnoError,
  calls.CanUseFgHwError,
  Thrown,
];

const REFUSALS = [TypeError, RangeError, SyntaxError];

/** Matches the beginning of this library's errors about arguments, but not errors of the engine. */
const REFUSAL =
  /^Cannot (?!read prop|destructure|convert|mix|access|create)[^]+ as |^Cannot read the recording at line/;

/** Calls with a value; returns what is wrong with the outcome, or undefined. */
async function verdict(
  { call, parameter, run }: Place,
  value: unknown,
): Promise<string | undefined> {
  const { name, rest } = parameter;
  const doing = `${call} with ${name || "options"}`;
  try {
    await finish(await run(value));
  } catch (error) {
    if (OURS.some((type) => error instanceof type)) {
      return error instanceof Thrown || parameter.accepts(value) || rest
        ? undefined
        : `${doing} is not refused: ${error}`;
    }
    const isRefusal = error instanceof Error && REFUSAL.test(error.message) &&
      REFUSALS.some((type) => error instanceof type);
    if (!isRefusal) return `${doing} throws ${error instanceof Error ? error.stack : error}`;
    return parameter.accepts(value) || rest || (error as Error).message.includes(name)
      ? undefined
      : `${doing} is not named: ${error}`;
  }
  return parameter.accepts(value) || rest ? undefined : `${doing} is accepted`;
}

/** Reads the first item of an iterator, and closes what is open. */
async function finish(result: unknown): Promise<void> {
  if (!(result instanceof Object)) return;
  if (Symbol.iterator in result && "next" in result) (result as Iterator<unknown>).next();
  if (Symbol.asyncDispose in result) await (result as AsyncDisposable)[Symbol.asyncDispose]();
  if ("close" in result) (result as { close(): void }).close();
}

const PLACES = places();

test("every exported function names the argument that is of another type or out of range", async () => {
  const wrong: string[] = [];
  for (const place of PLACES) {
    for (const [label, make] of Object.entries(HOSTILE)) {
      if (isDefault(place, make())) continue;
      const found = await verdict(place, make());
      if (found !== undefined) wrong.push(`${label}: ${found}`);
    }
  }
  assertEquals(wrong, []);
});

test("no value makes an exported function throw an error of the engine", async () => {
  const hostile = fc.oneof(
    fc.constantFrom(...Object.values(HOSTILE)),
    fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    }).map((value) => () => value),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PLACES), hostile, async (place, make) => {
      const value = make();
      if (!isDefault(place, value)) assertEquals(await verdict(place, value), undefined);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

/** Returns true for values that select this host, because the test must not act on it. */
function isDefault({ parameter: { name, members } }: Place, value: unknown): boolean {
  const takesSystem = members.some((member) => member.name === "system");
  if (name === "system") return value === undefined;
  // Options without a system select this host. Other values are refused before any query.
  return takesSystem && (value === undefined || isObject(value));
}

function isObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  try {
    return !("feilds" in value) && (value as { system?: unknown }).system === undefined;
  } catch {
    return false;
  }
}
