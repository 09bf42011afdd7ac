// struct linux_dirent64: u64 d_ino, i64 d_off, u16 d_reclen, u8 d_type, char d_name[].
const D_RECLEN = 16;
const D_TYPE = 18;
const D_NAME = 19;
const DT_DIR = 4;
const DOT = 46;

/** A folder in a folder. */
export interface Folder {
  /** The 8 bytes of its inode number. */
  readonly inode: Uint8Array;
  /** Its name. */
  readonly name: Uint8Array;
}

/** Takes the folders out of what `getdents64()` wrote, but for `.` and `..`. */
export function parseFolders(entries: Uint8Array, length: number): Folder[] {
  const folders: Folder[] = [];
  for (let at = 0; at < length;) {
    let end = at + D_NAME;
    while (entries[end] !== 0) end++;
    const name = entries.slice(at + D_NAME, end);
    const dots = name[0] === DOT && (name.length === 1 || (name.length === 2 && name[1] === DOT));
    if (entries[at + D_TYPE] === DT_DIR && !dots) {
      folders.push({ inode: entries.slice(at, at + 8), name });
    }
    at += entries[at + D_RECLEN]! | entries[at + D_RECLEN + 1]! << 8;
  }
  return folders;
}
