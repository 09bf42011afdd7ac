import type { Libc } from "../sys/libc.ts";
import type { ProcFs } from "./proc_fs.ts";

/** The sources from which queries are answered. */
export interface World {
  /** The process file system. */
  readonly fs: ProcFs;
  /** The functions of the C library. */
  readonly libc: Libc;
}
