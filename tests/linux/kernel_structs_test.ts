import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { assertEquals, assertGreater } from "@std/assert";
import type { Struct } from "../../lib/layout/struct.ts";
import {
  bpfIterCreate,
  bpfLinkCreate,
  bpfMapCreate,
  bpfProgLoad,
} from "../../lib/linux/sys/bpf.ts";
import { iovec } from "../../lib/linux/sys/clock.ts";
import * as connector from "../../lib/linux/sys/connector.ts";
import { dirent64 } from "../../lib/linux/sys/dirents.ts";
import { elf32Phdr, elf64Phdr, elfNhdr } from "../../lib/linux/sys/elf.ts";
import { LINUX } from "../../lib/linux/sys/errno.ts";
import { rlimit } from "../../lib/linux/sys/kept.ts";
import { pidfdInfo, pollfd } from "../../lib/linux/sys/process.ts";
import {
  inetDiagMsg,
  inetDiagReq,
  inetDiagReqV2,
  inetDiagSockid,
  nlattr,
  nlmsghdr,
  unixDiagMsg,
  unixDiagReq,
  unixDiagVfs,
} from "../../lib/linux/sys/sock_diag.ts";
import * as addresses from "../../lib/linux/sys/socket_address.ts";
import * as options from "../../lib/linux/sys/socket_options.ts";
import { CGROUP2_SUPER_MAGIC, PROC_SUPER_MAGIC, statfs } from "../../lib/linux/sys/statfs.ts";
import { MASK, statx, statxTimestamp } from "../../lib/linux/sys/statx.ts";
import { sigevent, timespec, timeval } from "../../lib/linux/sys/time.ts";
import { passwd } from "../../lib/linux/sys/users.ts";
import { siginfo } from "../../lib/linux/sys/wait.ts";

const CC = process.env.CC ?? "cc";

/** A struct, the header that C declares it in, and how it is called there. */
interface Row {
  readonly type: Struct<object>;
  readonly header: string;
  /** Default: `struct` and the name. */
  readonly c?: string;
  /** A macro that the header has if it has the struct. */
  readonly macro?: string;
  /** True if later versions of the system make the struct longer. */
  readonly grows?: boolean;
}

/** A struct that C has no name for, as the part of `union bpf_attr` that it is. */
function partOf(part: string): string {
  return `__typeof__(((union bpf_attr *)0)->${part})`;
}

const ROWS: readonly Row[] = [
  { type: statxTimestamp, header: "sys/stat.h" },
  { type: statx, header: "sys/stat.h" },
  { type: statfs, header: "sys/statfs.h" },
  { type: dirent64, header: "dirent.h" },
  { type: timespec, header: "time.h" },
  { type: timeval, header: "sys/time.h" },
  { type: iovec, header: "sys/uio.h" },
  { type: rlimit, header: "sys/resource.h" },
  { type: pollfd, header: "poll.h" },
  { type: pidfdInfo, header: "linux/pidfd.h", macro: "PIDFD_GET_INFO", grows: true },
  { type: siginfo, header: "signal.h", c: "siginfo_t" },
  { type: sigevent, header: "signal.h" },
  { type: passwd, header: "pwd.h" },
  { type: addresses.sockaddr, header: "sys/socket.h" },
  { type: addresses.sockaddrIn, header: "netinet/in.h" },
  { type: addresses.sockaddrIn6, header: "netinet/in.h" },
  { type: addresses.sockaddrVm, header: "linux/vm_sockets.h" },
  { type: addresses.sockaddrLl, header: "linux/if_packet.h" },
  { type: options.linger, header: "sys/socket.h" },
  { type: options.tcpInfo, header: "linux/tcp.h", grows: true },
  { type: nlmsghdr, header: "linux/netlink.h" },
  { type: nlattr, header: "linux/netlink.h" },
  { type: inetDiagSockid, header: "linux/inet_diag.h" },
  { type: inetDiagReq, header: "linux/inet_diag.h" },
  { type: inetDiagReqV2, header: "linux/inet_diag.h" },
  { type: inetDiagMsg, header: "linux/inet_diag.h" },
  { type: unixDiagReq, header: "linux/unix_diag.h" },
  { type: unixDiagMsg, header: "linux/unix_diag.h" },
  { type: unixDiagVfs, header: "linux/unix_diag.h" },
  { type: connector.cbId, header: "linux/connector.h" },
  { type: connector.cnMsg, header: "linux/connector.h" },
  { type: connector.procInput, header: "linux/cn_proc.h", macro: "PROC_EVENT_ALL" },
  { type: connector.procEvent, header: "linux/cn_proc.h" },
  { type: connector.forkProcEvent, header: "linux/cn_proc.h" },
  { type: connector.execProcEvent, header: "linux/cn_proc.h" },
  { type: connector.exitProcEvent, header: "linux/cn_proc.h", grows: true },
  { type: bpfMapCreate, header: "linux/bpf.h", c: "union bpf_attr", grows: true },
  { type: bpfProgLoad, header: "linux/bpf.h", c: "union bpf_attr", grows: true },
  { type: bpfLinkCreate, header: "linux/bpf.h", c: partOf("link_create"), grows: true },
  { type: bpfIterCreate, header: "linux/bpf.h", c: partOf("iter_create") },
  { type: elf64Phdr, header: "elf.h", c: "Elf64_Phdr" },
  { type: elf32Phdr, header: "elf.h", c: "Elf32_Phdr" },
  { type: elfNhdr, header: "elf.h", c: "Elf64_Nhdr" },
];

