import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { after, before, test } from "node:test";
import type { Screen } from "../../lib/cli/command.ts";
import { main } from "../../lib/cli/main.ts";
import type { Selection } from "../../lib/cli/select.ts";
import { widthOf } from "../../lib/cli/table.ts";
import type { TopSample } from "../../lib/cli/top/fields.ts";
import { KeyReader } from "../../lib/cli/top/keys.ts";
import { firstRows } from "../../lib/cli/top/order.ts";
import { fasterSystem } from "../../lib/cli/top/system.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { processes } from "../../mod.ts";
import { skipBpf } from "../support/bpf.ts";
import { bundledCommand } from "../support/bundle.ts";
import { libproc, libprocWith, NO_NAME } from "../support/cli.ts";
import { type Crowd, startCrowd } from "../support/crowd.ts";
import { kernelSystem } from "../support/kernel_system.ts";
import { type Speaker, startShell, startSleeper, until } from "../support/lines.ts";
import { NASTY, startNasty } from "../support/nasty.ts";
import { command } from "../support/runtime.ts";
import { noTerminal, openTerminal, type Terminal } from "../support/terminal.ts";

const linux = process.platform === "linux" ? false : "needs Linux";

// More processes than a screen has lines, on any machine.
let crowd: Crowd;
before(async () => {
  if (!linux) crowd = await startCrowd(40);
});
after(() => crowd?.[Symbol.asyncDispose]());

const BUSY = "echo ready; while :; do :; done";
const MAIN = bundledCommand();

/** Returns a command line for a shell. */
const line = (...args: string[]) =>
  [...command(MAIN, { flags: ["--allow-ffi"] }), ...args].map((word) => `'${word}'`).join(" ");

/** Returns the name of a test, with the reason if it is skipped. */
const named = (name: string, skip: false | string) => skip ? `${name} (skipped: ${skip})` : name;

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** A screen that records its output. */
interface FakeScreen extends Screen {
  readonly written: string[];
  size: [width: number, height: number];
  /** The listener of the command, or undefined after its removal. */
  press: ((key: string) => void) | undefined;
  changed: (() => void) | undefined;
  goOn: (() => void) | undefined;
  /** The number of requests to stop the program. */
  stopped: number;
  /** The actions that follow frames, by the number of the frame. */
  readonly behind: Record<number, () => void>;
}

function fakeScreen(behind: Record<number, () => void> = {}): FakeScreen {
  const screen: FakeScreen = {
    written: [],
    size: [80, 24],
    press: undefined,
    changed: undefined,
    behind,
    colors: false,
    moves: true,
    stop: () => screen.stopped++,
    stopped: 0,
    goOn: undefined,
    continued(called, signal) {
      screen.goOn = called;
      signal.addEventListener("abort", () => screen.goOn = undefined);
    },
    width: () => screen.size[0],
    height: () => screen.size[1],
    write(text) {
      screen.written.push(text);
      const act = behind[screen.written.length - 1];
      if (act !== undefined) queueMicrotask(act);
    },
    keys(pressed, signal) {
      screen.press = pressed;
      signal.addEventListener("abort", () => screen.press = undefined);
    },
    resized(changed, signal) {
      screen.changed = changed;
      signal.addEventListener("abort", () => screen.changed = undefined);
    },
  };
  return screen;
}

