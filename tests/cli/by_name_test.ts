import { assert, assertEquals, assertMatch } from "@std/assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundledCommand } from "../support/bundle.ts";
import { libproc, libprocWith, NO_NAME, runAsNobody } from "../support/cli.ts";
import {
  isAlive,
  processDescriptors,
  type Speaker,
  startSpeaker,
  until,
} from "../support/lines.ts";
import { command } from "../support/runtime.ts";
import { noTerminal, openTerminal } from "../support/terminal.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const needsNamespaces = skip ||
  (spawnSync("unshare", ["--net", "true"]).status === 0
    ? false
    : "needs unshare(1), and to be allowed new network namespaces");

const MAIN = bundledCommand();
const HOLDER = fileURLToPath(new URL("../support/port_holder.py", import.meta.url));

/**
 * The name of a program that is not the name of any other process. The kernel keeps 15 bytes of it.
 */
const NAME = `k${process.pid}`;
let folder: string;
before(() => {
  folder = mkdtempSync(`${tmpdir()}/libproc-by-name-`);
  for (const name of [NAME, `${NAME}b`, `b${NAME}`]) symlinkSync("/bin/sh", `${folder}/${name}`);
});
after(() => rmSync(folder, { recursive: true }));

/** Starts a program with this name and waits until it runs. */
async function start(name: string, script = "echo ready; read _", ...args: string[]) {
  const speaker = startSpeaker([`${folder}/${name}`, "-c", script, ...args]);
  await speaker.next();
  return speaker;
}

/** Starts a process that holds a port. */
async function hold(how: string, port = 0, wrapper: readonly string[] = []) {
  const [file = "python3", ...args] = [...wrapper, "python3", HOLDER, how, `${port}`];
  const speaker = startSpeaker([file, ...args]);
  const [held = 0, child = 0] = (await speaker.next()).split(" ").map(Number);
  return { speaker, port: held, child };
}

test("libproc kill finds processes by exactly their name, and not by a part of it", {
  skip,
}, async () => {
  for (const word of [NAME, `${folder}/${NAME}`]) {
    await using meant = await start(NAME);
    await using longer = await start(`${NAME}b`);
    await using other = await start(`b${NAME}`, "echo ready; read _", NAME);
    assertEquals(await libproc("kill", word, "--wait", "1m"), {
      status: 0,
      out: `${meant.pid} ${NAME}: killed SIGTERM`,
      err: "",
    });
    assert(isAlive(longer.pid) && isAlive(other.pid), word);
  }
  assertEquals(await libproc("kill", NAME), {
    status: 1,
    out: "",
    err: `libproc: no process matches the name ${NAME}`,
  });
});

test("libproc kill takes an expression, and signals nothing with --dry-run or without --yes", {
  skip,
}, async () => {
  await using first = await start(NAME);
  await using second = await start(`${NAME}b`);
  const pids = [first.pid, second.pid].sort((a, b) => a - b);
  const word = `/\\b${NAME}b? /`;
  const dry = await libproc("kill", word, "--dry-run");
  assertEquals([dry.status, dry.err], [0, ""]);
  assertEquals(dry.out.split("\n").map((line) => Number.parseInt(line)), pids);
  assertMatch(
    dry.out,
    new RegExp(`^\\d+ ${NAME}b?: would get SIGTERM \\(user \\S+\\): ${folder}/${NAME}`),
  );
  assertEquals(await libproc("kill", word), {
    status: 2,
    out: "",
    err: `libproc: Cannot signal the 2 processes ${pids.join(" ")} without --yes`,
  });
  const asked: string[] = [];
  const confirm = (agrees: boolean) => (question: string) => {
    asked.push(question);
    return Promise.resolve(agrees);
  };
  const refused = await libprocWith({ confirm: confirm(false) }, "kill", word);
  assertEquals([refused.status, refused.out], [1, ""]);
  const lines = refused.err.split("\n");
  assertEquals(lines.slice(0, -1).map((line) => Number.parseInt(line)), pids);
  assertEquals(lines.at(-1), "libproc: no signal was sent");
  assertEquals(asked, ["Send SIGTERM to these 2 processes? [y/N] "]);
  assert(pids.every(isAlive));
  const agreed = await libprocWith({ confirm: confirm(true) }, "kill", word, "--wait", "1m");
  assertEquals([agreed.status, agreed.out.split("\n").length], [0, 2], agreed.out);
  assertEquals([asked.length, pids.some(isAlive)], [2, false]);
});

