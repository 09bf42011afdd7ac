import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { COMMANDS } from "../../lib/cli/commands.ts";
import type { Screen } from "../../lib/cli/main.ts";
import { FIELD_NAMES, PLACES } from "../../lib/process/fields/mod.ts";
import { cut, escaped, quoted, shortened, sortRows, widthOf } from "../../lib/cli/table.ts";
import { parseDuration, parseSize, size } from "../../lib/cli/units.ts";
import { libproc, libprocWith, type Ran, REFUSED } from "../support/cli.ts";
import { recordedScene } from "../support/cli_scene.ts";
import { startShell } from "../support/lines.ts";
import { kernelSystem } from "../support/kernel_system.ts";
import { unpackProcTree } from "../support/proc_tree.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

const noBash = spawnSync("bash", ["-c", ""]).error ? "needs bash" : false;

/** The full names of the fields of processes, by their aliases. */
const FULL_NAMES: ReadonlyMap<string | undefined, string> = new Map(
  Array.from(PLACES, ([name, { field }]) => [field.alias, name]),
);

/** Runs a command line about the recorded scene. */
const scene = (...args: string[]): Promise<Ran> =>
  libprocWith({ system: recordedScene() }, ...args);

function screenOf(width: number, colors = false): Screen {
  return {
    width: () => width,
    height: () => 24,
    colors,
    write: () => {},
    keys: () => {},
    resized: () => {},
    continued: () => {},
    moves: true,
  };
}

/** Runs a command line about the recorded scene on a screen. */
const sceneOn = (screen: Screen, ...args: string[]): Promise<Ran> =>
  libprocWith({ system: recordedScene(), screen }, ...args);

test("--fields prints these fields in this order, also twice", async () => {
  const { out } = await scene("ps", "--fields", "name,pid,name", "--name", "work");
  assertEquals(out.split("\n").map((line) => line.split(/ +/)), [
    ["NAME", "PID", "NAME"],
    ["worker", "101", "worker"],
  ]);
  const { out: json } = await scene("ps", "--fields", "name,pid", "--name", "work", "--json");
  assertEquals(json, '[{"name":"worker","pid":101}]');
});

test("--fields and --sort name the choices where a field is unknown", async () => {
  const wrong = [["--fields", "pid,nope"], ["--fields", "toString"], ["--sort", "-nope"]];
  for (const args of wrong) {
    const { status, out, err } = await scene("ps", ...args);
    assertEquals([status, out], [2, ""]);
    assertMatch(
      err,
      /^libproc: Cannot use --(fields|sort) "(nope|toString)": it must be one of pid, [^\n]*, gid \(groupId\)$/,
    );
  }
});

test("--sort sorts up and down by a field that need not be shown, with unknown ones last", async () => {
  const pids = async (...args: string[]): Promise<number[]> => {
    const { out } = await scene("ps", "--jsonl", "--fields", "pid,rss", ...args);
    return out.split("\n").map((line) => JSON.parse(line).pid);
  };
  const up = await pids("--sort", "rss"), down = await pids("--sort", "-rss");
  assertEquals([up.at(-1), down.at(-1)], [103, 103]);
  assertEquals([up.at(-2), down[0]], [100, 100]);
  const { out } = await scene("ps", "--fields", "pid", "--sort", "-time", "--no-headers");
  assertEquals(out.split("\n").slice(0, 2), ["101", "100"]);
});

test("sortRows() keeps the order of equal ones, and compares texts and bigints too", () => {
  const field = (name: "a" | "b") => ({
    title: name,
    value: (row: { readonly a?: unknown; readonly b: number }) => row[name],
  });
  const fields = { a: field("a"), b: field("b") };
  const order = (values: readonly unknown[], word: string) =>
    sortRows(values.map((a, b) => ({ a, b })), word, fields).map(({ b }) => b);
  assertEquals(order([2, 1, undefined, 1, 10], "a"), [1, 3, 0, 4, 2]);
  assertEquals(order([2, 1, undefined, 1, 10], "-a"), [4, 0, 1, 3, 2]);
  assertEquals(order(["b", "a", "B"], "a"), [2, 1, 0]);
  assertEquals(order([2n ** 60n, 3n, 2n ** 60n + 1n], "-a"), [2, 0, 1]);
  assertEquals(order([false, true], "-a"), [1, 0]);
});

