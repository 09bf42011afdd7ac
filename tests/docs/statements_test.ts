import { assert, assertEquals } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import * as calls from "../../lib/calls/mod.ts";
import * as libproc from "../../lib/libproc/mod.ts";
import { processes } from "../../mod.ts";
import { openDouble, OTHER, SELF } from "../support/double.ts";
import { ROOT } from "../support/runtime.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** The rooms whose statements about Linux and macOS are held here. */
const ROOMS = ["lib/libproc", "lib/calls"];

/** A comment that states something about a system, by the name of what it documents. */
const COMMENT =
  /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*(?:export\s+)?(?:async\s+)?(?:readonly\s+)?(?:function\s+|const\s+|class\s+|interface\s+)?(\w+)?/g;

function statements(): string[] {
  return ROOMS.flatMap((room) =>
    readdirSync(ROOT + room).sort().flatMap((file) => {
      const source = readFileSync(`${ROOT}${room}/${file}`, "utf8");
      const found = [...source.matchAll(COMMENT)]
        .filter(([, text = ""]) => /\b(?:Linux|macOS)\b/.test(text.replaceAll(/```[^]*?```/g, "")))
        .map(([, , name]) => `${room}/${file} ${name ?? "@module"}`);
      return [...new Set(found)];
    })
  );
}

/** What holds a statement: an assertion against this Linux or the double, or the source of a fact of macOS. */
type Held = (() => unknown) | string;

