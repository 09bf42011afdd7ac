import { readdirSync } from "node:fs";
import process from "node:process";
import { openAdapter, openLibrary } from "../../ffi/runtime.ts";
import type { Facts } from "../../lib/doctor/facts.ts";
import type { Host } from "../../lib/host.ts";
import { compileLibrary } from "../support/compile.ts";
import { type Double, openDouble } from "../support/double.ts";

const MORE = {
  double_item: { parameters: ["i32", "i32", "u64", "u64", "u64", "u64"], result: "i32" },
  double_set_blob: { parameters: ["i32", "i32", "u64", "buffer", "u32"], result: "void" },
  double_identity: { parameters: ["i32", "i32", "u64", "u64", "u64"], result: "i32" },
  double_poke: { parameters: ["i32", "i32", "u32", "u64", "u32", "buffer", "u32"], result: "void" },
  double_coalition: { parameters: ["u64", "u32", "u32"], result: "void" },
} as const;

// What double.h calls them, without DOUBLE_.
const FD = 0, FILEPORT = 1, REGION = 3, DYNKQUEUE = 4, UPTR = 5, FAULT = 6;
const KMSG = 2, PATH = 3, CWD = 4, COMM = 6, EXIT_REASON = 13;
const FLAGS = 0, PPID = 1, PGID = 2, RUID = 5, OPPID = 6, UNIQUEID = 7, START_SEC = 18;
const USER_TICKS = 25, SYSTEM_TICKS = 26, VIRTUAL_SIZE = 27, RESIDENT_SIZE = 28;
const TRACED = 2;
const PIDINFO = 2, PROC_PIDARCHINFO = 19;
const CPU_TYPES: Readonly<Record<string, number>> = { arm64: 0x0100000c, x64: 0x01000007 };
const MEANINGFUL = 0, NUMER = 16, DENOM = 17;

/** The kinds of descriptor, each under the number of one. */
const KINDS = [1, 2, 3, 4, 5, 6, 10];

/** The double, with something in it for every question, in which this process is as it is. */
export interface FullDouble extends Double {
  readonly facts: Facts;
  /** Sets the double's processor time, resident size and start to what they are just now. */
  update(): void;
}

/** Opens the double as a Mac with Apple silicon on which root asks. */
export function openFullDouble(): FullDouble {
  const double = openDouble();
  const { control } = double;
  const folder = new URL("../support/double/", import.meta.url);
  const sources = readdirSync(folder).filter((file) => file.endsWith(".c")).sort();
  const path = compileLibrary(sources.map((file) => `double/${file}`), "system_double");
  const more = openLibrary(openAdapter(), [path]).bind(MORE);
  const pid = double.host.pid();
  const thread = control.double_get(pid, UNIQUEID) * 256n + 1n;
  const host: Host = { ...double.host, threadId: () => thread };
  const set = (attribute: number, value: number) =>
    control.double_set(pid, attribute, BigInt(Math.round(value)));
  const blob = (kind: number, text: string, of = pid) => {
    const bytes = new TextEncoder().encode(text);
    more.double_set_blob(kind, of, 0n, bytes, bytes.length);
  };

  control.double_caller(pid, 0, 0);
  control.double_option(MEANINGFUL, 1n);
  control.double_option(NUMER, 125n);
  control.double_option(DENOM, 3n);
  set(PPID, host.ppid());
  set(PGID, host.pgrp());
  set(RUID, host.ruid());
  control.double_set(pid, FLAGS, BigInt(TRACED));
  set(OPPID, pid);
  const executable = host.fileId(process.execPath), directory = host.fileId(".");
  blob(PATH, process.execPath);
  blob(COMM, process.execPath.slice(process.execPath.lastIndexOf("/") + 1));
  blob(CWD, process.cwd());
  more.double_identity(CWD, pid, 0n, BigInt(directory.device), directory.inode);
  blob(KMSG, "a message\n", 0);
  blob(EXIT_REASON, "");
  KINDS.forEach((kind, i) => {
    more.double_item(pid, FD, BigInt(i), BigInt(kind), 2n, 0n);
    more.double_item(pid, FILEPORT, BigInt(0x1000 + i), BigInt(kind), 0n, 0n);
  });
  more.double_item(pid, REGION, 0x10000n, 0x4000n, 1n, BigInt(directory.device));
  more.double_item(pid, DYNKQUEUE, 0x77n, 1n, 3n, 0n);
  more.double_item(pid, UPTR, 0xdeadbeefn, 0n, 0n, 0n);
  more.double_item(pid, FAULT, 5n, 0x1000n, 0n, 0n);
  // The double is made for arm64, and this process may not be.
  const cpuType = new Uint8Array(Int32Array.of(CPU_TYPES[process.arch] ?? 0).buffer);
  more.double_poke(PIDINFO, pid, PROC_PIDARCHINFO, 0n, 0, cpuType, 4);
  more.double_coalition(500n, 0, 2);
  more.double_coalition(501n, 1, 2);

  const startedAt = Math.min(performance.timeOrigin, Date.now() - process.uptime() * 1000);
  const processorTime = () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  const update = () => {
    const { user, system } = process.cpuUsage();
    // A unit of time is 125/3 ns.
    set(USER_TICKS, user * 1000 * 3 / 125);
    set(SYSTEM_TICKS, system * 1000 * 3 / 125);
    set(RESIDENT_SIZE, process.memoryUsage().rss);
    set(VIRTUAL_SIZE, process.memoryUsage().rss * 2);
    set(START_SEC, Math.floor(startedAt / 1000));
  };
  update();
  const facts: Facts = {
    ppid: host.ppid(),
    pgrp: host.pgrp(),
    euid: 0,
    ruid: host.ruid(),
    threadId: thread,
    startedAt,
    names: [process.execPath.slice(process.execPath.lastIndexOf("/") + 1)],
    executable,
    directory,
    arch: process.arch,
    processorTime,
    residentSize: () => process.memoryUsage().rss,
    fileId: host.fileId,
  };
  return { ...double, host: { ...host, euid: () => 0 }, facts, update };
}
