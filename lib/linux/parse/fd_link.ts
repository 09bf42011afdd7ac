const SLASH = 0x2f;
const OPEN = 0x5b; // [
const DIGIT_0 = 48;
const DIGIT_9 = 57;

/** What the link of a descriptor in `/proc/PID/fd` points to. */
export const FD_LINK = {
  /** A path, or a kind of file that has no other name here. */
  file: 0,
  /** `socket:[INODE]` */
  socket: 1,
  /** `pipe:[INODE]` */
  pipe: 2,
  /** `anon_inode:[eventpoll]` */
  epoll: 3,
  /** `anon_inode:inotify`, `anon_inode:[fanotify]` */
  notify: 4,
  /** A path directly in `/dev/shm`. */
  shm: 5,
} as const;

const bytes = (text: string) => new TextEncoder().encode(text);
const SOCKET = bytes("socket:[");
const PIPE = bytes("pipe:[");
const EPOLL = bytes("anon_inode:[eventpoll]");
const INOTIFY = bytes("anon_inode:inotify");
const FANOTIFY = bytes("anon_inode:[fanotify]");
const SHM = bytes("/dev/shm/");

/** Tells what a link of `length` bytes points to: one of {@linkcode FD_LINK}. */
export function parseFdLink(link: Uint8Array, length: number): number {
  if (link[0] === SLASH) return isShm(link, length) ? FD_LINK.shm : FD_LINK.file;
  if (startsWith(link, length, SOCKET)) return FD_LINK.socket;
  if (startsWith(link, length, PIPE)) return FD_LINK.pipe;
  if (startsWith(link, length, EPOLL)) return FD_LINK.epoll;
  if (startsWith(link, length, INOTIFY) || startsWith(link, length, FANOTIFY)) {
    return FD_LINK.notify;
  }
  return FD_LINK.file;
}

/** The inode number in a link such as `socket:[42]`; 0 where there is none. */
export function parseLinkInode(link: Uint8Array, length: number): number {
  let at = 0;
  while (at < length && link[at] !== OPEN) at++;
  let inode = 0;
  for (at++; at < length && link[at]! >= DIGIT_0 && link[at]! <= DIGIT_9; at++) {
    inode = inode * 10 + link[at]! - DIGIT_0;
  }
  return inode;
}

/** How many bytes stand before the name in a link that is {@linkcode FD_LINK.shm}. */
export const SHM_NAME: number = SHM.length;

/** Whether a path names something directly in `/dev/shm`. */
function isShm(link: Uint8Array, length: number): boolean {
  if (length <= SHM.length || !startsWith(link, length, SHM)) return false;
  for (let at = SHM.length; at < length; at++) if (link[at] === SLASH) return false;
  return true;
}

function startsWith(link: Uint8Array, length: number, start: Uint8Array): boolean {
  if (length < start.length) return false;
  for (let i = 0; i < start.length; i++) if (link[i] !== start[i]) return false;
  return true;
}
