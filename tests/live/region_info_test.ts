import { assert, assertEquals, assertGreater, assertNotEquals } from "@std/assert";
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  pidInfo,
  PROC_PIDLISTTHREADIDS,
  PROC_PIDREGIONINFO,
  PROC_PIDREGIONPATH,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDREGIONPATHINFO3,
  PROC_REGION_SHARED,
  ProcInfoError,
  type ProcRegionInfo,
  type ProcRegionWithPathInfo,
  procRegionWithPathInfo,
  regions,
  SM_COW,
  SM_EMPTY,
  SM_PRIVATE,
  SM_SHARED,
} from "../../lib/calls/mod.ts";
import { openProcess } from "../../lib/process/process.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { fileStat } from "../support/file_stat.ts";
import { type Stage, startStage } from "../support/stage.ts";
import { AS_NOBODY, OWN_MOUNTS, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const skip = !linux ? "needs Linux" : process.getuid?.() !== 0 ? "needs root" : false;

const SIZES: Readonly<Record<number, number>> = {
  [PROC_PIDREGIONINFO]: 96,
  [PROC_PIDREGIONPATHINFO]: 1272,
  [PROC_PIDREGIONPATHINFO2]: 1272,
  [PROC_PIDREGIONPATHINFO3]: 1272,
  [PROC_PIDREGIONPATH]: 1040,
};
const FLAVORS = Object.keys(SIZES).map(Number);
const MISSING = 0x3ffffe;
const PAGE = 4096n;

let stage: Stage;
let cast: Cast;
before(async () => {
  if (skip !== false) return;
  stage = await startStage("regions.c", (folder) => [folder]);
  cast = await startCast();
});
after(async () => {
  await stage?.[Symbol.asyncDispose]();
  await cast?.[Symbol.asyncDispose]();
});

const address = (role: string) => BigInt(`0x${stage.said(role)}`);
const region = (role: string) => pidInfo(stage.pid, PROC_PIDREGIONINFO, address(role));
const withPath = (role: string) => pidInfo(stage.pid, PROC_PIDREGIONPATHINFO, address(role));
const pathOf = (role: string) => withPath(role).prp_vip.vip_path;
const filePath = (name: string) => `${realpathSync(stage.folder)}/${name}`;

/** Returns the result of the call itself. */
function raw(pid: number, flavor: number, size: number | null, arg: bigint | number = 0n): number {
  const buffer = size === null ? null : new Uint8Array(size);
  return defaultSystem().kernel.procInfo(2, pid, flavor, BigInt(arg), buffer);
}

/** Yields every answer of a flavor in a walk. */
function* walk<T>(
  ask: (address: bigint) => T,
  range: (answer: T) => readonly [bigint, bigint],
): Generator<T> {
  for (let at = 0n;;) {
    let answer: T;
    try {
      answer = ask(at);
    } catch (error) {
      if (error instanceof ProcInfoError && error.errno === ERRNO.EINVAL) return;
      throw error;
    }
    const [start, size] = range(answer);
    assert(start + size > at, "a walk goes upwards");
    at = start + size;
    yield answer;
  }
}

const regionsOf = (pid: number) =>
  walk(
    (at) => pidInfo(pid, PROC_PIDREGIONPATHINFO, at),
    ({ prp_prinfo }) => [prp_prinfo.pri_address, prp_prinfo.pri_size],
  );

/** Returns the paragraphs of a process's `smaps`, except that of `[vsyscall]`. */
function smapsOf(pid: number): { line: string; kib: (name: string) => number; flags: string[] }[] {
  const text = readFileSync(`/proc/${pid}/smaps`, "latin1");
  return text.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).filter((part) => !part.includes("[vsyscall]"))
    .map((part) => ({
      line: part.slice(0, part.indexOf("\n")),
      kib: (name) => Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(part)?.[1]),
      flags: /^VmFlags: (.*?) *$/m.exec(part)![1]!.split(" "),
    }));
}

// All regions of a process

