import { assert, assertEquals } from "@std/assert";
import { execFileSync, spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import {
  pidFdInfo,
  pidInfo,
  pidRusage,
  PROC_PIDFDSOCKETINFO,
  PROC_PIDLISTFDS,
  PROX_FDTYPE_PIPE,
  PROX_FDTYPE_SOCKET,
  PROX_FDTYPE_VNODE,
  RUSAGE_INFO_V2,
  TSI_S_ESTABLISHED,
  TSI_S_LISTEN,
} from "../../lib/calls/mod.ts";
import { machTime } from "../../lib/libproc/mod.ts";
import { startHolder } from "../support/descriptors.ts";

const needs = (program: string): string | false =>
  process.platform !== "linux"
    ? "needs Linux"
    : process.getuid?.() !== 0
    ? "needs root, for descriptors of every kind"
    : spawnSync(program, ["-v"]).error
    ? `needs ${program}`
    : false;

/** The kinds that correspond to the values of TYPE in lsof(8). Other types are not compared. */
const KINDS: Readonly<Record<string, number>> = {
  REG: PROX_FDTYPE_VNODE,
  DIR: PROX_FDTYPE_VNODE,
  CHR: PROX_FDTYPE_VNODE,
  IPv4: PROX_FDTYPE_SOCKET,
  IPv6: PROX_FDTYPE_SOCKET,
  unix: PROX_FDTYPE_SOCKET,
  netlink: PROX_FDTYPE_SOCKET,
};

test("PROC_PIDLISTFDS lists the descriptors that lsof lists, of the same kinds", {
  skip: needs("lsof"),
}, async () => {
  await using holder = await startHolder();
  const args = ["-w", "-n", "-P", "-p", `${holder.pid}`, "-F", "ftn"];
  const text = execFileSync("lsof", args, { encoding: "utf8" });
  const theirs = [...text.matchAll(/^f(\d+)\nt(.*)\n(?:n(.*)\n)?/gm)].map(([, fd, type, name]) => ({
    fd: Number(fd),
    type: type!,
    name: name ?? "",
  }));
  const ours = new Map(
    pidInfo(holder.pid, PROC_PIDLISTFDS).map(({ proc_fd, proc_fdtype }) => [proc_fd, proc_fdtype]),
  );
  assertEquals([...ours.keys()], theirs.map(({ fd }) => fd).sort((a, b) => a - b));
  let compared = 0;
  for (const { fd, type, name } of theirs) {
    // This library reports a file under /dev/shm as shared memory, and a named pipe as a file.
    const kind = name.startsWith("/dev/shm/")
      ? undefined
      : type === "FIFO" && name === "pipe"
      ? PROX_FDTYPE_PIPE
      : KINDS[type];
    if (kind === undefined) continue;
    assertEquals(ours.get(fd), kind, `${fd} ${type} ${name}`);
    compared++;
  }
  assert(compared > 20, `${compared}`);
});

test(
  "PROC_PIDFDSOCKETINFO reports the ports and states that ss reports",
  { skip: needs("ss") },
  async () => {
    await using holder = await startHolder();
    const text = execFileSync("ss", ["-H", "-t", "-a", "-n", "-p"], { encoding: "utf8" });
    const states: Record<string, number> = { LISTEN: TSI_S_LISTEN, ESTAB: TSI_S_ESTABLISHED };
    let compared = 0;
    for (const line of text.split("\n")) {
      const [state = "", , , local = "", remote = ""] = line.trim().split(/\s+/);
      for (const [, pid, fd] of line.matchAll(/pid=(\d+),fd=(\d+)/g)) {
        if (Number(pid) !== holder.pid || states[state] === undefined) continue;
        const { psi } = pidFdInfo(holder.pid, Number(fd), PROC_PIDFDSOCKETINFO);
        const { tcpsi_ini, tcpsi_state } = psi.soi_proto.pri_tcp!;
        const port = (number: number) => (number & 0xff) << 8 | number >> 8;
        assertEquals(
          [tcpsi_state, port(tcpsi_ini.insi_lport), port(tcpsi_ini.insi_fport)],
          [states[state], ...[local, remote].map((end) => Number(/:(\d+|\*)$/.exec(end)![1]) || 0)],
          line,
        );
        compared++;
      }
    }
    assert(compared > 3, `${compared}`);
  },
);

test("pidRusage() reports the processor time that getrusage() reports", {
  skip: process.platform === "linux" ? false : "needs Linux",
}, () => {
  const microseconds = () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    return userCPUTime + systemCPUTime;
  };
  const before = microseconds();
  const { ri_user_time, ri_system_time } = pidRusage(process.pid, RUSAGE_INFO_V2);
  const after = microseconds();
  const ours = Number(machTime(ri_user_time + ri_system_time)) / 1000;
  // Both times are in whole ticks.
  const tick = 10_000;
  assert(ours > before - 2 * tick && ours <= after + tick, `${before} ${ours} ${after}`);
});
