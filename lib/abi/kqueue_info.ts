/**
 * Kqueues and the events that they wait for: `PROC_PIDFDKQUEUEINFO`, `PROC_PIDFDKQUEUE_EXTINFO` and
 * the flavors of `PROC_INFO_CALL_PIDDYNKQUEUEINFO` (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";
import { type VinfoStat, vinfoStat } from "./vnode_info.ts";

/** `struct kqueue_info`: a kqueue. */
export interface KqueueInfo {
  /**
   * The attributes: `vst_size` is the number of pending events, `vst_blksize` is the size of one
   * event in bytes, and `vst_ino` is the id of a dynamic kqueue.
   */
  readonly kq_stat: VinfoStat;
  /** A set of `PROC_KQUEUE_*`. */
  readonly kq_state: number;
  /** Reserved: always 0. */
  readonly rfu_1: number;
}

/** The layout of {@linkcode KqueueInfo}. */
export const kqueueInfo: Struct<KqueueInfo> = struct(
  "kqueue_info",
  { size: 144, align: 8 },
  (c): KqueueInfo => ({
    kq_stat: c.struct(vinfoStat),
    kq_state: c.u32(),
    rfu_1: c.u32(),
  }),
);

/** `struct kqueue_dyninfo`: the answer to `PROC_PIDDYNKQUEUE_INFO` for a workloop. */
export interface KqueueDynInfo {
  /** The kqueue. */
  readonly kqdi_info: KqueueInfo;
  /** The id of the thread that serves the kqueue; 0 without one. */
  readonly kqdi_servicer: bigint;
  /** The id of the thread that owns the kqueue; 0 without one. */
  readonly kqdi_owner: bigint;
  /** The number of threads that wait for the kqueue. Always 0. */
  readonly kqdi_sync_waiters: number;
  /** The quality of service of those threads. Always 0. */
  readonly kqdi_sync_waiter_qos: number;
  /** The quality of service with which work was passed to the kqueue. */
  readonly kqdi_async_qos: number;
  /** The state of the request for a thread. */
  readonly kqdi_request_state: number;
  /** The highest quality of service of the pending events. */
  readonly kqdi_events_qos: number;
  /**
   * The priority of the kqueue's threads, if it was created with one. Before macOS 10.14, it is 0.
   */
  readonly kqdi_pri: number;
  /**
   * The scheduling policy of the kqueue's threads, if it was created with one. Before macOS 10.14,
   * it is 0.
   */
  readonly kqdi_pol: number;
  /**
   * The share of a processor that the kqueue's threads may use, in percent; 0 without a limit.
   * Before macOS 10.14, it is 0.
   */
  readonly kqdi_cpupercent: number;
  /** Reserved: 4 bytes, always 0. */
  readonly _kqdi_reserved0: Uint8Array;
  /** Reserved: always 0. */
  readonly _kqdi_reserved1: readonly bigint[];
}

/** The layout of {@linkcode KqueueDynInfo}. */
export const kqueueDynInfo: Struct<KqueueDynInfo> = struct(
  "kqueue_dyninfo",
  { size: 208, align: 8 },
  (c): KqueueDynInfo => ({
    kqdi_info: c.struct(kqueueInfo),
    kqdi_servicer: c.u64(),
    kqdi_owner: c.u64(),
    kqdi_sync_waiters: c.u32(),
    kqdi_sync_waiter_qos: c.u8(),
    kqdi_async_qos: c.u8(),
    kqdi_request_state: c.u16(),
    kqdi_events_qos: c.u8(),
    kqdi_pri: c.u8(),
    kqdi_pol: c.u8(),
    kqdi_cpupercent: c.u8(),
    _kqdi_reserved0: c.bytes(4),
    _kqdi_reserved1: c.array(4, (c) => c.u64()),
  }),
);

/** `struct kqueue_fdinfo`: the answer to `PROC_PIDFDKQUEUEINFO`. */
export interface KqueueFdInfo {
  /** The open file. */
  readonly pfi: ProcFileInfo;
  /** The kqueue. */
  readonly kqueueinfo: KqueueInfo;
}