/** Returns the lines that a frame writes, by their numbers. */
function linesOf(frame: string): Map<number, string> {
  const found = new Map<number, string>();
  // deno-lint-ignore no-control-regex
  for (const [, row, text] of frame.matchAll(/\x1b\[(\d+);1H([^\x1b]*)/g)) {
    found.set(Number(row), text!);
  }
  return found;
}

interface Row {
  readonly pid: number;
  readonly cpuPercent: number | null;
  readonly residentBytes: number | null;
  readonly userName: string;
  readonly missing?: Record<string, string>;
}

async function rowsOf(...args: string[]): Promise<Row[]> {
  const { out } = await libproc("top", "--json", "--fields", "pid,cpu,rss,user", ...args);
  return JSON.parse(out);
}

/** Returns the values by which rows are sorted. Unknown values come last. */
const keys = (rows: readonly Row[], field: "cpuPercent" | "residentBytes") =>
  rows.map((row) => row[field] ?? -1);

test("libproc top prints one table, sorted by processor time, where there is no terminal", async () => {
  await using shell = startShell(BUSY);
  await shell.next();
  for (const args of [[], ["--once"]]) {
    const { status, out, err } = await libproc("top", ...args);
    assertEquals([status, err], [0, ""]);
    const [head, header, ...lines] = out.split("\n");
    assertMatch(head!, /^\d+ processes: (?:\d+ [a-z]+(?:, )?)+ {2}cpu \d+\.\d% {2}resident \d/);
    assertMatch(header!, /^ *PID +USER +CPU% +RSS +START +STATE +TIME +COMMAND$/);
    assertEquals(lines.length, Number.parseInt(head!));
    const own = lines.find((line) => line.trim().startsWith(`${shell.pid} `));
    assertMatch(own!, / \d+\.?\d* +\d+ +\S+Z +running +\d+\.?\d* +\S*sh -c echo ready/);
  }
  const rows = await rowsOf();
  const own = rows.find(({ pid }) => pid === shell.pid)!;
  assert(own.cpuPercent! > 1 && own.cpuPercent! < 150, `${own.cpuPercent}`);
  assertEquals(keys(rows, "cpuPercent"), keys(rows, "cpuPercent").toSorted((a, b) => b - a));
});

test("libproc top --sort -rss puts the largest first", async () => {
  const rows = await rowsOf("--sort", "-rss");
  assertEquals(keys(rows, "residentBytes"), keys(rows, "residentBytes").toSorted((a, b) => b - a));
  assertGreater(rows[0]!.residentBytes, rows.at(-1)!.residentBytes ?? 0);
});

test("libproc top --user and --name choose, and the head counts what they chose", async () => {
  await using shell = startShell("echo ready; read _");
  await shell.next();
  const system = defaultSystem();
  const name = system.userName(system.euid())!;
  const rows = await rowsOf("--user", name, "--name", "sh");
  assert(rows.some(({ pid }) => pid === shell.pid));
  assert(rows.every(({ userName }) => userName === name));
  const { out } = await libproc("top", "--user", name, "--name", "sh");
  const [head, , ...lines] = out.split("\n");
  assertEquals(Number.parseInt(head!), lines.length);
  const none = await libproc("top", "--name", NO_NAME);
  assertEquals(none, { status: 1, out: "", err: "" });
});

test("libproc top has no rate of a process that has just started", async () => {
  for (const format of [["--json"], []]) {
    const out: string[] = [];
    let shell: Speaker | undefined;
    const args = ["top", ...format, "--count", "2", "--interval", "0.05", "--fields", "pid,cpu"];
    const status = await main(args, {
      out(text) {
        out.push(text);
        // Between the first reading and the second.
        shell ??= startShell(BUSY);
      },
      err: (text) => out.push(text),
    });
    await using started = shell!;
    assertEquals(status, 0, out.join("\n"));
    if (format.length > 0) {
      assertEquals(out.length, 2);
      const [before, after] = out.map((text) => JSON.parse(text) as Row[]);
      assertEquals(before!.find(({ pid }) => pid === started.pid), undefined);
      assertEquals(after!.find(({ pid }) => pid === started.pid)?.cpuPercent, null);
    } else {
      const own = out.filter((text) => text.trim().startsWith(`${started.pid} `));
      assertEquals(own.map((text) => text.trim().split(/ +/)), [[`${started.pid}`, "-"]]);
    }
  }
});

test("libproc top reports wrong arguments in one line and ends with 2", async () => {
  const wrong: [string[], RegExp][] = [
    [["now"], /"now"/],
    [["--sort", "-memory"], /--sort "memory": it must be one of cpu \(cpuPercent\), reads/],
    [
      ["--fields", "pid,nonsense"],
      /"nonsense".*cpu \(cpuPercent\), reads \(.*\), writes \(.*\), pid, /,
    ],
    [["--interval", "0"], /--interval.*at least 0\.001.* "0"$/],
    [["--interval", "soon"], /--interval.*"soon"/],
    [["--count", "0"], /--count.*above 0.* 0$/],
    [["--count", "1.5"], /--count.*"1.5"/],
    [["--user", "no such user"], /"no such user"/],
  ];
  for (const [args, message] of wrong) {
    const screen = fakeScreen();
    const { status, out, err } = await libprocWith({ screen }, "top", ...args);
    assertEquals([status, out, screen.written], [2, "", []], args.join(" "));
    assertMatch(err, message);
    assertMatch(err, /^libproc: [^\n]+$/);
  }
});

test("libproc top on a screen writes a frame in one piece, and then what has changed", async () => {
  const screen = fakeScreen();
  const args = ["--count", "3", "--interval", "0.05", "--fields", "pid,ppid,name"];
  const ran = await libprocWith({ screen }, "top", ...args, "--name", NO_NAME);
  assertEquals(ran, { status: 0, out: "", err: "" });
  const [enter, first, ...rest] = screen.written;
  assertEquals([enter, rest.pop()], [ENTER, LEAVE]);
  const lines = linesOf(first!);
  assertMatch(
    lines.get(1)!,
    /^libproc top {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\S*(?: {2}up [\d a-y:]+ {2}load [\d. ]+)?$/,
  );
  assertMatch(lines.get(3)!, /^0 processes {2}cpu -%/);
  assertEquals(lines.get(4), "every 0.05 s, by -cpu  ? lists the keys");
  assertEquals(lines.size, 4);
  // Only the lines of the clock and the machine change.
  for (const frame of rest) for (const at of linesOf(frame).keys()) assert(at < 4, frame);
});

test("libproc top on a screen keeps to its width and height", async () => {
  for (const [width, height] of [[40, 10], [7, 2], [1, 1]] as const) {
    const screen = fakeScreen();
    screen.size = [width, height];
    await libprocWith({ screen }, "top", "--count", "1");
    const lines = linesOf(screen.written[1]!);
    assertEquals([...lines.keys()], Array.from({ length: height }, (_, i) => i + 1));
    for (const shown of lines.values()) assert(widthOf(shown) <= width, shown);
    // A full line is not cleared to its end, because the cursor is on its last character.
    const text = screen.written[1]!;
    for (const shown of lines.values()) {
      assertEquals(text.includes(`${shown}\x1b[K`), widthOf(shown) < width, shown);
    }
  }
});

/** Waits until a screen has received this number of frames. */
const frames = (screen: FakeScreen, count: number) =>
  until(`${count} frames`, () => screen.written.length >= count);

test("libproc top sorts by the keys c, m and r, and ends by q and Ctrl-C", async () => {
  for (const end of ["q", "\x03"]) {
    const screen = fakeScreen();
    const ended = libprocWith({ screen }, "top", "--interval", "60", "--fields", "pid,rss,cpu");
    await frames(screen, 2);
    const status = () => linesOf(screen.written.at(-1)!).get(4);
    assertMatch(status()!, /, by -cpu {2}/);
    for (const [key, by] of [["m", "-rss"], ["r", "rss"], ["c", "-cpu"]] as const) {
      screen.press!(key);
      assertMatch(status()!, new RegExp(`, by ${by} {2}`));
    }
    const before = screen.written.length;
    screen.press!("\x0c");
    assert(screen.written[before]!.startsWith("\x1b[2J\x1b[1;1Hlibproc top "));
    screen.press!(end);
    assertEquals(await ended, { status: 0, out: "", err: "" });
    assertEquals(screen.written.at(-1), LEAVE);
    assertEquals([screen.press, screen.changed, screen.goOn], [undefined, undefined, undefined]);
  }
});

test("libproc top leaves the screen to others while it is stopped, and takes it back", async () => {
  const screen = fakeScreen();
  const ended = libprocWith({ screen }, "top", "--interval", "60", "--fields", "pid");
  await frames(screen, 2);
  screen.press!("\x1a");
  assertEquals([screen.stopped, screen.press, screen.written.at(-1)], [1, undefined, LEAVE]);
  const before = screen.written.length;
  screen.changed!();
  assertEquals(screen.written.length, before);
  screen.goOn!();
  assertEquals(screen.written[before], ENTER);
  assert(screen.written[before + 1]!.startsWith("\x1b[2J\x1b[1;1Hlibproc top "));
  // If a program cannot be stopped, it continues.
  screen.press!("\x1a");
  await until("it is back", () => screen.press !== undefined);
  assertEquals([screen.stopped, screen.written.at(-2)], [2, ENTER]);
  screen.press!("q");
  assertEquals((await ended).status, 0);
});

test("libproc top prints one table to a terminal whose cursor cannot be moved", async () => {
  const screen: FakeScreen = { ...fakeScreen(), moves: false };
  const { status, out } = await libprocWith({ screen }, "top", "--fields", "pid");
  assertEquals([status, screen.written], [0, []]);
  assertMatch(out, /^\d+ processes: [^\n]+\n *PID\n/);
});

test("libproc top draws again when the size of the screen has changed", async () => {
  const screen = fakeScreen();
  const ended = libprocWith({ screen }, "top", "--interval", "60", "--fields", "pid,name");
  await frames(screen, 2);
  assertEquals(linesOf(screen.written[1]!).size, 24);
  screen.size = [30, 6];
  screen.changed!();
  const frame = screen.written[2]!;
  assert(frame.startsWith("\x1b[2J"));
  assertEquals(linesOf(frame).size, 6);
  screen.press!("q");
  await ended;
});

test("libproc top leaves the screen when its signal is aborted, before and behind the first frame", async () => {
  const early = fakeScreen();
  const aborted = AbortSignal.abort();
  const ran = await libprocWith({ screen: early, signal: aborted }, "top");
  assertEquals([ran.status, early.written], [0, []]);
  const late = new AbortController();
  const screen = fakeScreen({ 1: () => late.abort() });
  assertEquals((await libprocWith({ screen, signal: late.signal }, "top")).status, 0);
  assertEquals([screen.written[0], screen.written.at(-1)], [ENTER, LEAVE]);
  assertEquals(screen.press, undefined);
});

test("libproc top leaves the screen, and reports why, when the system fails it", async () => {
  const real = defaultSystem().kernel;
  let broken = false;
  const kernel: Kernel = {
    ...real,
    procInfo: (...question) => broken ? -ERRNO.EMFILE : real.procInfo(...question),
  };
  const screen = fakeScreen({ 1: () => broken = true });
  const system = kernelSystem(kernel);
  const ran = await libprocWith({ screen, system }, "top", "--interval", "0.05");
  assertEquals([ran.status, ran.out], [2, ""]);
  assertMatch(ran.err, /^libproc: .*EMFILE/);
  assertEquals(screen.written.at(-1), LEAVE);
  assertEquals(screen.press, undefined);
});

test("libproc top leaves the screen when drawing fails behind a key or a change of size", async () => {
  for (const act of ["press", "changed"] as const) {
    const screen = fakeScreen();
    const width = screen.width;
    let broken = false;
    const failing: Screen = {
      ...screen,
      write: screen.write,
      width() {
        if (broken) throw new RangeError("the screen is gone");
        return width();
      },
      keys: screen.keys,
      resized: screen.resized,
    };
    const ended = libprocWith({ screen: failing }, "top", "--interval", "60");
    await frames(screen, 2);
    broken = true;
    screen[act]!("m");
    assertEquals(await ended, { status: 2, out: "", err: "libproc: the screen is gone" });
    assertEquals(screen.written.at(-1), LEAVE);
  }
});

test("a command that waits ends when no process reads its answer any more", () => {
  for (const args of [["top", "--jsonl", "--fields", "pid"], ["watch"]]) {
    // Children of the shell start and end all the time.
    const script = `(while kill -0 $$ 2> /dev/null; do sleep 0.1; done) & ${
      line(...args, "--interval", "0.05", "--count", "100000")
    } | head -n 1; kill $!`;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], {
      encoding: "utf8",
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    });
    assertEquals([status, stderr], [0, ""], args.join(" "));
    assertEquals(stdout.split("\n").length, 2);
  }
});

