import { assert, assertEquals, assertMatch } from "@std/assert";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { bundledCommand } from "../support/bundle.ts";
import { NO_NAME, REFUSED } from "../support/cli.ts";
import { runAsNobody } from "../support/cli.ts";
import { startShell } from "../support/lines.ts";
import { command, MOST_OUTPUT, runScript } from "../support/runtime.ts";

const linux = process.platform === "linux";
const skip = linux ? false : "needs Linux";
const needsRoot = skip || (process.getuid?.() === 0 ? false : "needs root, to become another user");
const noPython = spawnSync("python3", ["-c", ""]).error ? "needs python3" : false;

const MAIN = bundledCommand();

/** Returns the words that run the command in its own process. */
const words = (...args: string[]) => command(MAIN, { flags: ["--allow-ffi"], args });

test("the command as a program ends with the status of its query", () => {
  const cases: [args: string[], status: number, out: RegExp, err: RegExp][] = [
    [["ps", "--name", NO_NAME], 1, /^$/, /^$/],
    [["info", "2147483647"], 1, /^$/, /^libproc: Cannot [^\n]+\n$/],
    [["info", "x"], 2, /^$/, /^libproc: Cannot [^\n]+\n$/],
    [["ps", "--fields", "pid", "--jsonl"], 0, /^(?:\{"pid":\d+\}\n)+$/, /^$/],
  ];
  for (const [args, status, out, err] of cases) {
    const ran = runScript(MAIN, { flags: ["--allow-ffi"], args });
    assertEquals(ran.status, status, args.join(" "));
    assertMatch(ran.stdout, out);
    assertMatch(ran.stderr, err);
  }
});

/** Command lines with much output, little output, and the help. */
const PRINTING = [
  ["ps"],
  ["ps", "--json"],
  ["ps", "--jsonl"],
  ["tree"],
  ["regions", `${process.pid}`],
  ["regions", `${process.pid}`, "--json"],
  ["watch", "--count", "1", "--interval", "0.02"],
  ["--help"],
];

/**
 * Runs the command lines in shells, all at the same time, because each takes some time to start.
 */
