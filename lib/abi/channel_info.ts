/**
 * Skywalk channels, which carry packets without the socket layer: `PROC_PIDFDCHANNELINFO`
 * (bsd/sys/proc_info.h).
 *
 * @module
 */

import { type Struct, struct } from "../layout/struct.ts";
import { type ProcFileInfo, procFileInfo } from "./file_info.ts";

/** `struct proc_channel_info`: a channel. */
export interface ProcChannelInfo {
  /** The UUID of the nexus that the channel is attached to, 16 bytes. */
  readonly chi_instance: Uint8Array;
  /** The port of the nexus that the channel is attached to. */
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

/** `struct channel_fdinfo`: the answer to `PROC_PIDFDCHANNELINFO`. */
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

/** The channel connects two processes. macOS 12.2. */
export const PROC_CHANNEL_TYPE_USER_PIPE = 0;
/** The channel connects a process and the kernel. macOS 12.2. */
export const PROC_CHANNEL_TYPE_KERNEL_PIPE = 1;

/** The channel connects a process and a network interface. macOS 12.2. */
export const PROC_CHANNEL_TYPE_NET_IF = 2;

/** The channel connects a process and a flow switch. macOS 12.2. */
export const PROC_CHANNEL_TYPE_FLOW_SWITCH = 3;
/** The channel monitors packets that are sent. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_MONITOR_TX = 1;
/** The channel monitors packets that are received. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_MONITOR_RX = 2;
/** The channel monitors packets without a copy. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_MONITOR_NO_COPY = 4;
/** No other channel can use the port. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_EXCLUSIVE = 16;
/** The process allocates its packets itself. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_USER_PACKET_POOL = 32;
/** The channel can become defunct while it is open. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_DEFUNCT_OK = 64;
/** The channel is meant for low latency. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_LOW_LATENCY = 128;
/** The channel monitors packets in both directions. macOS 12.2. */
export const PROC_CHANNEL_FLAGS_MONITOR = 3;
