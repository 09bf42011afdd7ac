import { assertEquals } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { PID_FD_INFO_REPLIES } from "../../lib/calls/pid_fd_info.ts";
import { PID_INFO_REPLIES } from "../../lib/calls/pid_info.ts";
import {
  getAllPids,
  listCoalitions,
  listKinfoProcs,
  pidFdInfo,
  pidInfo,
  pidRusage,
  PROC_PIDLISTFDS,
  PROC_PIDLISTTHREADIDS,
  ProcInfoError,
  regions,
} from "../../lib/calls/mod.ts";
import { startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { documentedSources, noteNonZero, STRUCTS } from "../support/sources.ts";

const root = process.platform === "linux" && process.getuid?.() === 0;
const skip = root ? false : "needs root on Linux, to see other users' processes";

/** The structs that Linux fills. */
const SERVED = [
  "proc_bsdinfo",
  "proc_bsdshortinfo",
  "proc_taskinfo",
  "proc_threadinfo",
  "proc_regioninfo",
  "proc_regionpath",
  "vinfo_stat",
  "vnode_info",
  "vnode_info_path",
  "proc_vnodepathinfo",
  "proc_fdinfo",
  "proc_fileinfo",
  "socket_info",
  "sockbuf_info",
  "in_sockinfo",
  "tcp_sockinfo",
  "un_sockinfo",
  "pipe_info",
  "kqueue_info",
  "proc_uniqidentifierinfo",
  "proc_archinfo",
  "proc_pidcoalitioninfo",
  "proc_exitreasonbasicinfo",
  "rusage_info_v6",
  "procinfo_coalinfo",
  "kinfo_proc",
  "extern_proc",
  "eproc",
  "_pcred",
  "_ucred",
];

const sources = documentedSources();

for (const name of SERVED) {
  test(`docs/linux has the source of every member of struct ${name}`, () => {
    const told = new Set(
      sources.filter(({ struct }) => struct === name).map(({ field }) => field.split(".")[0]),
    );
    assertEquals([...told], STRUCTS.get(name)!.fields.map(({ name }) => name));
  });
}

test("docs/linux has each member once", () => {
  const keys = sources.map(({ struct, field }) => `${struct}.${field}`);
  assertEquals(keys.filter((key, i) => keys.indexOf(key) !== i), []);
});

/** Members with a source that are 0 in every process of this scene, and the reason. */
const RARE: Readonly<Record<string, string>> = {
  "proc_exitreasonbasicinfo.beri_namespace":
    "of a child of this process that a signal ended; see pid_info_test.ts",
  "proc_exitreasonbasicinfo.beri_code": "the same",
  "in_sockinfo.insi_v6.in6_ifindex":
    "of a socket at a link-local address, which not every machine has",
  "vinfo_stat.vst_flags": "of a file with attributes, which not every file system keeps",
  "proc_vnodepathinfo.pvi_rdir": "of a process with another root; see vnode_path_info_test.ts",
  "proc_regioninfo.pri_pages_swapped_out": "where the machine swaps",
  "proc_taskinfo.pti_pageins": "of a process that waited for a disk, where one had to",
  "rusage_info_v6.ri_pageins": "the same",
};

test(
  "every member that docs/linux gives a source to is there in some process, the others in none",
  {
    skip,
    timeout: 120_000,
  },
  async () => {
    const noted = await collect();
    const served = sources.filter(({ struct }) => SERVED.includes(struct));
    const key = ({ struct, field }: { struct: string; field: string }) => `${struct}.${field}`;
    const never = served.filter((source) => !source.zero && !noted.has(key(source))).map(key);
    assertEquals(never.filter((name) => !(name in RARE)), []);
    assertEquals(served.filter((source) => source.zero && noted.has(key(source))).map(key), []);
  },
);

/** Queries everything about every process. Some processes exist to show rare values. */
async function collect(): Promise<Set<string>> {
  const noted = new Set<string>();
  const folder = mkdtempSync(`${tmpdir()}/libproc-sources-`);
  await using _cast = await startCast();
  const path = `${folder}/owned`;
  const owned = openSync(path, "w");
  chownSync(path, 12, 34);
  const actors = [await start("descriptors", [folder]), await start("regions", [folder])];
  try {
    for (const pid of getAllPids()) note(pid, noted);
    for (const kinfo of listKinfoProcs()) noteOne(kinfo, noted);
    for (const type of [0, 1]) {
      attempt(() => {
        for (const coalition of listCoalitions(2, type)) noteOne(coalition, noted);
      });
    }
  } finally {
    for (const actor of actors) actor.stdin!.end();
    closeSync(owned);
    rmSync(folder, { recursive: true, force: true });
  }
  return noted;
}

async function start(name: string, args: string[]): Promise<ChildProcess> {
  const child = spawn(compileProgram([`${name}.c`], name), args, {
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout! })) if (line === "ready") break;
  return child;
}

function note(pid: number, noted: Set<string>): void {
  for (const flavor of Object.keys(PID_INFO_REPLIES).map(Number)) {
    attempt(() => noteAnswer(pidInfo(pid, flavor as never, 1n), noted));
    attempt(() => noteAnswer(pidInfo(pid, flavor as never, 0x0400_0000n), noted));
  }
  attempt(() => noteAnswer(pidRusage(pid, 6), noted));
  attempt(() => {
    for (const thread of pidInfo(pid, PROC_PIDLISTTHREADIDS)) {
      attempt(() => noteAnswer(pidInfo(pid, 15, thread), noted));
    }
  });
  attempt(() => {
    for (const region of regions(pid, 8)) noteAnswer(region, noted);
    for (const region of regions(pid, 31)) noteAnswer(region, noted);
  });
  attempt(() => {
    for (const { proc_fd } of pidInfo(pid, PROC_PIDLISTFDS)) {
      for (const flavor of Object.keys(PID_FD_INFO_REPLIES).map(Number)) {
        attempt(() => noteAnswer(pidFdInfo(pid, proc_fd, flavor as never), noted));
      }
    }
  });
}

/** Runs a query that may be refused, or whose process may have ended. */
function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ProcInfoError)) throw error;
  }
}

function noteAnswer(answer: unknown, noted: Set<string>): void {
  if (Array.isArray(answer)) { for (const row of answer) noteOne(row, noted); }
  else if (typeof answer === "object" && answer !== null) noteOne(answer, noted);
}

/** Finds the struct of a decoded answer by its members. */
function noteOne(answer: object, noted: Set<string>): void {
  const members = String(Object.keys(answer).filter((name) => name !== "data"));
  for (const type of STRUCTS.values()) {
    if (String(type.fields.map(({ name }) => name)) === members) {
      noteNonZero(type, answer, noted);
      return;
    }
  }
}
