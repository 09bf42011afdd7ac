import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { assertEquals, assertLess } from "@std/assert";
import {
  PROC_INFO_CALL_PIDFDINFO,
  PROC_INFO_CALL_PIDINFO,
  PROC_PIDFDPIPEINFO,
  PROC_PIDREGIONINFO,
} from "../../lib/calls/mod.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type ProcTree, unpackProcTree } from "../support/proc_tree.ts";
import { ROOT, runScript } from "../support/runtime.ts";
import type { HostileOutcome } from "../support/hostile_tree.ts";
import { inShell, OWN_MOUNTS, runWrapped } from "../support/wrapped.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const needsRoot = skip || (process.getuid?.() === 0 ? false : "needs root, to mount");

/** The type of a file in a process file system. */
type Right = "file" | "folder" | "link";

const PLACES: Readonly<Record<string, Right>> = {
  "stat": "file",
  "status": "file",
  "statm": "file",
  "schedstat": "file",
  "io": "file",
  "comm": "file",
  "cmdline": "file",
  "environ": "file",
  "cgroup": "file",
  "limits": "file",
  "maps": "file",
  "smaps": "file",
  "smaps_rollup": "file",
  "mem": "file",
  "auxv": "file",
  "timers": "file",
  "attr/current": "file",
  "net/tcp": "file",
  "net/unix": "file",
  "fdinfo/0": "file",
  "fd": "folder",
  "fdinfo": "folder",
  "task": "folder",
  "ns": "folder",
  "fd/0": "link",
  "cwd": "link",
  "exe": "link",
};

const GIB = 2 ** 30;

/** The wrong objects in place of a file. */
const WRONG: Readonly<Record<string, (path: string, right: string) => void>> = {
  pipe: (path) => pipes.push(path),
  zero: (path) => symlinkSync("/dev/zero", path),
  random: (path) => symlinkSync("/dev/urandom", path),
  terminal: (path) => symlinkSync("/dev/ptmx", path),
  loop: (path) => symlinkSync(path, path),
  sparse: (path) => {
    writeFileSync(path, "");
    truncateSync(path, 8 * GIB);
  },
  folder: (path) => mkdirSync(path),
  empty: (path) => writeFileSync(path, ""),
  rubbish: (path) => writeFileSync(path, RUBBISH),
  huge: (path, right) => writeFileSync(path, right.replace(NUMBERS, "9".repeat(400))),
  large: (path, right) => writeFileSync(path, right.replace(NUMBERS, "9".repeat(20))),
  negative: (path, right) => writeFileSync(path, right.replace(NUMBERS, "-1")),
};

/** The faults of a process without its thread group leader: one of each kind. */
const OF_THREADS = ["pipe", "loop", "sparse", "rubbish", "huge"];

const NUMBERS = /\b[0-9a-f]+\b/g;

/** Lines in the format of the files, but with invalid values in place of numbers. */
const RUBBISH = [
  "1 (x) S x -1 99999999999999999999 1e9 0x10 NaN",
  "SigIgn:\tzz",
  "SigCgt:\t-1",
  "Umask:\t9",
  "Uid:\tx\tx",
  "NStgid:\tx",
  "voluntary_ctxt_switches:\tx",
  "VmHWM:\tx kB",
  "rchar: x",
  "wchar: -",
  "Max open files  x  y  z",
  "0::",
  "5:a",
  "7f-6 rwxp x 0:0 0",
  "\0\xff",
].join("\n");

let pipes: string[] = [];

/**
 * Files that are replaced together. Without `stat` or `status`, no other file of a process is read.
 */
const TOGETHER: readonly (readonly string[])[] = [
  ["stat"],
  ["status"],
  placesOf("file").filter((place) => place !== "stat" && place !== "status"),
  placesOf("folder"),
  placesOf("link"),
];

function placesOf(right: Right): string[] {
  return Object.keys(PLACES).filter((place) => PLACES[place] === right);
}

/** A process with wrong objects at some places. */
interface Hostile {
  readonly role: string;
  readonly pid: number;
  readonly places: readonly string[];
  readonly wrong: string;
}

/** Adds processes with every kind of wrong object at every place. */
function makeHostile({ root, pid: pidOf }: ProcTree): Hostile[] {
  pipes = [];
  const made: Hostile[] = [];
  for (const role of ["plain", "leaderless"]) {
    for (const places of TOGETHER) {
      for (const [wrong, put] of Object.entries(WRONG)) {
        if (role === "leaderless" && !OF_THREADS.includes(wrong)) continue;
        const pid = 1_000_000 + made.length;
        made.push({ role, pid, places, wrong });
        const folder = `${root}/${pid}`;
        cpSync(`${root}/${pidOf(role)}`, folder, { recursive: true, verbatimSymlinks: true });
        for (const place of places) {
          const path = `${folder}/${place}`;
          const isThere = PLACES[place] === "file" && existsSync(path);
          const right = isThere ? readFileSync(path, "latin1") : "";
          rmSync(path, { recursive: true, force: true });
          mkdirSync(dirname(path), { recursive: true });
          put(path, right);
        }
      }
    }
  }
  mkdirSync(`${root}/sys/kernel/random`, { recursive: true });
  pipes.push(`${root}/sys/kernel/random/boot_id`);
  assertEquals(spawnSync("mkfifo", pipes).status, 0);
  return made;
}

