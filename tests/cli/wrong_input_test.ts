import { assert, assertEquals, assertMatch } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { canBeBare } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { PROC_INFO_CALL_LISTPIDS } from "../../lib/abi/callnum.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import type { System } from "../../lib/system/system.ts";
import { kernelOf } from "../../lib/testing/kernel_of.ts";
import { libproc, libprocWith, NO_NAME, type Ran, REFUSED } from "../support/cli.ts";
import { kernelSystem } from "../support/kernel_system.ts";
import { startShell } from "../support/lines.ts";
import { onDarwin, recordedScene } from "../support/cli_scene.ts";

/** Checks that a command line is refused: the only output is one line with the error. */
async function refuses(args: readonly string[], message: RegExp, output: object = {}) {
  const { status, out, err } = await libprocWith(output, ...args);
  assertEquals([status, out], [2, ""], JSON.stringify(args));
  assertMatch(err, /^libproc: [A-Z][^\n]+$/);
  assertMatch(err, message);
}

const skip = process.platform === "linux" ? false : "needs Linux";

/** The pid of no process. */
const NOBODY = "2147483647";
const GONE = /^libproc: Cannot [^\n]* process \d+: there is no such process, or it has ended$/;
const PID_COMMANDS = ["info", "threads", "regions", "usage", "args", "env", "wait"];
/** The commands about several processes, or about all. */
const PIDS_COMMANDS = ["fds", "sockets"];

test("commands about a process refuse what is not a process id", async () => {
  const wrong: [string, RegExp][] = [
    ["x", /PID.*: current value is "x"$/],
    ["", /PID.*: current value is ""$/],
    [" 1", /: current value is " 1"$/],
    ["1 ", /: current value is "1 "$/],
    ["1.0", /: current value is "1\.0"$/],
    ["0x1", /: current value is "0x1"$/],
    ["+1", /: current value is "\+1"$/],
    ["1e0", /: current value is "1e0"$/],
    ["1n", /: current value is "1n"$/],
    ["١", /: current value is "١"$/],
    ["NaN", /: current value is "NaN"$/],
    ["$$", /: current value is "\$\$"$/],
    ["2147483648", /pid.*: current value is 2147483648$/],
    ["99999999999999999999", /pid.*: current value is 100000000000000000000$/],
  ];
  for (const [word, message] of wrong) {
    for (const name of [...PID_COMMANDS, ...PIDS_COMMANDS, "tree", "limits"]) {
      await refuses([name, word], message);
    }
  }
  for (const name of [...PID_COMMANDS, ...PIDS_COMMANDS, "tree", "limits"]) {
    await refuses([name, "-1"], /^libproc: Cannot use -1 as there is no such option: try --help$/);
    await refuses([name, "--", "-1"], /pid.*: current value is -1$/);
  }
  for (const name of [...PID_COMMANDS, "tree"]) {
    if (name === "wait") continue; // It accepts several pids.
    await refuses([name, "1", "2"], new RegExp(`^libproc: Cannot use "2" after ${name} 1$`));
  }
  for (const name of [...PID_COMMANDS, "limits"]) {
    await refuses([name], new RegExp(`^libproc: Cannot run ${name} without a process id$`));
  }
});

test("commands about a process end with 1 where there is none", async () => {
  for (const name of [...PID_COMMANDS, ...PIDS_COMMANDS, "tree", "limits"]) {
    for (const json of [[], ["--json"]]) {
      const { status, out, err } = await libproc(name, NOBODY, ...json);
      assertEquals([status, out], [1, ""], name);
      assertMatch(err, GONE);
      assert(err.includes(` process ${NOBODY}: `), err);
    }
  }
});

test("commands refuse words that they do not take", async () => {
  for (const name of ["top", "ports", "watch", "dmesg"]) {
    await refuses([name, "x"], new RegExp(`^libproc: Cannot use "x" after ${name}$`));
    await refuses([name, ""], new RegExp(`^libproc: Cannot use "" after ${name}$`));
  }
  await refuses(["ps", "x"], /Cannot read PID as it must be a whole number: current value is "x"$/);
  await refuses(["who", "a", "b"], /Cannot use "b" after who a$/);
  await refuses(["who", "a", "--mount", "/"], /Cannot search for several objects/);
  await refuses(["who", "--below", "/", "--mount", "/"], /Cannot search for several objects/);
  await refuses(["who", "--below", ""], /Cannot search without an object/);
  await refuses(["pids", "uid", "1", "2"], /"2"/);
});

