import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { procBsdInfoWithUniqId } from "../../lib/abi/bsd_info.ts";
import { PROC_INFO_CALL_LISTPIDS } from "../../lib/abi/callnum.ts";
import { FIELD_NAMES, type FieldName } from "../../lib/process/fields/mod.ts";
import { processes, processesAsync } from "../../lib/process/rows.ts";
import type { AsyncOptions } from "../../lib/process/slices.ts";
import { processTable, processTableAsync, tableText } from "../../lib/process/table.ts";
import { processTree, processTreeAsync } from "../../lib/process/tree.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { type ScriptedKernel, scriptedKernel } from "../../lib/testing/mod.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

const PROCESSES = 4000;

/** Returns a kernel with too many processes for one slice. */
function crowdedKernel(): ScriptedKernel {
  const pids = new Uint8Array(Int32Array.from({ length: PROCESSES }, (_, i) => i + 1).buffer);
  const bytes = new Uint8Array(procBsdInfoWithUniqId.size);
  return scriptedKernel([
    {
      callnum: PROC_INFO_CALL_LISTPIDS,
      answer: (_, buffer) => buffer === null ? pids.length + 80 : pids,
    },
    {
      flavor: 18,
      answer({ pid }) {
        // Simulates the time that a kernel takes.
        for (let i = 0, end = performance.now() + 0.01; performance.now() < end; i++);
        procBsdInfoWithUniqId.encode({
          pbsd: {
            pbi_pid: pid,
            pbi_ppid: pid >> 1,
            pbi_status: 3,
            pbi_name: `process ${pid}`,
            pbi_start_tvsec: BigInt(pid),
          },
          p_uniqidentifier: { p_uniqueid: BigInt(pid) },
        }, bytes);
        return bytes;
      },
    },
  ]);
}

/** Counts the turns of the event loop until a promise settles. */
async function turnsDuring(promise: Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  try {
    await promise;
  } finally {
    clearInterval(timer);
  }
  return turns;
}

const READERS: Readonly<
  Record<string, (options: { readonly system: System } & AsyncOptions) => Promise<unknown>>
> = {
  processesAsync: (options) => processesAsync({ ...options, fields: ["name", "state"] }),
  processTableAsync: (options) => processTableAsync({ ...options, fields: ["name", "state"] }),
  processTreeAsync: (options) => processTreeAsync(options),
};

test("the event loop turns while all processes are read in slices", { skip }, async () => {
  for (const [name, read] of Object.entries(READERS)) {
    const turns = await turnsDuring(read({ system: systemOf(crowdedKernel()) }));
    assertGreater(turns, 1, name);
  }
});

test("what is read in slices is the same as what is read at once", { skip }, async () => {
  const system = systemOf(crowdedKernel());
  const fields = ["parentPid", "name", "state", "uniqueId", "startedAt"] as const;
  const rows = processes({ system, fields });
  assertEquals(rows.length, PROCESSES);
  assertEquals(rows[41], {
    pid: 42,
    parentPid: 21,
    name: "process 42",
    state: "sleeping",
    uniqueId: "42",
    startedAt: 42_000,
    missing: {},
  });
  assertEquals(await processesAsync({ system, fields }), rows);
  const { readAtMs: _, ...table } = await processTableAsync({ system, fields });
  const { readAtMs: __, ...once } = processTable({ system, fields });
  assertEquals(table, once);
  assertEquals(tableText(table, table.name[99]!), "process 100");
  assertEquals(await processTreeAsync({ system }), processTree({ system }));
  // The same for real processes.
  const { pid } = process;
  const names: FieldName[] = FIELD_NAMES.filter((name) =>
    /^(pid|uniqueId|parent|name|user(Id|Name)|group|real|saved|session|title|arguments|started)/
      .test(name)
  );
  const [own] = await processesAsync({ pids: [pid], fields: names });
  assertEquals(own, processes({ pids: [pid], fields: names })[0]);
  assert((await processesAsync()).some((row) => row.pid === pid));
});

test("reading in slices ends with the reason of its signal", { skip }, async () => {
  for (const [name, read] of Object.entries(READERS)) {
    const reason = new RangeError(name);
    const kernel = crowdedKernel();
    const system = systemOf(kernel);
    const before = read({ system, signal: AbortSignal.abort(reason) });
    assertEquals(await assertRejects(() => before, RangeError), reason);
    assertEquals(kernel.calls.length, 0);
    const controller = new AbortController();
    const during = read({ system, signal: controller.signal });
    controller.abort(reason);
    assertEquals(await assertRejects(() => during, RangeError), reason);
    assertGreater(kernel.calls.length, 0);
    // The read has stopped in the middle and makes no more queries.
    const { length } = kernel.calls;
    assert(length < PROCESSES, `${length} calls`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assertEquals(kernel.calls.length, length);
    const late = new AbortController();
    await read({ system, signal: late.signal });
    late.abort(reason);
  }
  for (const signal of ["SIGTERM", {}, new AbortController(), null, 5]) {
    const wrong = processesAsync({ pids: [], signal: signal as unknown as AbortSignal });
    await assertRejects(() => wrong, TypeError, "Cannot pass signal as it must be an AbortSignal");
  }
});

test("readings in slices do not disturb each other, nor those at once", { skip }, async () => {
  const { pid, ppid } = process;
  const fields = ["uniqueId", "parentPid", "name", "userId", "arguments"] as const;
  const pids = [pid, ppid, 1];
  const expected = processes({ pids, fields });
  const all = await Promise.all([
    processesAsync({ fields }),
    processesAsync({ fields: [...fields].reverse() }),
    processTableAsync({ fields }),
    processTreeAsync(),
    processesAsync({ pids, fields }),
    (async () => {
      for (let i = 0; i < 20; i++) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        assertEquals(processes({ pids, fields }), expected);
      }
    })(),
  ]);
  assertEquals(all[4], expected);
  assertEquals(all[0].filter((row) => pids.includes(row.pid)), expected);
});
