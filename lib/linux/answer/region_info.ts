import {
  PROC_PIDREGIONINFO,
  PROC_PIDREGIONINFO_SIZE,
  PROC_PIDREGIONPATH,
  PROC_PIDREGIONPATH_SIZE,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDREGIONPATHINFO2_SIZE,
  PROC_PIDREGIONPATHINFO3,
  PROC_PIDREGIONPATHINFO3_SIZE,
  PROC_PIDREGIONPATHINFO_SIZE,
} from "../../abi/pid_info.ts";
import {
  PROC_REGION_SHARED,
  procRegionInfo,
  procRegionPath,
  procRegionWithPathInfo,
  SM_COW,
  SM_EMPTY,
  SM_LARGE_PAGE,
  SM_PRIVATE,
  SM_SHARED,
} from "../../abi/region_info.ts";
import { fsid, vnodeInfo, vnodeInfoPath } from "../../abi/vnode_info.ts";
import { ERRNO } from "../../system/errors.ts";
import { block } from "../../layout/block.ts";
import { offsetsOf, setU64 } from "../../layout/offsets.ts";
import { setWords, wordOffsetsOf, wordsOf } from "../../layout/words.ts";
import { bytesOf, isAt } from "../parse/bytes.ts";
import { copyMapsName, MAPS } from "../parse/maps.ts";
import { SMAPS, VM_FLAG } from "../parse/smaps.ts";
import { pathLength } from "../proc/link_path.ts";
import { type ProcFile, procFile } from "../proc/proc_fs.ts";
import { livingTask } from "../proc/living.ts";
import { readerOf } from "../proc/process.ts";
import { RegionReading } from "../proc/region_reading.ts";
import { hasDevice, hasInode, MASK, statxBlock } from "../sys/statx.ts";
import type { Flavors } from "./answer.ts";
import type { World } from "../proc/world.ts";
import { MAXPATHLEN, setPath, vnodeWriter } from "./vnode_info.ts";

/** The flavors that {@linkcode regionInfo} answers. */
export const REGION_FLAVORS: ReadonlySet<number> = new Set([
  PROC_PIDREGIONINFO,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDREGIONPATHINFO3,
  PROC_PIDREGIONPATH,
]);

const PROT_ALL = 7;
const INHERIT_SHARE = 0;
const INHERIT_COPY = 1;
const INHERIT_NONE = 2;
const BEHAVIOR_RANDOM = 1;
const BEHAVIOR_SEQUENTIAL = 2;
const VM_MEMORY_MALLOC = 1;
const VM_MEMORY_STACK = 30;

const HEAP = bytesOf("[heap]");
const STACK = bytesOf("[stack]");
const BRACKET = 91; // [

const KIB = 1024;
/** More than the maximum length of a path that `statx()` takes, in bytes. */
const NAME_SIZE = 4096 + 1;

