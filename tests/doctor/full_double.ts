import process from "node:process";
import type { Facts } from "../../lib/doctor/facts.ts";
import { type Double, openDouble } from "../support/double.ts";
import { named } from "../support/double_names.ts";

const PIDINFO = 2, PROC_PIDARCHINFO = 19;
const CPU_TYPES: Readonly<Record<string, number>> = { arm64: 0x0100000c, x64: 0x01000007 };

/** The kinds of descriptor. The index of each is its descriptor. */
const KINDS = [1, 2, 3, 4, 5, 6, 10];

/** The double with an object for every query. It represents this process with its real values. */
export interface FullDouble extends Double {
  readonly facts: Facts;
  /**
   * Sets the double's processor time, resident size and start to the current values of this
   * process.
   */
  update(): void;
}

/** Opens the double as a Mac with Apple silicon and with root as the caller. */
export function openFullDouble(): FullDouble {
  const double = openDouble();
  const { control, item, option, system } = double;
  const pid = system.pid();
  const set = (attribute: string, value: number) =>
    double.set(pid, attribute, BigInt(Math.round(value)));
  const blob = (kind: string, text: string, of = pid) => double.blob(kind, of, 0n, text);

  control.double_caller(pid, 0, 0);
  option("MEANINGFUL", 1n);
  option("NUMER", 125n);
  option("DENOM", 3n);
  set("PPID", system.ppid());
  set("PGID", system.pgrp());
  set("RUID", system.ruid());
  set("FLAGS", named("DOUBLE_TRACED"));
  set("OPPID", pid);
  const executable = system.fileId(process.execPath), directory = system.fileId(".");
  blob("PATH", process.execPath);
  blob("COMM", process.execPath.slice(process.execPath.lastIndexOf("/") + 1));
  blob("CWD", process.cwd());
  double.identity("CWD", pid, 0n, BigInt(directory.device), directory.inode);
  blob("KMSG", "a message\n", 0);
  blob("EXIT_REASON", "");
  KINDS.forEach((kind, i) => {
    item(pid, "FD", BigInt(i), BigInt(kind), 2n);
    item(pid, "FILEPORT", BigInt(0x1000 + i), BigInt(kind));
  });
  item(pid, "REGION", 0x10000n, 0x4000n, 1n, BigInt(directory.device));
  item(pid, "DYNKQUEUE", 0x77n, 1n, 3n);
  item(pid, "UPTR", 0xdeadbeefn);
  item(pid, "FAULT", 5n, 0x1000n);
  // The double represents an arm64 machine, but this process may have another architecture.
  const cpuType = new Uint8Array(Int32Array.of(CPU_TYPES[process.arch] ?? 0).buffer);
  control.double_poke(PIDINFO, pid, PROC_PIDARCHINFO, 0n, 0, cpuType, 4);
  control.double_coalition(500n, 0, 2);
  control.double_coalition(501n, 1, 2);

  const startedAt = Math.min(performance.timeOrigin, Date.now() - process.uptime() * 1000);
  const processorTime = () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  const update = () => {
    const { user, system } = process.cpuUsage();
    // A unit of time is 125/3 ns.
    set("USER_TICKS", user * 1000 * 3 / 125);
    set("SYSTEM_TICKS", system * 1000 * 3 / 125);
    set("RESIDENT_SIZE", process.memoryUsage().rss);
    set("VIRTUAL_SIZE", process.memoryUsage().rss * 2);
    set("START_SEC", Math.floor(startedAt / 1000));
  };
  update();
  const facts: Facts = {
    ppid: system.ppid(),
    pgrp: system.pgrp(),
    euid: 0,
    ruid: system.ruid(),
    threadId: system.threadId(),
    startedAt,
    names: [process.execPath.slice(process.execPath.lastIndexOf("/") + 1)],
    executable,
    directory,
    arch: process.arch,
    processorTime,
    residentSize: () => process.memoryUsage().rss,
    fileId: system.fileId,
  };
  return { ...double, system: { ...system, euid: () => 0 }, facts, update };
}