test("a walk finds every region of /proc/PID/smaps, with the values of the file", { skip }, () => {
  const found = [...regionsOf(stage.pid)];
  const smaps = smapsOf(stage.pid);
  assertEquals(found.length, smaps.length);
  assertGreater(found.length, 40);
  for (const [i, { line, kib, flags }] of smaps.entries()) {
    const { prp_prinfo: region, prp_vip } = found[i]!;
    const [, start, end, mode, offset, major, minor, inode] =
      /^(\w+)-(\w+) (\S+) (\w+) (\w+):(\w+) (\d+)/.exec(line)!;
    const [from, to] = [BigInt(`0x${start}`), BigInt(`0x${end}`)];
    assertEquals([region.pri_address, region.pri_size], [from, to - from], line);
    const bits = [...mode!].slice(0, 3).map((letter, i) => letter === "-" ? 0 : 1 << i);
    assertEquals(region.pri_protection, bits.reduce((sum, bit) => sum + bit), line);
    const may = ["mr", "mw", "me"].map((flag, i) => flags.includes(flag) ? 1 << i : 0);
    assertEquals(region.pri_max_protection, may.reduce((sum, bit) => sum + bit), line);
    assertEquals(region.pri_flags, mode![3] === "s" ? PROC_REGION_SHARED : 0, line);
    assertEquals(region.pri_offset, BigInt(`0x${offset}`), line);
    assertEquals(region.pri_pages_resident, kib("Rss") / 4, line);
    assertEquals(region.pri_pages_swapped_out, kib("Swap") / 4, line);
    assertEquals(
      [region.pri_private_pages_resident, region.pri_shared_pages_resident].map((n) => n * 4),
      [
        kib("Private_Clean") + kib("Private_Dirty"),
        kib("Shared_Clean") + kib("Shared_Dirty"),
      ],
      line,
    );
    assertEquals(region.pri_pages_dirtied * 4, kib("Private_Dirty") + kib("Shared_Dirty"), line);
    assertEquals(BigInt(region.pri_obj_id), BigInt(inode!) & 0xffff_ffffn, line);
    const { vip_path, vip_vi: { vi_stat, vi_fsid } } = prp_vip;
    assertEquals(vi_stat.vst_ino, BigInt(inode!), line);
    const device = parseInt(major!, 16) << 8 | parseInt(minor!, 16);
    assertEquals([vi_stat.vst_dev, vi_fsid.val], [device, [device, 0]], line);
    assertEquals(vip_path === "", inode === "0", line);
  }
});

test("a walk of each flavor finds the same regions, but those without a file in some", {
  skip,
}, () => {
  const all = [...regionsOf(stage.pid)];
  const range = ({ pri_address, pri_size }: ProcRegionInfo) => [pri_address, pri_size] as const;
  const short = walk((at) => pidInfo(stage.pid, PROC_PIDREGIONINFO, at), range);
  assertEquals([...short], all.map(({ prp_prinfo }) => prp_prinfo));
  const files = all.filter(({ prp_vip }) => prp_vip.vip_path !== "");
  const second = walk(
    (at) => pidInfo(stage.pid, PROC_PIDREGIONPATHINFO2, at),
    ({ prp_prinfo }) => range(prp_prinfo),
  );
  assertEquals([...second].map(({ prp_vip }) => prp_vip), files.map(({ prp_vip }) => prp_vip));
  const paths = walk(
    (at) => pidInfo(stage.pid, PROC_PIDREGIONPATH, at),
    ({ prpo_addr, prpo_regionlength }) => [prpo_addr, prpo_regionlength],
  );
  assertEquals(
    [...paths],
    files.map(({ prp_prinfo, prp_vip }) => ({
      prpo_addr: prp_prinfo.pri_address,
      prpo_regionlength: prp_prinfo.pri_size,
      prpo_path: prp_vip.vip_path,
    })),
  );
});

test("a walk over thousands of regions gives each the file that a question for it alone gives", {
  skip,
}, async () => {
  await using many = await startStage("regions.c", (folder) => [folder, "2000"]);
  const found = [...regionsOf(many.pid)];
  const files = found.filter(({ prp_vip }) => prp_vip.vip_path.includes("/file-"));
  assertEquals(files.length, 2000);
  assertEquals(
    files.map(({ prp_vip }) => prp_vip.vip_path),
    Array.from({ length: 2000 }, (_, i) => `${realpathSync(many.folder)}/file-${i % 50}`),
  );
  // In another order than that of a walk.
  for (const i of [1999, 1000, 1, 0]) {
    const { prp_prinfo } = files[i]!;
    assertEquals(pidInfo(many.pid, PROC_PIDREGIONPATHINFO, prp_prinfo.pri_address), files[i]);
  }
});

