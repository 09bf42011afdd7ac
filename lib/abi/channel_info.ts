/**
 * Skywalk channels, which carry packets past the socket layer: `PROC_PIDFDCHANNELINFO`
 * (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";

/** `struct proc_channel_info`: a channel. */
export interface ProcChannelInfo {
  /** The UUID of the nexus it is attached to, 16 bytes. */
  readonly chi_instance: Uint8Array;
  /** The port of the nexus it is attached to. */
  readonly chi_port: number;
  /** A `PROC_CHANNEL_TYPE_*` value. */
  readonly chi_type: number;
  /** A set of `PROC_CHANNEL_FLAGS_*`. */
  readonly chi_flags: number;
  /** Reserved: always 0. */
  readonly rfu_1: number;
}

/** The layout of {@linkcode ProcChannelInfo}. */
export const procChannelInfo: Struct<ProcChannelInfo> = struct(
  "proc_channel_info",
  { size: 32, align: 4 },
  (c): ProcChannelInfo => ({
    chi_instance: c.bytes(16),
    chi_port: c.u32(),
    chi_type: c.u32(),
    chi_flags: c.u32(),
    rfu_1: c.u32(),
  }),
);

/** `struct channel_fdinfo`: what `PROC_PIDFDCHANNELINFO` writes. */
export interface ChannelFdInfo {
  /** The open file. */
  readonly pfi: ProcFileInfo;
  /** The channel. */
  readonly channelinfo: ProcChannelInfo;
}

/** The layout of {@linkcode ChannelFdInfo}. */
export const channelFdInfo: Struct<ChannelFdInfo> = struct(
  "channel_fdinfo",
  { size: 56, align: 8 },
  (c): ChannelFdInfo => ({
    pfi: c.struct(procFileInfo),
    channelinfo: c.struct(procChannelInfo),
  }),
);

/** Joins two processes. macOS 12.2. */
export const PROC_CHANNEL_TYPE_USER_PIPE = 0;
/** Joins a process and the kernel. macOS 12.2. */
export const PROC_CHANNEL_TYPE_KERNEL_PIPE = 1;

/** Joins a process and a network interface. macOS 12.2. */
export const PROC_CHANNEL_TYPE_NET_IF = 2;

/** Joins a process and a switch of flows. macOS 12.2. */
export const PROC_CHANNEL_TYPE_FLOW_SWITCH = 3;
/** Sees what is sent. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_MONITOR_TX = 1;
/** Sees what is received. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_MONITOR_RX = 2;
/** Sees it without a copy. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_MONITOR_NO_COPY = 4;
/** No other channel may use the port. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_EXCLUSIVE = 16;
/** The process allocates its packets itself. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_USER_PACKET_POOL = 32;
/** May be made defunct while it is open. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_DEFUNCT_OK = 64;
/** Kept for low latency. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_LOW_LATENCY = 128;
/** Sees both what is sent and what is received. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_MONITOR = 3;
