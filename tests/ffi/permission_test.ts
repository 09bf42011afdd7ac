import { existsSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { assertArrayIncludes, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { architectureOf, ARCHITECTURES } from "../../lib/linux/sys/architecture.ts";
import { libcPaths } from "../../lib/linux/sys/libc.ts";
import { ROOT, type RunOptions, runSource } from "../support/runtime.ts";

/** Prints the results of a script that uses the module, as JSON. */
const SCRIPT = `
  import { getAllPids, getPidsForTty } from "./mod.ts";
  const failure = (run) => {
    try {
      run();
      return null;
    } catch ({ name, code, errno, message }) {
      return { name, code, errno, message };
    }
  };
  const denied = failure(getAllPids);
  console.log(JSON.stringify({
    denied,
    processes: denied ? 0 : getAllPids().length,
    self: !denied && getAllPids().includes(Deno.pid),
    errors: denied ? [] : ["/nowhere", "/proc/self/status/x", "/" + "x".repeat(300), "/dev/null/"]
      .map((path) => failure(() => getPidsForTty(path)).errno),
  }));
`;

/** The numbers of ENOENT, ENOTDIR, ENAMETOOLONG and ENOTDIR on Darwin. */
const ERRORS = [2, 20, 63, 20];

function runDeno(...flags: string[]) {
  const options: RunOptions = { runtime: "deno", flags };
  const { status, stdout, stderr } = runSource(SCRIPT, options);
  assertEquals({ status, stderr }, { status: 0, stderr: "" });
  return JSON.parse(stdout);
}

for (
  const flags of [[], ["--deny-ffi"], ["--allow-read", "--allow-sys"], ["--allow-ffi=/nowhere"]]
) {
  test(`getAllPids() throws ERR_PERMISSION_DENIED naming --allow-ffi under deno run ${flags.join(" ")}`, () => {
    const { denied } = runDeno(...flags);
    assertEquals(denied?.name, "FfiError");
    assertEquals(denied.code, "ERR_PERMISSION_DENIED");
    assertMatch(denied.message, /^[^\n]*--allow-ffi[^\n]*$/);
  });
}

test("an uncaught ERR_PERMISSION_DENIED prints its message in the first line", () => {
  const source = 'import { getAllPids } from "./mod.ts"; getAllPids();';
  const { status, stderr } = runSource(source, { runtime: "deno", flags: [] });
  assertEquals(status, 1);
  assertMatch(stderr.split("\n")[0]!, /FfiError: .*--allow-ffi/);
});

test("getAllPids() and errors of libc work under deno run --allow-ffi and no other permission", () => {
  const { processes, self, errors } = runDeno("--allow-ffi");
  assertGreater(processes, 0);
  assertEquals({ self, errors }, { self: true, errors: ERRORS });
});

const host = architectureOf(process.arch);
const there = (path: string) => path.startsWith("/") && existsSync(path);
const places = libcPaths(host, "glibc").filter(there);

test("libcPaths() has where Debian, Fedora and Arch keep the C library, for both processors", () => {
  for (const architecture of Object.values(ARCHITECTURES)) {
    const paths = libcPaths(architecture, "glibc"), { machine } = architecture;
    assertEquals(paths[0], "libc.so.6");
    assertArrayIncludes(paths, [
      `/lib/${machine}-linux-gnu/libc.so.6`,
      `/usr/lib/${machine}-linux-gnu/libc.so.6`,
      "/lib64/libc.so.6",
      "/usr/lib/libc.so.6",
    ]);
  }
  assertGreater(places.length, 0);
});

test("libcPaths() has where Alpine keeps musl, and never both C libraries where it is known which", () => {
  for (const architecture of Object.values(ARCHITECTURES)) {
    const { machine } = architecture;
    const glibc = libcPaths(architecture, "glibc"), musl = libcPaths(architecture, "musl");
    assertEquals(musl[0], `libc.musl-${machine}.so.1`);
    assertArrayIncludes(musl, [`/lib/libc.musl-${machine}.so.1`, `/lib/ld-musl-${machine}.so.1`]);
    assertEquals(glibc.filter((path) => musl.includes(path)), []);
    // A program on musl opens its own library for the first name. A program on glibc finds glibc's.
    assertEquals(libcPaths(architecture, undefined), [...glibc, ...musl]);
  }
});

for (const path of libcPaths(host, "musl").filter(there)) {
  test(`getAllPids() does not open musl in a program on glibc, under deno run --allow-ffi=${path}`, () => {
    const { denied } = runDeno(`--allow-ffi=${path}`);
    assertEquals(denied?.code, "ERR_PERMISSION_DENIED");
    assertMatch(denied.message, /"libc\.so\.6"/);
  });
}

for (const path of places) {
  test(`getAllPids() and errors of libc work under deno run --allow-ffi=${path}`, () => {
    const { denied, processes, self, errors } = runDeno(`--allow-ffi=${path}`);
    assertEquals(denied, null);
    assertGreater(processes, 0);
    assertEquals({ self, errors }, { self: true, errors: ERRORS });
  });
}

/**
 * Runs the script under Node, which prints warnings about its FFI and `--allow-ffi` to standard
 * error.
 */
function runNode(...nodeFlags: string[]) {
  const source = SCRIPT.replace("Deno.pid", "process.pid");
  const { status, stdout, stderr } = runSource(source, { runtime: "node", nodeFlags });
  assertEquals(status, 0, stderr);
  return JSON.parse(stdout);
}

/** The permission to read the modules, which Node's permission model requires. */
const READ = ["--permission", `--allow-fs-read=${ROOT}*`];

test("getAllPids() throws ERR_PERMISSION_DENIED naming --allow-ffi under node --permission", () => {
  const { denied } = runNode(...READ);
  assertEquals(denied?.name, "FfiError");
  assertEquals(denied.code, "ERR_PERMISSION_DENIED");
  assertMatch(denied.message, /^[^\n]*--allow-ffi[^\n]*$/);
});

test("getAllPids() and errors of libc work under node --permission --allow-ffi, and no access to /proc", () => {
  const { processes, self, errors } = runNode(...READ, "--allow-ffi");
  assertGreater(processes, 0);
  assertEquals({ self, errors }, { self: true, errors: ERRORS });
});

test("getAllPids() throws ERR_UNSUPPORTED_RUNTIME under a Node whose FFI is switched off", () => {
  const { denied } = runNode("--no-experimental-ffi");
  assertEquals(denied?.code, "ERR_UNSUPPORTED_RUNTIME");
  assertMatch(denied.message, /^[^\n]* switched off .* without --no-experimental-ffi/);
});