/** Checks that a command left the terminal as it was. */
async function leftAsItWas(terminal: Terminal): Promise<void> {
  const shown = await terminal.shows(/^status=\d+$/m);
  assertEquals(shown[0], "before");
  assert(shown.some((line) => line === "status=0"), shown.join("\n"));
  assert(!shown.some((line) => line.startsWith("libproc top")), shown.join("\n"));
  assertEquals(terminal.modes(), { cursor: true, alternate: false, wraps: true });
  // The terminal echoes input and passes it on by lines.
  terminal.type("echo ty''ped");
  await terminal.shows(/^\$ echo ty''ped\ntyped$/m);
}

async function startTop(terminal: Terminal, ...args: string[]): Promise<void> {
  terminal.type(`${line("top", "--interval", "0.3", ...args)}; echo status=$?`);
  await terminal.shows(/^libproc top /);
}

test(
  named("libproc top redraws in place, and leaves the terminal as it was by q", noTerminal),
  { skip: noTerminal },
  async () => {
    await using shell = startShell(BUSY);
    await shell.next();
    await using terminal = await openTerminal();
    await startTop(terminal);
    assertEquals(terminal.modes(), { cursor: false, alternate: true, wraps: false });
    const own = new RegExp(`^ *${shell.pid} .* (\\d+:\\d\\d\\.\\d\\d) +\\S*sh -c `, "m");
    const first = await terminal.shows(own);
    const [, time] = own.exec(first.join("\n"))!;
    // Its time increases, and the head is printed in place.
    const later = await terminal.shows(
      new RegExp(
        `^ *${shell.pid} .* (?!${time!.replaceAll(".", "\\.")})\\d+:\\d\\d\\.\\d\\d +\\S*sh -c `,
        "m",
      ),
    );
    assertEquals(later.filter((text) => text.startsWith("libproc top")).length, 1);
    assertMatch(later[0]!, /^libproc top {2}[-\d]+ [:\d]+ UTC\S* {2}up .* load /);
    assertMatch(later[1]!, /^cpu \[\|* *\d+\.\d% of \d+\] {2}mem \[\|+ +\S+ of \S+\]/);
    assertMatch(later[3]!, /^every 0.3 s, by -cpu /);
    assertMatch(later[4]!, /^ *PID +USER +CPU% +RSS +START /);
    terminal.press("m");
    await terminal.shows(/^every .*, by -rss /m);
    terminal.press("q");
    await leftAsItWas(terminal);
  },
);

