/**
 * Bytes, together with the view that reads and writes numbers in them.
 *
 * Making a `DataView` costs as much as decoding a small struct. The owner of the bytes therefore
 * makes it once and passes on both.
 */
export interface Block {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** A view of the same bytes, for reads and writes of numbers. */
  readonly view: DataView;
}

/** Allocates a {@linkcode Block} of `size` zero bytes. Its memory never moves. */
export function block(size: number): Block {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(`Cannot pass size as it must be a number of bytes: it is ${typeof size}`);
  }
  try {
    return blockOf(new Uint8Array(new ArrayBuffer(size)));
  } catch (cause) {
    throw new RangeError(`Cannot pass size as it must fit into memory: it is ${size}`, { cause });
  }
}

/** Wraps existing bytes. */
export function blockOf(bytes: Uint8Array): Block {
  checkBytes(bytes);
  try {
    return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  } catch (cause) {
    throw new TypeError(
      "Cannot pass bytes as its memory is detached or has shrunk below its length",
      { cause },
    );
  }
}

/** Throws a `TypeError` unless `bytes` is a `Uint8Array`. */
export function checkBytes(bytes: Uint8Array): void {
  if (bytes instanceof Uint8Array) return;
  throw new TypeError(`Cannot pass bytes as it must be a Uint8Array: it is ${typeof bytes}`);
}
