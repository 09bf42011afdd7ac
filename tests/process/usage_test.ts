import { assertEquals, assertGreater } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { PROC_PIDTASKINFO } from "../../lib/abi/pid_info.ts";
import { RUSAGE_INFO_V0 } from "../../lib/abi/pid_rusage.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { pidRusage } from "../../lib/calls/pid_rusage.ts";
import { openProcess, type Process } from "../../lib/process/process.ts";
import { processes } from "../../lib/process/rows.ts";
import { processTable } from "../../lib/process/table.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** User time, system time, and their sum as it was reported, in nanoseconds. */
type Times = readonly [user: number, system: number, sum: number];

/** The ways in which processor times can be read, each of which has its own code. */
const WAYS: Readonly<Record<string, (one: Process) => Times>> = {
  resourceUsage(one) {
    const { userTimeNs, systemTimeNs, cpuTimeNs } = one.resourceUsage();
    return [userTimeNs, systemTimeNs, cpuTimeNs];
  },
  processes({ pid }) {
    const [row] = processes({ fields: ["cpu"], pids: [pid] });
    return [row!.userTimeNs!, row!.systemTimeNs!, row!.cpuTimeNs!];
  },
  processTable({ pid }) {
    const table = processTable({ fields: ["cpu"], pids: [pid] });
    return [table.userTimeNs[0]!, table.systemTimeNs[0]!, table.cpuTimeNs[0]!];
  },
  read(one) {
    const { userTimeNs, systemTimeNs, cpuTimeNs } = one.read("cpu");
    return [userTimeNs!, systemTimeNs!, cpuTimeNs!];
  },
  pidRusage({ pid }) {
    const { ri_user_time, ri_system_time } = pidRusage(pid, RUSAGE_INFO_V0);
    return [Number(ri_user_time), Number(ri_system_time), Number(ri_user_time + ri_system_time)];
  },
  pidInfo({ pid }) {
    const { pti_total_user, pti_total_system } = pidInfo(pid, PROC_PIDTASKINFO);
    const sum = pti_total_user + pti_total_system;
    return [Number(pti_total_user), Number(pti_total_system), Number(sum)];
  },
};

/**
 * How many readings are made, of a process that does nothing else. The environment may ask for more.
 */
const READINGS = Number(process.env.LIBPROC_READINGS ?? 10_000);

test("processor times never fall from one way of reading them to the next", {
  skip,
  timeout: 60_000,
}, async () => {
  // It takes the processor in user mode and in the kernel by turns.
  const script = "while :; do read -r _ < /proc/self/stat; done";
  const child = spawn("sh", ["-c", script], { stdio: "ignore" });
  const gone = once(child, "exit");
  try {
    await once(child, "spawn");
    const falls: Record<string, number> = {};
    const entries = Object.entries(WAYS);
    for (const pid of [process.pid, child.pid!]) {
      const one = openProcess(pid);
      let last: Times = [0, 0, 0];
      let lastWay = "";
      let first: Times | undefined;
      for (let i = 0; i < READINGS / 2; i++) {
        // Each way is followed by each other one.
        const [way, read] = entries[(i + Math.floor(i / entries.length)) % entries.length]!;
        const times = read(one);
        first ??= times;
        times.forEach((time, which) => {
          if (time < last[which]!) {
            const name = `${lastWay} to ${way}: ${["user", "system", "sum"][which]}`;
            falls[name] = (falls[name] ?? 0) + 1;
          }
        });
        assertEquals(times[0] + times[1], times[2], way);
        last = times;
        lastWay = way;
      }
      assertGreater(last[2], first![2]);
    }
    assertEquals(falls, {});
  } finally {
    child.kill("SIGKILL");
    await gone;
  }
});
