import { assert, assertEquals, assertMatch } from "@std/assert";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { main } from "../../lib/cli/main.ts";
import { openProcess } from "../../lib/process/process.ts";
import { libproc, libprocWith } from "../support/cli.ts";
import { openPlay, PLAYS } from "../support/cli_play.ts";
import { compileProgram } from "../support/compile.ts";
import { isAlive, startShell, startSleeper, startSpeaker, until } from "../support/lines.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

test("libproc wait reports how a process has ended, although it is not its child", {
  skip,
}, async () => {
  await using exits = startSpeaker([compileProgram(["exits.c"], "exits")]);
  const cases: [how: string, text: string, json: object][] = [
    ["exit 0", "exited 0", { code: 0 }],
    ["exit 7", "exited 7", { code: 7 }],
    ["signal 9", "killed SIGKILL", { signal: "SIGKILL", coreDumped: false }],
    ["signal 15", "killed SIGTERM", { signal: "SIGTERM", coreDumped: false }],
  ];
  for (const [how, text, json] of cases) {
    for (const format of [[], ["--json"]]) {
      const pid = Number(await exits.ask(`start ${how}`));
      const waiting = libproc("wait", `${pid}`, ...format);
      await exits.ask("end");
      const { status, out, err } = await waiting;
      assertEquals([status, err], [0, ""], how);
      if (format.length === 0) assertEquals(out, text);
      else assertEquals(JSON.parse(out), { pid, ...json });
      await exits.ask("reap");
    }
  }
});

test("libproc wait ends with 1 where the process outlives it", { skip }, async () => {
  await using shell = startShell("echo ready; read _");
  await shell.next();
  assertEquals(await libproc("wait", `${shell.pid}`, "--timeout", "0.02"), {
    status: 1,
    out: "",
    err: `libproc: process ${shell.pid} has not ended`,
  });
  const { status } = await libprocWith({ signal: AbortSignal.abort() }, "wait", `${shell.pid}`);
  assertEquals(status, 1);
  assert(isAlive(shell.pid));
});

/** Starts a shell with a child that ignores `SIGTERM`, which has a child as well. */
async function startTree() {
  const inner = "trap '' TERM; sleep 1000 & echo $!; read _ <&3; wait";
  const shell = startShell(`exec 3<&0; sh -c "${inner.replaceAll("$", "\\$")}" & echo $!; wait`);
  const said = [Number(await shell.next()), Number(await shell.next())];
  return { shell, pids: [shell.pid, ...said] };
}

test("libproc kill --tree ends a process and all below it, and reports how", { skip }, async () => {
  for (const format of [[], ["--json"]]) {
    const { shell, pids } = await startTree();
    await using _shell = shell;
    const { status, out, err } = await libproc(
      "kill",
      `${shell.pid}`,
      "--tree",
      "--grace",
      "0.1",
      ...format,
    );
    assertEquals([status, err], [0, ""], out);
    await until("all have ended", () => !pids.some(isAlive));
    if (format.length === 0) {
      const lines = out.split("\n");
      assertEquals(lines.length, 3, out);
      assertEquals(lines.map((line) => Number.parseInt(line)).sort(), [...pids].sort());
      assert(lines.every((line) => /^\d+ (?:sh|sleep): killed SIG(?:TERM|KILL)$/.test(line)), out);
      assert(lines.some((line) => line.endsWith(" sh: killed SIGKILL")), out);
    } else {
      const ended = JSON.parse(out) as { pid: number; result: string }[];
      assertEquals(ended.map(({ pid }) => pid).sort(), [...pids].sort());
      assert(ended.every(({ result }) => result === "ended"), out);
    }
  }
});

const EXITS_WITH_9 = `import os, signal
signal.signal(signal.SIGUSR1, lambda *_: os._exit(9))
print("ready", flush=True)
while True: signal.pause()`;

test(
  "libproc kill sends the signal that --signal names, also by its number",
  { skip },
  async () => {
    for (const name of ["SIGUSR1", "USR1", "usr1", `${constants.signals.SIGUSR1}`]) {
      await using python = startSpeaker(["python3", "-c", EXITS_WITH_9]);
      await python.next();
      const { status, out } = await libproc("kill", `${python.pid}`, "--wait", "1m", "-s", name);
      assertEquals(status, 0, out);
      assertMatch(out, new RegExp(`^${python.pid} python\\S*: exited 9$`));
    }
  },
);