test("walks of two processes at once do not disturb each other", { skip }, () => {
  const [one, other] = [stage.pid, cast.pid("plain")];
  const alone = [one, other].map((pid) => [...regionsOf(pid)].map(({ prp_prinfo }) => prp_prinfo));
  const walks = [regionsOf(one), regionsOf(other)];
  const together: ProcRegionInfo[][] = [[], []];
  for (let i = 0; i < 200; i++) {
    const { value } = walks[i % 2]!.next();
    if (value) together[i % 2]!.push((value as ProcRegionWithPathInfo).prp_prinfo);
  }
  assertEquals(together.map((found) => found.length), alone.map((found) => found.length));
  assertEquals(together, alone);
});

// The region that an address selects

test("an address anywhere in a region finds it, one below finds the next", { skip }, () => {
  const start = address("file");
  for (const at of [start, start + 1n, start + PAGE, start + 4n * PAGE - 1n, start - 1n]) {
    for (const flavor of [PROC_PIDREGIONINFO, PROC_PIDREGIONPATHINFO2] as const) {
      const answer = pidInfo(stage.pid, flavor, at);
      const { pri_address, pri_size } = "prp_prinfo" in answer ? answer.prp_prinfo : answer;
      assertEquals([pri_address, pri_size], [start, 4n * PAGE], `${at - start}`);
    }
    const { prpo_addr } = pidInfo(stage.pid, PROC_PIDREGIONPATH, at);
    assertEquals(prpo_addr, start, `${at - start}`);
  }
  assertEquals(region("behind").pri_address, address("after-gap"));
  assertEquals(
    pidInfo(stage.pid, PROC_PIDREGIONINFO, start + 4n * PAGE).pri_address,
    address("copied"),
  );
});

test("the flavors of files skip what has none", { skip }, () => {
  // Between these addresses, only the shared memory has a file.
  assertEquals(
    pidInfo(stage.pid, PROC_PIDREGIONPATH, address("untouched")).prpo_addr,
    address("shared-anonymous"),
  );
  assertEquals(
    pidInfo(stage.pid, PROC_PIDREGIONPATHINFO2, address("locked")).prp_prinfo.pri_address,
    address("file"),
  );
});

test("there is nothing above the last region, not even what the kernel shows to all", {
  skip,
}, () => {
  const last = [...regionsOf(stage.pid)].at(-1)!.prp_prinfo;
  const end = last.pri_address + last.pri_size;
  for (const flavor of FLAVORS.filter((flavor) => flavor !== PROC_PIDREGIONPATHINFO3)) {
    for (const at of [end, 0xffff_ffff_ff60_0000n, 2n ** 64n - 1n, 2n ** 63n]) {
      assertEquals(raw(stage.pid, flavor, SIZES[flavor]!, at), -ERRNO.EINVAL, `${flavor} ${at}`);
    }
    assertEquals(
      raw(stage.pid, flavor, SIZES[flavor]!, end - 1n),
      flavor === PROC_PIDREGIONPATH || flavor === PROC_PIDREGIONPATHINFO2
        ? -ERRNO.EINVAL
        : SIZES[flavor],
    );
  }
});

test("PROC_PIDREGIONPATHINFO3 finds the first region of a file system by its id", { skip }, () => {
  const files = [...regionsOf(stage.pid)].filter(({ prp_vip }) => prp_vip.vip_path !== "");
  const memfd = withPath("memfd").prp_vip.vip_vi.vi_fsid.val[0]!;
  const disk = withPath("file").prp_vip.vip_vi.vi_fsid.val[0]!;
  assertNotEquals(memfd, disk);
  for (const id of [memfd, disk]) {
    const first = files.find(({ prp_vip }) => prp_vip.vip_vi.vi_fsid.val[0] === id)!;
    const found = pidInfo(stage.pid, PROC_PIDREGIONPATHINFO3, id);
    assertEquals(found.prp_vip, first.prp_vip);
    assertEquals(found.prp_prinfo.pri_address, first.prp_prinfo.pri_address);
    assertEquals(found.prp_prinfo.pri_share_mode, 0);
  }
  for (const id of [0n, 0xffff_ffffn, 2n ** 32n + BigInt(disk), 2n ** 64n - 1n]) {
    assertEquals(raw(stage.pid, PROC_PIDREGIONPATHINFO3, 1272, id), -ERRNO.EINVAL, `${id}`);
  }
});