/** Numbers by the names that C has for them; those that the headers lack are not compared. */
const CONSTANTS: Readonly<Record<string, unknown>> = {
  ...LINUX,
  ...addresses,
  ...connector,
  ...options,
  ...Object.fromEntries(Object.entries(MASK).map(([name, mask]) => [`STATX_${name}`, mask])),
  PROC_SUPER_MAGIC,
  CGROUP2_SUPER_MAGIC,
};

/** Members that C has no name for start with an underscore. */
const membersOf = ({ type }: Row) => type.fields.filter(({ name }) => !name.startsWith("_"));
const nameOf = ({ type, c }: Row) => c ?? `struct ${type.name}`;

function program(): string {
  const headers = new Set([...ROWS.map(({ header }) => header), "errno.h", "linux/magic.h"]);
  const lines = ["#define _GNU_SOURCE", "#include <stddef.h>", "#include <stdio.h>"];
  for (const header of headers) {
    lines.push(`#if __has_include(<${header}>)`, `#include <${header}>`, "#endif");
  }
  lines.push("int main(void) {");
  for (const row of ROWS) {
    const c = nameOf(row);
    lines.push(`#if __has_include(<${row.header}>)`);
    if (row.macro) lines.push(`#ifdef ${row.macro}`);
    lines.push(`printf("${c} %zu %zu\\n", sizeof(${c}), _Alignof(${c}));`);
    for (const { name } of membersOf(row)) {
      const size = `sizeof(((${c} *)0)->${name})`;
      lines.push(`printf("${c}.${name} %zu %zu\\n", offsetof(${c}, ${name}), ${size});`);
    }
    if (row.macro) lines.push("#endif");
    lines.push("#endif");
  }
  for (const [name, value] of Object.entries(CONSTANTS)) {
    if (typeof value !== "number") continue;
    lines.push(`#ifdef ${name}`, `printf("${name} %lld 0\\n", (long long)(${name}));`, "#endif");
  }
  return [...lines, "}", ""].join("\n");
}

/** What C says: two numbers by each name. */
function compiled(): ReadonlyMap<string, readonly number[]> {
  const folder = mkdtempSync(`${tmpdir()}/libproc-structs-`);
  try {
    const args = ["-std=gnu11", "-x", "c", "-", "-o", `${folder}/structs`];
    const { status, stderr } = spawnSync(CC, args, { input: program(), encoding: "utf8" });
    if (status !== 0) throw new Error(`Cannot compile the structs: ${stderr}`);
    const { stdout } = spawnSync(`${folder}/structs`, { encoding: "utf8" });
    return new Map(
      stdout.trim().split("\n").map((line) => {
        const [, name = "", ...numbers] = /^(.*) (-?\d+) (\d+)$/.exec(line) ?? [];
        return [name, numbers.map(Number)];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const skip = platform() !== "linux"
  ? "it takes Linux's headers"
  : spawnSync(CC, ["--version"]).status !== 0
  ? "it takes a C compiler"
  : false;
const inC = skip ? new Map<string, readonly number[]>() : compiled();

for (const row of ROWS) {
  const { type, grows } = row;
  const c = nameOf(row);
  const lacking = inC.has(c) ? false : `the headers of this system have no ${c}`;

  test(`${c} is laid out as the C compiler does`, { skip: skip || lacking }, () => {
    const [size = 0, align] = inC.get(c)!;
    if (grows) assertEquals(size >= type.size, true);
    else assertEquals(type.size, size);
    assertEquals(type.align, align);
    for (const { name, offset, size } of membersOf(row)) {
      assertEquals([name, offset, size], [name, ...inC.get(`${c}.${name}`)!]);
    }
  });
}

test("the numbers that lib/linux/sys has are those of C", { skip }, () => {
  let compared = 0;
  for (const [name, value] of Object.entries(CONSTANTS)) {
    const known = inC.get(name);
    if (known === undefined || typeof value !== "number") continue;
    assertEquals([name, value], [name, known[0]]);
    compared++;
  }
  assertGreater(compared, 50);
});
