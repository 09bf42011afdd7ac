import { systemOf } from "../../lib/system/system.ts";
import { assertEquals, assertThrows } from "@std/assert";
import {
  fileSystemId,
  type Kernel,
  pidInfo,
  type RegionFlavor,
  regions,
} from "../../lib/calls/mod.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { codeOf, openScene, type Scene } from "./scene.ts";
import { doubleTest as test, ME, OTHER, SELF } from "../support/double.ts";

const PID = 300;
const ALL = [7, 8] as const, BACKED = [22, 31] as const;
const FLAVORS: readonly RegionFlavor[] = [...ALL, ...BACKED];

/** The address and the length of a region, and true if it maps a file. */
type Row = readonly [address: bigint, size: bigint, backed?: boolean];

function scene(rows: readonly Row[], uid = ME): Scene {
  const scene = openScene();
  scene.add(PID, uid);
  for (const [address, size, backed] of rows) {
    scene.item(PID, "REGION", address, size, backed ? 1n : 0n, 7n);
  }
  return scene;
}

/** Returns the start and the length of each region of a walk. */
function walked(flavor: RegionFlavor, kernel: Kernel): [bigint, bigint][] {
  return Array.from(regions(PID, flavor, { system: systemOf(kernel) }), (region) => {
    if ("prpo_addr" in region) return [region.prpo_addr, region.prpo_regionlength];
    const { pri_address, pri_size } = "prp_prinfo" in region ? region.prp_prinfo : region;
    return [pri_address, pri_size];
  });
}

const ROWS: readonly Row[] = [
  [0x1_0000_0000n, 0x4000n, true],
  [0x1_0000_4000n, 0x4000n],
  [0x1_8000_0000n, 0x1_0000_0000n, true],
  [0x7fff_0000_0000n, 0x8000n],
];

test("regions() walks through all regions, or through those with a file, in order", () => {
  for (const flavor of FLAVORS) {
    const { kernel } = scene(ROWS);
    const wanted = ROWS.filter(([, , backed]) => backed || ALL.some((all) => all === flavor));
    assertEquals(walked(flavor, kernel), wanted.map(([address, size]) => [address, size]));
    assertEquals(kernel.calls.map(({ arg }) => arg), [
      0n,
      ...wanted.map(([address, size]) => address + size),
    ]);
  }
});

test("regions() gives the very answers of pidInfo()", () => {
  const { system } = scene(ROWS);
  for (const flavor of FLAVORS) {
    for (const region of regions(PID, flavor, { system })) {
      const address = "prpo_addr" in region
        ? region.prpo_addr
        : ("prp_prinfo" in region ? region.prp_prinfo : region).pri_address;
      assertEquals(region, pidInfo(PID, flavor, address, { system }) as typeof region);
    }
  }
});

test("regions() ends where the kernel answers with the same region for ever", () => {
  for (const stuck of [1n, 2n, 4n]) {
    const { kernel, set } = scene(ROWS);
    set(PID, "STUCK_REGION", stuck);
    const wanted = ROWS.slice(0, Number(stuck)).map(([address, size]) => [address, size]);
    assertEquals(walked(7, kernel), wanted as [bigint, bigint][]);
  }
});

test("regions() ends where the kernel goes back", () => {
  const answers = [[0x1000n, 0x1000n], [0x5000n, 0x1000n], [0x1000n, 0x1000n]] as const;
  let at = 0;
  const kernel = scriptedKernel((_, buffer) => {
    const [address, size] = answers[at++ % answers.length]!;
    const view = new DataView(buffer!.buffer, buffer!.byteOffset);
    view.setBigUint64(80, address, true);
    view.setBigUint64(88, size, true);
    return 96;
  });
  assertEquals(walked(7, kernel), [[0x1000n, 0x1000n], [0x5000n, 0x1000n]]);
});

test("regions() goes past a region without a length, and ends at one that comes again", () => {
  const { kernel } = scene([[0x1000n, 0n], [0x2000n, 0n]]);
  assertEquals(walked(7, kernel), [[0x1000n, 0n], [0x2000n, 0n]]);
  const empty = scriptedKernel((_, buffer) => buffer!.fill(0).byteLength);
  assertEquals(walked(7, empty), []);
});

test("regions() ends at the end of the address space, also behind it", () => {
  for (const size of [0x1000n, 0x1001n, 0xffff_ffff_ffff_ffffn]) {
    const rows: Row[] = [[0x1000n, 0x1000n, true], [0xffff_ffff_ffff_f000n, size, true]];
    for (const flavor of FLAVORS) {
      const { kernel } = scene(rows);
      assertEquals(walked(flavor, kernel), rows.map(([address, size]) => [address, size]));
      assertEquals(kernel.calls.length, 2);
    }
  }
});

test("regions() of a process without regions is empty, of an older kernel it is EINVAL", () => {
  for (const flavor of FLAVORS) {
    const { kernel, control } = scene([]);
    assertEquals(walked(flavor, kernel), []);
    control.double_old_kernel(-1, flavor - 1);
    assertEquals(codeOf(() => walked(flavor, kernel)), "EINVAL");
  }
});

test("regions() passes on other errors, from the first region and from later ones", () => {
  assertEquals(codeOf(() => walked(7, scene(ROWS, OTHER).kernel)), "EPERM");
  assertEquals(codeOf(() => [...regions(999, 7, scene(ROWS))]), "ESRCH");
  const { system, control } = scene(ROWS);
  const walk = regions(PID, 7, { system });
  walk.next();
  control.double_remove(PID);
  assertEquals(codeOf(() => walk.next()), "ESRCH");
  assertEquals(walk.next().done, true);
});

test("regions() of the kernel itself is EPERM without a call, as the call would leave a crash report", () => {
  const { kernel, system } = scene(ROWS);
  for (const flavor of FLAVORS) {
    assertEquals(codeOf(() => regions(0, flavor, { system }).next()), "EPERM");
  }
  assertEquals(kernel.calls, []);
  assertEquals(codeOf(() => pidInfo(0, 7, 0n, { system })), "EPERM");
});

test("regions() requests no more than is taken", () => {
  const { kernel, system } = scene(ROWS);
  for (const { pri_address } of regions(PID, 7, { system })) {
    assertEquals(pri_address, ROWS[0]![0]);
    break;
  }
  assertEquals(kernel.calls.length, 1);
});

test("regions() and fileSystemId() refuse bad arguments before anything is queried", () => {
  const kernel = scriptedKernel(() => -1);
  assertThrows(() => regions(2 ** 31, 7, { system: systemOf(kernel) }), RangeError, "pid");
  assertThrows(() => regions(1.5, 7, { system: systemOf(kernel) }), RangeError, "1.5");
  for (const flavor of [23, 1, 0, "7"]) {
    assertThrows(
      () => regions(SELF, flavor as RegionFlavor, { system: systemOf(kernel) }),
      RangeError,
      "flavor",
    );
  }
  assertEquals(kernel.calls, []);
  for (const val of [[], [1], [1, 2, 3], [1.5, 0], [0, 2 ** 32], [0, -(2 ** 31) - 1]]) {
    assertThrows(() => fileSystemId({ val }), RangeError, "fsid");
  }
});
