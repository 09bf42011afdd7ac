/**
 * AIX's kernel service `kget_proc_info()` for macOS and Linux.
 *
 * Code that uses AIX's process service, and the tests of such code, can run on macOS and Linux. The
 * commands, the errors and `struct procentry64` are those of the published contract.
 *
 * @example
 * ```ts
 * import process from "node:process";
 * import { GET_PROCENTRY64, kerrnoName, kgetProcInfo, procentry64 } from "@libproc/libproc/aix";
 *
 * const data = new Uint8Array(procentry64.size);
 * const size = { value: data.byteLength };
 * const kerrno = kgetProcInfo(GET_PROCENTRY64, process.pid, data, size);
 * if (kerrno === 0) console.log(procentry64.decode(data).pi_comm);
 * else console.log(kerrnoName(kerrno));
 * ```
 *
 * @module
 */
export { SIG_CATCH } from "./gather.ts";
export * from "./kerrno.ts";
export * from "./kget_proc_info.ts";
export * from "./procentry.ts";
export type * from "../system/facts.ts";
export type { System, SystemOptions } from "../system/system.ts";
export type { TableFact, TableReader, TableReaderOptions } from "../system/table.ts";
export type { Kernel } from "../system/kernel.ts";
export type { Block } from "../layout/block.ts";
export type { Cursor, Union } from "../layout/cursor.ts";
export type { ByteOrder, Encodable, Field, Struct, Write } from "../layout/struct.ts";
