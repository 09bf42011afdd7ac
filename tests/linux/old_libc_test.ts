import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { linuxKernel } from "../../lib/linux/kernel.ts";
import { changedLibc, hostLibrary, type LibraryChanges } from "../support/libc.ts";
import { procFs } from "../../lib/linux/proc/proc_fs.ts";
import { auditToken, type Kernel } from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/**
 * Returns a kernel over a C library in which some functions are changed, or missing if they are
 * null.
 */
function kernelOver(changes: LibraryChanges): Kernel {
  const libc = changedLibc(changes);
  return linuxKernel({ fs: procFs(libc), libc });
}

test("without pidfd_open() a process is signalled by its id, once that is known to be the one", {
  skip,
}, async () => {
  const kernel = kernelOver({ pidfd_open: null });
  const child = spawn("sleep", ["1000"]);
  const ended = once(child, "exit");
  using _ = { [Symbol.dispose]: () => void child.kill("SIGKILL") };
  const ask = (callnum: number, flavor: number, version: number) => {
    const token = new Uint8Array(auditToken.size);
    auditToken.encode({ val: [0, 0, 0, 0, 0, child.pid!, 0, version] }, token);
    return kernel.procInfo(callnum, 0, flavor, 0n, token);
  };
  const stat = readFileSync(`/proc/${child.pid}/stat`, "latin1");
  const version = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  assertEquals(ask(18, 0, version + 1), -ERRNO.ESRCH);
  assertEquals(kernel.procInfo(7, 0x7fffffff, 0, 0n, null), -ERRNO.ESRCH);
  assertEquals(kernel.procInfo(7, process.pid, 0, 0n, null), -ERRNO.EPERM);
  assertEquals(child.exitCode ?? child.signalCode, null);
  assertEquals(ask(17, 28, version), 0);
  assertEquals(ask(18, 0, version), 15);
  assertEquals(await ended, [null, "SIGTERM"]);
});

test("without pthread_setname_np() or timer_create() their calls are ENOTSUP", { skip }, () => {
  const kernel = kernelOver({ pthread_setname_np: null, timer_create: null });
  const ask = (callnum: number, flavor: number) =>
    kernel.procInfo(callnum, process.pid, flavor, 0n, new Uint8Array(8));
  assertEquals(ask(5, 2), -ERRNO.ENOTSUP);
  assertEquals(ask(14, 2), -ERRNO.ENOTSUP);
});

test("UDATA_INFO is ENOTSUP where timers do not have the kernel's numbers, and leaves none", {
  skip,
}, () => {
  const library = hostLibrary();
  const { timer_create, timer_delete } = library.bind({
    timer_create: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    timer_delete: { parameters: ["u64"], result: "i32" },
  });
  const OFFSET = 0x7f00_0000_0000n;
  const kernel = kernelOver({
    timer_create(clock: number, event: Uint8Array, timer: Uint8Array) {
      const answer = timer_create(clock, event, timer);
      const view = new DataView(timer.buffer);
      view.setBigUint64(0, view.getBigUint64(0, true) + OFFSET, true);
      return answer;
    },
    timer_delete: (timer: bigint) => timer_delete(timer - OFFSET),
  });
  const timers = () => readFileSync("/proc/self/timers", "utf8");
  const before = timers();
  assertEquals(kernel.procInfo(14, process.pid, 2, 0n, new Uint8Array(8)), -ERRNO.ENOTSUP);
  assertEquals(timers(), before);
});