async function inShells(script: string): Promise<(readonly [status: number, err: string])[]> {
  // `watch` prints the children of this shell.
  await using _shell = startShell("while :; do sleep 0.05; done");
  return await Promise.all(PRINTING.map(async (args) => {
    const child = spawn("sh", ["-c", script, "sh", ...words(...args)], {
      stdio: ["ignore", "inherit", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (bytes) => err += bytes);
    const [status]: number[] = await once(child, "close");
    return [status!, err] as const;
  }));
}

test("a reader that has left ends a command in silence, with 2", { skip }, async () => {
  // The read end of the pipe is closed before the command starts.
  const script =
    'd=$(mktemp -d); mkfifo "$d/f"; exec 3<>"$d/f" 4>"$d/f" 3<&-; rm -r "$d"; exec "$@" >&4';
  const expected = PRINTING.map(() => [2, ""] as const);
  assertEquals(await inShells(script), expected);
});

test("a full disk is one line, and ends with 2", { skip }, async () => {
  const line = "libproc: Cannot write to standard output: ENOSPC (no space left on device)\n";
  const expected = PRINTING.map(() => [2, line] as const);
  assertEquals(await inShells('exec "$@" > /dev/full'), expected);
});

test("libproc watch ends when its reader has left", { skip }, async () => {
  const [file, ...args] = words("watch", "--interval", "0.02");
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let err = "";
  child.stderr.on("data", (bytes) => err += bytes);
  const gone = once(child, "close");
  // `watch` prints the children of this shell.
  await using _shell = startShell("while :; do sleep 0.05; done");
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [status, signal] = await gone;
  assertEquals([status, signal, err], [2, null, ""]);
});

/** Runs a command, and sends it a signal after some milliseconds. */
async function interrupt(args: readonly string[], signal: NodeJS.Signals, delay: number) {
  const [file, ...rest] = words(...args);
  const child = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let out = "", err = "";
  child.stdout.on("data", (bytes) => out += bytes);
  child.stderr.on("data", (bytes) => err += bytes);
  const gone = once(child, "close");
  // After child.kill(), some runtimes report that signal, even if the process ended in another way.
  const timer = setTimeout(() => process.kill(child.pid!, signal), delay);
  const [status]: (number | null)[] = await gone;
  clearTimeout(timer);
  return { status, out, err };
}

test("libproc wait and kill end in order when they are interrupted", {
  skip,
}, async () => {
  await using shell = startShell("trap '' TERM; echo ready; read _; echo on; read _");
  await shell.next();
  const self = `${shell.pid}`;
  const cases: [args: string[], signal: "SIGINT" | "SIGTERM", status: number, err: RegExp][] = [
    [["wait", self], "SIGINT", 1, /^libproc: process \d+ has not ended\n$/],
    [
      ["kill", self, "--tree", "--grace", "600"],
      "SIGTERM",
      3,
      /^libproc: \d+ sh: it may not have ended: this command was interrupted\n$/,
    ],
  ];
  await Promise.all(cases.map(async ([args, signal, expected, message]) => {
    // Until the command handles the signal, the signal ends it immediately.
    for (let delay = 500;; delay *= 2) {
      const { status, out, err } = await interrupt(args, signal, delay);
      if (status === null && delay < 20000) continue;
      assertEquals([status, out], [expected, ""], args.join(" "));
      return assertMatch(err, message);
    }
  }));
  assertEquals(await shell.ask(""), "on");
});

/** Runs a command on a terminal with this number of columns; returns its output. */
function onTerminal(columns: number, env: Record<string, string>, args: readonly string[]): string {
  const python = `import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))`;
  const script = `stty cols ${columns}; exec "$@"`;
  // Some runtimes pass these variables of their own to a child.
  const plain = ["-u", "NO_COLOR", "TERM=xterm"];
  const own = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const { stdout, status } = spawnSync("env", [
    ...[...plain, ...own, "python3", "-c", python, "sh", "-c", script, "sh"],
    ...args,
  ], { encoding: "utf8", maxBuffer: MOST_OUTPUT });
  assertEquals(status, 0, stdout);
  return stdout.replaceAll("\r\n", "\n");
}

test("on a terminal names of columns are bold unless NO_COLOR is set, and lines fit", {
  skip: skip || noPython,
}, () => {
  const args = words("ps", "--all", "--fields", "pid,ppid,user,name,args");
  const plain = onTerminal(40, { NO_COLOR: "1" }, args);
  assert(!plain.includes("\x1b"), JSON.stringify(plain));
  const lines = plain.trimEnd().split("\n");
  assertMatch(lines[0]!, /^ *PID +PPID +USER +NAME/);
  assert(lines.every((line) => [...line].length <= 40), plain);
  const [header, ...rows] = onTerminal(40, {}, args).trimEnd().split("\n");
  // deno-lint-ignore no-control-regex
  assertMatch(header!, /^\x1b\[1m *PID [^\x1b]*\x1b\[22m$/);
  assert(rows.every((line) => !line.includes("\x1b") && [...line].length <= 40));
  const wide = onTerminal(1000, { NO_COLOR: "1" }, args).split("\n");
  assert(Math.max(...wide.map((line) => line.length)) > 40);
});

test("sockets of another user are listed without their process, and end with 3", {
  skip: needsRoot,
}, async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const local = `127.0.0.1:${port}`;
  const denied = { pid: null, missing: { pid: "denied" } };
  const expected = [
    { ...denied, local },
    { ...denied, as: [] },
    { ...denied, local, state: "listen" },
  ];
  const ran = runAsNobody([
    ["ports", "--jsonl", "--fields", "pid,local"],
    ["who", `tcp:${port}`, "--jsonl", "--fields", "pid,as"],
    ["sockets", "--jsonl", "--fields", "pid,local,state"],
  ]);
  server.close();
  for (const [i, { status, out, err }] of ran.entries()) {
    assertEquals(status, 3);
    assertMatch(err, REFUSED);
    const rows = out.split("\n").map((line) => JSON.parse(line));
    const own = rows.find((row) => row.pid === null && (row.local ?? local) === local);
    assertEquals(own, expected[i]);
  }
});

test("libproc ports shows another user every listener of TCP that ss shows", {
  skip: needsRoot || (spawnSync("ss", ["-V"]).error ? "needs ss" : false),
}, async () => {
  const servers = ["127.0.0.1", "::1", "0.0.0.0"].map((host) => createServer().listen(0, host));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const listeners = () =>
    new Set(
      execFileSync("ss", ["-Htln"], { encoding: "utf8" }).trim().split("\n").map((line) =>
        line.trim().split(/\s+/)[3]!
      ),
    );
  const before = listeners();
  const [ran] = runAsNobody([["ports", "--tcp", "--jsonl"]]);
  const after = listeners();
  const rows = ran!.out.split("\n").map((line) => JSON.parse(line));
  const found = new Set<string>(rows.flatMap(({ address, port }) => {
    const host = address.includes(":") ? `[${address}]` : address;
    // ss prints a star for a socket that accepts both families.
    return [`${host}:${port}`, ...(address === "::" ? [`*:${port}`] : [])];
  }));
  const own = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  for (const place of before) {
    // ss appends the interface that a socket is bound to. Sockets that were closed meanwhile are
    // not compared.
    if (after.has(place)) assert(found.has(place.replace(/%[^\]:]+/, "")), `${place} ${ran!.out}`);
  }
  assertEquals(own.filter((port) => !rows.some((row) => row.port === port)), []);
});

test("what another user has is denied, and ends with 3", { skip: needsRoot }, async () => {
  await using shell = startShell("echo ready; read _");
  await shell.next();
  const pid = `${shell.pid}`;
  const lines: string[][] = [
    ...["fds", "env", "regions", "args", "threads", "tree"].map((name) => [name, pid]),
    ["info", pid],
    ["info", pid, "--json"],
    ["ps", "--fields", "pid,name,exe,cwd,read", "--jsonl"],
    ["ps", "--fields", "pid,name,state,rss"],
    ["sockets", pid],
    ["kill", pid, "--tree", "--grace", "0"],
    ["kill", pid],
  ];
  const ran = runAsNobody(lines);
  const of = (...line: string[]) => ran[lines.findIndex((one) => `${one}` === `${line}`)]!;
  for (const name of ["fds", "env", "regions", "sockets"]) {
    const { status, out, err } = of(name, pid);
    assertEquals([status, out], [3, ""], name);
    assertMatch(
      err,
      new RegExp(`^libproc: Cannot read [^\\n]+ process ${pid}: permission denied$`),
    );
  }
  for (const name of ["args", "threads", "tree"]) {
    assertEquals([of(name, pid).status, of(name, pid).err], [0, ""], name);
  }
  const info = of("info", pid);
  assertEquals(info.status, 3);
  assertMatch(info.err, REFUSED);
  assertMatch(info.out, /^workingDirectory +denied$/m);
  assertMatch(info.out, /^state +sleeping$/m);
  const { missing, executablePath } = JSON.parse(of("info", pid, "--json").out);
  assertEquals([missing.workingDirectory, missing.executablePath, executablePath], [
    "denied",
    "denied",
    undefined,
  ]);
  const list = of("ps", "--fields", "pid,name,exe,cwd,read", "--jsonl");
  assertEquals(list.status, 3);
  assertMatch(list.err, REFUSED);
  const row = list.out.split("\n").map((line) => JSON.parse(line)).find((row) =>
    `${row.pid}` === pid
  );
  assertEquals(row, {
    pid: shell.pid,
    name: "sh",
    executablePath: null,
    workingDirectory: null,
    readBytes: null,
    missing: { executablePath: "denied", workingDirectory: "denied", readBytes: "denied" },
  });
  assertEquals(of("ps", "--fields", "pid,name,state,rss").status, 0);
  for (const line of [["kill", pid], ["kill", pid, "--tree", "--grace", "0"]]) {
    const killed = of(...line);
    assertEquals([killed.status, killed.out], [3, ""], line.join(" "));
    assertMatch(
      killed.err,
      new RegExp(
        `^libproc: ${pid} sh: this user may not signal it, as it belongs to root: [^\\n]+$`,
      ),
    );
  }
});
