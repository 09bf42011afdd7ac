import { PROC_INFO_CALL_SET_DYLD_IMAGES } from "../abi/callnum.ts";
import { bytesOf } from "../system/arguments.ts";
import type { SystemOptions } from "../system/system.ts";
import { systemAlone } from "../system/open.ts";
import { asking, done, type Reply } from "./reply.ts";

/** How the kernel is called. */
export const SET_DYLD_IMAGES_REPLY: Reply<void> = done;

/** The memory whose address the kernel got: it keeps only the address. */
const kept = new Set<ArrayBufferLike>();

/**
 * Passes the kernel the address of the list of images of the calling process.
 *
 * **Dangerous, and made for the dynamic linker.** Debuggers, crash reports and sampling read a
 * `struct dyld_all_image_infos` at that address; what they find elsewhere makes them fail or lie
 * about the process. The kernel takes one change only, so it cannot be undone. It exists here because
 * the call exists.
 *
 * The kernel keeps the address, so the memory stays as long as the process does. Do not transfer it
 * elsewhere, nor change its length.
 *
 * macOS only: on Linux the kernel answers `ENOTSUP`.
 *
 * @param images Memory that holds a `struct dyld_all_image_infos`.
 * @param options The system to query; this host by default.
 * @throws {ProcInfoError} `EINVAL` the address was changed before.
 * @throws {TypeError} `images` is not a view, or its memory is gone.
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
  // A small array's memory may lie among objects that move, until its buffer is used.
  const { buffer, byteOffset, byteLength } = view;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  SET_DYLD_IMAGES_REPLY.read(
    asking(system.kernel, PROC_INFO_CALL_SET_DYLD_IMAGES, system.pid(), 0, 0n, bytes),
  );
  kept.add(buffer);
}
