import { execFileSync } from "node:child_process";
import type { VinfoStat } from "../../lib/abi/vnode_info.ts";

/** What a file is by `stat(1)`, which gives times in full, as the struct that is to say the same. */
export function fileStat(path: string): VinfoStat {
  const format = "%d %i %f %h %u %g %.9X %.9Y %.9Z %.9W %s %b %o %r";
  const words = execFileSync("stat", ["-L", "-c", format, path], { encoding: "latin1" })
    .trim().split(" ");
  const number = (i: number) => Number(words[i]);
  // A time that is not known is 0, or with some file systems less, without a fraction.
  const time = (i: number) => words[i]!.split(".").map(BigInt) as [bigint, bigint?];
  const [[atime, atimensec = 0n], [mtime, mtimensec = 0n]] = [time(6), time(7)];
  const [[ctime, ctimensec = 0n], [birthtime, birthtimensec = 0n]] = [time(8), time(9)];
  return {
    vst_dev: number(0),
    vst_mode: parseInt(words[2]!, 16),
    vst_nlink: number(3),
    vst_ino: BigInt(words[1]!),
    vst_uid: number(4),
    vst_gid: number(5),
    vst_atime: atime,
    vst_atimensec: atimensec,
    vst_mtime: mtime,
    vst_mtimensec: mtimensec,
    vst_ctime: ctime,
    vst_ctimensec: ctimensec,
    vst_birthtime: birthtime,
    vst_birthtimensec: birthtimensec,
    vst_size: BigInt(words[10]!),
    vst_blocks: BigInt(words[11]!),
    vst_blksize: number(12),
    vst_flags: 0,
    vst_gen: 0,
    vst_rdev: number(13),
    vst_qspare: [0n, 0n],
  };
}
