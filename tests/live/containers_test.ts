import { assertEquals, assertGreater } from "@std/assert";
import { mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { release, tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import { compileProgram } from "../support/compile.ts";
import { ROOT } from "../support/runtime.ts";
import { AS_NOBODY, inShell, OWN_MOUNTS, runWrapped } from "../support/wrapped.ts";

const [major = 0, minor = 0] = release().split(".").map(Number);
const isSince = (other: number, least: number) =>
  major > other || major === other && minor >= least;
const skip = process.platform !== "linux"
  ? "needs Linux"
  : process.getuid?.() !== 0
  ? "needs root, to mount and to make namespaces"
  : isSince(5, 8)
  ? false
  : "needs Linux 5.8, whose /proc has the options subset=pid and hidepid=2 for each mount";
const noUsers =
  spawnSync("setpriv", [...AS_NOBODY.slice(1), "unshare", "--user", "true"]).status === 0
    ? false
    : "needs user namespaces for every user";

const EPERM = 1, ENOSYS = 38;
/** Calls that are newer than some filters. */
const NEW_CALLS = ["statx", "pidfd_open", "close_range", "openat2", "faccessat2"];

let folder = "";
let contained = "";
before(() => {
  if (skip) return;
  folder = mkdtempSync(`${tmpdir()}/libproc-proc-`);
  contained = compileProgram(["contained.c"], "contained");
});
after(() => {
  if (folder) rmdirSync(folder);
});

/** Starts a server of another user, and then the following command. */
const WITH_STRANGER = inShell(`
  file=$(mktemp)
  python3 -c '
import signal, socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
signal.pause()' > $file & TARGET=$!
  until [ -s $file ]; do sleep 0.05; done
  export STRANGER="$TARGET $(cat $file)"
  rm $file
  "$@"
`);
const OWN_PIDS = [...OWN_MOUNTS, "--pid", "--fork", "--mount-proc"];
const OWN_REST = ["--net", "--ipc", "--uts"];
const confined = (...options: string[]) => [contained, ...options, "--"];
const refusing = (calls: readonly string[], errno: number) =>
  calls.flatMap((call) => ["--refuse", `${call}=${errno}`]);

/** The columns of the page, each with the command that runs a program in such a place. */
const PLACES: Readonly<Record<string, () => readonly string[]>> = {
  "Docker": () => [
    ...[...OWN_PIDS, ...OWN_REST, ...confined("--loopback"), ...WITH_STRANGER],
    ...[...confined("--mask", "--filter"), ...AS_NOBODY],
  ],
  "the host's ids": () => [
    ...[...OWN_MOUNTS, ...OWN_REST, ...confined("--loopback"), ...WITH_STRANGER],
    ...[...confined("--mask", "--filter"), ...AS_NOBODY],
  ],
  "the host's `/proc` elsewhere": () => [
    ...[...WITH_STRANGER, ...OWN_MOUNTS, "--pid", "--fork"],
    ...inShell(`mount --bind /proc ${folder}; export PROC_ROOT=${folder}; "$@"`),
    ...[...confined("--proc", "", "--mask", "--filter"), ...AS_NOBODY],
  ],
  "`hidepid=1`": () => [
    ...[...OWN_PIDS, ...WITH_STRANGER, ...confined("--proc", "hidepid=1"), ...AS_NOBODY],
  ],
  "`hidepid=2`": () => [
    ...[...OWN_PIDS, ...WITH_STRANGER, ...confined("--proc", "hidepid=2"), ...AS_NOBODY],
  ],
  "`subset=pid`": () => [
    ...[...OWN_PIDS, ...WITH_STRANGER, ...confined("--proc", "subset=pid"), ...AS_NOBODY],
  ],
  "a user namespace": () => [
    ...[...WITH_STRANGER, ...AS_NOBODY, "unshare", "--user", "--map-current-user"],
  ],
  "an old filter": () => [
    ...[...OWN_PIDS, ...WITH_STRANGER],
    ...confined("--mask", "--filter", ...refusing([...NEW_CALLS, ...OLD_FILTER], EPERM)),
    ...AS_NOBODY,
  ],
  "little of Linux": () => [
    ...[...OWN_PIDS, ...WITH_STRANGER],
    ...confined(
      ...["--hide", "/proc/sys", "--hide", "/proc/tty", "--no-netlink"],
      ...refusing([...NEW_CALLS, ...OLD_FILTER], ENOSYS),
    ),
    ...AS_NOBODY,
  ],
};

/** Calls that Docker refused before Linux 4.8, and newer calls. */
const OLD_FILTER = ["pidfd_send_signal", "pidfd_getfd", "process_vm_readv", "ptrace", "kcmp"];

/** Runs the report in such a place. */
const reportFrom = (wrapper: readonly string[]) =>
  runWrapped(wrapper, 'await import("./tests/support/contained.ts");') as Record<string, string>;

/** Returns the table of the page: the results for each place. */
function documented(): Map<string, Record<string, string>> {
  const page = readFileSync(`${ROOT}docs/linux/containers.md`, "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  const [head = [], , ...body] = rows;
  return new Map(
    head.slice(1).map((place, at) => [
      place,
      Object.fromEntries(
        body.map(([what = "", ...cells]) => [what.replaceAll("`", ""), cells[at]!]),
      ),
    ]),
  );
}

test("docs/linux/containers.md has a column for each place that is tested", () => {
  assertEquals([...documented().keys()], Object.keys(PLACES));
});

for (const [place, wrapper] of Object.entries(PLACES)) {
  test(`without privilege, the values of docs/linux/containers.md are read with ${place}`, {
    skip: skip || (place === "a user namespace" && noUsers),
  }, () => {
    const report = reportFrom(wrapper());
    const expected = { ...documented().get(place) };
    // Since Linux 6.15, the kernel keeps the exit status, and reports in another way why BPF is
    // unavailable.
    if (!isSince(6, 15)) {
      for (const name of ["exit of a process that is not a child", "BPF"]) {
        delete report[name];
        delete expected[name];
      }
    }
    // If the report reads the process before its parent has reaped it, it finds the status of the
    // zombie.
    const exit = "exit of a process that is not a child";
    if (expected[exit] === "without status" && report[exit] === "all") {
      report[exit] = expected[exit];
    }
    assertEquals(report, expected);
  });
}

for (const call of NEW_CALLS) {
  for (const [code, errno] of Object.entries({ EPERM, ENOSYS })) {
    test(`where ${call}() is ${code}, all is read in another way`, { skip }, () => {
      const wrapper = [
        ...["env", "QUICKLY=1", "STRANGER=1 0"],
        ...confined(...refusing([call], errno)),
      ];
      const report = reportFrom(wrapper);
      assertGreater(Object.keys(report).length, 8);
      // The report has no process of another user here.
      const own = Object.entries(report).filter(([name]) => !name.endsWith("of others"));
      assertEquals(own.filter(([, word]) => word !== "all"), []);
    });
  }
}