test("--no-headers leaves out the line of names alone", async () => {
  const { out } = await scene("ps");
  const { out: bare } = await scene("ps", "--no-headers");
  assertEquals(bare.split("\n").length, out.split("\n").length - 1);
  assert(!bare.includes("PID"));
});

test("--json is one array, and --jsonl an object on each line, of the same", async () => {
  // The default fields of ps are not compared: the share of a processor changes from one read to
  // the next.
  const lists = [["ps", "--fields", "pid,rss,command"], ["fds", "100"], ["sockets"], ["ports"], [
    "who",
    ":8080",
  ], [
    "regions",
    "100",
  ]];
  for (const args of [...lists, ["threads", "100"]]) {
    const array = await scene(...args, "--json"), lines = await scene(...args, "--jsonl");
    assertEquals([array.status, lines.status], [0, 0]);
    assertEquals(array.out.split("\n").length, 1);
    const rows: unknown[] = JSON.parse(array.out);
    assert(rows.length > 0);
    assertEquals(lines.out.split("\n").map((line) => JSON.parse(line)), rows);
  }
  assertEquals(await scene("ps", "--user", "1", "--jsonl"), { status: 1, out: "", err: "" });
});

test("a list without a field of a command is reported by all of its fields", { skip }, async () => {
  const self = `${process.pid}`;
  const lists: Readonly<Record<string, readonly string[]>> = {
    ps: [],
    fds: [self],
    sockets: [],
    ports: [],
    who: ["/dev/null"],
    threads: [self],
    regions: [self],
  };
  for (const [name, words] of Object.entries(lists)) {
    const { fields = [] } = await COMMANDS[name]!.load();
    assert(fields.length > 3, name);
    const reversed = [...fields].reverse();
    const { status, out, err } = await libproc(
      name,
      ...words,
      "--jsonl",
      "--fields",
      reversed.join(),
      "--sort",
      reversed[0]!,
    );
    assert([0, 1, 3].includes(status), `${name} ${status} ${err}`);
    // Other containers may share the network namespace of this one.
    assertEquals(status === 3, err !== "", err);
    if (err !== "") assertMatch(err, REFUSED);
    const inFull = reversed.map((field) => FULL_NAMES.get(name === "ps" ? field : "") ?? field);
    for (const line of out.split("\n").filter((line) => line !== "")) {
      const keys = Object.keys(JSON.parse(line)).filter((key) => key !== "missing");
      assertEquals(keys, inFull);
    }
  }
});

/** Returns the names that select a field. */
function wordsFor(name: string): string[] {
  const { alias } = PLACES.get(name)!.field;
  return alias === undefined ? [name] : [name, alias];
}

test("ps prints every field of a process, under its name and under its alias", async () => {
  await using shell = startShell("echo ready; read _");
  await shell.next();
  const row: Record<string, unknown> = {};
  for (const name of FIELD_NAMES) {
    for (const word of wordsFor(name)) {
      const { status, out, err } = await libproc("ps", "--json", "--fields", `pid,${word}`);
      assert(err === "" ? status === 0 : status === 3 && REFUSED.test(err), `${word} ${err}`);
      const rows: { pid: number; missing?: object }[] = JSON.parse(out);
      const { missing = {}, ...own } = rows.find(({ pid }) => pid === shell.pid)!;
      assertEquals(Object.keys(own), name === "pid" ? ["pid"] : ["pid", name], word);
      Object.assign(row, own);
      // A field without a value has a reason, and no other field has one.
      if (row[name] !== null) assertEquals(missing, {}, word);
      else assert(Object.keys(missing).every((missed) => missed === name), word);
    }
  }
  assertEquals([row["parentPid"], row["userId"]], [process.pid, process.getuid!()]);
  const [, ...words] = row["arguments"] as string[];
  assertEquals([row["name"], words], ["sh", ["-c", "echo ready; read _"]]);
});