// Kinds of regions

/** Returns the members that describe a kind of memory. */
function kind(role: string): object {
  const { pri_protection, pri_inheritance, pri_flags, pri_share_mode, pri_pages_resident } = region(
    role,
  );
  return { pri_protection, pri_inheritance, pri_flags, pri_share_mode, pri_pages_resident };
}

function kindOf(protection: number, mode: number, resident: number, inheritance = 1, flags = 0) {
  return {
    pri_protection: protection,
    pri_inheritance: inheritance,
    pri_flags: flags,
    pri_share_mode: mode,
    pri_pages_resident: resident,
  };
}

test("memory of each kind is distinguished", { skip }, () => {
  assertEquals(kind("untouched"), kindOf(3, SM_EMPTY, 0));
  assertEquals(kind("guard"), kindOf(0, SM_EMPTY, 0));
  assertEquals(kind("touched"), kindOf(3, SM_PRIVATE, 3));
  assertEquals(kind("code"), kindOf(5, SM_PRIVATE, 2));
  assertEquals(kind("not-inherited"), kindOf(3, SM_EMPTY, 0, 2));
  assertEquals(kind("shared-anonymous"), kindOf(3, SM_SHARED, 2, 0, PROC_REGION_SHARED));
  assertEquals(kind("file"), kindOf(1, SM_COW, 4));
  assertEquals(kind("copied"), kindOf(3, SM_COW, 4));
  assertEquals(kind("shared"), kindOf(3, SM_SHARED, 2, 0, PROC_REGION_SHARED));
});

test("private memory that a fork shares is copied on write, the rest of it private or empty", {
  skip,
}, async () => {
  await using forked = await startCast("forked");
  const of = (role: string) => {
    const pid = forked.pid(role), address = BigInt(`0x${forked.said(role)}`);
    const info = pidInfo(pid, PROC_PIDREGIONINFO, address);
    const hexadecimal = `0x${address.toString(16)}`;
    const found = openProcess(pid).regions().find(({ address }) => address === hexadecimal);
    return [
      ...[info.pri_share_mode, info.pri_private_pages_resident, info.pri_shared_pages_resident],
      found?.shareMode,
    ];
  };
  assertEquals(of("shared"), [SM_COW, 1, 3, "copyOnWrite"]);
  assertEquals(of("copied"), [SM_COW, 1, 3, "copyOnWrite"]);
  assertEquals(of("untouched"), [SM_EMPTY, 0, 0, "empty"]);
  assertEquals(of("own"), [SM_PRIVATE, 2, 0, "private"]);
});

test("memory without pages is empty, that of the kernel too", { skip }, () => {
  const found = [...regions(process.pid, PROC_PIDREGIONINFO)].filter((info) =>
    info.pri_flags === 0 && info.pri_pages_resident + info.pri_pages_swapped_out === 0
  );
  const files = new Set([...regions(process.pid, PROC_PIDREGIONPATHINFO2)].map(
    ({ prp_prinfo }) => prp_prinfo.pri_address,
  ));
  const modes = found.filter(({ pri_address }) => !files.has(pri_address)).map((info) =>
    info.pri_share_mode
  );
  assert(modes.includes(SM_EMPTY));
  assertEquals(modes.filter((mode) => mode === SM_PRIVATE), []);
});

test("pri_max_protection is less for a shared file that is open for reading only", {
  skip,
}, () => {
  const most = (role: string) => region(role).pri_max_protection;
  assertEquals(["file", "shared", "shared-read-only", "untouched"].map(most), [7, 7, 5, 7]);
});

test("pages are counted by what became of them", { skip }, () => {
  const counts = (role: string) => {
    const info = region(role);
    return [
      info.pri_pages_shared_now_private,
      info.pri_private_pages_resident,
      info.pri_shared_pages_resident,
    ];
  };
  assertEquals(counts("touched"), [0, 3, 0]);
  assertEquals(region("touched").pri_pages_dirtied, 3);
  assertEquals(counts("copied"), [1, 4, 0]);
  assertEquals(counts("file"), [0, 4, 0]);
  assertEquals(counts("untouched"), [0, 0, 0]);
  assert(region("copied").pri_pages_dirtied >= 1);
});

