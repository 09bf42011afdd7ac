import { execFileSync } from "node:child_process";
import type { VinfoStat } from "../../lib/abi/vnode_info.ts";

/** Returns a file's attributes from `stat(1)`, which prints full timestamps, as a `VinfoStat`. */
export function fileStat(path: string): VinfoStat {
  const format = "%d %i %f %h %u %g %.9X %.9Y %.9Z %.9W %s %b %o %r";
  const words = execFileSync("stat", ["-L", "-c", format, path], { encoding: "latin1" })
    .trim().split(" ");
  const number = (i: number) => Number(words[i]);
  // stat prints a time before 1970 as one negative number. -1.75 means -2 s plus 0.25 s.
  const time = (i: number): [bigint, bigint] => {
    const [, minus, seconds = "", fraction = "0"] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(words[i]!) ?? [];
    if (minus === "") return [BigInt(seconds), BigInt(fraction)];
    const before = BigInt(fraction) > 0n ? 1n : 0n;
    return [-BigInt(seconds) - before, before * 1_000_000_000n - BigInt(fraction)];
  };
  const [[atime, atimensec], [mtime, mtimensec]] = [time(6), time(7)];
  const [[ctime, ctimensec], [birthtime, birthtimensec]] = [time(8), time(9)];
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
