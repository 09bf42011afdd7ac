import { assertEquals } from "@std/assert";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { PROC_INFO_CALL_SIGNAL_AUDITTOKEN } from "../../lib/abi/callnum.ts";
import { killTree } from "../../lib/process/kill_tree.ts";
import { openSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";
import { compileProgram } from "../support/compile.ts";
import {
  childrenOf,
  isAlive,
  startShell,
  startSpeaker,
  stateOf,
  statField,
  until,
} from "../support/lines.ts";
import { noTerminal, openTerminal } from "../support/terminal.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";

const startWitness = (...args: string[]) =>
  startSpeaker([compileProgram(["witness.c"], "witness"), ...args]);

/**
 * Returns the pid of a descendant of a process that has executed `sleep`, or undefined if there is
 * none yet.
 */
function findSleep(pid: number): number | undefined {
  for (const child of childrenOf(pid)) {
    const found = programOf(child) === "sleep" ? child : findSleep(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "latin1").trimEnd();
  } catch {
    return "";
  }
}

/** Programs that react when their child is stopped, and their requirements besides Linux. */
const ACTING: readonly (readonly [needs: string | false, file: string, ...args: string[]])[] = [
  [!root && "root", "su", "nobody", "-s", "/bin/sh", "-c", "exec sleep 1000"],
  [!root && "root", "sudo", "-n", "sleep", "1000"],
  [false, "script", "-qec", "exec sleep 1000", "/dev/null"],
  [!root && "root", "unshare", "--fork", "sleep", "1000"],
  [false, "bash", "-c", "set -m; sleep 1000 & wait $!; exit $?"],
  [false, "strace", "-qqe", "trace=none", "sleep", "1000"],
];

for (const [needs, file, ...args] of ACTING) {
  const why = skip || (needs && `needs ${needs}`) ||
    (spawnSync(file, ["--version"]).error && `needs ${file}, which is not installed`);
  test(`killTree() has the same effect on the parent as kill() when the parent is ${file}`, {
    skip: why ?? false,
  }, async () => {
    const outcomes: unknown[] = [];
    const ways = [(pid: number) => process.kill(pid, "SIGTERM"), (pid: number) => killTree(pid)];
    for (const end of ways) {
      const parent = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
      let printed = "";
      for (const stream of [parent.stdout, parent.stderr]) {
        stream.on("data", (text) => printed += text);
      }
      const closed = once(parent, "close");
      let pid: number | undefined;
      try {
        await until(`${file} runs a program`, () => (pid = findSleep(parent.pid!)) !== undefined);
        await end(pid!);
        await until(`${file} has ended`, () => !isAlive(parent.pid!));
        outcomes.push([...await closed, printed]);
      } finally {
        parent.kill("SIGKILL");
        if (pid !== undefined && isAlive(pid)) process.kill(pid, "SIGKILL");
      }
    }
    const [[code, signal]] = outcomes as [[number | null, string | null]];
    assertEquals(signal === null ? code : signal, signal === null ? 143 : "SIGTERM");
    assertEquals(outcomes[1], outcomes[0]);
  });
}

test(
  "killTree() is to a terminal's shell what kill() is",
  { skip: skip || noTerminal },
  async () => {
    await using terminal = await openTerminal();
    terminal.type("echo shell=$$");
    const pid = Number(/^shell=(\d+)/m.exec((await terminal.shows(/^shell=\d/m)).join("\n"))![1]);
    terminal.type("sleep 1000; echo code=$?");
    await until("it sleeps", () => findSleep(pid) !== undefined);
    await killTree(findSleep(pid)!);
    await terminal.shows(/^code=143/m);
  },
);

test("killTree() shows a parent nothing but the end", { skip }, async () => {
  await using witness = await startWitness("see");
  const pid = Number(await witness.next());
  await killTree(pid);
  assertEquals(await witness.next(), "killed 15");
});

test("killTree() shows a parent no more than the end of what it had seen stopped", {
  skip,
}, async () => {
  await using witness = await startWitness("see");
  const pid = Number(await witness.next());
  process.kill(pid, "SIGSTOP");
  assertEquals(await witness.next(), "stopped 19");
  const { ended } = await killTree(pid, { graceMs: 60000 });
  assertEquals(ended.map(({ exit: { signal = "SIGTERM" } }) => signal), ["SIGTERM"]);
  assertEquals(await witness.next(), "killed 15");
});

test("killTree() shows a parent in the tree nothing but the end", { skip }, async () => {
  for (const role of ["see", "mirror"]) {
    await using witness = await startWitness(role);
    await witness.next();
    // The parent continues, and ends after its child.
    const { ended, escaped } = await killTree(witness.pid, { graceMs: 60000 });
    assertEquals(await witness.next(), "killed 15");
    assertEquals(ended.map(({ exit: { code = 0 } }) => code), [0, 0]);
    assertEquals(escaped, []);
  }
});

test("killTree() shows a debugger the signal alone", { skip }, async () => {
  await using witness = await startWitness("trace");
  const pid = Number(await witness.next());
  await killTree(pid);
  assertEquals([await witness.next(), await witness.next()], ["signal 15", "killed 15"]);
});

test("killTree() shows a debugger the signal alone when the process is the caller's child", {
  skip: skip || (!root && "needs root, to debug what is not a child"),
}, async () => {
  const cat = spawn("cat", { stdio: ["pipe", "ignore", "inherit"] });
  const ended = once(cat, "exit");
  await until("it is cat", () => programOf(cat.pid!) === "cat");
  await using witness = await startWitness("trace", `${cat.pid}`);
  assertEquals(Number(await witness.next()), cat.pid);
  await killTree(cat.pid!);
  assertEquals([await witness.next(), await witness.next()], ["signal 15", "killed 15"]);
  assertEquals((await ended)[1], "SIGTERM");
});

/**
 * Returns this host with an action before each call, and before the children of a process are
 * listed.
 */
function systemBefore(
  happens: (callnum: number) => void,
  isListed: (parent: number) => void = () => {},
): System {
  const own = openSystem();
  return {
    ...own,
    table(options) {
      const table = own.table(options);
      const listChildren = table.listChildren.bind(table);
      table.listChildren = (parent) => {
        isListed(parent);
        return listChildren(parent);
      };
      return table;
    },
    kernel: {
      ...own.kernel,
      procInfo(callnum, pid, flavor, ...rest) {
        happens(callnum);
        return own.kernel.procInfo(callnum, pid, flavor, ...rest);
      },
    },
  };
}

/** Waits without returning to the event loop. */
function untilAtOnce(holds: () => boolean): void {
  const end = Date.now() + 20000;
  while (!holds()) if (Date.now() > end) throw new Error("It has not come about");
}

/** Makes `budding.c` start a child; returns the pid of the child. */
function bud(pid: number): number {
  const before = childrenOf(pid);
  process.kill(pid, "SIGUSR1");
  let child: number | undefined;
  const isNew = () => child = childrenOf(pid).find((pid) => !before.includes(pid));
  untilAtOnce(() => isNew() !== undefined);
  untilAtOnce(() => statField(child!, 5) === `${child}`);
  return child!;
}

/** Starts `budding.c` as a child of a shell; returns the pids that it prints. */
async function startBudding(args: string, count: number) {
  const shell = startShell(`${compileProgram(["budding.c"], "budding")} ${args} & wait`);
  const pids: number[] = [];
  while (pids.length < count) pids.push(Number(await shell.next()));
  return { shell, pids };
}

test("killTree() lets all run on when it is given up as a parent's child is stopped", {
  skip,
}, async () => {
  await using witness = await startWitness("mirror");
  const pid = Number(await witness.next());
  const controller = new AbortController();
  let lists = 0;
  const system = systemBefore((callnum) => {
    if (callnum !== PROC_INFO_CALL_SIGNAL_AUDITTOKEN || ++lists !== 2) return;
    // The parent has been stopped before.
    assertEquals(stateOf(witness.pid), "T");
    controller.abort("enough");
  });
  const given = await killTree(witness.pid, { system, signal: controller.signal })
    .catch((reason) => reason);
  assertEquals(given, "enough");
  await until("both run on", () => stateOf(pid) === "S" && stateOf(witness.pid) === "S");
  process.kill(pid, "SIGTERM");
  assertEquals(await witness.next(), "killed 15");
});

test("killTree() finds a child that a running process starts meanwhile", { skip }, async () => {
  const { shell, pids: [pid = 0] } = await startBudding("", 1);
  await using _ = shell;
  let child: number | undefined;
  const system = systemBefore(() => {}, (parent) => {
    if (parent === pid) child ??= bud(pid);
  });
  const { ended, escaped } = await killTree(pid, { system, graceMs: 60000 });
  assertEquals(ended.map(({ pid }) => pid), [pid, child!]);
  assertEquals(escaped, []);
});

/**
 * Ends the tree of a process that starts a child after the last read, immediately before it
 * receives its signal.
 */
async function killBudding(pid: number) {
  let child: number | undefined;
  const system = systemBefore((callnum) => {
    if (callnum === PROC_INFO_CALL_SIGNAL_AUDITTOKEN) child ??= bud(pid);
  });
  const { ended } = await killTree(pid, { system, graceMs: 60000 });
  return { ended: ended.map(({ pid }) => pid), child: child! };
}

test("killTree() finds an orphan when a process of the tree led its session", {
  skip,
}, async () => {
  const { shell, pids: [pid = 0] } = await startBudding("session", 1);
  await using _ = shell;
  const { ended, child } = await killBudding(pid);
  assertEquals(ended, [pid, child]);
  assertEquals(isAlive(child), false);
});

test("killTree() spares an orphan when it may be a daemon's", { skip }, async () => {
  const { shell, pids: [daemon = 0, pid = 0] } = await startBudding("session daemon", 2);
  await using _ = shell;
  const { ended, child } = await killBudding(pid);
  assertEquals(ended, [pid]);
  for (const spared of [daemon, child]) {
    assertEquals([isAlive(spared), stateOf(spared)], [true, "S"]);
    process.kill(spared, "SIGKILL");
  }
});
