import { type Block, block } from "../../layout/block.ts";
import { offsetsOf } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";
import { nlmsghdr } from "./sock_diag.ts";

/** The netlink protocol of the connector, and the id of its messages about process events. */
export const NETLINK_CONNECTOR = 11;
export const CN_IDX_PROC = 1;
export const CN_VAL_PROC = 1;

/** The requests to the connector (linux/cn_proc.h). */
export const PROC_CN_MCAST_LISTEN = 1;
export const PROC_CN_MCAST_IGNORE = 2;

/** The types of events (linux/cn_proc.h). */
export const PROC_EVENT_NONE = 0;
export const PROC_EVENT_FORK = 1;
export const PROC_EVENT_EXEC = 2;
export const PROC_EVENT_EXIT = 0x80000000;

/** `struct cn_msg` (linux/connector.h), with its `struct cb_id`. */
export interface CnMsg {
  readonly id: CbId;
  readonly seq: number;
  readonly ack: number;
  readonly len: number;
  readonly flags: number;
}

/** `struct cb_id` (linux/connector.h): the receiver of a message. */
export interface CbId {
  readonly idx: number;
  readonly val: number;
}

/** The layout of {@linkcode CbId}. */
export const cbId: Struct<CbId> = struct("cb_id", { size: 8, align: 4 }, (c) => ({
  idx: c.u32(),
  val: c.u32(),
}));

/** The layout of {@linkcode CnMsg}. */
export const cnMsg: Struct<CnMsg> = struct("cn_msg", { size: 20, align: 4 }, (c) => ({
  id: c.struct(cbId),
  seq: c.u32(),
  ack: c.u32(),
  len: c.u16(),
  flags: c.u16(),
}));

/** `struct proc_input` (linux/cn_proc.h), since Linux 6.6. */
export interface ProcInput {
  readonly mcast_op: number;
  readonly event_type: number;
}

/** The layout of {@linkcode ProcInput}. */
export const procInput: Struct<ProcInput> = struct("proc_input", { size: 8, align: 4 }, (c) => ({
  mcast_op: c.i32(),
  event_type: c.u32(),
}));

/** `struct proc_event` (linux/cn_proc.h). */
export interface ProcEvent {
  readonly what: number;
  readonly cpu: number;
  readonly timestamp_ns: bigint;
  readonly event_data: Uint8Array;
}

/** The layout of {@linkcode ProcEvent}. */
export const procEvent: Struct<ProcEvent> = struct("proc_event", { size: 40, align: 8 }, (c) => ({
  what: c.u32(),
  cpu: c.u32(),
  timestamp_ns: c.u64(),
  event_data: c.bytes(24),
}));

/** `struct fork_proc_event` (linux/cn_proc.h). */
export interface ForkProcEvent {
  readonly parent_pid: number;
  readonly parent_tgid: number;
  readonly child_pid: number;
  readonly child_tgid: number;
}

/** The layout of {@linkcode ForkProcEvent}. */
export const forkProcEvent: Struct<ForkProcEvent> = struct(
  "fork_proc_event",
  { size: 16, align: 4 },
  (c) => ({
    parent_pid: c.i32(),
    parent_tgid: c.i32(),
    child_pid: c.i32(),
    child_tgid: c.i32(),
  }),
);

/** `struct exec_proc_event` (linux/cn_proc.h). */
export interface ExecProcEvent {
  readonly process_pid: number;
  readonly process_tgid: number;
}

/** The layout of {@linkcode ExecProcEvent}. */
export const execProcEvent: Struct<ExecProcEvent> = struct(
  "exec_proc_event",
  { size: 8, align: 4 },
  (c) => ({
    process_pid: c.i32(),
    process_tgid: c.i32(),
  }),
);

/** `struct exit_proc_event` (linux/cn_proc.h), with the members that it had before Linux 4.18. */
export interface ExitProcEvent {
  readonly process_pid: number;
  readonly process_tgid: number;
  readonly exit_code: number;
  readonly exit_signal: number;
}