test("the advice of the process about a region is reported", { skip }, () => {
  const of = (role: string) => {
    const { pri_behavior, pri_user_wired_count, pri_user_tag } = region(role);
    return [pri_behavior, pri_user_wired_count, pri_user_tag];
  };
  assertEquals(of("random"), [1, 0, 0]);
  assertEquals(of("sequential"), [2, 0, 0]);
  assertEquals(of("locked"), [0, 1, 0]);
  assertEquals(of("heap"), [0, 0, 1]);
  assertEquals(of("stack"), [0, 0, 30]);
  assertEquals(of("file"), [0, 0, 0]);
});

test("pri_offset is where the region starts in its file, pri_obj_id the same in all of a file", {
  skip,
}, () => {
  assertEquals(region("file").pri_offset, 2n * PAGE);
  assertEquals(region("shared").pri_offset, PAGE);
  assertEquals(region("touched").pri_offset, 0n);
  const twice = region("twice");
  const next = pidInfo(stage.pid, PROC_PIDREGIONINFO, twice.pri_address + PAGE);
  const after = pidInfo(stage.pid, PROC_PIDREGIONINFO, twice.pri_address + 2n * PAGE);
  assertEquals(twice.pri_obj_id, next.pri_obj_id);
  assertNotEquals(twice.pri_obj_id, after.pri_obj_id);
  assertEquals([region("touched").pri_obj_id, region("untouched").pri_obj_id], [0, 0]);
});

test("what Linux does not have of a region is 0", { skip }, () => {
  for (const { prp_prinfo } of regionsOf(stage.pid)) {
    const { pri_ref_count, pri_shadow_depth, pri_depth } = prp_prinfo;
    assertEquals([pri_ref_count, pri_shadow_depth, pri_depth], [0, 0, 0]);
  }
});

test("PROC_PIDREGIONPATHINFO2 leaves out what takes the kernel long", { skip }, () => {
  for (const role of ["file", "shared", "copied"]) {
    const { prp_prinfo, prp_vip } = pidInfo(stage.pid, PROC_PIDREGIONPATHINFO2, address(role));
    const full = withPath(role);
    assertEquals(prp_vip, full.prp_vip);
    assertEquals(prp_prinfo, {
      ...full.prp_prinfo,
      ...{ pri_pages_resident: 0, pri_pages_shared_now_private: 0, pri_pages_swapped_out: 0 },
      ...{ pri_pages_dirtied: 0, pri_share_mode: 0, pri_private_pages_resident: 0 },
      ...{ pri_shared_pages_resident: 0, pri_obj_id: 0 },
    });
  }
});

// Files

test("the file of a region is reported in full", { skip }, () => {
  const { vip_path, vip_vi } = withPath("file").prp_vip;
  assertEquals(vip_path, filePath("file"));
  assertEquals(vip_vi.vi_stat, fileStat(filePath("file")));
  assertEquals(vip_vi.vi_type, 1);
  assertEquals(vip_vi.vi_fsid.val, [vip_vi.vi_stat.vst_dev | 0, 0]);
});

test("a region without a file has none, also after one that has", { skip }, () => {
  for (const role of ["touched", "heap", "stack"]) {
    withPath("file");
    const bytes = new Uint8Array(1272).fill(0xee);
    defaultSystem().kernel.procInfo(2, stage.pid, PROC_PIDREGIONPATHINFO, address(role), bytes);
    assert(bytes.subarray(96).every((byte) => byte === 0), role);
    assertEquals(procRegionWithPathInfo.decode(bytes).prp_prinfo, region(role));
  }
});

/** Returns the path of a role according to every flavor. */
function paths(role: string): string[] {
  const at = address(role);
  return [
    pathOf(role),
    pidInfo(stage.pid, PROC_PIDREGIONPATHINFO2, at).prp_vip.vip_path,
    pidInfo(stage.pid, PROC_PIDREGIONPATH, at).prpo_path,
  ];
}

