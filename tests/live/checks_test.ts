/**
 * Compares the checks of every callnum and flavor with those of XNU, in its order:
 * `tests/support/xnu_checks.ts`.
 */
import { assertEquals, assertGreater } from "@std/assert";
import process from "node:process";
import { after, before, test } from "node:test";
import { openSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { linuxWork, runMatrix } from "../support/checks_matrix.ts";
import type { Target } from "../support/xnu_checks.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

const NOBODY = 65534;

let ours: Cast, theirs: Cast;
before(async () => {
  if (skip !== false) return;
  [ours, theirs] = await Promise.all([startCast("subjects"), startCast("subjects", [`${NOBODY}`])]);
});
after(() => Promise.all([ours?.[Symbol.asyncDispose](), theirs?.[Symbol.asyncDispose]()]));

const LIVING = { state: "living", isSelf: false, isChild: false, lastFd: 2 } as const;

/** Returns the processes of a cast as targets, for a caller of the same user or of another one. */
function subjects(cast: Cast, sameUser: boolean): Target[] {
  const whose = sameUser ? "of the same user" : "of another user";
  const thread = cast.pid("thread"), living = cast.pid("living");
  const isChild = sameUser && root;
  return [
    { ...LIVING, role: `one ${whose}`, pid: living, sameUser, threads: [living, thread] },
    {
      ...LIVING,
      ...{ role: `a zombie ${whose}`, pid: cast.pid("zombie"), state: "zombie", sameUser },
      threads: [],
    },
    { ...ABSENT, role: `a thread of one ${whose}`, pid: thread, sameUser },
    {
      ...LIVING,
      ...{ role: `a parent ${whose}`, pid: cast.pid("director"), sameUser, isChild },
      threads: [cast.pid("director")],
    },
  ];
}

const ABSENT = { ...LIVING, state: "absent", sameUser: false, threads: [] } as const;

/** Pids that do not exist on Linux. */
const NONE: readonly Target[] = [0, -1, 0x7fff_ffff, -0x8000_0000].map((pid) => ({
  ...ABSENT,
  role: "nobody",
  pid,
}));

const self = (pid: number): Target => ({
  ...LIVING,
  ...{ role: "the caller", pid, sameUser: true, isSelf: true, threads: [pid] },
});

test("every call finds wrong what XNU would, in XNU's order, for root", { skip }, () => {
  const targets = [
    self(process.pid),
    ...subjects(ours, true),
    ...subjects(theirs, false).map((target) => ({
      ...target,
      isChild: target.role.startsWith("a parent"),
    })),
    ...NONE,
  ];
  const { kernel } = openSystem();
  const { count, mistakes } = runMatrix(kernel, targets, { isRoot: true }, linuxWork);
  assertEquals(mistakes, []);
  assertGreater(count, 30_000);
});

test("every call finds wrong what XNU would, in XNU's order, for another user", { skip }, () => {
  const seen = [
    ...subjects(ours, false),
    ...subjects(theirs, true).map((target) => ({ ...target, isChild: false })),
    ...NONE,
  ];
  const script = `
    import process from "node:process";
    import { openSystem } from "./lib/system/open.ts";
    import { linuxWork, runMatrix } from "./tests/support/checks_matrix.ts";
    const self = { ...${JSON.stringify(self(0))}, pid: process.pid, threads: [process.pid] };
    const targets = [self, ...${JSON.stringify(seen)}];
    const { kernel } = openSystem();
    console.log(JSON.stringify(runMatrix(kernel, targets, { isRoot: false }, linuxWork)));
  `;
  const { count, mistakes } = runWrapped(AS_NOBODY, script) as ReturnType<typeof runMatrix>;
  assertEquals(mistakes, []);
  assertGreater(count, 30_000);
});