test("every command refuses options that it has not, and words where an option takes none", async () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const { options } = await load();
    await refuses([name, "--nope"], /^libproc: Cannot use --nope as there is no such option/);
    await refuses([name, "--nope=1"], /Cannot use --nope as there is no such option/);
    await refuses([name, "-x"], /Cannot use -x as there is no such option/);
    await refuses([name, "--toString"], /Cannot use --toString as there is no such option/);
    await refuses([name, "--__proto__"], /Cannot use --__proto__ as there is no such option/);
    await refuses([name, "--no-json"], /Cannot use --no-json as there is no such option/);
    await refuses([name, "--help=x"], /Cannot use --help with a value: it is "x"$/);
    for (const [option, declared] of Object.entries(options)) {
      const { type, short } = declared;
      if (canBeBare(declared)) continue;
      if (type === "boolean") {
        await refuses([name, `--${option}=`], new RegExp(`Cannot use --${option} with a value`));
        continue;
      }
      await refuses([name, `--${option}`], new RegExp(`Cannot use --${option} without \\S+$`));
      if (short === undefined) continue;
      await refuses([name, `-${short}`], new RegExp(`Cannot use -${short} without \\S+$`));
    }
  }
});

test("the command refuses to run without a subcommand that there is", async () => {
  await refuses([], /^libproc: Cannot run without a command: try --help$/);
  for (const name of ["nope", "toString", "constructor", "__proto__", "", "-"]) {
    const shown = JSON.stringify(name);
    await refuses(
      [name],
      new RegExp(`Cannot run ${shown} as there is no such command: try libproc help$`),
    );
  }
  await refuses(["--nope"], /Cannot use --nope as there is no such option/);
  await refuses(["--json"], /Cannot use --json as there is no such option/);
});

test("options may be before the command, between words and behind them", async () => {
  const output = { system: recordedScene() };
  const lines = [
    ["tree", "101", "--json"],
    ["tree", "--json", "101"],
    ["--json", "tree", "101"],
    ["tree", "--json", "--", "101"],
    ["--", "tree", "--json", "101"].slice(1),
  ];
  const [first, ...rest] = await Promise.all(lines.map((args) => libprocWith(output, ...args)));
  assertEquals(first!.status, 0);
  for (const other of rest) assertEquals(other, first);
  // All words after -- are operands.
  await refuses(["tree", "101", "--", "--json"], /Cannot use "--json" after tree 101/, output);
  const values = [["-u", "nobody"], ["-unobody"], ["--user", "nobody"], ["--user=nobody"]];
  for (const user of values) {
    const { out } = await libprocWith(output, "ps", "--fields", "pid", "--json", ...user);
    assertEquals(out, '[{"pid":101},{"pid":102}]', user.join(" "));
  }
  // The word after an option is always its argument. If an option is repeated, the last one counts.
  const { out } = await libprocWith(
    output,
    "ps",
    "--sort",
    "pid",
    "--sort",
    "-pid",
    "--fields=pid",
  );
  assertEquals(out.split("\n")[1], "107");
  await refuses(["ps", "--name"], /Cannot use --name without TEXT/, output);
  assertEquals((await libprocWith(output, "ps", "--name", `--${NO_NAME}`)).status, 1);
});

