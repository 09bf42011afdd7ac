import { assert, assertArrayIncludes, assertEquals, assertMatch } from "@std/assert";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { bundledCommand } from "../support/bundle.ts";
import { libproc } from "../support/cli.ts";
import { command } from "../support/runtime.ts";

/** Runs a script in a shell, with the command in the PATH. */
function runShell(shell: string, script: string, args: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), "libproc-completions-"));
  try {
    const main = bundledCommand();
    const words = command(main, { flags: ["--allow-ffi"] }).map((word) => `'${word}'`);
    writeFileSync(join(folder, "libproc"), `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
    chmodSync(join(folder, "libproc"), 0o755);
    const { status, stdout, stderr, error } = spawnSync(shell, [...args, "-c", script], {
      encoding: "utf8",
      env: { ...process.env, HOME: folder, PATH: `${folder}:${process.env["PATH"]}` },
    });
    if (error) throw error;
    assertEquals([status, stderr], [0, ""], script);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function scriptFor(shell: string): Promise<string> {
  const { status, out, err } = await libproc("completions", shell);
  assertEquals([status, err], [0, ""]);
  return out;
}

/** Returns the reason to skip the tests of a shell, or false if it is installed. */
function without(shell: string): false | string {
  const { error } = spawnSync(shell, ["--version"]);
  return error ? `needs ${shell}, which is not installed` : false;
}

/** Returns the name of a test, with the reason if it is skipped. */
const named = (name: string, skip: false | string) => skip ? `${name} (skipped: ${skip})` : name;

const noBash = without("bash");

/** Returns the completions that bash offers for the last word of each command line. */
async function bashOffers(...lines: string[][]): Promise<string[][]> {
  const calls = lines.map((words) => {
    const all = ["libproc", ...words].map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(${all}); COMP_CWORD=${words.length}
_libproc; printf '%s\\n' "\${COMPREPLY[@]}"; echo .`;
  });
  const out = runShell("bash", `${await scriptFor("bash")}\n${calls.join("\n")}`);
  return out.split("\n.\n").slice(0, -1).map((part) => part.split("\n").filter((one) => one));
}

/** Returns the words of a text that have the form of an option. */
const optionsIn = (text: string) => text.match(/--[a-z][a-z-]*/g) ?? [];

test(
  named("libproc completions bash is bash, and bash takes it", noBash),
  { skip: noBash },
  async () => {
    const script = await scriptFor("bash");
    const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
    assertEquals([status, stderr], [0, ""]);
    const bound = runShell("bash", `${script}\ncomplete -p libproc`, ["--noprofile", "--norc"]);
    assertMatch(bound, /^complete .*-F _libproc libproc\n$/);
  },
);

test(named("libproc completions bash offers each subcommand, and each of its options", noBash), {
  skip: noBash,
}, async () => {
  const names = Object.keys(COMMANDS);
  const [all = [], some, ...options] = await bashOffers(
    [""],
    ["re"],
    ...names.map((name) => [name, "--"]),
  );
  assertEquals(all, [...names, "--help", "--version"]);
  assertEquals(some, ["regions"]);
  for (const [i, name] of names.entries()) {
    const { options: own } = await COMMANDS[name]!.load();
    assertEquals(options[i], [...Object.keys(own), "help"].map((option) => `--${option}`), name);
  }
});

test(named("libproc completions bash offers the words after an option", noBash), {
  skip: noBash,
}, async () => {
  const [fields, more, assigned, down, users, order, nothing, ways, threads, signals] =
    await bashOffers(
      ["ps", "--fields", "r"],
      ["ps", "--fields", "pid,rs"],
      ["ps", "--fields", "=", "pid,rs"],
      ["ps", "--json", "--sort", "-fo"],
      ["ps", "-u", "roo"],
      ["top", "--sort", ""],
      ["watch", "--count", ""],
      ["watch", "--via", "c"],
      ["threads", "1", "--fields", "id,pri"],
      ["kill", "--signal", "US"],
    );
  assertEquals(fields, [
    "rss",
    "ruid",
    "rgid",
    "root",
    "rootDirectoryDeleted",
    "read",
    "rchar",
    "runnableTimeNs",
  ]);
  assertEquals(more, ["pid,rss"]);
  assertEquals(assigned, ["pid,rss"]);
  assertEquals(down, ["-footprint"]);
  assertArrayIncludes(users!, ["root"]);
  assertArrayIncludes(order!, ["cpu", "-cpu", "reads", "rss"]);
  assertEquals(nothing, []);
  assertEquals(ways, ["connector"]);
  assertEquals(threads, ["id,priority"]);
  assertEquals(signals, ["USR1", "USR2"]);
});

