/** Writes as many pids as fit into a buffer, like the kernel; returns the number of bytes. */
export function writePids(pids: readonly number[], buffer: Uint8Array): number {
  const room = Math.min(pids.length, buffer.byteLength >> 2);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  for (let i = 0; i < room; i++) view.setInt32(i * 4, pids[i]!, true);
  return room * 4;
}