test("wrong words of options are reported with their values", async () => {
  const wrong: [string[], RegExp][] = [
    [["watch", "--count", "0"], /--count.*above 0: current value is 0$/],
    [["watch", "--count", "x"], /--count.*: current value is "x"$/],
    [["watch", "--count", "1.5"], /--count.*: current value is "1\.5"$/],
    [["watch", "--count", "0x10"], /--count.*: current value is "0x10"$/],
    [["watch", "--count", ""], /--count.*: current value is ""$/],
    [["watch", "--interval", "0"], /--interval.*at least 0\.001: current value is "0"$/],
    [["watch", "--interval", "-1"], /--interval.*: current value is "-1"$/],
    [["watch", "--interval", "9999999"], /--interval.*: current value is "9999999"$/],
    [["watch", "--via", "events"], /--via.*connector, polling, auto: current value is "events"$/],
    [["watch", "--via", ""], /--via.*: current value is ""$/],
    [["watch", "--interval", "1x"], /--interval.*: current value is "1x"$/],
    [["wait", "1", "--timeout", "x"], /--timeout.*: current value is "x"$/],
    [["wait", "1", "--timeout", "Infinity"], /--timeout.*: current value is "Infinity"$/],
    [["wait", `${process.pid}`], /another than the calling process$/],
    [["kill", NOBODY, "--tree", "--grace", "x"], /--grace.*: current value is "x"$/],
    [["kill", NOBODY, "--signal", "0"], /--signal.*: current value is "0"$/],
    [["kill", NOBODY, "--signal", "SIGNOPE"], /--signal.*: current value is "SIGNOPE"$/],
    [["kill", NOBODY, "-s", ""], /--signal.*: current value is ""$/],
    [["top", "--once", "--bpf", "--no-bpf"], /Cannot use --bpf with --no-bpf$/],
    [["kill"], /Cannot run kill without a PID, a NAME or a :PORT$/],
    [["kill", ""], /Cannot find a process by ""$/],
    [["kill", "--", "-1"], /pids\[0\].*: current value is -1$/],
    [["kill", "2147483648"], /pids\[0\].*: current value is 2147483648$/],
    [["kill", `${process.pid}`], /Cannot signal process \d+: it is this command itself$/],
    [["kill", "1"], /Cannot signal process 1: it is the first process/],
    [["kill", NOBODY, "--wait", "x"], /--wait.*: current value is "x"$/],
    [["kill", NOBODY, "--wait", "1", "--tree"], /Cannot use --wait with --tree/],
    [["kill", NOBODY, "--grace", "1"], /Cannot use --grace without --tree$/],
    [["free"], /Cannot run free without a :PORT$/],
    [["free", "x"], /Cannot free "x" as it must be a port/],
    [["free", "3000"], /did you mean :3000\?$/],
    [["free", ":65536"], /Cannot free ":65536" as it must be a port/],
    [["free", ":1", "2"], /Cannot use "2" after free :1$/],
    [["free", ":1", "--grace", "x"], /--grace.*: current value is "x"$/],
    [["who"], /Cannot search without an object/],
    [["who", ""], /Cannot search without an object/],
    [["who", ":0"], /port.*: current value is 0$/],
    [["who", "tcp:65536"], /port.*: current value is 65536$/],
    [["who", "unix:"], /socket/],
    [["who", "tcp:"], /"tcp:"/],
    [["who", "/no/such/file"], /"\/no\/such\/file".*ENOENT/],
    [["who", "a\0b"], /NUL/],
  ];
  for (const [args, message] of wrong) await refuses(args, message);
});

test("libproc call refuses what is not a number or name of the call", async () => {
  const wrong: [string[], RegExp][] = [
    [[], /without CALLNUM, PID and FLAVOR/],
    [["PIDINFO", "1"], /without CALLNUM, PID and FLAVOR/],
    [["PIDINFO", "1", "3", "0", "0", "0"], /CALLNUM, PID and FLAVOR/],
    [["NOPE", "1", "3"], /CALLNUM.*"NOPE"/],
    [["toString", "1", "3"], /CALLNUM.*"toString"/],
    [["PIDINFO", "x", "3"], /PID.*"x"/],
    [["PIDINFO", "1", "NOPE"], /FLAVOR.*"NOPE"/],
    [["PIDINFO", "1", "procInfo"], /FLAVOR.*"procInfo"/],
    [["PIDINFO", "1", "3", "x"], /ARG.*"x"/],
    [["PIDINFO", "1", "3", "18446744073709551616"], /arg.*18446744073709551616/],
    [["PIDINFO", "1", "3", "0", "x"], /SIZE.*"x"/],
    [["PIDINFO", "1", "3", "0", "16777217"], /SIZE.*16777217/],
    [["4294967298", "1", "3", "0", "0"], /callnum.*4294967298/],
  ];
  for (const [args, message] of wrong) await refuses(["call", ...args], message);
});

/** The command lines that query one process, or all. */
const ASKING: readonly (readonly string[])[] = [
  ...["info", "fds", "sockets", "threads", "regions", "usage", "args", "env", "tree", "limits"]
    .map((name) => [name, "PID"]),
  ...["ps", "tree", "fds", "sockets", "ports"].map((name) => [name]),
  ["ps", "--fields", "pid,exe,args,cwd,env,fds,sid,cgroup,label"],
  ["who", ":8080"],
  ["who", "/dev/null"],
];

/**
 * Returns this host with only one process. After a number of queries about it, all queries fail.
 */