/** The query that each file answers. */
const QUESTIONS: Readonly<Record<string, string>> = {
  "stat": "info",
  "status": "system.privileges",
  "io": "system.ioBytes",
  "cmdline": "argumentBytes",
  "environ": "environmentBytes",
  "cgroup": "system.controlGroups",
  "limits": "system.limits",
  "smaps": `${PROC_INFO_CALL_PIDINFO} ${PROC_PIDREGIONINFO}`,
  "attr/current": "system.securityLabel",
  "fdinfo/0": `${PROC_INFO_CALL_PIDFDINFO} ${PROC_PIDFDPIPEINFO}`,
  "fd": "system.descriptorCount",
};

/** The error codes of the queries. */
const CODES: Readonly<Record<Right, Readonly<Record<string, string>>>> = {
  file: {
    pipe: "EFTYPE",
    zero: "EFTYPE",
    random: "EFTYPE",
    terminal: "EFTYPE",
    loop: "EFTYPE",
    folder: "EFTYPE",
    sparse: "EFBIG",
  },
  folder: {
    pipe: "ENOTDIR",
    zero: "ENOTDIR",
    random: "ENOTDIR",
    terminal: "ENOTDIR",
    loop: "ENOTDIR",
    sparse: "ENOTDIR",
  },
  link: {},
};

test(
  "a tree of pipes, devices, loops, folders and endless files is read, or refused",
  { skip },
  () => {
    using tree = unpackProcTree();
    const made = makeHostile(tree);
    const { status, stdout, stderr } = runScript(`${ROOT}tests/support/hostile_tree.ts`, {
      args: [tree.root],
      timeoutMs: 120_000,
    });
    assertEquals([status, stderr], [0, ""]);
    const outcome: HostileOutcome = JSON.parse(stdout);
    assertEquals(outcome.strange, []);
    assertEquals(outcome.descriptors[1], outcome.descriptors[0]);
    assertLess(outcome.grown, GIB / 4);
    assertEquals(outcome.codes["all"], {
      processes: "value",
      named: "value",
      processTree: "value",
      descriptors: "value",
      listeningPorts: "value",
      whoHas: "value",
      whoHasPath: "value",
      bootId: "EFTYPE",
    });
    for (const { role, pid, places, wrong } of made) {
      const codes = outcome.codes[pid];
      for (const place of role === "plain" ? places : []) {
        const question = QUESTIONS[place];
        const code = CODES[PLACES[place]!][wrong];
        if (question === undefined || code === undefined) continue;
        assertEquals(codes?.[question], code, `${place} ${wrong}`);
        // Values from other files are still available.
        if (place !== "stat") assertEquals(codes?.["name"], "value", `${place} ${wrong}`);
      }
    }
  },
);

test(
  "a /proc over whose files pipes and endless devices are mounted is read, or refused",
  { skip: needsRoot },
  () => {
    const folder = mkdtempSync(`${tmpdir()}/libproc-over-`);
    const child = spawn("sleep", ["1000"]);
    try {
      const { pid } = child;
      const over = (file: string, name: string) => `mount --bind '${file}' /proc/${pid}/${name};`;
      const pipe = `${folder}/pipe`;
      const namespaces = defaultSystem().namespacePids(process.pid).length;
      const codes = runWrapped(
        [
          ...OWN_MOUNTS,
          ...inShell(
            `mkfifo '${pipe}'; ${over("/dev/zero", "cmdline")}${over("/dev/zero", "environ")}` +
              `${over("/dev/zero", "limits")}${over(pipe, "cgroup")}` +
              `exec "$@"`,
          ),
        ],
        `import { openSystem } from "./mod.ts";
         const system = openSystem();
         const code = (run) => {
           try {
             return run();
           } catch (error) {
             return error.code;
           }
         };
         console.log(JSON.stringify([
           code(() => system.arguments(${pid})),
           code(() => system.environment(${pid})),
           code(() => system.limits(${pid})),
           code(() => system.controlGroups(${pid})),
           code(() => system.namespacePids(${pid}).length),
         ]));`,
      );
      assertEquals(codes, ["EFBIG", "EFBIG", "EFBIG", "ENOTSUP", namespaces]);
    } finally {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    }
  },
);