/** The layout of {@linkcode ExitProcEvent}. */
export const exitProcEvent: Struct<ExitProcEvent> = struct(
  "exit_proc_event",
  { size: 16, align: 4 },
  (c) => ({
    process_pid: c.i32(),
    process_tgid: c.i32(),
    exit_code: c.u32(),
    exit_signal: c.u32(),
  }),
);

const NLMSG_DONE = 3;
/** The offsets of the parts of a message. */
const CN = nlmsghdr.size;
const DATA = CN + cnMsg.size;
/** The size of a message with an event, up to the last byte that is read. */
export const EVENT_SIZE: number = DATA + procEvent.size;

const nl = offsetsOf(nlmsghdr);
const cn = offsetsOf(cnMsg, CN);
const id = offsetsOf(cbId, cn.id);
const input = offsetsOf(procInput, DATA);
const event = offsetsOf(procEvent, DATA);
const fork = offsetsOf(forkProcEvent, event.event_data);
const exec = offsetsOf(execProcEvent, event.event_data);
const exit = offsetsOf(exitProcEvent, event.event_data);

/**
 * Creates a request to the connector.
 *
 * @param op The request: `PROC_CN_MCAST_*`.
 * @param ack The number of the request. The reply has the next number.
 * @param events The types of events to receive. Linux before 6.6 ignores a request with types. A
 * request without types receives a reply, and all events.
 */
export function connectorRequest(op: number, ack: number, events?: number): Uint8Array {
  const size = events === undefined ? 4 : procInput.size;
  const { bytes, view } = block(DATA + size);
  view.setUint32(nl.nlmsg_len, bytes.length, true);
  view.setUint16(nl.nlmsg_type, NLMSG_DONE, true);
  view.setUint32(id.idx, CN_IDX_PROC, true);
  view.setUint32(id.val, CN_VAL_PROC, true);
  view.setUint32(cn.ack, ack, true);
  view.setUint16(cn.len, size, true);
  view.setUint32(input.mcast_op, op, true);
  if (events !== undefined) view.setUint32(input.event_type, events, true);
  return bytes;
}

/** Reads messages of the connector, one at a time, from the buffer in which they are received. */
export interface EventMessage {
  /** The buffer. */
  readonly block: Block;
  /** Returns the type of an event, `PROC_EVENT_*`; -1 for a message that is not an event. */
  kind(length: number): number;
  /** Returns the number of a reply. */
  ack(): number;
  /** Returns the result in a reply: 0, or a Linux errno. */
  error(): number;
  /** Returns the thread of an event, which has started, executed a program or ended. */
  thread(): number;
  /** Returns the process to which the thread of an event belongs. */
  process(): number;
  /** Returns the parent of the new process, for a fork. */
  parent(): number;
  /** Returns the 16 bits that `wait()` would return, for an exit. */
  status(): number;
}

/** Creates an {@linkcode EventMessage}. */
export function eventMessage(): EventMessage {
  const message = block(EVENT_SIZE);
  const { view } = message;
  const at = (offset: number) => view.getInt32(offset, true);
  const kind = () => view.getUint32(event.what, true);
  return {
    block: message,
    kind(length) {
      if (length < EVENT_SIZE || view.getUint32(id.idx, true) !== CN_IDX_PROC) return -1;
      return view.getUint32(id.val, true) === CN_VAL_PROC ? kind() : -1;
    },
    ack: () => view.getUint32(cn.ack, true),
    error: () => at(event.event_data),
    thread: () => at(kind() === PROC_EVENT_FORK ? fork.child_pid : exec.process_pid),
    process: () => at(kind() === PROC_EVENT_FORK ? fork.child_tgid : exec.process_tgid),
    parent: () => at(fork.parent_tgid),
    status: () => at(exit.exit_code) & 0xffff,
  };
}