test(
  named("libproc top leaves the terminal as it was by Ctrl-C", noTerminal),
  { skip: noTerminal },
  async () => {
    await using terminal = await openTerminal();
    await startTop(terminal);
    terminal.press("C-c");
    await leftAsItWas(terminal);
  },
);

test(
  named("libproc top leaves the terminal as it was by SIGTERM", noTerminal),
  { skip: noTerminal },
  async () => {
    await using terminal = await openTerminal();
    await startTop(terminal, "--name", "libproc-no-such-name");
    const [own] = processes({ fields: ["arguments"] }).filter((row) =>
      row.arguments?.at(-1) === "libproc-no-such-name"
    );
    process.kill(own!.pid, "SIGTERM");
    await leftAsItWas(terminal);
  },
);

test(
  named("libproc top follows the size of the terminal", noTerminal),
  { skip: noTerminal },
  async () => {
    await using terminal = await openTerminal(100, 30);
    await startTop(terminal);
    const rows = (count: number) => (lines: readonly string[]) => {
      return lines.length === count && lines[0]!.startsWith("libproc top ") &&
        / *PID /.test(lines[4]!) && lines.every((shown) => shown !== "");
    };
    await terminal.until("all lines are used", rows(30));
    terminal.resize(50, 9);
    await terminal.until("fewer lines are used", rows(9));
    // The smaller screen has no text that could fill the lines of the larger one.
    terminal.resize(90, 12);
    await terminal.until("more lines are used", rows(12));
    terminal.press("q");
    await terminal.shows(/^status=0$/m);
  },
);