/** The layout of {@linkcode KqueueFdInfo}. */
export const kqueueFdInfo: Struct<KqueueFdInfo> = struct(
  "kqueue_fdinfo",
  { size: 168, align: 8 },
  (c): KqueueFdInfo => ({
    pfi: c.struct(procFileInfo),
    kqueueinfo: c.struct(kqueueInfo),
  }),
);

/** `struct kevent_qos_s`: one event (bsd/sys/event_private.h). */
export interface KeventQos {
  /**
   * The object that is watched: a descriptor, a process id or a signal, depending on the filter.
   */
  readonly ident: bigint;
  /** The filter, an `EVFILT_*` value: negative. */
  readonly filter: number;
  /** A set of `EV_*`. */
  readonly flags: number;
  /** The quality of service. */
  readonly qos: number;
  /** The user data of the program: 64 bits. */
  readonly udata: bigint;
  /** The flags of the filter. */
  readonly fflags: number;
  /** The additional flags of the filter. Always 0 in an answer. */
  readonly xflags: number;
  /** The data of the filter. Always 0 in an answer: see `kqext_sdata`. */
  readonly data: bigint;
  /** Four additional words, without kernel addresses. */
  readonly ext: readonly bigint[];
}

/** The layout of {@linkcode KeventQos}. */
export const keventQos: Struct<KeventQos> = struct(
  "kevent_qos_s",
  { size: 72, align: 8 },
  (c): KeventQos => ({
    ident: c.u64(),
    filter: c.i16(),
    flags: c.u16(),
    qos: c.i32(),
    udata: c.u64(),
    fflags: c.u32(),
    xflags: c.u32(),
    data: c.i64(),
    ext: c.array(4, (c) => c.u64()),
  }),
);

/**
 * `struct kevent_extinfo`: one row of `PROC_PIDFDKQUEUE_EXTINFO` and `PROC_PIDDYNKQUEUE_EXTINFO`.
 */
export interface KeventExtInfo {
  /** The event that the program registered. */
  readonly kqext_kev: KeventQos;
  /** The data that the program passed to the filter. */
  readonly kqext_sdata: bigint;
  /** The flags that the kernel keeps for the event. */
  readonly kqext_status: number;
  /** The flags that the program passed to the filter. */
  readonly kqext_sfflags: number;
  /** Reserved: always 0. */
  readonly kqext_reserved: readonly bigint[];
}

/** The layout of {@linkcode KeventExtInfo}. */
export const keventExtInfo: Struct<KeventExtInfo> = struct(
  "kevent_extinfo",
  { size: 104, align: 8 },
  (c): KeventExtInfo => ({
    kqext_kev: c.struct(keventQos),
    kqext_sdata: c.u64(),
    kqext_status: c.i32(),
    kqext_sfflags: c.i32(),
    kqext_reserved: c.array(2, (c) => c.u64()),
  }),
);

/** A thread waits for the kqueue with `select()` or `poll()`. macOS 10.4. */
export const PROC_KQUEUE_SELECT = 1;
/** A thread sleeps in the kqueue. macOS 10.4. */
export const PROC_KQUEUE_SLEEP = 2;
/** The events of the kqueue are `struct kevent` of 32-bit programs. macOS 10.11. */
export const PROC_KQUEUE_32 = 8;
/** The events of the kqueue are `struct kevent64_s`. macOS 10.11. */
export const PROC_KQUEUE_64 = 16;
/** The events of the kqueue are `struct kevent_qos_s`. macOS 10.11. */
export const PROC_KQUEUE_QOS = 32;
/** The kqueue belongs to the workqueue of the process and has no descriptor. macOS 12. */
export const PROC_KQUEUE_WORKQ = 64;
/**
 * The kqueue is a workloop: a dynamic kqueue, which has an id instead of a descriptor. macOS 12.
 */
export const PROC_KQUEUE_WORKLOOP = 128;