/** Returns the flavors about regions of memory. */
export function regionInfo(world: World): Flavors {
  const { fs, libc } = world;
  const reader = readerOf(world);
  const living = livingTask(world);
  // Each reading has a block of its own, in which the file stays until another one is read. The
  // counters in the block of `maps` are never written.
  const smaps = new RegionReading(fs, living, true), counted = block(procRegionWithPathInfo.size);
  const maps = new RegionReading(fs, living, false), uncounted = block(procRegionWithPathInfo.size);
  const countedWords = wordsOf(counted), uncountedWords = wordsOf(uncounted);
  const path = block(procRegionPath.size);
  let name = new Uint8Array(new ArrayBuffer(NAME_SIZE));
  const named = statxBlock();
  const vnode = vnodeWriter();
  const measure = pathLength(libc);
  const pri = wordOffsetsOf(procRegionInfo);
  const prp = offsetsOf(procRegionWithPathInfo);
  const prpo = offsetsOf(procRegionPath);
  const vip = offsetsOf(vnodeInfoPath);
  const val = vip.vip_vi + offsetsOf(vnodeInfo).vi_fsid + offsetsOf(fsid).val;

  /** Writes the values of `maps` into the `struct proc_regioninfo` at the start of a block. */
  function setRegion({ text, line }: RegionReading, to: Uint32Array): void {
    const shared = line[MAPS.shared] === 1;
    to[pri.pri_protection] = line[MAPS.protection]!;
    to[pri.pri_max_protection] = PROT_ALL;
    to[pri.pri_inheritance] = shared ? INHERIT_SHARE : INHERIT_COPY;
    to[pri.pri_flags] = shared ? PROC_REGION_SHARED : 0;
    setWords(to, pri.pri_offset, line[MAPS.offset]!);
    to[pri.pri_user_tag] = tagOf(text, line);
    setWords(to, pri.pri_address, line[MAPS.start]!);
    setWords(to, pri.pri_size, line[MAPS.end]! - line[MAPS.start]!);
  }

  /** Writes the values that only `smaps` has, in which memory is counted in KiB. */
  function setUse({ line, use, hasFile }: RegionReading, to: Uint32Array): void {
    const flags = use[SMAPS.flags]!;
    const shared = line[MAPS.shared] === 1;
    const page = reader.page / KIB;
    const here = use[SMAPS.privateClean]! + use[SMAPS.privateDirty]! + use[SMAPS.privateHugetlb]!;
    const elsewhere = use[SMAPS.sharedClean]! + use[SMAPS.sharedDirty]! +
      use[SMAPS.sharedHugetlb]!;
    const resident = use[SMAPS.rss]! + use[SMAPS.privateHugetlb]! + use[SMAPS.sharedHugetlb]!;
    const swapped = use[SMAPS.swap]!;
    to[pri.pri_max_protection] = flags & PROT_ALL;
    if (flags & VM_FLAG.dc) to[pri.pri_inheritance] = INHERIT_NONE;
    to[pri.pri_behavior] = behaviorOf(flags);
    to[pri.pri_user_wired_count] = flags & VM_FLAG.lo ? 1 : 0;
    to[pri.pri_pages_resident] = resident / page;
    to[pri.pri_pages_shared_now_private] = hasFile && !shared ? use[SMAPS.anonymous]! / page : 0;
    to[pri.pri_pages_swapped_out] = swapped / page;
    to[pri.pri_pages_dirtied] = (use[SMAPS.sharedDirty]! + use[SMAPS.privateDirty]!) / page;
    to[pri.pri_private_pages_resident] = here / page;
    to[pri.pri_shared_pages_resident] = elsewhere / page;
    to[pri.pri_obj_id] = line[MAPS.inodeLow]!;
    if (flags & VM_FLAG.ht) to[pri.pri_share_mode] = SM_LARGE_PAGE;
    else if (shared) to[pri.pri_share_mode] = SM_SHARED;
    else if (hasFile) to[pri.pri_share_mode] = SM_COW;
    // XNU has no object for untouched memory, and does not inspect the memory of a device.
    else if (resident + swapped === 0) to[pri.pri_share_mode] = SM_EMPTY;
    // The memory is shared since a fork, or since the kernel has found equal pages. Writers get a
    // copy.
    else if (elsewhere > 0 || use[SMAPS.swapPss]! < swapped) to[pri.pri_share_mode] = SM_COW;
    else to[pri.pri_share_mode] = SM_PRIVATE;
  }

  /** Stores the name of the region in `name`. Returns its length. */
  function copyName({ text, line }: RegionReading): number {
    const start = line[MAPS.nameStart]!, end = line[MAPS.nameEnd]!;
    // A name that is longer than any buffer has to be whole here, as its end is kept.
    if (end - start > name.length) name = new Uint8Array(new ArrayBuffer(end - start));
    if (line[MAPS.nameEscaped] === 1) return copyMapsName(text, start, end, name);
    name.set(text.subarray(start, end));
    return end - start;
  }

  /**
   * Stores the facts about the file at the path `name` in `named`.
   *
   * @returns True if this is the file of the region, by its inode. If `device` is true, the device
   * is compared too: some file systems have another one in `maps` than in `statx()`.
   */
  function leadsTo(from: RegionReading, length: number, device: boolean): boolean {
    if (length >= NAME_SIZE) return false;
    name[length] = 0;
    return libc.statx(name, MASK.ALL, named.bytes) === 0 && hasInode(named.view, from) &&
      (!device || hasDevice(named.view, from));
  }

  /**
   * Writes the file of the region into the block of a reading, or zeros if the region does not have
   * a file.
   */
  function setFile(from: RegionReading): void {
    if (!from.isOtherFile) return;
    from.isOtherFile = false;
    const to = from === smaps ? counted : uncounted;
    const at = prp.prp_vip;
    if (!from.hasFile) {
      vnode.clear(to, at);
      return;
    }
    let length = copyName(from);
    if (!fs.mounted) {
      // The files of a copied tree are those of another machine.
      vnode.idPath(to, at, from, name, measure(name, length, null));
      return;
    }
    if (leadsTo(from, length, true)) {
      vnode.infoPath(to, at, named.view, name, length);
      return;
    }
    // The file has lost its name, has another name than it seems, or is not visible. This link
    // leads privileged callers to it in all cases.
    const link = mapFile(from.line);
    if (fs.stat(MASK.ALL, from.task, link) === 0) {
      named.bytes.set(fs.statx.bytes);
      const { view } = named;
      const size = fs.link(from.task, link);
      const path = size > 0 ? fs.target : name;
      vnode.infoPath(to, at, view, path, measure(path, size > 0 ? size : length, view));
      return;
    }
    let found = leadsTo(from, length, false);
    if (!found && from.line[MAPS.nameEscaped] === 1) {
      // An apparent newline may be a backslash and three digits.
      from.line[MAPS.nameEscaped] = 0;
      const whole = copyName(from);
      from.line[MAPS.nameEscaped] = 1;
      found = leadsTo(from, whole, false);
      length = found ? whole : copyName(from);
    }
    if (found) vnode.infoPath(to, at, named.view, name, length);
    else vnode.idPath(to, at, from, name, measure(name, length, null));
  }

  function answerUncounted(buffer: Uint8Array): number {
    setRegion(maps, uncountedWords);
    buffer.set(uncounted.bytes);
    return procRegionWithPathInfo.size;
  }

  return {
    [PROC_PIDREGIONINFO]: {
      size: PROC_PIDREGIONINFO_SIZE,
      answer(pid, arg, buffer) {
        const error = smaps.find(pid, arg, false);
        if (error < 0) return error;
        setRegion(smaps, countedWords);
        setUse(smaps, countedWords);
        buffer.set(counted.bytes.subarray(prp.prp_prinfo, prp.prp_prinfo + procRegionInfo.size));
        return PROC_PIDREGIONINFO_SIZE;
      },
    },
    [PROC_PIDREGIONPATHINFO]: {
      size: PROC_PIDREGIONPATHINFO_SIZE,
      answer(pid, arg, buffer) {
        const error = smaps.find(pid, arg, false);
        if (error < 0) return error;
        setRegion(smaps, countedWords);
        setUse(smaps, countedWords);
        setFile(smaps);
        buffer.set(counted.bytes);
        return PROC_PIDREGIONPATHINFO_SIZE;
      },
    },
    [PROC_PIDREGIONPATHINFO2]: {
      size: PROC_PIDREGIONPATHINFO2_SIZE,
      answer(pid, arg, buffer) {
        const error = maps.find(pid, arg, true);
        if (error < 0) return error;
        setFile(maps);
        return answerUncounted(buffer);
      },
    },
    [PROC_PIDREGIONPATHINFO3]: {
      size: PROC_PIDREGIONPATHINFO3_SIZE,
      answer(pid, arg, buffer) {
        const error = maps.read(pid);
        if (error < 0) return error;
        while (maps.next()) {
          if (!maps.hasFile) continue;
          setFile(maps);
          if (BigInt(uncounted.view.getUint32(prp.prp_vip + val, true)) === arg) {
            return answerUncounted(buffer);
          }
        }
        return -ERRNO.EINVAL;
      },
    },
    [PROC_PIDREGIONPATH]: {
      size: PROC_PIDREGIONPATH_SIZE,
      answer(pid, arg, buffer) {
        const error = maps.find(pid, arg, true);
        if (error < 0) return error;
        const { line } = maps;
        setU64(path.view, prpo.prpo_addr, line[MAPS.start]!);
        setU64(path.view, prpo.prpo_regionlength, line[MAPS.end]! - line[MAPS.start]!);
        const length = copyName(maps);
        const plain = line[MAPS.nameEscaped] === 0;
        if (plain && measure(name, length, null) === length) {
          setPath(path, prpo.prpo_path, name, length);
        } else {
          // Only the file shows whether the text is its unchanged name.
          setFile(maps);
          const at = prp.prp_vip + vip.vip_path;
          path.bytes.set(uncounted.bytes.subarray(at, at + MAXPATHLEN), prpo.prpo_path);
        }
        buffer.set(path.bytes);
        return PROC_PIDREGIONPATH_SIZE;
      },
    },
  };
}

/** Returns the link in the folder of a process to the file that is mapped in a region. */
function mapFile(line: Float64Array): ProcFile {
  return procFile(`map_files/${line[MAPS.start]!.toString(16)}-${line[MAPS.end]!.toString(16)}`);
}

function behaviorOf(flags: number): number {
  if (flags & VM_FLAG.rr) return BEHAVIOR_RANDOM;
  return flags & VM_FLAG.sr ? BEHAVIOR_SEQUENTIAL : 0;
}

/** Returns the tag for the use of a region, as far as its name shows the use. */
function tagOf(text: Uint8Array, line: Float64Array): number {
  const start = line[MAPS.nameStart]!, end = line[MAPS.nameEnd]!;
  if (text[start] !== BRACKET) return 0;
  if (isAt(text, start, end, HEAP)) return VM_MEMORY_MALLOC;
  return isAt(text, start, end, STACK) ? VM_MEMORY_STACK : 0;
}