test("no name and no alias of a field stands for another one", () => {
  const words = FIELD_NAMES.flatMap(wordsFor);
  assertEquals(words.filter((word, i) => words.indexOf(word) !== i), []);
});

test("a field that does not exist is refused in one line, which lists both names of all", async () => {
  for (
    const args of [["ps", "--fields", "Rss"], ["ps", "--sort", "-memory"], ["top", "--fields", "x"]]
  ) {
    const { status, out, err } = await scene(...args);
    assertEquals([status, out], [2, ""], args.join(" "));
    assertMatch(err, /^libproc: Cannot use --(?:fields|sort) "[a-zR]+": it must be one of [^\n]+$/);
    const listed = err.slice(err.indexOf("one of ")).split(/[\s,()]+/);
    for (const word of FIELD_NAMES.flatMap(wordsFor)) assert(listed.includes(word), word);
  }
});

test("ps masks the values of environment variables", async () => {
  for (const format of [[], ["--json"]]) {
    const { out } = await scene("ps", "--fields", "pid,env", ...format);
    assertMatch(out, /TOKEN=\*{8}/);
    for (const secret of ["s3cret", "again", "/bin", "two"]) assert(!out.includes(secret), secret);
  }
});

test("numbers that are written as text are sorted as numbers", async () => {
  const ids = async (sort: string) => {
    const { out } = await scene("ps", "--fields", "id", "--sort", sort, "--no-headers");
    return out.split("\n").map((id) => BigInt(id.trim()));
  };
  const up = await ids("uniqueId");
  assertEquals(up, up.toSorted((a, b) => a < b ? -1 : 1));
  assertEquals(await ids("-id"), up.toReversed());
  const { out } = await scene(
    "regions",
    "100",
    "--fields",
    "address",
    "--sort",
    "-address",
    "--json",
  );
  const addresses: { address: string }[] = JSON.parse(out);
  const numbers = addresses.map(({ address }) => Number(address));
  assertEquals(numbers, numbers.toSorted((a, b) => b - a));
});

test("--user takes a name and an id, and refuses what is neither", async () => {
  const pids = async (user: string) =>
    (await scene("ps", "-u", user, "--fields", "pid", "--json")).out;
  assertEquals(await pids("nobody"), '[{"pid":101},{"pid":102}]');
  assertEquals(await pids("65534"), await pids("nobody"));
  for (const user of ["nosuch", "", "-1", "nobody ", "4294967296", "1.5"]) {
    const { status, out, err } = await scene("ps", "--user", user);
    assertEquals([status, out], [2, ""], user);
    assertMatch(err, /^libproc: Cannot pass user as it must be [^\n]+$/);
  }
});

test("--name finds a part of a name or a command line, and nothing where neither has it", async () => {
  const pids = async (part: string) =>
    (await scene("ps", "--name", part, "--fields", "pid", "--no-headers")).out.split("\n");
  // Only the command lines of the last two contain it.
  assertEquals(await pids("er"), ["100", "101", "102", "103"]);
  assertEquals(await pids("--listen"), ["100", "102"]);
  assertEquals(await scene("ps", "-n", "E"), { status: 1, out: "", err: "" });
});

test("a table fits any screen, its last column takes what is left, and no other is pushed off", async () => {
  const args = ["ps", "--fields", "pid,user,start,exe,rss,command"];
  const { out } = await scene(...args);
  const whole = out.split("\n");
  for (const width of [1, 20, 60, 79, 100, 200]) {
    const { out: shown } = await sceneOn(screenOf(width), ...args);
    const lines = shown.split("\n");
    assertEquals(lines.length, whole.length);
    for (const line of lines) assert(widthOf(line) <= width, line);
    if (width < 60) continue;
    const titles = lines[0]!.replace(/\(UTC.*?\)/, "").split(/ +/);
    assertEquals(titles, ["PID", "USER", "START", "EXECUTABLE", "RSS", "COMMAND"]);
    // Numbers are not cut.
    for (const size of ["13M", "648K", "264K", "324K"]) assert(shown.includes(` ${size} `), shown);
    const longest = lines.find((line) => line.startsWith("100 "))!;
    assertEquals(widthOf(longest), width === 200 ? widthOf(longest) : width);
    assert(width === 200 ? longest.endsWith("it's") : longest.endsWith("…"), longest);
  }
});

