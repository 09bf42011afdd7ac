import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { assertArrayIncludes, assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { COMMANDS } from "../lib/cli/commands.ts";
import { executable, ROOT, runtime } from "./support/runtime.ts";

const MAIN = `${ROOT}lib/cli/main.ts`;

/** Runs a function with a temporary folder. */
function inFolder<T>(run: (folder: string) => T): T {
  const folder = mkdtempSync(`${realpathSync(tmpdir())}/libproc-compile-`);
  try {
    return run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a program that must succeed, and returns its output. */
function output(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Record<string, string> },
): { readonly stdout: string; readonly stderr: string } {
  const ran = spawnSync(file, args, { ...options, encoding: "utf8", maxBuffer: 1 << 26 });
  if (ran.error) throw ran.error;
  assertEquals(ran.status, 0, `${file} ${args.join(" ")}: ${ran.stderr}`);
  return ran;
}

/** Checks that an executable is the command and needs no environment. */
function assertIsTheCommand(program: string): void {
  const [pids, ps, version] = [["pids"], ["ps", "--json"], ["--version"]].map((words) => {
    const { stdout, stderr } = output(program, words, { cwd: "/", env: {} });
    assertEquals(stderr, "");
    return stdout;
  });
  assertArrayIncludes(pids!.split("\n"), [`${process.pid}`]);
  const rows: { readonly pid: number }[] = JSON.parse(ps!);
  assertArrayIncludes(rows.map(({ pid }) => pid), [process.pid]);
  assertEquals(version, `${config.version}\n`);
}

test("deno info finds every module of the command, including those that it loads on demand", () => {
  // In the folder of the project, Deno also reports the types that its type checks use.
  const { stdout } = output(executable("deno"), ["info", "--json", MAIN], { cwd: "/" });
  const modules: { readonly specifier: string; readonly error?: string }[] =
    JSON.parse(stdout).modules;
  assertEquals(modules.filter(({ error }) => error !== undefined), []);
  const found = modules.map(({ specifier }) => specifier);
  assertEquals(
    found.filter((path) => !/^node:|^file:.*\/(?:(?:ffi|lib)\/.*\.ts|deno\.json)$/.test(path)),
    [],
  );
  assertArrayIncludes(
    found.filter((path) => path.includes("/lib/cli/")).map((path) => basename(path)),
    Object.keys(COMMANDS).map((name) => `${name.replace("-", "_")}.ts`),
  );
});

if (runtime === "bun") {
  test("bun build --compile makes an executable of the command that needs nothing beside it", () => {
    inFolder((cwd) => {
      // A Bun that loads the C++ library from its own folder makes executables that do the same.
      const beside = `${dirname(executable())}/libstdc++.so.6`;
      if (existsSync(beside)) cpSync(beside, `${cwd}/libstdc++.so.6`);
      output(executable(), ["build", "--compile", MAIN, "--outfile", `${cwd}/libproc`], { cwd });
      assertIsTheCommand(`${cwd}/libproc`);
    });
  });
}

if (runtime === "deno") {
  const skip = whyNotCompiled();
  test("deno compile makes an executable of the command, where its runtime, denort, is available", {
    skip,
  }, () => {
    inFolder((cwd) => {
      // The published files only, so that the executable contains nothing of node_modules.
      for (const path of ["deno.json", "mod.ts", "ffi", "lib"]) {
        cpSync(ROOT + path, `${cwd}/${path}`, { recursive: true });
      }
      const flags = ["--no-check", "--allow-ffi", "--output", "libproc"];
      output(executable(), ["compile", ...flags, "lib/cli/main.ts"], { cwd });
      assertIsTheCommand(`${cwd}/libproc`);
    });
  });
}

/**
 * Returns why `deno compile` cannot be run, or false. It downloads the runtime of its executables.
 */
function whyNotCompiled(): string | false {
  return inFolder((cwd) => {
    writeFileSync(`${cwd}/empty.ts`, "");
    const args = ["compile", "--output", "empty", "empty.ts"];
    const options = { cwd, encoding: "utf8", timeout: 60_000 } as const;
    const { error, status, stderr } = spawnSync(executable("deno"), args, options);
    if (!error && (status === 0 || !stderr.includes("denort"))) return false;
    const why = "denort, which deno compile puts into executables, cannot be downloaded";
    console.log(`skipped: ${why}`);
    return why;
  });
}
