import { bytesOf, decimalAt, isAt, SLASH } from "./bytes.ts";

const OPEN = 0x5b; // [

/** The types of targets that the links in `/proc/PID/fd` have. */
export const FD_LINK = {
  /** A path, or a type of file that has no other name here. */
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

const SOCKET = bytesOf("socket:[");
const PIPE = bytesOf("pipe:[");
const EPOLL = bytesOf("anon_inode:[eventpoll]");
const INOTIFY = bytesOf("anon_inode:inotify");
const FANOTIFY = bytesOf("anon_inode:[fanotify]");
const SHM = bytesOf("/dev/shm/");

/** Returns the type of a link of `length` bytes: one of {@linkcode FD_LINK}. */
export function parseFdLink(link: Uint8Array, length: number): number {
  if (link[0] === SLASH) return isShm(link, length) ? FD_LINK.shm : FD_LINK.file;
  if (isAt(link, 0, length, SOCKET)) return FD_LINK.socket;
  if (isAt(link, 0, length, PIPE)) return FD_LINK.pipe;
  if (isAt(link, 0, length, EPOLL)) return FD_LINK.epoll;
  if (isAt(link, 0, length, INOTIFY) || isAt(link, 0, length, FANOTIFY)) return FD_LINK.notify;
  return FD_LINK.file;
}

/** Returns the inode number in a link such as `socket:[42]`; 0 if there is none. */
export function parseLinkInode(link: Uint8Array, length: number): number {
  let at = 0;
  while (at < length && link[at] !== OPEN) at++;
  return decimalAt(link, at + 1, length);
}

/** The number of bytes before the name in a link that is {@linkcode FD_LINK.shm}. */
export const SHM_NAME: number = SHM.length;

/** True if a path names a file directly in `/dev/shm`. */
function isShm(link: Uint8Array, length: number): boolean {
  if (length <= SHM.length || !isAt(link, 0, length, SHM)) return false;
  for (let at = SHM.length; at < length; at++) if (link[at] === SLASH) return false;
  return true;
}