test(
  named("libproc top does what each of its keys is for", noTerminal),
  { skip: noTerminal },
  async () => {
    // No other process has this argument.
    const argument = `10${process.pid}.25`;
    const sleeper = spawn("sleep", [argument], { stdio: "ignore" });
    const end = once(sleeper, "exit");
    const pid = sleeper.pid!;
    try {
      await using terminal = await openTerminal(100, 20);
      terminal.type(`NO_COLOR=1 ${line("top", "--interval", "0.3")}`);
      await terminal.shows(/^libproc top /);
      const types = (text: string) => {
        for (const key of text) terminal.press(key);
      };
      // The filter applies while it is typed.
      terminal.press("/");
      await terminal.shows(/^filter: _$/m);
      types(argument);
      const row = new RegExp(`^( |>) *${pid} .* \\S*sleep ${argument}$`, "m");
      await terminal.shows(row);
      await terminal.shows(/^1 processes: /m);
      terminal.press("x");
      await terminal.shows(/^0 processes /m);
      terminal.press("BSpace");
      await terminal.shows(/^1 processes: /m);
      terminal.press("Enter");
      await terminal.shows(new RegExp(`^every .* filter "${argument}"`, "m"));
      // A key that needs a marked line prints that there is none.
      terminal.press("k");
      await terminal.shows(/^mark a process first/m);
      terminal.press("Down");
      await terminal.shows(new RegExp(`^> *${pid} `, "m"));
      terminal.press("h");
      await terminal.shows(
        new RegExp(`^threads of process ${pid} \\S*sleep [^]*^ *ID [^]*^ *${pid} `, "m"),
      );
      terminal.press("Escape");
      await terminal.shows(new RegExp(`^> *${pid} `, "m"));
      // A signal is sent only after a confirmation.
      terminal.press("k");
      await terminal.shows(new RegExp(`^signal for process ${pid} [^]*^> SIGTERM$`, "m"));
      terminal.press("Down");
      await terminal.shows(/^> SIGKILL$/m);
      types("hup");
      await terminal.shows(/^> SIGHUP$/m);
      terminal.press("Enter");
      await terminal.shows(
        new RegExp(`^Send SIGHUP to process ${pid} \\S*sleep ${argument}\\? y or n$`, "m"),
      );
      terminal.press("n");
      await terminal.shows(/^no signal was sent$/m);
      assertEquals([sleeper.exitCode, sleeper.signalCode], [null, null]);
      terminal.press("k");
      await terminal.shows(/^> SIGTERM$/m);
      terminal.press("Escape");
      await terminal.shows(new RegExp(`^> *${pid} `, "m"));
      terminal.press("k");
      await terminal.shows(/^> SIGTERM$/m);
      terminal.press("Enter");
      await terminal.shows(/^Send SIGTERM to /m);
      terminal.press("y");
      assertEquals(await end, [null, "SIGTERM"]);
      await terminal.shows(new RegExp(`^process ${pid} has ended$`, "m"));
      terminal.press("Escape");
      await terminal.shows(/^every 0\.3 s, by -cpu {2}\? lists/m);
      // The order of the rows.
      terminal.press("s");
      await terminal.shows(/^sort by .*\n[^]*^> cpu$/m);
      types("pid");
      await terminal.shows(/^> pid$/m);
      terminal.press("Enter");
      await terminal.shows(/^every .*, by pid [^]*\n *1 /m);
      terminal.press("r");
      await terminal.shows(/^every .*, by -pid /m);
      terminal.press("r");
      const marked = /^> *(\d+) /m;
      const at = async (expected: (pid: number) => boolean): Promise<number> => {
        let found = 0;
        await terminal.until("another process is marked", (lines) => {
          found = Number(marked.exec(lines.join("\n"))?.[1]);
          return expected(found);
        });
        return found;
      };
      terminal.press("Home");
      const first = await at((pid) => pid > 0);
      terminal.press("Down");
      const second = await at((pid) => pid > first);
      terminal.press("NPage");
      await at((pid) => pid > second);
      terminal.press("PPage");
      await at((pid) => pid === second);
      terminal.press("Up");
      await at((pid) => pid === first);
      terminal.press("End");
      await at((pid) => pid > second);
      terminal.press("Escape");
      await terminal.until("none is marked", (lines) => !marked.test(lines.join("\n")));
      terminal.press("t");
      await terminal.shows(/^every .* tree [^]*[├└]─ /m);
      terminal.press("t");
      await terminal.until("no tree is shown", (lines) => !/[├└]─ /.test(lines.join("\n")));
      terminal.press("?");
      await terminal.shows(/^\? +this help +q +quit$/m);
      terminal.press("x");
      await terminal.shows(/^ *PID /m);
      terminal.press("K");
      await terminal.until("kernel threads are shown", (lines) => !/hidden/.test(lines.join("\n")));
      terminal.press("C-z");
      await terminal.shows(/Stopped|Suspended/);
      assertEquals(terminal.modes(), { cursor: true, alternate: false, wraps: true });
      terminal.type("echo o''ther; fg");
      await terminal.shows(/^libproc top [^]*^ *PID /m);
      assertEquals(terminal.modes(), { cursor: false, alternate: true, wraps: false });
      terminal.press("m");
      await terminal.shows(/^every .*, by -rss /m);
      terminal.press("c");
      await terminal.shows(/^every .*, by -cpu /m);
      terminal.press("C-l");
      terminal.press("q");
      await terminal.shows(/^other$/m);
      assertEquals(terminal.modes(), { cursor: true, alternate: false, wraps: true });
    } finally {
      sleeper.kill("SIGKILL");
      await end;
    }
  },
);