function failing(one: number, errno: number, after: number) {
  const host = defaultSystem(), { kernel } = host;
  let asked = 0;
  const fails = (pid: number) => pid === one && asked++ >= after;
  function checked<T>(ask: (pid: number) => T): (pid: number) => T {
    return (pid) => {
      if (fails(pid)) throw new SystemCallError("query the system", "system", errno);
      return ask(pid);
    };
  }
  const kernelOfOne = kernelOf(({ callnum, pid, flavor, arg, flags, extId }, buffer) => {
    if (callnum === PROC_INFO_CALL_LISTPIDS) {
      if (buffer !== null) new Int32Array(buffer.buffer, 0, 1)[0] = one;
      return buffer === null ? 8 : 4;
    }
    if (fails(pid)) return -errno;
    return flags === undefined
      ? kernel.procInfo(callnum, pid, flavor, arg, buffer)
      : kernel.procInfoExtendedId(callnum, pid, flavor, flags, extId!, arg, buffer);
  });
  const system: System = kernelSystem(kernelOfOne, {
    arguments: checked(host.arguments),
    environment: checked(host.environment),
    executable: checked(host.executable),
    sessionId: checked(host.sessionId),
    descriptorCount: checked(host.descriptorCount),
    limits: checked(host.limits),
    controlGroups: checked(host.controlGroups),
    namespacePids: checked(host.namespacePids),
    securityLabel: checked(host.securityLabel),
    // The tables of listeners and sockets would contain those of other processes.
    listeners: () => undefined,
    sockets() {
      throw new SystemCallError("list the sockets", "system", ERRNO.ENOTSUP);
    },
  });
  return { system, asked: () => asked };
}

/** Runs each command line once for each of its queries. That query and all later ones fail. */
async function eachFailure(
  errno: number,
  json: boolean,
  check: (ran: Ran, what: string, isSingle: boolean) => void,
): Promise<number> {
  await using shell = startShell("echo ready; read _");
  await shell.next();
  let runs = 0;
  for (const line of ASKING) {
    const args = [...line.map((word) => word === "PID" ? `${shell.pid}` : word)];
    if (json) args.push("--json");
    for (let after = 0;; after++, runs++) {
      const { system, asked } = failing(shell.pid, errno, after);
      const ran = await libprocWith({ system }, ...args);
      if (asked() <= after) break;
      const { status, out, err } = ran;
      check(ran, `${line.join(" ")} after ${after}: ${status} ${out} ${err}`, line[1] === "PID");
    }
  }
  return runs;
}

test("a process that ends at any time is reported as gone, or left out", { skip }, async () => {
  const runs = await eachFailure(ERRNO.ESRCH, true, ({ status, out, err }, what, isSingle) => {
    assert(status === 0 || status === 1, what);
    if (err === "") return void JSON.parse(out);
    assert(isSingle, what);
    assertEquals([status, out], [1, ""], what);
    assertMatch(err, GONE, what);
  });
  assert(runs > 50, `${runs}`);
});

test("a shortage at any time is reported in one line, and ends with 2", { skip }, async () => {
  const runs = await eachFailure(ERRNO.EMFILE, false, ({ status, out, err }, what) => {
    assertEquals([status, out], [2, ""], what);
    assertMatch(err, /^libproc: Cannot [^\n]+ EMFILE \(too many open files\)$/, what);
  });
  assert(runs > 50, `${runs}`);
});

test("what is denied at any time ends with 3, or is left out", { skip }, async () => {
  const runs = await eachFailure(ERRNO.EPERM, false, ({ status, err }, what) => {
    if (err === "") return assert([0, 1].includes(status), what);
    // A process without any known value is not in the tree.
    if (status === 1) return assertMatch(err, GONE, what);
    assertEquals(status, 3, what);
    if (REFUSED.test(err)) return;
    assertMatch(err, /^libproc: Cannot [^\n]+ process \d+: permission denied$/, what);
  });
  assert(runs > 50, `${runs}`);
});

test("other users' processes of macOS end lists with 3, and one's own with 0", async () => {
  const system = onDarwin(recordedScene());
  const status = async (...args: string[]) => (await libprocWith({ system }, ...args)).status;
  assertEquals(await status("ps"), 3);
  assertEquals(await status("ps", "--user", "nobody"), 0);
  assertEquals(await status("ps", "--fields", "pid,ppid,user"), 0);
  assertEquals([await status("info", "100"), await status("info", "101")], [3, 0]);
  assertEquals([await status("args", "100"), await status("args", "101")], [3, 0]);
  assertEquals([await status("fds", "100"), await status("fds", "101")], [3, 0]);
  assertEquals([await status("tree"), await status("tree", "100")], [0, 0]);
});
