/** The common parts of the registers of proofs: releases of macOS, and programs without privilege. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import type { AuditToken } from "../../../lib/abi/audit_token.ts";
import { darwinSystem } from "../../../lib/darwin/system.ts";
import type { System } from "../../../lib/system/system.ts";
import constants from "../../golden/darwin_constants.json" with { type: "json" };
import type { Double } from "../../support/double.ts";
import { executed } from "../../support/lines.ts";
import { runScript } from "../../support/runtime.ts";
import { numberIn, type Proof, throwsAsStated } from "../../support/statements.ts";
import { AS_NOBODY, inShell, OWN_MOUNTS, runWrapped } from "../../support/wrapped.ts";

/** True if this process can change its user, which most programs below require. */
export const isRoot: boolean = process.geteuid?.() === 0;

/** An id that no process has. */
export const MISSING = 0x7fffffff;

interface Constant {
  readonly value: number;
  readonly firstTag?: string;
  readonly macOS?: string | null;
}

const CONSTANTS: Readonly<Record<string, Constant>> = constants;

/** The release of macOS that a sentence states: "since 14.2", "before 11". */
export function releaseIn(sentence: string): string {
  const release = /\b(?:since|before) (\d+(?:\.\d+)*)/.exec(sentence)?.[1];
  if (release === undefined) throw new Error(`"${sentence}" does not state a release`);
  return release;
}

/** A proof: the release in the sentence is the first whose headers have the constants. */
export function since(...names: readonly string[]): Proof {
  return (sentence) => {
    const found = names.map((name) => CONSTANTS[name]?.macOS);
    assertEquals(found, names.map(() => releaseIn(sentence)), names.join());
  };
}

/** A proof: the release in the sentence is the one with this tag of XNU. */
export function sinceTag(tag: string): Proof {
  return (sentence) => {
    const { macOS } = Object.values(CONSTANTS).find(({ firstTag }) => firstTag === tag) ?? {};
    assertEquals(macOS, releaseIn(sentence));
  };
}

/** Applies a proof by a function to a sentence. */
export function applied(proof: Proof, sentence: string): void {
  if (typeof proof === "function") proof(sentence);
}

/** The audit token of a process. */
export const tokenOf = (pid: number, version = 0): AuditToken => ({
  val: [0, 0, 0, 0, 0, pid, 0, version >>> 0],
});

/** A proof: each of the functions throws the error code that the sentence names. */
export function eachThrows(...runs: readonly (() => unknown)[]): Proof {
  const proofs = runs.map(throwsAsStated);
  return (sentence) => {
    for (const proof of proofs) applied(proof, sentence);
  };
}

/** A proof: the sentence names the major release of macOS whose kernels begin with this tag. */
export function sinceMajor(tag: string): Proof {
  return (sentence) => {
    const releases = Object.values(CONSTANTS)
      .flatMap(({ firstTag, macOS }) => firstTag?.startsWith(`${tag}.`) && macOS ? [macOS] : []);
    const majors = new Set(releases.map((release) => Number(release.split(".")[0])));
    assertEquals(majors, new Set([numberIn(sentence, /\bmacOS (\d+) and later\b/)]));
  };
}

/** The system of a double, whose library lacks the extended call, or whose kernel does. */
export function withoutExtendedCall({ libSystem, option }: Double): readonly System[] {
  option("NO_EXTENDED", 1n);
  return [libSystem, { ...libSystem, extended: () => null }].map(darwinSystem);
}

/** The names in backticks of a sentence that match a pattern. */
export function namesIn(sentence: string, pattern: RegExp): string[] {
  const names = [...sentence.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name)
    .filter((name) => pattern.test(name));
  if (names.length === 0) throw new Error(`"${sentence}" has no name that matches ${pattern}`);
  return names;
}

/** The value of each name in an object; an unknown name is an error. */
export function valuesOf<T>(from: object, names: readonly string[]): T[] {
  const values: Readonly<Record<string, unknown>> = { ...from };
  return names.map((name) => {
    if (!Object.hasOwn(values, name)) throw new Error(`There is no ${name}`);
    return values[name] as T;
  });
}