test("libproc kill signals several ids without a question, and reports which are not there", {
  skip,
}, async () => {
  await using first = await start(NAME);
  await using second = await start(`${NAME}b`);
  const pids = [first.pid, second.pid].sort((a, b) => a - b);
  const words = [...pids, 2147483647].map(String);
  const { status, out, err } = await libproc("kill", ...words, "--json", "--wait", "1m");
  assertEquals([status, err], [1, "libproc: there is no process 2147483647"]);
  const ended = JSON.parse(out) as { pid: number; result: string; exit: { signal: string } }[];
  assertEquals(
    ended.map(({ pid, result, exit }) => [pid, result, exit.signal]),
    pids.map((pid) => [pid, "ended", "SIGTERM"]),
  );
});

test(
  "libproc kill waits in vain for a process that ignores the signal, and reports what would help",
  {
    skip,
  },
  async () => {
    await using shell = await start(NAME, "trap '' TERM; echo ready; read _");
    assertEquals(await libproc("kill", NAME, "--wait", ".05"), {
      status: 3,
      out: "",
      err:
        `libproc: ${shell.pid} ${NAME}: it has not ended in time: --signal KILL forces it to end`,
    });
    const killed = await libproc("kill", NAME, "--wait", "1m", "--signal", "9");
    assertEquals(killed, { status: 0, out: `${shell.pid} ${NAME}: killed SIGKILL`, err: "" });
  },
);

test("libproc kill leaves out what it was started by, unless that is given by its id", {
  skip,
}, async () => {
  const main = command(MAIN, { flags: ["--allow-ffi"] });
  // A command after the last one keeps the shell from executing it in its own place.
  const byName = 'echo $$; "$@" 2>&1; echo "status $?"; read _';
  {
    await using shell = startSpeaker(
      [`${folder}/${NAME}`, "-c", byName, "sh", ...main, "kill", NAME],
    );
    assertEquals(Number(await shell.next()), shell.pid);
    assertEquals(
      await shell.next(),
      `libproc: ${shell.pid} ${NAME} is left out: it is an ancestor of this command; only kill with ` +
        "its process id signals it",
    );
    assertEquals(await shell.next(), "status 1");
    assert(isAlive(shell.pid));
  }
  const byId = 'echo $$; "$@" kill $$ --dry-run 2>&1; echo "status $?"; read _';
  await using shell = startSpeaker([`${folder}/${NAME}`, "-c", byId, "sh", ...main]);
  assertEquals(Number(await shell.next()), shell.pid);
  assertMatch(await shell.next(), new RegExp(`^${shell.pid} ${NAME}: would get SIGTERM \\(user `));
  assertEquals(await shell.next(), "status 0");
});

test("libproc kill :PORT ends what listens on it or is bound to it, and no client", {
  skip,
}, async () => {
  for (const how of ["obedient", "udp"]) {
    const { speaker, port } = await hold(how);
    await using holder: Speaker = speaker;
    const protocol = how === "udp" ? "udp" : "tcp";
    const wrong = how === "udp" ? "tcp" : "udp";
    assertEquals((await libproc("kill", `${wrong}:${port}`, "--dry-run")).status, 1);
    const { status, out } = await libproc("kill", `${protocol}:${port}`, "--wait", "1m");
    assertEquals(status, 0, out);
    assertMatch(out, new RegExp(`^${holder.pid} python\\S*: killed SIGTERM$`));
  }
  const { speaker, port } = await hold("client");
  await using client: Speaker = speaker;
  assertEquals(await libproc("kill", `:${port}`), {
    status: 1,
    out: "",
    err: `libproc: no process matches port ${port}`,
  });
  assert(isAlive(client.pid));
});

