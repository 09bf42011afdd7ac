import { assert, assertEquals, assertThrows } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { SystemCallError } from "../../lib/system/errors.ts";
import { getArguments } from "../../lib/libproc/mod.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

let child: ChildProcess;
let cast: Cast;
const pids = new Map<string, number>();
before(async () => {
  if (skip !== false) return;
  cast = await startCast();
  child = spawn(compileProgram(["titles.c"], "titles"), { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout! })) {
    const [role = "", pid] = line.split(" ");
    if (role === "all") break;
    pids.set(role, Number(pid));
  }
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
  child?.stdin?.end();
  if (child?.exitCode === null) await once(child, "exit");
});

const of = (role: string) => getArguments(pids.get(role)!);

test(
  "getArguments() keeps empty arguments, blanks in them, and the environment apart",
  { skip },
  () => {
    assertEquals(of("plain").arguments, ["an actor", "plain", "", "two words"]);
    assertEquals(of("empty").arguments, ["", "empty", "", ""]);
    for (const role of ["plain", "empty"]) {
      assertEquals(of(role).environment, ["SECRET=0123456789abcdef", "EMPTY="]);
      assertEquals(of(role).bytes.title, undefined);
    }
  },
);

test(
  "getArguments() distinguishes a title from arguments, shorter or longer than they were",
  { skip },
  () => {
    assertEquals(of("short").arguments, ["title: short"]);
    assertEquals(new TextDecoder().decode(of("short").bytes.title), "title: short");
    for (const role of ["long", "lone"]) {
      const [title = "", ...rest] = of(role).arguments;
      assert(/^title: x+$/.test(title) && rest.length === 0, title);
      assert(!title.includes("SECRET"));
      assertEquals(new TextDecoder().decode(of(role).bytes.title), title);
    }
  },
);

test("getArguments() of a zombie and of a process that is not there is ESRCH", { skip }, () => {
  for (const pid of [cast.pid("zombie"), 0x7fffffff]) {
    assertEquals(assertThrows(() => getArguments(pid), SystemCallError).code, "ESRCH");
  }
});

test("getArguments() reads a command line and an environment of any length", { skip }, async () => {
  const long = "y".repeat(100_000);
  const sh = spawn("/bin/sh", ["-c", "echo ready; read line", "name", long], {
    env: { LONG: long },
  });
  try {
    await once(sh.stdout, "data");
    const { arguments: args, environment } = getArguments(sh.pid!);
    assertEquals(args, ["/bin/sh", "-c", "echo ready; read line", "name", long]);
    assert(environment?.includes(`LONG=${long}`));
  } finally {
    sh.kill("SIGKILL");
  }
});
