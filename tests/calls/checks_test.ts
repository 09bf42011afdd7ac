import { assertEquals, assertGreater } from "@std/assert";
import { runMatrix } from "../support/checks_matrix.ts";
import type { Question, Target } from "../support/xnu_checks.ts";
import { doubleTest as test, ME, OTHER, SELF } from "../support/double.ts";
import { openScene } from "./scene.ts";

const MATE = 5001, CHILD = 5002, STRANGER = 5003, ZOMBIE = 5004, OTHER_ZOMBIE = 5005;

const BARE: Omit<Target, "role" | "pid"> = {
  ...{ state: "living", sameUser: true, isSelf: false, isChild: false, threads: [], lastFd: -1 },
};

const TARGETS: readonly Target[] = [
  { ...BARE, role: "the caller", pid: SELF, isSelf: true },
  { ...BARE, role: "one of the same user", pid: MATE },
  { ...BARE, role: "a child", pid: CHILD, isChild: true },
  { ...BARE, role: "one of another user", pid: STRANGER, sameUser: false },
  { ...BARE, role: "a zombie of the same user", pid: ZOMBIE, state: "zombie" },
  {
    ...BARE,
    ...{ role: "a zombie of another user", pid: OTHER_ZOMBIE, state: "zombie", sameUser: false },
  },
  ...[-1, 0x7fff_ffff, -0x8000_0000].map((pid): Target => ({
    ...BARE,
    ...{ role: "nobody", pid, state: "absent", sameUser: false },
  })),
];

/**
 * Matches flavors whose data only the processes of the double have: work queues and dirty tracking.
 */
const isOfState = ({ callnum, flavor }: Question) =>
  (callnum === 2 && flavor === 12) || (callnum === 8 && [1, 2, 4].includes(flavor));

for (const isRoot of [true, false]) {
  test(`the double checks as the model of XNU does, for ${isRoot ? "root" : "another user"}`, () => {
    const { control, kernel } = openScene();
    for (const { pid, sameUser, state } of TARGETS) {
      const user = sameUser ? isRoot ? 0 : ME : OTHER;
      if (state === "absent" || pid === SELF) continue;
      control.double_add(pid, pid === CHILD ? SELF : 1, 1, user, user, 0, 0);
      if (state === "zombie") control.double_zombie(pid);
    }
    control.double_caller(SELF, isRoot ? 0 : ME, 0);
    const work = () => ["anything"] as const;
    const { count, mistakes } = runMatrix(kernel, TARGETS, { isRoot }, work, isOfState);
    assertEquals(mistakes, []);
    assertGreater(count, 10_000);
  });
}