test("libproc top takes what a terminal sends apart into keys", () => {
  const reader = new KeyReader();
  assertEquals(reader.read("a\x1b[A\x1bOB\x1b[5~\x1b[1;5C\r\x7fé日\x1b[200~x"), [
    ...["a", "up", "down", "pageup", "right", "enter", "backspace", "é", "日", "x"],
  ]);
  assertEquals(reader.read("\x1b"), ["escape"]);
  assertEquals([...reader.read("\x1b["), ...reader.read("6"), ...reader.read("~q")], [
    ...["pagedown", "q"],
  ]);
  assertEquals(reader.read("\x00\x01\x1b[Z"), []);
});

test("libproc top reads many processes by BPF programs for root, where they may be loaded", {
  skip: linux || (process.getuid?.() === 0 ? false : "needs root"),
}, async () => {
  const host = {};
  const options = {};
  assertEquals(fasterSystem({ from: host, options }, Infinity), undefined);
  assertEquals(fasterSystem({ from: { system: defaultSystem() }, options }, 0), undefined);
  assertEquals(fasterSystem({ from: host, options: { "no-bpf": true } }, 0), undefined);
  await using sleeper = startSleeper();
  using system = fasterSystem({ from: host, options }, 0);
  assert(system !== undefined);
  using table = system.table();
  table.begin();
  const count = table.list();
  assert(table.pids.subarray(0, count).includes(sleeper.pid));
  await sleeper.end();
  // The snapshot still contains the process.
  assertEquals(table.read(sleeper.pid), skipBpf === false ? 0 : -ERRNO.ESRCH);
  table.end();
});