const NAMES: Readonly<Record<string, string>> = {
  "newline": "a\nname\nof lines",
  "backslash": "a\\012name",
  "both": "a\\012name\nof two",
  "removed": "removed",
  "removed-lines": "re\nmoved",
  "renamed": "renamed",
  "said-removed": "said (deleted)",
  "bytes": "\ufffd\ufffd\ufffd",
  "spaces": "  two  ",
};

for (const [role, name] of Object.entries(NAMES)) {
  test(`a file's name is given as it is: "${role}"`, { skip }, () => {
    const path = filePath(name);
    assertEquals(paths(role), [path, path, path]);
    const { vi_stat } = withPath(role).prp_vip.vip_vi;
    assertEquals([vi_stat.vst_mode, vi_stat.vst_size], [0o100640, 8n * PAGE]);
    const links: Readonly<Record<string, number>> = { "removed": 0, "removed-lines": 0 };
    assertEquals(vi_stat.vst_nlink, links[role] ?? 1);
  });
}

test("a path longer than the field is cut to the last names that fit", { skip }, () => {
  for (const role of ["long", "endless"]) {
    const found = paths(role);
    assertEquals(found[0], `${`/${"d".repeat(200)}`.repeat(5)}/file`);
    assertEquals(found, new Array(3).fill(found[0]));
    const { vi_stat } = withPath(role).prp_vip.vip_vi;
    assertEquals([vi_stat.vst_mode, vi_stat.vst_size], [0o100640, PAGE]);
  }
});

test("what is shared without a file has the kernel's name for it", { skip }, () => {
  assertEquals(paths("shared-anonymous"), new Array(3).fill("/dev/zero"));
  assertEquals(paths("memfd"), new Array(3).fill("/memfd:a memfd"));
  const { vi_stat } = withPath("memfd").prp_vip.vip_vi;
  assertEquals([vi_stat.vst_size, vi_stat.vst_nlink], [PAGE, 0]);
});

test("regions of one file that touch have it both, and the next has its own", { skip }, () => {
  const start = address("twice");
  const found = [0n, 1n, 2n].map((i) =>
    pidInfo(stage.pid, PROC_PIDREGIONPATHINFO, start + i * PAGE)
  );
  const [first, second, third] = found.map(({ prp_vip }) => prp_vip.vip_path);
  assertEquals([first, second, third], [filePath("twice"), filePath("twice"), filePath("after")]);
  assertEquals(found[0]!.prp_vip, found[1]!.prp_vip);
  assertEquals(found[2]!.prp_vip.vip_vi.vi_stat, fileStat(filePath("after")));
  assertEquals(found.map(({ prp_prinfo }) => prp_prinfo.pri_protection), [1, 0, 1]);
});

// The queried process

test("without privilege the own files are found by their names, and others' regions are EPERM", {
  skip,
}, () => {
  const answers = runWrapped(
    AS_NOBODY,
    `import { pidInfo } from "./lib/calls/mod.ts";
     import { defaultSystem } from "./lib/system/open.ts";
    import process from "node:process";
    const others = ${JSON.stringify(SIZES)};
    const refused = Object.entries(others).map(([flavor, size]) =>
      defaultSystem().kernel.procInfo(2, ${stage.pid}, Number(flavor), 0n, new Uint8Array(size)));
    const { prp_vip } = pidInfo(process.pid, ${PROC_PIDREGIONPATHINFO2});
    const { vst_ino, vst_mode } = prp_vip.vip_vi.vi_stat;
    console.log(JSON.stringify([refused, prp_vip.vip_path, Number(vst_ino), vst_mode]));`,
  ) as [number[], string, number, number];
  const [refused, path, inode, mode] = answers;
  assertEquals(refused, FLAVORS.map(() => -ERRNO.EPERM));
  const { vst_ino, vst_mode } = fileStat(path);
  assertEquals([inode, mode], [Number(vst_ino), vst_mode]);
});

