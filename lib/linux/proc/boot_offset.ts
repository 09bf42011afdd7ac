import { parseLinkInode } from "../parse/fd_link.ts";
import { type ClockOffset, parseBootOffset } from "../parse/time_offsets.ts";
import { procFile, type ProcFs } from "./proc_fs.ts";

const TIME = procFile("ns/time");
const TIME_FOR_CHILDREN = procFile("ns/time_for_children");
const OFFSETS = procFile("timens_offsets");

/** The inode of the initial time namespace: `PROC_TIME_INIT_INO`. */
const INITIAL = 0xeffffffa;
const NONE: ClockOffset = { seconds: 0, nanoseconds: 0 };

/**
 * Returns what the kernel adds to the start times of processes when this process reads them: the
 * offset of its time namespace. It does not change while this process runs.
 *
 * The offset is 0 for a copied tree: it was read by another process, whose offset is unknown.
 */
export function bootOffset(fs: ProcFs): ClockOffset {
  const { self } = fs;
  if (self < 0) return NONE;
  const own = inodeOf(fs, self, TIME);
  // The file has the offset of the namespace for children, which is a different one after
  // `unshare()`.
  if (own === INITIAL || own < 0 || own !== inodeOf(fs, self, TIME_FOR_CHILDREN)) return NONE;
  const length = fs.read(self, OFFSETS);
  return length < 0 ? NONE : parseBootOffset(fs.text, length);
}

function inodeOf(fs: ProcFs, pid: number, link: Uint8Array): number {
  const length = fs.link(pid, link);
  return length < 0 ? length : parseLinkInode(fs.target, length);
}