test("libproc top finds the first rows of many as sorting all of them does", () => {
  const count = 4000;
  const values = Float64Array.from(
    { length: count },
    (_, i) => i % 7 === 0 ? NaN : (i * 7919) % 97,
  );
  const sample = { count, residentBytes: values } as unknown as TopSample;
  const rows = Int32Array.from(values, (_, row) => row);
  const selection = {} as Selection;
  for (const sort of ["rss", "-rss"]) {
    const all = firstRows(sample, rows, sort, selection, count);
    assertEquals(firstRows(sample, rows, sort, selection, 50), all.slice(0, 50));
    assertEquals(firstRows(sample, rows, sort, selection, 0), []);
    assert(Number.isNaN(values[all.at(-1)!]), sort);
    assertEquals(values[all[0]!], sort === "rss" ? 0 : 96);
  }
});

/** The commands that print the names of a process. */
const SHOWING: readonly ((pid: number) => string[])[] = [
  () => ["ps", "--fields", "pid,name,exe,cwd,args"],
  () => ["ps", "--json", "--fields", "pid,name,exe,cwd,args"],
  () => ["ps", "--prometheus"],
  () => ["top", "--once", "--fields", "pid,name,cwd,args"],
  (pid) => ["tree", `${pid}`],
  (pid) => ["tree", `${pid}`, "--json"],
  (pid) => ["info", `${pid}`],
  (pid) => ["info", `${pid}`, "--json"],
  (pid) => ["args", `${pid}`],
  (pid) => ["args", `${pid}`, "--json"],
  (pid) => ["env", `${pid}`, "--reveal"],
  (pid) => ["fds", `${pid}`],
  (pid) => ["threads", `${pid}`],
  (pid) => ["regions", `${pid}`],
  (pid) => ["who", `/proc/${pid}/cwd`],
];

