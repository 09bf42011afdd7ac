import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Struct } from "../../lib/layout/struct.ts";
import { ARCHITECTURES } from "../../lib/linux/sys/architecture.ts";
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
import { rlimit } from "../../lib/linux/sys/limits.ts";
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
import { statfs } from "../../lib/linux/sys/statfs.ts";
import { MASK, statx, statxTimestamp } from "../../lib/linux/sys/statx.ts";
import { sigevent, timespec, timeval } from "../../lib/linux/sys/time.ts";
import { passwd } from "../../lib/linux/sys/users.ts";
import { siginfo } from "../../lib/linux/sys/wait.ts";
import { ROOT } from "./runtime.ts";

/** A struct of lib/linux, and its declaration in C. */
export interface Row {
  readonly type: Struct<object>;
  readonly header: string;
  /** The type in C. Default: `struct` and the name. */
  readonly c?: string;
  /** A macro that a header defines if it declares the struct. */
  readonly macro?: string;
  /** True if later versions of the system extend the struct. */
  readonly grows?: boolean;
}

/** Returns the C type of an unnamed struct that is a member of `union bpf_attr`. */
function partOf(part: string): string {
  return `__typeof__(((union bpf_attr *)0)->${part})`;
}

/** The structs of lib/linux that a system's headers declare. */
export const ROWS: readonly Row[] = [
  { type: statxTimestamp, header: "linux/stat.h" },
  { type: statx, header: "linux/stat.h" },
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

/** Returns the C type of a row. */
export function nameOf({ type, c }: Row): string {
  return c ?? `struct ${type.name}`;
}

/** Returns the members that have a name in C. The names of all others start with an underscore. */
export function membersOf({ type }: Row): Struct<object>["fields"] {
  return type.fields.filter(({ name }) => !name.startsWith("_"));
}

/** A number of lib/linux that is also in the headers. */
export interface Constant {
  /** The path of its file, relative to lib/linux. */
  readonly file: string;
  /** Its name or expression in C. */
  readonly name: string;
  readonly value: bigint;
}

/** The C names and expressions of constants that have another name in lib/linux. */
const IN_C: Readonly<Record<string, string>> = {
  NLA_TYPE_MASK: "(NLA_TYPE_MASK & 0xffff)",
  O_FULL_SYNC: "__O_SYNC",
  // The number encodes the size of the struct. lib/linux uses its first version.
  PIDFD_GET_INFO: "_IOWR(PIDFS_IOCTL_MAGIC, 11, char[PIDFD_INFO_SIZE_VER0])",
  PIDFD_THREAD: "O_EXCL",
  PIPEFS: "PIPEFS_MAGIC",
  READING: "(O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)",
  SC_CLK_TCK: "_SC_CLK_TCK",
  SC_PAGESIZE: "_SC_PAGESIZE",
  SC_PHYS_PAGES: "_SC_PHYS_PAGES",
  SOCKFS: "SOCKFS_MAGIC",
  WEXITED_NOHANG_NOWAIT_ALL: "(WEXITED | WNOHANG | WNOWAIT | __WALL)",
};
/** The constants whose name means something else in C. */
const OTHERS: ReadonlySet<string> = new Set(["MAXPATHLEN", "NAME_MAX"]);

const DECLARATION = /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: number)? = ([^;]*);$/gm;
/** Matches a number in a table of errors or signals, and its name in the comment after it. */
const IN_TABLE = /^ {2}(\d+): \d+, \/\/ ((?:SIG|E)[A-Z0-9]+)\b/gm;
const IN_OBJECT = /^ {2}((?:E|FIO|CLOCK_|STATX_)[A-Z0-9_]+): (\d+|0x[\da-f]+),$/gm;

/** Returns the numbers of lib/linux that are in the headers, except for those of a processor. */
export function constants(): Constant[] {
  const found: Constant[] = [];
  const folder = `${ROOT}lib/linux`;
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!file.endsWith(".ts")) continue;
    const source = readFileSync(`${folder}/${file}`, "utf8");
    const add = (name: string, value: bigint | undefined) => {
      if (value === undefined || OTHERS.has(name)) return;
      found.push({ file, name: IN_C[name] ?? name, value });
    };
    for (const [, name = "", value = ""] of source.matchAll(DECLARATION)) add(name, valueOf(value));
    for (const [, value = "", name = ""] of source.matchAll(IN_TABLE)) add(name, valueOf(value));
    for (const [, name = "", value = ""] of source.matchAll(IN_OBJECT)) add(name, valueOf(value));
  }
  for (const [name, value] of Object.entries(MASK)) {
    found.push({ file: "sys/statx.ts", name: `STATX_${name}`, value: BigInt(value) });
  }
  return found;
}

/** Parses a number, or several that are joined by `|`; returns undefined for anything else. */
function valueOf(text: string): bigint | undefined {
  let value = 0n;
  for (const part of text.split("|")) {
    const [, sign = "", digits] = /^ *(-?)(0x[\da-f]+|0o[0-7]+|\d+)n? *$/.exec(part) ?? [];
    if (digits === undefined) return undefined;
    value |= sign === "" ? BigInt(digits) : -BigInt(digits);
  }
  return value;
}

/** The C names of the system calls in {@linkcode ARCHITECTURES}. */
const CALLS = Object.keys(ARCHITECTURES.x64.calls).map((name) => `__NR_${name}`);
/** The macros with the versions of the headers. */
const VERSIONS = ["LINUX_VERSION_CODE", "__GLIBC__", "__GLIBC_MINOR__"];