/** Flavors of `pidInfo()`, and a file, folder or link in `/proc/PID` that the answer needs. */
export const FILES: readonly (readonly [flavor: number, file: string])[] = [
  [1, "fd/0"],
  [2, "status"],
  [3, "stat"],
  [4, "stat"],
  [5, "task"],
  [6, "task"],
  [7, "smaps"],
  [8, "smaps"],
  [9, "cwd"],
  [11, "exe"],
  [13, "stat"],
  [15, "task"],
  [17, "stat"],
  [18, "stat"],
  [19, "exe"],
  [20, "cgroup"],
  [22, "maps"],
  [28, "task"],
  [31, "maps"],
];

/** The results of a program that another user runs without privilege. Codes are "OK" or an error's. */
export interface Unprivileged {
  /** The processes that it may not trace: of another user, and of its own with more privilege. */
  readonly targets: readonly number[];
  /** The names that a process has by three ways, after its first thread named itself. */
  readonly name: { readonly isFirst: boolean; readonly found: readonly string[] };
  readonly setVmResourceOwner: string;
  readonly kernMsgBuf: string;
  /** Results for each process in {@linkcode targets}, and last for its own process. */
  readonly processes: readonly {
    /** If a file can be read, and the code of each flavor whose answer comes from it. */
    readonly files: readonly {
      readonly file: string;
      readonly isReadable: boolean;
      readonly code: string;
    }[];
    /** The code of each version of `pidRusage()`. */
    readonly usage: readonly string[];
    readonly path: string;
    readonly arguments: readonly string[];
    readonly hasEnvironment: boolean;
  }[];
  /** The code of each version of `pidRusage()`, and that of `getArguments()`, of every process. */
  readonly all: readonly { readonly usage: readonly string[]; readonly arguments: string }[];
}

const UNPRIVILEGED = `
  import { readdirSync, readFileSync, readlinkSync } from "node:fs";
  import process from "node:process";
  import * as calls from "./lib/calls/mod.ts";
  import { getArguments, procPidpath } from "./lib/libproc/mod.ts";
  import { defaultSystem } from "./lib/system/open.ts";
  const { targets, FILES, proc } = INPUT;
  const self = process.pid;
  const codeOf = (run) => {
    try { run(); return "OK"; } catch (error) { return error.code ?? String(error); }
  };
  const LINKS = ["cwd", "exe", "fd/0"];
  const reader = {
    task: readdirSync,
    ...Object.fromEntries(LINKS.map((file) => [file, readlinkSync])),
  };
  const isReadable = (path, file) => codeOf(() => (reader[file] ?? readFileSync)(path)) === "OK";
  const BY_THREAD = [5, 15];
  const usage = (pid) =>
    [0, 1, 2, 3, 4, 5, 6].map((version) => codeOf(() => calls.pidRusage(pid, version)));
  const describe = (pid) => ({
    files: FILES.map(([flavor, file]) => ({
      file,
      isReadable: isReadable(proc + "/" + pid + "/" + file, file),
      code: codeOf(() => calls.pidInfo(pid, flavor, BY_THREAD.includes(flavor) ? pid : 0)),
    })),
    usage: usage(pid),
    path: codeOf(() => procPidpath(pid)),
    arguments: getArguments(pid).arguments,
    hasEnvironment: getArguments(pid).environment !== undefined,
  });
  const comm = () => readFileSync("/proc/self/comm", "utf8").trimEnd();
  const before = comm();
  calls.setThreadName("a name of a main thread");
  const name = {
    isFirst: defaultSystem().threadId() === BigInt(self),
    found: [
      readFileSync("/proc/self/task/" + self + "/comm", "utf8").trimEnd(),
      comm(),
      calls.pidInfo(self, calls.PROC_PIDTBSDINFO).pbi_comm,
    ],
  };
  calls.setThreadName(before);
  console.log(JSON.stringify({
    targets,
    name,
    setVmResourceOwner: codeOf(() => calls.setVmResourceOwner()),
    kernMsgBuf: codeOf(() => calls.kernMsgBuf()),
    processes: [...targets, self].map(describe),
    all: calls.getAllPids().map((pid) => ({
      usage: usage(pid),
      arguments: codeOf(() => getArguments(pid)),
    })),
  }));
`;