test("what a process calls itself reaches no terminal as it is", { skip: linux }, async () => {
  await using nasty = await startNasty();
  let shown = 0;
  for (const words of SHOWING) {
    const args = words(nasty.pid);
    const { out } = await libproc(...args);
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.exec(out), null, args.join(" "));
    shown += Number(/(?:\\x1b|\\u001b)\[2J/.test(out));
    if (args[0] === "ps" && args.includes("--json")) {
      const own = JSON.parse(out).find(({ pid }: { pid: number }) => pid === nasty.pid);
      assertEquals(own.name, NASTY);
      assertEquals(own.arguments.at(-1), NASTY);
      assert(own.workingDirectory.endsWith(`/${NASTY}`));
    }
  }
  assertGreater(shown, SHOWING.length - 4);
});

test(
  named("what a process calls itself moves no cursor", noTerminal),
  { skip: noTerminal || linux },
  async () => {
    await using nasty = await startNasty();
    const name = String.raw`\\x1b\[2J\\x1b\[H\\n"\\\\`;
    for (
      const args of [
        ["ps", "--name", "2J"],
        ["tree", `${nasty.pid}`],
        ["info", `${nasty.pid}`],
        ["args", `${nasty.pid}`],
      ]
    ) {
      await using terminal = await openTerminal(200, 150);
      terminal.type(`${line(...args)}; echo status=$?`);
      const shown = await terminal.shows(/^status=0$/m);
      assertEquals(shown[0], "before", shown.join("\n"));
      assertMatch(shown.join("\n"), new RegExp(name), args.join(" "));
    }
    await using terminal = await openTerminal(120, 20);
    await startTop(terminal, "--name", "2J", "--fields", "pid,command,name");
    const shown = await terminal.shows(new RegExp(`^ *${nasty.pid} .* ${name}$`, "m"));
    assertMatch(shown[0]!, /^libproc top /);
    terminal.press("q");
    await leftAsItWas(terminal);
  },
);
