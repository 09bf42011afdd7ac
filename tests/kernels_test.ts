import { assert, assertEquals, assertMatch } from "@std/assert";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import { cpioArchive } from "./support/kernels/cpio.ts";
import { initramfs, initScript, runScript, sharesOf } from "./support/kernels/guest.ts";
import { dependsOf, modulesFor } from "./support/kernels/modules.ts";
import { archivesIn } from "./support/kernels/packages.ts";
import { readTestLog, tableOf } from "./support/kernels/results.ts";

let folder: string;
before(() => void (folder = mkdtempSync(`${tmpdir()}/libproc-kernels-`)));
after(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (content: Uint8Array) => new TextDecoder().decode(content);

/** Unpacks an archive with a program of this host; returns the folder. */
function unpack(archive: Uint8Array): string {
  const into = mkdtempSync(`${folder}/unpacked-`);
  const { status, stderr } = spawnSync(cpio![0]!, [...cpio!.slice(1), "-id"], {
    cwd: into,
    input: archive,
    encoding: "utf8",
  });
  assertEquals([status, stderr.includes("truncat")], [0, false], stderr);
  return into;
}

const cpio = [["cpio", "--quiet"], ["busybox", "cpio"]]
  .find(([file = "", ...args]) => spawnSync(file, [...args, "--help"]).error === undefined);
const skip = cpio === undefined ? "needs cpio or busybox" : false;

test("cpioArchive() builds what cpio unpacks, whatever the sizes are", { skip }, () => {
  const contents = ["", "a", "ab", "abc", "abcd", "x".repeat(5000)];
  const into = unpack(cpioArchive([
    { path: "bin", folder: true },
    ...contents.map((content, at) => ({
      path: `bin/${"n".repeat(at + 1)}`,
      mode: at === 0 ? 0o755 : 0o640,
      content: bytes(content),
    })),
  ]));
  const found = readdirSync(`${into}/bin`).sort();
  assertEquals(found.map((name) => readFileSync(`${into}/bin/${name}`, "utf8")), contents);
  assertEquals(lstatSync(`${into}/bin/n`).mode & 0o777, 0o755);
  assertEquals(lstatSync(`${into}/bin/nn`).mode & 0o777, 0o640);
});

/** Writes module files with the parts that are read from modules. */
function writeModules(of: Readonly<Record<string, string>>): string {
  const modules = mkdtempSync(`${folder}/modules-`);
  mkdirSync(`${modules}/kernel/fs`, { recursive: true });
  for (const [name, depends] of Object.entries(of)) {
    const content = `\x7fELF\0license=GPL\0depends=${depends}\0retpoline=Y\0name=${name}`;
    writeFileSync(`${modules}/kernel/fs/${name}.ko`, content);
  }
  return modules;
}

test("modulesFor() puts what a module needs before it, once, and leaves out what is not there", () => {
  const modules = writeModules({
    "9p": "9pnet,netfs",
    "9pnet": "",
    "9pnet_virtio": "9pnet,virtio-ring",
    "virtio_ring": "",
    "netfs": "built_in",
    "other": "",
  });
  const found = modulesFor(modules, ["virtio_pci", "9pnet-virtio", "9p"]);
  const names = found.map(({ name }) => name);
  assertEquals(names, ["9pnet", "virtio_ring", "9pnet_virtio", "netfs", "9p"]);
  assertEquals(dependsOf(found[4]!.content), ["9pnet", "netfs"]);
  assertEquals(dependsOf(bytes("no module")), []);
});

test("modulesFor() unpacks modules that are packed", {
  skip: spawnSync("xz", ["--version"]).error ? "needs xz" : false,
}, () => {
  const modules = writeModules({ one: "two", two: "" });
  assertEquals(spawnSync("xz", [`${modules}/kernel/fs/two.ko`]).status, 0);
  const [two, one] = modulesFor(modules, ["one"]);
  assertEquals([two?.name, one?.name], ["two", "one"]);
  assertMatch(text(two!.content), /name=two$/);
});

test("archivesIn() finds the archives in both forms of a list, and in no other's", () => {
  const main = "http://mirror.example/debian";
  const security = "http://mirror.example/debian-security";
  const newer = [`Types: deb\nURIs: ${main}/\nSuites: sid\n`, `Types: deb\nURIs: ${security}\n`];
  assertEquals(archivesIn(newer), { main, security });
  const older = `# deb http://old.example/debian sid main\ndeb [trusted=yes] ${main} sid main\n`;
  assertEquals(archivesIn([older]), { main, security: undefined });
  assertEquals(archivesIn(["deb http://mirror.example/ubuntu noble main\n", ""]), undefined);
});

test("the machine's first files are the scripts, busybox, and its modules in their order", {
  skip: skip || (existsSync("/bin/busybox") ? false : "needs /bin/busybox"),
}, () => {
  const modules = ["b", "a"].map((name) => ({ name, content: bytes(`module ${name}`) }));
  const guest = {
    ...{ project: "/srv/project", results: "/srv/project/.cache/results" },
    ...{ busybox: "/bin/busybox", modules },
  };
  const into = unpack(initramfs(guest));
  assertEquals(readFileSync(`${into}/init`, "utf8"), initScript(guest));
  assertEquals(readFileSync(`${into}/modules/a.ko`, "utf8"), "module a");
  assertEquals(readFileSync(`${into}/bin/busybox`), readFileSync("/bin/busybox"));
  assert((lstatSync(`${into}/init`).mode & 0o100) !== 0);
  const script = initScript(guest);
  assert(script.indexOf("/modules/b.ko") < script.indexOf("/modules/a.ko"));
  for (const { tag, path, writable } of sharesOf(guest)) {
    const mounted = new RegExp(`mount -t 9p -o \\S*,${writable ? "rw" : "ro"},\\S* ${tag} (\\S+)`);
    assertEquals(mounted.exec(script)?.[1], path === "/" ? "/new" : `/new${path}`);
  }
  assertMatch(
    script,
    /exec \S+ switch_root \/new \/bin\/sh \/srv\/project\/.cache\/results\/run.sh/,
  );
});

test("what the machine runs keeps each status, and ends by itself", {
  skip: process.platform === "linux" ? false : "needs Linux",
}, () => {
  const results = mkdtempSync(`${folder}/results-`);
  const bin = mkdtempSync(`${folder}/bin-`);
  const fake = (name: string, script: string) =>
    writeFileSync(`${bin}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  fake("bun", 'echo "$@"; [ "$1" != test ] || exit 3');
  fake("dmesg", "echo said");
  const guest = { project: folder, results, busybox: "", modules: [] };
  const script = runScript({
    guest,
    bin,
    groups: [["a_test.ts", "b_test.ts"]],
    groupLimit: 5,
    testLimit: 3,
  })
    .replace("/proc/sysrq-trigger", `${results}/trigger`).replace("sleep 60", "");
  const { stdout } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
  const left = Object.fromEntries(
    readdirSync(results).map((name) => [name, readFileSync(`${results}/${name}`, "utf8").trim()]),
  );
  assertEquals(stdout, "doctor ended\nbpf ended\ngroup-0 ended\n");
  assertEquals(left["group-0.log"], "test --timeout 3000 a_test.ts b_test.ts");
  assertEquals([left["group-0.status"], left["doctor.status"]], ["3", "0"]);
  assertEquals(left["doctor.log"], "lib/cli/main.ts doctor --json");
  assertEquals([left["dmesg.log"], left["done"], left["trigger"]], ["said", "done", "b"]);
});

const LOG = `bun test v1.4.5 (abcdef)

tests/live/a_test.ts:
(pass) what works [1.20ms]
 3 fail
(fail) what (fail)s, [once] [12.00ms]
(skip) what is skipped

tests/live/b_test.ts:
(fail) what takes long [1.50s]

1 tests skipped:
(skip) what is skipped


2 tests failed:
(fail) what (fail)s, [once] [12.00ms]
(fail) what takes long [1.50s]

 12 pass
 1 skip
 2 fail
 30 expect() calls
Ran 15 tests across 2 files. [2.00s]
`;

test("readTestLog() counts, names what failed with its file, and knows a run that was cut off", () => {
  assertEquals(readTestLog(LOG), {
    passed: 12,
    skipped: 1,
    failed: [
      "tests/live/a_test.ts: what (fail)s, [once]",
      "tests/live/b_test.ts: what takes long",
    ],
    whole: true,
  });
  assertEquals(readTestLog(LOG.slice(0, LOG.indexOf(" 12 pass"))).whole, false);
  assertEquals(readTestLog(""), { passed: 0, skipped: 0, failed: [], whole: false });
});

test("tableOf() prints a row for each kernel, also for one that did not start", () => {
  const doctor = { served: 51, refused: 33, WRONG: 0 };
  const bpf = { processes: "loaded", descriptors: "EINVAL: refused", listeners: "loaded" };
  const rest = { passed: 10, failed: 1, skipped: 20, complaints: ["what failed"] };
  const table = tableOf([
    { kernel: "5.10", release: "5.10.0-1-amd64", doctor, bpf, ...rest },
    { ...rest, kernel: "9.9", release: undefined, doctor: undefined, bpf: undefined, passed: 0 },
    { ...rest, kernel: "4.4", release: "4.4", doctor, bpf: { processes: "ENOTSUP" } },
  ]);
  const cells = table.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  assertEquals(cells.map((row) => row.slice(1, -1)), [
    [
      ...["kernel", "release", "doctor: served", "refused", "WRONG", "BPF programs"],
      ...["tests: passed", "failed", "skipped"],
    ],
    cells[1]!.slice(1, -1),
    ["5.10", "5.10.0-1-amd64", "51", "33", "0", "processes, listeners", "10", "1", "20"],
    ["9.9", "did not start", "?", "?", "?", "?", "0", "1", "20"],
    ["4.4", "4.4", "51", "33", "0", "none", "10", "1", "20"],
  ]);
  // All bars are aligned.
  assertEquals(new Set(table.split("\n").map((line) => line.length)).size, 1);
  assertMatch(table.split("\n")[1]!, /^(\| -+ )+\|$/);
});
