/**
 * Measures `PROC_PIDLISTFDS` and `PROC_PIDFDSOCKETINFO` in the runtime that runs this program.
 *
 * Replies to requests as answers.ts describes, one line `OPERATION PID MILLISECONDS` each. The
 * result is the number of rows or structs, and a digest of them. descriptors.c does the same in C,
 * and describes the operations.
 *
 * @module
 */
import { block } from "../lib/layout/block.ts";
import { offsetsOf } from "../lib/layout/offsets.ts";
import { openSystem } from "../mod.ts";
import {
  PROC_INFO_CALL_PIDFDINFO,
  PROC_INFO_CALL_PIDINFO,
  PROC_PIDFDSOCKETINFO,
  PROC_PIDLISTFDS,
  procFdInfo,
  PROX_FDTYPE_SOCKET,
  socketFdInfo,
  socketInfo,
  SOCKINFO_TCP,
} from "../lib/abi/mod.ts";
import { answerRequests, work } from "./answers.ts";

const { procInfo } = openSystem().kernel;
const { size: ROW } = procFdInfo;
const { size: SIZE } = socketFdInfo;
const { soi_kind } = offsetsOf(socketInfo, offsetsOf(socketFdInfo).psi);

let rows = block(0);
let sockets = new Uint8Array(0);
const socket = block(SIZE);

/** Writes the descriptors of a process and their types to `rows`; returns their number. */
function listFds(pid: number): number {
  const room = procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDLISTFDS, 0n, null);
  if (room > rows.bytes.length) rows = block(room);
  return procInfo(PROC_INFO_CALL_PIDINFO, pid, PROC_PIDLISTFDS, 0n, rows.bytes) / ROW;
}

/** Writes all TCP sockets of a process to `sockets`; returns their number. */
function listSockets(pid: number): number {
  const count = listFds(pid);
  if (sockets.length < count * SIZE) sockets = new Uint8Array(count * SIZE);
  let found = 0;
  for (let i = 0; i < count; i++) {
    if (rows.view.getUint32(i * ROW + 4, true) !== PROX_FDTYPE_SOCKET) continue;
    const fd = BigInt(rows.view.getInt32(i * ROW, true));
    const answer = procInfo(
      PROC_INFO_CALL_PIDFDINFO,
      pid,
      PROC_PIDFDSOCKETINFO,
      fd,
      socket.bytes,
    );
    if (answer !== SIZE || socket.view.getInt32(soi_kind, true) !== SOCKINFO_TCP) continue;
    sockets.set(socket.bytes, found++ * SIZE);
  }
  return found;
}

function digest(bytes: Uint8Array): number {
  let hash = 2166136261;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619);
  return hash >>> 0;
}

await answerRequests((operation, id) => {
  const pid = Number(id);
  if (operation === "fds") {
    const found = (count: number) => rows.bytes.subarray(0, count * ROW);
    return work(() => listFds(pid), (count) => [count, digest(found(count))]);
  }
  const found = (count: number) => sockets.subarray(0, count * SIZE);
  return work(() => listSockets(pid), (count) => [count, digest(found(count))]);
});
