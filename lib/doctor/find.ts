import { procBsdInfo } from "../abi/bsd_info.ts";
import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { procFdInfo, procFileportInfo } from "../abi/fd_info.ts";
import {
  PROC_PIDLISTDYNKQUEUES,
  PROC_PIDLISTFDS,
  PROC_PIDLISTFILEPORTS,
  PROC_PIDLISTTHREADIDS,
  PROC_PIDLISTTHREADS,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
  PROC_PIDVNODEPATHINFO,
} from "../abi/pid_info.ts";
import { procUniqIdentifierInfo } from "../abi/unique_id.ts";
import { procVnodePathInfo } from "../abi/vnode_info.ts";
import type { Kernel } from "../system/kernel.ts";
import type { Struct } from "../layout/struct.ts";
import { query } from "./query.ts";
import type { Found } from "./probes.ts";

/** More bytes than most lists have. What does not fit is not needed. */
const ROOM = 65536;

/** Finds the arguments for the queries about a process: one of each kind is enough. */
export function find(kernel: Kernel, pid: number): Found {
  /** Returns the bytes of a list; the call returns their number in units. Empty if it fails. */
  function read(flavor: number, size: number, unit = 1): Uint8Array {
    const question = { callnum: PROC_INFO_CALL_PIDINFO, pid, flavor, arg: 0n };
    const { result, bytes } = query(kernel, question, size);
    return bytes.subarray(0, Math.min(Math.max(result, 0) * unit, size));
  }

  function whole<T extends object>(flavor: number, type: Struct<T>): T | undefined {
    const bytes = read(flavor, type.size);
    return bytes.byteLength === type.size ? type.decode(bytes) : undefined;
  }

  const handles = read(PROC_PIDLISTTHREADS, ROOM);
  const threads = read(PROC_PIDLISTTHREADIDS, ROOM);
  const fsid = whole(PROC_PIDVNODEPATHINFO, procVnodePathInfo)?.pvi_cdir.vip_vi.vi_fsid.val;
  const unique = whole(PROC_PIDUNIQIDENTIFIERINFO, procUniqIdentifierInfo);
  const bsd = whole(PROC_PIDTBSDINFO, procBsdInfo);
  const descriptors = procFdInfo.decodeAll(read(PROC_PIDLISTFDS, ROOM));
  const fileports = procFileportInfo.decodeAll(read(PROC_PIDLISTFILEPORTS, ROOM));
  return {
    descriptors: kinds(descriptors.map(({ proc_fd, proc_fdtype }) => [proc_fdtype, proc_fd])),
    fileports: kinds(
      fileports.map(({ proc_fileport, proc_fdtype }) => [proc_fdtype, proc_fileport]),
    ),
    handle: word(handles),
    thread: word(threads),
    threads: threads.byteLength >= 8 ? threads.byteLength >> 3 : undefined,
    queue: word(read(PROC_PIDLISTDYNKQUEUES, ROOM, 8)),
    fileSystem: fsid === undefined ? 0n : join(fsid),
    uniqueId: unique?.p_uniqueid ?? 0n,
    idVersion: BigInt(unique?.p_idversion ?? 0),
    bsd,
    terminal: (bsd?.e_tdev ?? -1) | 0,
  };
}

/** Returns the first number of each kind, and the first of any kind. */
function kinds(found: readonly (readonly [number, number])[]): Map<number | "any", bigint> {
  const first = new Map<number | "any", bigint>();
  for (const [kind, number] of found) {
    if (!first.has(kind)) first.set(kind, BigInt(number >>> 0));
    if (!first.has("any")) first.set("any", BigInt(number >>> 0));
  }
  return first;
}

/** Returns the first 64 bits; 0 if there are fewer. */
function word(bytes: Uint8Array): bigint {
  if (bytes.byteLength < 8) return 0n;
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

/** Returns the id of a file system as 64 bits. */
function join([low = 0, high = 0]: readonly number[]): bigint {
  return BigInt(low >>> 0) | BigInt(high >>> 0) << 32n;
}