/** A command that starts a program as the user of the others, with a capability that they lack. */
function withCapability(name: string): readonly string[] {
  const capability = name.toLowerCase().replace(/^cap_/, "+");
  const given = ["inh-caps", "ambient-caps", "bounding-set"]
    .map((set) => `--${set}=-all,${capability}`);
  return [...AS_NOBODY.filter((word) => !/caps|bounding/.test(word)), ...given];
}

let found: Promise<Unprivileged> | undefined;

/** Runs the program once. Without root, the user of this process is the one without privilege. */
export function unprivileged(): Promise<Unprivileged> {
  return found ??= isRoot ? describeOthers() : Promise.resolve(describe([1]));
}

function describe(targets: readonly number[]): Unprivileged {
  const input = `const INPUT = ${JSON.stringify({ targets, FILES, proc: "/proc" })};`;
  return runWrapped(isRoot ? AS_NOBODY : [], input + UNPRIVILEGED) as Unprivileged;
}

async function describeOthers(): Promise<Unprivileged> {
  const sleepers = [[], withCapability("CAP_NET_RAW")].map((wrapper) => {
    const [file = "", ...args] = [...wrapper, "sleep", "1000"];
    return spawn(file, args, { stdio: "ignore" });
  });
  try {
    for (const sleeper of sleepers) await executed(sleeper, "sleep");
    return describe(sleepers.map(({ pid }) => pid!));
  } finally {
    for (const sleeper of sleepers) {
      const ended = once(sleeper, "exit");
      sleeper.kill("SIGKILL");
      await ended;
    }
  }
}

/** The code of `kernMsgBuf()` for a user without any other capability than this one. */
export function kernMsgBufWith(capability: string): unknown {
  return runWrapped(
    withCapability(capability),
    `import { kernMsgBuf } from "./lib/calls/mod.ts";
     let code = "OK";
     try { kernMsgBuf(); } catch (error) { code = error.code; }
     console.log(JSON.stringify(code));`,
  );
}

/** The codes of calls about process 1 where a mount option hides the processes of other users. */
export interface Hidden {
  readonly usage: readonly string[];
  readonly arguments: string;
}

const hidden = new Map<string, Hidden>();

/** Runs a program without privilege where `/proc` has a mount option with the value 2. */
export function where(option: string): Hidden {
  let codes = hidden.get(option);
  if (codes === undefined) {
    const mount = inShell(`mount -t proc -o ${option}=2 proc /proc; exec "$@"`);
    codes = runWrapped(
      [...OWN_MOUNTS, ...mount, ...AS_NOBODY],
      `import { pidRusage } from "./lib/calls/mod.ts";
       import { getArguments } from "./lib/libproc/mod.ts";
       const codeOf = (run) => {
         try { run(); return "OK"; } catch (error) { return error.code ?? String(error); }
       };
       console.log(JSON.stringify({
         usage: [0, 1, 2, 3, 4, 5, 6].map((version) => codeOf(() => pidRusage(1, version))),
         arguments: codeOf(() => getArguments(1)),
       }));`,
    ) as Hidden;
    hidden.set(option, codes);
  }
  return codes;
}

/** The 64 bits of a process: as it set them, and after it executed a program. */
export interface Bits {
  readonly before: string;
  readonly after: string;
}

let bits: Bits | undefined;

/** Runs a program that sets its 64 bits and executes itself, as the sentence calls it. */
function bitsOverExec(sentence: string): Bits {
  assertEquals(namesIn(sentence, /\(\)/), ["exec()"]);
  if (bits === undefined) {
    const { status, stdout, stderr } = runScript("tests/docs/statements/exec.ts");
    assertEquals([status, stderr], [0, ""]);
    bits = JSON.parse(stdout) as Bits;
  }
  return bits;
}

/** A proof: an `exec()` sets the 64 bits to the number that a pattern finds in the sentence. */
export function bitsAreSet(pattern: RegExp): Proof {
  return (sentence) => {
    const { before, after } = bitsOverExec(sentence);
    assertEquals(after, `${numberIn(sentence, pattern)}`);
    assertNotEquals(before, after);
  };
}
