/**
 * Bytes and the view that reads them, made together.
 *
 * Making a `DataView` costs as much as decoding a small struct, so whoever owns the bytes makes it
 * once and hands both on.
 */
export interface Block {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** The same bytes, for reads and writes of numbers. */
  readonly view: DataView;
}

/** Allocates a {@linkcode Block} of `size` zero bytes whose memory never moves. */
export function block(size: number): Block {
  return blockOf(new Uint8Array(new ArrayBuffer(size)));
}

/** Wraps bytes that exist already. */
export function blockOf(bytes: Uint8Array): Block {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}