test(
  named("libproc completions bash offers process ids and words where a command takes them", noBash),
  {
    skip: noBash,
  },
  async () => {
    const [pids, behind, filters, shells, forms] = await bashOffers(
      ["info", `${process.pid}`],
      ["info", "1", ""],
      ["pids", ""],
      ["completions", ""],
      ["aix", "--json", "e"],
    );
    assertArrayIncludes(pids!, [`${process.pid}`]);
    assertEquals(behind, []);
    assertEquals(filters, ["all", "uid", "ruid", "ppid", "pgrp", "tty"]);
    assertEquals(shells, ["bash", "zsh", "fish"]);
    assertEquals(forms, ["entry"]);
  },
);

for (const shell of ["zsh", "fish"]) {
  const skip = without(shell);
  test(named(`libproc completions ${shell} is ${shell}`, skip), { skip }, async () => {
    const script = await scriptFor(shell);
    const folder = mkdtempSync(join(tmpdir(), "libproc-completions-"));
    try {
      const path = join(folder, "script");
      writeFileSync(path, script);
      const { status, stderr } = spawnSync(shell, ["-n", path], { encoding: "utf8" });
      assertEquals([status, stderr], [0, ""]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

const noFish = without("fish");
test(
  named("libproc completions fish has fish offer fields", noFish),
  { skip: noFish },
  async () => {
    const script = await scriptFor("fish");
    const out = runShell("fish", `${script}\ncomplete -C "libproc ps --fields pid,rs"`);
    assertMatch(out, /^pid,rss\t/m);
  },
);

test(
  named("libproc completions fish has fish offer signals, and ids with their names", noFish),
  { skip: noFish },
  async () => {
    const script = await scriptFor("fish");
    const out = runShell(
      "fish",
      `${script}\ncomplete -C "libproc kill --signal US"\ncomplete -C "libproc info ${process.pid}"`,
    );
    assertMatch(out, /^USR1\b/m);
    assertMatch(out, new RegExp(`^${process.pid}\\t\\S`, "m"));
  },
);

const noZsh = without("zsh");
test(
  named("libproc completions zsh has ids with their names", noZsh),
  { skip: noZsh },
  async () => {
    const script = await scriptFor("zsh");
    // The completions are printed instead of shown.
    const out = runShell(
      "zsh",
      `autoload -U compinit && compinit -u
${script}
_describe() { print -l -- "\${(P@)4}"; }
_libproc_pids`,
      ["-f"],
    );
    assertMatch(out, new RegExp(`^${process.pid}:\\S`, "m"));
  },
);

test("libproc completions names every subcommand and option to every shell", async () => {
  const names = Object.keys(COMMANDS);
  const all = await Promise.all(names.map((name) => COMMANDS[name]!.load()));
  const options = [...new Set(all.flatMap((one) => Object.keys(one.options)))];
  for (const shell of ["bash", "zsh", "fish"]) {
    const script = await scriptFor(shell);
    const said = shell === "fish"
      ? [...script.matchAll(/ -l ([a-z-]+)/g)].map(([, name]) => `--${name}`)
      : optionsIn(script);
    assertArrayIncludes(said, options.map((name) => `--${name}`), shell);
    for (const name of names) assert(new RegExp(`\\b${name}\\b`).test(script), `${shell} ${name}`);
  }
});

test("a subcommand that takes --fields lists their names in its help", async () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const { options, fields } = await load();
    if (options["fields"] === undefined) {
      assertEquals(fields, undefined, name);
      continue;
    }
    const { out } = await libproc(name, "--help");
    const help = name === "top" ? out + (await libproc("ps", "--help")).out : out;
    const listed = /^Fields:([^]*?)\./m.exec(help)?.[1] ?? "";
    assert(fields !== undefined && fields.length > 0, name);
    if (name !== "top") assertArrayIncludes(listed.split(/[\s,]+/), [...fields], name);
    for (const field of fields) assertMatch(help, new RegExp(`\\b${field}\\b`), name);
  }
});

test("libproc completions reports wrong arguments in one line and ends with 2", async () => {
  for (const args of [[], ["tcsh"], ["bash", "zsh"], ["toString"]]) {
    const { status, out, err } = await libproc("completions", ...args);
    assertEquals([status, out], [2, ""], args.join(" "));
    assertMatch(err, /^libproc: Cannot write completions for ".*": .* bash, zsh, fish$/);
  }
});