test("without privilege a file that lost its name keeps its path, its inode and its device", {
  skip,
}, () => {
  // A process of the user nobody queries another one of that user. The program must be readable.
  const reach = mkdtempSync(`${tmpdir()}/libproc-reach-`);
  chmodSync(reach, 0o755);
  copyFileSync(`/proc/${stage.pid}/exe`, `${reach}/regions`);
  chmodSync(`${reach}/regions`, 0o755);
  const script = `
    import { execFileSync, spawn } from "node:child_process";
    import { once } from "node:events";
    import { createInterface } from "node:readline";
    import { mkdtempSync } from "node:fs";
    import { pidInfo } from "./lib/calls/mod.ts";
    const folder = mkdtempSync("/tmp/libproc-nobody-");
    const child = spawn(process.env.REGIONS, [folder], { stdio: ["pipe", "pipe", "inherit"] });
    const at = new Map();
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === "ready") break;
      at.set(...line.split(" "));
    }
    const roles = ["file", "removed", "renamed", "said-removed", "backslash", "both", "newline"];
    const found = roles.map((role) => {
      const address = BigInt("0x" + at.get(role));
      const { vip_path, vip_vi } = pidInfo(child.pid, ${PROC_PIDREGIONPATHINFO}, address).prp_vip;
      const { vst_ino, vst_dev, vst_mode } = vip_vi.vi_stat;
      const sameDevice = vst_dev > 0 && vst_dev === vip_vi.vi_fsid.val[0];
      const path = pidInfo(child.pid, ${PROC_PIDREGIONPATH}, address).prpo_path;
      return [role, vip_path.slice(folder.length), path === vip_path, vst_ino > 0n, sameDevice, vst_mode];
    });
    const ended = once(child, "exit");
    child.stdin.end();
    await ended;
    execFileSync("rm", ["-rf", folder]);
    console.log(JSON.stringify(found));`;
  const found = runWrapped(["env", `REGIONS=${reach}/regions`, ...AS_NOBODY], script);
  rmSync(reach, { recursive: true });
  const mode = 0o100640;
  assertEquals(found, [
    ["file", "/file", true, true, true, mode],
    ["removed", "/removed", true, true, true, 0],
    ["renamed", "/renamed", true, true, true, 0],
    ["said-removed", "/said (deleted)", true, true, true, mode],
    ["backslash", "/a\\012name", true, true, true, mode],
    // One \012 is literal and the other one means a newline. No attempt decodes only one of them.
    ["both", "/a\nname\nof two", true, true, true, 0],
    ["newline", "/a\nname\nof lines", true, true, true, mode],
  ]);
});

/** Shell commands that mount another file over `file` in the folder `$0`. */
const OTHER_FILES: Readonly<Record<string, string>> = {
  "of another file system": 'mount -t tmpfs none "$0"; echo another > "$0/file"',
  "of the same": 'mount --bind "$0/copied" "$0/file"',
};

for (const [what, commands] of Object.entries(OTHER_FILES)) {
  test(`a file that another ${what} is mounted over is reported, not what lies there now`, {
    skip,
  }, () => {
    const answer = runWrapped(
      [...OWN_MOUNTS, "sh", "-ec", `${commands}; exec "$@"`, stage.folder],
      `import { pidInfo } from "./lib/calls/mod.ts";
      const { prp_vip } = pidInfo(${stage.pid}, ${PROC_PIDREGIONPATHINFO}, ${address("file")}n);
      const { vst_ino, vst_size } = prp_vip.vip_vi.vi_stat;
      console.log(JSON.stringify([prp_vip.vip_path, Number(vst_ino), Number(vst_size)]));`,
    );
    const inode = Number(fileStat(filePath("file")).vst_ino);
    assertEquals(answer, [filePath("file"), inode, 8 * Number(PAGE)]);
  });
}

test(
  "a file that one of the same inode number is mounted over is reported, not what lies there now",
  {
    skip,
  },
  () => {
    // The first files of the two file systems have the same inode number.
    const found = runWrapped(
      [...OWN_MOUNTS, "env", `REGIONS=/proc/${stage.pid}/exe`],
      `import { execFileSync, spawn } from "node:child_process";
    import { once } from "node:events";
    import { statSync, writeFileSync } from "node:fs";
    import { pidInfo } from "./lib/calls/mod.ts";
    const mount = () => execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755", "none", "/mnt"]);
    mount();
    const child = spawn(process.env.REGIONS, ["/mnt", "1"], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const before = statSync("/mnt/file-0");
    mount();
    writeFileSync("/mnt/file-0", "another");
    const after = statSync("/mnt/file-0");
    let told;
    for (let at = 0n; told?.vip_path !== "/mnt/file-0";) {
      const { prp_prinfo, prp_vip } = pidInfo(child.pid, ${PROC_PIDREGIONPATHINFO2}, at);
      at = prp_prinfo.pri_address + prp_prinfo.pri_size;
      told = prp_vip;
    }
    const { vst_ino, vst_dev, vst_size } = told.vip_vi.vi_stat;
    const ended = once(child, "exit");
    child.stdin.end();
    await ended;
    console.log(JSON.stringify([
      before.ino === after.ino,
      [Number(vst_ino), vst_dev, Number(vst_size)].join() === [before.ino, before.dev, before.size].join(),
      vst_dev === after.dev,
    ]));`,
    );
    assertEquals(found, [true, true, false]);
  },
);

