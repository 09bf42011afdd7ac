import { assert, assertEquals } from "@std/assert";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { openSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";
import { type ProcessEvent, watch, type WatchOptions } from "../../lib/process/watch.ts";
import { compileProgram } from "../support/compile.ts";
import { isLinuxSince } from "../support/kernel_release.ts";
import { startShell, startSpeaker } from "../support/lines.ts";
import { AS_NOBODY, inShell, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = linux ? false : "needs Linux";
const needsRoot = skip || (!root && "needs root, to make namespaces");

/** The reason why the process connector is unavailable, or false. */
const connectorIsMissing = skip || refusal();

function refusal(): string | false {
  try {
    openSystem().kernelEvents().close();
    return false;
  } catch (error) {
    return (error as Error).message;
  }
}

const WAYS = [["polling", skip], ["connector", connectorIsMissing]] as const;
/** An interval with which scans never happen. */
const NEVER = 2 ** 31 - 1;

/** The number of attempts for a test in which the kernel drops events. */
const ATTEMPTS = 10;

/**
 * Runs a test with options for its watches. On a busy machine, the kernel may drop events, because
 * it has to queue those of all processes. In this case, the watches are aborted and the test is
 * repeated.
 */
async function withoutLoss(run: (options: WatchOptions) => Promise<void>): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const controller = new AbortController();
    const { signal } = controller;
    const host = openSystem();
    const system: System = {
      ...host,
      kernelEvents() {
        const source = host.kernelEvents();
        return {
          get lost() {
            return source.lost;
          },
          read() {
            const events = source.read();
            if (source.lost) controller.abort();
            return events;
          },
          close: () => source.close(),
        };
      },
    };
    try {
      return await run({ system, signal });
    } catch (error) {
      if (!signal.aborted || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Watches without scans. */
function watched(options: WatchOptions) {
  const watching = watch({ intervalMs: 1, scanMs: NEVER, ...options });
  const events = watching[Symbol.asyncIterator]();
  return {
    /** Returns the events of the relevant processes, up to the first wanted one. */
    async until(
      isWanted: (event: ProcessEvent) => boolean,
      isMeant: (event: ProcessEvent) => boolean = () => true,
    ): Promise<ProcessEvent[]> {
      const found: ProcessEvent[] = [];
      for (;;) {
        const { value, done } = await events.next();
        if (done) throw new Error("The watch has ended");
        if (isMeant(value)) found.push(value);
        if (isWanted(value)) return found;
      }
    },
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}

const isThe = (type: string, pid: number) => (event: ProcessEvent) =>
  event.type === type && event.pid === pid;

for (const [via, skip] of WAYS) {
  test(
    `watch() by ${via} reports who comes and goes between two scans`,
    { skip },
    () =>
      withoutLoss(async (options) => {
        await using exits = startSpeaker([compileProgram(["exits.c"], "exits")]);
        await using watching = watched({ via, ...options });
        for (const [how, ending] of [["exit 7", 7], ["signal 9", "SIGKILL"]] as const) {
          const pid = Number(await exits.ask(`start ${how}`));
          const [start] = await watching.until(isThe("start", pid), isThe("start", pid));
          assertEquals([start!.parentPid, start!.name], [exits.pid, "exits"]);
          await exits.ask("end");
          await exits.ask("reap");
          const [exit] = await watching.until(isThe("exit", pid), isThe("exit", pid));
          assertEquals([exit!.uniqueId, exit!.name], [start!.uniqueId, "exits"]);
          // With polling, the parent may have reaped the process before it was read.
          if (via === "connector") assertEquals(exit!.exit!.signal ?? exit!.exit!.code, ending);
        }
      }),
  );

  test(
    `watch() by ${via} reports the programs that a young process executes`,
    { skip },
    () =>
      withoutLoss(async (options) => {
        await using watching = watched({ via, ...options });
        await using shell = startShell("echo; read line; exec cat");
        await shell.next();
        const about = ({ pid }: ProcessEvent) => pid === shell.pid;
        const isNamed = (name: string) => (event: ProcessEvent) =>
          about(event) && event.name === name;
        const [start] = await watching.until(isNamed("sh"), about);
        assertEquals([start!.type, start!.parentPid], ["start", process.pid]);
        shell.child.stdin!.write("go\n");
        const found = await watching.until(isNamed("cat"), about);
        assertEquals([found.at(-1)!.type, found.at(-1)!.uniqueId], ["exec", start!.uniqueId]);
      }),
  );

  test(`watch() by ${via} reports no threads`, { skip }, () =>
    withoutLoss(async (options) => {
      await using watching = watched({ via, ...options });
      await using exits = startSpeaker([compileProgram(["exits.c"], "exits")]);
      const pid = Number(await exits.ask("start thread 5"));
      await exits.ask("first");
      const threads = readdirSync(`/proc/${pid}/task`).map(Number);
      assertEquals(threads.length, 2);
      await using other = startShell("read line");
      const isOther = isThe("start", other.pid);
      const before = await watching.until(isOther, ({ pid }) => threads.includes(pid));
      // The end of the leader is not the end of the process either.
      assertEquals(before.map(({ type, pid }) => [type, pid]), [["start", pid]]);
      await exits.ask("end");
      await exits.ask("reap");
      const [exit] = await watching.until(isThe("exit", pid), isThe("exit", pid));
      if (via === "connector") assertEquals(exit!.exit, { pid, code: 5 });
    }));
}

test("watch() by the connector misses none of many that live for milliseconds", {
  skip: connectorIsMissing,
}, () =>
  withoutLoss(async (options) => {
    const count = 300;
    const maker = startSpeaker([compileProgram(["../../bench/watch.c"], "watch"), `${count}`]);
    await using _ = maker;
    assertEquals(await maker.next(), "ready");
    await using watching = watched({ via: "connector", ...options });
    maker.child.stdin!.write("go\n");
    let left = count;
    const found = await watching.until(
      ({ type, parentPid }) => parentPid === maker.pid && type === "exit" && --left === 0,
      ({ parentPid }) => parentPid === maker.pid,
    );
    const codes = found.flatMap(({ exit }) => exit === undefined ? [] : [exit.code]);
    const expected = Array.from({ length: count }, (_, i) => i % 256);
    assertEquals(codes.sort((a, b) => a! - b!), expected.sort((a, b) => a - b));
    assertEquals(found.filter(({ type }) => type === "start").length, count);
    assertEquals(found.length, count * 2);
  }));

/** Returns the numbers of descriptors of this process for `/proc/loadavg` and for the connector. */
function kept(): [number, number] {
  const connectors = readFileSync("/proc/net/netlink", "latin1").trim().split("\n").slice(1)
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, protocol, ...rest]) => protocol === "11" ? [`socket:[${rest.at(-1)}]`] : []);
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // It was the descriptor of the folder.
    }
  });
  return [
    links.filter((link) => link === "/proc/loadavg").length,
    links.filter((link) => connectors.includes(link)).length,
  ];
}

