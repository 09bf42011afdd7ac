/**
 * Boots kernels of Debian's releases in a virtual machine, and runs the doctor and the tests of
 * Linux there.
 *
 *     npm run test:kernels -- [KERNEL ...] [FILE ...]
 *
 * A KERNEL is the beginning of a version, as in `6.1`, or `newest`. A FILE is a test or a folder of
 * tests.
 *
 * The machine has read-only access to the files of this host, and runs as root. It requires
 * `qemu-system-x86_64`, a statically linked `busybox`, and a host with Debian's archives. Packages
 * are downloaded, but not installed.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { initramfs, MODULES, runScript, sharesOf } from "./support/kernels/guest.ts";
import { modulesFor } from "./support/kernels/modules.ts";
import { hostArchives, openPackages } from "./support/kernels/packages.ts";
import { readTestLog, tableOf } from "./support/kernels/results.ts";
import { killParts, runPart } from "./support/part.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(root, ".cache", "kernels");

const NEWEST = "newest";
const KERNELS = ["5.10", "6.1", "6.12", NEWEST];
const FOLDERS = ["tests/live", "tests/process", "tests/linux", "tests/system"];
/** Tests that do not call the kernel: parsers, tables of numbers, doubles. */
const NO_KERNEL =
  /(parse_\w+|\w+_parse|parse|bpf_assembler|errno|errors|cmdline|maps|time_offsets|kernel_structs)_test|darwin/;

/**
 * The number of files that one process tests. A process takes seconds to start in an emulated
 * machine.
 */
const GROUP = 4;
/** The time limits of a group, of a test, and of the machine without the groups, in seconds. */
const GROUP_LIMIT = 900;
const TEST_LIMIT = 300;
const BOOT_LIMIT = 900;

const words = process.argv.slice(2);
const isKernel = (word) => word === NEWEST || /^\d+\.\d+$/.test(word);
const kernels = words.some(isKernel) ? words.filter(isKernel) : KERNELS;
const places = words.some((word) => !isKernel(word))
  ? words.filter((word) => !isKernel(word))
  : FOLDERS;
const files = places.flatMap((place) =>
  statSync(join(root, place)).isDirectory()
    ? readdirSync(join(root, place)).filter((name) =>
      name.endsWith("_test.ts") && !NO_KERNEL.test(name)
    )
      .sort().map((name) => join(place, name))
    : [place]
);
const groups = Array.from(
  { length: Math.ceil(files.length / GROUP) },
  (_, at) => files.slice(at * GROUP, (at + 1) * GROUP),
);

for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    killParts();
    process.exit(1);
  });
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

if (process.platform !== "linux" || process.arch !== "x64") {
  fail("Cannot boot kernels as they are of Linux on x86-64: this host is another");
}
const busybox = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));
if (busybox === undefined) fail("Cannot boot kernels without busybox: install busybox-static");
if (spawnSync("qemu-system-x86_64", ["--version"]).status !== 0) {
  fail("Cannot boot kernels without qemu-system-x86_64: install qemu-system-x86");
}
const archives = hostArchives();
if (archives === undefined) fail("Cannot download kernels as this host has no archive of Debian");
mkdirSync(cache, { recursive: true });
const { packages, complaints } = openPackages(join(cache, "packages"), archives);
if (complaints !== "") console.log(complaints.trim());

/** Returns the accelerator of the machine: KVM if it is available, otherwise emulation. */
function accelerator() {
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return { name: "KVM", args: ["-accel", "kvm", "-cpu", "host"] };
  } catch {
    return { name: "TCG", args: ["-accel", "tcg,thread=multi", "-cpu", "max,la57=off"] };
  }
}