test("a process whose first thread has ended still has its memory", { skip }, () => {
  const leaderless = [...regionsOf(cast.pid("leaderless"))];
  const plain = [...regionsOf(cast.pid("plain"))];
  const program = ({ prp_vip }: ProcRegionWithPathInfo) => prp_vip.vip_path.endsWith("/cast");
  assertEquals(leaderless.filter(program).length, plain.filter(program).length);
  assertGreater(leaderless.filter(program).length, 2);
});

test(
  "zombies, threads and no process are ESRCH, kernel threads EINVAL, pid 0 EPERM",
  { skip },
  () => {
    const [thread] = [...pidInfo(cast.pid("leaderless"), PROC_PIDLISTTHREADIDS)].map(Number);
    for (const flavor of FLAVORS) {
      const size = SIZES[flavor]!;
      for (const pid of [cast.pid("zombie"), thread!, MISSING, -1]) {
        assertEquals(raw(pid, flavor, size), -ERRNO.ESRCH, `${flavor} of ${pid}`);
      }
      assertEquals(raw(2, flavor, size), -ERRNO.EINVAL, `${flavor}`);
      assertEquals(raw(0, flavor, size), -ERRNO.EPERM, `${flavor}`);
      assertEquals(raw(0, flavor, null), -ERRNO.EPERM, `${flavor}`);
      assertEquals(raw(MISSING, flavor, size - 1), -ERRNO.ENOMEM, `${flavor}`);
      assertEquals(raw(stage.pid, flavor, null), -ERRNO.ENOMEM, `${flavor}`);
    }
  },
);

test("nothing is written behind the struct, nor anything on a refusal", { skip }, () => {
  for (const flavor of FLAVORS) {
    const size = SIZES[flavor]!;
    const bytes = new Uint8Array(size + 16).fill(0xee);
    assertEquals(defaultSystem().kernel.procInfo(2, 2, flavor, 0n, bytes), -ERRNO.EINVAL);
    assert(bytes.every((byte) => byte === 0xee));
    const arg = flavor === PROC_PIDREGIONPATHINFO3
      ? BigInt(withPath("file").prp_vip.vip_vi.vi_fsid.val[0]!)
      : address("file");
    assertEquals(defaultSystem().kernel.procInfo(2, stage.pid, flavor, arg, bytes), size);
    assert(bytes.subarray(size).every((byte) => byte === 0xee));
  }
});

test("a walk that goes on after the process has ended ends, and a new one is ESRCH", {
  skip,
}, async () => {
  await using other = await startStage("regions.c", (folder) => [folder, "10"]);
  const walk = regionsOf(other.pid);
  walk.next();
  process.kill(other.pid, "SIGKILL");
  await other[Symbol.asyncDispose]();
  try {
    for (const { prp_prinfo } of walk) assertGreater(prp_prinfo.pri_size, 0n);
  } catch (error) {
    assertEquals((error as ProcInfoError).errno, ERRNO.ESRCH);
  }
  assertEquals(raw(other.pid, PROC_PIDREGIONINFO, 96), -ERRNO.ESRCH);
});

test("no descriptor is left open", { skip }, () => {
  const open = () => readdirSync("/proc/self/fd").length;
  const pids = [stage.pid, 2, cast.pid("zombie"), cast.pid("leaderless"), MISSING];
  const askAll = () => {
    for (const pid of pids) {
      for (const flavor of FLAVORS) {
        for (const at of [0n, address("removed"), 2n ** 63n]) raw(pid, flavor, 2048, at);
      }
    }
  };
  askAll();
  const before = open();
  for (let i = 0; i < 10; i++) askAll();
  assert(open() <= before, `${open()} open, ${before} before`);
});