test("libproc kill :PORT and free leave alone what has the port in another network namespace", {
  skip: needsNamespaces,
}, async () => {
  const { speaker, port } = await hold("obedient", 0, ["unshare", "--net"]);
  await using other: Speaker = speaker;
  assertEquals((await libproc("kill", `:${port}`)).status, 1);
  assertEquals(await libproc("free", `:${port}`), {
    status: 0,
    out: `port ${port} is free`,
    err: "",
  });
  assert(isAlive(other.pid));
});

test("libproc free ends what has a port, politely at first, until it is free", {
  skip,
}, async () => {
  const cases: [how: string, words: string[], result: RegExp][] = [
    ["obedient", ["--grace", "1m"], /^\d+ python\S*: killed SIGTERM$/],
    ["stubborn", ["--grace", ".05"], /^\d+ python\S*: killed SIGKILL$/],
    ["closing", ["--grace", "1m"], /^\d+ python\S*: still runs, but has released the port$/],
    [
      "forking",
      ["--grace", "1m"],
      /^\d+ python\S*: killed SIGTERM\n\d+ python\S*: killed SIGTERM$/,
    ],
  ];
  for (const [how, words, result] of cases) {
    const { speaker, port, child } = await hold(how);
    await using holder: Speaker = speaker;
    const { status, out, err } = await libproc("free", `:${port}`, ...words);
    assertEquals([status, err], [0, ""], how);
    const lines = out.split("\n");
    assertEquals(lines.at(-1), `port ${port} is free`);
    assertMatch(lines.slice(0, -1).join("\n"), result);
    const pids = how === "forking" ? [holder.pid, child].sort((a, b) => a - b) : [holder.pid];
    assertEquals(lines.slice(0, -1).map((line) => Number.parseInt(line)), pids, how);
    assertEquals(isAlive(holder.pid), how === "closing", how);
  }
});

test(
  "libproc free reports the process that has started again what it has ended",
  { skip },
  async () => {
    const { speaker, port } = await hold("restarting");
    await using parent: Speaker = speaker;
    // The parent may take a moment to restart the child, and the port is free until then.
    const message = new RegExp(
      `^libproc: port ${port} is not free: it is held by \\d+ python\\S*, a child of ${parent.pid} python`,
    );
    for (;;) {
      const { status, out, err } = await libproc("free", `:${port}`);
      if (status === 0) continue;
      assertEquals(status, 1, out);
      assertMatch(err, message);
      break;
    }
  },
);

test("libproc free prompts before it ends several, and ends none of its own ancestors", {
  skip,
}, async () => {
  const { speaker, port, child } = await hold("forking");
  await using holder: Speaker = speaker;
  const confirm = () => Promise.resolve(false);
  const refused = await libprocWith({ confirm }, "free", `:${port}`);
  assertEquals([refused.status, refused.out], [1, ""]);
  assert(isAlive(holder.pid) && isAlive(child));
  const dry = await libproc("free", `:${port}`, "--dry-run");
  assertEquals(dry.out.split("\n").length, 2, dry.out);
  assert(isAlive(holder.pid) && isAlive(child));
});

test("libproc free kills only the processes that still hold the port", { skip }, async () => {
  const { speaker, port, child } = await hold("sharing");
  await using holder: Speaker = speaker;
  const confirm = async () => await holder.ask("") === "closed";
  const { status, out, err } = await libprocWith({ confirm }, "free", `:${port}`, "--grace", "0");
  assertEquals(status, 0, err);
  const lines = out.split("\n");
  assertEquals(lines.length, 3, out);
  const of = (pid: number) => lines.find((line) => line.startsWith(`${pid} `)) ?? "";
  assertMatch(of(holder.pid), /: still runs, but has released the port$/);
  assertMatch(of(child), /: killed SIGKILL$/);
  assertEquals(lines.at(-1), `port ${port} is free`);
  assert(isAlive(holder.pid));
});

test("libproc free kills no process after it is interrupted", { skip }, async () => {
  const { speaker, port } = await hold("stubborn");
  await using holder: Speaker = speaker;
  const signal = AbortSignal.abort();
  const { status, err } = await libprocWith({ signal }, "free", `:${port}`);
  assertEquals(status, 3);
  assertMatch(err, /it may not have ended: this command was interrupted$/m);
  assert(isAlive(holder.pid));
});

