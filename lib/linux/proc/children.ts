import { ERRNO } from "../../system/errors.ts";
import { DIGIT_0 } from "../parse/bytes.ts";
import { linksOf, MASK } from "../sys/statx.ts";
import { procFile, type ProcFs } from "./proc_fs.ts";
import type { DarwinAnswer } from "../sys/errno.ts";

const TASK = procFile("task");
const CHILDREN = procFile("children");

/** The number of links of a directory, without those of its subdirectories. */
const OWN_LINKS = 2;
/** Up to this many threads, the list of each is always read, even if there are few processes. */
const FEW_THREADS = 64;

/** Lists the children of processes. */
export interface ChildLister {
  /** The children that {@linkcode ChildLister.list} found, in ascending order. */
  readonly pids: Int32Array;
  /** Stores the children of a process in `pids` and returns their number. */
  list(pid: number): DarwinAnswer;
}

/**
 * Creates a lister that reads the kernel's lists of children, in much less time than it takes to
 * query each process for its parent.
 *
 * Each thread has a list of the children that it has forked. The kernel skips a child if the
 * previous one in the list is waited for at that moment. So the list is complete only if each
 * listed process is still a child, which the caller must check. The children of a thread that ends
 * move to another thread, so `-EAGAIN` means that a thread has ended meanwhile. `-ENOTSUP` means
 * that this method does not apply: the tree is a copy, the kernel does not have such lists, or
 * there are so many threads that the method does not save work.
 */
export function childLister(fs: ProcFs): ChildLister {
  let children = new Int32Array(64);
  let count = 0;
  let pids = children;

  /** Adds the children of a thread. Returns 0 or a negated errno. */
  function addOf(pid: number, thread: number): DarwinAnswer {
    const length = fs.readAll(pid, TASK, thread, CHILDREN);
    if (length < 0) return length;
    const { text } = fs;
    for (let at = 0, child = 0; at < length; at++) {
      const digit = text[at]! - DIGIT_0;
      if (digit >= 0) {
        child = child * 10 + digit;
        continue;
      }
      if (count === children.length) {
        const more = new Int32Array(count * 2);
        more.set(children);
        children = more;
      }
      children[count++] = child;
      child = 0;
    }
    return 0;
  }

  /** Adds the children of all threads. Returns 0 or a negated errno. */
  function addOfAll(pid: number, expected: number): DarwinAnswer {
    if (expected > FEW_THREADS && expected > fs.estimate()) return -ERRNO.ENOTSUP;
    const found = fs.entries(pid, TASK);
    if (found < 0) return found;
    const threads = fs.pids.slice(0, found);
    for (const thread of threads) {
      const error = addOf(pid, thread);
      if (error < 0) return error === -ERRNO.ESRCH ? -ERRNO.EAGAIN : error;
    }
    const again = fs.entries(pid, TASK);
    if (again < 0) return again;
    // Threads are listed in the order of their start, so a thread that has ended leaves a gap.
    for (let i = 0; i < found; i++) if (fs.pids[i] !== threads[i]) return -ERRNO.EAGAIN;
    return 0;
  }

  function list(pid: number): DarwinAnswer {
    if (!fs.mounted || pid <= 0) return -ERRNO.ENOTSUP;
    const error = fs.stat(MASK.NLINK, pid, TASK);
    if (error < 0) return error;
    const threads = linksOf(fs.statx.view) - OWN_LINKS;
    count = 0;
    const failed = threads === 1 ? addOf(pid, pid) : addOfAll(pid, threads);
    // A kernel without the lists does not have the file, although the thread exists.
    if (failed < 0) return failed === -ERRNO.ESRCH && threads >= 1 ? -ERRNO.ENOTSUP : failed;
    pids = children.subarray(0, count).sort();
    return count;
  }

  return {
    get pids() {
      return pids;
    },
    list,
  };
}