test("sizes, times and dates are short on a screen, and exact anywhere else", async () => {
  const args = ["ps", "--name", "worker", "--fields", "pid,rss,time,start"];
  const { out } = await scene(...args);
  assertMatch(out, /\n101 +663552 +0\.3 +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const { out: shown } = await sceneOn(screenOf(100), ...args);
  assertMatch(
    shown,
    /^PID +RSS +TIME +START \(UTC.*\)\n101 +648K +0:00\.30 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
  );
});

/**
 * Runs a command line on a system in which one process has this argument, and the others have short
 * ones.
 */
async function withArgument(argument: string, ...args: string[]): Promise<Ran> {
  const { kernel } = recordedScene();
  const system = kernelSystem(kernel, {
    arguments: (pid) => ({
      executablePath: undefined,
      arguments: [new TextEncoder().encode(pid === 101 ? argument : "short")],
      title: undefined,
    }),
  });
  return await libprocWith({ system }, ...args);
}

test("a long cell is whole where no screen is, and makes only its own line longer", async () => {
  const long = "x".repeat(880_000);
  for (const fields of ["pid,name,args", "args,pid"]) {
    const { out } = await withArgument(long, "ps", "--fields", fields);
    const lines = out.split("\n");
    assert(lines.length > 5, out.slice(0, 1000));
    assertEquals(lines.filter((line) => line.includes(long)).length, 1);
    assertEquals(lines.filter((line) => line.length > 128 + "  101".length).length, 1);
  }
  const json = await withArgument(long, "ps", "--fields", "args,pid", "--json");
  const found = JSON.parse(json.out) as { pid: number; arguments: string[] }[];
  assertEquals(found.find(({ pid }) => pid === 101)?.arguments, [long]);
});

test("a long cell leaves room on a screen for the columns behind it", async () => {
  const screen = screenOf(60);
  const { kernel } = recordedScene();
  const argument = new TextEncoder().encode("日".repeat(100));
  const system = kernelSystem(kernel, {
    arguments: () => ({ executablePath: undefined, arguments: [argument], title: undefined }),
  });
  const { out } = await libprocWith({ system, screen }, "ps", "--fields", "args,pid,name");
  const line = out.split("\n").find((line) => line.includes("worker"));
  assertEquals(line, `'${"日".repeat(18)}…  101  worker`);
  assertEquals(shortened("日本語", 6), "日本語");
  assertEquals(shortened("日本語", 5), "日本…");
});

test("--sort takes several fields, the first of which counts most", async () => {
  const { out } = await scene("ps", "--fields", "pid", "--sort", "user,-rss,pid", "--no-headers");
  const ids = out.split("\n");
  assertEquals([ids[0], ids[1], ids.at(-1)], ["101", "102", "103"]);
  assertEquals(ids.slice(2, 5), ["100", "106", "107"]);
});

test("sizes and times are read in the units that people write", () => {
  const sizes: [string, number][] = [
    ...[["0", 0], ["4096", 4096], ["4096B", 4096], ["4K", 4096], ["4kB", 4096]] as const,
    ...[["100M", 104857600], ["1.5GiB", 1610612736], [".5m", 524288]] as const,
  ].map(([word, bytes]) => [word, bytes]);
  for (const [word, bytes] of sizes) assertEquals(parseSize("--min-rss", word), bytes, word);
  const times: [string, number][] = [
    ...[["2", 2000], [".3", 300], ["0.25", 250], ["90s", 90_000], ["1m", 60_000]] as const,
    ...[["1h30m", 5_400_000], ["250ms", 250], ["1d", 86_400_000]] as const,
  ].map(([word, milliseconds]) => [word, milliseconds]);
  for (const [word, ms] of times) assertEquals(parseDuration("--timeout", word), ms, word);
  for (const word of ["", "-1", "M", "1X", "1iB", "0x10", "1e3", "1 M", "Infinity"]) {
    assertThrows(() => parseSize("--min-rss", word), Error, `--min-rss as it must be a size`);
  }
  for (const word of ["", "-1", "s", "1x", "1m2", "1e3", "1 m", "Infinity", "2147484"]) {
    assertThrows(() => parseDuration("--timeout", word), Error, `--timeout as it must be a time`);
  }
});

test("the lines of a tree grow with its depth up to a bound", async () => {
  const CHAIN = 2000;
  const { table } = recordedScene();
  let at = 0;
  const chain = Object.defineProperties(table(), {
    pids: { value: Int32Array.from({ length: CHAIN }, (_, i) => i + 1) },
    list: { value: () => CHAIN },
    read: { value: (pid: number) => (at = pid, 0) },
    compare: { value: () => 0 },
    readArguments: { value: () => 0 },
    arguments: { value: { arguments: [new TextEncoder().encode("deep")], title: undefined } },
    userId: { value: 0 },
    readName: { value: () => 0 },
    readBeginning: { value: () => 0 },
    name: { value: new TextEncoder().encode("deep") },
    nameLength: { value: 4 },
    parentPid: { get: () => at - 1 },
    uniqueLow: { get: () => at },
    uniqueHigh: { value: 0 },
    processGroupId: { value: 1 },
    status: { value: 3 },
    startedAt: { value: 0 },
  });
  const { out } = await libprocWith({ system: { ...recordedScene(), table: () => chain } }, "tree");
  const lines = out.split("\n");
  assertEquals(lines.slice(0, 3), ["1 root deep", "└─ 2 root deep", "   └─ 3 root deep"]);
  assertEquals(lines.length, CHAIN);
  assertEquals(lines.at(-1), `…${" ".repeat(119)}└─ ${CHAIN} root deep`);
});

test("columns stay in line behind names of wide characters", async () => {
  const { out } = await scene("ps", "--fields", "name,pid");
  const places = out.split("\n").map((line) => widthOf(line.slice(0, line.search(/\S+$/))));
  assertEquals(new Set(places).size, 1);
});

test("widthOf() and cut() count the columns of a terminal", () => {
  const cases: [string, number][] = [
    ["abc", 3],
    ["日本", 4],
    ["한국", 4],
    ["ｱ", 1],
    ["Ａ", 2],
    ["e\u0301", 1],
    ["🚀", 2],
    ["𠀀", 2],
    ["├─ ", 3],
    ["", 0],
  ];
  for (const [shown, width] of cases) assertEquals(widthOf(shown), width, shown);
  assertEquals([0, 1, 2, 3, 4, 5].map((most) => cut("日本語", most)), [
    "",
    "",
    "日",
    "日",
    "日本",
    "日本",
  ]);
  assertEquals(cut("e\u0301x", 1), "e\u0301");
  assertEquals(cut("a🚀b", 2), "a");
  assertEquals(cut("abc", Infinity), "abc");
});

test(
  "quoted() writes a word that bash reads back after escaping",
  { skip: noBash },
  () => {
    const plain = ["a-b.c/d", "", "a b", "it's"];
    assertEquals(plain.map(quoted), ["a-b.c/d", "''", "'a b'", `'it'"'"'s'`]);
    const odd = [
      '"',
      "$HOME",
      "`id`",
      "*",
      "~",
      "a\\b",
      "'\\'",
      "\\",
      "a\nb",
      "\x1b[m",
      "\x7f",
      "日本",
      "-",
    ];
    const words = [...plain, ...odd];
    const line = words.map((word) => escaped(quoted(word))).join(" ");
    const { stdout } = spawnSync("bash", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" });
    assertEquals(stdout, words.map((word) => `${word}\0`).join(""));
  },
);

test("the line of names is bold on a screen with colours, and on no other", async () => {
  // deno-lint-ignore no-control-regex
  const bold = /^\x1b\[1m *PID [^\x1b]*\x1b\[22m$/;
  const { out } = await sceneOn(screenOf(40, true), "ps");
  const [header, ...rows] = out.split("\n");
  assertMatch(header!, bold);
  assert(rows.every((line) => !line.includes("\x1b")), out);
  for (const args of [["ps", "--no-headers"], ["ps", "--json"], ["ps", "--jsonl"], ["tree"]]) {
    assert(!(await sceneOn(screenOf(40, true), ...args)).out.includes("\x1b"), args.join(" "));
  }
  assert(!(await sceneOn(screenOf(40), "ps")).out.includes("\x1b"));
  assert(!(await scene("ps")).out.includes("\x1b"));
});

test("size() has at most four characters, and never 1024 of a unit", () => {
  const cases: [number, string][] = [
    [0, "0B"],
    [1023, "1023B"],
    [1024, "1.0K"],
    [10188, "9.9K"],
    [10189, "10K"],
    [1023.4 * 1024, "1023K"],
    [1023.6 * 1024, "1.0M"],
    [2 ** 50 * 5000, "5000P"],
  ];
  for (const [bytes, text] of cases) assertEquals(size(bytes), text);
});

test("--proc-root queries a copied tree, by every command that has it", { skip }, async () => {
  using tree = unpackProcTree();
  const from = ["--proc-root", tree.root];
  const plain = `${tree.pid("plain")}`, zombie = `${tree.pid("zombie")}`;
  const { out } = await libproc(
    "ps",
    "--all",
    "--jsonl",
    "--fields",
    "pid,name,uid,state",
    ...from,
  );
  const rows: { pid: number }[] = out.split("\n").map((line) => JSON.parse(line));
  assertEquals<unknown>(rows.find(({ pid }) => `${pid}` === plain), {
    pid: Number(plain),
    name: "cast",
    userId: 0,
    state: "sleeping",
  });
  assertEquals<unknown>(rows.find(({ pid }) => `${pid}` === zombie)!, {
    pid: Number(zombie),
    name: "cast",
    userId: 0,
    state: "zombie",
  });
  const users = await libproc("ps", "--user", "2345", "--fields", "pid", "--no-headers", ...from);
  assertEquals(users.out, `${tree.pid("users")}`);
  assertMatch((await libproc("tree", plain, ...from)).out, new RegExp(`^${plain} root ./cast$`));
  const all = (await libproc("pids", ...from)).out.split("\n").map(Number);
  assertEquals(all.sort((a, b) => a - b), rows.map(({ pid }) => pid));
  for (const name of ["info", "fds", "threads", "usage"]) {
    const { status, out, err } = await libproc(name, plain, ...from);
    assertEquals([status, err], [0, ""], name);
    assert(out.length > 0);
  }
  assertEquals((await libproc("info", "1", ...from)).status, 1);
});

test("kernel threads are left out unless all are wanted, or one by its id", { skip }, async () => {
  using tree = unpackProcTree();
  const kernel = `${tree.pid("kernel thread")}`;
  const args = ["ps", "--proc-root", tree.root, "--fields", "pid", "--no-headers"];
  const screen = screenOf(80);
  const { out, err } = await libprocWith({ screen }, ...args);
  assert(!out.split("\n").map((line) => line.trim()).includes(kernel), out);
  assertEquals(err, "libproc: 1 kernel thread is left out: --all lists it");
  assertEquals((await libproc(...args)).err, "");
  const all = await libprocWith({ screen }, ...args, "--all");
  assertEquals(all.out.split("\n").length, out.split("\n").length + 1);
  assertEquals(all.err, "");
  assertEquals(await libprocWith({ screen }, ...args, kernel), { status: 0, out: kernel, err: "" });
});

test("--proc-root is refused where no process file system is", { skip }, async () => {
  for (const [name, entry] of Object.entries(COMMANDS)) {
    const { options } = await entry.load();
    if (!Object.hasOwn(options, "proc-root")) continue;
    const words = { call: ["PIDINFO", "1", "3"], aix: ["validate", "1"], who: [":1"] }[name] ??
      (["pids", "ps", "top", "tree", "sockets", "ports"].includes(name) ? [] : ["1"]);
    for (const path of ["/no/such/place", "/", "/etc/passwd", ""]) {
      const { status, out, err } = await libproc(name, ...words, "--proc-root", path);
      assertEquals([status, out], [2, ""], `${name} ${path}`);
      assertEquals(
        err,
        `libproc: Cannot query processes as no process file system is mounted at "${path}": ` +
          "statfs failed with ENOTSUP (not supported by this system)",
      );
    }
  }
});
