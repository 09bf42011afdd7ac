import type { Libc } from "../sys/libc.ts";
import type { ProcFs } from "./proc_fs.ts";

/** Where answers come from. */
export interface World {
  /** The process file system. */
  readonly fs: ProcFs;
  /** The system's own calls. */
  readonly libc: Libc;
}