/** Unpacks a kernel with all its modules; returns their paths. */
function unpack(kernel) {
  const name = "linux-image-amd64";
  const version = packages.versions(name).find((version) =>
    kernel === NEWEST || version.startsWith(`${kernel}.`)
  );
  if (version === undefined) throw new Error("no release of the archive has it");
  const folder = join(cache, version);
  if (!existsSync(join(folder, "unpacked"))) {
    const wanted = packages.depends({ name, version });
    for (let at = 0; at < wanted.length; at++) {
      if (!/^linux-(image|binary|modules)-\d/.test(wanted[at].name)) continue;
      const { status, stderr } = spawnSync("dpkg-deb", [
        "-x",
        packages.download(wanted[at]),
        folder,
      ], { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
      wanted.push(...packages.depends(wanted[at]));
    }
    writeFileSync(join(folder, "unpacked"), "");
  }
  const under = ["lib/modules", "usr/lib/modules"].map((path) => join(folder, path))
    .find((path) => existsSync(path));
  // The path of the kernel image depends on the release.
  const image = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .find((path) => /(^|\/)vmlinuz[^/]*$/.test(path));
  if (under === undefined || image === undefined) throw new Error("its packages have no kernel");
  return { version, folder, modules: under, image: join(folder, image) };
}

/** Boots a kernel, and returns the results. */
async function boot(kernel) {
  const { version, folder, modules, image } = unpack(kernel);
  const results = join(cache, `results-${kernel}`);
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results);
  const guest = { project: root, results, busybox, modules: modulesFor(modules, MODULES) };
  writeFileSync(join(folder, "initramfs"), initramfs(guest));
  const bin = join(root, "node_modules", ".bin");
  writeFileSync(
    join(results, "run.sh"),
    runScript({ guest, bin, groups, groupLimit: GROUP_LIMIT, testLimit: TEST_LIMIT }),
  );
  const machine = [
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio"],
    ...accelerator().args,
    ...["-smp", "2", "-m", "3072", "-kernel", image, "-initrd", join(folder, "initramfs")],
    // A panic restarts the machine at once, and with -no-reboot a restart ends it. So it always
    // ends.
    ...["-append", "console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on"],
    ...sharesOf(guest).flatMap(({ tag, path, writable }) => [
      "-fsdev",
      `local,id=${tag},path=${path},security_model=none,multidevs=remap${
        writable ? "" : ",readonly=on"
      }`,
      "-device",
      `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`,
    ]),
  ];
  const { seconds } = await runPart(["qemu-system-x86_64", ...machine], {
    cwd: root,
    env: process.env,
    log: join(cache, `console-${kernel}.log`),
    limitMs: (BOOT_LIMIT + groups.length * GROUP_LIMIT) * 1000,
    graceMs: 10_000,
  });
  console.log(`${kernel} (${version}): ${Math.round(seconds)} s, ${accelerator().name}`);
  return collect(kernel, results);
}

/** Reads the results that the machine wrote. */
function collect(kernel, results) {
  const read = (name) => {
    const path = join(results, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  const problems = [];
  const console_ = join(cache, `console-${kernel}.log`);
  if (read("done") === undefined) problems.push(`it did not come to the end: see ${console_}`);
  let doctor;
  try {
    const report = JSON.parse(read("doctor.log") ?? "");
    doctor = report.summary;
    for (const { rows } of report.chapters) {
      for (const { name, verdict, note } of rows) {
        if (verdict === "WRONG") problems.push(`doctor: ${name}: ${note}`);
      }
    }
  } catch {
    problems.push("the doctor printed no report");
  }
  let bpf;
  try {
    bpf = JSON.parse(read("bpf.log") ?? "");
  } catch {
    problems.push("what becomes of BPF programs is not known");
  }
  const logs = groups.map((_, at) => readTestLog(read(`group-${at}.log`) ?? ""));
  logs.forEach(({ failed, whole }, at) => {
    problems.push(...failed);
    if (!whole) problems.push(`a run did not come to its summary: ${groups[at].join(" ")}`);
  });
  const sum = (count) => logs.reduce((total, log) => total + count(log), 0);
  return {
    kernel,
    release: read("release")?.trim(),
    doctor,
    bpf,
    passed: sum((log) => log.passed),
    failed: sum((log) => log.failed.length),
    skipped: sum((log) => log.skipped),
    complaints: problems,
  };
}

const results = [];
for (const kernel of kernels) {
  try {
    const result = await boot(kernel);
    results.push(result);
    for (const complaint of result.complaints) console.log(`  ${complaint}`);
    for (const [name, outcome] of Object.entries(result.bpf ?? {})) {
      if (outcome !== "loaded") console.log(`  BPF program for ${name}: ${outcome}`);
    }
  } catch (error) {
    console.log(`${kernel}: not booted, as ${error.message}`);
  }
}
console.log(tableOf(results));
process.exitCode = results.some(({ complaints }) => complaints.length > 0) ? 1 : 0;