test("libproc limits sets limits by either name, and prints only those", { skip }, async () => {
  await using sleeper = startSleeper();
  const names = ["memlock=64K", "pendingSignals=100:", "locks=7"];
  const { status, out, err } = await libproc("limits", `${sleeper.pid}`, ...names, "--json");
  assertEquals([status, err], [0, ""]);
  const { hard } = openProcess(sleeper.pid).limits().pendingSignals!;
  assertEquals(JSON.parse(out), [
    { name: "lockedBytes", soft: 65536, hard: 65536 },
    { name: "fileLocks", soft: 7, hard: 7 },
    { name: "pendingSignals", soft: 100, hard: hard ?? "unlimited" },
  ]);
});

test("libproc kill reports in a line that it was interrupted, and stops no process", {
  skip,
}, async () => {
  await using shell = startShell("trap '' TERM; echo ready; read _; echo on; read _");
  await shell.next();
  for (const signal of [AbortSignal.abort(), AbortSignal.timeout(50)]) {
    for (const how of [["--tree", "--grace", "60"], ["--wait", "60"]]) {
      assertEquals(await libprocWith({ signal }, "kill", `${shell.pid}`, ...how), {
        status: 3,
        out: "",
        err: `libproc: ${shell.pid} sh: it may not have ended: this command was interrupted`,
      });
    }
  }
  assertEquals(await shell.ask(""), "on");
});

test("libproc watch reports the beginning and the end of a program, a line for each", {
  skip,
}, async () => {
  const folder = mkdtempSync(`${tmpdir()}/libproc-watch-`);
  const name = `w${process.pid}`;
  try {
    symlinkSync("/bin/cat", `${folder}/${name}`);
    for (const json of [false, true]) {
      await using shell = startShell(`read _; ${folder}/${name}; exit`);
      const lines: string[] = [];
      const ended = new AbortController();
      const status = await main(
        [
          ...["watch", "--via", "polling", "--interval", "0.005", "-n", name],
          ...(json ? ["--json"] : []),
        ],
        {
          out(line) {
            lines.push(line);
            // The process has been reported, so it can end.
            shell.child.stdin!.end();
            if (/exit/.test(line)) ended.abort();
          },
          err: (line) => lines.push(line),
          // The command reads the signal immediately before the first read of the processes.
          get signal() {
            setImmediate(() => shell.child.stdin!.write("go\n"));
            return ended.signal;
          },
        },
      );
      assertEquals(status, 0, lines.join("\n"));
      // An event between the two is possible: the process executed its program.
      assert(lines.length === 2 || lines.length === 3, lines.join("\n"));
      if (json) {
        const [first, last] = [lines[0]!, lines.at(-1)!].map((line) => JSON.parse(line));
        assert(["start", "exec"].includes(first.type), first.type);
        assertEquals([first.name, first.parentPid, first.exit], [name, shell.pid, undefined]);
        assertEquals([last.type, last.pid, last.uniqueId], ["exit", first.pid, first.uniqueId]);
        assert(first.at <= last.at);
      } else {
        const moment = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC\\S*";
        const behind = ` {2} *(\\d+) {2}(?:\\S*/)?${name}`;
        const parent = ` {2}parent ${shell.pid}$`;
        assertMatch(lines[0]!, new RegExp(`^${moment} {2}(?:start|exec ) ${behind}${parent}`));
        assertMatch(lines.at(-1)!, new RegExp(`^${moment} {2}exit  ${behind}: exited 0${parent}`));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("libproc watch ends when it is interrupted, with 1 where nothing happened", async () => {
  const system = openPlay([{ pid: 1, ppid: 0, name: "init" }]);
  for (const signal of [AbortSignal.abort(), AbortSignal.timeout(20)]) {
    const ran = await libprocWith({ system, signal }, "watch", "--interval", "0.001");
    assertEquals(ran, { status: 1, out: "", err: "" });
  }
  const some = await libprocWith(
    { system: openPlay(PLAYS["watch"]!), signal: AbortSignal.timeout(200) },
    ...["watch", "--interval", "0.001"],
  );
  assertEquals([some.status, some.err, some.out.split("\n").length], [0, "", 6]);
});
