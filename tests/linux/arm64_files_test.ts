import { assert, assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { PROC_FP_CLEXEC, procFileInfo } from "../../lib/abi/file_info.ts";
import { PROX_FDTYPE_VNODE } from "../../lib/abi/fd_info.ts";
import {
  pidInfo,
  PROC_PIDLISTFDS,
  PROC_PIDREGIONINFO,
  PROC_PIDREGIONPATHINFO,
} from "../../lib/calls/mod.ts";
import { FD_INFO, parseFdInfo, parseTarget, TARGET } from "../../lib/linux/parse/fdinfo.ts";
import { MAPS, MAPS_FIELDS, parseMapsLine } from "../../lib/linux/parse/maps.ts";
import {
  learnSmaps,
  parseSmaps,
  SMAPS,
  SMAPS_FIELDS,
  VM_FLAG,
} from "../../lib/linux/parse/smaps.ts";
import { fileInfoWriter } from "../../lib/linux/proc/descriptor.ts";
import { procFile, procFs } from "../../lib/linux/proc/proc_fs.ts";
import { SC_PAGESIZE } from "../../lib/linux/sys/clock.ts";
import { elf64Phdr, parseAuxv } from "../../lib/linux/sys/elf.ts";
import { linuxSystem } from "../../lib/linux/system.ts";
import { processes } from "../../lib/process/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import type { System } from "../../lib/system/system.ts";
import { changedLibc, hostLibc, hostLibrary } from "../support/libc.ts";
import { type ProcTree, unpackProcTree } from "../support/proc_tree.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** The page size of the machine from which the files come. */
const PAGE = 16384;
/** An address above 2^48, which 52-bit addresses permit. */
const HIGH = 0xf123400000000;

let tree: ProcTree, pid = 0;
before(() => {
  tree = unpackProcTree("proc_arm64.txt");
  pid = tree.pid("init");
});
after(() => tree[Symbol.dispose]());

const bytesOf = (name: string) => new Uint8Array(readFileSync(`${tree.root}/${pid}/${name}`));

/** Returns the regions of `maps`, or of `smaps` with its additional lines. */
function regionsIn(name: "maps" | "smaps") {
  const text = bytesOf(name);
  const line = new Float64Array(MAPS_FIELDS), use = new Float64Array(SMAPS_FIELDS);
  const places = new Int32Array(SMAPS_FIELDS);
  if (name === "smaps") learnSmaps(text, text.indexOf(10) + 1, text.length, places);
  const found: { line: number[]; use: number[]; name: string }[] = [];
  for (let at = 0; at < text.length;) {
    at = parseMapsLine(text, at, text.length, line);
    const path = text.subarray(line[MAPS.nameStart], line[MAPS.nameEnd]);
    if (name === "smaps") at = parseSmaps(text, at, text.length, places, use);
    found.push({ line: [...line], use: [...use], name: new TextDecoder().decode(path) });
  }
  return found;
}

test("parseMapsLine() reads 52-bit addresses and large pages of arm64", () => {
  const regions = regionsIn("maps");
  assertEquals(regions.map(({ name }) => name), [
    ...["/init", "/init", "/init", "", "[heap]", "", "/big", "/big", "[vvar]", "[vdso]", "[stack]"],
    ...["", ""],
  ]);
  for (const { line } of regions) {
    for (const at of [MAPS.start, MAPS.end, MAPS.offset]) assertEquals(line[at]! % PAGE, 0);
    assert(line[MAPS.start]! < line[MAPS.end]!);
  }
  const [locked, last] = regions.slice(-2).map(({ line }) => line);
  assertEquals([locked![MAPS.start], locked![MAPS.end]], [HIGH, HIGH + PAGE]);
  assertEquals([last![MAPS.start], last![MAPS.end]], [HIGH + PAGE, HIGH + 64 * PAGE]);
  assertEquals([locked![MAPS.protection], locked![MAPS.shared]], [3, 0]);
});

test("parseSmaps() reads the pages of 16 KiB of arm64", () => {
  const regions = regionsIn("smaps");
  const text = new TextDecoder().decode(bytesOf("smaps"));
  const NAMES = {
    ...{ rss: "Rss", sharedClean: "Shared_Clean", sharedDirty: "Shared_Dirty" },
    ...{ privateClean: "Private_Clean", privateDirty: "Private_Dirty", anonymous: "Anonymous" },
    ...{ swap: "Swap", swapPss: "SwapPss" },
  } as const;
  for (const [field, name] of Object.entries(NAMES)) {
    const lines = [...text.matchAll(new RegExp(`^${name}: +(\\d+) kB$`, "gm"))];
    const kilobytes = regions.map(({ use }) => use[SMAPS[field as keyof typeof NAMES]]!);
    assertEquals([name, kilobytes], [name, lines.map(([, number]) => Number(number))]);
  }
  assertEquals(
    regions.map(({ line, name }) => [line[MAPS.start], line[MAPS.end], name]),
    regionsIn("maps").map(({ line, name }) => [line[MAPS.start], line[MAPS.end], name]),
  );
  const flags = regions.slice(-2).map(({ use }) => use[SMAPS.flags]! & VM_FLAG.lo);
  assertEquals(flags, [VM_FLAG.lo, 0]);
});

test("parseAuxv() finds the program headers of a program on arm64", () => {
  const auxv = bytesOf("auxv");
  assertEquals(
    parseAuxv(new DataView(auxv.buffer, auxv.byteOffset, auxv.length), auxv.length, true),
    { address: 0x400040, size: elf64Phdr.size, count: 6 },
  );
});

test("the flags of open() on arm64 that differ from x86-64 are taken for no others", () => {
  const info = new Uint8Array(procFileInfo.size), view = new DataView(info.buffer);
  const fields = new Uint32Array(3);
  const read = (fd: number) => {
    const text = bytesOf(`fdinfo/${fd}`);
    assert(parseFdInfo(text, text.length, fields));
    fileInfoWriter()(view, 1, fields[FD_INFO.flags]!, 0, 0);
    const { fi_openflags, fi_status } = procFileInfo.decode(info);
    return [fields[FD_INFO.flags], fi_openflags, fi_status];
  };
  // On arm64, O_LARGEFILE, which the kernel adds, is 0400000, O_NOFOLLOW is 0100000, and
  // O_DIRECTORY is 040000.
  const FREAD = 1, FREAD_FWRITE = 3, FNONBLOCK = 4, FAPPEND = 8, FDSYNC = 0x400000;
  assertEquals(read(5), [0o2540000, FREAD, PROC_FP_CLEXEC]);
  assertEquals(read(6), [0o416002, FREAD_FWRITE | FNONBLOCK | FAPPEND | FDSYNC, 0]);
});

test("parseTarget() reads what an epoll descriptor on arm64 watches", () => {
  const text = bytesOf("fdinfo/7"), fields = new Uint32Array(4);
  assert(parseTarget(text, text.length, 0, fields) > 0);
  assertEquals(
    [TARGET.fd, TARGET.events, TARGET.data_high, TARGET.data_low].map((at) => fields[at]),
    [8, 0x80000019, 0x11223344, 0x55667788],
  );
});

/** Opens the captured tree with a C library that reports this page size. */
function systemWithPages(size: number): System {
  const { sysconf } = hostLibrary().bind({ sysconf: { parameters: ["i32"], result: "i32" } });
  const libc = changedLibc({
    sysconf: (name: number) => name === SC_PAGESIZE ? size : sysconf(name),
  });
  return linuxSystem({ fs: procFs(libc, tree.root), libc });
}

for (const size of [4096, 16384, 65536]) {
  test(
    `memory is counted in pages of ${size} bytes if the C library reports that size`,
    { skip },
    () => {
      using system = systemWithPages(size);
      assertEquals(system.pageBytes(), size);
      const [row] = processes({ pids: [pid], fields: ["residentBytes", "virtualBytes"], system });
      assertEquals([row!.residentBytes, row!.virtualBytes], [41 * size, 207 * size]);
      const info = pidInfo(pid, PROC_PIDREGIONINFO, BigInt(HIGH + PAGE), { system });
      assertEquals(info.pri_pages_resident, 32 * 1024 / size | 0);
    },
  );
}

test("regions of arm64 are found at addresses above 2^48", { skip }, () => {
  using system = systemWithPages(PAGE);
  const region = (address: number) => {
    const { pri_address, pri_size, pri_pages_resident, pri_private_pages_resident } = pidInfo(
      pid,
      PROC_PIDREGIONINFO,
      BigInt(address),
      { system },
    );
    return [pri_address, pri_size, pri_pages_resident, pri_private_pages_resident];
  };
  const locked = [BigInt(HIGH), BigInt(PAGE), 1, 1];
  const rest = [BigInt(HIGH + PAGE), BigInt(63 * PAGE), 2, 2];
  assertEquals(region(HIGH), locked);
  assertEquals(region(HIGH + PAGE - 1), locked);
  assertEquals(region(HIGH + PAGE), rest);
  assertEquals(region(2 ** 48), locked);
  const { prp_prinfo, prp_vip } = pidInfo(pid, PROC_PIDREGIONPATHINFO, 0x7fff9a854000n, { system });
  assertEquals([prp_prinfo.pri_offset, prp_vip.vip_path], [BigInt(4 * PAGE), "/big"]);
});

test("a link that is longer than with pages of 4 KiB is too long, and not cut", { skip }, () => {
  const fill = (to: Uint8Array, size: bigint) => {
    to.fill(120, 0, Number(size));
    to.set(new TextEncoder().encode("socket:[1]"));
    return Number(size);
  };
  const { self } = procFs(hostLibc());
  const libc = changedLibc({
    readlink: (_: Uint8Array, to: Uint8Array, size: bigint) => fill(to, size),
  });
  assertEquals(procFs(libc).link(self, procFile("cwd")), -ERRNO.ENAMETOOLONG);

  const walking = changedLibc({
    readlinkat: (_: number, __: Uint8Array, to: Uint8Array, size: bigint) => fill(to, size),
  });
  using system = linuxSystem({ fs: procFs(walking), libc: walking });
  const types = new Set(
    pidInfo(self, PROC_PIDLISTFDS, 0n, { system }).map(({ proc_fdtype }) => proc_fdtype),
  );
  assertEquals([...types], [PROX_FDTYPE_VNODE]);
});
