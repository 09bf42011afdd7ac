import { PROC_INFO_CALL_SET_DYLD_IMAGES } from "../abi/callnum.ts";
import { bytesOf } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";
import { done, querying, type Reply } from "./reply.ts";

/** The reply of `PROC_INFO_CALL_SET_DYLD_IMAGES`. */
export const SET_DYLD_IMAGES_REPLY: Reply<void> = done;

/** Protects memory whose address was passed to the kernel from garbage collection. */
const kept = new Set<ArrayBufferLike>();

/**
 * Passes the address of the list of images of the calling process to the kernel.
 *
 * **This is dangerous, and intended for the dynamic linker.** Debuggers, crash reports and samplers
 * read a `struct dyld_all_image_infos` at this address. If they find something else, they fail or
 * report wrong facts about the process. The kernel accepts a single change, so it cannot be undone.
 * The function exists only for completeness.
 *
 * The kernel keeps the address, so the memory is not released until the process ends. Do not
 * transfer the memory, and do not change its length.
 *
 * On Linux, throws `ENOTSUP`.
 *
 * @param images The memory that contains a `struct dyld_all_image_infos`.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` if the address was changed before, `ENOTSUP` if this system does
 * not have the setting.
 * @throws {TypeError} `images` is not a view, or its memory was detached.
 * @throws {RangeError} `images` is empty.
 *
 * @example
 * ```ts
 * import { setDyldImages } from "@libproc/libproc/calls";
 *
 * try {
 *   setDyldImages(new Uint8Array(0));
 * } catch (error) {
 *   console.log((error as Error).message); // no call was made
 * }
 * ```
 */
export function setDyldImages(
  images: ArrayBufferView,
  options: SystemOptions = {},
): void {
  const system = systemAlone(options);
  const view = bytesOf("images", images);
  if (view.byteLength === 0) {
    throw new RangeError("Cannot pass images as it must not be empty: it has 0 bytes");
  }
  // The runtime may move the memory of a small array until its `buffer` property is read.
  const { buffer, byteOffset, byteLength } = view;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  SET_DYLD_IMAGES_REPLY.read(
    querying(system.kernel, PROC_INFO_CALL_SET_DYLD_IMAGES, system.pid(), 0, 0n, bytes),
  );
  kept.add(buffer);
}
