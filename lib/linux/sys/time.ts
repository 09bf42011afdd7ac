import { type Struct, struct } from "../../layout/struct.ts";

/** `struct timespec` (time.h). */
export interface Timespec {
  readonly tv_sec: bigint;
  readonly tv_nsec: bigint;
}

/** The layout of {@linkcode Timespec}. */
export const timespec: Struct<Timespec> = struct("timespec", { size: 16, align: 8 }, (c) => ({
  tv_sec: c.i64(),
  tv_nsec: c.i64(),
}));

/** `struct timeval` (sys/time.h). */
export interface Timeval {
  readonly tv_sec: bigint;
  readonly tv_usec: bigint;
}

/** The layout of {@linkcode Timeval}. */
export const timeval: Struct<Timeval> = struct("timeval", { size: 16, align: 8 }, (c) => ({
  tv_sec: c.i64(),
  tv_usec: c.i64(),
}));

/** `struct sigevent` (asm-generic/siginfo.h), up to the members that all ways to notify share. */
export interface Sigevent {
  readonly sigev_value: Uint8Array;
  readonly sigev_signo: number;
  readonly sigev_notify: number;
}

/** The layout of {@linkcode Sigevent}. */
export const sigevent: Struct<Sigevent> = struct("sigevent", { size: 64, align: 8 }, (c) => ({
  sigev_value: c.bytes(8),
  sigev_signo: c.i32(),
  sigev_notify: c.i32(),
}));

/** The way to notify of a timer that sends no notifications. */
export const SIGEV_NONE = 1;
export const CLOCK_MONOTONIC = 1;