/** Enumerators by their headers, which `#ifdef` cannot find. All supported headers have them. */
const ENUMERATED: Readonly<Record<string, RegExp>> = {
  "linux/cn_proc.h": /^PROC_CN_MCAST_(LISTEN|IGNORE)$/,
  "linux/inet_diag.h": /^INET_DIAG_SKMEMINFO$/,
  "linux/unix_diag.h": /^UNIX_DIAG_(NAME|VFS|PEER|RQLEN|MEMINFO|SHUTDOWN)$/,
  "netinet/tcp.h": /^TCP_(ESTABLISHED|SYN_SENT|CLOSE|LISTEN)$/,
  "sys/wait.h": /^P_PID$/,
};

/** Headers of the kernel that conflict with headers of the C library. */
const OF_KERNEL = [
  ...["asm/unistd.h", "linux/fcntl.h", "linux/fs.h", "linux/magic.h", "linux/sched.h"],
  ...["linux/sockios.h", "linux/version.h"],
];
const OF_LIBRARY = [
  ...["dirent.h", "elf.h", "errno.h", "fcntl.h", "net/if.h", "netinet/in.h", "netinet/tcp.h"],
  ...["poll.h", "signal.h", "sys/epoll.h", "sys/ioctl.h", "sys/resource.h", "sys/socket.h"],
  ...["sys/stat.h", "sys/wait.h", "time.h", "unistd.h"],
];

/** The numbers in the headers for a processor. */
export interface HeaderFacts {
  /** The layouts of structs, by their C types. */
  readonly structs: Readonly<Record<string, StructFacts>>;
  /** The values of constants, as decimals, by their C names. */
  readonly constants: Readonly<Record<string, string>>;
}

/** The layout of a struct in the headers. */
export interface StructFacts {
  readonly size: number;
  readonly align: number;
  readonly members: Readonly<Record<string, readonly [offset: number, size: number]>>;
}

/** Returns a program whose assembly contains each number as an operand. It is never run. */
function program(headers: readonly string[], rows: readonly Row[]): string {
  const lines = ["#define _GNU_SOURCE", "#include <stddef.h>"];
  for (const header of new Set(headers)) {
    lines.push(`#if __has_include(<${header}>)`, `#include <${header}>`, "#endif");
  }
  const say = (name: string, value: string) =>
    lines.push(`__asm__ volatile("\\n@ ${name} = %0 @" : : "i"((long long)(${value})));`);
  lines.push("void facts(void) {");
  for (const row of rows) {
    const c = nameOf(row);
    lines.push(`#if __has_include(<${row.header}>)`);
    if (row.macro) lines.push(`#ifdef ${row.macro}`);
    say(`${c} size`, `sizeof(${c})`);
    say(`${c} align`, `_Alignof(${c})`);
    for (const { name } of membersOf(row)) {
      say(`${c} offset ${name}`, `offsetof(${c}, ${name})`);
      say(`${c} width ${name}`, `sizeof(((${c} *)0)->${name})`);
    }
    if (row.macro) lines.push("#endif");
    lines.push("#endif");
  }
  for (const name of new Set([...constants().map(({ name }) => name), ...CALLS, ...VERSIONS])) {
    const header = Object.keys(ENUMERATED).find((one) => ENUMERATED[one]!.test(name));
    if (header !== undefined) {
      if (headers.includes(header)) say(name, name);
      continue;
    }
    const macros = name.match(/\b[A-Z_]\w*/g)!;
    for (const macro of macros) lines.push(`#ifdef ${macro}`);
    say(name, name);
    for (const _ of macros) lines.push("#endif");
  }
  return [...lines, "}", ""].join("\n");
}

/**
 * Reads the numbers in the headers of a compiler from the assembly of programs. They are not run,
 * so that the compiler can be one for another processor.
 */
export function headerFacts(compiler: string, flags: readonly string[] = []): HeaderFacts {
  const args = [...flags, "-std=gnu11", "-w", "-S", "-x", "c", "-", "-o", "-"];
  const programs = [
    program([...ROWS.map(({ header }) => header), ...OF_KERNEL], ROWS),
    program(OF_LIBRARY, []),
  ];
  const assembly = programs.map((input) => {
    const result = spawnSync(compiler, args, { input, encoding: "utf8", maxBuffer: 1 << 26 });
    if (result.status === 0) return result.stdout;
    throw new Error(`Cannot compile the facts: ${result.error ?? result.stderr}`);
  }).join("");
  const structs: Record<string, { size: number; align: number; members: Members }> = {};
  const values: Record<string, string> = {};
  for (const [, name = "", value = ""] of assembly.matchAll(/@ (.*) = [$#]?(-?\d+) @/g)) {
    const [, struct, what, member] = /^(.*) (size|align|offset|width)(?: (\w+))?$/.exec(name) ?? [];
    if (struct === undefined) {
      // The kernel's headers have precedence: the O_ACCMODE of musl has an additional bit.
      values[name] ??= value;
      continue;
    }
    const facts = structs[struct] ??= { size: 0, align: 0, members: {} };
    if (what === "size") facts.size = Number(value);
    else if (what === "align") facts.align = Number(value);
    else {
      const [offset, size] = facts.members[member!] ?? [0, 0];
      facts.members[member!] = what === "offset" ? [Number(value), size] : [offset, Number(value)];
    }
  }
  return { structs, constants: values };
}

type Members = Record<string, [number, number]>;