for (const [via, skip] of WAYS) {
  test(`watch() by ${via} closes its descriptor, however it ends`, { skip }, async () => {
    const before = kept();
    const more = via === "polling" ? [before[0] + 1, before[1]] : [before[0], before[1] + 1];
    const start = (options: WatchOptions = {}) => {
      const watching = watch({ via, intervalMs: 1, initial: true, ...options });
      assertEquals(kept(), more);
      return watching;
    };
    for await (const _ of start()) break;
    assertEquals(kept(), before);
    await start()[Symbol.asyncDispose]();
    assertEquals(kept(), before);
    const controller = new AbortController();
    start({ signal: controller.signal });
    controller.abort();
    assertEquals(kept(), before);
    const filter = () => {
      throw new Error("no more");
    };
    await watch({ via, filter })[Symbol.asyncIterator]().next().catch(() => {});
    assertEquals(kept(), before);
  });
}

/** Prints how a watch notices changes by default, and the error of the connector. */
const ASK = `
  import { watch } from "./mod.ts";
  const by = watch();
  await by[Symbol.asyncDispose]();
  let refusal = "";
  try {
    await watch({ via: "connector" })[Symbol.asyncDispose]();
  } catch (error) {
    refusal = error.name + " " + error.code + ": " + error.message;
  }
  console.log(JSON.stringify([by.via, refusal]));
`;

const OTHER_NAMESPACES = [
  ["network", ["unshare", "--net"], "network namespace"],
  ["process", ["unshare", "--pid", "--fork", "--mount-proc"], "process and user namespace"],
  ["user", ["unshare", "--user", "--map-root-user"], "process and user namespace"],
] as const;

for (const [kind, wrapper, text] of OTHER_NAMESPACES) {
  test(`watch() polls in another ${kind} namespace, and reports why the connector is unavailable`, {
    skip: needsRoot || connectorIsMissing,
  }, () => {
    const [via, refusal] = runWrapped(wrapper, ASK) as [string, string];
    assertEquals(via, "polling");
    assert(refusal.startsWith("SystemCallError ENOTSUP: Cannot receive events"), refusal);
    assert(refusal.includes(text), refusal);
  });
}

test("watch() by the connector is for every user, or reports what is missing", {
  skip: needsRoot || connectorIsMissing,
}, () => {
  const [via, refusal] = runWrapped(AS_NOBODY, ASK) as [string, string];
  if (via === "connector") assertEquals(refusal, "");
  else {
    assert(/^SystemCallError EPERM: .*CAP_NET_ADMIN/.test(refusal), refusal);
    assertEquals(via, "polling");
  }
});

const OWN_PID_MAX = [
  ...["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"],
  ...inShell('echo 1000 > /proc/sys/kernel/pid_max; "$@"; exit $?'),
];

test("watch() by polling reports each process when the ids begin again", {
  skip: needsRoot ||
    (!isLinuxSince(6, 14) && "needs Linux 6.14, where pid_max is a namespace's"),
}, () => {
  const found = runWrapped(
    OWN_PID_MAX,
    `
    import { spawn } from "node:child_process";
    import { writeFileSync } from "node:fs";
    import { watch } from "./mod.ts";
    const pids = [];
    const seen = [];
    const children = [];
    const events = watch({ via: "polling", intervalMs: 1, scanMs: ${NEVER} })[Symbol.asyncIterator]();
    writeFileSync("/proc/sys/kernel/ns_last_pid", "994");
    for (let i = 0; i < 20; i++) {
      const child = spawn("sleep", ["1000"], { stdio: "ignore" });
      children.push(child);
      pids.push(child.pid);
      for (;;) {
        const { value } = await events.next();
        if (value.type !== "start" || value.pid !== child.pid) continue;
        seen.push(value.pid);
        break;
      }
    }
    for (const child of children) child.kill("SIGKILL");
    await events.return();
    console.log(JSON.stringify([pids, seen]));
    `,
  ) as [number[], number[]];
  const [pids, seen] = found;
  assertEquals(seen, pids);
  assert(pids[0]! > 990 && pids.at(-1)! >= 300 && pids.at(-1)! < 990, `${pids}`);
});