const code = (run: () => unknown): string => {
  try {
    run();
    return "no error";
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
};
const isCode = (expected: string, run: () => unknown) => () => assertEquals(code(run), expected);
const VERSIONS = "XNU's headers, by the release in which the constant appears: lib/abi";

const HELD: Readonly<Record<string, Held>> = {
  "lib/libproc/arguments.ts executablePath": () =>
    assertEquals(libproc.getArguments(process.pid).executablePath, undefined),
  "lib/libproc/arguments.ts environment": () =>
    assert((libproc.getArguments(process.pid).environment ?? []).length > 0),
  "lib/libproc/arguments.ts getArguments": () => {
    const double = openDouble(SELF);
    double.add(200, OTHER);
    assertEquals(code(() => double.system.arguments(200)), "EPERM");
    // A container has no kernel threads.
    const [kernel] = processes({ fields: ["kernelThread"] }).filter((row) => row.kernelThread);
    if (kernel) assertEquals(libproc.getArguments(kernel.pid).arguments, []);
  },
  "lib/libproc/info.ts procListUptrs": () =>
    assertEquals(libproc.procListUptrs(process.pid), new BigUint64Array()),
  "lib/libproc/info.ts procListDynkqueueids": () =>
    assertEquals(libproc.procListDynkqueueids(process.pid), new BigUint64Array()),
  "lib/libproc/info.ts procCurrentThreadSchedinfo": () =>
    assertEquals(libproc.procCurrentThreadSchedinfo(), { int_time_ns: 0n }),
  "lib/libproc/info.ts procUdataInfo": udataStays,
  "lib/libproc/mod.ts @module": () => assertEquals(typeof libproc.procPidRusage, "function"),
  "lib/libproc/name.ts procPidpathAudittoken": VERSIONS,
  "lib/libproc/system.ts procLibversion": "libproc.c of XNU",
  "lib/libproc/time.ts machTime": () => assertEquals(libproc.machTime(3n), 3n),
  "lib/calls/audit_token.ts signalAuditToken": () => {
    const token = { val: [0, 0, 0, 0, 0, process.pid, 0, 0] };
    for (const signal of [7, 29]) {
      assertEquals(code(() => calls.signalAuditToken(token, signal)), "ENOTSUP");
    }
  },
  "lib/calls/audit_token.ts terminateAuditToken": isCode(
    "ESRCH",
    () => calls.terminateAuditToken({ val: [0, 0, 0, 0, 0, 0x7ffffff0, 0, 1] }),
  ),
  "lib/calls/can_use_fg_hw.ts canUseFgHw": isCode("ENOTSUP", () => calls.canUseFgHw(process.pid)),
  "lib/calls/delegate.ts delegateSignal": isCode("EPERM", () => {
    const token = { val: [0, 0, 0, 0, 0, process.pid, 0, 0] };
    calls.delegateSignal(token, token, 9);
  }),
  "lib/calls/delegate.ts delegateTerminate": isCode("EPERM", () => {
    const token = { val: [0, 0, 0, 0, 0, process.pid, 0, 0] };
    calls.delegateTerminate(token, token);
  }),
  "lib/calls/dirty_control.ts getDirty": () => assertEquals(calls.getDirty(process.pid), 0),
  "lib/calls/kern_msg_buf.ts kernMsgBuf": () => {
    if (process.getuid?.() === 0) assert(calls.kernMsgBuf().length > 0);
    const double = openDouble(SELF);
    assertEquals(code(() => calls.kernMsgBuf({ system: double.system })), "EPERM");
  },
  "lib/calls/kinfo_proc.ts getKinfoProc": () => {
    assertEquals(calls.getKinfoProc(1)?.kp_proc.p_pid, 1);
    assertEquals(calls.getKinfoProc(0), undefined);
    const { system } = openDouble(SELF);
    assertEquals(calls.getKinfoProc(0, { system })?.kp_proc.p_pid, 0);
  },
  "lib/calls/list_coalitions.ts listCoalitions": () =>
    assert(calls.listCoalitions(calls.LISTCOALITIONS_ALL_COALS).length > 0),
  "lib/calls/list_pids.ts listPids": () => {
    const pids = Array.from(calls.listPids(calls.PROC_ALL_PIDS, 0));
    assertEquals(pids, pids.toSorted((a, b) => b - a));
    assert(!pids.includes(0));
    assertEquals(calls.listPids(99, 0).length, 0);
    const { system } = openDouble(SELF);
    assert(calls.listPids(calls.PROC_ALL_PIDS, 0, { system }).includes(0));
  },
  "lib/calls/list_pids.ts getPidsForPpid": "the PPID filter of bsd/kern/proc_info.c",
  "lib/calls/mod.ts @module": isCode("ENOTSUP", () => calls.setDelayIdleSleep(true)),
  "lib/calls/pid_dyn_kqueue_info.ts pidDynKqueueInfo": isCode(
    "ESRCH",
    () => calls.pidDynKqueueInfo(process.pid, calls.PROC_PIDDYNKQUEUE_INFO, 1n),
  ),
  "lib/calls/pid_fileport_info.ts pidFileportInfo": isCode(
    "EINVAL",
    () => calls.pidFileportInfo(process.pid, 1, calls.PROC_PIDFILEPORTVNODEPATHINFO),
  ),
  "lib/calls/pid_info.ts pidInfoOf": VERSIONS,
  "lib/calls/pid_originator_info.ts pidOriginatorInfo": isCode(
    "ENOTSUP",
    () => calls.pidOriginatorInfo(calls.PROC_PIDORIGINATOR_UUID),
  ),
  "lib/calls/proc_info.ts procInfo": isCode(
    "EINVAL",
    () => calls.procInfo(99, process.pid, 0, 0n, null),
  ),
  "lib/calls/set_control.ts setProcessControl": isCode(
    "ENOTSUP",
    () => calls.setProcessControl(calls.PROC_SETPC_NONE),
  ),
  "lib/calls/set_control.ts setThreadName":
    "tests/live/set_control_test.ts, in a thread of its own",
  "lib/calls/set_control.ts setVmResourceOwner": () => {
    const isRoot = process.getuid?.() === 0;
    assertEquals(code(() => calls.setVmResourceOwner()), isRoot ? "ENOTSUP" : "EPERM");
    if (!isRoot) return;
    const answer = runWrapped(
      AS_NOBODY,
      `import { setVmResourceOwner } from "./lib/calls/mod.ts";
       let code = "no error";
       try { setVmResourceOwner(); } catch (error) { code = error.code; }
       console.log(JSON.stringify(code));`,
    );
    assertEquals(answer, "EPERM");
  },
  "lib/calls/set_control.ts setDelayIdleSleep": isCode(
    "ENOTSUP",
    () => calls.setDelayIdleSleep(true),
  ),
  "lib/calls/set_dyld_images.ts setDyldImages": isCode(
    "ENOTSUP",
    () => calls.setDyldImages(new Uint8Array(8)),
  ),
  "lib/calls/terminate.ts terminate": "proc_terminate() of bsd/kern/proc_info.c",
  "lib/calls/terminate_rsr.ts terminateRsr": isCode("ENOTSUP", () => calls.terminateRsr(15)),
  "lib/calls/udata_info.ts setUdata": udataStays,
};

/** The 64 bits are 0n in a new process, and are kept. */
function udataStays(): void {
  const before = calls.getUdata();
  calls.setUdata(5n);
  assertEquals(calls.getUdata(), 5n);
  calls.setUdata(before);
}

test("each statement about Linux or macOS is held by an assertion or names its source", () => {
  const found = statements().filter((name) =>
    // The members of these have only the release that brought them.
    !/^lib\/calls\/pid_(?:rusage|info)\.ts (?:@module|\w*(?:RUSAGE|PLATFORM)\w*)$/.test(name)
  );
  assertEquals(found.filter((name) => !(name in HELD)), []);
  assertEquals(Object.keys(HELD).filter((name) => !found.includes(name)), []);
});

for (const [name, held] of Object.entries(HELD)) {
  if (typeof held === "string") continue;
  test(`${name} holds on this kernel`, { skip }, () => void held());
}
