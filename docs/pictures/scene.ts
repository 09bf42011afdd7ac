/**
 * An invented small server. Its kernel is scripted, so its pictures never change on their own.
 *
 * @module
 */
import {
  PROC_FLAG_EXEC,
  PROC_FLAG_LP64,
  procBsdInfo,
  procBsdInfoWithUniqId,
  procBsdShortInfo,
} from "../../lib/abi/bsd_info.ts";
import {
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDFDINFO,
  PROC_INFO_CALL_PIDINFO,
} from "../../lib/abi/callnum.ts";
import { PROX_FDTYPE_SOCKET } from "../../lib/abi/fd_info.ts";
import { PROC_PIDFDSOCKETINFO } from "../../lib/abi/pid_fd_info.ts";
import {
  PROC_PIDLISTFDS,
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../../lib/abi/pid_info.ts";
import { socketFdInfo, SOCKINFO_TCP } from "../../lib/abi/socket_info.ts";
import { procTaskInfo } from "../../lib/abi/task_info.ts";
import { procUniqIdentifierInfo } from "../../lib/abi/unique_id.ts";
import type { Struct } from "../../lib/layout/struct.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { kernelTable } from "../../lib/system/kernel_table.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { kernelOf } from "../../lib/testing/kernel_of.ts";

/** A process of the scene. */
interface Actor {
  readonly pid: number;
  readonly parent: number;
  readonly user: number;
  readonly name: string;
  readonly args?: readonly string[];
  /** The resident memory, in MiB. */
  readonly memory: number;
  /** The share of one processor that it uses, in percent. */
  readonly cpu?: number;
  /** The time from the start of the machine to the start of the process, in seconds. */
  readonly after: number;
  readonly isRunning?: boolean;
  readonly isZombie?: boolean;
  /** The ports that it listens on; `everywhere` is true if it listens on all addresses. */
  readonly ports?: readonly (readonly [port: number, everywhere: boolean])[];
}

const [ROOT, WWW, POSTGRES, ADA] = [0, 33, 114, 1000];
const USERS: Readonly<Record<number, string>> = {
  [ROOT]: "root",
  [WWW]: "www-data",
  [POSTGRES]: "postgres",
  [ADA]: "ada",
};

const DAY = 86_400;
const DATABASE = { parent: 701, user: POSTGRES, name: "postgres", after: 4 };

const ACTORS: readonly Actor[] = [
  { pid: 1, parent: 0, user: ROOT, name: "systemd", args: ["/sbin/init"], memory: 12, after: 0 },
  {
    ...{ pid: 612, parent: 1, user: ROOT, name: "sshd", memory: 8, after: 3 },
    args: ["sshd: /usr/sbin/sshd -D [listener]"],
    ports: [[22, true]],
  },
  {
    ...{ pid: 701, parent: 1, user: POSTGRES, name: "postgres", memory: 29, after: 3 },
    args: ["/usr/lib/postgresql/15/bin/postgres", "-D", "/var/lib/postgresql/15/main"],
    ports: [[5432, false]],
  },
  { ...DATABASE, pid: 703, memory: 11, args: ["postgres: checkpointer"] },
  { ...DATABASE, pid: 704, memory: 9, args: ["postgres: walwriter"] },
  {
    ...{ ...DATABASE, pid: 911, memory: 86, cpu: 11.4, isRunning: true },
    args: ["postgres: shop shop 127.0.0.1(51842) SELECT"],
    after: 12,
  },
  {
    ...{ pid: 733, parent: 1, user: ROOT, name: "redis-server", memory: 18, cpu: 0.7, after: 4 },
    args: ["/usr/bin/redis-server 127.0.0.1:6379"],
    ports: [[6379, false]],
  },
  {
    ...{ pid: 820, parent: 1, user: ROOT, name: "nginx", memory: 6, after: 5 },
    args: ["nginx: master process /usr/sbin/nginx"],
    ports: [[80, true], [443, true]],
  },
  ...[821, 822, 823, 824].map((pid, i): Actor => ({
    ...{ pid, parent: 820, user: WWW, name: "nginx", memory: 9, after: 5 },
    args: ["nginx: worker process"],
    cpu: [1.9, 1.2, 0.4, 0.3][i]!,
  })),
  {
    ...{ pid: 903, parent: 1, user: WWW, name: "bun", memory: 143, cpu: 38.2, after: 11 },
    args: ["bun", "run", "server.ts"],
    isRunning: true,
    ports: [[3000, false]],
  },
  {
    ...{ pid: 905, parent: 903, user: WWW, name: "deno", memory: 97, cpu: 6.1, after: 12 },
    args: ["deno", "run", "--allow-ffi", "thumbnails.ts"],
  },
  {
    pid: 1180,
    parent: 612,
    user: ROOT,
    name: "sshd",
    args: ["sshd: ada@pts/0"],
    memory: 10,
    after: DAY,
  },
  { pid: 1190, parent: 1180, user: ADA, name: "bash", args: ["-bash"], memory: 5, after: DAY },
  {
    ...{ pid: 1204, parent: 1190, user: ADA, name: "vim", memory: 24, after: DAY + 300 },
    args: ["vim", "docs/getting started.md"],
  },
  {
    pid: 1377,
    parent: 903,
    user: WWW,
    name: "convert",
    memory: 0,
    after: DAY + 4000,
    isZombie: true,
  },
];

/** The time of the pictures, in milliseconds since 1970. */
export const NOW: number = Date.UTC(2026, 10, 21, 14, 35, 8);
const UPTIME = DAY + 5 * 3600 + 12 * 60;
const STARTED = NOW / 1000 - UPTIME;

const MIB = 2 ** 20;
const NANOSECONDS = 1_000_000_000;
const SRUN = 2, SSLEEP = 3, SZOMB = 5;
/** 127.0.0.1, in network byte order. */
const LOOPBACK = 0x0100007f;
const AF_INET = 2, AF_INET6 = 30;
const IPPROTO_TCP = 6;
const SOCK_STREAM = 1;
const SO_ACCEPTCONN = 2;
const TCPS_LISTEN = 1;
/** The flags of IPv4 and IPv6 addresses, `INI_IPV4` and `INI_IPV6`. */
const INI = { [AF_INET]: 1, [AF_INET6]: 2 } as const;

const encoder = new TextEncoder();

function encode<T extends object>(type: Struct<T>, value: Parameters<Struct<T>["encode"]>[0]) {
  const bytes = new Uint8Array(type.size);
  type.encode(value, bytes);
  return bytes;
}

function write(bytes: Uint8Array, buffer: Uint8Array): number {
  const room = bytes.subarray(0, buffer.length);
  buffer.set(room);
  return room.length;
}

/** Returns the invented server. One second passes from one list of its processes to the next. */
export function scene(): System {
  let seconds = 0;
  const at = (pid: number) => ACTORS.find((actor) => actor.pid === pid);

  function infoOf({ pid, parent, user, name, after, isRunning, isZombie }: Actor) {
    return {
      pbi_pid: pid,
      pbi_ppid: parent,
      pbi_pgid: pid,
      pbi_uid: user,
      pbi_ruid: user,
      pbi_svuid: user,
      pbi_name: name,
      pbi_comm: name.slice(0, 15),
      pbi_flags: PROC_FLAG_EXEC | PROC_FLAG_LP64,
      pbi_status: isZombie ? SZOMB : isRunning ? SRUN : SSLEEP,
      pbi_start_tvsec: BigInt(Math.floor(STARTED + after)),
    };
  }

  function timeOf({ cpu = 0, after, pid }: Actor): bigint {
    const lived = UPTIME - after + seconds;
    return BigInt(Math.floor((cpu / 100 * lived + (pid % 7) * 0.11) * NANOSECONDS));
  }

  function answer(actor: Actor, flavor: number): Uint8Array | undefined {
    const bsd = infoOf(actor);
    const unique = { p_uniqueid: BigInt(actor.pid) << 8n, p_idversion: actor.pid };
    switch (flavor) {
      case PROC_PIDTBSDINFO:
        return encode(procBsdInfo, bsd);
      case PROC_PIDUNIQIDENTIFIERINFO:
        return encode(procUniqIdentifierInfo, unique);
      case PROC_PIDT_BSDINFOWITHUNIQID:
        return encode(procBsdInfoWithUniqId, { pbsd: bsd, p_uniqidentifier: unique });
      case PROC_PIDT_SHORTBSDINFO:
        return encode(procBsdShortInfo, {
          pbsi_pid: actor.pid,
          pbsi_ppid: actor.parent,
          pbsi_pgid: actor.pid,
          pbsi_uid: actor.user,
          pbsi_status: bsd.pbi_status,
          pbsi_comm: bsd.pbi_comm,
          pbsi_flags: bsd.pbi_flags,
        });
      case PROC_PIDTASKINFO:
        return actor.isZombie ? undefined : encode(procTaskInfo, {
          pti_resident_size: BigInt(actor.memory * MIB),
          pti_virtual_size: BigInt(actor.memory * 7 * MIB),
          pti_total_user: timeOf(actor),
          pti_threadnum: 1 + actor.pid % 5,
          pti_numrunning: actor.isRunning ? 1 : 0,
        });
      case PROC_PIDLISTFDS: {
        const list = new Int32Array(
          (actor.ports ?? []).flatMap((_, i) => [i + 3, PROX_FDTYPE_SOCKET]),
        );
        return new Uint8Array(list.buffer);
      }
    }
    return undefined;
  }

  function socketOf({ ports = [], pid }: Actor, fd: number): Uint8Array | undefined {
    const found = ports[fd - 3];
    if (found === undefined) return undefined;
    const [port, everywhere] = found;
    const family = everywhere ? AF_INET6 : AF_INET;
    return encode(
      socketFdInfo,
      {
        psi: {
          soi_so: BigInt(pid * 8 + fd),
          soi_type: SOCK_STREAM,
          soi_protocol: IPPROTO_TCP,
          soi_family: family,
          soi_options: SO_ACCEPTCONN,
          soi_qlimit: 511,
          soi_kind: SOCKINFO_TCP,
          soi_proto: {
            pri_tcp: {
              tcpsi_ini: {
                // In network byte order.
                insi_lport: (port & 255) << 8 | port >> 8,
                insi_vflag: INI[family],
                insi_laddr: everywhere ? {} : { ina_46: { i46a_addr4: { s_addr: LOOPBACK } } },
              },
              tcpsi_state: TCPS_LISTEN,
            },
          },
        },
      },
    );
  }

  const kernel = kernelOf(({ callnum, pid, flavor, arg }, buffer) => {
    if (callnum === PROC_INFO_CALL_LISTPIDS) {
      if (buffer === null) return (ACTORS.length + 2) * 4;
      seconds++;
      return write(new Uint8Array(Int32Array.from(ACTORS, (actor) => actor.pid).buffer), buffer);
    }
    const actor = at(pid);
    if (actor === undefined || (arg === 0n && actor.isZombie)) return -ERRNO.ESRCH;
    const bytes = callnum === PROC_INFO_CALL_PIDFDINFO && flavor === PROC_PIDFDSOCKETINFO
      ? socketOf(actor, Number(arg))
      : callnum === PROC_INFO_CALL_PIDINFO
      ? answer(actor, flavor)
      : undefined;
    if (bytes === undefined) return -ERRNO.ENOTSUP;
    return buffer === null ? bytes.length : write(bytes, buffer);
  });

  const base = systemOf(kernel);
  const system: System = {
    ...base,
    pid: () => 1204,
    ppid: () => 1190,
    euid: () => ROOT,
    ruid: () => ROOT,
    timebase: () => ({ numer: 1, denom: 1 }),
    pageBytes: () => 4096,
    memoryBytes: () => 4096 * MIB,
    machine: () => ({
      loadAverages: [0.62, 0.48, 0.41],
      uptimeMs: (UPTIME + seconds) * 1000,
      processorCount: 2,
      processorTimes: { busy: seconds * 0.6, total: seconds * 2 },
      memory: { totalBytes: 4096 * MIB, usedBytes: 1331 * MIB },
      swap: { totalBytes: 1024 * MIB, usedBytes: 37 * MIB },
    }),
    userName: (id) => USERS[id],
    arguments(pid) {
      const { args, name } = at(pid)!;
      return {
        executablePath: undefined,
        arguments: (args ?? [name]).map((text) => encoder.encode(text)),
        title: undefined,
      };
    },
    executable(pid) {
      throw new SystemCallError(`find the program of process ${pid}`, "system", ERRNO.ENOTSUP);
    },
    table() {
      const table = kernelTable(system);
      return Object.defineProperties(table, {
        readAtMs: { get: () => seconds * 1000, set: () => {} },
      });
    },
  };
  return system;
}