test("libproc pids --name finds processes by a part of their name or command line", {
  skip,
}, async () => {
  await using longer = await start(`${NAME}b`);
  const pids = async (...args: string[]) =>
    JSON.parse((await libproc("pids", ...args, "--json")).out);
  assertEquals(await pids("--name", `${NAME}b`), [longer.pid]);
  assertEquals(await pids("ppid", `${process.pid}`, "--name", `/${NAME}B /`, "-i"), [longer.pid]);
  assertEquals(await pids("ppid", `${longer.pid}`, "--name", NAME), []);
  assertEquals(await pids("--name", NO_NAME), []);
});

test("libproc kill puts its question on a terminal, and takes no for an answer", {
  skip: skip || noTerminal,
}, async () => {
  await using first = await start(NAME);
  await using second = await start(NAME);
  await using terminal = await openTerminal(120);
  const line = [...command(MAIN, { flags: ["--allow-ffi"] }), "kill", NAME, "--wait", "1m"];
  const typed = line.map((word) => `'${word}'`).join(" ");
  for (const answer of ["n", "", "y"]) {
    terminal.type(`clear; ${typed}; echo "status $?"`);
    const shown = await terminal.shows(/Send SIGTERM to these 2 processes\? \[y\/N\]/);
    for (const { pid } of [first, second]) {
      assert(shown.some((line) => line.startsWith(`${pid} `)), shown.join("\n"));
    }
    terminal.type(answer);
    const after = (await terminal.shows(/^status \d/m)).join("\n");
    assertMatch(after, answer === "y" ? /^status 0$/m : /no signal was sent\nstatus 1$/m);
    assertEquals(isAlive(first.pid), answer !== "y");
  }
  await until("both have ended", () => ![first, second].some(({ pid }) => isAlive(pid)));
});

test("libproc wait waits for several, and ends with the status of one", { skip }, async () => {
  await using first = await start(NAME, "echo ready; read _; exit 7");
  await using second = await start(`${NAME}b`, "echo ready; exec sleep 1000");
  const both = [first.pid, second.pid];
  // A runtime may have a process descriptor of its own.
  const before = both.map((pid) => processDescriptors(pid));
  const waiting = libproc("wait", `${first.pid}`, `${second.pid}`);
  const status = libproc("wait", `${first.pid}`, "--status");
  const killed = libproc("wait", `${second.pid}`, "--status", "--timeout", "10m");
  await until("each is waited for twice", () => {
    return both.every((pid, i) => processDescriptors(pid) === before[i]! + 2);
  });
  first.child.stdin!.end();
  assertEquals(await status, { status: 7, out: "exited 7", err: "" });
  second.child.kill("SIGKILL");
  assertEquals(await killed, { status: 137, out: "killed SIGKILL", err: "" });
  const { out, ...rest } = await waiting;
  assertEquals(rest, { status: 0, err: "" });
  assertEquals(
    out.split("\n").sort(),
    [
      `${first.pid} exited 7`,
      `${second.pid} killed SIGKILL`,
    ].sort(),
  );
});

const needsRoot = skip || (process.getuid?.() === 0 ? false : "needs root");

test("libproc free, kill and ports report a port of another user's process, which stays alive", {
  skip: needsRoot,
}, async () => {
  const { speaker, port } = await hold("obedient");
  await using _ = speaker;
  const [free, kill, ports] = runAsNobody([
    ["free", `:${port}`, "--yes"],
    ["kill", `:${port}`, "--yes"],
    ["ports", "--port", `${port}`, "--json"],
  ]);
  assertEquals([free!.status, free!.out], [3, ""]);
  assertMatch(
    free!.err,
    /^libproc: port .* is held by another user's process, .*: run this as root$/,
  );
  assertEquals([kill!.status, kill!.out], [3, ""]);
  assertMatch(kill!.err, /^libproc: port .* another user's process, .*: run this as root$/);
  assertEquals(ports!.status, 3);
  const [row] = JSON.parse(ports!.out);
  assertEquals([row.port, row.pid], [port, null]);
  assertMatch(ports!.err, /^libproc: 1 socket belongs to a process .*: root may$/);
  assert(isAlive(speaker.pid));
});
